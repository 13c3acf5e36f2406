package db

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"postix/domain"
	"postix/domain/filter"
)

// A message is stored once, whoever heard it and however often.
func TestRecordOnce(t *testing.T) {
	w := newWorld(t, 2)
	second := w.connect("+998909999999", 555)
	a := w.dispatcher(7, 0, 5, start, "Тошкент – Москва", filter.ForeignRoute, filter.EmojiCount)
	ds := w.record(a, w.heard(8, 0, 6, start, "salom"), a)
	if len(ds) != 1 || ds[0].SenderID != 5 || ds[0].Rule != filter.ForeignRoute || ds[0].Sender.Detections != 1 {
		t.Fatalf("detections %+v", ds)
	}
	if got := must(w.s.Detection(w.ctx, w.org.ID, ds[0].ID)); !reflect.DeepEqual(got, ds[0]) {
		t.Errorf("answered %+v\nstored %+v", ds[0], got)
	}
	a.AccountID = second.ID
	other := a
	other.ChatID = int64(w.peers[1].ID) // the same number in another group is another message
	if ds := w.record(a, other); len(ds) != 1 || ds[0].ChatID != other.ChatID || ds[0].Sender.Detections != 2 {
		t.Errorf("detections of the second account %+v", ds)
	}
	if n := w.number("SELECT COUNT(*) FROM heard"); n != 3 {
		t.Errorf("%d messages", n)
	}
	if n := w.number("SELECT SUM(messages) FROM heard_counts"); n != 3 {
		t.Errorf("%d counted", n)
	}
	if n := w.number("SELECT COUNT(*) FROM heard_texts"); n != 2 {
		t.Errorf("%d texts", n)
	}
	w.exec("DELETE FROM heard") // as pruned: what comes again is found once
	if ds := w.record(a); len(ds) != 0 || must(w.s.Sender(w.ctx, w.org.ID, 5)).Detections != 2 {
		t.Errorf("found again: %+v", ds)
	}
}

// In a basic group every account has its own numbers for the same messages.
func TestRecordBasicGroup(t *testing.T) {
	w := newWorld(t, 1)
	w.peers[0].ID = -77
	same := w.heard(31, 0, 5, start, "a")
	w.record(w.heard(30, 0, 5, start, "a"), same, w.heard(30, 0, 5, start, "b"), w.heard(30, 0, 6, start, "a"), w.heard(30, 0, 5, start.Add(time.Second), "a"))
	if n := w.number("SELECT COUNT(*) FROM heard"); n != 4 {
		t.Errorf("%d messages, want 4", n)
	}
}

// A sender has his latest name, and is marked and told of once.
func TestSenders(t *testing.T) {
	w := newWorld(t, 1)
	old := w.heard(1, 0, 5, start.Add(-time.Hour), "a")
	old.FirstName = "Eski"
	nameless := w.heard(3, 0, 5, start.Add(time.Hour), "c")
	nameless.Username, nameless.FirstName, nameless.LastName = "", "", ""
	w.record(w.heard(2, 0, 5, start, "b"), old, nameless)
	want := domain.Sender{
		ID: 5, Username: "Yuk_5", FirstName: "Sardor", LastName: "Oʻktamov 5", FirstAt: start.Add(-time.Hour), LastAt: start.Add(time.Hour),
	}
	if got := must(w.s.Sender(w.ctx, w.org.ID, 5)); got != want {
		t.Errorf("the sender is %+v", got)
	}
	spam := w.dispatcher(4, 0, 5, start, "d", filter.PhoneSpam, filter.EmojiCount)
	allowed := w.dispatcher(5, 0, 6, start, "d", filter.PhoneSpam)
	allowed.Verdict.Dispatcher, allowed.Verdict.Allowed = false, true
	ds := w.record(spam, allowed, w.dispatcher(6, 0, 7, start, "e", filter.ForeignRoute))
	if len(ds) != 2 || !ds[0].Sender.MarkedAt.Equal(start) || !ds[1].Sender.MarkedAt.IsZero() {
		t.Errorf("detections %+v", ds)
	}
	w.record(w.dispatcher(9, 0, 5, start.Add(time.Hour-time.Second), "d", filter.PhoneSpam))
	ns, total, err := w.s.Notices(w.ctx, w.scope, 0, 0)
	w.ok(err)
	if total != 1 || ns[0].Kind != domain.NoticeMarked || ns[0].Reason != "Sardor Oʻktamov 5" || ns[0].SenderID != 5 || !ns[0].At.Equal(start) {
		t.Errorf("notices %+v", ns)
	}
	if got := must(w.s.Sender(w.ctx, w.org.ID, 5)); !got.MarkedAt.Equal(start) || got.Detections != 2 {
		t.Errorf("marked at %v with %d detections", got.MarkedAt, got.Detections)
	}
}

