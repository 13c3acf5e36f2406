package jobs_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"postix/db"
	"postix/domain"
	"postix/jobs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is an organization with a real database and a false Telegram.
type house struct {
	t     *testing.T
	path  string
	store *db.Store
	org   domain.Organization
	user  domain.User
	scope domain.Scope
	hub   *domain.Hub
	tg    *telegram
	// What the jobs get; a test may put something around them before start.
	queue  domain.Queue
	outbox domain.Outbox
	now    func() time.Time
	ended  chan error
	cancel context.CancelFunc
}

func newHouse(t *testing.T) *house {
	t.Helper()
	return newHouseOf(t, domain.Organization{Pace: domain.Pace{GapMin: time.Millisecond, GapMax: 2 * time.Millisecond}})
}

func newHouseOf(t *testing.T, o domain.Organization) *house {
	t.Helper()
	h := &house{t: t, path: filepath.Join(t.TempDir(), "postix.db"), tg: newTelegram(), now: time.Now}
	h.open()
	h.join(o, 0)
	return h
}

// join makes the n-th organization, which is the house's from now on.
func (h *house) join(o domain.Organization, n int) {
	h.t.Helper()
	o.Name, o.Zone, o.Limits.Accounts, o.CreatedAt = "Yuk", "UTC", 1000, time.Now()
	var err error
	h.org, err = h.store.CreateOrganization(h.t.Context(), o)
	must(h.t, err)
	h.user, err = h.store.CreateUser(h.t.Context(), domain.User{
		OrganizationID: h.org.ID, Role: domain.RoleOwner, Name: "Aziz", Email: fmt.Sprintf("aziz%d@example.uz", n), CreatedAt: time.Now(),
	}, "")
	must(h.t, err)
	h.scope = domain.Scope{OrganizationID: h.org.ID}
}

