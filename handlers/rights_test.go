package handlers_test

import (
	"cmp"
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"postix/handlers"
	"postix/static"
)

// TestRightsMatrix tries every route as everybody, at what is his own, of his
// department, of another one, of another organization, and at what there is not.
// What each may, the table says; see rights_table_test.go.
func TestRightsMatrix(t *testing.T) {
	world, lines := newRightsWorld(t), map[string]right{}
	for _, line := range rights {
		if _, twice := lines[line.route]; twice {
			t.Errorf("two lines for %s", line.route)
		}
		lines[line.route] = line
	}
	for _, r := range handlers.Routes() {
		name := r.Method + " " + r.Path
		line, ok := lines[name]
		if !ok {
			t.Errorf("the table of rights has no line for %s", name)
			continue
		}
		delete(lines, name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &rightsCheck{T: t, rightsPanel: world.open(t), route: r, line: line}
			for alternative := range strings.SplitSeq(line.ids, " | ") {
				c.described(alternative)
				c.everybody()
			}
			if r.Method == http.MethodPost && !c.did && !line.is("quiet") {
				t.Error("whoever may has changed nothing: that the others change nothing says little")
			}
			c.otherSites()
		})
	}
	for name := range lines {
		t.Errorf("the table of rights has a line for %s, which is no route", name)
	}
}

// rightsCheck is the check of one route.
type rightsCheck struct {
	*testing.T
	*rightsPanel
	route  handlers.Route
	line   right
	ids    []idField // of the alternative that is tried
	values []string  // of parameters that name nothing
	did    bool      // something that was allowed has changed the database
}

// idField is where a request names something.
type idField struct {
	name  string // of a parameter, with its colon, or of fields
	kind  string
	scope string
	how   byte // '=' missing, '!' wrong input of a form, '~' narrows a list down, '&' lies where the others lie
}

var idItem = regexp.MustCompile(`^(:?[\w+]+)([=!~&])([\w ]+)(?:@(\w+))?$`)

// described parses what the line says of ids and holds it against the registry.
func (c *rightsCheck) described(ids string) {
	c.ids, c.values = nil, nil
	if c.route.Permission != c.line.permission || c.route.Early != c.line.is("early") {
		c.Errorf("the registry says %q, early %t; the table %q, early %t", c.route.Permission, c.route.Early, c.line.permission, c.line.is("early"))
	}
	named := map[string]bool{}
	for item := range strings.SplitSeq(ids, ", ") {
		if item == "" {
			continue
		}
		if name, value, literal := strings.Cut(item, "'"); literal {
			named[name] = true
			c.values = append(c.values, name, value, "*"+name[1:], value)
			continue
		}
		m := idItem.FindStringSubmatch(item)
		if m == nil || kinds[m[3]] == "" {
			c.Fatalf("the table says %q", item)
		}
		named[m[1]] = true
		c.ids = append(c.ids, idField{m[1], m[3], cmp.Or(m[4], kinds[m[3]]), m[2][0]})
	}
	for _, param := range c.route.Params {
		if !named[":"+param] {
			c.Errorf("the table does not say what :%s names", param)
		}
	}
}

// everybody tries the route as each in turn.
func (c *rightsCheck) everybody() {
	c.one(nil)
	for _, who := range c.world.trying() {
		c.one(who)
	}
}

func (c *rightsCheck) one(who *person) {
	want := c.verdict(who)
	best := map[string]string{}
	for _, id := range c.ids {
		best[id.name] = c.best(who, id)
	}
	if want != "" {
		a := c.ask(who, best)
		c.refusal(who, a, want)
		c.unchanged(who, a)
		return
	}
	reach := true
	for _, id := range c.ids {
		if id.how == '&' {
			continue
		}
		places := c.places(who, id)
		reach = reach && (id.how == '~' || c.reaches(who, id))
		for _, place := range "odrf" {
			c.place(who, id, best, place, places)
		}
	}
	if len(c.ids) == 0 || reach {
		c.allowed(who, c.ask(who, best))
		c.allowed(who, c.askPart(who, best))
	}
	c.head(who, best)
}

