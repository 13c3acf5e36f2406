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
