package handlers_test

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"postix/domain"
	"postix/handlers"
)

// permitted is who may call the routes of a permission at all, and what becomes
// of others who are signed in.
var permitted = map[handlers.Permission]struct {
	to     []string
	others string
}{
	handlers.SignedIn: {nil, ""}, // everybody who is all the way in
	handlers.Manager:  {[]string{"owner", "manager", "lone manager", "their owner", "their manager", "plain owner"}, "403"},
	handlers.Watcher:  {[]string{"owner", "manager", "lone manager", "their owner", "their manager"}, "403"},
	handlers.Owner:    {[]string{"owner", "their owner", "plain owner"}, "403"},
	handlers.Auditor:  {[]string{"owner", "their owner", "plain owner", "admin", "new admin"}, "403"},
	handlers.Admin:    {[]string{"admin", "new admin"}, "404"},
}

// strangers are those whom nobody knows any more, whatever session they have.
var strangers = []string{"blocked", "removed", "shut owner"}

// halfIn are those who have given their password and have something left to do,
// with where that is.
var halfIn = map[string]string{"half in": "/signin/code", "must change": "/signin/password", "new admin": "/signin/totp"}

// trying are all who try; the others only have what is tried at.
func (w *rightsWorld) trying() (out []*person) {
	for _, e := range everybody {
		if scopes["self"][e.key] != (places{}) || slices.Contains(strangers, e.key) {
			out = append(out, w.people[e.key])
		}
	}
	return out
}

// verdict is what somebody gets who may not call the route; "" for who may.
func (c *rightsCheck) verdict(who *person) string {
	switch p := permitted[c.line.permission]; {
	case c.line.permission == handlers.Public:
		return ""
	case who == nil || slices.Contains(strangers, who.key):
		return "sign in"
	case c.line.permission != handlers.SignedIn && !slices.Contains(p.to, who.key):
		return p.others
	case !c.route.Early:
		return halfIn[who.key]
	}
	return ""
}

// places are those at which somebody may do what the route does, and those at
// which he may only look: o what is his own, d of others of his department, r of
// the rest of his organization, f of another one.
type places struct{ may, looks string }

// scopes is how far everybody reaches. Who is not named reaches nothing.
var scopes = map[string]map[string]places{
	// What is a person's: his own; his department's for its manager, all of the
	// organization for its owner.
	"scope": {
		"owner": {may: "odr"}, "manager": {may: "od"}, "lone manager": {may: "o"},
		"member": {may: "o"}, "reader": {may: "o"}, "sees department": {may: "o"}, "sees organization": {may: "o"},
		"their owner": {may: "odr"}, "their manager": {may: "od"}, "half in": {may: "o"}, "must change": {may: "o"}, "admin": {may: "o"}, "new admin": {may: "o"}, "plain owner": {may: "o"},
	},
	// Campaigns to look at: besides, what somebody was granted.
	"sight": {
		"owner": {may: "odr"}, "manager": {may: "od"}, "lone manager": {may: "o"},
		"member": {may: "o"}, "reader": {may: "o"}, "sees department": {may: "od"}, "sees organization": {may: "odr"},
		"their owner": {may: "odr"}, "their manager": {may: "od"}, "half in": {may: "o"}, "must change": {may: "o"}, "admin": {may: "o"}, "new admin": {may: "o"}, "plain owner": {may: "o"},
	},
	// What is the organization's, for all who may call the route.
	"organization": {
		"owner": {may: "odr"}, "manager": {may: "odr"}, "lone manager": {may: "odr"},
		"member": {may: "odr"}, "reader": {may: "odr"}, "sees department": {may: "odr"}, "sees organization": {may: "odr"},
		"their owner": {may: "odr"}, "their manager": {may: "odr"}, "plain owner": {may: "o"},
	},
	// The same for those who run it.
	"run": {
		"owner": {may: "odr"}, "plain owner": {may: "o"}, "manager": {may: "odr"}, "lone manager": {may: "odr"},
		"their owner": {may: "odr"}, "their manager": {may: "odr"},
	},
	"department": {
		"owner": {may: "odr"}, "manager": {may: "od"}, "member": {may: "od"}, "reader": {may: "od"}, "sees department": {may: "od"},
		"sees organization": {may: "od"}, "their owner": {may: "odr"}, "their manager": {may: "od"},
	},
	"owned": {"owner": {may: "odr"}, "their owner": {may: "odr"}},
	// Whose an account becomes that is connected: a member's is his own, whomever he
	// names.
	"connects": {
		"owner": {may: "odr"}, "manager": {may: "od"}, "lone manager": {may: "o"},
		"member": {may: "odrf"}, "reader": {may: "odrf"}, "sees department": {may: "odrf"}, "sees organization": {may: "odrf"},
		"their owner": {may: "odr"}, "their manager": {may: "od"}, "plain owner": {may: "o"}, "admin": {may: "o"},
	},
	// The department of a new user, which only an owner chooses: whatever others name
	// is not looked at.
	"places": {
		"owner": {may: "odr"}, "manager": {may: "odrf"}, "lone manager": {may: "odrf"},
		"member": {may: "odrf"}, "reader": {may: "odrf"}, "sees department": {may: "odrf"}, "sees organization": {may: "odrf"},
		"their owner": {may: "odr"}, "their manager": {may: "odrf"}, "plain owner": {may: "o"},
	},
	// Nobody's business but one's own.
	"self": {
		"owner": {may: "o"}, "manager": {may: "o"}, "lone manager": {may: "o"},
		"member": {may: "o"}, "reader": {may: "o"}, "sees department": {may: "o"}, "sees organization": {may: "o"}, "half in": {may: "o"}, "must change": {may: "o"},
		"their owner": {may: "o"}, "their manager": {may: "o"}, "plain owner": {may: "o"}, "admin": {may: "o"}, "new admin": {may: "o"},
	},
	// People to decide about: nobody decides about himself.
	"managed": {
		"owner": {may: "dr", looks: "o"}, "manager": {may: "d", looks: "o"}, "lone manager": {looks: "o"},
		"their owner": {may: "dr", looks: "o"}, "their manager": {may: "d", looks: "o"}, "plain owner": {looks: "o"},
	},
	// Organizations that use the service, and what is in them: see [world.target].
	"service": {"admin": {may: "dr"}},
	"audited": {"owner": {may: "odr"}, "their owner": {may: "odr"}, "plain owner": {may: "o"}, "admin": {may: "odr"}},
	"nobody":  {},
}

