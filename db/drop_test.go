package db

import (
	"testing"
	"time"

	"postix/domain"
)

// What is not tried in time is missed when its turn comes, and is not sent.
func TestReplyExpiresAtItsTurn(t *testing.T) {
	w := replyWorld(t, 2)
	r := w.answer(5, start, w.peers...)
	last := r.Until.Add(-time.Millisecond)
	w.settle(sent(w.claim(last), 1, last))
	w.claimNothing(r.Until)
	w.wantReplies(r, domain.DeliverySent, domain.DeliveryMissed)
}

// And without a turn: of an account that cannot send, or has to wait.
func TestReplyExpiresWithoutATurn(t *testing.T) {
	w := replyWorld(t, 2)
	r := w.answer(5, start, w.peers...)
	w.settle(failed(w.claim(start), domain.ActWaitAccount, "FLOOD_WAIT_600", 10*time.Minute, start))
	w.wantReplies(r, domain.DeliveryWaiting, domain.DeliveryPlanned)
	w.claimNothing(r.Until)
	if orgs := must(w.s.Expire(w.ctx, r.Until.Add(-time.Millisecond))); len(orgs) != 0 {
		t.Error("given up before its time")
	}
	w.wantReplies(r, domain.DeliveryWaiting, domain.DeliveryPlanned)
	if orgs := must(w.s.Expire(w.ctx, r.Until)); len(orgs) != 1 || orgs[0] != w.org.ID {
		t.Errorf("organizations %v", orgs)
	}
	w.wantReplies(r, domain.DeliveryMissed, domain.DeliveryMissed)
	if got := w.replies(r)[0].Reason; got != "FLOOD_WAIT_600" {
		t.Errorf("it was missed because of %q", got)
	}
	w.claimNothing(start.Add(time.Hour))
}

// An uncertain answer is sent again under its id while it is worth something,
// and then only looked for; what is proved not to have arrived is missed.
func TestUncertainReply(t *testing.T) {
	w := replyWorld(t, 1)
	r := w.answer(5, start, w.peers...)
	first := w.claim(start)
	w.settle(failed(first, domain.ActRetry, "TIMEOUT", 0, start))
	again := w.claim(r.Until.Add(-time.Second))
	if again.Look || again.RandomID != first.RandomID {
		t.Fatalf("in time: %+v", again)
	}
	w.settle(failed(again, domain.ActRetry, "TIMEOUT", 0, r.Until.Add(-time.Second)))
	now := r.Until.Add(time.Hour)
	look := w.claim(now)
	if !look.Look {
		t.Fatal("it is sent again after its time")
	}
	w.settle(domain.Result{Attempt: look, Status: domain.DeliveryWaiting, Absent: true, DueAt: now, At: now})
	w.claimNothing(now)
	w.wantReplies(r, domain.DeliveryMissed)
}

// Two answers that are both only looked for do not wait for each other.
func TestExpiredReplyIsNoRival(t *testing.T) {
	w := replyWorld(t, 1)
	for sender := range int64(2) {
		w.answer(5+sender, start, w.peers...)
		w.settle(failed(w.claim(start), domain.ActRetry, "TIMEOUT", 0, start))
	}
	if a := w.claim(start.Add(time.Minute)); a.Rival.IsZero() {
		t.Error("one that is sent again is no rival")
	} else {
		w.settle(failed(a, domain.ActRetry, "TIMEOUT", 0, start.Add(time.Minute)))
	}
	if a := w.claim(start.Add(time.Hour)); !a.Rival.IsZero() {
		t.Errorf("the rival is %v", a.Rival)
	}
}

// The chat's gap holds for answers too, also from other campaigns; when it ends
// the answer is first again, however much has waited longer.
func TestReplyKeepsTheChatGap(t *testing.T) {
	w := replyWorld(t, 5)
	w.paced(0, time.Minute, 0, 0)
	w.campaign(1, 0)
	w.openDue(start)
	w.settle(sent(w.claim(start), 1, start))
	now := start.Add(time.Second)
	r := w.answer(5, now, w.peers[0])
	if a := w.claim(now); a.DetectionID != 0 {
		t.Fatal("the gap of the chat does not hold")
	} else {
		w.settle(sent(a, 2, now))
	}
	free := start.Add(time.Minute)
	a := w.claim(free)
	if a.DetectionID != r.DetectionID {
		t.Fatal("what has waited longer goes first")
	}
	w.settle(sent(a, 3, free))
	w.wantReplies(r, domain.DeliverySent)
}

