package db

import (
	"testing"
	"time"

	"postix/domain"
)

// A Telegram user who is connected elsewhere, or again where he was, stays what
// he is to Telegram: its wait, the gap, the caps, the bans and the chats' silence go with
// him.
func TestLimitsGoWithTheTelegramUser(t *testing.T) {
	w := newWorld(t, 3)
	w.paced(time.Minute, 0, 0, 0)
	w.campaign(1, 0)
	w.openDue(start)
	a := w.claim(start)
	r := failed(a, domain.ActWaitAccount, "FLOOD_WAIT", time.Hour, start)
	r.AccountReadyAt = start.Add(5 * time.Minute)
	w.settle(r)
	w.exec("INSERT INTO outgoing (account_id, at, number, organization_id) VALUES (?, ?, 1, ?), (?, ?, 2, ?)",
		w.account.ID, ms(start), w.org.ID, w.account.ID, ms(start.Add(-48*time.Hour)), w.org.ID)
	w.exec("INSERT INTO account_bans (account_id, peer_id, organization_id, at) VALUES (?, 7, ?, ?)", w.account.ID, w.org.ID, ms(start))
	w.exec("UPDATE dialogs SET wait_until = ?, wait_reason = 'SLOWMODE_WAIT_3600' WHERE account_id = ? AND peer_id = ?",
		ms(start.Add(time.Hour)), w.account.ID, int64(w.peers[1].ID))
	was := must(w.s.Account(w.ctx, w.scope, w.account.ID))
	if was.WaitUntil.Before(start.Add(time.Hour)) {
		t.Fatalf("it waits until %v only", was.WaitUntil)
	}

	w.moveTo(w.account.ID, domain.AccountDisconnected)
	o := w.second(0)
	elsewhere := o.connect(was.Phone, was.TelegramID)
	wantHeld(t, w, "elsewhere", elsewhere, was)
	o.listDialogs(elsewhere.ID, w.peers...)
	for i, d := range must(o.s.DialogsByID(o.ctx, o.org.ID, elsewhere.ID, []domain.PeerID{w.peers[0].ID, w.peers[1].ID})) {
		if silent := d.WaitUntil.Equal(start.Add(time.Hour)) && d.WaitReason == "SLOWMODE_WAIT_3600"; silent != (i == 1) {
			t.Errorf("elsewhere chat %d is silent until %v for %q", i, d.WaitUntil, d.WaitReason)
		}
	}
	// What he does there is known when he comes back to his former account.
	o.exec("INSERT INTO outgoing (account_id, at, number, organization_id) VALUES (?, ?, 3, ?)", elsewhere.ID, ms(start)+1, o.org.ID)
	o.moveTo(elsewhere.ID, domain.AccountDisconnected)
	back := w.connect(was.Phone, was.TelegramID)
	if back.ID != was.ID {
		t.Fatalf("he comes back as account %d, not %d", back.ID, was.ID)
	}
	if n := w.number("SELECT COUNT(*) FROM outgoing WHERE account_id = ? AND organization_id = ?", back.ID, w.org.ID); n != 3 {
		t.Errorf("back, %d messages count", n)
	}
	if other := w.connect("+998901112233", 999); !other.WaitUntil.IsZero() {
		t.Errorf("somebody else waits until %v", other.WaitUntil)
	}
}

func wantHeld(t *testing.T, w *world, where string, a, was domain.Account) {
	t.Helper()
	if !a.WaitUntil.Equal(was.WaitUntil) || a.WaitReason != was.WaitReason {
		t.Errorf("%s it waits until %v for %q, want %v for %q", where, a.WaitUntil, a.WaitReason, was.WaitUntil, was.WaitReason)
	}
	if got := w.number("SELECT ready_at FROM accounts WHERE id = ?", a.ID); got != ms(start.Add(5*time.Minute)) {
		t.Errorf("%s its gap ends at %v", where, at(got))
	}
	if n := w.number("SELECT COUNT(*) FROM outgoing WHERE account_id = ? AND organization_id = ?", a.ID, a.OrganizationID); n != 1 {
		t.Errorf("%s %d messages of the last day count, want 1", where, n)
	}
	if n := w.number("SELECT COUNT(*) FROM account_bans WHERE account_id = ? AND organization_id = ?", a.ID, a.OrganizationID); n != 1 {
		t.Errorf("%s it knows of %d bans, want 1", where, n)
	}
}

func (w *world) moveTo(id int64, to domain.AccountState) {
	w.t.Helper()
	must(w.s.SetAccountState(w.ctx, w.org.ID, id, to, "", start))
}

func (w *world) number(query string, args ...any) (n int64) {
	w.t.Helper()
	w.ok(w.s.readers.QueryRowContext(w.ctx, query, args...).Scan(&n))
	return n
}
