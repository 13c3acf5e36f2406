package db

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"postix/domain"
	"postix/domain/filter"
)

// bounds that hold nothing up.
var wide = domain.ReplySettings{Cooldown: time.Hour, PerChat: 100, PerSender: 100, PerDay: 100}

// replyWorld has an account without limits, groups and a template.
func replyWorld(t *testing.T, groups int) *world {
	w := newWorld(t, groups)
	w.paced(0, 0, 0, 0)
	w.ok(w.s.PutTemplate(w.ctx, w.org.ID, domain.Template{Text: "Assalomu alaykum", Active: true, At: start}))
	return w
}

// reply is an answer to a new detection of the sender, in the first group, that
// goes to the peers.
func (w *world) reply(sender int64, b domain.ReplySettings, now time.Time, peers ...domain.Peer) domain.NewReply {
	w.t.Helper()
	w.made++
	d := w.record(w.dispatcher(int64(1000+w.made), 0, sender, now, "Тошкент – Москва", filter.ForeignRoute))[0]
	return domain.NewReply{
		OrganizationID: w.org.ID, AccountID: w.account.ID, DetectionID: d.ID, SenderID: sender,
		Template: must(w.s.Templates(w.ctx, w.org.ID))[0], Peers: peers, To: d.Message.ID, ToChat: d.ChatID,
		Bounds: b, At: now, Until: now.Add(domain.ReplyWithin),
	}
}

// answer orders one and wants it ordered.
func (w *world) answer(sender int64, now time.Time, peers ...domain.Peer) domain.NewReply {
	w.t.Helper()
	r := w.reply(sender, wide, now, peers...)
	if why := must(w.s.OrderReply(w.ctx, r)); why != "" {
		w.t.Fatalf("not answered: %s", why)
	}
	w.checkReplies()
	return r
}

func (w *world) wantSilence(r domain.NewReply, want string) {
	w.t.Helper()
	if why := must(w.s.OrderReply(w.ctx, r)); why != want {
		w.t.Errorf("silent because of %q, want %q", why, want)
	}
}

// replies are what a detection was answered with.
func (w *world) replies(r domain.NewReply) []domain.Reply {
	w.t.Helper()
	w.checkReplies()
	return must(w.s.Detection(w.ctx, w.org.ID, r.DetectionID)).Replies
}

func (w *world) wantReplies(r domain.NewReply, want ...domain.DeliveryStatus) {
	w.t.Helper()
	got := w.replies(r)
	if len(got) != len(want) {
		w.t.Fatalf("%d replies, want %v", len(got), want)
	}
	for i, st := range want {
		if got[i].Status != st {
			w.t.Errorf("reply %d is %s (%s), want %s", i, got[i].Status, got[i].Reason, st)
		}
	}
}

// wantPeers are the groups that a detection is answered in, in their order.
func (w *world) wantPeers(r domain.NewReply, want ...domain.Peer) {
	w.t.Helper()
	var got []domain.Peer
	for _, reply := range w.replies(r) {
		got = append(got, reply.Peer)
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("answered in %+v\nwant %+v", got, want)
	}
}

// checkReplies holds the counters of everything against its deliveries, answers
// too.
func (w *world) checkReplies() {
	w.t.Helper()
	w.checkSums()
	if wrong := must(w.s.CheckSums(w.ctx, time.Time{}, start)); len(wrong) > 0 {
		w.t.Fatalf("sums: %+v", wrong)
	}
}

// An answer goes before everything that the account has to send, in its own
// group as a reply, and what runs beside keeps its order.
func TestReplyGoesFirst(t *testing.T) {
	w := replyWorld(t, 4)
	w.campaign(1, 0)
	w.openDue(start)
	w.settle(sent(w.claim(start), 1, start))
	now := start.Add(time.Second)
	r := w.answer(5, now, w.peers[2], w.peers[0])
	type step struct {
		peer    domain.PeerID
		reply   bool
		replyTo int
		part    int
	}
	want := []step{
		{w.peers[2].ID, true, 0, 1},
		{w.peers[0].ID, true, int(r.To), 2},
		{w.peers[1].ID, false, 0, 0},
		{w.peers[2].ID, false, 0, 0},
		{w.peers[3].ID, false, 0, 0},
	}
	for i, s := range want {
		a := w.claim(now)
		if got := (step{a.Dialog.ID, a.DetectionID == r.DetectionID, a.ReplyTo, a.Part}); got != s {
			t.Errorf("step %d: %+v, want %+v", i, got, s)
		}
		if a.DetectionID != 0 && (a.Text != r.Template.Text || a.Parts != 2 || !a.Expires.Equal(r.Until) || a.Look) {
			t.Errorf("step %d: %+v", i, a)
		}
		w.settle(sent(a, 10+i, now))
	}
	w.claimNothing(now)
	w.wantReplies(r, domain.DeliverySent, domain.DeliverySent)
	got := w.replies(r)[1]
	if got.MessageID != 11 || !got.SentAt.Equal(now) || got.Peer != w.peers[0] || got.Text != r.Template.Text {
		t.Errorf("the reply is %+v", got)
	}
	if s := must(w.s.Sender(w.ctx, w.org.ID, 5)); s.LastTemplate != r.Template.ID || !s.CooldownUntil.Equal(now.Add(time.Hour)) {
		t.Errorf("the sender is %+v", s)
	}
	report := must(w.s.Report(w.ctx, w.org.ID, start, start.Add(time.Hour), time.UTC))
	if report.Replies != 2 || report.Days[0].Replies != 2 {
		t.Errorf("the report has %d, %d replies", report.Replies, report.Days[0].Replies)
	}
}

