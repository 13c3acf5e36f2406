package db

import (
	"fmt"
	"testing"
	"time"

	"postix/domain"
	"postix/domain/filter"
)

// What the filter heard and found goes when its time is over, in slices, and
// takes nothing along that is still needed.
func TestPruneWatch(t *testing.T) {
	w := newWorld(t, 1)
	day := 24 * time.Hour
	set := domain.DefaultWatchSettings()
	set.KeepDays = 40
	w.ok(w.s.SetWatchSettings(w.ctx, w.org.ID, set))
	var js []domain.Judged
	for i := range pruneSlice + 10 {
		js = append(js, w.heard(int64(1000+i), 0, int64(1000+i), start, fmt.Sprint("eski ", i)))
	}
	w.record(js...)
	w.record(
		w.dispatcher(1, 0, 5, start, "x", filter.ForeignRoute),
		w.dispatcher(2, 0, 5, start.Add(20*day), "x", filter.ForeignRoute),
		w.dispatcher(3, 0, 6, start, "y", filter.PhoneSpam),
		w.dispatcher(4, 0, 7, start, "z", filter.ForeignRoute),
		w.heard(5, 0, 8, start.Add(20*day), "x"),
	)
	o := w.second(1)
	o.record(o.dispatcher(1, 0, 5, start, "x", filter.ForeignRoute))
	state := func() string {
		return fmt.Sprintf("heard %d, detections %d, texts %d, senders %d, counts %d",
			w.number("SELECT COUNT(*) FROM heard WHERE organization_id = ?", w.org.ID),
			w.number("SELECT COUNT(*) FROM detections WHERE organization_id = ?", w.org.ID),
			w.number("SELECT COUNT(*) FROM heard_texts WHERE organization_id = ?", w.org.ID),
			w.number("SELECT COUNT(*) FROM senders WHERE organization_id = ?", w.org.ID),
			w.number("SELECT COUNT(*) FROM heard_counts WHERE organization_id = ?", w.org.ID))
	}
	all := pruneSlice + 10
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{start.Add(day - time.Hour), fmt.Sprintf("heard %d, detections 4, texts %d, senders %d, counts 2", all+5, all+3, all+4)},
		{start.Add(20*day + 2*time.Hour), fmt.Sprintf("heard 2, detections 4, texts 3, senders %d, counts 2", all+4)},
		{start.Add(31 * day), "heard 0, detections 4, texts 3, senders 4, counts 2"},
		{start.Add(41 * day), "heard 0, detections 1, texts 1, senders 3, counts 1"}, // one is marked, and one was heard lately
		{start.Add(61 * day), "heard 0, detections 0, texts 0, senders 1, counts 0"},
	} {
		w.ok(w.s.Prune(w.ctx, c.at))
		if got := state(); got != c.want {
			t.Errorf("at %v: %s\nwant %s", c.at.Sub(start), got, c.want)
		}
	}
	if s := must(w.s.Sender(w.ctx, w.org.ID, 6)); s.Detections != 0 || s.MarkedAt.IsZero() {
		t.Errorf("the marked one is %+v", s)
	}
	if _, n, err := w.s.Detections(w.ctx, o.org.ID, domain.DetectionFilter{}); n != 1 || err != nil {
		t.Errorf("another organization, which keeps longer, has %d (%v)", n, err)
	}
}

