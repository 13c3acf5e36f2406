package db

import (
	"slices"
	"testing"
	"time"

	"postix/domain"
)

// Two uncertain deliveries to one chat: a look for the one must know from when
// on a message may be the other's.
func TestClaimNamesTheRival(t *testing.T) {
	w := newWorld(t, 1)
	w.campaign(2, time.Hour)
	w.openDue(start)
	first := w.claim(start)
	w.settle(failed(first, domain.ActRetry, "TIMEOUT", 0, start))

	now := start.Add(time.Hour)
	w.openDue(now)
	again := w.claim(now)
	if again.DeliveryID != first.DeliveryID || !again.Rival.IsZero() {
		t.Fatalf("alone it has the rival %v (%+v)", again.Rival, again)
	}
	w.settle(failed(again, domain.ActRetry, "TIMEOUT", 0, now))
	now = now.Add(10 * time.Minute)
	second := w.claim(now)
	if second.Round != 2 {
		t.Fatalf("claimed %+v, want the second round's", second)
	}
	w.settle(failed(second, domain.ActRetry, "TIMEOUT", 0, now))
	firstAt := map[int]time.Time{1: first.FirstAt, 2: second.FirstAt}
	again = w.claim(now.Add(10 * time.Minute))
	if want := firstAt[3-again.Round]; !again.Rival.Equal(want) {
		t.Errorf("round %d has the rival %v, want %v", again.Round, again.Rival, want)
	}
}

// Chats that do not answer take turns with those that have not been tried.
func TestRetriesTakeTurns(t *testing.T) {
	w := newWorld(t, 9)
	w.campaign(1, 0)
	w.openDue(start)
	now := start
	tried := map[int64]int{}
	var order []bool
	for range 16 {
		now = now.Add(5 * time.Minute)
		a := w.claim(now)
		tried[a.DeliveryID]++
		order = append(order, a.Uncertain)
		w.settle(failed(a, domain.ActRetry, "INTERNAL", 0, now))
	}
	if len(tried) < 8 {
		t.Errorf("16 turns reached %d chats (retries: %v)", len(tried), order)
	}
}

// What is done but for uncertain messages can still be cancelled: then they are
// looked for, and not sent again.
func TestCancelOfWhatIsUncertain(t *testing.T) {
	w := newWorld(t, 1)
	c := w.campaign(1, 0)
	w.openDue(start)
	w.settle(failed(w.claim(start), domain.ActRetry, "TIMEOUT", 0, start))
	if got := w.get(c.ID); got.Status != domain.CampaignDone || !got.Cancellable() {
		t.Fatalf("it is %s", got.Status)
	}
	must(w.s.CancelCampaign(w.ctx, w.scope, c.ID, start))
	w.checkSums()
	a := w.claim(start.Add(time.Minute))
	if !a.Look {
		t.Fatal("it is sent again after the cancel")
	}
	w.settle(domain.Result{Attempt: a, Status: domain.DeliveryWaiting, Absent: true, DueAt: start, At: start.Add(time.Minute)})
	got := w.get(c.ID)
	if got.Counts.Cancelled != 1 || got.Counts.Uncertain != 0 || got.Cancellable() {
		t.Errorf("at the end: %s, %+v", got.Status, got.Counts)
	}
	_, err := w.s.CancelCampaign(w.ctx, w.scope, c.ID, start)
	wantKey(t, err, domain.Conflict, "campaign.ended")
}

