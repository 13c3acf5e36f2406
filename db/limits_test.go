package db

import (
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"postix/domain"
	"postix/domain/filter"
)

// limited gives the organization limits, as a service admin does.
func (w *world) limited(l domain.Limits, now time.Time) {
	w.t.Helper()
	if l.Users == 0 {
		l.Users = domain.DefaultLimits.Users
	}
	if l.Accounts == 0 {
		l.Accounts = domain.DefaultLimits.Accounts
	}
	w.ok(w.s.SetLimits(w.ctx, w.org.ID, "", l, now))
}

// usedToday is what is counted of the organization's day.
func (w *world) usedToday(now time.Time) domain.LimitUse {
	w.t.Helper()
	return must(w.s.LimitUse(w.ctx, w.org.ID, now))
}

// fifty runs f fifty times side by side and answers the errors.
func fifty(f func(i int) error) []error {
	errs := make([]error, 50)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = f(i) })
	}
	all.Wait()
	return errs
}

// wantDone checks that so many of them went well and all others were refused.
func wantDone(t *testing.T, errs []error, done int, code domain.Code, key string) {
	t.Helper()
	n := 0
	for _, err := range errs {
		if err == nil {
			n++
			continue
		}
		wantKey(t, err, code, key)
	}
	if n != done {
		t.Errorf("%d of %d were let through, want %d", n, len(errs), done)
	}
}

// Fifty orders side by side get the places of the day that are free, and no more;
// the same token takes one place, however often it comes. Midnight is that of the
// organization.
func TestCampaignsPerDay(t *testing.T) {
	w := newWorld(t, 1)
	w.exec("UPDATE organizations SET zone = 'Asia/Tashkent' WHERE id = ?", w.org.ID)
	w.limited(domain.Limits{CampaignsPerDay: 7}, start)
	late := time.Date(2026, 3, 1, 18, 59, 0, 0, time.UTC) // a minute before midnight there
	order := func(token string, when time.Time) error {
		_, _, err := w.s.CreateCampaign(w.ctx, domain.Campaign{
			OrganizationID: w.org.ID, UserID: w.user.ID, UUID: token, Token: token, AccountID: w.account.ID,
			CatalogName: "Bozorlar", Text: "Salom", Rounds: 1, StartAt: when, CreatedAt: when,
		}, w.peers)
		return err
	}
	w.ok(order("first", start))
	wantDone(t, fifty(func(int) error { return order("first", late) }), 50, "", "")
	errs := fifty(func(i int) error { return order(fmt.Sprint("order ", i), late) })
	wantDone(t, errs, 6, domain.Limited, "campaign.day_limit")
	for _, err := range errs {
		e, ok := err.(*domain.Error)
		if ok && (e.RetryAfter != time.Minute || !e.Args["Until"].(time.Time).Equal(late.Add(time.Minute)) || e.Args["Limit"] != 7) {
			t.Fatalf("refused with %v and %v", e.Args, e.RetryAfter)
		}
	}
	if u := w.usedToday(late); u.Campaigns != 7 || !u.DayEnds.Equal(late.Add(time.Minute)) {
		t.Errorf("used: %+v", u)
	}
	w.ok(order("tomorrow", late.Add(time.Minute)))
	if u := w.usedToday(late.Add(time.Minute)); u.Campaigns != 1 {
		t.Errorf("used on the next day: %+v", u)
	}
}

// What is used of a day counts in every zone until that day would have ended: nobody
// gets a new day by moving, or by moving back.
func TestNoNewDayByMoving(t *testing.T) {
	const auckland, newYork = "Pacific/Auckland", "America/New_York" // midnight at 11:00 and at 05:00 UTC
	for name, c := range map[string]struct {
		zones []string // one an hour, from 10:00 UTC
		until time.Time
	}{
		"east":           {[]string{auckland}, start.Add(26 * time.Hour)},
		"west":           {[]string{newYork}, start.Add(20 * time.Hour)},
		"there and back": {[]string{auckland, "UTC"}, start.Add(15 * time.Hour)},
		"around":         {[]string{newYork, auckland, newYork}, start.Add(20 * time.Hour)},
	} {
		w := newWorld(t, 3)
		w.exec("UPDATE organizations SET zone = 'UTC' WHERE id = ?", w.org.ID)
		w.paced(0, 0, 0, 0)
		w.limited(domain.Limits{CampaignsPerDay: 1, MessagesPerDay: 3}, start)
		w.campaign(1, 0)
		w.openDue(start)
		w.sendAll(start)
		now := start
		for _, zone := range c.zones {
			now = now.Add(time.Hour)
			w.ok(w.s.EditOrganization(w.ctx, w.org.ID, "", zone, now))
		}
		for ; now.Before(c.until); now = now.Add(30 * time.Minute) {
			if u := w.usedToday(now); u.Campaigns != 1 || u.Messages != 3 {
				t.Errorf("%s: at %v it has used %+v", name, now, u)
			}
		}
		if u := w.usedToday(now.Add(48 * time.Hour)); u.Campaigns != 0 || u.Messages != 0 {
			t.Errorf("%s: two days later it has used %+v", name, u)
		}
		if got := w.kept(domain.AuditOrganizationEdit); len(got) != len(c.zones) || got[0] != w.org.Name+"; zone: UTC → "+c.zones[0] {
			t.Errorf("%s: kept %q", name, got)
		}
	}
}

