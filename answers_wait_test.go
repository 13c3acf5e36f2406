package main

import (
	"testing"
	"time"

	"postix/domain"
)

// isWaiting waits until Telegram's wait is recorded.
func (d *answerDesk) isWaiting(x *trial) {
	d.t.Helper()
	x.ends(d.t, x.bad, domain.DeliveryWaiting)
	if x.want == domain.ActWaitChat {
		if n := x.house.number("SELECT COUNT(*) FROM dialogs WHERE account_id = ? AND wait_until > 0 AND wait_reason = ?", x.accountID(), x.code); n != 1 {
			d.t.Errorf("%d chats wait", n)
		}
		return
	}
	if a := x.accountNow(d.t); a.WaitReason != x.code || a.WaitUntil.Before(time.Now()) {
		d.t.Errorf("the account waits until %v (%s)", a.WaitUntil, a.WaitReason)
	}
}

// heldUp orders what has to wait beside an account and a chat that wait, and what
// has not: another chat of that account, and the chat for another account.
func (d *answerDesk) heldUp(flood, slow *trial) (held []*trial) {
	d.t.Helper()
	more := func(account int, p domain.Peer) *trial {
		x := *slow
		x.account, x.bad, x.good, x.campaign = account, p, p, d.order(account, "Yonida", p)
		return &x
	}
	held = []*trial{more(flood.account, flood.good), more(slow.account, slow.bad)}
	d.arrives(d.t, more(slow.account, d.fresh(slow.account)).campaign)
	d.arrives(d.t, more(bystander, slow.bad).campaign)
	for _, x := range append(held, flood, slow) {
		if s := x.row(d.t, x.bad).Status; s == domain.DeliverySent {
			d.t.Errorf("the message to %d has not waited", x.bad.ID)
		}
	}
	return held
}

// waited: not one call came too early, and the wait was no attempt.
func (x *trial) waited(t *testing.T) {
	t.Helper()
	d := x.ends(t, x.bad, domain.DeliverySent)
	x.ends(t, x.good, domain.DeliverySent)
	if d.Attempts != 1 {
		t.Errorf("%d attempts", d.Attempts)
	}
	calls := x.asked(t, d, 2)
	_, _, seconds := domain.AnswerTo(x.code)
	wait := time.Duration(max(seconds, 1)) * time.Second
	for _, e := range x.calls(x.phone(), calls[0].N) {
		if x.want == domain.ActWaitChat && e.Chat != int64(x.bad.ID) {
			continue
		}
		if early := e.At.Sub(calls[0].At); early < wait {
			t.Errorf("told to wait %v: %+v, and after %v %+v", wait, calls[0], early, e)
		}
	}
}

func (x *trial) sentOnce(t *testing.T) {
	t.Helper()
	x.asked(t, x.ends(t, x.bad, domain.DeliverySent), 1)
}

// longWait of more than an hour is told, and the account stays active.
func (d *answerDesk) longWait(t *testing.T, account int) {
	t.Helper()
	x := d.begin(account, answer{420, "FLOOD_WAIT_3601", domain.ActWaitAccount}, 1)
	x.ends(t, x.bad, domain.DeliveryWaiting)
	a := x.accountNow(t)
	if wait := time.Until(a.WaitUntil); a.State != domain.AccountActive || wait < time.Hour-time.Minute || wait > time.Hour+time.Minute {
		t.Errorf("the account is %s and waits for %v", a.State, wait)
	}
	if n := x.notices(domain.NoticeLongWait); n != 1 {
		t.Errorf("that was told %d times", n)
	}
	x.cancel(t)
}

// tooLongWait of more than a day pauses the account.
func (d *answerDesk) tooLongWait(t *testing.T, account int) {
	t.Helper()
	x := d.begin(account, answer{420, "FLOOD_WAIT_86401", domain.ActWaitAccount}, 1)
	x.ends(t, x.bad, domain.DeliveryWaiting)
	if a := x.accountNow(t); a.State != domain.AccountPaused || a.Reason != x.code {
		t.Errorf("the account is %s (%s)", a.State, a.Reason)
	}
	if n := x.notices(domain.NoticeAccountPaused); n != 1 {
		t.Errorf("that was told %d times", n)
	}
	x.cancel(t)
}