// One account has one wait, whoever was told to.
func TestReplyAndCampaignShareTheWait(t *testing.T) {
	w := replyWorld(t, 2)
	c := w.campaign(1, 0)
	w.openDue(start)
	r := w.answer(5, start, w.peers[1])
	a := w.claim(start)
	w.settle(failed(a, domain.ActWaitAccount, "FLOOD_WAIT_30", 30*time.Second, start))
	until := start.Add(31 * time.Second)
	if next := w.claimNothing(until.Add(-time.Millisecond)); !next.Equal(until) {
		t.Errorf("the campaign may go on at %v", next)
	}
	if b := w.claim(until); b.DeliveryID != a.DeliveryID || b.Number != 1 {
		t.Errorf("first after the wait: %+v", b)
	} else {
		w.settle(sent(b, 1, until))
	}
	b := w.claim(until)
	if b.CampaignID != c.ID {
		t.Fatalf("then: %+v", b)
	}
	w.settle(failed(b, domain.ActWaitAccount, "FLOOD_WAIT_10", 10*time.Second, until))
	w.answer(6, until, w.peers[1])
	if next := w.claimNothing(until.Add(11*time.Second - time.Millisecond)); !next.Equal(until.Add(11 * time.Second)) {
		t.Errorf("an answer may go out at %v", next)
	}
	w.wantReplies(r, domain.DeliverySent)
}

// That the message is gone says nothing about its chat.
func TestReplyToWhatIsGone(t *testing.T) {
	w := replyWorld(t, 1)
	r := w.answer(5, start, w.peers...)
	w.settle(failed(w.claim(start), domain.ActFailPeer, domain.CodeReplyGone, 0, start))
	w.wantReplies(r, domain.DeliveryFailed)
	if n := w.number("SELECT SUM(fails) FROM dialogs"); n != 0 {
		t.Error("it counts as a refusal of the chat")
	}
}

// An uncertain delivery to somebody who came onto the deny list is looked for,
// and not sent again.
func TestUncertainToDenied(t *testing.T) {
	w := denyWorld(t)
	w.campaign(2, time.Hour, customer)
	w.openDue(start)
	w.settle(failed(w.claim(start), domain.ActRetry, "TIMEOUT", 0, start))
	now := start.Add(time.Hour)
	w.openDue(now)
	w.settle(failed(w.claim(now), domain.ActRetry, "TIMEOUT", 0, now))
	now = now.Add(10 * time.Minute)
	a := w.claim(now)
	if a.Look {
		t.Fatal("it is only looked for before anybody is denied")
	}
	w.settle(failed(a, domain.ActRetry, "TIMEOUT", 0, now))
	w.deny(customer)
	now = now.Add(time.Hour)
	a = w.claim(now)
	if !a.Look || !a.Rival.IsZero() {
		t.Fatalf("denied, it is claimed as %+v", a)
	}
	w.settle(domain.Result{Attempt: a, Status: domain.DeliveryWaiting, Absent: true, DueAt: now, At: now})
	w.skipped(a.CampaignID, a.Round, customer)
}

// What is open of a campaign that was cancelled or paused never starts, however
// it came to be open; where the counters know of it, it is counted.
func TestNothingStartsOfACancelledCampaign(t *testing.T) {
	for name, counted := range map[string]bool{"counted as open": true, "not counted": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 3)
			c := w.campaign(1, 0)
			w.openDue(start)
			must(w.s.CancelCampaign(w.ctx, w.scope, c.ID, start))
			w.exec("UPDATE deliveries SET status = 'planned' WHERE peer_id = ?", int64(w.peers[1].ID))
			if counted {
				w.exec("UPDATE campaigns SET cancelled = cancelled - 1")
				w.exec("UPDATE rounds SET cancelled = cancelled - 1")
			}
			w.claimNothing(start)
			w.checkSums()
			if d := w.of(c.ID, 1, w.peers[1]); d.Status != domain.DeliveryCancelled {
				t.Errorf("it is %s", d.Status)
			}
			beside := w.campaign(1, 0)
			w.openDue(start)
			if a := w.claim(start); a.CampaignID != beside.ID {
				t.Errorf("claimed %+v", a)
			}
		})
	}
}

func TestNothingStartsOfAPausedCampaign(t *testing.T) {
	w := newWorld(t, 2)
	c := w.campaign(1, 0)
	w.openDue(start)
	must(w.s.PauseCampaign(w.ctx, w.scope, c.ID, domain.CodePerson, start))
	w.exec("UPDATE deliveries SET held = 0")
	w.claimNothing(start)
	w.checkSums()
	if n := w.number("SELECT COUNT(*) FROM deliveries WHERE held = 1"); n != 2 {
		t.Errorf("%d are held", n)
	}
	must(w.s.ResumeCampaign(w.ctx, w.scope, c.ID, start))
	if n, _ := w.sendAll(start); n != 2 {
		t.Errorf("%d were sent afterwards", n)
	}
}
