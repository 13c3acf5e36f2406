package db

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"postix/domain"
)

// The day's last message goes out once, whichever accounts ask for it at the same
// moment.
func TestMessagesPerDaySideBySide(t *testing.T) {
	w := newWorld(t, 10)
	w.paced(0, 0, 0, 0)
	w.limited(domain.Limits{MessagesPerDay: 7, Accounts: 100}, start)
	accounts := []domain.Account{w.account}
	for i := range 49 {
		a := w.connect(domain.Phone(fmt.Sprint("+9989300000", 10+i)), int64(5000+i))
		w.listDialogs(a.ID, w.peers...)
		accounts = append(accounts, a)
	}
	w.paced(0, 0, 0, 0)
	for _, a := range accounts {
		w.account = a
		w.campaign(1, 0)
	}
	w.openDue(start)
	turns := make([]domain.Turn, len(accounts))
	for i, err := range fifty(func(i int) (err error) {
		turns[i], err = w.s.Claim(w.ctx, accounts[i].ID, start)
		return err
	}) {
		if err != nil {
			t.Fatalf("account %d: %v", i, err)
		}
	}
	_, midnight := w.org.Day(start)
	n := 0
	for i, turn := range turns {
		if turn.Attempt != nil {
			n++
			continue
		}
		a := must(w.s.Account(w.ctx, w.scope, accounts[i].ID))
		if !turn.At.Equal(midnight) || !a.LimitUntil.Equal(midnight) || a.LimitReason != domain.CodeOrgDay {
			t.Errorf("account %d may send at %v and says until %v, %q", i, turn.At, a.LimitUntil, a.LimitReason)
		}
	}
	if n != 7 {
		t.Errorf("%d messages of a day that has 7", n)
	}
}

// dayWalk lets accounts send side by side with every kind of outcome, and keeps
// its own book of what the days have had.
type dayWalk struct {
	*world
	r         *rand.Rand
	now       time.Time
	limit     int
	accounts  []domain.Account
	campaigns []int64
	flying    map[int64]domain.Attempt     // by account
	days      map[time.Time]map[int64]bool // deliveries by the day that they were taken from
	day       map[int64]time.Time          // the same the other way round
	did       map[string]int
}

// On no day more goes out than may, nobody is refused while something is left, and
// every message ends: whatever becomes of the tries, in whatever order.
func TestMessagesPerDayWalk(t *testing.T) {
	w := &dayWalk{
		world: newWorld(t, 25), r: rand.New(rand.NewPCG(7, 5)), now: start, limit: 9, flying: map[int64]domain.Attempt{},
		days: map[time.Time]map[int64]bool{}, day: map[int64]time.Time{}, did: map[string]int{},
	}
	w.exec("UPDATE organizations SET zone = 'Asia/Tashkent' WHERE id = ?", w.org.ID)
	w.org = must(w.s.Organization(w.ctx, w.org.ID))
	w.limited(domain.Limits{MessagesPerDay: w.limit}, start)
	w.accounts = []domain.Account{w.account, w.connect("+998935550000", 555), w.connect("+998935550001", 556), w.connect("+998935550002", 557)}
	w.paced(time.Second, 0, 0, 0)
	for _, a := range w.accounts {
		w.listDialogs(a.ID, w.peers...)
		w.account = a
		w.campaigns = append(w.campaigns, w.campaign(1, 0).ID)
	}
	w.openDue(start)
	steps := 0
	for ; steps < 20_000 && w.left() > 0; steps++ {
		w.step()
		w.checkDay()
	}
	w.checkSums()
	for _, what := range []string{"sent", "waits", "failed", "uncertain", "again", "absent", "cancelled", "full", "midnight"} {
		if w.did[what] == 0 {
			t.Errorf("the walk never came to %s", what)
		}
	}
	if n := w.left(); n != 0 {
		t.Errorf("%d messages did not end", n)
	}
	t.Logf("%d steps, %d days, %v", steps, len(w.days), w.did)
}

// left is how much is open or uncertain.
func (w *dayWalk) left() (n int) {
	for _, id := range w.campaigns {
		c := w.get(id)
		if c.Status == domain.CampaignPaused { // too much of it failed
			must(w.s.ResumeCampaign(w.ctx, w.scope, id, w.now))
		}
		n += c.Counts.Open() + c.Counts.Uncertain
	}
	return n
}

