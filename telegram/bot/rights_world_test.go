package bot

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"postix/db"
	"postix/domain"
)

// rightsNow is the moment at which everything in the rights world happens.
var rightsNow = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

// tryer is one of those who talk to the bot. What he has carries his key in its
// names, and ids that no other row of the database has.
type tryer struct {
	key, org string
	tg       int64
	actor    domain.Actor
	ids      map[string]int64 // of what is his, by kind
	order    order            // that he is putting together
}

// rightsPeople are all there are: key, organization, department, role. What people
// who are named later have is there for the others to try at.
var rightsPeople = []struct {
	key, org, department string
	role                 domain.Role
}{
	{"admin", "service", "", domain.RoleAdmin},
	{"owner", "ours", "", domain.RoleOwner},
	{"manager", "ours", "near", domain.RoleManager},
	{"member", "ours", "near", domain.RoleMember},
	{"reader", "ours", "near", domain.RoleMember},          // looks on only
	{"sees department", "ours", "near", domain.RoleMember}, // what he may look at reaches further
	{"elsewhere", "theirs", "", domain.RoleMember},         // has come in there, and is known to ours, too
	{"blocked", "ours", "near", domain.RoleMember},
	{"shut", "shut", "", domain.RoleOwner}, // of an organization that is blocked
	{"removed", "ours", "near", domain.RoleMember},
	{"his other", "ours", "near", domain.RoleMember}, // whom the one from elsewhere is in ours
	{"colleague", "ours", "near", domain.RoleMember},
	{"far", "ours", "far", domain.RoleMember},
	{"their member", "theirs", "", domain.RoleMember},
}

// rightsWorld is three organizations in a real store, and the bot over it.
type rightsWorld struct {
	*Bot
	t           *testing.T
	store       *db.Store
	raw         *sql.DB // the same database, with its first state attached as "was"
	people      map[string]*tryer
	orgs        map[string]domain.Organization
	departments map[string]int64
	marks       map[string]string // whose a string is that only his things have
	api         *scribe
	log         *errorLog
	phones      int
	updates     int64
}

func newRightsWorld(t *testing.T) *rightsWorld {
	t.Helper()
	path := filepath.Join(t.TempDir(), "postix.db")
	w := &rightsWorld{
		t: t, people: map[string]*tryer{}, orgs: map[string]domain.Organization{}, departments: map[string]int64{}, marks: map[string]string{},
		api: &scribe{sent: 1000}, log: &errorLog{least: slog.LevelWarn},
	}
	now := func() time.Time { return rightsNow }
	var err error
	w.store, err = db.Open(t.Context(), db.Options{Path: path, Key: bytes.Repeat([]byte{7}, 32), Logger: slog.New(slog.DiscardHandler), Now: now})
	w.ok(err)
	t.Cleanup(func() { _ = w.store.Close() })
	w.raw, err = sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=synchronous(off)")
	w.ok(err)
	t.Cleanup(func() { _ = w.raw.Close() })
	w.raw.SetMaxOpenConns(1)
	for i, table := range w.numbered() {
		w.firstID(table, 7_100_000+int64(i)*10_000)
	}
	w.fill()
	for i, table := range w.numbered() {
		w.exec(fmt.Sprintf("DELETE FROM %s WHERE id = ?", table), 7_100_000+i*10_000)
	}
	w.Bot = pacelessBot(t, w.store, w.api, now, slog.New(w.log))
	w.keep(filepath.Join(t.TempDir(), "was.db"))
	return w
}

// pacelessBot is a bot over a store whose calls wait for nobody.
func pacelessBot(t *testing.T, store *db.Store, api *scribe, now func() time.Time, log *slog.Logger) *Bot {
	t.Helper()
	hub := &domain.Hub{}
	address := api.address
	if address == "" {
		address = "http://bot.example"
	}
	token := api.token
	if token == "" {
		token = liveToken
	}
	b, err := New(Options{
		Token: token, API: address, URL: "https://panel.example", Access: &domain.BotAccess{Store: store, Now: now}, Store: store,
		Accounts:  &domain.Accounts{Store: store, Dialogs: store, Linked: store, Links: noLinks{}, Hub: hub, Now: now},
		Catalogs:  &domain.Catalogs{Store: store, Peers: store, Dialogs: store, Hub: hub, Now: now},
		Campaigns: &domain.Campaigns{Store: store, Schedule: store, Catalogs: store, Peers: store, Accounts: store, Hub: hub, Now: now},
		Security:  &domain.Security{Store: store, Hub: hub, Now: now},
		Hub:       hub, Now: now, Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	b.caller.client.Transport = api
	b.out.all.SetLimit(rate.Inf)
	b.life = t.Context()
	return b
}

// noLinks is a Telegram that no number is connected to.
type noLinks struct{}

func (noLinks) Link(int64) domain.LinkState                                      { return domain.LinkReady }
func (noLinks) Connect(domain.Account)                                           {}
func (noLinks) Disconnect(context.Context, domain.Account, bool) error           { return nil }
func (noLinks) Dialogs(context.Context, domain.Account) ([]domain.Dialog, error) { return nil, nil }
func (noLinks) Listen(int64, bool)                                               {}

func (w *rightsWorld) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *rightsWorld) exec(query string, args ...any) {
	w.t.Helper()
	if _, err := w.raw.ExecContext(w.t.Context(), query, args...); err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
}

func (w *rightsWorld) list(query string, args ...any) (out []string) {
	w.t.Helper()
	rows, err := w.raw.QueryContext(w.t.Context(), query, args...)
	w.ok(err)
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var s string
		w.ok(rows.Scan(&s))
		out = append(out, s)
	}
	w.ok(rows.Err())
	return out
}

