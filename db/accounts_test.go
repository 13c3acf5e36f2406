package db

import (
	"testing"
	"time"

	"postix/domain"
)

// An account that is connected again by its user is as warm as it was; with
// another user the number starts anew.
func TestWarmUpOfAReconnectedNumber(t *testing.T) {
	w := newWorld(t, 0)
	later := start.Add(72 * time.Hour)
	again := func(userID, reconnect int64) domain.Account {
		t.Helper()
		return must(w.s.ConnectAccount(w.ctx, domain.NewAccount{
			OrganizationID: w.org.ID, UserID: userID, Reconnect: reconnect, Phone: w.account.Phone, Session: []byte("s"),
			Profile: domain.Profile{TelegramID: w.account.TelegramID, FirstName: "Ali"}, At: later,
		}))
	}
	must(w.s.SetAccountState(w.ctx, w.org.ID, w.account.ID, domain.AccountNeedsLogin, "SESSION_REVOKED", later))
	if a := again(0, w.account.ID); !a.WarmAt.Equal(start) || !a.ConnectedAt.Equal(later) {
		t.Errorf("logged in again: warm since %v", a.WarmAt)
	}
	disconnect := func(id int64) {
		t.Helper()
		must(w.s.SetAccountState(w.ctx, w.org.ID, id, domain.AccountDisconnected, "", later))
	}
	disconnect(w.account.ID)
	if a := again(w.user.ID, 0); a.ID != w.account.ID || !a.WarmAt.Equal(start) {
		t.Errorf("connected again: warm since %v", a.WarmAt)
	}
	disconnect(w.account.ID)
	colleague := must(w.s.CreateUser(w.ctx, domain.User{OrganizationID: w.org.ID, Role: domain.RoleMember, Name: "B", CreatedAt: start}, ""))
	if a := again(colleague.ID, 0); a.ID == w.account.ID || !a.WarmAt.Equal(later) {
		t.Errorf("connected by another: warm since %v", a.WarmAt)
	}
}

// A campaign whose number is connected elsewhere says so for as long as that is
// true, and can be cancelled.
func TestNumberElsewhere(t *testing.T) {
	w := newWorld(t, 2)
	c := w.campaign(1, 0)
	w.openDue(start)
	says := func(want string) {
		t.Helper()
		acc := must(w.s.Account(w.ctx, w.scope, w.account.ID))
		if got := w.get(c.ID); got.AccountReason != want || acc.Reason != want {
			t.Errorf("the campaign says %q, its account %q, want %q", got.AccountReason, acc.Reason, want)
		}
	}
	must(w.s.SetAccountState(w.ctx, w.org.ID, w.account.ID, domain.AccountDisconnected, "", start))
	says("")
	o := w.second(0)
	taken := must(o.s.ConnectAccount(w.ctx, domain.NewAccount{
		OrganizationID: o.org.ID, UserID: o.user.ID, Phone: w.account.Phone, Session: []byte("s"),
		Profile: domain.Profile{TelegramID: w.account.TelegramID, FirstName: "Ali"}, At: start,
	}))
	says(domain.CodeElsewhere)
	if a := must(o.s.Account(w.ctx, o.scope, taken.ID)); a.Reason != "" {
		t.Errorf("the one that holds it says %q", a.Reason)
	}
	must(o.s.SetAccountState(w.ctx, o.org.ID, taken.ID, domain.AccountDisconnected, "", start))
	says("")
	if got := must(w.s.CancelCampaign(w.ctx, w.scope, c.ID, start)); got.Counts.Cancelled != 2 {
		t.Errorf("cancelled as %+v", got)
	}
}

// What a new list of dialogs brings does not break the silence of a chat, nor
// what it is for.
func TestDialogsKeepTheirSilence(t *testing.T) {
	w := newWorld(t, 1)
	w.campaign(1, 0)
	w.openDue(start)
	w.settle(sent(w.claim(start), 1, start))
	w.listDialogs(w.account.ID, w.peers...)
	d := must(w.s.DialogsByID(w.ctx, w.org.ID, w.account.ID, []domain.PeerID{w.peers[0].ID}))[0]
	if d.WaitReason != domain.CodeChatGap || !d.WaitUntil.Equal(start.Add(w.org.Pace.ChatGap)) {
		t.Errorf("silent until %v because of %q", d.WaitUntil, d.WaitReason)
	}
}