// Fifty numbers are connected side by side.
func TestAccountsOfALimit(t *testing.T) {
	w := newWorld(t, 0)
	w.limited(domain.Limits{Accounts: 7}, start)
	errs := fifty(func(i int) error {
		_, err := w.s.ConnectAccount(w.ctx, domain.NewAccount{
			OrganizationID: w.org.ID, UserID: w.user.ID, Phone: domain.Phone(fmt.Sprint("+9989300000", 10+i)), Session: []byte("session"),
			Profile: domain.Profile{TelegramID: int64(5000 + i), FirstName: "Vali"}, At: start,
		})
		return err
	})
	wantDone(t, errs, 6, domain.Conflict, "account.limit")
	if u := w.usedToday(start); u.Accounts != 7 || u.Users != 1 {
		t.Errorf("used: %+v", u)
	}
}

// Without the filter nothing is heard and no answer goes out; with it again all is
// as it was.
func TestWatchOff(t *testing.T) {
	w := replyWorld(t, 2)
	w.ok(w.s.SetListening(w.ctx, w.org.ID, w.account.ID, true))
	w.ok(w.s.SavePositions(w.ctx, w.account.ID, []domain.Position{{Pts: 7, Date: 1}}))
	ordered := w.answer(1, start, w.peers[0])
	off := domain.Limits{WatchOff: true}
	w.limited(off, start)
	w.claimNothing(start)
	w.wantReplies(ordered, domain.DeliveryMissed)
	w.wantSilence(w.reply(2, wide, start, w.peers[0]), domain.SilentBlocked)
	if ids := must(w.s.Listening(w.ctx)); len(ids) != 0 {
		t.Errorf("accounts %v listen", ids)
	}
	if must(w.s.MayListen(w.ctx, w.org.ID)) {
		t.Error("it may listen")
	}
	w.limited(domain.Limits{}, start)
	if ids := must(w.s.Listening(w.ctx)); len(ids) != 1 || ids[0] != w.account.ID {
		t.Errorf("accounts %v listen", ids)
	}
	if ps := must(w.s.Positions(w.ctx, w.account.ID)); len(ps) != 0 {
		t.Errorf("it goes on where it was: %v", ps)
	}
	w.answer(3, start, w.peers[1])
	w.claim(start)
}

// ears is the Telegram side of listening.
type ears map[int64]bool

func (e ears) Listen(accountID int64, on bool) { e[accountID] = on }

// A service admin who takes the filter away silences the organization's accounts
// at once; what they heard on the way is dropped. Giving it back lets those listen
// that did.
func TestAccountsHearNothingWithoutTheFilter(t *testing.T) {
	w := newWorld(t, 1)
	deaf := w.connect("+998935550000", 555)
	w.listen()
	all := domain.DefaultWatchSettings()
	all.AllGroups = true
	w.ok(w.s.SetWatchSettings(w.ctx, w.org.ID, all))
	clock, hub, hears := func() time.Time { return start }, &domain.Hub{}, ears{}
	watch := &domain.Watch{Store: w.s, Answers: w.s, Hub: hub, Now: clock, Log: slog.New(slog.DiscardHandler)}
	limits := &domain.Organizations{
		Store: w.s, Hub: hub, Now: clock, Watch: &domain.WatchSwitch{Stored: w.s, Accounts: w.s, Links: hears, Watch: watch},
	}
	admin := domain.Actor{User: domain.User{Role: domain.RoleAdmin}}
	set := func(off, listens bool) {
		t.Helper()
		w.ok(limits.SetLimits(w.ctx, admin, w.org.ID, "", domain.Limits{Users: 100, Accounts: 10, WatchOff: off}))
		if len(hears) != 2 || hears[w.account.ID] != listens || hears[deaf.ID] {
			t.Errorf("listening: %v", hears)
		}
	}
	heard := func(id int64) (n int) {
		t.Helper()
		w.ok(watch.Hear(w.ctx, []domain.Incoming{w.heard(id, 0, 77, start, "Salom").Incoming}))
		w.ok(w.s.Heard(w.ctx, w.org.ID, start, func(filter.Message) error { n++; return nil }))
		return n
	}
	if n := heard(1); n != 1 {
		t.Fatalf("%d messages heard", n)
	}
	set(true, false)
	if n := heard(2); n != 1 {
		t.Errorf("%d messages heard without the filter", n)
	}
	set(false, true)
	if n := heard(3); n != 2 {
		t.Errorf("%d messages heard with it again", n)
	}
}