// No page knows an answer as a campaign.
func TestReplyIsNoCampaign(t *testing.T) {
	w := replyWorld(t, 1)
	r := w.answer(5, start, w.peers...)
	id := w.replies(r)[0].CampaignID
	check := func(state string) {
		t.Helper()
		for name, f := range map[string]domain.CampaignFilter{
			"all": {}, "care": {Care: true}, "running": {Status: domain.CampaignRunning}, "done": {Status: domain.CampaignDone},
			"of the account": {AccountID: w.account.ID}, "of the user": {UserID: w.user.ID}, "by id": {IDs: []int64{id}},
			"searched": {Search: "assalomu"}, "by time": {From: start, To: start.Add(time.Hour)},
		} {
			cs, n, err := w.s.Campaigns(w.ctx, w.scope, f)
			if err != nil || n != 0 || len(cs) != 0 {
				t.Errorf("%s, %s: %d of %d, %v", state, name, len(cs), n, err)
			}
		}
		if o := must(w.s.Overview(w.ctx, w.scope, start)); o.Running+o.Scheduled+o.Care+o.TodayCampaigns+o.Today.Planned != 0 {
			t.Errorf("%s: the overview has %+v", state, o)
		}
		for _, o := range must(w.s.OrganizationsAtWork(w.ctx)) {
			if o.Campaigns != 0 || o.Open != 0 {
				t.Errorf("%s: the service counts %+v", state, o)
			}
		}
		_, err := w.s.Campaign(w.ctx, w.scope, id)
		wantKey(t, err, domain.NotFound, "campaign.missing")
		_, _, err = w.s.Deliveries(w.ctx, w.scope, id, domain.DeliveryFilter{})
		wantKey(t, err, domain.NotFound, "campaign.missing")
		_, err = w.s.PauseCampaign(w.ctx, w.scope, id, domain.CodePerson, start)
		wantKey(t, err, domain.NotFound, "campaign.missing")
	}
	check("open")
	w.exec("UPDATE accounts SET state = 'paused'")
	check("of an account in care")
	w.exec("UPDATE accounts SET state = 'active'")
	w.settle(failed(w.claim(start), domain.ActFailCampaign, "MESSAGE_TOO_LONG", 0, start))
	w.wantReplies(r, domain.DeliveryFailed)
	check("failed")
	if n := w.number("SELECT COUNT(*) FROM notices"); n != 0 {
		t.Error("people are told of an answer that failed")
	}
}

// A cool-down ends with its hour, to the second, and outlives the process.
func TestReplyCooldown(t *testing.T) {
	w := replyWorld(t, 2)
	w.answer(5, start, w.peers[0])
	w.wantSilence(w.reply(5, wide, start.Add(time.Second), w.peers[1]), domain.SilentCooldown)
	w.ok(w.s.Close())
	w.s = openStore(t, w.path)
	w.wantSilence(w.reply(5, wide, start.Add(time.Hour-time.Second), w.peers[1]), domain.SilentCooldown)
	w.answer(6, start.Add(time.Hour-time.Second), w.peers[1])
	w.answer(5, start.Add(time.Hour), w.peers[1])
}

