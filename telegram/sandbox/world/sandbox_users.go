package world

// User returns the profile of a person or bot, and the phone of an account.
func (w *World) User(id int64) (p Profile, phone string, ok bool) {
	phone = w.phoneByUser(id)
	w.mu.RLock()
	defer w.mu.RUnlock()
	u := w.users[id]
	if u == nil {
		return Profile{}, "", false
	}
	return u.Profile, phone, true
}

// UserNamed finds a person or bot by username, with or without the @.
func (w *World) UserNamed(name string) (id int64, ok bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	id = w.byName[foldName(name)]
	return id, isUser(id)
}