// kinds is whose the things are that a route may name.
var kinds = map[string]string{
	"account": "scope", "catalog": "scope", "running": "scope", "missed": "scope", "paused": "scope", "scheduled": "scope", "delivery": "scope",
	"peer": "scope", "new peer": "scope", "chat": "scope", "user": "scope", "notice": "organization",
	"owner": "service", "template": "run", "custom filter": "run", "detection": "run", "sender": "run", "denied peer": "run",
	"department": "owned", "request": "owned", "session": "self", "link": "nobody", "organization": "service",
}

func (c *rightsCheck) places(who *person, id idField) places {
	if who == nil {
		return places{}
	}
	return scopes[id.scope][who.key]
}

// best is something that he may do it with, or else what is nearest to him.
func (c *rightsCheck) best(who *person, id idField) string {
	reach := c.places(who, id)
	for _, place := range reach.may + "odrf" {
		if target, ok := c.world.target(who, id.kind, place); ok {
			return target
		}
	}
	return nowhere(id.kind)
}

// target is something of that kind which lies there, as seen by somebody; false
// where there is nothing.
func (w *rightsWorld) target(who *person, kind string, place rune) (string, bool) {
	if who == nil {
		who = w.people["stranger"]
	}
	if who.actor.Organization.Service {
		return w.served(who, kind, place)
	}
	own := map[rune][]*person{'o': {who, w.orgs[who.org]}, 'f': {w.orgs["theirs"], w.people["their member"]}}
	switch who.org {
	case "ours":
		own['d'], own['r'] = []*person{w.people["colleague"]}, []*person{w.people["stranger"]}
	case "theirs":
		own['d'], own['r'] = []*person{w.people["their member"]}, []*person{w.people["their stranger"]}
		own['f'] = []*person{w.orgs["ours"], w.people["colleague"]}
	}
	return first(own[place], kind)
}

func first(of []*person, kind string) (string, bool) {
	for _, p := range of {
		if p.ids[kind] != "" {
			return p.ids[kind], true
		}
	}
	return "", false
}

// served is that of target for a service admin: d lies in one organization and r
// in another.
func (w *rightsWorld) served(who *person, kind string, place rune) (string, bool) {
	at := map[rune][]*person{'o': {who, w.orgs["service"]}, 'd': {w.orgs["ours"], w.people["colleague"]}, 'r': {w.orgs["theirs"], w.people["their member"]}}
	return first(at[place], kind)
}

// nowhere is the id of nothing.
func nowhere(kind string) string {
	switch kind {
	case "session":
		return "00000000000000aa"
	case "peer", "new peer", "denied peer":
		return "-1009876543210"
	case "chat":
		return "chat4_of_nowhere"
	case "link":
		return "nowherenowherenowherenowherenowhere12345678"
	}
	return "987654321"
}

// forbids reports whether he may not do it even with what is his.
func (c *rightsCheck) forbids(who *person) bool {
	return who != nil && (c.line.is("sends") && who.actor.User.ReadOnly || c.line.is("forced") && who.actor.User.Role == domain.RoleAdmin ||
		c.line.is("hears") && who.key == "plain owner" || c.line.is("home") && who.key == "lone manager")
}