// Groups that nothing was heard in lately go, but for those of detections.
func TestPruneHeardChats(t *testing.T) {
	w := newWorld(t, 3)
	o := w.second(1)
	day := 24 * time.Hour
	w.record(w.heard(1, 0, 5, start, "a"), w.heard(1, 1, 5, start.Add(2*day), "a"), w.dispatcher(1, 2, 6, start, "b", filter.ForeignRoute))
	o.record(o.heard(1, 0, 5, start.Add(2*day), "a")) // the same group, of another organization
	w.ok(w.s.Prune(w.ctx, start.Add(2*day+time.Hour)))
	left := func(org int64, group int) int64 {
		return w.number("SELECT COUNT(*) FROM heard_chats WHERE organization_id = ? AND chat_id = ?", org, int64(w.peers[group].ID))
	}
	if a, b, c, d := left(w.org.ID, 0), left(w.org.ID, 1), left(w.org.ID, 2), left(o.org.ID, 0); a != 0 || b+c+d != 3 {
		t.Errorf("of the quiet group %d are left; of the others %d, %d, %d", a, b, c, d)
	}
	w.ok(w.s.Prune(w.ctx, start.Add(time.Duration(domain.DefaultWatchSettings().KeepDays+3)*day)))
	if n := w.number("SELECT COUNT(*) FROM heard_chats"); n != 0 {
		t.Errorf("%d are left at the end", n)
	}
}

// Old positions go with their groups, and with listening.
func TestPrunePositions(t *testing.T) {
	w := newWorld(t, 4)
	o := w.second(1)
	w.listen()
	o.listen()
	left := w.peers[1]
	ps := []domain.Position{{Pts: 9}}
	for _, p := range w.peers {
		ps = append(ps, domain.Position{PeerID: p.ID, Pts: 5})
	}
	w.ok(w.s.SavePositions(w.ctx, w.account.ID, ps))
	w.ok(w.s.SavePositions(w.ctx, o.account.ID, ps[:2]))
	w.exec("DELETE FROM dialogs WHERE account_id = ? AND peer_id = ?", w.account.ID, int64(left.ID))
	w.exec("UPDATE dialogs SET deny_reason = 'not_member', can_write = 0 WHERE account_id = ? AND peer_id = ?", w.account.ID, int64(w.peers[2].ID))
	w.exec("UPDATE dialogs SET deny_reason = 'chat_write_forbidden', can_write = 0 WHERE account_id = ? AND peer_id = ?", w.account.ID, int64(w.peers[3].ID))
	count := func() [2]int {
		return [2]int{len(must(w.s.Positions(w.ctx, w.account.ID))), len(must(w.s.Positions(w.ctx, o.account.ID)))}
	}
	check := func(when string, after time.Duration, want [2]int) {
		t.Helper()
		w.ok(w.s.Prune(w.ctx, start.Add(after)))
		if got := count(); got != want {
			t.Errorf("%s: %v positions, want %v", when, got, want)
		}
	}
	check("within their time", keepPositions, [2]int{5, 2})
	check("of groups that were left", keepPositions+time.Millisecond, [2]int{3, 2})
	w.ok(w.s.SetListening(w.ctx, w.org.ID, w.account.ID, false))
	check("of who does not listen", keepPositions, [2]int{3, 2})
	check("of who has not listened for long", keepPositions+time.Millisecond, [2]int{0, 2})
	must(w.s.SetAccountState(w.ctx, o.org.ID, o.account.ID, domain.AccountNeedsLogin, "", start))
	check("without a session", 10*keepPositions, [2]int{0, 2})
	must(w.s.SetAccountState(w.ctx, o.org.ID, o.account.ID, domain.AccountDisconnected, "", start))
	check("disconnected", 10*keepPositions, [2]int{0, 0})
}

// Beyond the most that are kept, the oldest go, however new they are.
func TestMostHeard(t *testing.T) {
	w := newWorld(t, 1)
	w.record(w.heard(1, 0, 5, start, "a"))
	w.exec(`WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO heard (organization_id, chat_id, message_key, message_id, sender_id, at, text_id)
		SELECT organization_id, chat_id, n.i, n.i, sender_id, at + n.i / 7, text_id FROM heard, n`, domain.MostHeard+3)
	w.ok(w.s.Prune(w.ctx, start.Add(time.Hour)))
	if n, first := w.number("SELECT COUNT(*) FROM heard"), w.number("SELECT MIN(message_id) FROM heard"); n != domain.MostHeard || first != 4 {
		t.Errorf("%d messages from %d on", n, first)
	}
}