// numbered are the tables whose rows SQLite numbers by "id".
func (w *rightsWorld) numbered() []string {
	return w.list(`SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.name = 'id' AND c.pk = 1 AND c.type = 'INTEGER' AND m.name NOT IN ('audit', 'bot_updates') AND m.name NOT LIKE 'goose%' ORDER BY m.name`)
}

// firstID lets the ids of a table begin there, by a row of nothing: ids of one table
// stand in no other, so that one in a message is found for certain.
func (w *rightsWorld) firstID(table string, id int64) {
	w.t.Helper()
	w.exec("PRAGMA foreign_keys = OFF")
	w.exec("PRAGMA ignore_check_constraints = ON")
	columns := w.list(`SELECT name FROM pragma_table_info(?)`, table)
	values := w.list(`SELECT CASE WHEN name = 'id' THEN ? WHEN type = 'TEXT' THEN '''''' WHEN type = 'BLOB' THEN 'x''''' WHEN "notnull" THEN '0' ELSE 'NULL' END
		FROM pragma_table_info(?)`, id, table)
	w.exec(fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(columns, ", "), strings.Join(values, ", ")))
}

// named is a name for a thing, which no other has.
func (w *rightsWorld) named(kind, of string) string {
	s := kind + "-of-" + strings.ReplaceAll(of, " ", "-") + "."
	w.marks[s] = of
	return s
}

// has notes that a person has a thing with that id.
func (w *rightsWorld) has(p *tryer, kind string, id int64) {
	p.ids[kind] = id
	w.marks[fmt.Sprint(id)] = p.key
}

func (w *rightsWorld) fill() {
	w.t.Helper()
	ctx := w.t.Context()
	var err error
	w.orgs["service"], err = w.store.ServiceOrganization(ctx)
	w.ok(err)
	for _, name := range []string{"ours", "theirs", "shut"} {
		w.orgs[name], err = w.store.CreateOrganization(ctx, domain.Organization{
			Name: w.named("organization", name), Limits: domain.Limits{Users: 100, Accounts: 100}, CreatedAt: rightsNow,
		})
		w.ok(err)
	}
	for _, name := range []string{"near", "far"} {
		d, err := w.store.AddDepartment(ctx, domain.Department{OrganizationID: w.orgs["ours"].ID, Name: w.named("department", name)})
		w.ok(err)
		w.departments[name] = d.ID
	}
	for i, e := range rightsPeople {
		w.enter(e.key, e.org, e.department, e.role, 6_100_000+int64(i))
	}
	w.exec("UPDATE users SET telegram_id = ? WHERE id = ?", w.people["elsewhere"].tg, w.people["his other"].ids["user"])
	w.people["his other"].tg = 0
	for _, e := range rightsPeople {
		if e.role != domain.RoleAdmin {
			w.equip(w.people[e.key])
		}
	}
	w.fates()
}

func (w *rightsWorld) enter(key, org, department string, role domain.Role, tg int64) {
	w.t.Helper()
	u, err := w.store.CreateUser(w.t.Context(), domain.User{
		OrganizationID: w.orgs[org].ID, DepartmentID: w.departments[department], Role: role, Name: w.named("person", key), Lang: "en",
		Email: strings.ReplaceAll(key, " ", ".") + "@example.uz", TelegramID: tg, CreatedAt: rightsNow,
	}, "")
	w.ok(err)
	if key == "sees department" {
		u.Sees = domain.SeesDepartment
		w.exec("UPDATE users SET sees = ? WHERE id = ?", string(u.Sees), u.ID)
	}
	w.ok(w.store.BindBot(w.t.Context(), u, rightsNow))
	p := &tryer{key: key, org: org, tg: tg, actor: domain.Actor{User: u, Organization: w.orgs[org], Verified: true}, ids: map[string]int64{}}
	w.people[key] = p
	w.has(p, "user", u.ID)
}

