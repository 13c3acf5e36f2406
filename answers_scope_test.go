package main

import (
	"testing"
	"time"

	"postix/domain"
)

// failedPeer: the one delivery has failed, after one call, and nobody else is
// touched.
func (x *trial) failedPeer(t *testing.T) {
	t.Helper()
	d := x.ends(t, x.bad, domain.DeliveryFailed)
	if d.Reason != x.stored() || d.Attempts != 1 {
		t.Errorf("failed for %q after %d attempts", d.Reason, d.Attempts)
	}
	x.asked(t, d, 1)
	x.ends(t, x.good, domain.DeliverySent)
	x.untouched(t)
	if x.code == domain.CodeReplyGone { // which is not the chat's doing
		x.fails(t, 0)
		return
	}
	x.fails(t, 1)
}

// untouched: the campaign is done and the account goes on.
func (x *trial) untouched(t *testing.T) {
	t.Helper()
	if c := x.state(t); c.Status != domain.CampaignDone {
		t.Errorf("the campaign is %s (%s)", c.Status, c.Reason)
	}
	if a := x.accountNow(t); a.State != domain.AccountActive || a.WaitUntil.After(time.Now()) {
		t.Errorf("the account is %s (%s), waits until %v", a.State, a.Reason, a.WaitUntil)
	}
}

// fails: the chat is marked.
func (x *trial) fails(t *testing.T, want int64) {
	t.Helper()
	got := x.house.number("SELECT fails FROM dialogs WHERE account_id = ? AND peer_id = ?", x.accountID(), int64(x.bad.ID))
	if got != want {
		t.Errorf("the chat has refused %d times, want %d", got, want)
	}
}

// refreshed: the chat was read again and the message went out under the same id.
func (x *trial) refreshed(t *testing.T) {
	t.Helper()
	d := x.ends(t, x.bad, domain.DeliverySent)
	calls := x.asked(t, d, 2)
	if d.Attempts != 1 || d.Reason != "" {
		t.Errorf("sent after %d attempts (%s)", d.Attempts, d.Reason)
	}
	if len(calls) == 2 && !x.read(calls[0].N, calls[1].N) {
		t.Error("the chat was not read again in between")
	}
	x.ends(t, x.good, domain.DeliverySent)
	x.untouched(t)
	x.fails(t, 0)
}

// read reports whether the account has asked for a chat between two calls.
func (x *trial) read(from, to int64) bool {
	for _, e := range x.journal(from) {
		if e.N < to && e.Phone == x.phone() && (e.Method == "channels.getChannels" || e.Method == "messages.getChats") {
			return true
		}
	}
	return false
}

// failedAfterRefresh: it was tried once more, and not again.
func (x *trial) failedAfterRefresh(t *testing.T) {
	t.Helper()
	d := x.ends(t, x.bad, domain.DeliveryFailed)
	if d.Reason != x.stored() || d.Attempts != 1 {
		t.Errorf("failed for %q after %d attempts", d.Reason, d.Attempts)
	}
	x.asked(t, d, 2)
	x.ends(t, x.good, domain.DeliverySent)
	x.untouched(t)
	x.fails(t, 1)
}

// failedCampaign: the campaign is paused for that reason, and its other message
// does not go out.
func (x *trial) failedCampaign(t *testing.T) {
	t.Helper()
	d := x.ends(t, x.bad, domain.DeliveryFailed)
	if c := x.state(t); c.Status != domain.CampaignPaused || c.Reason != x.stored() || d.Reason != x.stored() {
		t.Errorf("the campaign is %s (%s), the message failed for %q", c.Status, c.Reason, d.Reason)
	}
	x.asked(t, d, 1)
	x.asked(t, x.row(t, x.good), 0)
	if a := x.accountNow(t); a.State != domain.AccountActive {
		t.Errorf("the account is %s", a.State)
	}
	if n := x.house.number("SELECT COUNT(*) FROM notices WHERE kind = ? AND campaign_id = ?", string(domain.NoticeCampaignPaused), x.campaign.ID); n != 1 {
		t.Errorf("that was told %d times", n)
	}
	x.cancel(t)
}

// ambiguous: the message is uncertain for as long as that is the answer, keeps
// the raw code, and is asked for under the same id, later and later.
func (x *trial) ambiguous(t *testing.T) {
	t.Helper()
	var d domain.Delivery
	eventually(t, "two attempts", func() bool {
		d = x.row(t, x.bad)
		return d.Status == domain.DeliveryUncertain && d.Attempts >= 2
	})
	if c := x.state(t); d.Reason != x.stored() || c.Counts.Failed != 0 {
		t.Errorf("uncertain for %q, counted %+v", d.Reason, c.Counts)
	}
	x.passes(t)
	d = x.ends(t, x.bad, domain.DeliverySent)
	calls := x.asked(t, d, d.Attempts)
	for i := 1; i < len(calls); i++ {
		if gap, want := calls[i].At.Sub(calls[i-1].At), domain.Backoff(i); gap < want-time.Millisecond { // times are kept in whole milliseconds
			t.Errorf("call %d came after %v, want %v at least", i+1, gap, want)
		}
	}
	x.ends(t, x.good, domain.DeliverySent)
	x.untouched(t)
	x.fails(t, 0)
}

