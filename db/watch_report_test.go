package db

import (
	"reflect"
	"testing"
	"time"

	"postix/domain"
	"postix/domain/filter"
)

func TestReport(t *testing.T) {
	w := newWorld(t, 2)
	o := w.second(1)
	zone := time.FixedZone("Tashkent", 5*60*60)
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, zone)
	o.record(o.dispatcher(1, 0, 5, day, "x", filter.BlankLines))
	ds := w.record(
		w.dispatcher(1, 0, 5, day.Add(-time.Millisecond), "x", filter.BlankLines),
		w.dispatcher(2, 0, 5, day, "x", filter.ForeignRoute, filter.EmojiCount),
		w.dispatcher(3, 0, 6, day.Add(24*time.Hour-time.Second), "x", filter.ForeignRoute),
		w.heard(4, 0, 7, day.Add(20*time.Hour), "x"),
		w.dispatcher(5, 1, 6, day.Add(24*time.Hour), "x", filter.EmojiCount),
		w.dispatcher(6, 0, 6, day.Add(25*time.Hour), "x", filter.PhoneSpam, filter.EmojiCount),
		w.dispatcher(7, 1, 8, day.Add(48*time.Hour), "x", filter.BlankLines),
	)
	w.ok(w.s.SetReview(w.ctx, w.org.ID, ds[1].ID, domain.ReviewRight, w.user.ID, start))
	w.ok(w.s.SetReview(w.ctx, w.org.ID, ds[2].ID, domain.ReviewWrong, w.user.ID, start))
	w.ok(w.s.SetReview(w.ctx, w.org.ID, ds[4].ID, domain.ReviewWrong, w.user.ID, start))
	w.ok(w.s.SetReview(w.ctx, w.org.ID, ds[5].ID, domain.ReviewRight, w.user.ID, start))

	r := must(w.s.Report(w.ctx, w.org.ID, day, day.Add(48*time.Hour), zone))
	top := r.Top
	r.Top = nil
	want := domain.Report{
		From: day, To: day.Add(48 * time.Hour), Detections: 4, Senders: 2, Messages: 5,
		Days: []domain.DayCount{
			{Day: day, Detections: 2, Messages: 3},
			{Day: day.Add(24 * time.Hour), Detections: 2, Messages: 2},
		},
		Rules: []domain.RuleCount{
			{Rule: filter.PhoneSpam, Hits: 1, Wrong: 1},
			{Rule: filter.ForeignRoute, Hits: 2, Right: 1, Wrong: 1},
			{Rule: filter.EmojiCount, Hits: 3},
		},
		Groups: []domain.GroupCount{
			{ChatID: int64(w.peers[0].ID), Title: "Guruh 0", Detections: 3},
			{ChatID: int64(w.peers[1].ID), Title: "Guruh 1", Detections: 1},
		},
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("got  %+v\nwant %+v", r, want)
	}
	if len(top) != 2 || top[0].ID != 6 || top[0].Detections != 3 || top[0].MarkedAt.IsZero() || top[1].ID != 5 || top[1].Detections != 1 {
		t.Errorf("the top senders are %+v", top)
	}
	r = must(w.s.Report(w.ctx, w.org.ID, day.Add(time.Hour), day.Add(24*time.Hour+time.Minute), zone))
	part := []domain.DayCount{{Day: day, Detections: 1, Messages: 2}, {Day: day.Add(24 * time.Hour), Detections: 1, Messages: 1}}
	if !reflect.DeepEqual(r.Days, part) || r.Detections != 2 {
		t.Errorf("of two parts of days %+v", r)
	}
}

// Days are as long as the zone makes them: 23 or 25 hours where clocks change,
// and from one o'clock on where they skip midnight.
func TestReportDays(t *testing.T) {
	utc := func(month time.Month, day, hour int) time.Time {
		return time.Date(2026, month, day, hour, 0, 0, 0, time.UTC)
	}
	for name, c := range map[string]struct {
		zone     string
		from, to time.Time
		want     []string
	}{
		"spring":   {"Europe/Berlin", utc(3, 28, 23), utc(3, 31, 21), []string{"28T23:00", "29T22:00", "30T22:00"}},
		"autumn":   {"Europe/Berlin", utc(10, 24, 22), utc(10, 27, 22), []string{"24T22:00", "25T23:00", "26T23:00"}},
		"midnight": {"Asia/Beirut", utc(3, 27, 22), utc(3, 30, 20), []string{"27T22:00", "28T22:00", "29T21:00"}},
		"its west": {"America/Havana", utc(3, 7, 5), utc(3, 10, 3), []string{"07T05:00", "08T05:00", "09T04:00"}},
		"a part":   {"Asia/Tashkent", utc(3, 1, 3), utc(3, 2, 20), []string{"28T19:00", "01T19:00", "02T19:00"}},
		"nothing":  {"Asia/Tashkent", utc(3, 1, 19), utc(3, 1, 19), nil},
	} {
		var got []string
		for _, d := range daysOf(c.from, c.to, must(time.LoadLocation(c.zone))) {
			got = append(got, d.Day.UTC().Format("02T15:04"))
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// A template counts what the report counts: messages that went out, of an answer
// to two groups two, and none that failed.
func TestTemplatesCountWhatReportsCount(t *testing.T) {
	w := replyWorld(t, 4)
	counted := func(want int) {
		t.Helper()
		r := must(w.s.Report(w.ctx, w.org.ID, start, start.Add(time.Hour), time.UTC))
		if sent := must(w.s.Templates(w.ctx, w.org.ID))[0].Sent; sent != want || r.Replies != want || r.Days[0].Replies != want {
			t.Errorf("the template has %d, the report %d, its day %d, want %d", sent, r.Replies, r.Days[0].Replies, want)
		}
	}
	w.answer(5, start, w.peers[2], w.peers[0])
	counted(0)
	w.settle(sent(w.claim(start), 1, start))
	counted(1)
	w.settle(sent(w.claim(start), 2, start))
	counted(2)
	w.answer(6, start, w.peers[1], w.peers[3])
	w.settle(sent(w.claim(start), 3, start))
	a := w.claim(start)
	w.settle(domain.Result{Attempt: a, At: start, Status: domain.DeliveryFailed, Reason: "CHAT_WRITE_FORBIDDEN"})
	counted(3)
}