// Heard streams a day, oldest first, over the borders of its pages.
func TestHeard(t *testing.T) {
	w := newWorld(t, 3)
	var js []domain.Judged
	for i := range 2*heardPage + 5 {
		js = append(js, w.heard(int64(i+1), i%3, 5, start.Add(-time.Duration(i/10)*time.Second), fmt.Sprint("matn ", i%7)))
	}
	w.record(js...)
	w.record(w.heard(9001, 0, 5, start.Add(-keepHeard), "eski"), w.heard(9002, 0, 5, start.Add(time.Second), "keyin"))
	seen, last := map[int64]bool{}, time.Time{}
	w.ok(w.s.Heard(w.ctx, w.org.ID, start, func(m filter.Message) error {
		if m.ID > 9000 || seen[m.ID] || m.At.Before(last) || m != js[m.ID-1].GroupMessage {
			t.Errorf("heard %+v after %v", m, last)
		}
		seen[m.ID], last = true, m.At
		return nil
	}))
	if len(seen) != len(js) {
		t.Errorf("%d of %d messages", len(seen), len(js))
	}
	stop := errors.New("enough")
	if err := w.s.Heard(w.ctx, w.org.ID, start, func(filter.Message) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("stopped with %v", err)
	}
}

// Seen names the groups that the account may write to, the largest first.
func TestSeen(t *testing.T) {
	w := newWorld(t, 8)
	for i := range w.peers {
		w.record(w.heard(int64(i+1), i, 5, start, "a"), w.heard(int64(i+1), i, 5, start.Add(-time.Hour), "a"))
	}
	w.record(w.heard(50, 0, 6, start.Add(-keepHeard), "a"))
	w.exec("UPDATE dialogs SET can_write = 0 WHERE peer_id = ?", w.peers[1].ID)
	w.exec("UPDATE dialogs SET migrated_to = -5 WHERE peer_id = ?", w.peers[2].ID)
	w.exec("UPDATE dialogs SET fails = ? WHERE peer_id = ?", domain.SkipAfter, w.peers[3].ID)
	w.exec("DELETE FROM dialogs WHERE peer_id = ?", w.peers[4].ID)
	w.ok(w.s.DenyPeer(w.ctx, domain.DeniedPeer{Peer: w.peers[5], OrganizationID: w.org.ID, At: start}))
	worthless := start.Add(domain.ReplyWithin)
	w.exec("UPDATE dialogs SET wait_until = ? WHERE peer_id = ?", ms(worthless.Add(-time.Millisecond)), w.peers[6].ID)
	w.exec("UPDATE dialogs SET wait_until = ? WHERE peer_id = ?", ms(worthless), w.peers[7].ID)
	if got := must(w.s.Seen(w.ctx, w.org.ID, w.account.ID, 5, start)); !reflect.DeepEqual(got, []domain.Peer{w.peers[6], w.peers[0]}) {
		t.Errorf("seen in %+v", got)
	}
	if got := must(w.s.Seen(w.ctx, w.org.ID, w.account.ID, 6, start)); len(got) != 0 {
		t.Errorf("seen a day ago in %+v", got)
	}
}

func TestRuleBits(t *testing.T) {
	seen := map[int64]bool{0: true}
	for _, r := range filter.Rules() {
		if r == filter.PhoneRequired { // never hits
			continue
		}
		if b := ruleBit(r); seen[b] {
			t.Errorf("%s has no bit of its own", r)
		} else {
			seen[b] = true
		}
	}
}
