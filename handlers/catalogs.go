package handlers

func catalogRoutes() []Route { return nil }
