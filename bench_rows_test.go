package main

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"postix/db"
	"postix/domain"
)

// benchAge is how long ago everything in a filled database began.
const benchAge = 365 * 24 * time.Hour

// filled is a database in which the first of everything was made by the product
// and the rest are copies of these rows. Columns that are added one day are
// copied with them.
type filled struct {
	t    *testing.T
	who  domain.Actor
	acc  domain.Account // number 1
	made []int64        // the templates
	d    *sql.DB
}

// fillIn makes a database in dir: an organization of that pace, an account, and
// templates, campaigns whose first round is open, each to so many groups of its
// own. It hands that to fill, which copies it, removes the templates and closes
// the file.
func fillIn(t *testing.T, dir string, p domain.Pace, fill func(f *filled), templates ...int) domain.Actor {
	t.Helper()
	f := &filled{t: t}
	a := benchApp(t.Context(), t, dir, noTelegram)
	f.who = benchOwner(t, a, p)
	rest := f.connect(a.store, templates)
	for _, n := range templates {
		f.made = append(f.made, benchOrder(t, a.store, f.who, f.acc.ID, rest[:n], time.Now().UTC().Add(-benchAge)))
		rest = rest[n:]
	}
	a.close()
	f.open(dir)
	fill(f)
	f.exec("PRAGMA foreign_keys = 1")
	f.exec("DELETE FROM campaigns WHERE id < ?", firstCopy)
	f.exec("PRAGMA journal_mode = WAL")
	f.ok(f.d.Close())
	syscall.Sync() // or the disk would still be busy with it when something is measured
	return f.who
}

// connect gives the owner an account and answers its groups, enough for all
// templates.
func (f *filled) connect(s *db.Store, templates []int) (groups []domain.Peer) {
	f.t.Helper()
	ctx, long := f.t.Context(), time.Now().UTC().Add(-benchAge)
	org := f.who.User.OrganizationID
	var err error
	f.acc, err = s.ConnectAccount(ctx, domain.NewAccount{
		OrganizationID: org, UserID: f.who.User.ID, Phone: "+998910000001", Session: []byte("session"),
		Profile: domain.Profile{TelegramID: 1001, FirstName: "Yuboruvchi"}, At: long,
	})
	f.ok(err)
	var ds []domain.Dialog
	for i := range sum(templates) {
		p := domain.Peer{
			ID: domain.PeerID(-1_000_000_000_001 - i), Kind: domain.KindSupergroup,
			Title: fmt.Sprintf("Yuk tashish %d", i), Username: fmt.Sprintf("yuk_tashish_%d", i), Members: 100 + i,
		}
		groups = append(groups, p)
		ds = append(ds, domain.Dialog{Peer: p, AccountID: f.acc.ID, AccessHash: int64(i + 1), CanWrite: true})
	}
	f.ok(s.ReplaceDialogs(ctx, org, f.acc.ID, ds, time.Now().UTC()))
	return groups
}

func sum(ns []int) (all int) {
	for _, n := range ns {
		all += n
	}
	return all
}

// open opens the file without the product, in a way that is fast and may lose
// everything.
func (f *filled) open(dir string) {
	f.t.Helper()
	d, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "postix.db")+"?_pragma=journal_mode(OFF)&_pragma=synchronous(0)&_pragma=cache_size(-400000)")
	f.ok(err)
	d.SetMaxOpenConns(1)
	f.d = d
	f.exec("CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n")
}

