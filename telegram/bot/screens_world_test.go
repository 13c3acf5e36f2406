package bot

import (
	"bytes"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"postix/db"
	"postix/domain"
	"postix/telegram/sandbox"
)

// screensWorld is a store full of names and texts that a test gives, the bot over it,
// and the sandbox's Bot API, which takes nothing that Telegram would not.
type screensWorld struct {
	*Bot
	t       *testing.T
	store   *db.Store
	raw     *sql.DB
	api     *scribe
	log     *errorLog
	people  map[domain.Role]domain.User
	org     domain.Organization
	names   []string // of everything: users, numbers, catalogs, chats
	texts   []string // of campaigns, and what people type
	updates int64
}

// screensPeople are the sandbox's accounts that talk.
var screensPeople = []struct {
	role  domain.Role
	tg    int64
	phone string
}{{domain.RoleOwner, 7000001, "+998901000001"}, {domain.RoleMember, 7000004, "+998901000004"}, {domain.RoleAdmin, 7000005, "+998901000005"}}

// newScreensWorld makes so many of everything as there are names.
func newScreensWorld(t *testing.T, names, texts []string) *screensWorld {
	t.Helper()
	w := &screensWorld{t: t, names: names, texts: texts, log: &errorLog{least: slog.LevelWarn}, people: map[domain.Role]domain.User{}}
	tg, err := sandbox.Start(t.Context(), sandbox.Options{MTProto: "127.0.0.1:0", HTTP: "127.0.0.1:0", Seed: true, Logger: slog.New(slog.DiscardHandler)})
	w.ok(err)
	t.Cleanup(func() { _ = tg.Close() })
	c := sandbox.Client{URL: tg.URL()}
	at, err := c.Telegram(t.Context())
	w.ok(err)
	w.api = &scribe{address: at.BotAPI, token: at.BotToken}
	path := filepath.Join(t.TempDir(), "postix.db")
	now := func() time.Time { return rightsNow }
	w.store, err = db.Open(t.Context(), db.Options{Path: path, Key: bytes.Repeat([]byte{7}, 32), Logger: slog.New(slog.DiscardHandler), Now: now})
	w.ok(err)
	t.Cleanup(func() { _ = w.store.Close() })
	w.raw, err = sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=synchronous(off)")
	w.ok(err)
	t.Cleanup(func() { _ = w.raw.Close() })
	w.raw.SetMaxOpenConns(1)
	w.Bot = pacelessBot(t, w.store, w.api, now, slog.New(w.log))
	w.org, err = w.store.CreateOrganization(t.Context(), domain.Organization{
		Name: "Sadaf", Zone: "Asia/Tashkent", Pace: domain.DefaultPace, Limits: domain.Limits{Users: 1000, Accounts: 1000}, CreatedAt: rightsNow,
	})
	w.ok(err)
	service, err := w.store.ServiceOrganization(t.Context())
	w.ok(err)
	for i, p := range screensPeople {
		w.ok(c.BotSay(t.Context(), p.phone, "/start"))
		org := w.org.ID
		if p.role == domain.RoleAdmin {
			org = service.ID
		}
		u, err := w.store.CreateUser(t.Context(), domain.User{
			OrganizationID: org, Role: p.role, Name: "X", Email: fmt.Sprintf("p%d@example.uz", i), TelegramID: p.tg, CreatedAt: rightsNow,
		}, "")
		w.ok(err)
		w.ok(w.store.BindBot(t.Context(), u, rightsNow))
		w.people[p.role] = u
	}
	for i, name := range names {
		w.add(i, name)
	}
	return w
}

func (w *screensWorld) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// put writes into the database what no form lets through now, and an earlier version
// may have.
func (w *screensWorld) put(query string, args ...any) {
	w.t.Helper()
	if _, err := w.raw.ExecContext(w.t.Context(), query, args...); err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
}

func (w *screensWorld) number(query string, args ...any) (n int64) {
	w.t.Helper()
	w.ok(w.raw.QueryRowContext(w.t.Context(), query, args...).Scan(&n))
	return n
}

