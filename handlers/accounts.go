package handlers

func accountRoutes() []Route { return nil }
