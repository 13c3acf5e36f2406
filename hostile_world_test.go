package main

import (
	"context"
	"database/sql"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"postix/domain"
	"postix/telegram/sandbox"
	"postix/telegram/sandbox/world"
)

// hostileTexts are what strangers call themselves and write. They stand in a file
// of their own so that everything that shows names can be held against the same.
//
//go:embed testdata/hostile/texts.json
var hostileTexts []byte

// hostileText is one of them.
type hostileText struct {
	Name   string `json:"name"` // what it tries
	Text   string `json:"text"`
	Base64 string `json:"base64"` // instead of Text: bytes that are no text
	Times  int    `json:"times"`  // it is repeated so often
}

func readHostile(t *testing.T) []hostileText {
	t.Helper()
	var out []hostileText
	if err := json.Unmarshal(hostileTexts, &out); err != nil {
		t.Fatal(err)
	}
	for i := range out {
		h := &out[i]
		if h.Base64 != "" {
			b, err := base64.StdEncoding.DecodeString(h.Base64)
			if err != nil {
				t.Fatal(err)
			}
			h.Text = string(b)
		}
		h.Text = strings.Repeat(h.Text, max(1, h.Times))
	}
	return out
}

// hostileWorld is a panel over a Telegram in which every name and text is hostile,
// and so is all that people have typed.
type hostileWorld struct {
	t     *testing.T
	tg    sandbox.Client
	world *world.World
	app   *app
	seed  seeded
	base  string
	texts []hostileText
	raw   *sql.DB // the panel's database, beside it
	link  string  // token of a link to set a password
}

const hostileGroups = -1_000_000_077_000

