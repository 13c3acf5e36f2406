package handlers_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postix/db"
	"postix/domain"
	"postix/domain/filter"
	"postix/handlers"
)

// worldNow is the moment at which everything in the rights world happens.
var worldNow = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

const worldPassword = "Suv ichgan quduq 71"

// person is one of those who try everything. What he has carries his key in its
// names, and an id that no other row of the database has.
type person struct {
	key   string
	org   string // key of his organization
	actor domain.Actor
	token string            // of his session
	ids   map[string]string // of what is his, by kind
}

// rightsWorld is three organizations in a database that is closed again, with
// everybody who may knock at the panel.
type rightsWorld struct {
	t      *testing.T
	path   string
	store  *db.Store
	raw    *sql.DB
	people map[string]*person
	orgs   map[string]*person // what is an organization's, not a person's
	known  map[string]thing   // by each string that only this thing has
	phones int
}

// thing is something that not everybody may see.
type thing struct{ kind, of string }

// everybody is who there is: key, organization, department, role.
var everybody = []struct{ key, org, department, role string }{
	{"owner", "ours", "", "owner"},
	{"manager", "ours", "near", "manager"},
	{"lone manager", "ours", "", "manager"}, // of no department
	{"member", "ours", "near", "member"},
	{"reader", "ours", "near", "member"},          // looks on only
	{"sees department", "ours", "near", "member"}, // what he may look at reaches further
	{"sees organization", "ours", "near", "member"},
	{"half in", "ours", "near", "member"}, // has given the password and no code
	{"blocked", "ours", "near", "member"}, // their sessions are older than that
	{"removed", "ours", "near", "member"},
	{"colleague", "ours", "near", "member"}, // of the department: the others try at his things,
	{"stranger", "ours", "far", "member"},   // and at those of one of another department
	{"their owner", "theirs", "", "owner"},
	{"their manager", "theirs", "yonder", "manager"},
	{"their member", "theirs", "yonder", "member"},
	{"their stranger", "theirs", "beyond", "member"},
	{"shut owner", "shut", "", "owner"},   // of an organization that is blocked
	{"plain owner", "plain", "", "owner"}, // of one without the dispatcher filter
	{"admin", "service", "", "admin"},
	{"must change", "ours", "near", "member"}, // signs in with a password that somebody else has set,
	{"new admin", "service", "", "admin"},     // and without the second step that he needs
}

// newRightsWorld makes the database once; see [rightsWorld.open].
func newRightsWorld(t *testing.T) *rightsWorld {
	t.Helper()
	w := &rightsWorld{t: t, path: filepath.Join(t.TempDir(), "world.db"), people: map[string]*person{}, orgs: map[string]*person{}, known: map[string]thing{}}
	w.store = deskValue[*db.Store](t)(db.Open(t.Context(), db.Options{Path: w.path, Key: make([]byte, 32), Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return worldNow }}))
	w.raw = deskValue[*sql.DB](t)(sql.Open("sqlite", "file:"+w.path+"?_pragma=busy_timeout(5000)"))
	w.raw.SetMaxOpenConns(1)
	for i, table := range w.numbered() {
		w.firstID(table, 7_100_000+int64(i)*10_000)
	}
	w.organizations()
	hash := deskValue[string](t)(handlers.NewPasswords(1).Hash(worldPassword))
	for _, e := range everybody {
		w.enter(e.key, e.org, e.department, domain.Role(e.role), hash)
	}
	for _, e := range everybody {
		w.equip(w.people[e.key])
	}
	for _, name := range []string{"ours", "theirs"} {
		w.furnish(name)
	}
	w.fates()
	for i, table := range w.numbered() {
		w.exec(fmt.Sprintf("DELETE FROM %s WHERE id = ?", table), 7_100_000+i*10_000)
	}
	must(t, w.store.Close())
	w.exec("PRAGMA wal_checkpoint(TRUNCATE)")
	must(t, w.raw.Close())
	return w
}

func (w *rightsWorld) ctx() context.Context { return w.t.Context() }

func (w *rightsWorld) exec(query string, args ...any) {
	w.t.Helper()
	if _, err := w.raw.ExecContext(w.ctx(), query, args...); err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
}

