package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"postix/domain"
	"postix/telegram/sandbox"
	"postix/telegram/sandbox/world"
)

// What the filter finds, and what is answered.
const (
	dispatcherText = "Toshkent – Moskva, 20 tonna yuk bor, tel +998 90 123 45 67"
	harmlessText   = "Assalomu alaykum, hamkasblar"
	replyText      = "Hurmatli dispetcher, bu guruh haydovchilar uchun"
)

// watchDesk is an answerDesk whose accounts hear their groups. They are in three
// groups of their own, from the smallest to the largest.
type watchDesk struct {
	*answerDesk
	groups [3]int64
	posted int
}

func newWatchDesk(t *testing.T, set func(*domain.WatchSettings), phones ...string) *watchDesk {
	t.Helper()
	d := &watchDesk{answerDesk: newAnswerDesk(t, phones...)}
	d.groups = addGroups(t, d.tg, phones...)
	watched(t.Context(), t, d.app, d.owner, set)
	for _, acc := range d.house.accounts {
		if err := d.app.accounts.Refresh(t.Context(), acc); err != nil {
			t.Fatal(err)
		}
		if err := d.app.accounts.Listen(t.Context(), d.owner, acc.ID, true); err != nil {
			t.Fatal(err)
		}
	}
	d.hears(len(phones))
	return d
}

// addGroups makes the three groups.
func addGroups(t *testing.T, tg sandbox.Client, phones ...string) (groups [3]int64) {
	t.Helper()
	var members []int64
	for _, phone := range phones {
		members = append(members, signedIn.who[phone].profile.TelegramID)
	}
	for i := range groups {
		c, err := tg.AddChat(t.Context(), world.ChatSpec{
			Kind: world.KindSupergroup, Title: fmt.Sprintf("Yuk bozori %d", i), Members: members, ExtraMembers: 1000 * (i + 1),
		})
		if err != nil {
			t.Fatal(err)
		}
		groups[i] = c.ID
	}
	return groups
}

// watched sets the filter to answer in all groups, with one template.
func watched(ctx context.Context, t *testing.T, a *app, who domain.Actor, set func(*domain.WatchSettings)) {
	t.Helper()
	s, err := a.watch.Settings(ctx, who)
	if err != nil {
		t.Fatal(err)
	}
	s.Mode, s.AllGroups = domain.WatchReply, true
	if set != nil {
		set(&s)
	}
	if err := a.watch.SetSettings(ctx, who, s); err != nil {
		t.Fatal(err)
	}
	if err := a.watch.PutTemplate(ctx, who, domain.Template{Text: replyText, Active: true}); err != nil {
		t.Fatal(err)
	}
}

// hears waits until as many accounts listen.
func (d *watchDesk) hears(accounts int) {
	d.t.Helper()
	eventually(d.t, "the accounts listen", func() bool {
		return d.number("SELECT COUNT(DISTINCT account_id) FROM positions WHERE peer_id <> 0") == int64(accounts)
	})
	d.heard(harmlessText, 42, d.groups[0])
}

// heard writes a message to a group and waits until the filter has it.
func (d *watchDesk) heard(text string, sender, group int64) world.MessageInfo {
	d.t.Helper()
	d.posted++
	m := post(d.t, d.tg, text, sender, group)
	eventually(d.t, "the message is heard", func() bool {
		return d.number("SELECT COUNT(*) FROM heard WHERE chat_id = ? AND message_id = ?", group, m.ID) == 1
	})
	return m
}

// firstStranger is beyond all ids that the sandbox gives to people of its own.
const firstStranger = 7_500_000