func (w *dayWalk) step() {
	before, _ := w.org.Day(w.now)
	w.now = w.now.Add(time.Duration(w.r.IntN(30)) * time.Minute)
	if today, _ := w.org.Day(w.now); !today.Equal(before) && len(w.flying) > 0 {
		w.did["midnight"]++ // under way when the day ended
	}
	acc := w.accounts[w.r.IntN(len(w.accounts))].ID
	a, flies := w.flying[acc]
	switch {
	case w.did["full"] > 5 && w.did["cancelled"] == 0 && flies:
		must(w.s.CancelCampaign(w.ctx, w.scope, a.CampaignID, w.now))
		w.end(a, failed(a, domain.ActWaitChat, "SLOWMODE_WAIT_60", time.Minute, w.now))
		w.did["cancelled"]++
	case flies:
		w.end(a, w.outcome(a))
	default:
		w.take(acc)
	}
}

func (w *dayWalk) take(acc int64) {
	w.t.Helper()
	a, ok, _, err := fourOf(w.s.Claim(w.ctx, acc, w.now))
	w.ok(err)
	today, _ := w.org.Day(w.now)
	switch {
	case !ok:
		if stored := must(w.s.Account(w.ctx, w.scope, acc)); stored.LimitReason == domain.CodeOrgDay && stored.LimitUntil.After(w.now) {
			w.did["full"]++
			if n := len(w.days[today]); n != w.limit {
				w.t.Fatalf("refused after %d of %d", n, w.limit)
			}
		}
		return
	case a.Uncertain:
		w.did["again"]++
		if w.day[a.DeliveryID].IsZero() {
			w.t.Fatalf("delivery %d is tried again and was never counted", a.DeliveryID)
		}
	default:
		if w.days[today] == nil {
			w.days[today] = map[int64]bool{}
		}
		w.days[today][a.DeliveryID], w.day[a.DeliveryID] = true, today
		if n := len(w.days[today]); n > w.limit {
			w.t.Fatalf("message %d of a day that has %d", n, w.limit)
		}
	}
	w.flying[acc] = a
}

// outcome is what became of an attempt.
func (w *dayWalk) outcome(a domain.Attempt) domain.Result {
	n := w.r.IntN(100)
	switch {
	case n < 50:
		w.did["sent"]++
		return sent(a, int(a.DeliveryID), w.now)
	case n < 70:
		w.did["uncertain"]++
		return failed(a, domain.ActRetry, "TIMEOUT", 0, w.now)
	case n < 75:
		w.did["failed"]++
		return failed(a, domain.ActFailPeer, "CHAT_WRITE_FORBIDDEN", 0, w.now)
	case a.Uncertain:
		w.did["absent"]++
		return domain.Result{Attempt: a, Status: domain.DeliveryWaiting, Absent: true, DueAt: w.now, At: w.now}
	}
	w.did["waits"]++
	return failed(a, domain.ActWaitChat, "SLOWMODE_WAIT_60", time.Minute, w.now)
}

// end records a result. What has proved not to have gone out is given back to its
// own day.
func (w *dayWalk) end(a domain.Attempt, r domain.Result) {
	w.ok(w.s.Settle(w.ctx, r))
	delete(w.flying, a.AccountID)
	if r.Status == domain.DeliveryFailed || r.Status == domain.DeliveryWaiting {
		delete(w.days[w.day[a.DeliveryID]], a.DeliveryID)
	}
}

// checkDay compares the book with what is stored, of every day.
func (w *dayWalk) checkDay() {
	w.t.Helper()
	for day, had := range w.days {
		if u := w.usedToday(day); u.Messages != len(had) {
			w.t.Fatalf("%v: %d stored, %d in the book", day, u.Messages, len(had))
		}
	}
}

// A limit that is set during a day counts what the day has had, and what of it may
// still come to nothing.
func TestMessagesPerDayBegins(t *testing.T) {
	w := newWorld(t, 6)
	w.paced(time.Second, 0, 0, 0)
	w.campaign(1, 0)
	yesterday, _ := w.org.Day(start)
	now := yesterday.Add(-time.Minute) // of the day before
	w.openDue(start)
	w.exec("UPDATE deliveries SET due_at = 1")
	w.settle(sent(w.claim(now), 1, now))
	now = start
	w.settle(sent(w.claim(now), 2, now))
	now = now.Add(time.Minute)
	doubtful := w.claim(now)
	w.settle(failed(doubtful, domain.ActRetry, "TIMEOUT", 0, now))
	now = now.Add(30 * time.Second) // the second try
	again := w.claim(now)
	if again.DeliveryID != doubtful.DeliveryID || w.usedToday(now).Messages != 2 {
		t.Fatalf("used without a limit: %+v", w.usedToday(now))
	}
	w.limited(domain.Limits{MessagesPerDay: 2}, now)
	if u := w.usedToday(now); u.Messages != 2 {
		t.Fatalf("used when the limit begins: %+v", u)
	}
	w.settle(failed(again, domain.ActFailPeer, "CHAT_WRITE_FORBIDDEN", 0, now))
	if u := w.usedToday(now); u.Messages != 1 {
		t.Errorf("it has not gone out, but is counted: %+v", u)
	}
	now = now.Add(time.Minute)
	w.settle(sent(w.claim(now), 3, now))
	now = now.Add(time.Minute)
	_, midnight := w.org.Day(now)
	if next := w.claimNothing(now); !next.Equal(midnight) {
		t.Errorf("the day is full, next at %v", next)
	}

	// A higher limit is there at once.
	w.limited(domain.Limits{MessagesPerDay: 3}, now)
	if until, reason := w.limit(); !until.IsZero() || reason != "" {
		t.Errorf("it still waits until %v, %q", until, reason)
	}
	if due := w.dueAccounts(now); len(due) != 1 {
		t.Errorf("due accounts: %v", due)
	}
	w.settle(sent(w.claim(now), 4, now))
	now = now.Add(time.Minute)
	w.claimNothing(now)
	w.claim(midnight)
}