// open opens the database, also once more after close.
func (h *house) open() {
	h.t.Helper()
	s, err := db.Open(context.Background(), db.Options{
		Path: h.path, Key: bytes.Repeat([]byte{7}, 32), Logger: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	must(h.t, err)
	h.store, h.queue, h.outbox, h.hub = s, s, s, &domain.Hub{}
	h.t.Cleanup(func() { _ = s.Close() })
}

// account connects the n-th account, which is in as many groups.
func (h *house) account(n, groups int) domain.Account {
	h.t.Helper()
	a, err := h.store.ConnectAccount(h.t.Context(), domain.NewAccount{
		OrganizationID: h.org.ID, UserID: h.user.ID, Phone: domain.Phone(fmt.Sprintf("+99890%07d", n)),
		Profile: domain.Profile{TelegramID: int64(n), FirstName: "Aziz"}, Session: []byte("session"), At: time.Now(),
	})
	must(h.t, err)
	var ds []domain.Dialog
	for _, p := range peers(groups) {
		ds = append(ds, domain.Dialog{Peer: p, AccountID: a.ID, AccessHash: 1, CanWrite: true, SeenAt: time.Now()})
	}
	must(h.t, h.store.ReplaceDialogs(h.t.Context(), h.org.ID, a.ID, ds, time.Now()))
	return a
}

func peers(n int) []domain.Peer {
	var ps []domain.Peer
	for i := range n {
		ps = append(ps, domain.Peer{
			ID: domain.PeerID(-1_000_000_000_001 - int64(i)), Kind: domain.KindSupergroup, Title: fmt.Sprintf("Guruh %d", i),
		})
	}
	return ps
}

// campaign orders a campaign that starts now.
func (h *house) campaign(a domain.Account, groups, rounds int, interval time.Duration) domain.Campaign {
	h.t.Helper()
	return h.campaignTo(a, peers(groups), rounds, interval)
}

func (h *house) campaignTo(a domain.Account, ps []domain.Peer, rounds int, interval time.Duration) domain.Campaign {
	h.t.Helper()
	now := h.now()
	c, _, err := h.store.CreateCampaign(h.t.Context(), domain.Campaign{
		OrganizationID: h.org.ID, UserID: h.user.ID, UUID: domain.NewToken(), Token: domain.NewToken(), AccountID: a.ID,
		CatalogName: "Guruhlar", Text: "Toshkent - Samarqand, 20 tonna", Rounds: rounds, Interval: interval,
		StartAt: now, NextDueAt: now, Peers: len(ps), Status: domain.CampaignScheduled, CreatedAt: now, PlannedEnd: now,
	}, ps)
	must(h.t, err)
	h.hub.Changed(h.org.ID)
	return c
}

// start runs the jobs until stop or the end of the test.
func (h *house) start(change ...func(*jobs.Jobs)) {
	h.t.Helper()
	j := jobs.New(jobs.Options{
		Queue: h.queue, Outbox: h.outbox, Messenger: h.tg, Hub: h.hub,
		Now: h.now, Logger: slog.New(slog.DiscardHandler), Rand: func() float64 { return 0 },
	})
	for _, f := range change {
		f(j)
	}
	ctx, cancel := context.WithCancel(context.Background())
	h.cancel, h.ended = cancel, make(chan error, 1)
	ended := h.ended
	go func() { ended <- j.Run(ctx) }()
	h.t.Cleanup(h.stop)
}

// stop ends the jobs and waits for them; after the first time it does nothing.
func (h *house) stop() {
	h.t.Helper()
	h.cancel()
	if h.ended != nil {
		must(h.t, h.end())
	}
}

// end waits for Run's answer.
func (h *house) end() error {
	h.t.Helper()
	select {
	case err := <-h.ended:
		h.ended = nil
		return err
	case <-time.After(time.Minute):
		h.t.Fatal("Run did not end")
		return nil
	}
}

// until waits for something that the campaign's counters show.
func (h *house) until(c domain.Campaign, what string, ok func(domain.Campaign) bool) domain.Campaign {
	h.t.Helper()
	var got domain.Campaign
	eventually(h.t, what, func() bool {
		var err error
		got, err = h.store.Campaign(h.t.Context(), h.scope, c.ID)
		must(h.t, err)
		return ok(got)
	}, func() string { return fmt.Sprintf("%s, %+v", got.Status, got.Counts) })
	return got
}

func (h *house) done(c domain.Campaign) domain.Campaign {
	h.t.Helper()
	return h.until(c, "the campaign is done", func(c domain.Campaign) bool { return c.Status == domain.CampaignDone })
}

func (h *house) deliveries(c domain.Campaign) []domain.Delivery {
	h.t.Helper()
	ds, _, err := h.store.Deliveries(h.t.Context(), h.scope, c.ID, domain.DeliveryFilter{Limit: 10_000})
	must(h.t, err)
	return ds
}

// only answers the one delivery of a campaign of one.
func (h *house) only(c domain.Campaign) domain.Delivery {
	h.t.Helper()
	ds := h.deliveries(c)
	if len(ds) != 1 {
		h.t.Fatalf("%d deliveries, want 1", len(ds))
	}
	return ds[0]
}

// delivered checks that what the panel says was sent is what Telegram has, each
// once.
func (h *house) delivered(c domain.Campaign, want int) {
	h.t.Helper()
	sent := 0
	for _, d := range h.deliveries(c) {
		if d.Status != domain.DeliverySent {
			continue
		}
		sent++
		m, ok := h.tg.message(d.RandomID)
		if !ok || m.ID != d.MessageID || !m.At.Truncate(time.Millisecond).Equal(d.SentAt) {
			h.t.Errorf("delivery %d is called sent as message %d at %v; Telegram has %+v", d.ID, d.MessageID, d.SentAt, m)
		}
	}
	if got := len(h.tg.journal()); sent != want || got != want {
		h.t.Errorf("%d deliveries are called sent and Telegram has %d messages, want %d", sent, got, want)
	}
}

func eventually(t *testing.T, what string, ok func() bool, state func() string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(15 * time.Second); !ok(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s: %s", what, state())
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