func post(t *testing.T, tg sandbox.Client, text string, sender, group int64) world.MessageInfo {
	t.Helper()
	m, err := tg.Post(t.Context(), group, sandbox.Incoming{
		Sender: sandbox.Sender{ID: firstStranger + sender, FirstName: fmt.Sprintf("Haydovchi %d", sender)}, Text: text,
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// settled waits until the n-th detection was answered, all of it, or not, and
// answers it.
func (d *watchDesk) settled(n int64) domain.Detection {
	d.t.Helper()
	eventually(d.t, "the detection is dealt with", func() bool {
		return d.number(`SELECT COUNT(*) FROM detections WHERE silence NOT IN ('', ?)
			OR id IN (SELECT detection_id FROM campaigns WHERE status = 'done')`, domain.SilentStopped) == n
	})
	latest := d.number("SELECT MAX(id) FROM detections")
	got, err := d.store.Detection(d.t.Context(), d.owner.User.OrganizationID, latest)
	if err != nil {
		d.t.Fatal(err)
	}
	return got
}

// answers are our messages in a group.
func answersIn(t *testing.T, tg sandbox.Client, group int64) (out []world.MessageInfo) {
	t.Helper()
	all, err := tg.Messages(t.Context(), group, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if m.Text == replyText {
			out = append(out, m)
		}
	}
	return out
}

func (d *watchDesk) wantAnswers(want ...int) {
	d.t.Helper()
	for i, n := range want {
		if got := answersIn(d.t, d.tg, d.groups[i]); len(got) != n {
			d.t.Errorf("group %d has %d answers, want %d: %+v", i, len(got), n, got)
		}
	}
}

// TestReplyGroups: a dispatcher is answered in the largest and in the median of
// the groups where he was seen; with source_first in his own one, as a reply, and
// in the largest other one.
func TestReplyGroups(t *testing.T) {
	t.Parallel()
	d := newWatchDesk(t, nil, loadPhones[0])
	d.heard(harmlessText, 1, d.groups[1])
	d.heard(harmlessText, 1, d.groups[2])
	d.heard(dispatcherText, 1, d.groups[0])
	got := d.settled(1)
	d.wantAnswers(0, 1, 1)
	if len(got.Replies) != 2 || got.Replies[0].Status != domain.DeliverySent || int64(got.Replies[0].Peer.ID) != d.groups[2] {
		t.Errorf("the detection shows %+v", got.Replies)
	}
	if m := answersIn(t, d.tg, d.groups[2])[0]; m.ReplyTo != 0 || m.ID != got.Replies[0].MessageID {
		t.Errorf("the answer is %+v", m)
	}

	s, err := d.app.watch.Settings(t.Context(), d.owner)
	if err != nil {
		t.Fatal(err)
	}
	s.Reply.SourceFirst = true
	if err := d.app.watch.SetSettings(t.Context(), d.owner, s); err != nil {
		t.Fatal(err)
	}
	d.heard(harmlessText, 2, d.groups[1])
	source := d.heard(dispatcherText, 2, d.groups[0])
	d.settled(2)
	d.wantAnswers(1, 2, 1)
	if m := answersIn(t, d.tg, d.groups[0])[0]; m.ReplyTo != source.ID {
		t.Errorf("in its own group %+v does not answer message %d", m, source.ID)
	}
	if m := answersIn(t, d.tg, d.groups[1])[1]; m.ReplyTo != 0 {
		t.Errorf("in the other one it is a reply: %+v", m)
	}

	// In cool-down he gets none, also after a restart; another one does.
	d.restart()
	d.heard(harmlessText+"!", 3, d.groups[0])
	d.heard("Yana: "+dispatcherText, 2, d.groups[1])
	if got = d.settled(3); got.Silence != domain.SilentCooldown || len(got.Replies) != 0 {
		t.Errorf("a second time within the hour: %q, %+v", got.Silence, got.Replies)
	}
	d.heard(dispatcherText, 3, d.groups[0])
	if got = d.settled(4); got.Silence != "" || len(got.Replies) != 1 {
		t.Errorf("another one: %q, %+v", got.Silence, got.Replies)
	}
	d.wantAnswers(2, 2, 1)
}

// TestReplyInModeObserve: nothing goes out. Nor does it for what was written too
// long ago.
func TestReplyInModeObserve(t *testing.T) {
	t.Parallel()
	d := newWatchDesk(t, func(s *domain.WatchSettings) { s.Mode = domain.WatchObserve }, loadPhones[0])
	d.heard(dispatcherText, 1, d.groups[0])
	if got := d.settled(1); got.Silence != domain.SilentMode {
		t.Errorf("silent because of %q", got.Silence)
	}
	watched(t.Context(), t, d.app, d.owner, nil)
	d.halt() // what is written meanwhile is judged afterwards
	m, err := d.tg.Post(t.Context(), d.groups[0], sandbox.Incoming{
		Sender: sandbox.Sender{ID: firstStranger + 2, FirstName: "Kechagi"}, Text: dispatcherText, At: time.Now().Add(-domain.ReplyWithin),
	})
	if err != nil {
		t.Fatal(err)
	}
	d.run()
	if got := d.settled(2); got.Silence != domain.SilentLate || got.Message.ID != int64(m.ID) {
		t.Errorf("silent because of %q", got.Silence)
	}
	d.wantAnswers(0, 0, 0)
	if calls := d.calls("", 0); len(calls) != 0 {
		t.Errorf("sent: %+v", calls)
	}
}

// TestOwnAccountsAreNotAnswered: two of our accounts in one group never answer
// each other, whatever they write, and a stranger is answered by one of them.
func TestOwnAccountsAreNotAnswered(t *testing.T) {
	t.Parallel()
	d := newWatchDesk(t, nil, loadPhones[0], loadPhones[1])
	own := domain.Peer{ID: domain.PeerID(d.groups[0]), Kind: domain.KindSupergroup, Title: "Yuk bozori"}
	for i := range 2 {
		c := d.order(i, dispatcherText, own)
		eventually(t, "ours is sent", func() bool {
			return d.number("SELECT COUNT(*) FROM campaigns WHERE id = ? AND sent = 1", c.ID) == 1
		})
	}
	d.heard(dispatcherText, 1, d.groups[0])
	if got := d.settled(1); got.Silence != "" || len(got.Replies) != 1 {
		t.Errorf("the stranger: %q, %+v", got.Silence, got.Replies)
	}
	d.heard(harmlessText, 2, d.groups[0])
	d.wantAnswers(1, 0, 0)
	if n := d.number("SELECT COUNT(*) FROM detections"); n != 1 {
		t.Errorf("%d detections", n)
	}
}

// TestReplyAndCampaignKeepOneWait: what Telegram tells an answer holds for the
// campaign of the same account, and the other way round; the campaign keeps its
// order.
func TestReplyAndCampaignKeepOneWait(t *testing.T) {
	t.Parallel()
	const wait = 3 * time.Second
	d := newWatchDesk(t, nil, loadPhones[0])
	d.fault(world.Fault{Chat: d.groups[0], Mode: world.FaultBefore, Error: "FLOOD_WAIT_3"})
	busy := d.fresh(0)
	d.fault(world.Fault{Chat: int64(busy.ID), Mode: world.FaultBefore, Error: "FLOOD_WAIT_3"})

	d.heard(dispatcherText, 1, d.groups[0])
	c := d.order(0, "Yuk bor", append([]domain.Peer{busy}, d.peers[0][1:20]...)...)
	eventually(t, "the campaign is told to wait", func() bool {
		return d.number("SELECT COUNT(*) FROM accounts WHERE wait_until > 0") == 1 && len(d.refused()) == 2
	})
	d.heard(dispatcherText, 2, d.groups[1])
	d.settled(2)
	eventually(t, "the campaign is done", func() bool {
		return d.number("SELECT COUNT(*) FROM campaigns WHERE id = ? AND sent = 20 AND status = 'done'", c.ID) == 1
	})
	refused := d.refused()
	for _, told := range refused {
		if next := d.calls("", told.N)[0]; next.At.Sub(told.At) < wait {
			t.Errorf("told to wait %v: %+v, and then %+v", wait, told, next)
		}
	}
	if len(refused) != 2 || refused[0].Chat != d.groups[0] || refused[1].Chat != int64(busy.ID) {
		t.Errorf("told to wait: %+v", refused)
	}
	// First after each wait is the answer; then the campaign in its order.
	if next := d.calls("", refused[1].N)[0]; next.Chat != d.groups[1] {
		t.Errorf("first after the campaign's wait is %+v", next)
	}
	var order, want []int64
	for _, p := range d.peers[0][1:20] {
		want = append(want, int64(p.ID))
	}
	want = append(want, int64(busy.ID)) // who waited goes behind the others
	for _, e := range d.calls("", refused[0].N) {
		if e.Outcome == "ok" && !slices.Contains(d.groups[:], e.Chat) {
			order = append(order, e.Chat)
		}
	}
	if !slices.Equal(order, want) {
		t.Errorf("the campaign went to %v, want %v", order, want)
	}
	d.wantAnswers(1, 1, 0)
}

// refused are the calls that were told to wait.
func (d *watchDesk) refused() (out []world.JournalEntry) {
	for _, e := range d.calls("", 0) {
		if e.Outcome == "FLOOD_WAIT_3" {
			out = append(out, e)
		}
	}
	return out
}

// TestFaultKillReplies kills the product with kill -9 again and again while
// dispatchers write: each gets one answer at most, what is called sent stands in
// its group once, and what is called missed does not.
func TestFaultKillReplies(t *testing.T) {
	const dispatchers = 30
	h := newHouse(t, 20*time.Millisecond, loadPhones[0])
	groups := addGroups(t, h.tg, loadPhones[0])
	inside(t, h.dir, h.tg.URL, func(ctx context.Context, a *app) {
		watched(ctx, t, a, h.owner, nil)
		eventually(t, "the account connects", func() bool { return a.clients.Link(h.accounts[0].ID) == domain.LinkReady })
		if err := a.accounts.Refresh(ctx, h.accounts[0]); err != nil {
			t.Fatal(err)
		}
		if err := a.accounts.Listen(ctx, h.owner, h.accounts[0].ID, true); err != nil {
			t.Fatal(err)
		}
	})
	h.start()
	eventually(t, "the account listens", func() bool {
		return h.number("SELECT COUNT(*) FROM positions WHERE peer_id = ?", groups[0]) == 1
	})
	var ids []int64
	for i := range int64(dispatchers) {
		post(t, h.tg, dispatcherText, i, groups[i%3])
		if i%5 == 4 {
			goal, end := i/2, time.Now().Add(time.Second)
			for int64(len(h.calls("", 0))) < goal && time.Now().Before(end) {
				pauseFor(5 * time.Millisecond)
			}
			pauseFor(time.Duration(rand.IntN(40)) * time.Millisecond)
			h.p.kill()
			h.start()
		}
	}
	for i, g := range groups {
		post(t, h.tg, dispatcherText, int64(dispatchers+i), g)
	}
	eventually(t, "the last ones are found", func() bool {
		return h.number("SELECT COUNT(*) FROM detections WHERE sender_id >= ?", firstStranger+dispatchers) == 3
	})
	h.ends()
	sent := 0
	for _, g := range groups {
		in := answersIn(t, h.tg, g)
		said := h.number("SELECT COUNT(*) FROM deliveries WHERE peer_id = ? AND status = 'sent'", g)
		if int64(len(in)) != said {
			t.Errorf("group %d has %d answers, the product says %d", g, len(in), said)
		}
		sent += len(in)
		for _, m := range in {
			ids = append(ids, m.RandomID)
		}
	}
	slices.Sort(ids)
	if n := len(slices.Compact(ids)); n != sent {
		t.Errorf("%d answers under %d random ids", sent, n)
	}
	if n := h.number("SELECT COUNT(*) FROM (SELECT t.sender_id FROM campaigns c JOIN detections t ON t.id = c.detection_id GROUP BY 1 HAVING COUNT(*) > 1)"); n != 0 {
		t.Errorf("%d dispatchers got two answers", n)
	}
	if n := h.number("SELECT COUNT(*) FROM detections WHERE silence = ?", domain.SilentStopped); n != 0 {
		t.Errorf("of %d dispatchers nobody has decided whether they are answered", n)
	}
	if n := h.number("SELECT COUNT(*) FROM detections WHERE silence = '' AND id NOT IN (SELECT detection_id FROM campaigns)"); n != 0 {
		t.Errorf("%d dispatchers are called answered and are not", n)
	}
	if sent < dispatchers/2 {
		t.Errorf("only %d of %d were answered", sent, dispatchers)
	}
	t.Logf("%d of %d answered", sent, dispatchers)
	h.p.stop(t)
}
