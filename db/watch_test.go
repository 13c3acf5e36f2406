package db

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"postix/domain"
	"postix/domain/filter"
)

// heard is a message of a driver in a group of the world.
func (w *world) heard(id int64, group int, sender int64, when time.Time, text string) domain.Judged {
	return domain.Judged{Incoming: domain.Incoming{
		OrganizationID: w.org.ID, AccountID: w.account.ID,
		GroupMessage: domain.GroupMessage{
			ID: id, At: when, ChatID: int64(w.peers[group].ID), ChatTitle: w.peers[group].Title, ChatMembers: w.peers[group].Members,
			SenderID: sender, Username: fmt.Sprintf("Yuk_%d", sender), FirstName: "Sardor", LastName: fmt.Sprint("Oʻktamov ", sender), Text: text,
		},
	}}
}

// dispatcher is one that hits the rules.
func (w *world) dispatcher(id int64, group int, sender int64, when time.Time, text string, rules ...filter.Rule) domain.Judged {
	j := w.heard(id, group, sender, when, text)
	j.Verdict = filter.Verdict{Dispatcher: true, Rule: rules[0], Phones: []string{"+998901234567"}}
	for _, r := range rules {
		j.Verdict.Hits = append(j.Verdict.Hits, filter.Hit{Rule: r, Severity: r.Severity(), Seen: "Москва", Count: 3, Within: 30 * time.Minute})
		j.Verdict.Severity = max(j.Verdict.Severity, r.Severity())
	}
	return j
}

func (w *world) record(js ...domain.Judged) []domain.Detection {
	w.t.Helper()
	ds, err := w.s.Record(w.ctx, w.org.ID, js)
	w.ok(err)
	return ds
}

func (w *world) listen() {
	w.t.Helper()
	w.ok(w.s.SetListening(w.ctx, w.org.ID, w.account.ID, true))
}

func TestWatchSettings(t *testing.T) {
	w := newWorld(t, 0)
	o := w.second(0)
	first := must(w.s.WatchSettings(w.ctx, w.org.ID))
	if !reflect.DeepEqual(first, domain.DefaultWatchSettings()) {
		t.Errorf("the first settings are %+v", first)
	}
	set := first
	set.Mode, set.AllGroups, set.KeepDays = domain.WatchReply, true, 30
	set.Rules.Rules[filter.MessageKeyword], set.Rules.Emoji, set.Rules.PhoneWindow = true, 7, filter.Window(90*time.Second)
	set.Keywords.Places, set.Keywords.Message = []string{"Москва", "🇷🇺"}, []string{}
	set.Reply = domain.ReplySettings{From: filter.High, Cooldown: 90 * time.Minute, SourceFirst: true, PerChat: 1, PerSender: 2, PerDay: 3}
	w.ok(w.s.SetWatchSettings(w.ctx, w.org.ID, set))
	wantKey(t, w.s.SetWatchSettings(w.ctx, w.org.ID, set), domain.Conflict, "watch.edited")
	set.Version, set.Edition = 1, 1
	got := must(w.s.WatchSettings(w.ctx, w.org.ID))
	if !reflect.DeepEqual(got, set) {
		t.Errorf("stored %+v\nread %+v", set, got)
	}
	got.Mode = domain.WatchOff
	w.ok(w.s.SetWatchSettings(w.ctx, w.org.ID, got))
	wantKey(t, w.s.SetWatchSettings(w.ctx, w.org.ID, set), domain.Conflict, "watch.edited")
	if got = must(w.s.WatchSettings(w.ctx, w.org.ID)); got.Version != 2 || got.Mode != domain.WatchOff {
		t.Errorf("after two changes %+v", got)
	}
	got.Keywords.Places = []string{"Самара"}
	w.ok(w.s.SetWatchSettings(w.ctx, w.org.ID, got))
	wantKey(t, w.s.SetWatchSettings(w.ctx, w.org.ID, got), domain.Conflict, "watch.edited")
	if got = must(w.s.WatchSettings(w.ctx, w.org.ID)); got.Version != 2 || got.Edition != 3 {
		t.Errorf("keywords alone make it version %d, edition %d", got.Version, got.Edition)
	}
	other := must(o.s.WatchSettings(w.ctx, o.org.ID))
	if other.Version != 0 || other.Mode != domain.WatchObserve {
		t.Errorf("another organization has %+v", other)
	}
	w.ok(w.s.SetWatchSettings(w.ctx, o.org.ID, other))
	if n := w.number("SELECT COUNT(*) FROM watch_settings WHERE organization_id = ? AND keywords = ''", o.org.ID); n != 1 {
		t.Error("the built-in lists are stored, and will not grow with the program")
	}
}