// sees is whose things of a kind somebody may read of, wherever they turn up.
var sees = map[string]string{
	"person": "scope", "user": "scope", "number": "scope", "account": "scope", "catalog": "scope", "notice": "scope",
	"running": "sight", "missed": "sight", "paused": "sight", "scheduled": "sight", "delivery": "sight",
	"session": "self", "organization": "organization", "department": "department", "request": "owned", "block": "managed",
	"template": "run", "word": "run", "note": "run", "keyword": "run", "custom filter": "run",
	"detection": "run", "sender": "run", "heard": "run", "denied": "run", "deny": "run", "reason": "run",
	"peer": "scope", "group": "scope", "chat": "scope",
}

// discreet fails when an answer tells what its reader may not see. What he has
// named himself is no news to him.
func (c *rightsCheck) discreet(who *person, a rightsAnswer) {
	c.Helper()
	maySee := func(t thing, _ string) bool { return c.maySee(who, t) }
	if who != nil && who.actor.User.Role == domain.RoleAdmin && (c.line.permission == handlers.Admin || c.line.permission == handlers.Auditor) {
		maySee = func(t thing, found string) bool {
			return servedBy(t, found) || c.line.is("reads") && t.kind == "running"
		}
	}
	said := map[string]bool{}
	for _, found := range c.told(a) {
		t := c.world.known[found]
		if kind := strings.TrimRight(t.kind, "0123456789"); !maySee(t, found) && !said[kind] {
			said[kind] = true
			c.Errorf("%s: %s reads %s of %s: %q", a, called(who), kind, t.of, found)
		}
	}
}

// servedBy reports whether the service may know something of an organization: who
// is in it and what it uses, never what it writes, and to whom.
func servedBy(t thing, found string) bool {
	switch t.kind {
	case "organization", "person", "user", "department", "account", "number", "block", "blocked number", "request", "session":
		return true
	case "running", "missed", "paused", "scheduled":
		return !strings.Contains(found, "-of-")
	}
	return false
}

var knownWords = regexp.MustCompile(`[a-z]+\d?-of-[a-z-]+|chat\d_of_[a-z_]+|[a-z.]+@example\.uz|\+998 ?\d\d ?\d{3} ?\d\d ?\d\d`)

// told are the strings of things in an answer: names, and ids, of which a minus
// may be a part.
func (c *rightsCheck) told(a rightsAnswer) (out []string) {
	asked := strings.Join(a.named(), " ")
	found := func(word string) {
		if _, ok := c.world.known[word]; ok && !strings.Contains(asked, word) && !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	body := a.body + " " + a.to
	letters := func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }
	for word := range strings.FieldsFuncSeq(body, letters) {
		if len(word) >= 7 {
			found(word)
			found("-" + word)
		}
	}
	for _, mark := range []string{"-of-", "_of_", "@example.uz", "+998"} {
		for at := strings.Index(body, mark); at >= 0; {
			for _, word := range knownWords.FindAllString(body[max(0, at-20):min(len(body), at+40)], -1) {
				found(word)
			}
			next := strings.Index(body[at+1:], mark)
			if next < 0 {
				break
			}
			at += 1 + next
		}
	}
	return out
}

// maySee reports whether a thing is for somebody's eyes.
func (c *rightsCheck) maySee(who *person, t thing) bool {
	if who == nil {
		return false
	}
	kind := strings.TrimRight(t.kind, "0123456789")
	scope := sees[kind]
	for item := range strings.SplitSeq(c.line.shows, ", ") {
		if k, wider, ok := strings.Cut(item, "@"); ok && k == kind {
			scope = wider
		}
	}
	reach := scopes[scope][who.key]
	return strings.ContainsRune(reach.may+reach.looks, c.world.between(who, t.of))
}

// between is the place of what is somebody's, as seen by another.
func (w *rightsWorld) between(who *person, of string) rune {
	at := w.people[of]
	if at == nil {
		at = w.orgs[of]
	}
	switch {
	case at == nil: // a department
		switch id := w.orgs["ours"].ids["department "+of]; {
		case cmp.Or(id, w.orgs["theirs"].ids["department "+of]) == who.ids["department"]:
			return 'd'
		case (id != "") == (who.actor.Organization.ID == w.orgs["ours"].actor.Organization.ID):
			return 'r'
		}
		return 'f'
	case at == who, at.org == "service" && who.org == "service", at.actor.User.ID == 0 && at.actor.Organization.ID == who.actor.Organization.ID:
		return 'o'
	case at.actor.Organization.ID != who.actor.Organization.ID:
		return 'f'
	case who.actor.User.DepartmentID != 0 && at.actor.User.DepartmentID == who.actor.User.DepartmentID:
		return 'd'
	}
	return 'r'
}