// benchOrder makes a campaign of one round and opens it.
func benchOrder(t *testing.T, s *db.Store, who domain.Actor, account int64, peers []domain.Peer, at time.Time) int64 {
	t.Helper()
	c, _, err := s.CreateCampaign(t.Context(), domain.Campaign{
		OrganizationID: who.User.OrganizationID, UserID: who.User.ID, UUID: domain.NewToken(), Token: domain.NewToken(), AccountID: account,
		CatalogName: "Hammasi", Text: benchText, Rounds: 1, StartAt: at, CreatedAt: at, PlannedEnd: at,
	}, peers)
	if err == nil {
		err = s.OpenRounds(t.Context(), c, c.Due(at), at)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c.ID
}

func (f *filled) ok(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *filled) exec(text string, args ...any) {
	f.t.Helper()
	if _, err := f.d.ExecContext(f.t.Context(), text, args...); err != nil {
		f.t.Fatalf("%v:\n%s", err, text)
	}
}

func (f *filled) texts(query string, args ...any) (out []string) {
	f.t.Helper()
	rows, err := f.d.QueryContext(f.t.Context(), query, args...)
	f.ok(err)
	defer rows.Close()
	for rows.Next() {
		var s string
		f.ok(rows.Scan(&s))
		out = append(out, s)
	}
	f.ok(rows.Err())
	return out
}

// copies inserts the table's row x, for all that from yields, with some columns
// set to something else.
func (f *filled) copies(table, from string, set map[string]string) {
	f.t.Helper()
	names := f.texts("SELECT name FROM pragma_table_info(?)", table)
	values := make([]string, len(names))
	for i, n := range names {
		values[i] = "x." + n
		if v, ok := set[n]; ok {
			values[i] = v
		}
	}
	f.exec(fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s", table, strings.Join(names, ", "), strings.Join(values, ", "), from))
}

// accounts makes the account n accounts, at most a thousand, numbered from 1.
func (f *filled) accounts(n int) {
	f.t.Helper()
	from := fmt.Sprintf("x CROSS JOIN n WHERE x.%%s = %d AND n.i BETWEEN 2 AND %d", f.acc.ID, n)
	f.copies("accounts", "accounts "+fmt.Sprintf(from, "id"), map[string]string{
		"id": "n.i", "phone": "printf('+99891%07d', n.i)", "telegram_id": "1000 + n.i",
	})
	f.copies("dialogs", "dialogs "+fmt.Sprintf(from, "account_id"), map[string]string{"account_id": "n.i"})
}

// history is what copies of a campaign look like: as many rounds of each, done,
// but that the last one is open where open says so.
type history struct {
	template int64 // a campaign that the product has made, with its first round open
	copies   int
	rounds   int
	accounts int    // they are spread over the first so many
	open     string // of a campaign c (id, nr, account): whether its last round is open
}

// firstCopy is the number of the first copied campaign.
const firstCopy = 1000

// history copies a campaign with all that belongs to it. What stands in an open
// round is due in a hundred years.
func (f *filled) history(h history) {
	f.t.Helper()
	f.exec("DROP TABLE IF EXISTS temp.c")
	f.exec(fmt.Sprintf(`CREATE TEMP TABLE c AS SELECT c.id, c.nr, c.account, %s AS open FROM (
		SELECT (SELECT MAX(%d, MAX(id) + 1) FROM campaigns) + (a.i - 1) * 1000 + b.i - 1 AS id, (a.i - 1) * 1000 + b.i - 1 AS nr,
			((a.i - 1) * 1000 + b.i - 1) %% %d + 1 AS account
		FROM n a CROSS JOIN n b WHERE (a.i - 1) * 1000 + b.i <= %d ORDER BY 1) c`, h.open, firstCopy, h.accounts, h.copies))
	// Of 25 chats in a row one fails, one is cancelled; the figures say so too.
	ended := func(how string) string {
		return fmt.Sprintf("(SELECT COUNT(*) FROM deliveries d WHERE d.campaign_id = %d AND %s)", h.template, how)
	}
	failed, cancelled, sent := ended("d.position % 25 = 0"), ended("d.position % 25 = 1"), ended("d.position % 25 > 1")
	done := fmt.Sprintf(" * (%d - c.open)", h.rounds)
	f.copies("campaigns", fmt.Sprintf("c CROSS JOIN campaigns x WHERE x.id = %d", h.template), map[string]string{
		"id": "c.id", "uuid": "'copy ' || c.id", "token": "'copy ' || c.id", "account_id": "c.account",
		"rounds": fmt.Sprint(h.rounds), "planned": fmt.Sprintf("x.peers * %d", h.rounds), "round": fmt.Sprint(h.rounds),
		"status": "IIF(c.open, 'running', 'done')", "sent": sent + done, "failed": failed + done, "cancelled": cancelled + done,
		"start_at": "x.start_at + c.nr * 1000", "next_due_at": "0",
	})
	of := fmt.Sprintf("x WHERE x.campaign_id = %d", h.template)
	f.copies("campaign_texts", "c CROSS JOIN campaign_texts "+of, map[string]string{"campaign_id": "c.id"})
	f.copies("campaign_peers", "c CROSS JOIN campaign_peers "+of, map[string]string{"campaign_id": "c.id"})
	perRound := fmt.Sprintf(" AND n.i <= %d", h.rounds)
	open := fmt.Sprintf("(c.open AND n.i = %d)", h.rounds)
	f.copies("rounds", "c CROSS JOIN n CROSS JOIN rounds "+of+perRound, map[string]string{
		"campaign_id": "c.id", "number": "n.i", "status": "IIF(" + open + ", 'open', 'done')",
		"sent": sent + " * NOT " + open, "failed": failed + " * NOT " + open, "cancelled": cancelled + " * NOT " + open,
	})
	at := "(x.due_at + c.nr * 1000 + n.i * 3600000)"
	f.copies("deliveries", "c CROSS JOIN n CROSS JOIN deliveries "+of+perRound, map[string]string{
		"id": "NULL", "campaign_id": "c.id", "round": "n.i", "account_id": "c.account", "random_id": "random() | 1",
		"status":     "CASE WHEN " + open + " THEN 'planned' WHEN x.position % 25 = 0 THEN 'failed' WHEN x.position % 25 = 1 THEN 'cancelled' ELSE 'sent' END",
		"message_id": "IIF(" + open + ", 0, n.i)", "attempts": "NOT " + open, "first_at": "IIF(" + open + ", 0, " + at + ")",
		"due_at":  fmt.Sprintf("IIF(%s, %d, %s)", open, time.Now().AddDate(100, 0, 0).UnixMilli(), at),
		"sent_at": "IIF(" + open + ", 0, " + at + ")", "updated_at": at,
	})
}

// bare runs fill while the table has no indexes and makes them again, which is
// several times faster.
func (f *filled) bare(table string, fill func()) {
	f.t.Helper()
	const of = " FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
	made := f.texts("SELECT sql"+of, table)
	for _, name := range f.texts("SELECT name"+of, table) {
		f.exec("DROP INDEX " + name)
	}
	fill()
	for _, text := range made {
		f.exec(text)
	}
}

// benchStore opens the database of dir and nothing else.
func benchStore(ctx context.Context, t *testing.T, dir string) *db.Store {
	t.Helper()
	set, err := loadSettings(sandboxSettings(dir, noTelegram))
	if err != nil {
		t.Fatal(err)
	}
	s, err := openStore(ctx, set, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