func (w *rightsWorld) list(query string, args ...any) (out []string) {
	w.t.Helper()
	rows := deskValue[*sql.Rows](w.t)(w.raw.QueryContext(w.ctx(), query, args...))
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var s string
		must(w.t, rows.Scan(&s))
		out = append(out, s)
	}
	must(w.t, rows.Err())
	return out
}

// numbered are the tables whose rows SQLite numbers by "id".
func (w *rightsWorld) numbered() []string {
	return w.list(`SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.name = 'id' AND c.pk = 1 AND c.type = 'INTEGER' AND m.name <> 'audit' AND m.name NOT LIKE 'goose%' ORDER BY m.name`)
}

// firstID lets the ids of a table begin there, by a row of nothing: ids of one
// table stand in no other, so that one in a page is found for certain.
func (w *rightsWorld) firstID(table string, id int64) {
	w.t.Helper()
	for _, pragma := range []string{"foreign_keys = OFF", "ignore_check_constraints = ON"} {
		w.exec("PRAGMA " + pragma)
	}
	columns := w.list(`SELECT name FROM pragma_table_info(?)`, table)
	values := w.list(`SELECT CASE WHEN name = 'id' THEN ? WHEN type = 'TEXT' THEN '''''' WHEN type = 'BLOB' THEN 'x''''' WHEN "notnull" THEN '0' ELSE 'NULL' END
		FROM pragma_table_info(?)`, id, table)
	w.exec(fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(columns, ", "), strings.Join(values, ", ")))
}

// mark notes a string that only this thing has.
func (w *rightsWorld) mark(s, kind, of string) string {
	if was, ok := w.known[s]; ok {
		w.t.Fatalf("%q is of %v, too", s, was)
	}
	w.known[s] = thing{kind, of}
	return s
}

// named is a name for a thing, which no other has.
func (w *rightsWorld) named(kind, of string) string {
	return w.mark(kind+"-of-"+strings.ReplaceAll(of, " ", "-"), kind, of)
}

// has notes that the person has a thing with that id.
func (w *rightsWorld) has(p *person, kind string, id int64) {
	p.ids[kind] = w.mark(fmt.Sprint(id), kind, p.key)
}

func (w *rightsWorld) organizations() {
	w.t.Helper()
	for _, name := range []string{"ours", "theirs", "shut", "plain"} {
		o := deskValue[domain.Organization](w.t)(w.store.CreateOrganization(w.ctx(), domain.Organization{
			Name: w.named("organization", name), Limits: domain.Limits{Users: 100, Accounts: 100}, CreatedAt: worldNow,
		}))
		w.orgs[name] = &person{key: name, org: name, actor: domain.Actor{Organization: o}, ids: map[string]string{}}
		w.has(w.orgs[name], "organization", o.ID)
	}
	service := deskValue[domain.Organization](w.t)(w.store.ServiceOrganization(w.ctx()))
	w.orgs["service"] = &person{key: "service", org: "service", actor: domain.Actor{Organization: service}, ids: map[string]string{"organization": fmt.Sprint(service.ID)}}
	for _, d := range []struct{ org, name string }{{"ours", "near"}, {"ours", "far"}, {"ours", "empty"}, {"theirs", "yonder"}, {"theirs", "beyond"}, {"theirs", "bare"}} {
		made := deskValue[domain.Department](w.t)(w.store.AddDepartment(w.ctx(), domain.Department{
			OrganizationID: w.orgs[d.org].actor.Organization.ID, Name: w.named("department", d.name),
		}))
		id := w.mark(fmt.Sprint(made.ID), "department", d.name)
		w.orgs[d.org].ids["department "+d.name], w.orgs[d.org].ids["department"] = id, id // the last one is nobody's
	}
}