// A chosen group is one of an account that listens, and stays chosen as the
// supergroup that it becomes.
func TestWatching(t *testing.T) {
	w := newWorld(t, 3)
	o := w.second(1)
	second := w.connect("+998909999999", 555)
	group := domain.Peer{ID: -77, Kind: domain.KindGroup, Title: "Eski guruh", Members: 500}
	channel := domain.Peer{ID: -1_000_000_000_900, Kind: domain.KindChannel, Title: "Kanal", Members: 900}
	w.listDialogs(w.account.ID, append([]domain.Peer{group, channel}, w.peers...)...)
	w.listDialogs(second.ID, w.peers[0])
	wantKey(t, w.s.SetWatching(w.ctx, w.org.ID, []domain.PeerID{group.ID}, true), domain.NotFound, "watch.missing") // nobody listens
	w.listen()
	w.ok(w.s.SetListening(w.ctx, w.org.ID, second.ID, true))
	o.listen()

	for _, bad := range []domain.PeerID{channel.ID, -123456} {
		wantKey(t, w.s.SetWatching(w.ctx, w.org.ID, []domain.PeerID{w.peers[0].ID, bad}, true), domain.NotFound, "watch.missing")
	}
	if got := must(w.s.Watching(w.ctx, w.org.ID)); len(got) != 0 {
		t.Errorf("a refused choice left %v", got)
	}
	for range 2 { // the second time changes nothing
		w.ok(w.s.SetWatching(w.ctx, w.org.ID, []domain.PeerID{group.ID, w.peers[0].ID}, true))
	}
	w.record(w.heard(1, 0, 5, start, "a"), w.heard(2, 0, 5, start, "b"))
	gs, total, err := w.s.WatchedGroups(w.ctx, w.org.ID, "", 0, 0)
	w.ok(err)
	if total != 4 || len(gs) != 4 || gs[0].Peer != group || !gs[0].Watched || gs[1].Watched || gs[3].ID != w.peers[0].ID ||
		!gs[3].Watched || gs[3].Accounts != 2 || gs[3].Messages != 2 || gs[1].Accounts != 1 || gs[1].Messages != 0 {
		t.Errorf("%d groups: %+v", total, gs)
	}
	if gs, total, _ = w.s.WatchedGroups(w.ctx, w.org.ID, "GURUH", 1, 2); total != 4 || len(gs) != 2 || gs[0].ID != w.peers[2].ID {
		t.Errorf("a page of %d: %+v", total, gs)
	}
	if got := must(w.s.Watching(w.ctx, o.org.ID)); len(got) != 0 {
		t.Errorf("another organization watches %v", got)
	}
	if gs, _, _ = w.s.WatchedGroups(w.ctx, o.org.ID, "", 0, 0); len(gs) != 1 || gs[0].Watched || gs[0].Messages != 0 {
		t.Errorf("another organization sees %+v", gs)
	}

	w.exec("UPDATE dialogs SET migrated_to = ? WHERE peer_id = ?", w.peers[1].ID, group.ID)
	want := map[domain.PeerID]bool{group.ID: true, w.peers[0].ID: true, w.peers[1].ID: true}
	if got := must(w.s.Watching(w.ctx, w.org.ID)); !reflect.DeepEqual(got, want) {
		t.Errorf("after a group became a supergroup: %v", got)
	}
	w.ok(w.s.SetWatching(w.ctx, w.org.ID, []domain.PeerID{w.peers[1].ID}, false))
	if got := must(w.s.Watching(w.ctx, w.org.ID)); len(got) != 1 || !got[w.peers[0].ID] {
		t.Errorf("after the supergroup was left out: %v", got)
	}
}

