package db

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"postix/domain"
)

// walker does random things to two accounts and checks the counters after each.
type walker struct {
	*world
	r        *rand.Rand
	now      time.Time
	accounts []domain.Account
	live     []int64
	inFlight map[int64]domain.Attempt // by account
	sent     map[string]int64         // (campaign, round, peer) to the delivery that went out
}

func TestRandomWalk(t *testing.T) {
	const seed, steps = 20260301, 2000
	w := &walker{
		world: newWorld(t, 6), r: rand.New(rand.NewPCG(seed, 1)), now: start,
		inFlight: map[int64]domain.Attempt{}, sent: map[string]int64{},
	}
	second := w.connect("+998935550000", 555)
	w.listDialogs(second.ID, w.peers...)
	w.accounts = []domain.Account{w.account, second}
	for i := range steps {
		what, err := w.step()
		if err != nil {
			t.Fatalf("step %d, %s: %v", i, what, err)
		}
		if err := sums(w.ctx, w.s); err != nil {
			t.Fatalf("step %d, after %s: %v", i, what, err)
		}
	}
	if len(w.sent) < 150 || w.made < 50 {
		t.Errorf("only %d messages of %d campaigns: the walk went nowhere", len(w.sent), w.made)
	}
	t.Logf("%d campaigns, %d messages", w.made, len(w.sent))
}

func (w *walker) step() (string, error) {
	w.now = w.now.Add(time.Duration(w.r.IntN(40)) * time.Second)
	acc := w.accounts[w.r.IntN(len(w.accounts))]
	switch n := w.r.IntN(100); {
	case n < 5:
		return "order", w.order(acc)
	case n < 20:
		return "open", w.open()
	case n < 55:
		return "claim", w.take(acc)
	case n < 85:
		return "settle", w.finish(acc)
	case n < 88:
		return "cancel", w.cancelOne()
	case n < 91:
		return "cancel deliveries", w.cancelSome()
	case n < 94:
		return "resume", w.resumeOne()
	case n < 97:
		return "revive", w.revive(acc)
	case n < 99:
		return "crash", w.crash()
	}
	w.now = w.now.Add(2 * time.Hour)
	return "sleep", nil
}

func (w *walker) order(acc domain.Account) error {
	w.made++
	c, _, err := w.s.CreateCampaign(w.ctx, domain.Campaign{
		OrganizationID: w.org.ID, UserID: w.user.ID, UUID: fmt.Sprint(w.made), AccountID: acc.ID, Text: "Salom",
		Rounds: 1 + w.r.IntN(4), Interval: time.Duration(w.r.IntN(300)) * time.Second,
		StartAt: w.now.Add(time.Duration(w.r.IntN(120)) * time.Second), CreatedAt: w.now,
	}, w.peers[:1+w.r.IntN(len(w.peers))])
	w.live = append(w.live, c.ID)
	return err
}

func (w *walker) open() error {
	due, err := w.s.DueRounds(w.ctx, w.now, 3)
	for _, c := range due {
		if err := w.s.OpenRounds(w.ctx, c, c.Due(w.now), w.now); err != nil {
			return err
		}
	}
	return err
}

func (w *walker) take(acc domain.Account) error {
	a, ok, next, err := w.s.Claim(w.ctx, acc.ID, w.now)
	if err != nil {
		return err
	}
	if !ok {
		if !next.IsZero() && !next.After(w.now) {
			return fmt.Errorf("told to ask again in the past, at %v", next)
		}
		return nil
	}
	if _, busy := w.inFlight[acc.ID]; busy {
		return fmt.Errorf("two in flight")
	}
	key := fmt.Sprint(a.CampaignID, a.Round, a.Dialog.ID)
	if _, gone := w.sent[key]; gone {
		return fmt.Errorf("%s goes out twice", key)
	}
	if status := w.get(a.CampaignID).Status; !a.Uncertain && status != domain.CampaignRunning {
		return fmt.Errorf("claimed from a campaign that is %s", status)
	}
	w.inFlight[acc.ID] = a
	return nil
}

func (w *walker) finish(acc domain.Account) error {
	a, ok := w.inFlight[acc.ID]
	if !ok {
		return nil
	}
	delete(w.inFlight, acc.ID)
	actions := []domain.Action{
		domain.ActWaitAccount, domain.ActWaitChat, domain.ActRetry, domain.ActFailPeer,
		domain.ActFailCampaign, domain.ActPauseAccount, domain.ActDead, domain.ActGlobal,
	}
	var r domain.Result
	if n := w.r.IntN(8 * len(actions)); n < len(actions) {
		r = domain.SettleError(a, &domain.SendError{
			Action: actions[n], Code: string(actions[n]), Wait: time.Duration(w.r.IntN(60)) * time.Second,
		}, w.now, w.r.Float64())
	} else {
		w.sent[fmt.Sprint(a.CampaignID, a.Round, a.Dialog.ID)] = a.DeliveryID
		r = domain.SettleSent(a, domain.SentMessage{ID: w.made, At: w.now}, w.now, w.r.Float64())
	}
	if err := w.s.Settle(w.ctx, r); err != nil {
		return err
	}
	if w.r.IntN(5) == 0 {
		return w.s.Settle(w.ctx, r) // twice is as good as once
	}
	return nil
}

func (w *walker) anyCampaign() int64 {
	if len(w.live) == 0 {
		return 0
	}
	return w.live[w.r.IntN(len(w.live))]
}

// expected lets through the refusals that a random act may meet.
func expected(err error) error {
	if domain.IsCode(err, domain.Conflict) || domain.IsCode(err, domain.NotFound) {
		return nil
	}
	return err
}

func (w *walker) cancelOne() error {
	_, err := w.s.CancelCampaign(w.ctx, w.scope, w.anyCampaign(), w.now)
	return expected(err)
}

func (w *walker) cancelSome() error {
	id := w.anyCampaign()
	ds, _, err := w.s.Deliveries(w.ctx, w.scope, id, domain.DeliveryFilter{Limit: 4})
	var ids []int64
	for _, d := range ds {
		ids = append(ids, d.ID)
	}
	if err == nil {
		_, err = w.s.CancelDeliveries(w.ctx, w.scope, id, ids, w.now)
	}
	return expected(err)
}

func (w *walker) resumeOne() error {
	for _, id := range w.live {
		if _, err := w.s.ResumeCampaign(w.ctx, w.scope, id, w.now); expected(err) != nil {
			return err
		}
	}
	return w.s.ResumeSending(w.ctx)
}

// revive brings an account back, as a person would.
func (w *walker) revive(acc domain.Account) error {
	_, err := w.s.SetAccountState(w.ctx, w.org.ID, acc.ID, domain.AccountActive, "", w.now)
	if domain.IsKey(err, "account.no_session") {
		_, err = w.s.ConnectAccount(w.ctx, domain.NewAccount{
			OrganizationID: w.org.ID, Reconnect: acc.ID, Phone: acc.Phone, Session: []byte("again"),
			Profile: domain.Profile{TelegramID: acc.TelegramID}, At: w.now,
		})
	}
	return err
}

func (w *walker) crash() error {
	n, err := w.s.Recover(w.ctx, w.now)
	if n != len(w.inFlight) {
		return fmt.Errorf("%d recovered, %d were in flight", n, len(w.inFlight))
	}
	clear(w.inFlight)
	return err
}