// enter makes a person with two sessions: the one that he comes with, and another.
func (w *rightsWorld) enter(key, org, department string, role domain.Role, hash string) {
	w.t.Helper()
	o := w.orgs[org]
	u := domain.User{OrganizationID: o.actor.Organization.ID, Role: role, Name: w.named("person", key), CreatedAt: worldNow}
	u.Email = w.mark(strings.ReplaceAll(key, " ", ".")+"@example.uz", "person", key)
	_, _ = fmt.Sscan(o.ids["department "+department], &u.DepartmentID) // 0 for none
	switch key {
	case "sees department":
		u.Sees = domain.SeesDepartment
	case "sees organization":
		u.Sees = domain.SeesOrganization
	}
	u = deskValue[domain.User](w.t)(w.store.CreateUser(w.ctx(), u, hash))
	p := &person{key: key, org: org, actor: domain.Actor{User: u, Organization: o.actor.Organization, Verified: true}, ids: map[string]string{}}
	w.people[key] = p
	w.has(p, "user", u.ID)
	p.ids["department"] = o.ids["department "+department]
	session := func() (token string, made domain.Session) {
		token = domain.NewToken()
		made = domain.Session{Hash: domain.TokenHash(token), OrganizationID: u.OrganizationID, UserID: u.ID, CreatedAt: worldNow, SeenAt: worldNow}
		must(w.t, w.store.CreateSession(w.ctx(), made))
		return token, made
	}
	var here domain.Session
	p.token, here = session()
	if key == "admin" || key == "half in" { // who have a second step
		must(w.t, w.store.SetTOTP(w.ctx(), u, strings.Repeat("A", 32), 0, nil, here.Hash))
	}
	_, elsewhere := session()
	p.ids["session"] = w.mark(elsewhere.ID(), "session", key)
	w.mark(here.ID(), "session", key)
	w.exec(`UPDATE sessions SET verified = ? WHERE user_id = ?`, key != "half in", u.ID)
}

// equip gives a person a number with chats, a catalog and campaigns.
func (w *rightsWorld) equip(p *person) {
	w.t.Helper()
	if p.actor.Organization.Service {
		return
	}
	w.phones++
	org, u := p.actor.User.OrganizationID, p.actor.User
	phone := domain.Phone(fmt.Sprintf("+99890%07d", 4_100_000+w.phones*1_111))
	acc := deskValue[domain.Account](w.t)(w.store.ConnectAccount(w.ctx(), domain.NewAccount{
		OrganizationID: org, UserID: u.ID, Phone: phone, Session: []byte("s"), At: worldNow,
		Profile: domain.Profile{TelegramID: 9_000_000_000 + int64(w.phones), FirstName: w.named("number", p.key)},
	}))
	w.has(p, "account", acc.ID)
	w.mark(string(phone), "number", p.key)
	w.mark(phone.String(), "number", p.key)
	peers := make([]domain.Peer, 5) // the last one is in no catalog
	ds := make([]domain.Dialog, len(peers))
	for i := range peers {
		peers[i] = domain.Peer{
			ID: domain.PeerID(-1_000_000_000_000 - int64(w.phones)*100 - int64(i)), Kind: domain.KindSupergroup,
			Title: w.named(fmt.Sprint("group", i), p.key), Username: w.mark(fmt.Sprintf("chat%d_of_%s", i, strings.ReplaceAll(p.key, " ", "_")), "chat", p.key),
		}
		ds[i] = domain.Dialog{Peer: peers[i], AccountID: acc.ID, AccessHash: 5, CanWrite: true, SeenAt: worldNow}
		w.mark(fmt.Sprint(int64(peers[i].ID)), "peer", p.key)
	}
	p.ids["chat"], p.ids["peer"], p.ids["new peer"] = peers[4].Username, fmt.Sprint(int64(peers[0].ID)), fmt.Sprint(int64(peers[4].ID))
	must(w.t, w.store.ReplaceDialogs(w.ctx(), org, acc.ID, ds, worldNow))
	c := deskValue[domain.Catalog](w.t)(w.store.CreateCatalog(w.ctx(), domain.Catalog{OrganizationID: org, UserID: u.ID, Name: w.named("catalog", p.key), CreatedAt: worldNow, UpdatedAt: worldNow}))
	w.has(p, "catalog", c.ID)
	deskValue[int](w.t)(w.store.AddPeers(w.ctx(), domain.Scope{OrganizationID: org}, c.ID, peers[:4], worldNow))
	must(w.t, w.store.SetListening(w.ctx(), org, acc.ID, true))
	w.campaigns(p, acc, c)
	w.notices(p, acc)
}