func TestOwnSenders(t *testing.T) {
	w := newWorld(t, 0)
	o := w.second(0)
	must(w.s.SetAccountState(w.ctx, w.org.ID, w.account.ID, domain.AccountNeedsLogin, "", start))
	want := map[int64]bool{w.account.TelegramID: true, o.account.TelegramID: true}
	if got := must(w.s.OwnSenders(w.ctx)); !reflect.DeepEqual(got, want) {
		t.Errorf("own senders %v, want %v", got, want)
	}
	must(w.s.SetAccountState(w.ctx, o.org.ID, o.account.ID, domain.AccountDisconnected, "", start))
	if got := must(w.s.OwnSenders(w.ctx)); got[o.account.TelegramID] {
		t.Error("a disconnected account is still ours")
	}
}

func TestCustomFilters(t *testing.T) {
	w := newWorld(t, 1)
	o := w.second(1)
	add := func(c domain.CustomFilter) error { return w.s.AddCustomFilter(w.ctx, w.org.ID, w.user.ID, c) }
	w.ok(add(domain.CustomFilter{SenderID: 5, Note: "haydovchi", At: start}))
	w.ok(add(domain.CustomFilter{Block: true, Word: "Oʻrda", At: start}))
	wantKey(t, add(domain.CustomFilter{Block: true, SenderID: 5, At: start}), domain.Conflict, "watch.filter_taken")
	wantKey(t, add(domain.CustomFilter{Word: "o'RDA", At: start}), domain.Conflict, "watch.filter_taken")
	wantKey(t, w.s.AddCustomFilter(w.ctx, w.org.ID, o.user.ID, domain.CustomFilter{SenderID: 6, At: start}), domain.NotFound, "watch.missing")
	w.ok(w.s.AddCustomFilter(w.ctx, o.org.ID, o.user.ID, domain.CustomFilter{Block: true, SenderID: 5, At: start}))

	cs := must(w.s.CustomFilters(w.ctx, w.org.ID))
	want := []domain.CustomFilter{
		{ID: 2, Block: true, Word: "Oʻrda", UserName: "Sadaf", At: start},
		{ID: 1, SenderID: 5, Note: "haydovchi", UserName: "Sadaf", At: start},
	}
	if !reflect.DeepEqual(cs, want) {
		t.Errorf("custom filters %+v", cs)
	}
	w.record(w.dispatcher(1, 0, 5, start, "x", filter.ForeignRoute))
	o.record(o.dispatcher(1, 0, 5, start, "x", filter.ForeignRoute))
	if s := must(w.s.Sender(w.ctx, w.org.ID, 5)); !s.Allowed || s.Blocked {
		t.Errorf("an allowed sender is %+v", s)
	}
	if s := must(w.s.Sender(w.ctx, o.org.ID, 5)); s.Allowed || !s.Blocked {
		t.Errorf("a blocked sender is %+v", s)
	}
	wantKey(t, w.s.RemoveCustomFilter(w.ctx, o.org.ID, 1), domain.NotFound, "watch.missing")
	w.ok(w.s.RemoveCustomFilter(w.ctx, w.org.ID, 1))
	if s := must(w.s.Sender(w.ctx, w.org.ID, 5)); s.Allowed {
		t.Errorf("he is still allowed: %+v", s)
	}
}