// What has proved not to have arrived has not gone out, whether a limit is set or not,
// and is not counted when one is set.
func TestAbsentHasNotGoneOut(t *testing.T) {
	for _, limit := range []int{0, 5} {
		w := newWorld(t, 2)
		w.paced(time.Second, 0, 0, 0)
		w.limited(domain.Limits{MessagesPerDay: limit}, start)
		w.campaign(1, 0)
		w.openDue(start)
		w.settle(failed(w.claim(start), domain.ActRetry, "TIMEOUT", 0, start))
		now := start.Add(30 * time.Second)
		look := w.claim(now)
		if n := w.usedToday(now).Messages; n != 1 {
			t.Errorf("limit %d: %d messages while nobody knows", limit, n)
		}
		w.settle(domain.Result{Attempt: look, Status: domain.DeliveryWaiting, Absent: true, DueAt: now.Add(time.Hour), At: now})
		if n := w.usedToday(now).Messages; n != 0 {
			t.Errorf("limit %d: %d messages, and none has gone out", limit, n)
		}
		w.limited(domain.Limits{MessagesPerDay: 7}, now)
		if n := w.usedToday(now).Messages; n != 0 {
			t.Errorf("limit %d, then 7: %d messages", limit, n)
		}
	}
}

// While the day is full, what may have arrived is looked after all the same.
func TestFullDayDoesNotHoldTheUncertainUp(t *testing.T) {
	w := newWorld(t, 3)
	w.paced(time.Second, 0, 0, 0)
	w.limited(domain.Limits{MessagesPerDay: 1}, start)
	w.campaign(1, 0)
	w.openDue(start)
	a := w.claim(start)
	r := failed(a, domain.ActRetry, "TIMEOUT", 0, start)
	r.DueAt = start.Add(5 * time.Minute)
	w.settle(r)
	now := start.Add(time.Minute)
	if next := w.claimNothing(now); !next.Equal(r.DueAt) {
		t.Fatalf("it asks again at %v, want %v", next, r.DueAt)
	}
	if _, reason := w.limit(); reason != domain.CodeOrgDay {
		t.Errorf("it says %q", reason)
	}
	for range 3 { // it is never the turn of those that must not go out
		again := w.claim(r.DueAt)
		if again.DeliveryID != a.DeliveryID {
			t.Fatalf("claimed %+v", again)
		}
		now = r.DueAt
		r = failed(again, domain.ActRetry, "TIMEOUT", 0, now)
		r.DueAt = now.Add(5 * time.Minute)
		w.settle(r)
	}
	if u := w.usedToday(now); u.Messages != 1 {
		t.Errorf("used: %+v", u)
	}
}

// What a night has to do with it: the day's limit is why nothing goes out by day.
func TestFullDayBeforeQuietHours(t *testing.T) {
	w := newWorld(t, 3)
	w.paced(time.Second, 0, 0, 0)
	w.exec("UPDATE organizations SET zone = 'UTC', quiet_from = 20 * 60, quiet_to = 8 * 60")
	w.limited(domain.Limits{MessagesPerDay: 1}, start)
	w.campaign(1, 0)
	w.openDue(start)
	w.settle(sent(w.claim(start), 1, start))
	morning := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	if next := w.claimNothing(start.Add(time.Minute)); !next.Equal(morning) {
		t.Errorf("it may send at %v", next)
	}
	if until, reason := w.limit(); !until.Equal(morning) || reason != domain.CodeOrgDay {
		t.Errorf("it says until %v, %q", until, reason)
	}
	if next := w.claimNothing(start.Add(12 * time.Hour)); !next.Equal(morning) {
		t.Errorf("at night it may send at %v", next)
	}
}