// What was recorded and neither answered nor left says that the program was
// stopped, and is found while an answer is worth something. One that has an answer
// gets no second.
func TestReplyUndecided(t *testing.T) {
	w := replyWorld(t, 1)
	old, left, answered, open := w.reply(5, wide, start, w.peers...), w.reply(6, wide, start.Add(time.Second), w.peers...),
		w.reply(7, wide, start.Add(time.Second), w.peers...), w.reply(8, wide, start.Add(time.Second), w.peers...)
	o := w.second(1)
	o.record(o.dispatcher(1, 0, 5, start.Add(time.Second), "x", filter.ForeignRoute))
	w.ok(w.s.NoteSilence(w.ctx, w.org.ID, left.DetectionID, domain.SilentGroup))
	for range 2 {
		w.wantSilence(answered, "")
	}
	if n := w.number("SELECT COUNT(*) FROM campaigns"); n != 1 {
		t.Errorf("answered %d times", n)
	}
	for r, want := range map[*domain.NewReply]string{
		&old: domain.SilentStopped, &left: domain.SilentGroup, &answered: "", &open: domain.SilentStopped,
	} {
		if got := must(w.s.Detection(w.ctx, w.org.ID, r.DetectionID)).Silence; got != want {
			t.Errorf("detection %d is silent because of %q, want %q", r.DetectionID, got, want)
		}
	}
	want := []domain.Detection{must(w.s.Detection(w.ctx, w.org.ID, open.DetectionID))}
	if got := must(w.s.Undecided(w.ctx, w.org.ID, start)); !reflect.DeepEqual(got, want) {
		t.Errorf("undecided: %+v", got)
	}
}

// Groups on the deny list get no answer.
func TestReplyDenied(t *testing.T) {
	w := replyWorld(t, 2)
	w.deny(w.peers[1])
	r := w.answer(5, start, w.peers[1], w.peers[0])
	w.wantPeers(r, w.peers[0])
	w.deny(w.peers[0])
	w.wantReplies(r, domain.DeliverySkipped)
	w.claimNothing(start)
	w.wantSilence(w.reply(6, wide, start, w.peers[1], w.peers[0]), domain.SilentGroup)
	if s := must(w.s.Sender(w.ctx, w.org.ID, 6)); !s.CooldownUntil.IsZero() {
		t.Error("who got no answer is in cool-down")
	}
}

// What does not belong together is not answered.
func TestReplyOfOthers(t *testing.T) {
	w := replyWorld(t, 1)
	o := w.second(1)
	r := w.reply(5, wide, start, w.peers...)
	another := w.connect("+998909999999", 555)
	of6 := w.reply(6, wide, start, w.peers...)
	for name, spoil := range map[string]func(*domain.NewReply){
		"organization":       func(r *domain.NewReply) { r.OrganizationID = o.org.ID },
		"account":            func(r *domain.NewReply) { r.AccountID = another.ID },
		"organization's too": func(r *domain.NewReply) { r.AccountID = o.account.ID },
		"detection":          func(r *domain.NewReply) { r.DetectionID = of6.DetectionID },
		"sender":             func(r *domain.NewReply) { r.SenderID = 6 },
		"none at all":        func(r *domain.NewReply) { r.DetectionID = 999 },
	} {
		other := r
		spoil(&other)
		_, err := w.s.OrderReply(w.ctx, other)
		if !domain.IsCode(err, domain.NotFound) {
			t.Errorf("another %s: %v", name, err)
		}
	}
	late := r
	late.At = r.Until
	w.wantSilence(late, domain.SilentLate)
	if n := w.number("SELECT COUNT(*) FROM campaigns"); n != 0 {
		t.Errorf("%d campaigns", n)
	}
}

// Answers go with their detections.
func TestPruneReplies(t *testing.T) {
	w := replyWorld(t, 1)
	kept := w.campaign(1, 0)
	w.answer(5, start, w.peers...)
	keep := time.Duration(domain.DefaultWatchSettings().KeepDays) * 24 * time.Hour
	young := w.answer(6, start.Add(time.Hour), w.peers...)
	w.ok(w.s.Prune(w.ctx, start.Add(keep+time.Minute)))
	if n := w.number("SELECT COUNT(*) FROM campaigns WHERE kind = 'reply'"); n != 1 {
		t.Errorf("%d answers are left", n)
	}
	if n := w.number("SELECT COUNT(*) FROM deliveries"); n != 1 {
		t.Errorf("%d deliveries are left", n)
	}
	w.wantReplies(young, domain.DeliveryPlanned)
	w.get(kept.ID)
}

// However many dispatchers there are, a campaign and what is uncertain get their
// turns beside the answers.
func TestRepliesDoNotSilenceTheRest(t *testing.T) {
	w := replyWorld(t, 6)
	c := w.campaign(1, 0)
	w.openDue(start)
	w.settle(failed(w.claim(start), domain.ActRetry, "TIMEOUT", 0, start))
	now := start.Add(time.Minute)
	kinds, uncertain := "", 0
	for i := range 12 {
		w.answer(int64(100+i), now, w.peers[0], w.peers[1])
		a := w.claim(now)
		switch {
		case a.DetectionID != 0:
			kinds += "r"
		case a.Uncertain:
			kinds += "u"
			uncertain++
		default:
			kinds += "c"
		}
		w.settle(sent(a, 50+i, now))
	}
	if got := w.get(c.ID); got.Counts.Sent < 4 || uncertain != 1 || strings.Count(kinds, "r") < 6 {
		t.Errorf("what went out: %s; the campaign: %+v", kinds, got.Counts)
	}
}