// A campaign that is paused while its last message is in flight stays paused when
// that ends uncertain: it is looked for, and goes out again only after the pause.
func TestPausedWithTheLastInFlight(t *testing.T) {
	for _, end := range []string{"sent", "absent", "resumed", "cancelled"} {
		t.Run(end, func(t *testing.T) {
			w := newWorld(t, 1)
			c := w.campaign(1, 0)
			w.openDue(start)
			last := w.claim(start)
			must(w.s.PauseCampaign(w.ctx, w.scope, c.ID, domain.CodePerson, start))
			w.settle(failed(last, domain.ActRetry, "TIMEOUT", 0, start))
			if got := w.get(c.ID); got.Status != domain.CampaignPaused || got.Counts.Uncertain != 1 {
				t.Fatalf("it is %s, %+v", got.Status, got.Counts)
			}
			now := start.Add(2 * time.Hour)
			if end == "resumed" {
				must(w.s.ResumeCampaign(w.ctx, w.scope, c.ID, now))
				if got := w.get(c.ID); got.Status != domain.CampaignDone {
					t.Errorf("resumed it is %s", got.Status)
				}
			}
			if end == "cancelled" {
				must(w.s.CancelCampaign(w.ctx, w.scope, c.ID, now))
			}
			a := w.claim(now)
			if look := end != "resumed"; a.Look != look {
				t.Fatalf("look: %v, want %v", a.Look, look)
			}
			if end == "sent" || end == "resumed" {
				w.settle(domain.SettleFound(a, domain.SentMessage{ID: 7, At: start}, now, 0))
			} else {
				w.settle(domain.Result{Attempt: a, Status: domain.DeliveryWaiting, Absent: true, DueAt: now, At: now})
			}
			w.checkSums()
			got := w.get(c.ID)
			switch end {
			case "sent", "resumed":
				if got.Status != domain.CampaignDone || got.Counts.Sent != 1 {
					t.Errorf("at the end it is %s, %+v", got.Status, got.Counts)
				}
			case "cancelled":
				if got.Status != domain.CampaignCancelled || got.Counts.Cancelled != 1 {
					t.Errorf("at the end it is %s, %+v", got.Status, got.Counts)
				}
			case "absent":
				if got.Status != domain.CampaignPaused || got.Counts.Open() != 1 {
					t.Fatalf("it is %s, %+v", got.Status, got.Counts)
				}
				must(w.s.ResumeCampaign(w.ctx, w.scope, c.ID, now))
				w.settle(domain.SettleSent(w.claim(now.Add(time.Minute)), domain.SentMessage{ID: 8, At: now}, now, 0))
				if got := w.get(c.ID); got.Status != domain.CampaignDone || got.Counts.Sent != 1 {
					t.Errorf("after the pause it is %s, %+v", got.Status, got.Counts)
				}
			}
		})
	}
}

// What a look may not take for its own: the chat's messages of other deliveries,
// whichever campaign or round they are of, since a day before the first attempt.
func TestClaimNamesWhatIsTaken(t *testing.T) {
	w := newWorld(t, 2)
	w.paced(0, 0, 0, 0)
	const first, second, late = 11, 12, 14
	now := start.Add(48 * time.Hour)
	w.campaign(1, 0, w.peers[0])
	w.openDue(start)
	w.settle(sent(w.claim(start), 10, start)) // days before
	order := func(rounds int, peers ...domain.Peer) {
		c := w.campaign(rounds, time.Hour, peers...)
		w.exec("UPDATE campaigns SET next_due_at = ? WHERE id = ?", ms(now), c.ID)
	}
	order(3, w.peers[0])
	for i, id := range []int{first, second} {
		now := now.Add(time.Duration(i) * time.Hour)
		w.openDue(now)
		w.settle(sent(w.claim(now), id, now))
	}
	now = now.Add(2 * time.Hour)
	w.openDue(now)
	w.settle(failed(w.claim(now), domain.ActRetry, "TIMEOUT", 0, now))
	order(1, w.peers...)
	w.openDue(now)
	w.settle(sent(w.claim(now), late, now))
	w.settle(sent(w.claim(now), 99, now)) // in another chat
	again := w.claim(now.Add(time.Minute))
	slices.Sort(again.Taken)
	if !again.Uncertain || !slices.Equal(again.Taken, []int{first, second, late}) {
		t.Errorf("taken are %v (uncertain: %v)", again.Taken, again.Uncertain)
	}
}

// A claim puts off no more than some deliveries before others may write.
func TestClaimPutsOffSomeAtATime(t *testing.T) {
	w := newWorld(t, 1)
	w.paced(0, time.Hour, 0, 0)
	const campaigns = mostPutOff + 5
	for range campaigns {
		w.campaign(1, 0)
	}
	w.openDue(start)
	w.settle(sent(w.claim(start), 1, start))
	now, free := start.Add(time.Second), start.Add(time.Hour)
	if next := w.claimNothing(now); !next.Equal(now) {
		t.Errorf("first it is told to ask again at %v", next)
	}
	if next := w.claimNothing(now); !next.Equal(free) {
		t.Errorf("then it is told to ask again at %v", next)
	}
}