// place tries one field with what lies there.
func (c *rightsCheck) place(who *person, id idField, best map[string]string, place rune, reach places) {
	c.Helper()
	target, ok := c.world.target(who, id.kind, place)
	if !ok {
		return
	}
	with := maps.Clone(best)
	with[id.name] = target
	for _, other := range c.ids {
		if there, ok := c.world.target(who, other.kind, place); ok && other.how == '&' {
			with[other.name] = there
		}
	}
	if id.scope == "service" && strings.ContainsRune(reach.may, place) { // what is in one organization is not in another
		c.within(who, id, with, place)
	}
	a := c.ask(who, with)
	switch {
	case strings.ContainsRune(reach.may, place):
		if c.othersReached(who, id) {
			c.allowed(who, a)
			return
		}
	case strings.ContainsRune(reach.looks, place):
		if a.status != http.StatusForbidden && (!c.line.is("self") || a.to != "/admin/me") {
			c.Errorf("%s: %s answers %d, want 403 for what he may look at only", a, called(who), a.status)
		}
	default:
		c.unchanged(who, a)
		missing := maps.Clone(with)
		missing[id.name] = nowhere(id.kind)
		c.asMissing(who, id, a, c.ask(who, missing))
		c.asMissing(who, id, c.askPart(who, with), c.askPart(who, missing))
	}
	c.unchanged(who, a)
}

// within lets the rest of what an admin names lie in the same organization, after
// it has been tried that it is missing in another.
func (c *rightsCheck) within(who *person, but idField, with map[string]string, place rune) {
	c.Helper()
	for _, id := range c.ids {
		there, ok := c.world.target(who, id.kind, place)
		if id.name == but.name || !ok {
			continue
		}
		if with[id.name] != there && but.name[0] == ':' && id.how == '=' {
			a := c.ask(who, with)
			none := maps.Clone(with)
			none[id.name] = nowhere(id.kind)
			c.unchanged(who, a)
			c.asMissing(who, id, a, c.ask(who, none))
		}
		with[id.name] = there
	}
}

// reaches reports whether there is anything with which he may do it.
func (c *rightsCheck) reaches(who *person, id idField) bool {
	return strings.ContainsFunc(c.places(who, id).may, func(place rune) bool {
		_, ok := c.world.target(who, id.kind, place)
		return ok
	})
}

// othersReached reports whether whatever else the request names is within reach.
func (c *rightsCheck) othersReached(who *person, but idField) bool {
	for _, id := range c.ids {
		if id.name != but.name && strings.IndexByte("=!", id.how) >= 0 && !c.reaches(who, id) {
			return false
		}
	}
	return true
}

// asMissing fails unless what is out of reach answers as what there is not.
func (c *rightsCheck) asMissing(who *person, id idField, a, none rightsAnswer) {
	c.Helper()
	wants := map[byte]int{'=': http.StatusNotFound, '!': http.StatusUnprocessableEntity}
	if want := wants[id.how]; want != 0 && a.status != want && c.othersReached(who, id) && (a.status != http.StatusForbidden || !c.forbids(who)) {
		c.Errorf("%s: %s answers %d, want %d", a, called(who), a.status, want)
	}
	if a.status != none.status || a.plain() != none.plain() || a.headers() != none.headers() {
		c.Errorf("%s: %s tells what is out of reach (%d) from what there is not (%d)\n%s", a, called(who), a.status, none.status, difference(a.plain(), none.plain()))
	}
}

// allowed fails for an answer that is a refusal, and puts the database back.
func (c *rightsCheck) allowed(who *person, a rightsAnswer) {
	c.Helper()
	switch {
	case c.forbids(who):
		if a.status != http.StatusForbidden {
			c.Errorf("%s: %s answers %d, want 403", a, called(who), a.status)
		}
		c.unchanged(who, a)
		return
	case (a.status == 401 || a.status == 429) && c.line.is("guess"), a.status < 400 && !strings.HasPrefix(a.to, "/signin?"), a.status == 409, a.status == 422:
	default:
		c.Errorf("%s: %s answers %d %s\n%s", a, called(who), a.status, a.to, begins(a.body))
	}
	if c.route.Method == http.MethodPost {
		if next := nextPage.FindStringSubmatch(a.body); next != nil {
			if there := c.send(who, http.MethodGet, html.UnescapeString(next[1]), nil, sameOrigin); there.status != http.StatusOK && there.status != http.StatusSeeOther {
				c.Errorf("%s: in another language %s is led to %s, which answers %d", a, called(who), next[1], there.status)
			}
		}
		if diff := c.changed(); len(diff) > 0 {
			c.did = true
			c.restore(diff)
		}
		return
	}
	c.unchanged(who, a)
}

