package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"postix/domain"
	"postix/telegram/sandbox"
	"postix/telegram/sandbox/world"
)

// answerDesk is a sandbox Telegram and the product, in one process.
type answerDesk struct {
	*house
	*app
	peers     [][]domain.Peer // of the account in the same place
	used      []int           // how many of them have been given an answer
	campaigns []int64
	halt      func()
}

func newAnswerDesk(t *testing.T, phones ...string) *answerDesk {
	t.Helper()
	s, err := sandbox.Start(context.Background(), sandbox.Options{
		MTProto: "127.0.0.1:0", HTTP: "127.0.0.1:0", Dir: signedIn.copy(t), Seed: true, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	d := &answerDesk{house: &house{t: t, dir: t.TempDir(), tg: sandbox.Client{URL: s.URL()}}, used: make([]int, len(phones))}
	d.run()
	t.Cleanup(func() { d.halt() })
	w, err := d.app.seed(t.Context(), 2*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	d.owner = w.owner
	for i, phone := range phones {
		d.house.connect(t.Context(), d.app, w.owner, phone)
		targets, err := d.store.Targets(t.Context(), w.owner.Scope(), d.catalogs[i].ID, d.house.accounts[i].ID)
		if err != nil {
			t.Fatal(err)
		}
		var ps []domain.Peer
		for _, x := range targets {
			ps = append(ps, x.Peer)
		}
		d.peers = append(d.peers, ps)
	}
	return d
}

// run starts the product's accounts and its sending, until halt.
func (d *answerDesk) run() {
	d.t.Helper()
	ctx, log := context.Background(), slog.New(slog.DiscardHandler)
	set, err := loadSettings(sandboxSettings(d.dir, d.tg.URL))
	if err != nil {
		d.t.Fatal(err)
	}
	cfg, _, err := joinTelegram(ctx, set, log)
	if err != nil {
		d.t.Fatal(err)
	}
	if d.app, err = open(ctx, set, cfg, log); err != nil {
		d.t.Fatal(err)
	}
	d.app.jobs.Rand = func() float64 { return 0 } // the shortest waits that are allowed
	links, unlink := context.WithCancel(ctx)
	work, stop := context.WithCancel(ctx)
	linked, worked := make(chan error, 1), make(chan error, 1)
	a := d.app
	go func() { linked <- a.clients.Run(links) }()
	go func() { worked <- a.jobs.Run(work) }()
	d.halt = func() {
		stop()
		if err := <-worked; err != nil {
			d.t.Error(err)
		}
		unlink()
		if err := <-linked; err != nil {
			d.t.Error(err)
		}
		a.close()
	}
}

func (d *answerDesk) restart() {
	d.t.Helper()
	d.halt()
	d.run()
}

// order makes a campaign of one round that is due now.
func (d *answerDesk) order(account int, text string, peers ...domain.Peer) domain.Campaign {
	d.t.Helper()
	now := time.Now().UTC()
	c, _, err := d.store.CreateCampaign(d.t.Context(), domain.Campaign{
		OrganizationID: d.owner.User.OrganizationID, UserID: d.owner.User.ID, UUID: domain.NewToken(), Token: domain.NewToken(),
		AccountID: d.house.accounts[account].ID, CatalogName: "Sinov", Text: text, Rounds: 1, StartAt: now, NextDueAt: now,
		Peers: len(peers), Status: domain.CampaignScheduled, CreatedAt: now, PlannedEnd: now,
	}, peers)
	if err != nil {
		d.t.Fatal(err)
	}
	d.campaigns = append(d.campaigns, c.ID)
	d.hub.Changed(c.OrganizationID)
	return c
}

// fresh is a chat of the account that got no answer yet.
func (d *answerDesk) fresh(account int) domain.Peer {
	d.t.Helper()
	d.used[account]++
	return d.peers[account][d.used[account]-1]
}

// plain is a chat that gets none.
func (d *answerDesk) plain(account int) domain.Peer { return d.peers[account][len(d.peers[account])-1] }

// trial is a campaign to two chats: messages to the first get the answer, those
// to the second pass.
type trial struct {
	*answerDesk
	answer
	account   int
	bad, good domain.Peer
	fault     world.Fault
	campaign  domain.Campaign
}

// begin gives the answer that many times, or for ever.
func (d *answerDesk) begin(account int, a answer, times int) *trial {
	d.t.Helper()
	x := &trial{answerDesk: d, answer: a, account: account, bad: d.fresh(account), good: d.plain(account)}
	x.fault = d.house.fault(world.Fault{
		Phone: x.phone(), Chat: int64(x.bad.ID), Times: times, Mode: world.FaultBefore, Error: a.code, Code: a.status,
	})
	x.campaign = d.order(account, fmt.Sprintf("Javob %s, %d", a.code, times), x.bad, x.good)
	return x
}

func (d *answerDesk) beginAll(account int, want domain.Action, times int) (out []*trial) {
	d.t.Helper()
	for _, a := range answersOf(want) {
		if a.code != domain.CodeDuplicate && a.code != domain.CodeBanned {
			out = append(out, d.begin(account, a, times))
		}
	}
	return out
}

func (x *trial) phone() string { return string(x.house.accounts[x.account].Phone) }

// number of the account in the database.
func (x *trial) accountID() int64 { return x.house.accounts[x.account].ID }

// row is what the product says of the campaign's message to the chat.
func (x *trial) row(t *testing.T, p domain.Peer) domain.Delivery {
	t.Helper()
	ds, _, err := x.store.Deliveries(t.Context(), x.owner.Scope(), x.campaign.ID, domain.DeliveryFilter{})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(ds, func(d domain.Delivery) bool { return d.Peer.ID == p.ID })
	if i < 0 {
		return domain.Delivery{} // its round is not open yet
	}
	return ds[i]
}

// ends waits until the row has that status.
func (x *trial) ends(t *testing.T, p domain.Peer, want domain.DeliveryStatus) domain.Delivery {
	t.Helper()
	got := x.row(t, p)
	end := time.Now().Add(patience)
	for got.Status != want {
		if time.Now().After(end) {
			c := x.state(t)
			a := x.accountNow(t)
			t.Fatalf("the message to %d is %s (%s), want %s; campaign %s (%s), account %s (%s)", p.ID, got.Status, got.Reason, want, c.Status, c.Reason, a.State, a.Reason)
		}
		time.Sleep(5 * time.Millisecond)
		got = x.row(t, p)
	}
	return got
}

func (x *trial) state(t *testing.T) domain.Campaign {
	t.Helper()
	c, err := x.store.Campaign(t.Context(), x.owner.Scope(), x.campaign.ID)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (x *trial) accountNow(t *testing.T) domain.Account {
	t.Helper()
	a, err := x.store.Account(t.Context(), x.owner.Scope(), x.accountID())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// asked lists the calls of one message, and fails if they are not that many.
// Their random id is one.
func (x *trial) asked(t *testing.T, d domain.Delivery, want int) (out []world.JournalEntry) {
	t.Helper()
	for _, e := range x.calls(x.phone(), 0) {
		if e.RandomID == d.RandomID {
			out = append(out, e)
		}
	}
	if len(out) != want {
		t.Errorf("Telegram was asked %d times, want %d: %+v", len(out), want, out)
	}
	return out
}

// notices counts what was told about the account.
func (x *trial) notices(kind domain.NoticeKind) int64 {
	return x.house.number("SELECT COUNT(*) FROM notices WHERE kind = ? AND account_id = ?", string(kind), x.accountID())
}

// cancel ends what cannot go on by itself.
func (x *trial) cancel(t *testing.T) {
	t.Helper()
	if _, err := x.store.CancelCampaign(t.Context(), x.owner.Scope(), x.campaign.ID, time.Now()); err != nil {
		t.Error(err)
	}
}

// endsTruthfully waits for all campaigns and holds them against Telegram.
func (d *answerDesk) endsTruthfully() {
	d.t.Helper()
	d.house.ends()
	compare(d.t, d.tg, d.store, d.owner, d.campaigns...)
}