// campaigns orders one of each kind that something can be done with.
func (w *rightsWorld) campaigns(p *person, acc domain.Account, catalog domain.Catalog) {
	w.t.Helper()
	s := &domain.Campaigns{Store: w.store, Schedule: w.store, Catalogs: w.store, Peers: w.store, Accounts: w.store, Hub: &domain.Hub{}, Now: func() time.Time { return worldNow }}
	order := func(kind string, startsIn time.Duration) domain.Campaign {
		d := domain.Draft{Token: domain.NewToken(), CatalogID: catalog.ID, AccountID: acc.ID, Text: w.named(kind, p.key), Rounds: 1}
		if startsIn > 0 {
			d.StartAt = worldNow.Add(startsIn)
		}
		c, _, err := s.Create(w.ctx(), p.actor, d)
		must(w.t, err)
		w.has(p, kind, c.ID)
		return c
	}
	running := order("running", 0)
	must(w.t, w.store.OpenRounds(w.ctx(), running, running.Due(worldNow), worldNow))
	for _, e := range []*domain.SendError{nil, {Action: domain.ActFailPeer, Code: "CHAT_RESTRICTED"}, {Action: domain.ActRetry, Code: "TIMEOUT"}} {
		claimed, err := w.store.Claim(w.ctx(), acc.ID, worldNow.Add(time.Hour))
		if err != nil || claimed.Attempt == nil {
			w.t.Fatalf("nothing to claim for %s: %v", p.key, err)
		}
		r := domain.SettleSent(*claimed.Attempt, domain.SentMessage{ID: 77, At: worldNow}, worldNow, 0)
		if e != nil {
			r = domain.SettleError(*claimed.Attempt, e, worldNow, 0)
		}
		must(w.t, w.store.Settle(w.ctx(), r))
	}
	ds, _, err := w.store.Deliveries(w.ctx(), domain.Scope{OrganizationID: acc.OrganizationID}, running.ID, domain.DeliveryFilter{})
	must(w.t, err)
	for _, d := range ds {
		w.mark(fmt.Sprint(d.ID), "delivery", p.key)
		if d.Status == domain.DeliveryPlanned {
			p.ids["delivery"] = fmt.Sprint(d.ID)
		}
	}
	missed := order("missed", time.Minute)
	late := worldNow.Add(40 * time.Minute)
	must(w.t, w.store.OpenRounds(w.ctx(), missed, missed.Due(late), late))
	deskValue[domain.Campaign](w.t)(s.Pause(w.ctx(), p.actor, order("paused", 0).ID))
	order("scheduled", 20*time.Hour)
}

func (w *rightsWorld) notices(p *person, acc domain.Account) {
	w.t.Helper()
	w.exec(`INSERT INTO notices (organization_id, kind, user_id, account_id, reason, at) VALUES (?, ?, ?, ?, 'SESSION_REVOKED', ?)`,
		acc.OrganizationID, domain.NoticeNeedsLogin, p.actor.User.ID, acc.ID, worldNow.UnixMilli())
	p.ids["notice"] = w.mark(w.list(`SELECT MAX(id) FROM notices`)[0], "notice", p.key)
}

