package db

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"postix/domain"
)

// walker does random things to two accounts and checks the counters after each,
// and with each claim that the governor's rules are kept.
type walker struct {
	*world
	r        *rand.Rand
	now      time.Time
	accounts []domain.Account
	live     []int64
	inFlight map[int64]domain.Attempt // by account
	sent     map[string]int64         // (campaign, round, peer) to the delivery that went out
	rules    map[int64]*witness       // by account
	texts    map[int64]string         // of deliveries that may have gone out
	did      map[string]int           // how often what worked
}

func TestRandomWalk(t *testing.T) {
	const seed, steps = 20260301, 2000
	w := &walker{
		world: newWorld(t, 6), r: rand.New(rand.NewPCG(seed, 1)), now: start,
		inFlight: map[int64]domain.Attempt{}, sent: map[string]int64{},
		rules: map[int64]*witness{}, texts: map[int64]string{}, did: map[string]int{},
	}
	w.exec(`UPDATE organizations SET zone = 'UTC', per_hour = ?, granted_per_hour = ?, per_day = ?, granted_per_day = ?, quiet_from = ?, quiet_to = ?`,
		walkPace.PerHour, walkPace.PerHour, walkPace.PerDay, walkPace.PerDay, walkHours.QuietFrom, walkHours.QuietTo)
	second := w.connect("+998935550000", 555)
	w.listDialogs(second.ID, w.peers...)
	w.accounts = []domain.Account{w.account, second}
	for _, a := range w.accounts {
		w.rules[a.ID] = &witness{silent: map[domain.PeerID]time.Time{}}
	}
	w.exec("UPDATE accounts SET warm_at = 0")
	for i := range steps {
		what, err := w.step()
		if err != nil {
			t.Fatalf("step %d, %s: %v", i, what, err)
		}
		if err := sums(w.ctx, w.s); err != nil {
			t.Fatalf("step %d, after %s: %v", i, what, err)
		}
		if wrong := must(w.s.CheckSums(w.ctx, w.now.Add(-time.Hour), w.now)); len(wrong) != 0 {
			t.Fatalf("step %d, after %s: %+v", i, what, wrong)
		}
	}
	if len(w.sent) < 150 || w.made < 50 {
		t.Errorf("only %d messages of %d campaigns: the walk went nowhere", len(w.sent), w.made)
	}
	for _, what := range []string{"pause", "resume", "edit", "retry", "retry earlier", "retry later", "send missed", "start", "look again", "reopen", "cap", "quiet", "chat gap"} {
		if w.did[what] == 0 {
			t.Errorf("the walk never came to %s", what)
		}
	}
	t.Logf("%d campaigns, %d messages, %v", w.made, len(w.sent), w.did)
}

func (w *walker) step() (string, error) {
	w.now = w.now.Add(time.Duration(w.r.IntN(40)) * time.Second)
	acc := w.accounts[w.r.IntN(len(w.accounts))]
	n := w.r.IntN(1000)
	for _, c := range []struct {
		share int
		what  string
		do    func() error
	}{
		{50, "order", func() error { return w.order(acc) }},
		{150, "open", w.open},
		{310, "claim", func() error { return w.take(acc) }},
		{270, "settle", func() error { return w.finish(acc) }},
		{15, "cancel", w.cancelOne},
		{20, "cancel deliveries", w.cancelSome},
		{20, "pause", w.pauseOne},
		{40, "resume", w.resumeAll},
		{20, "edit", w.editOne},
		{20, "retry", w.retryOne},
		{10, "send missed", w.sendMissed},
		{10, "start", w.startOne},
		{10, "look again", w.lookAgain},
		{30, "revive", func() error { return w.revive(acc) }},
		{10, "crash", w.crash},
		{5, "reopen", w.reopen},
		{10, "sleep", func() error { w.now = w.now.Add(2 * time.Hour); return nil }},
	} {
		if n -= c.share; n < 0 {
			return c.what, c.do()
		}
	}
	return "nothing", nil
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
	a, ok, next, err := fourOf(w.s.Claim(w.ctx, acc.ID, w.now))
	if err != nil {
		return err
	}
	if !ok {
		if !next.IsZero() && !next.After(w.now) {
			return fmt.Errorf("told to ask again in the past, at %v", next)
		}
		return w.noteLimits(acc)
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
	return w.checkClaim(a)
}

func (w *walker) finish(acc domain.Account) error {
	a, ok := w.inFlight[acc.ID]
	if !ok {
		return nil
	}
	delete(w.inFlight, acc.ID)
	actions := []domain.Action{
		domain.ActWaitAccount, domain.ActWaitChat, domain.ActRetry, domain.ActRetry, domain.ActRetry, domain.ActFailPeer, domain.ActFailPeer, domain.ActFailPeer, domain.ActFailPeer, domain.ActFailPeer,
		domain.ActFailCampaign, domain.ActPauseAccount, domain.ActDead, domain.ActGlobal,
	}
	var r domain.Result
	if n := w.r.IntN(8 * len(actions)); n < len(actions) {
		r = domain.SettleError(a, &domain.SendError{
			Action: actions[n], Code: string(actions[n]), Wait: time.Duration(w.r.IntN(60)) * time.Second,
		}, w.now, w.r.Float64())
	} else {
		if !a.Look {
			w.sent[fmt.Sprint(a.CampaignID, a.Round, a.Dialog.ID)] = a.DeliveryID
		}
		r = domain.SettleSent(a, domain.SentMessage{ID: w.made, At: w.now}, w.now, w.r.Float64())
	}
	if a.Look {
		r = w.looked(a)
	}
	if err := w.s.Settle(w.ctx, r); err != nil {
		return err
	}
	w.rules[acc.ID].settled(r)
	if w.r.IntN(5) == 0 {
		return w.s.Settle(w.ctx, r) // twice is as good as once
	}
	return nil
}

func (w *walker) anyCampaign() int64 {
	if len(w.live) == 0 {
		return 0
	}
	latest := w.latest()
	return latest[w.r.IntN(len(latest))]
}

// latest are the campaigns of which some still go on.
func (w *walker) latest() []int64 { return w.live[max(0, len(w.live)-15):] }

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
	for _, a := range w.inFlight {
		w.rules[a.AccountID].settled(domain.SettleInterrupted(a, w.now))
	}
	n, err := w.s.Recover(w.ctx, w.now)
	if n != len(w.inFlight) {
		return fmt.Errorf("%d recovered, %d were in flight", n, len(w.inFlight))
	}
	clear(w.inFlight)
	return err
}
