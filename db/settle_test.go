package db

import (
	"testing"
	"time"

	"postix/domain"
)

func TestAccountStops(t *testing.T) {
	w := newWorld(t, 2)
	c := w.campaign(1, 0)
	w.openDue(start)
	w.settle(failed(w.claim(start), domain.ActDead, "SESSION_REVOKED", 0, start))
	acc := must(w.s.Account(w.ctx, w.scope, w.account.ID))
	if acc.State != domain.AccountNeedsLogin || acc.Reason != "SESSION_REVOKED" {
		t.Fatalf("the account is %+v", acc)
	}
	if _, err := w.s.TelegramSession(w.ctx, w.org.ID, acc.ID); !domain.IsCode(err, domain.NotFound) {
		t.Errorf("its session is still there: %v", err)
	}
	later := start.Add(time.Hour)
	if next := w.claimNothing(later); !next.IsZero() {
		t.Error("a dead account is told to ask again")
	}
	w.campaign(1, 0)
	if n := w.openDue(start); n != 0 {
		t.Error("a round of a dead account was opened")
	}
	if _, ok := w.nextDue(); ok {
		t.Error("a dead account has something due: that would wake the sender for ever")
	}
	// The same user connects again: what was planned goes on.
	must(w.s.ConnectAccount(w.ctx, domain.NewAccount{
		OrganizationID: w.org.ID, Reconnect: acc.ID, Phone: acc.Phone, Session: []byte("new"),
		Profile: domain.Profile{TelegramID: acc.TelegramID, FirstName: "Ali"}, At: later,
	}))
	if n, _ := w.sendAll(later); n != 2 {
		t.Errorf("%d went out after connecting again", n)
	}
	if got := w.get(c.ID); got.Status != domain.CampaignDone {
		t.Errorf("the campaign is %+v", got)
	}
}

func TestStopAll(t *testing.T) {
	w := newWorld(t, 2)
	w.campaign(1, 0)
	w.openDue(start)
	w.settle(failed(w.claim(start), domain.ActGlobal, "API_ID_INVALID", 0, start))
	later := start.Add(time.Minute)
	w.claimNothing(later)
	if ids := w.dueAccounts(later); len(ids) != 0 {
		t.Error("accounts are due while all sending is stopped")
	}
	if _, ok := w.nextDue(); ok {
		t.Error("something is due while all sending is stopped")
	}
	if reason, stopped, err := w.s.SendingStopped(w.ctx); !stopped || reason != "API_ID_INVALID" || err != nil {
		t.Errorf("stopped %v because of %q (%v)", stopped, reason, err)
	}
	w.ok(w.s.ResumeSending(w.ctx))
	if n, _ := w.sendAll(later); n != 2 {
		t.Errorf("%d went out after resuming", n)
	}
}

func TestRefreshedDialog(t *testing.T) {
	w := newWorld(t, 1)
	w.campaign(1, 0)
	w.openDue(start)
	a := w.claim(start)
	r := sent(a, 1, start)
	became := a.Dialog
	became.ID, became.AccessHash = -1_000_000_009_999, 42
	r.RefreshedDialog = &became
	w.settle(r)
	ds := must(w.s.DialogsByID(w.ctx, w.org.ID, w.account.ID, []domain.PeerID{a.Dialog.ID, became.ID}))
	if len(ds) != 2 || ds[0].MigratedTo != became.ID || ds[1].AccessHash != 42 {
		t.Errorf("dialogs %+v", ds)
	}
	if acc := must(w.s.Account(w.ctx, w.scope, w.account.ID)); acc.Dialogs != 2 {
		t.Errorf("%d dialogs counted", acc.Dialogs)
	}
}

// A running campaign is held while each of its deliveries waits for a time of
// its own, and only then.
func TestHeldUntil(t *testing.T) {
	w := newWorld(t, 2)
	c := w.campaign(2, time.Hour)
	w.openDue(start)
	held := func(n int, until time.Time) {
		t.Helper()
		listed, _, err := w.s.Campaigns(w.ctx, w.scope, domain.CampaignFilter{})
		w.ok(err)
		for _, got := range append(listed, w.get(c.ID)) {
			if got.Held != n || !got.HeldUntil.Equal(until) {
				t.Errorf("%d held until %v, want %d until %v", got.Held, got.HeldUntil, n, until)
			}
		}
	}
	held(0, time.Time{})
	first := w.claim(start)
	slow := failed(first, domain.ActWaitChat, "SLOWMODE_WAIT_600", 10*time.Minute, start)
	w.settle(slow)
	held(0, time.Time{}) // the other may go
	later := start.Add(time.Minute)
	second := w.claim(later)
	held(0, time.Time{}) // and goes
	unsure := failed(second, domain.ActRetry, "TIMEOUT", 0, later)
	w.settle(unsure)
	held(2, unsure.DueAt)
	later = later.Add(time.Minute)
	again := w.claim(later)
	held(0, time.Time{})
	w.settle(sent(again, 1, later))
	held(1, slow.DueAt)
	w.settle(sent(w.claim(slow.DueAt), 2, slow.DueAt))
	held(0, time.Time{}) // between rounds
}