// add makes a user with a number, a catalog and a campaign, all of that name. Every
// second one is the member's.
func (w *screensWorld) add(i int, name string) {
	w.t.Helper()
	ctx := w.t.Context()
	u := w.people[domain.RoleMember]
	if i%2 == 1 {
		var err error
		u, err = w.store.CreateUser(ctx, domain.User{
			OrganizationID: w.org.ID, Role: domain.RoleMember, Name: "X", Email: fmt.Sprintf("x%d@example.uz", i), CreatedAt: rightsNow,
		}, "")
		w.ok(err)
		w.put("UPDATE users SET name = ? WHERE id = ?", name, u.ID)
	}
	acc, err := w.store.ConnectAccount(ctx, domain.NewAccount{
		OrganizationID: w.org.ID, UserID: u.ID, Phone: domain.Phone(fmt.Sprintf("+9989055%05d", i)), Session: []byte("s"), At: rightsNow,
		Profile: domain.Profile{TelegramID: 9_000_000_000 + int64(i), FirstName: "X"},
	})
	w.ok(err)
	var peers []domain.Peer
	var ds []domain.Dialog
	for j := range 12 {
		p := domain.Peer{ID: domain.PeerID(-1_000_000_000_000 - int64(i)*100 - int64(j)), Kind: domain.KindSupergroup, Title: w.names[(i+j)%len(w.names)], Username: w.names[(i+j)%len(w.names)]}
		peers = append(peers, p)
		ds = append(ds, domain.Dialog{Peer: p, AccountID: acc.ID, AccessHash: 5, CanWrite: true, SeenAt: rightsNow})
	}
	w.ok(w.store.ReplaceDialogs(ctx, w.org.ID, acc.ID, ds, rightsNow))
	c, err := w.store.CreateCatalog(ctx, domain.Catalog{OrganizationID: w.org.ID, UserID: u.ID, Name: fmt.Sprint("X", i), CreatedAt: rightsNow, UpdatedAt: rightsNow})
	w.ok(err)
	_, err = w.store.AddPeers(ctx, domain.Scope{OrganizationID: w.org.ID}, c.ID, peers, rightsNow)
	w.ok(err)
	w.put("UPDATE catalogs SET name = ? WHERE id = ?", name, c.ID)
	w.order(i, u, acc.ID, c.ID)
	w.put("UPDATE accounts SET first_name = ?, last_name = ?, username = ?, state = ?, reason = 'PEER_FLOOD' WHERE id = ?",
		name, name, name, []string{"active", "paused", "needs_login", "disconnected"}[i/2%4], acc.ID)
	for j, kind := range domain.NoticeKinds {
		w.put("INSERT INTO notices (organization_id, kind, user_id, account_id, campaign_id, reason, at, sender_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			w.org.ID, kind, u.ID, acc.ID, i+1, w.reason(kind, i), rightsNow.UnixMilli(), int64(j%2)*8_000_001)
	}
}

// reason is what a notice of a kind keeps beside: a name or a text where it is one's.
func (w *screensWorld) reason(kind domain.NoticeKind, i int) string {
	name := w.names[i]
	switch kind {
	case domain.NoticeMarked, domain.NoticeLimitAsked:
		return name
	case domain.NoticeLimitGranted, domain.NoticeLimitRefused:
		return "users 500\n" + w.texts[i%len(w.texts)]
	case domain.NoticeFinished, domain.NoticeFailed:
		return `{"planned":100000,"sent":50000,"failed":50000}`
	case domain.NoticeCritical:
		return `{"name":"X","count":100000}`
	case domain.NoticeLimitNear:
		return "campaigns 80 100"
	}
	return "PEER_FLOOD"
}

// order makes a campaign of which every delivery has another fate.
func (w *screensWorld) order(i int, u domain.User, account, catalog int64) {
	w.t.Helper()
	ctx := w.t.Context()
	s := w.Campaigns
	d := domain.Draft{Token: domain.NewToken(), CatalogID: catalog, AccountID: account, Text: fmt.Sprint("X", i), Rounds: 1}
	at := rightsNow
	switch i / 2 % 4 {
	case 0: // many rounds, the first of which are missed
		d.Rounds, d.Interval, d.StartAt, at = domain.MaxRounds, time.Hour, rightsNow.Add(time.Minute), rightsNow.Add(190*time.Minute)
	case 1:
		d.StartAt = rightsNow.Add(20 * time.Hour)
	case 2: // all of it is missed
		d.StartAt, at = rightsNow.Add(time.Minute), rightsNow.Add(40*time.Minute)
	}
	c, _, err := s.Create(ctx, domain.Actor{User: u, Organization: w.org}, d)
	w.ok(err)
	if !c.NextDueAt.After(at) {
		w.ok(w.store.OpenRounds(ctx, c, c.Due(at), at))
	}
	for _, e := range []*domain.SendError{nil, {Action: domain.ActFailPeer, Code: "CHAT_RESTRICTED"}, {Action: domain.ActFailPeer, Code: "CHAT_WRITE_FORBIDDEN"}, {Action: domain.ActRetry, Code: "TIMEOUT"}} {
		claimed, err := w.store.Claim(ctx, account, at.Add(time.Hour))
		w.ok(err)
		if claimed.Attempt == nil {
			break
		}
		r := domain.SettleSent(*claimed.Attempt, domain.SentMessage{ID: 77, At: at}, at, 0)
		if e != nil {
			r = domain.SettleError(*claimed.Attempt, e, at, 0)
		}
		w.ok(w.store.Settle(ctx, r))
	}
	text := w.texts[i%len(w.texts)]
	w.put("UPDATE campaigns SET body = ? WHERE id = ?", text, c.ID)
	w.put("UPDATE campaign_texts SET body = ? WHERE campaign_id = ?", text, c.ID)
}