// furnish gives an organization what belongs to no person.
func (w *rightsWorld) furnish(name string) {
	w.t.Helper()
	o := w.orgs[name]
	org := o.actor.Organization.ID
	hears, second := w.people["colleague"], w.people["owner"]
	if name == "theirs" {
		hears, second = w.people["their member"], w.people["their owner"]
	}
	o.ids["owner"] = second.ids["user"]
	var account int64
	_, _ = fmt.Sscan(hears.ids["account"], &account)
	watch := &domain.Watch{Store: w.store, Answers: w.store, Hub: &domain.Hub{}, Now: func() time.Time { return worldNow }, Rand: func() float64 { return 0 }, Log: slog.New(slog.DiscardHandler)}
	must(w.t, watch.PutTemplate(w.ctx(), second.actor, domain.Template{Text: w.named("template", name), Active: true}))
	ts := deskValue[[]domain.Template](w.t)(watch.Templates(w.ctx(), second.actor))
	w.has(o, "template", ts[0].ID)
	must(w.t, watch.AddCustomFilter(w.ctx(), second.actor, domain.CustomFilter{Block: true, Word: w.named("word", name), Note: w.named("note", name)}))
	cs := deskValue[[]domain.CustomFilter](w.t)(watch.CustomFilters(w.ctx(), second.actor))
	w.has(o, "custom filter", cs[0].ID)
	deskValue[domain.AddedKeywords](w.t)(watch.AddKeywords(w.ctx(), second.actor, domain.PlacesAbroad, w.named("keyword", name)))
	sender := int64(5_550_000_000 + len(name))
	o.ids["sender"] = w.mark(fmt.Sprint(sender), "detection", name)
	hit := filter.Hit{Rule: filter.ForeignRoute, Severity: filter.High, Seen: "Moskva", Count: 1}
	found := deskValue[[]domain.Detection](w.t)(w.store.Record(w.ctx(), org, []domain.Judged{{
		Incoming: domain.Incoming{OrganizationID: org, AccountID: account, GroupMessage: domain.GroupMessage{
			ID: 1, At: worldNow.Add(-time.Hour), Text: w.named("detection", name), SenderID: sender, FirstName: w.named("sender", name),
			ChatID: -1_000_900_000_000 - int64(len(name)), ChatTitle: w.named("heard", name), ChatMembers: 10,
		}},
		Verdict: filter.Verdict{Dispatcher: true, Rule: hit.Rule, Severity: hit.Severity, Hits: []filter.Hit{hit}},
	}}))
	w.has(o, "detection", found[0].ID)
	denied := domain.Peer{ID: domain.PeerID(-1_000_800_000_000 - int64(len(name))), Kind: domain.KindSupergroup, Title: w.named("denied", name), Username: w.named("deny", name)}
	must(w.t, w.store.DenyPeer(w.ctx(), domain.DeniedPeer{Peer: denied, OrganizationID: org, Reason: w.named("reason", name), UserID: second.actor.User.ID, At: worldNow}))
	o.ids["denied peer"] = w.mark(fmt.Sprint(int64(denied.ID)), "denied", name)
	w.exec(`INSERT INTO limit_requests (organization_id, user_id, kind, wanted, note, at) VALUES (?, ?, 'users', 120, ?, ?)`,
		org, second.actor.User.ID, w.named("request", name), worldNow.UnixMilli())
	o.ids["request"] = w.mark(w.list(`SELECT MAX(id) FROM limit_requests`)[0], "request", name)
}

// fates lets happen what has happened to some since they signed in.
func (w *rightsWorld) fates() {
	w.t.Helper()
	at := worldNow.UnixMilli()
	w.exec(`UPDATE users SET must_change = 1 WHERE id = ?`, w.people["must change"].ids["user"])
	w.exec(`UPDATE organizations SET watch_off = 1 WHERE id = ?`, w.orgs["plain"].ids["organization"])
	w.exec(`UPDATE users SET read_only = 1 WHERE id = ?`, w.people["reader"].ids["user"])
	w.people["reader"].actor.User.ReadOnly = true
	w.exec(`UPDATE users SET blocked_at = ?, block_from = ?, block_reason = ? WHERE id = ?`, at, at, w.named("block", "blocked"), w.people["blocked"].ids["user"])
	w.exec(`UPDATE users SET deleted_at = ?, email = '' WHERE id = ?`, at, w.people["removed"].ids["user"])
	w.exec(`UPDATE organizations SET blocked_at = ?, block_from = ?, block_reason = ? WHERE id = ?`, at, at, w.named("block", "shut"), w.orgs["shut"].ids["organization"])
	w.exec(`INSERT INTO blocked_phones (phone, blocked_at, block_from, block_reason) VALUES (?, ?, ?, ?)`, "+998931234567", at, at, w.named("block", "phone"))
	w.mark("+998 93 123 45 67", "blocked number", "service")
}