func TestTemplates(t *testing.T) {
	w := newWorld(t, 0)
	o := w.second(0)
	w.ok(w.s.PutTemplate(w.ctx, w.org.ID, domain.Template{Text: "Salom", Active: true, At: start}))
	w.ok(w.s.PutTemplate(w.ctx, w.org.ID, domain.Template{Text: "Assalom", At: start}))
	w.exec("UPDATE templates SET sent = 4 WHERE id = 1")
	later := start.Add(time.Hour)
	wantKey(t, w.s.PutTemplate(w.ctx, o.org.ID, domain.Template{ID: 1, Text: "Begona", At: later}), domain.NotFound, "watch.missing")
	w.ok(w.s.PutTemplate(w.ctx, w.org.ID, domain.Template{ID: 1, Text: "Xayr", At: later}))
	wantKey(t, w.s.RemoveTemplate(w.ctx, o.org.ID, 2), domain.NotFound, "watch.missing")
	want := []domain.Template{{ID: 1, Text: "Xayr", Sent: 4, At: later}, {ID: 2, Text: "Assalom", At: start}}
	if got := must(w.s.Templates(w.ctx, w.org.ID)); !slices.Equal(got, want) {
		t.Errorf("templates %+v", got)
	}
	w.ok(w.s.RemoveTemplate(w.ctx, w.org.ID, 2))
	if got := must(w.s.Templates(w.ctx, w.org.ID)); len(got) != 1 {
		t.Errorf("templates %+v", got)
	}
	if got := must(w.s.Templates(w.ctx, o.org.ID)); len(got) != 0 {
		t.Errorf("another organization has %+v", got)
	}
}

// What is another organization's answers as what does not exist, and nothing
// changes.
func TestForeignWatch(t *testing.T) {
	w := newWorld(t, 1)
	o := w.second(1)
	d := w.record(w.dispatcher(1, 0, 5, start, "x", filter.ForeignRoute))[0]
	for name, do := range map[string]func(ctx context.Context, id int64) error{
		"detection": func(ctx context.Context, id int64) error { _, err := w.s.Detection(ctx, o.org.ID, id); return err },
		"review": func(ctx context.Context, id int64) error {
			return w.s.SetReview(ctx, o.org.ID, id, domain.ReviewWrong, o.user.ID, start)
		},
		"silence": func(ctx context.Context, id int64) error { return w.s.NoteSilence(ctx, o.org.ID, id, "cooldown") },
		"sender":  func(ctx context.Context, _ int64) error { _, err := w.s.Sender(ctx, o.org.ID, 5); return err },
		"listening": func(ctx context.Context, _ int64) error {
			return w.s.SetListening(ctx, o.org.ID, w.account.ID, true)
		},
		"record": func(ctx context.Context, _ int64) error {
			_, err := w.s.Record(ctx, o.org.ID, []domain.Judged{o.heard(8, 0, 6, start, "y"), w.heard(9, 0, 6, start, "y")})
			return err
		},
	} {
		for _, id := range []int64{d.ID, 999} {
			if err := do(w.ctx, id); !domain.IsKey(err, "watch.missing") || !domain.IsCode(err, domain.NotFound) {
				t.Errorf("%s of another organization: %v", name, err)
			}
		}
	}
	wantKey(t, w.s.SetReview(w.ctx, w.org.ID, d.ID, domain.ReviewRight, o.user.ID, start), domain.NotFound, "watch.missing")
	if got := must(w.s.Detection(w.ctx, w.org.ID, d.ID)); !reflect.DeepEqual(got, d) {
		t.Errorf("it became %+v", got)
	}
	if n := w.number("SELECT COUNT(*) FROM heard") + w.number("SELECT COUNT(*) FROM senders"); n != 2 {
		t.Errorf("a refused record left %d rows", n)
	}
	if ds, n, err := w.s.Detections(w.ctx, o.org.ID, domain.DetectionFilter{}); len(ds)+n != 0 || err != nil {
		t.Errorf("sees %d detections (%v)", n, err)
	}
	if ps := must(w.s.Seen(w.ctx, o.org.ID, w.account.ID, 5, start)); len(ps) != 0 {
		t.Errorf("sees groups %+v", ps)
	}
	if ps := must(w.s.Seen(w.ctx, w.org.ID, o.account.ID, 5, start)); len(ps) != 0 {
		t.Errorf("may write through another's account: %+v", ps)
	}
	w.ok(w.s.Heard(w.ctx, o.org.ID, start, func(m filter.Message) error { return fmt.Errorf("hears %+v", m) }))
	if r := must(w.s.Report(w.ctx, o.org.ID, start.Add(-time.Hour), start.Add(time.Hour), time.UTC)); r.Detections+r.Messages+r.Senders+len(r.Groups)+len(r.Top)+len(r.Rules) != 0 {
		t.Errorf("the report tells %+v", r)
	}
}