// inFlight: an id of which a call is under way is asked about again, within the
// same attempt.
func (x *trial) inFlight(t *testing.T) {
	t.Helper()
	d := x.ends(t, x.bad, domain.DeliverySent)
	if x.asked(t, d, 3); d.Attempts != 1 {
		t.Errorf("%d attempts", d.Attempts)
	}
}

// pausedAccount: nothing of the account goes out until a person resumes it.
func (x *trial) pausedAccount(t *testing.T) {
	t.Helper()
	before := x.notices(domain.NoticeAccountPaused)
	x.stops(t, domain.AccountPaused)
	if n := x.notices(domain.NoticeAccountPaused) - before; n != 1 {
		t.Errorf("that was told %d times", n)
	}
	if err := x.app.accounts.Resume(t.Context(), x.owner, x.accountID()); err != nil {
		t.Fatal(err)
	}
	x.goesOn(t)
}

// stops: the account leaves for that state, its message waits and does not count
// as tried, and another campaign of it waits too.
func (x *trial) stops(t *testing.T, want domain.AccountState) {
	t.Helper()
	d := x.ends(t, x.bad, domain.DeliveryWaiting)
	if a := x.accountNow(t); a.State != want || a.Reason != x.stored() {
		t.Errorf("the account is %s (%s)", a.State, a.Reason)
	}
	if c := x.state(t); !c.Status.Live() || d.Attempts != 0 || d.Reason != x.stored() {
		t.Errorf("the campaign is %s; %d attempts, %s", c.Status, d.Attempts, d.Reason)
	}
	beside := x.order(x.account, "Yonida", x.good)
	x.arrives(t, x.order(bystander, "Boshqa raqam", x.plain(bystander)))
	x.asked(t, d, 1)
	if c, err := x.store.Campaign(t.Context(), x.owner.Scope(), beside.ID); err != nil || c.Counts.Sent != 0 {
		t.Errorf("another campaign of the account was sent: %+v, %v", c.Counts, err)
	}
}

// passes ends the fault.
func (x *trial) passes(t *testing.T) {
	t.Helper()
	if err := x.tg.ClearFaults(t.Context(), x.fault.ID); err != nil {
		t.Fatal(err)
	}
}

