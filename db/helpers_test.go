package db

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"postix/domain"
)

// start is when every test begins.
var start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

var testKey = bytes.Repeat([]byte{7}, 32)

func options(path string) Options {
	return Options{Path: path, Key: testKey, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return start }}
}

func openStore(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), options(path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// world is an organization with a user, his account and that account's dialogs.
type world struct {
	t       *testing.T
	s       *Store
	path    string
	ctx     context.Context
	org     domain.Organization
	user    domain.User
	account domain.Account
	scope   domain.Scope
	peers   []domain.Peer
	made    int // campaigns
}

func newWorld(t *testing.T, peers int) *world {
	t.Helper()
	path := filepath.Join(t.TempDir(), "postix.db")
	w := &world{t: t, path: path, s: openStore(t, path), ctx: t.Context()}
	w.fill("Sadaf", "+998901234567", peers)
	return w
}

// second is another organization in the same database.
func (w *world) second(peers int) *world {
	o := &world{t: w.t, s: w.s, path: w.path, ctx: w.ctx}
	o.fill("Lola", "+998907654321", peers)
	return o
}

func (w *world) fill(name string, phone domain.Phone, peers int) {
	w.t.Helper()
	pace := domain.DefaultPace
	pace.MinInterval = 0
	w.org = must(w.s.CreateOrganization(w.ctx, domain.Organization{Name: name, Pace: pace, Limits: domain.Limits{Accounts: 10}, CreatedAt: start}))
	w.user = must(w.s.CreateUser(w.ctx, domain.User{OrganizationID: w.org.ID, Role: domain.RoleOwner, Name: name, CreatedAt: start}, ""))
	w.scope = domain.Scope{OrganizationID: w.org.ID}
	w.account = w.connect(phone, int64(len(phone))*1000+w.org.ID)
	for i := range peers {
		w.peers = append(w.peers, domain.Peer{
			ID: domain.PeerID(-1_000_000_000_000 - int64(i) - 1), Kind: domain.KindSupergroup,
			Title: fmt.Sprintf("Guruh %d", i), Username: fmt.Sprintf("Guruh_%d", i), Members: 10 + i,
		})
	}
	w.listDialogs(w.account.ID, w.peers...)
}

func (w *world) connect(phone domain.Phone, telegramID int64) domain.Account {
	w.t.Helper()
	return must(w.s.ConnectAccount(w.ctx, domain.NewAccount{
		OrganizationID: w.org.ID, UserID: w.user.ID, Phone: phone, Session: []byte("session of " + phone),
		Profile: domain.Profile{TelegramID: telegramID, FirstName: "Ali"}, At: start,
	}))
}

func (w *world) listDialogs(accountID int64, ps ...domain.Peer) {
	w.t.Helper()
	w.ok(w.s.ReplaceDialogs(w.ctx, w.org.ID, accountID, dialogsOf(ps...), start))
}

func dialogsOf(ps ...domain.Peer) []domain.Dialog {
	ds := make([]domain.Dialog, len(ps))
	for i, p := range ps {
		ds[i] = domain.Dialog{Peer: p, AccessHash: int64(p.ID) * 3, CanWrite: true}
	}
	return ds
}

// campaign orders one for the account's peers, due at start.
func (w *world) campaign(rounds int, interval time.Duration, peers ...domain.Peer) domain.Campaign {
	w.t.Helper()
	if peers == nil {
		peers = w.peers
	}
	w.made++
	c, created, err := w.s.CreateCampaign(w.ctx, domain.Campaign{
		OrganizationID: w.org.ID, UserID: w.user.ID, UUID: fmt.Sprintf("%d-%d", w.org.ID, w.made), Token: fmt.Sprint("token ", w.made),
		AccountID: w.account.ID, CatalogName: "Bozorlar", Text: fmt.Sprintf("Salom %d", w.made),
		Rounds: rounds, Interval: interval, StartAt: start, CreatedAt: start,
	}, peers)
	w.ok(err)
	if !created {
		w.t.Fatal("the campaign was there already")
	}
	w.checkSums()
	return c
}

// openDue opens whatever is due, as the send job does.
func (w *world) openDue(now time.Time) int {
	w.t.Helper()
	due := must(w.s.DueRounds(w.ctx, now, 0))
	for _, c := range due {
		w.ok(w.s.OpenRounds(w.ctx, c, c.Due(now), now))
		w.checkSums()
	}
	return len(due)
}

// nextDue is the earliest time at which anything will be due, as the send job
// finds it out.
func (w *world) nextDue() (time.Time, bool) {
	w.t.Helper()
	first, ok, err := w.s.NextRound(w.ctx)
	w.ok(err)
	for _, p := range must(w.s.Pending(w.ctx)) {
		first, ok = earliest(first, p.At), true
	}
	return first, ok
}

func (w *world) dueAccounts(now time.Time) (ids []int64) {
	w.t.Helper()
	for _, p := range must(w.s.Pending(w.ctx)) {
		if !p.At.After(now) {
			ids = append(ids, p.AccountID)
		}
	}
	return ids
}

func (w *world) claim(now time.Time) domain.Attempt {
	w.t.Helper()
	a, ok, next, err := fourOf(w.s.Claim(w.ctx, w.account.ID, now))
	w.ok(err)
	if !ok {
		w.t.Fatalf("nothing to claim, next at %v", next)
	}
	w.checkSums()
	return a
}

func (w *world) claimNothing(now time.Time) (next time.Time) {
	w.t.Helper()
	a, ok, next, err := fourOf(w.s.Claim(w.ctx, w.account.ID, now))
	w.ok(err)
	if ok {
		w.t.Fatalf("claimed %+v", a)
	}
	return next
}

func (w *world) settle(r domain.Result) {
	w.t.Helper()
	w.ok(w.s.Settle(w.ctx, r))
	w.checkSums()
}

func sent(a domain.Attempt, id int, now time.Time) domain.Result {
	return domain.SettleSent(a, domain.SentMessage{ID: id, At: now}, now, 0)
}

func failed(a domain.Attempt, action domain.Action, code string, wait time.Duration, now time.Time) domain.Result {
	return domain.SettleError(a, &domain.SendError{Action: action, Code: code, Wait: wait}, now, 0)
}

// sendAll claims and confirms until nothing is due any more, and answers how
// many went out and the time after.
func (w *world) sendAll(now time.Time) (int, time.Time) {
	w.t.Helper()
	for n := 0; ; n++ {
		a, ok, next, err := fourOf(w.s.Claim(w.ctx, w.account.ID, now))
		w.ok(err)
		if !ok && next.IsZero() {
			return n, now
		}
		if !ok {
			now, n = next, n-1
			continue
		}
		w.settle(sent(a, n+1, now))
	}
}

func (w *world) get(id int64) domain.Campaign {
	w.t.Helper()
	return must(w.s.Campaign(w.ctx, w.scope, id))
}

func (w *world) deliveries(id int64, f domain.DeliveryFilter) []domain.Delivery {
	w.t.Helper()
	ds, total, err := w.s.Deliveries(w.ctx, w.scope, id, f)
	w.ok(err)
	if f.Limit == 0 && f.Offset == 0 && total != len(ds) {
		w.t.Fatalf("%d deliveries, but the total says %d (%+v)", len(ds), total, f)
	}
	return ds
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func wantKey(t *testing.T, err error, code domain.Code, key string) {
	t.Helper()
	if !domain.IsCode(err, code) || !domain.IsKey(err, key) {
		t.Errorf("got %v, want %s: %s", err, code, key)
	}
}

// checkSums counts every campaign and round again from the rows and compares:
// planned = sent + failed + cancelled + missed + skipped + uncertain + open.
func (w *world) checkSums() {
	w.t.Helper()
	if err := sums(w.ctx, w.s); err != nil {
		w.t.Fatal(err)
	}
}

type tally struct {
	counts domain.Counts
	open   int
}

func sums(ctx context.Context, s *Store) error {
	byRound := map[[2]int64]tally{}
	rows, err := s.readers.QueryContext(ctx, `SELECT campaign_id, round, status, held, COUNT(*) FROM deliveries GROUP BY 1, 2, 3, 4`)
	if err != nil {
		return err
	}
	defer rows.Close()
	held := map[int64]bool{}
	for rows.Next() {
		var c, r int64
		var st domain.DeliveryStatus
		var n, h int
		if err := rows.Scan(&c, &r, &st, &h, &n); err != nil {
			return err
		}
		t := byRound[[2]int64{c, r}]
		t.counts.Planned += n
		add(&t.counts, st, n)
		if st.Open() {
			t.open += n
		}
		if h == 1 {
			held[c] = true
		}
		byRound[[2]int64{c, r}] = t
	}
	if err := rows.Err(); err != nil {
		return err
	}
	rounds, err := roundsByCampaign(ctx, s)
	if err != nil {
		return err
	}
	var last int64
	if err := s.readers.QueryRowContext(ctx, "SELECT MAX(id) FROM organizations").Scan(&last); err != nil {
		return err
	}
	for org := int64(1); org <= last; org++ {
		cs, _, err := s.Campaigns(ctx, whole(org), domain.CampaignFilter{})
		if err != nil {
			return err
		}
		for _, c := range cs {
			if err := sumsOf(c, rounds[c.ID], byRound, held[c.ID]); err != nil {
				return fmt.Errorf("campaign %d: %w", c.ID, err)
			}
		}
	}
	return nil
}

func roundsByCampaign(ctx context.Context, s *Store) (map[int64][]domain.Round, error) {
	rows, err := s.readers.QueryContext(ctx, `SELECT campaign_id, number, status, planned, sent, failed, cancelled, missed, skipped, uncertain FROM rounds`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	rounds := map[int64][]domain.Round{}
	for rows.Next() {
		var id int64
		var r domain.Round
		n := &r.Counts
		err := rows.Scan(&id, &r.Number, &r.Status, &n.Planned, &n.Sent, &n.Failed, &n.Cancelled, &n.Missed, &n.Skipped, &n.Uncertain)
		if err != nil {
			return nil, err
		}
		rounds[id] = append(rounds[id], r)
	}
	return rounds, rows.Err()
}

func sumsOf(c domain.Campaign, rounds []domain.Round, byRound map[[2]int64]tally, held bool) error {
	var want domain.Counts
	open, openRounds := 0, 0
	for _, r := range rounds {
		t := byRound[[2]int64{c.ID, int64(r.Number)}]
		if r.Status == domain.RoundMissed {
			t = tally{counts: domain.Counts{Planned: c.Peers, Missed: c.Peers}}
		}
		if r.Counts != t.counts || r.Counts.Open() != t.open {
			return fmt.Errorf("round %d says %+v, its rows %+v", r.Number, r.Counts, t)
		}
		if r.Status == domain.RoundOpen {
			openRounds++
			if t.open == 0 && (c.Status != domain.CampaignPaused || c.Counts.Uncertain == 0) {
				return fmt.Errorf("round %d is open with nothing open", r.Number)
			}
		}
		want = plus(want, t.counts)
		open += t.open
	}
	if openRounds > 1 {
		return fmt.Errorf("%d rounds open at once", openRounds)
	}
	if len(rounds) != c.Round {
		return fmt.Errorf("%d rounds stored, the campaign says %d", len(rounds), c.Round)
	}
	rest := (c.Rounds - c.Round) * c.Peers
	want.Planned += rest
	switch {
	case c.Status == domain.CampaignCancelled:
		want.Cancelled += rest
	case c.Status.Live():
		open += rest
	case rest != 0:
		return fmt.Errorf("done with %d deliveries to come", rest)
	}
	if c.Counts != want || c.Counts.Open() != open {
		return fmt.Errorf("%s says %+v, the rows %+v and %d open", c.Status, c.Counts, want, open)
	}
	if held && c.Status != domain.CampaignPaused {
		return fmt.Errorf("%s with held deliveries", c.Status)
	}
	if c.Status.Live() && openRounds == 0 && c.NextDueAt.IsZero() {
		return fmt.Errorf("%s, but nothing is open and nothing will be due", c.Status)
	}
	return nil
}

func plus(a, b domain.Counts) domain.Counts {
	return domain.Counts{
		Planned: a.Planned + b.Planned, Sent: a.Sent + b.Sent, Failed: a.Failed + b.Failed, Cancelled: a.Cancelled + b.Cancelled,
		Missed: a.Missed + b.Missed, Skipped: a.Skipped + b.Skipped, Uncertain: a.Uncertain + b.Uncertain,
	}
}

// fourOf takes a turn apart.
func fourOf(t domain.Turn, err error) (a domain.Attempt, ok bool, next time.Time, _ error) {
	if t.Attempt != nil {
		a, ok = *t.Attempt, true
	}
	return a, ok, t.At, err
}
