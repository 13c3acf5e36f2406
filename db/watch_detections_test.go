package db

import (
	"slices"
	"strings"
	"testing"
	"time"

	"postix/domain"
	"postix/domain/filter"
)

// ids are the messages of the detections that a filter finds.
func (w *world) found(f domain.DetectionFilter) []int64 {
	w.t.Helper()
	ds, total, err := w.s.Detections(w.ctx, w.org.ID, f)
	w.ok(err)
	if f.Limit == 0 && total != len(ds) {
		w.t.Errorf("%d detections, but the total says %d (%+v)", len(ds), total, f)
	}
	ids := []int64{}
	for _, d := range ds {
		ids = append(ids, d.Message.ID)
	}
	return ids
}

func TestDetections(t *testing.T) {
	w := newWorld(t, 2)
	o := w.second(2)
	minute := func(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }
	o.record(o.dispatcher(99, 0, 5, start, "Тошкент – МОСКВА", filter.PhoneSpam))
	ds := w.record(
		w.dispatcher(1, 0, 5, minute(1), "Тошкент – МОСКВА 100 % груз", filter.ForeignRoute, filter.EmojiCount),
		w.dispatcher(2, 1, 5, minute(2), "Yuk bor gʻisht", filter.EmojiCount),
		w.dispatcher(3, 0, 6, minute(3), "Тошкент – Москва", filter.PhoneSpam, filter.EmojiCount),
		w.dispatcher(4, 1, 7, minute(3), "boshqa yuk", filter.MessageKeyword),
	)
	w.record(w.heard(5, 0, 5, minute(4), "Москва"))
	w.ok(w.s.SetReview(w.ctx, w.org.ID, ds[0].ID, domain.ReviewRight, w.user.ID, minute(9)))
	w.ok(w.s.SetReview(w.ctx, w.org.ID, ds[1].ID, domain.ReviewWrong, w.user.ID, minute(9)))
	group := int64(w.peers[0].ID)
	for name, c := range map[string]struct {
		f    domain.DetectionFilter
		want []int64
	}{
		"all":              {domain.DetectionFilter{}, []int64{4, 3, 2, 1}},
		"a page":           {domain.DetectionFilter{Offset: 1, Limit: 2}, []int64{3, 2}},
		"time":             {domain.DetectionFilter{From: minute(2), To: minute(3)}, []int64{2}},
		"a rule":           {domain.DetectionFilter{Rule: filter.EmojiCount}, []int64{3, 2, 1}},
		"the last rule":    {domain.DetectionFilter{Rule: filter.MessageKeyword}, []int64{4}},
		"a rule never hit": {domain.DetectionFilter{Rule: filter.BlankLines}, []int64{}},
		"no rule":          {domain.DetectionFilter{Rule: filter.PhoneRequired}, []int64{}},
		"severity":         {domain.DetectionFilter{Severity: filter.High}, []int64{3, 1}},
		"a group":          {domain.DetectionFilter{ChatID: group}, []int64{3, 1}},
		"a sender":         {domain.DetectionFilter{SenderID: 5}, []int64{2, 1}},
		"right":            {domain.DetectionFilter{Review: domain.ReviewRight}, []int64{1}},
		"open":             {domain.DetectionFilter{Open: true}, []int64{4, 3}},
		"newest":           {domain.DetectionFilter{Newest: true}, []int64{4, 3, 2}},
		"a page of newest": {domain.DetectionFilter{Newest: true, Offset: 1, Limit: 1}, []int64{3}},
		"newest of some":   {domain.DetectionFilter{Newest: true, ChatID: group}, []int64{3, 1}},
		"marked":           {domain.DetectionFilter{Marked: true}, []int64{3}},
		"a word":           {domain.DetectionFilter{Search: " москва "}, []int64{3, 1}},
		"a wildcard":       {domain.DetectionFilter{Search: "0 %"}, []int64{1}},
		"an apostrophe":    {domain.DetectionFilter{Search: "G'ISHT"}, []int64{2}},
		"a name":           {domain.DetectionFilter{Search: "o‘ktamov 6"}, []int64{3}},
		"a username":       {domain.DetectionFilter{Search: "@yuk_7"}, []int64{4}},
		"several":          {domain.DetectionFilter{Search: "москва", ChatID: group, Open: true, Rule: filter.EmojiCount, From: minute(1)}, []int64{3}},
	} {
		if got := w.found(c.f); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// A text that was first heard of nobody in particular is found once a
// dispatcher has it, however long ago it was heard.
func TestDetectionsSearchLaterTexts(t *testing.T) {
	w := newWorld(t, 1)
	w.record(w.heard(1, 0, 5, start, "Chelyabinsk"))
	w.record(w.dispatcher(2, 0, 5, start.Add(time.Minute), "Chelyabinsk", filter.ForeignRoute))
	if got := w.found(domain.DetectionFilter{Search: "chelyab"}); len(got) != 1 {
		t.Errorf("at first: %v", got)
	}
	for _, after := range []time.Duration{30 * time.Minute, 50 * time.Minute, 3 * time.Hour} {
		w.record(w.dispatcher(int64(after), 0, 5, start.Add(after), "Chelyabinsk", filter.ForeignRoute))
	}
	for after, want := range map[time.Duration]int{0: 4, 40 * time.Minute: 2, 2 * time.Hour: 1} {
		if got := w.found(domain.DetectionFilter{Search: "chelyab", From: start.Add(after)}); len(got) != want {
			t.Errorf("from %v on: %v", after, got)
		}
	}
}

func TestReview(t *testing.T) {
	w := newWorld(t, 1)
	id := w.record(w.dispatcher(1, 0, 5, start, "x", filter.ForeignRoute))[0].ID
	w.ok(w.s.SetReview(w.ctx, w.org.ID, id, domain.ReviewWrong, w.user.ID, start))
	w.ok(w.s.NoteSilence(w.ctx, w.org.ID, id, "cooldown"))
	d := must(w.s.Detection(w.ctx, w.org.ID, id))
	if d.Review != domain.ReviewWrong || d.ReviewedBy != "Sadaf" || !d.ReviewedAt.Equal(start) || d.Silence != "cooldown" {
		t.Errorf("reviewed: %+v", d)
	}
	w.ok(w.s.SetReview(w.ctx, w.org.ID, id, domain.ReviewNone, w.user.ID, start))
	if d = must(w.s.Detection(w.ctx, w.org.ID, id)); d.Review != "" || d.ReviewedBy != "" || !d.ReviewedAt.IsZero() {
		t.Errorf("taken back: %+v", d)
	}
}

// What nobody has reviewed of a sender is reviewed at once; the rest stays.
func TestReviewsOfASender(t *testing.T) {
	w := newWorld(t, 1)
	o := w.second(1)
	o.record(o.dispatcher(1, 0, 5, start, "x", filter.ForeignRoute))
	ds := w.record(
		w.dispatcher(1, 0, 5, start, "x", filter.ForeignRoute), w.dispatcher(2, 0, 5, start, "y", filter.ForeignRoute),
		w.dispatcher(3, 0, 5, start, "z", filter.ForeignRoute), w.dispatcher(4, 0, 6, start, "x", filter.ForeignRoute),
	)
	w.ok(w.s.SetReview(w.ctx, w.org.ID, ds[1].ID, domain.ReviewWrong, w.user.ID, start))
	if n := must(w.s.SetReviews(w.ctx, w.org.ID, 5, domain.ReviewRight, w.user.ID, start)); n != 2 {
		t.Errorf("%d were reviewed", n)
	}
	for i, want := range []domain.Review{domain.ReviewRight, domain.ReviewWrong, domain.ReviewRight, domain.ReviewNone} {
		if d := must(w.s.Detection(w.ctx, w.org.ID, ds[i].ID)); d.Review != want || (d.ReviewedBy == "Sadaf") != (want != "") {
			t.Errorf("%d: %q by %q, want %q", i, d.Review, d.ReviewedBy, want)
		}
	}
	if got := o.found(domain.DetectionFilter{Open: true}); len(got) != 1 {
		t.Errorf("open in another organization: %v", got)
	}
	_, err := w.s.SetReviews(w.ctx, w.org.ID, 5, domain.ReviewRight, o.user.ID, start)
	wantKey(t, err, domain.NotFound, "watch.missing")
}

// A detection keeps the end of the cool-down that it was not answered for: the
// sender's own goes on.
func TestSilenceKeepsTheCooldown(t *testing.T) {
	w := newWorld(t, 1)
	ds := w.record(w.dispatcher(1, 0, 5, start, "x", filter.ForeignRoute), w.dispatcher(2, 0, 5, start, "y", filter.ForeignRoute))
	cool := func(until time.Time) {
		t.Helper()
		w.exec("UPDATE senders SET cooldown_until = ? WHERE sender_id = 5", ms(until))
	}
	cool(start.Add(time.Hour))
	w.ok(w.s.NoteSilence(w.ctx, w.org.ID, ds[0].ID, domain.SilentCooldown))
	w.ok(w.s.NoteSilence(w.ctx, w.org.ID, ds[1].ID, domain.SilentDay))
	cool(start.Add(3 * time.Hour))
	if d := must(w.s.Detection(w.ctx, w.org.ID, ds[0].ID)); !d.Until.Equal(start.Add(time.Hour)) {
		t.Errorf("until %v", d.Until)
	}
	if d := must(w.s.Detection(w.ctx, w.org.ID, ds[1].ID)); !d.Until.IsZero() {
		t.Errorf("another reason lasts until %v", d.Until)
	}
}

// What runs for every message, and what counts among a million, is read off an
// index.
func TestWatchPlans(t *testing.T) {
	w := newWorld(t, 0)
	list := func(f domain.DetectionFilter) string {
		from, args := detectionTables(1, f)
		text := "SELECT d.id" + from + detectionOrder
		for _, a := range append(args, 1, 1) {
			literal := "1"
			if _, ok := a.(string); ok {
				literal = "'x'"
			}
			text = strings.Replace(text, "?", literal, 1)
		}
		return text
	}
	const page = "USING COVERING INDEX detections_page (organization_id=?"
	for name, c := range map[string]struct{ text, index string }{
		"all":      {list(domain.DetectionFilter{}), page},
		"time":     {list(domain.DetectionFilter{From: start, To: start, Open: true}), page + " AND at>? AND at<?)"},
		"marked":   {list(domain.DetectionFilter{Marked: true}), page},
		"search":   {list(domain.DetectionFilter{Search: "x"}), "heard_texts_detected (organization_id=? AND detected_at>?)"},
		"sender":   {list(domain.DetectionFilter{SenderID: 1}), "USING COVERING INDEX detections_sender (organization_id=? AND sender_id=?"},
		"group":    {list(domain.DetectionFilter{ChatID: 1}), "USING COVERING INDEX detections_chat (organization_id=? AND chat_id=?"},
		"text":     {query(t, "watch_heard.sql", "HeardText"), "sqlite_autoindex_heard_texts_1 (organization_id=? AND hash=?)"},
		"heard":    {query(t, "watch_heard.sql", "HeardPage"), "INDEX heard_at (organization_id=? AND at>? AND at<?)"},
		"oldest":   {query(t, "watch_heard.sql", "NthNewestHeard"), "COVERING INDEX heard_at (organization_id=? AND at>? AND at<?)"},
		"prune":    {query(t, "watch_heard.sql", "PruneHeard"), "COVERING INDEX heard_at (organization_id=? AND at<?)"},
		"texts":    {query(t, "watch_heard.sql", "PruneHeardTexts"), "COVERING INDEX heard_texts_heard (organization_id=? AND heard_at<?)"},
		"senders":  {query(t, "watch_heard.sql", "PruneSenders"), "COVERING INDEX senders_idle (organization_id=? AND last_at<?)"},
		"old":      {query(t, "watch_heard.sql", "OldDetections"), page + " AND at<?)"},
		"a day":    {query(t, "watch_detections.sql", "CountDetections"), page + " AND at>? AND at<?)"},
		"rules":    {query(t, "watch_detections.sql", "DetectionRules"), "COVERING INDEX detections_rules (organization_id=?)"},
		"distinct": {query(t, "watch_detections.sql", "CountDetectedSenders"), "COVERING INDEX detections_sender (organization_id=?)"},
	} {
		plan := w.plan(c.text)
		if !strings.Contains(plan, c.index) || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s: want %s in\n%s", name, c.index, plan)
		}
	}
	seen := w.plan(query(t, "watch_heard.sql", "Seen"))
	if !strings.Contains(seen, "COVERING INDEX heard_sender (organization_id=? AND sender_id=? AND at>?)") {
		t.Errorf("seen: %s", seen) // the few groups are sorted
	}
	rows := strings.Replace(query(t, "watch_detections.sql", "DetectionsByID"), "sqlc.slice('ids')", "1, 2", 1)
	if plan := w.plan(rows); !strings.Contains(plan, "SEARCH d USING INTEGER PRIMARY KEY") {
		t.Errorf("the rows of a page: %s", plan)
	}
}