// equip gives a person a number with chats, a catalog, campaigns and an order.
func (w *rightsWorld) equip(p *tryer) {
	w.t.Helper()
	ctx := w.t.Context()
	w.phones++
	org, u := p.actor.User.OrganizationID, p.actor.User
	phone := domain.Phone(fmt.Sprintf("+99890%07d", 4_100_000+w.phones*1_111))
	acc, err := w.store.ConnectAccount(ctx, domain.NewAccount{
		OrganizationID: org, UserID: u.ID, Phone: phone, Session: []byte("s"), At: rightsNow,
		Profile: domain.Profile{TelegramID: 9_000_000_000 + int64(w.phones), FirstName: w.named("number", p.key)},
	})
	w.ok(err)
	w.has(p, "account", acc.ID)
	w.marks[phone.String()] = p.key
	limited, err := w.store.ConnectAccount(ctx, domain.NewAccount{
		OrganizationID: org, UserID: u.ID, Phone: "+99893" + phone[6:], Session: []byte("s"), At: rightsNow,
		Profile: domain.Profile{TelegramID: 9_100_000_000 + int64(w.phones), FirstName: w.named("limited", p.key)},
	})
	w.ok(err)
	w.has(p, "limited", limited.ID)
	w.exec("UPDATE accounts SET state = 'paused', reason = 'PEER_FLOOD' WHERE id = ?", limited.ID)
	peers, ds := make([]domain.Peer, 5), make([]domain.Dialog, 5)
	for i := range peers {
		peers[i] = domain.Peer{
			ID: domain.PeerID(-1_000_000_000_000 - int64(w.phones)*100 - int64(i)), Kind: domain.KindSupergroup,
			Title: w.named(fmt.Sprint("group", i), p.key), Username: fmt.Sprintf("chat%d_of_%s_", i, strings.ReplaceAll(p.key, " ", "_")),
		}
		w.marks[peers[i].Username], w.marks[fmt.Sprint(int64(peers[i].ID))] = p.key, p.key
		ds[i] = domain.Dialog{Peer: peers[i], AccountID: acc.ID, AccessHash: 5, CanWrite: true, SeenAt: rightsNow}
	}
	p.ids["peer"] = int64(peers[3].ID) // of which nothing is sent yet
	w.ok(w.store.ReplaceDialogs(ctx, org, acc.ID, ds, rightsNow))
	c, err := w.store.CreateCatalog(ctx, domain.Catalog{OrganizationID: org, UserID: u.ID, Name: w.named("catalog", p.key), CreatedAt: rightsNow, UpdatedAt: rightsNow})
	w.ok(err)
	w.has(p, "catalog", c.ID)
	_, err = w.store.AddPeers(ctx, domain.Scope{OrganizationID: org}, c.ID, peers[:4], rightsNow)
	w.ok(err)
	w.campaigns(p, acc, c)
	w.exec(`INSERT INTO notices (organization_id, kind, user_id, account_id, reason, at) VALUES (?, ?, ?, ?, 'SESSION_REVOKED', ?)`,
		org, domain.NoticeNeedsLogin, u.ID, acc.ID, rightsNow.UnixMilli())
	p.order = order{
		Key: 6_500_000 + int64(w.phones), Token: domain.NewToken(), Catalog: c.ID, Account: acc.ID, Text: w.named("order", p.key),
		Rounds: 2, Interval: 2 * time.Hour, Timed: true,
	}
	p.ids["order"] = p.order.Key
	w.talks(p, talk{Order: &p.order})
}

// talks lets a conversation stand there.
func (w *rightsWorld) talks(p *tryer, k talk) {
	w.t.Helper()
	w.ok(w.store.SetBotTalk(w.t.Context(), p.tg, domain.BotTalk{Step: k.Step, Draft: string(raw(w.t, k))}))
}