// arrives waits until a campaign is done.
func (d *answerDesk) arrives(t *testing.T, c domain.Campaign) {
	t.Helper()
	eventually(t, "another campaign is done", func() bool {
		got, err := d.store.Campaign(t.Context(), d.owner.Scope(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		return got.Status == domain.CampaignDone && got.Counts.Sent == got.Peers
	})
}

func (x *trial) goesOn(t *testing.T) {
	t.Helper()
	d := x.ends(t, x.bad, domain.DeliverySent)
	x.asked(t, d, 2)
	if d.Attempts != 1 {
		t.Errorf("%d attempts", d.Attempts)
	}
	x.ends(t, x.good, domain.DeliverySent)
	x.untouched(t)
}

// dead: the client is stopped, the account has to be connected again, and then
// goes on where it was.
func (x *trial) dead(t *testing.T) {
	t.Helper()
	before, beforeAdmins := x.notices(domain.NoticeNeedsLogin), x.notices(domain.NoticeKeyTwice)
	x.stops(t, domain.AccountNeedsLogin)
	eventually(t, "the client is stopped", func() bool { return x.clients.Link(x.accountID()) == domain.LinkOff })
	told := int64(0)
	if x.code == domain.CodeKeyTwice {
		told = 1
	}
	if n := x.notices(domain.NoticeNeedsLogin) - before; n != 1 {
		t.Errorf("its people were told %d times", n)
	}
	if n := x.notices(domain.NoticeKeyTwice) - beforeAdmins; n != told {
		t.Errorf("the service was told %d times, want %d", n, told)
	}
	was, who := x.accountNow(t), signedIn.who[x.phone()]
	acc, err := x.store.ConnectAccount(t.Context(), domain.NewAccount{
		OrganizationID: was.OrganizationID, UserID: was.UserID, Phone: was.Phone, Profile: who.profile, Session: who.session,
		Reconnect: was.ID, At: time.Now().UTC(),
	})
	if err != nil {
		t.Fatal(err)
	}
	x.clients.Connect(acc)
	x.hub.Changed(acc.OrganizationID)
	x.goesOn(t)
}

// stoppedAll: no account sends, the service is told, and after it has been
// mended all go on.
func (x *trial) stoppedAll(t *testing.T, another int) {
	t.Helper()
	const told = "SELECT COUNT(*) FROM notices WHERE kind = ?"
	before := x.house.number(told, string(domain.NoticeSendingStopped))
	eventually(t, "all sending is stopped", func() bool {
		_, stopped, err := x.store.SendingStopped(t.Context())
		return err == nil && stopped
	})
	code, _, err := x.store.SendingStopped(t.Context())
	if err != nil || code != x.stored() {
		t.Errorf("stopped because of %q, %v", code, err)
	}
	d := x.ends(t, x.bad, domain.DeliveryWaiting)
	if d.Attempts != 0 || d.Reason != x.stored() {
		t.Errorf("%d attempts, %s", d.Attempts, d.Reason)
	}
	if n := x.house.number(told, string(domain.NoticeSendingStopped)) - before; n != 1 {
		t.Errorf("that was told %d times", n)
	}
	from := x.last()
	other := x.order(another, "Hammasi toʻxtagan", x.plain(another))
	x.staysStill(t, from)
	if err := x.store.ResumeSending(t.Context()); err != nil {
		t.Fatal(err)
	}
	x.hub.ChangedAll()
	x.arrives(t, other)
	x.goesOn(t)
}

// staysStill expects that the send job has asked what to do and sent nothing.
func (d *answerDesk) staysStill(t *testing.T, from int64) {
	t.Helper()
	pauseFor(200 * time.Millisecond)
	if calls := d.calls("", from); len(calls) != 0 {
		t.Errorf("sent while all sending is stopped: %+v", calls)
	}
}

// thirdBan: the third chat that shuts the account out within the hour pauses it,
// although the program was restarted after the second.
func (d *answerDesk) thirdBan(t *testing.T, account int, ban answer) {
	t.Helper()
	x := d.begin(account, ban, 1)
	x.ends(t, x.bad, domain.DeliveryFailed)
	if a := x.accountNow(t); a.State != domain.AccountPaused || a.Reason != domain.CodeBanned {
		t.Errorf("the account is %s (%s)", a.State, a.Reason)
	}
	if n := x.notices(domain.NoticeAccountPaused); n != 1 {
		t.Errorf("that was told %d times", n)
	}
	x.asked(t, x.row(t, x.good), 0)
	if err := d.app.accounts.Resume(t.Context(), d.owner, x.accountID()); err != nil {
		t.Fatal(err)
	}
	x.ends(t, x.good, domain.DeliverySent)
}

// skipped: a chat that has refused three rounds in a row is left out, until it is
// cleared.
func (d *answerDesk) skipped(t *testing.T, account int) {
	t.Helper()
	x := d.begin(account, answer{403, "CHAT_WRITE_FORBIDDEN", domain.ActFailPeer}, -1)
	for n := range int64(domain.SkipAfter) {
		x.ends(t, x.bad, domain.DeliveryFailed)
		x.fails(t, n+1)
		x.campaign = d.order(account, "Yana", x.bad, x.good)
	}
	row := x.ends(t, x.bad, domain.DeliverySkipped)
	if row.Reason != domain.CodePeerSkipped {
		t.Errorf("skipped for %q", row.Reason)
	}
	x.asked(t, row, 0)
	x.ends(t, x.good, domain.DeliverySent)
	x.passes(t)
	if err := d.store.ClearFails(t.Context(), d.owner.User.OrganizationID, x.accountID(), x.bad.ID); err != nil {
		t.Fatal(err)
	}
	x.campaign = d.order(account, "Yana", x.bad)
	x.sentOnce(t)
}

// migrated: a message to a group that has become a supergroup meanwhile goes
// there.
func (d *answerDesk) migrated(t *testing.T, account int) {
	t.Helper()
	group := d.fresh(account)
	for group.Kind != domain.KindGroup {
		group = d.fresh(account)
	}
	to, err := d.tg.Migrate(t.Context(), int64(group.ID))
	if err != nil {
		t.Fatal(err)
	}
	x := &trial{answerDesk: d, account: account, bad: group, campaign: d.order(account, "Koʻchgan guruhga", group)}
	row := x.ends(t, group, domain.DeliverySent)
	calls := x.asked(t, row, 2)
	if last := calls[len(calls)-1]; last.Chat != to.ID || last.Outcome != "ok" {
		t.Errorf("sent to %d (%s), the group has become %d", last.Chat, last.Outcome, to.ID)
	}
}