// refusal fails for an answer other than that refusal.
func (c *rightsCheck) refusal(who *person, a rightsAnswer, want string) {
	c.Helper()
	var ok bool
	switch want {
	case "sign in":
		ok = a.status == http.StatusUnauthorized || a.status == http.StatusSeeOther && (a.to == "/signin" || strings.HasPrefix(a.to, "/signin?next="))
	case "403":
		ok = a.status == http.StatusForbidden
	case "404":
		none := c.send(who, http.MethodGet, "/admin/nowhere", nil, sameOrigin)
		ok = a.status == http.StatusNotFound && a.plain() == none.plain()
	default:
		ok = a.status == http.StatusSeeOther && a.to == want
	}
	if !ok {
		c.Errorf("%s: %s answers %d %s, want %s\n%s", a, called(who), a.status, a.to, want, begins(a.body))
	}
}

// head asks without the body.
func (c *rightsCheck) head(who *person, with map[string]string) {
	c.Helper()
	if c.route.Method != http.MethodGet || strings.HasPrefix(c.route.Path, static.Prefix) {
		return
	}
	path, form := c.filled(with)
	a := c.send(who, http.MethodHead, path, form, sameOrigin)
	if a.body != "" {
		c.Errorf("HEAD %s: %s gets a body", path, called(who))
	}
	c.unchanged(who, a)
}

// otherSites sends what is allowed from elsewhere.
func (c *rightsCheck) otherSites() {
	if c.route.Method != http.MethodPost {
		return
	}
	for _, who := range c.world.trying() {
		if c.verdict(who) != "" {
			continue
		}
		best := map[string]string{}
		for _, id := range c.ids {
			best[id.name] = c.best(who, id)
		}
		path, form := c.filled(best)
		for _, from := range []http.Header{{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"https://evil.example"}}, {}} {
			a := c.send(who, http.MethodPost, path, form, from)
			if a.status != http.StatusForbidden {
				c.Errorf("%s with %v: %s answers %d", a, from, called(who), a.status)
			}
			c.unchanged(who, a)
		}
		return
	}
}

// ask fills the route's path and form in.
func (c *rightsCheck) ask(who *person, with map[string]string) rightsAnswer {
	c.Helper()
	return c.askAs(who, with, sameOrigin)
}

// askPart asks as htmx does, for the part of a page that changes.
func (c *rightsCheck) askPart(who *person, with map[string]string) rightsAnswer {
	c.Helper()
	return c.askAs(who, with, http.Header{"Sec-Fetch-Site": {"same-origin"}, "Hx-Request": {"true"}})
}

func (c *rightsCheck) askAs(who *person, with map[string]string, head http.Header) rightsAnswer {
	c.Helper()
	path, form := c.filled(with)
	a := c.send(who, c.route.Method, path, form, head)
	c.discreet(who, a)
	return a
}

// filled is the address with its query, and the form.
func (c *rightsCheck) filled(with map[string]string) (path string, form url.Values) {
	c.Helper()
	form, err := url.ParseQuery(c.line.send)
	must(c.T, err)
	path = strings.NewReplacer(c.values...).Replace(c.route.Path)
	for _, id := range slices.Backward(c.ids) {
		if strings.HasPrefix(id.name, ":") {
			path = strings.Replace(path, id.name, with[id.name], 1)
			continue
		}
		for field := range strings.SplitSeq(id.name, "+") {
			form.Set(field, with[id.name])
		}
	}
	return path, form
}

func called(who *person) string {
	if who == nil {
		return "nobody"
	}
	return who.key
}

// difference is where two pages part.
func difference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	cut := func(s string) string { return strings.ToValidUTF8(s[max(0, i-80):min(len(s), i+200)], "") }
	return "…" + cut(a) + "…\n…" + cut(b) + "…"
}

func begins(s string) string { return strings.ToValidUTF8(s[:min(len(s), 300)], "") }
