package bot

import "postix/domain"

// botRight says what an action may do for whom. Ids is what its numbers name, one
// behind the other: a kind of [tryer.ids], which is tried at what is everybody's, or a
// number. The first one is out of whose reach, scope says: see [reach].
type botRight struct {
	action, ids string
	scope       string
	does        string // "" changes nothing; acts does; sends does, and is not for those who look on only
}

// botRights has a line for every action.
var botRights = append([]botRight{
	{"menu", "", "self", ""},
	{"lang", "", "self", ""},
	{"lang.set", "2", "self", "acts"},
	{"as.ask", "", "self", ""},
	{"as", "user", "self", "acts"},

	{"send", "", "self", ""},
	{"send.on", "order", "self", ""},
	{"send.anew", "order", "self", ""},
	{"send.drop", "order", "self", ""},
	{"send.cats", "order 0", "self", ""},
	{"send.cats.all", "order", "self", ""},
	{"send.cat", "order catalog", "scope", ""},
	{"send.nums", "order 0", "self", ""},
	{"send.nums.all", "order", "self", ""},
	{"send.num", "order account", "scope", ""},
	{"send.text", "order", "self", ""},
	{"send.text.show", "order", "self", ""},
	{"send.text.ok", "order", "self", ""},
	{"send.rounds", "order", "self", ""},
	{"send.round", "order 3", "self", ""},
	{"send.every", "order", "self", ""},
	{"send.each", "order 7200", "self", ""},
	{"send.when", "order", "self", ""},
	{"send.now", "order", "self", ""},
	{"send.day", "order 20261121", "self", ""},
	{"send.at", "order 1795200000", "self", ""},
	{"send.sum", "order", "self", ""},
	{"send.go", "order mark", "self", "sends"},

	{"hist", "", "sight", ""},
	{"hist.p", "0", "sight", ""},
	{"c", "running", "sight", ""},
	{"c.text", "running", "sight", ""},
	{"c.rounds", "running 0 0", "sight", ""},
	{"c.states", "running 0", "sight", ""},
	{"c.chats", "running 1 0 0", "sight", ""},
	{"c.find", "running", "sight", ""},
	{"c.chat", "running peer", "sight", ""},
	{"c.take", "running peer", "scope", ""},
	{"c.take.yes", "running peer", "scope", "acts"},
	{"c.pause", "running", "scope", "acts"},
	{"c.resume", "paused", "scope", "sends"},
	{"c.start", "scheduled", "scope", ""},
	{"c.start.yes", "scheduled", "scope", "sends"},
	{"c.cancel", "running", "scope", ""},
	{"c.cancel.yes", "running", "scope", "acts"},
	{"c.retry", "running 1", "scope", ""},
	{"c.retry.yes", "running 1", "scope", "sends"},
	{"c.missed", "missed 1", "scope", ""},
	{"c.missed.yes", "missed 1", "scope", "sends"},
	{"c.look", "running", "scope", "acts"},
	{"c.repeat", "running", "scope", ""},
	{"c.repeat.yes", "running order", "scope", ""},

	{"cats", "", "scope", ""},
	{"cats.p", "0", "scope", ""},
	{"cat", "catalog 0", "scope", ""},
	{"cat.new", "", "self", ""},
	{"cat.name", "catalog", "scope", ""},
	{"cat.add", "catalog", "scope", ""},
	{"cat.from", "catalog account", "scope", ""},
	{"cat.out", "catalog 0", "scope", ""},
	{"cat.take", "catalog 0 peer", "scope", "acts"},
	{"cat.drop", "catalog", "scope", ""},
	{"cat.drop.yes", "catalog", "scope", "acts"},

	{"nums", "", "scope", ""},
	{"nums.p", "0", "scope", ""},
	{"num", "account", "scope", ""},
	{"num.go", "limited", "scope", "acts"},

	{"guide", "", "self", ""},
	{"guide.at", "0 0", "self", ""},

	{"notes", "", "scope", "acts"}, // they are seen by then
	{"notes.set", "", "self", ""},
}, muteRights()...)

// muteRights are the switches of notices, which are everybody's own.
func muteRights() (rs []botRight) {
	for _, k := range append(append([]domain.NoticeKind{}, domain.NoticeKinds...), domain.NoticeDigest) {
		rs = append(rs, botRight{muteAction(k), "1", "self", "acts"})
	}
	return rs
}

// reach is whose things somebody may act on, or look at: o his own, d others' of his
// department, r the rest of his organization's. Other organizations' are nobody's.
var reach = map[string]map[string]string{
	"self":  {"owner": "o", "manager": "o", "member": "o", "reader": "o", "sees department": "o", "elsewhere": "o", "admin": "o"},
	"scope": {"owner": "odr", "manager": "od", "member": "o", "reader": "o", "sees department": "o", "elsewhere": "o"},
	"sight": {"owner": "odr", "manager": "od", "member": "o", "reader": "o", "sees department": "od", "elsewhere": "o"},
}

// lyingAt is whose things lie there, as seen by whoever is of our organization, or of
// the other one.
var lyingAt = map[string]map[rune]string{
	"ours":    {'d': "colleague", 'r': "far", 'f': "their member"},
	"theirs":  {'r': "their member", 'f': "member", 'x': "his other"}, // x: as whom he does not talk now
	"service": {'d': "member", 'f': "their member"},
}

// seesOf reports whether a scope lets somebody read what another has.
func (w *rightsWorld) seesOf(who *tryer, scope, of string) bool {
	if scope == "self" { // whatever it leads to
		scope = "scope"
	}
	places := reach[scope][who.key]
	other, isPerson := w.people[of]
	switch {
	case of == who.key, of == who.org:
		return true
	case !isPerson || other.org != who.org || other.key == "stranger":
		return false
	case other.actor.User.DepartmentID == who.actor.User.DepartmentID && who.actor.User.DepartmentID != 0:
		return len(places) >= 2
	}
	return len(places) == 3
}