func newHostileWorld(t *testing.T) *hostileWorld {
	t.Helper()
	side, tg := startTelegram(t)
	w := &hostileWorld{t: t, tg: tg, world: side.World(), texts: readHostile(t)}
	w.app, w.seed, w.base = startPanel(t, side.URL(), 50*time.Millisecond)
	var err error
	if w.raw, err = sql.Open("sqlite", "file:"+w.app.set.database()+"?_pragma=busy_timeout(20000)"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.raw.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	w.serve(ctx)
	w.connect(ctx)
	w.people(ctx)
	w.work(ctx)
	w.typed(ctx)
	tell(t, w.app, w.seed.owner)
	return w
}

func (w *hostileWorld) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// longest is what a form lets through of a text, and of a name, in bytes.
const (
	longestTyped = 4000
	longestNamed = 300
)

func typed(s string) string { return s[:min(len(s), longestTyped)] }
func named(s string) string { return s[:min(len(s), longestNamed)] }

// served is what the wire carries of a text.
func served(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// serve lets Telegram have groups with hostile titles and usernames, and people.
func (w *hostileWorld) serve(context.Context) {
	w.t.Helper()
	me, _ := w.world.Account(seedMemberPhone)
	for i, h := range w.texts {
		spec := world.ChatSpec{ID: int64(hostileGroups - i), Kind: world.KindSupergroup, Title: served(h.Text), Members: []int64{me.UserID}, ExtraMembers: 100 + i}
		if i%2 == 0 {
			spec.Username = spec.Title
		}
		_, err := w.world.AddChat(spec)
		w.ok(err)
	}
}

// connect connects the member's number, and lets people with hostile names write
// hostile texts where the filter hears them.
func (w *hostileWorld) connect(ctx context.Context) {
	w.t.Helper()
	w.ok(w.app.connectSeed(ctx, w.seed, w.tg))
	watched(ctx, w.t, w.app, w.seed.owner, func(s *domain.WatchSettings) { s.Mode = domain.WatchObserve })
	eventually(w.t, "the account listens", func() bool { return w.number("SELECT COUNT(*) FROM positions WHERE pts > 0") > 0 })
	for i, h := range w.texts {
		name := served(h.Text)
		text := []rune(dispatcherText + "\n" + name)
		_, err := w.world.Post(world.Incoming{
			Chat: int64(hostileGroups - i), Sender: world.Profile{ID: int64(8_000_000 + i), FirstName: name, LastName: served(w.next(i)), Username: fmt.Sprintf("%s%d", name, i)},
			Text: string(text[:min(len(text), 2000)]),
		})
		w.ok(err)
	}
	for i, h := range w.texts { // byte for byte, which the wire may not carry
		w.ok(w.app.watch.Hear(ctx, []domain.Incoming{{
			OrganizationID: w.seed.owner.User.OrganizationID, AccountID: 1, GroupMessage: domain.GroupMessage{
				ID: int64(100 + i), At: time.Now().UTC(), ChatID: int64(hostileGroups - i), ChatTitle: named(h.Text), ChatMembers: 100,
				SenderID: int64(8_100_000 + i), FirstName: named(h.Text), LastName: named(h.Text), Username: named(h.Text), Text: dispatcherText + typed(h.Text),
			},
		}}))
	}
	eventually(w.t, "the dispatchers are found", func() bool { return w.number("SELECT COUNT(*) FROM detections") >= 2*int64(len(w.texts))-5 })
}

// next is another text than the one with that number.
func (w *hostileWorld) next(i int) string { return typed(w.texts[(i+1)%len(w.texts)].Text) }

// number asks the panel's database for one number.
func (w *hostileWorld) number(query string, args ...any) (n int64) {
	w.t.Helper()
	w.ok(w.raw.QueryRowContext(w.t.Context(), query, args...).Scan(&n))
	return n
}

// put writes into the database what no form lets through now, and an earlier
// version may have.
func (w *hostileWorld) put(query string, args ...any) {
	w.t.Helper()
	if _, err := w.raw.ExecContext(w.t.Context(), query, args...); err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
}

// people makes users, departments and organizations.
func (w *hostileWorld) people(ctx context.Context) {
	w.t.Helper()
	now := time.Now().UTC()
	org := w.seed.owner.User.OrganizationID
	w.put("UPDATE organizations SET account_limit = 1000, user_limit = 1000 WHERE id = ?", org)
	for i, h := range w.texts {
		name := named(h.Text)
		d, err := w.app.store.AddDepartment(ctx, domain.Department{OrganizationID: org, Name: fmt.Sprintf("Boʻlim %d", i)})
		w.ok(err)
		u, err := w.app.store.CreateUser(ctx, domain.User{
			OrganizationID: org, DepartmentID: d.ID, Role: domain.RoleMember, Name: "Xodim", Email: fmt.Sprintf("x%d@sandbox.uz", i), TelegramID: int64(9_000_000 + i), CreatedAt: now,
		}, "")
		w.ok(err)
		acc, err := w.app.store.ConnectAccount(ctx, domain.NewAccount{
			OrganizationID: org, UserID: u.ID, Phone: domain.Phone(fmt.Sprintf("+9989055500%02d", i)), Session: []byte("{}"), At: now,
			Profile: domain.Profile{TelegramID: int64(9_000_000 + i), FirstName: name, LastName: named(w.next(i)), Username: name},
		})
		w.ok(err)
		other, err := w.app.store.CreateOrganization(ctx, domain.Organization{Name: fmt.Sprintf("Tashkilot %d", i), Pace: domain.DefaultPace, Limits: domain.Limits{Accounts: 1, Users: 5}, CreatedAt: now})
		w.ok(err)
		w.put("UPDATE departments SET name = ? WHERE id = ?", name, d.ID)
		w.put("UPDATE users SET name = ? WHERE id = ?", name, u.ID)
		w.put("UPDATE organizations SET name = ?, block_reason = ? WHERE id = ?", name, typed(h.Text), other.ID)
		if i%2 == 0 {
			w.put("UPDATE users SET blocked_at = ?, block_from = ?, block_reason = ? WHERE id = ?", now.UnixMilli(), now.UnixMilli(), typed(h.Text), u.ID)
			w.put("UPDATE organizations SET blocked_at = ?, block_from = ? WHERE id = ?", now.UnixMilli(), now.UnixMilli(), other.ID)
			w.put("UPDATE accounts SET state = 'needs_login' WHERE id = ?", acc.ID)
		}
		w.put("INSERT INTO blocked_phones (phone, blocked_at, block_from, block_reason) VALUES (?, ?, ?, ?)", fmt.Sprintf("+9989055510%02d", i), now.UnixMilli(), now.UnixMilli(), typed(h.Text))
		w.put(`INSERT INTO limit_requests (organization_id, user_id, kind, wanted, note, at, status, answer) VALUES (?, ?, 'users', 5, ?, ?, ?, ?)`,
			org, w.seed.owner.User.ID, typed(h.Text), now.UnixMilli(), []string{"granted", "refused"}[i%2], w.next(i))
	}
	w.put(`INSERT INTO limit_requests (organization_id, user_id, kind, wanted, note, at) VALUES (?, ?, 'accounts', 5, ?, ?)`,
		org, w.seed.owner.User.ID, w.texts[0].Text, now.UnixMilli())
}

// work makes catalogs and campaigns of the member.
func (w *hostileWorld) work(ctx context.Context) {
	w.t.Helper()
	member := w.seed.member
	s := w.app.store
	catalogs := &domain.Catalogs{Store: s, Peers: s, Dialogs: s, Hub: w.app.hub, Now: time.Now}
	campaigns := &domain.Campaigns{Store: s, Schedule: s, Catalogs: s, Peers: s, Accounts: s, Hub: w.app.hub, Now: time.Now}
	acc, err := s.Account(ctx, member.Scope(), w.number("SELECT MIN(id) FROM accounts WHERE phone = ?", seedMemberPhone))
	w.ok(err)
	var peers []domain.PeerID
	for i := range w.texts {
		peers = append(peers, domain.PeerID(hostileGroups-i))
	}
	for i, h := range w.texts {
		c, err := catalogs.Create(ctx, member, fmt.Sprintf("Katalog %d", i))
		w.ok(err)
		of := peers[i : i+1]
		if i == 0 {
			of = peers
		}
		_, err = catalogs.AddDialogs(ctx, member, c.ID, acc, of)
		w.ok(err)
		w.put("UPDATE catalogs SET name = ? WHERE id = ?", named(h.Text), c.ID)
		start := time.Now().Add(24 * time.Hour)
		if i == 0 {
			start = time.Time{}
		}
		ordered, _, err := campaigns.Create(ctx, member, domain.Draft{
			Token: domain.NewToken(), CatalogID: c.ID, AccountID: acc.ID, Text: fmt.Sprintf("Matn %d", i), Rounds: 1, StartAt: start,
		})
		w.ok(err)
		text := typed(h.Text)
		if clean, err := domain.CleanText(text); err == nil {
			text = clean
		}
		w.put("UPDATE campaigns SET body = ? WHERE id = ?", text, ordered.ID)
		w.put("UPDATE campaign_texts SET body = ? WHERE campaign_id = ?", text, ordered.ID)
	}
	eventually(w.t, "the first campaign has rows", func() bool {
		return w.number("SELECT COUNT(*) FROM deliveries WHERE campaign_id = 1") == int64(len(w.texts))
	})
}

// typed fills what people type about the filter and the deny list.
func (w *hostileWorld) typed(ctx context.Context) {
	w.t.Helper()
	owner := w.seed.owner
	for i, h := range w.texts {
		w.ok(w.app.watch.AddCustomFilter(ctx, owner, domain.CustomFilter{Block: i%2 == 0, Word: fmt.Sprintf("soʻz%d", i), Note: "izoh"}))
		if i < 10 {
			w.ok(w.app.watch.PutTemplate(ctx, owner, domain.Template{Text: fmt.Sprintf("Javob %d", i), Active: true}))
		}
		w.ok(w.app.store.DenyPeer(ctx, domain.DeniedPeer{
			Peer: domain.Peer{ID: domain.PeerID(hostileGroups - i), Kind: domain.KindSupergroup, Title: named(h.Text)}, OrganizationID: owner.User.OrganizationID,
			Reason: typed(h.Text), UserID: owner.User.ID, At: time.Now().UTC(),
		}))
	}
	w.each("custom_filters", "word", "note")
	w.each("templates", "body")
	token, _, err := (&domain.Organizations{Store: w.app.store, Now: time.Now}).NewLink(ctx, domain.Actor{User: domain.User{Role: domain.RoleAdmin}}, owner.User.OrganizationID, owner.User.ID)
	w.ok(err)
	w.link = token
}

// each gives every row of a table another text.
func (w *hostileWorld) each(table string, columns ...string) {
	w.t.Helper()
	for _, id := range w.ids("SELECT id FROM " + table + " ORDER BY id") {
		for j, c := range columns {
			w.put("UPDATE "+table+" SET "+c+" = ? WHERE id = ?", typed(w.texts[(int(id)+j)%len(w.texts)].Text), id)
		}
	}
}

func (w *hostileWorld) ids(query string) (out []int64) {
	w.t.Helper()
	rows, err := w.raw.QueryContext(w.t.Context(), query)
	w.ok(err)
	defer rows.Close()
	for rows.Next() {
		var id int64
		w.ok(rows.Scan(&id))
		out = append(out, id)
	}
	w.ok(rows.Err())
	return out
}

// TestHostileTexts: the file holds what it should.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	texts := readHostile(t)
	seen := map[string]bool{}
	broken, large := 0, 0
	for _, h := range texts {
		if h.Text == "" || seen[h.Text] || seen[h.Name] {
			t.Errorf("%s: empty, or there twice", h.Name)
		}
		seen[h.Text], seen[h.Name] = true, true
		if !utf8.ValidString(h.Text) {
			broken++
		}
		if len(h.Text) >= 1<<20 {
			large++
		}
	}
	if len(texts) < 60 || broken == 0 || large == 0 {
		t.Errorf("%d texts, %d of them broken and %d of a mebibyte", len(texts), broken, large)
	}
}