// campaigns orders one of each kind that something can be done with.
func (w *rightsWorld) campaigns(p *tryer, acc domain.Account, catalog domain.Catalog) {
	w.t.Helper()
	ctx := w.t.Context()
	s := &domain.Campaigns{Store: w.store, Schedule: w.store, Catalogs: w.store, Peers: w.store, Accounts: w.store, Hub: &domain.Hub{}, Now: func() time.Time { return rightsNow }}
	ordered := func(kind string, startsIn time.Duration) domain.Campaign {
		d := domain.Draft{Token: domain.NewToken(), CatalogID: catalog.ID, AccountID: acc.ID, Text: w.named(kind, p.key), Rounds: 1}
		if startsIn > 0 {
			d.StartAt = rightsNow.Add(startsIn)
		}
		c, _, err := s.Create(ctx, p.actor, d)
		w.ok(err)
		w.has(p, kind, c.ID)
		return c
	}
	running := ordered("running", 0)
	w.ok(w.store.OpenRounds(ctx, running, running.Due(rightsNow), rightsNow))
	for _, e := range []*domain.SendError{nil, {Action: domain.ActFailPeer, Code: "CHAT_RESTRICTED"}, {Action: domain.ActRetry, Code: "TIMEOUT"}} {
		claimed, err := w.store.Claim(ctx, acc.ID, rightsNow.Add(time.Hour))
		if err != nil || claimed.Attempt == nil {
			w.t.Fatalf("nothing to claim for %s: %v", p.key, err)
		}
		r := domain.SettleSent(*claimed.Attempt, domain.SentMessage{ID: 77, At: rightsNow}, rightsNow, 0)
		if e != nil {
			r = domain.SettleError(*claimed.Attempt, e, rightsNow, 0)
		}
		w.ok(w.store.Settle(ctx, r))
	}
	for _, d := range w.list(`SELECT id FROM deliveries WHERE campaign_id = ?`, running.ID) {
		w.marks[d] = p.key
	}
	missed := ordered("missed", time.Minute)
	late := rightsNow.Add(40 * time.Minute)
	w.ok(w.store.OpenRounds(ctx, missed, missed.Due(late), late))
	_, err := s.Pause(ctx, p.actor, ordered("paused", 0).ID)
	w.ok(err)
	ordered("scheduled", 20*time.Hour)
}

// fates lets happen what has happened to some since they came in.
func (w *rightsWorld) fates() {
	w.t.Helper()
	at := rightsNow.UnixMilli()
	w.exec(`UPDATE users SET read_only = 1 WHERE id = ?`, w.people["reader"].ids["user"])
	w.exec(`UPDATE users SET blocked_at = ?, block_from = ?, block_reason = 'Holiday' WHERE id = ?`, at, at, w.people["blocked"].ids["user"])
	w.exec(`UPDATE users SET deleted_at = ?, email = '', telegram_id = 0 WHERE id = ?`, at, w.people["removed"].ids["user"])
	w.exec(`UPDATE organizations SET blocked_at = ?, block_from = ?, block_reason = 'Not paid' WHERE id = ?`, at, at, w.orgs["shut"].ID)
	w.people["stranger"] = &tryer{key: "stranger", tg: 6_199_999, ids: map[string]int64{}}
}

// keep remembers the state of the database.
func (w *rightsWorld) keep(path string) {
	w.t.Helper()
	w.exec("PRAGMA wal_checkpoint(TRUNCATE)")
	w.exec("VACUUM INTO ?", path)
	w.exec("ATTACH ? AS was", path)
	w.exec("CREATE TABLE touched (name TEXT) STRICT")
	for _, table := range w.list(`SELECT name FROM was.sqlite_master WHERE type = 'table' AND name NOT IN ('bot_updates', 'bot_people') AND name NOT LIKE 'sqlite%'`) {
		for _, act := range []string{"INSERT", "UPDATE", "DELETE"} {
			w.exec(fmt.Sprintf(`CREATE TRIGGER touched_%[1]s_%[2]s AFTER %[2]s ON %[1]s BEGIN INSERT INTO touched VALUES ('%[1]s'); END`, table, act))
		}
	}
}

// changed names the tables that are not as they were, but for conversations.
func (w *rightsWorld) changed() (out []string) {
	w.t.Helper()
	for _, table := range w.list("SELECT DISTINCT name FROM touched ORDER BY name") {
		differ := w.list(fmt.Sprintf(`SELECT 1 WHERE EXISTS (SELECT * FROM main.%[1]s EXCEPT SELECT * FROM was.%[1]s)
			OR EXISTS (SELECT * FROM was.%[1]s EXCEPT SELECT * FROM main.%[1]s)`, table))
		if len(differ) > 0 {
			out = append(out, table)
		}
	}
	return out
}

// restore makes tables as they were, and conversations in any case.
func (w *rightsWorld) restore(tables []string) {
	w.t.Helper()
	var all strings.Builder
	for _, table := range append(tables, "bot_people") {
		fmt.Fprintf(&all, "DELETE FROM main.%[1]s; INSERT INTO main.%[1]s SELECT * FROM was.%[1]s;", table)
	}
	w.exec("BEGIN IMMEDIATE; " + all.String() + " DELETE FROM touched; COMMIT;")
}
