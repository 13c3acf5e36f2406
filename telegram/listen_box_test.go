package telegram

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"postix/domain"
)

const testGroup = domain.PeerID(-1000000000077)

// stillListener is one that nothing runs: it takes, and hands nothing over.
func stillListener() (*listener, *box) {
	a := NewAccounts(Config{}, nil, nil, &domain.Hub{}, time.Now)
	a.ListenWith(&ears{}, &notebook{})
	l := newListener(a, domain.Account{ID: 1, OrganizationID: 5, TelegramID: 7}, nil)
	l.ready = true
	b := l.newBox(testGroup)
	b.title, b.members = "Yuk bozori", 12
	return l, b
}

func spokenEvent(pts int) event {
	return event{pts: pts, count: 1, message: &domain.Incoming{GroupMessage: domain.GroupMessage{Text: strconv.Itoa(pts)}}}
}

func queued(l *listener) (texts []string) {
	for _, w := range l.queue {
		texts = append(texts, w.message.Text)
	}
	return texts
}

var boxTime = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// Events that come in any order, some twice, are heard in their own order, once.
func TestListenBoxInAnyOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		l, b := stillListener()
		b.begin(10, boxTime)
		b.late = boxTime
		var events []event
		var want []string
		pts := 10
		for range 100 {
			e := event{pts: pts + 1 + r.IntN(3)}
			e.count = e.pts - pts
			if r.IntN(3) > 0 {
				e.message = spokenEvent(e.pts).message
				want = append(want, e.message.Text)
			}
			pts = e.pts
			events = append(events, e)
			if r.IntN(4) == 0 {
				events = append(events, e)
			}
		}
		r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		for _, e := range events {
			l.offer(b, e, boxTime)
		}
		got := queued(l)
		if len(got) != len(want) || b.pts != pts || l.ahead != 0 || !b.due.IsZero() {
			t.Fatalf("seed %d: %d of %d queued, pts %d of %d, %d ahead, due %v", seed, len(got), len(want), b.pts, pts, l.ahead, b.due)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("seed %d: queued %v", seed, got)
			}
		}
	}
}

// The first event seen of a new group need not be its first: the difference is
// asked for from before the least one.
func TestListenNewBoxBeginsAtTheLeast(t *testing.T) {
	t.Parallel()
	l, b := stillListener()
	for _, pts := range []int{30, 21, 25, 22} {
		l.offer(b, spokenEvent(pts), boxTime)
	}
	if b.known || b.pts != 20 || b.want != 30 || !b.due.Equal(boxTime.Add(gapPatience)) || len(l.queue) != 0 {
		t.Errorf("known %v, pts %d, want %d, due %v", b.known, b.pts, b.want, b.due)
	}
}

// An event that was overtaken by the beginning of its box moves it back, for a
// while.
func TestListenOvertakenEvent(t *testing.T) {
	t.Parallel()
	l, b := stillListener()
	b.begin(20, boxTime)
	l.offer(b, spokenEvent(21), boxTime)
	l.offer(b, spokenEvent(18), boxTime.Add(time.Second))
	if b.pts != 17 || b.heard != 17 || b.due.IsZero() {
		t.Errorf("pts %d, heard %d, due %v", b.pts, b.heard, b.due)
	}
	l.finish(l.queue)
	if b.heard != 17 {
		t.Errorf("heard %d after what was queued before", b.heard)
	}
	l, b = stillListener()
	b.begin(20, boxTime)
	l.offer(b, spokenEvent(18), boxTime.Add(lateMost))
	if b.pts != 20 {
		t.Errorf("moved back to %d by an old event", b.pts)
	}
}

// The position follows what has been heard, not what has been received.
func TestListenPositionFollowsHearing(t *testing.T) {
	t.Parallel()
	l, b := stillListener()
	b.begin(10, boxTime)
	for pts := 11; pts <= 14; pts++ {
		l.offer(b, spokenEvent(pts), boxTime)
	}
	l.offer(b, event{pts: 15, count: 1}, boxTime)
	for i, want := range []int{10, 11, 12, 13} {
		if b.heard != want {
			t.Errorf("after %d: heard %d, want %d", i, b.heard, want)
		}
		l.finish(l.queue[i : i+1])
	}
	if b.heard != 15 {
		t.Errorf("heard %d at the end, want 15", b.heard)
	}
}

// A full queue takes nothing more, and the box stays where it is.
func TestListenFullQueue(t *testing.T) {
	t.Parallel()
	l, b := stillListener()
	b.begin(10, boxTime)
	const more = queueMost + aheadMost + 50
	for i := range more {
		l.offer(b, spokenEvent(11+i), boxTime)
	}
	if len(l.queue) != queueMost || l.ahead != aheadMost || b.pts != 10+queueMost || b.want != 10+more || b.due.IsZero() {
		t.Errorf("%d queued, %d ahead, pts %d, want %d, due %v", len(l.queue), l.ahead, b.pts, b.want, b.due)
	}
	if ask, _ := l.next(boxTime.Add(time.Hour)); ask != nil {
		t.Error("asks for more while the queue is full")
	}
}

// What was pushed while the difference was under way, and could not be kept, is
// asked for again.
func TestListenPushedDuringADifference(t *testing.T) {
	t.Parallel()
	l, b := stillListener()
	b.begin(10, boxTime)
	l.offer(b, spokenEvent(12), boxTime)
	_, _, want := l.ask(b)
	l.offer(b, event{pts: 14, count: 1, vague: true}, boxTime)
	b.asking = false
	l.catch(b, nil, 13, boxTime)
	l.caught(b, true, true, want, boxTime)
	if b.pts != 13 || b.due.IsZero() || b.want != 14 {
		t.Errorf("pts %d, want %d, due %v", b.pts, b.want, b.due)
	}
}

// Where Telegram knows nothing between two events, there is no gap.
func TestListenGapThatIsNone(t *testing.T) {
	t.Parallel()
	l, b := stillListener()
	b.begin(10, boxTime)
	l.offer(b, spokenEvent(13), boxTime)
	_, _, want := l.ask(b)
	b.asking = false
	l.catch(b, nil, 10, boxTime)
	l.caught(b, true, false, want, boxTime)
	if got := queued(l); len(got) != 1 || b.pts != 13 || !b.due.IsZero() {
		t.Errorf("queued %v, pts %d, due %v", got, b.pts, b.due)
	}
}

func TestListenWhatIsHeard(t *testing.T) {
	t.Parallel()
	person, bot := &tg.User{ID: 42, FirstName: "Sardor"}, &tg.User{ID: 43, FirstName: "B", Bot: true}
	from := func(id int64) tg.PeerClass { return &tg.PeerUser{UserID: id} }
	here := &tg.PeerChannel{ChannelID: bare(testGroup)}
	tests := []struct {
		name         string
		m            tg.MessageClass
		heard, vague bool
	}{
		{name: "text", m: &tg.Message{PeerID: here, FromID: from(42), Message: "yuk"}, heard: true},
		{name: "caption", m: &tg.Message{PeerID: here, FromID: from(42), Message: "yuk", Media: &tg.MessageMediaPhoto{}}, heard: true},
		{name: "media alone", m: &tg.Message{PeerID: here, FromID: from(42), Media: &tg.MessageMediaPhoto{}}},
		{name: "forwarded", m: &tg.Message{PeerID: here, FromID: from(42), Message: "yuk", FwdFrom: tg.MessageFwdHeader{FromID: from(43)}}, heard: true},
		{name: "bot", m: &tg.Message{PeerID: here, FromID: from(43), Message: "yuk"}},
		{name: "own", m: &tg.Message{PeerID: here, FromID: from(7), Message: "yuk", Out: true}},
		{name: "own, as somebody else", m: &tg.Message{PeerID: here, FromID: from(42), Message: "yuk", Out: true}},
		{name: "own, from another device", m: &tg.Message{PeerID: here, FromID: from(7), Message: "yuk"}},
		{name: "service user", m: &tg.Message{PeerID: here, FromID: from(serviceUser), Message: "yuk"}},
		{name: "anonymous admin", m: &tg.Message{PeerID: here, FromID: here, Message: "yuk"}},
		{name: "basic group's anonymous admin", m: &tg.Message{PeerID: here, FromID: &tg.PeerChat{ChatID: 1}, Message: "yuk"}},
		{name: "nobody", m: &tg.Message{PeerID: here, Message: "yuk"}},
		{name: "post", m: &tg.Message{PeerID: here, FromID: from(42), Message: "yuk", Post: true}},
		{name: "private", m: &tg.Message{PeerID: from(42), FromID: from(42), Message: "yuk"}},
		{name: "service message", m: &tg.MessageService{PeerID: here, FromID: from(42)}},
		{name: "deleted", m: &tg.MessageEmpty{}},
		{name: "unknown sender", m: &tg.Message{PeerID: here, FromID: from(44), Message: "yuk"}, vague: true},
		{name: "unknown basic group", m: &tg.Message{PeerID: &tg.PeerChat{ChatID: 9}, FromID: from(42), Message: "yuk"}, vague: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l, _ := stillListener()
			l.meet([]tg.UserClass{person, bot}, nil)
			e := l.event(test.m, 11, 1)
			if (e.message != nil) != test.heard || e.vague != test.vague {
				t.Errorf("heard %v, vague %v", e.message != nil, e.vague)
			}
		})
	}
}

// The shortest form of a supergroup says its title, and nothing to ask with.
func TestListenShortestForm(t *testing.T) {
	t.Parallel()
	l, b := stillListener()
	b.hash = 9
	for _, c := range []tg.Channel{{Title: "Yangi nom", Min: true, AccessHash: 5}, {Title: "Yangi nom"}} {
		c.ID, c.Megagroup = bare(testGroup), true
		if c.Min {
			c.SetAccessHash(5)
		}
		l.meet(nil, []tg.ChatClass{&c})
		if b.title != "Yangi nom" || b.hash != 9 || b.members != 12 {
			t.Errorf("after %+v it is %q with hash %d and %d members", c, b.title, b.hash, b.members)
		}
	}
}

// Edits, deletions and the like are steps without a message.
func TestListenOtherEvents(t *testing.T) {
	t.Parallel()
	l, b := stillListener()
	b.begin(10, boxTime)
	l.common.begin(50, boxTime)
	id := bare(testGroup)
	edited := &tg.Message{PeerID: &tg.PeerChannel{ChannelID: id}, FromID: &tg.PeerUser{UserID: 42}, Message: "yuk"}
	l.take(&tg.Updates{Users: []tg.UserClass{&tg.User{ID: 42}}, Updates: []tg.UpdateClass{
		&tg.UpdateEditChannelMessage{Message: edited, Pts: 11, PtsCount: 1},
		&tg.UpdateDeleteChannelMessages{ChannelID: id, Pts: 13, PtsCount: 2},
		&tg.UpdateReadChannelInbox{ChannelID: id, Pts: 99},
		&tg.UpdateDeleteMessages{Pts: 52, PtsCount: 2},
	}})
	l.take(&tg.UpdateShortSentMessage{Pts: 53, PtsCount: 1})
	if b.pts != 13 || b.want != 13 || l.common.pts != 53 || len(l.queue) != 0 {
		t.Errorf("supergroup at %d, common at %d, %d queued", b.pts, l.common.pts, len(l.queue))
	}
}

// After a failure nothing that is pushed makes it ask sooner, and each failure
// makes it wait longer, until an answer comes or the connection is a new one.
func TestListenFailureIsNotHurried(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		lost bool // the position is no good any more
	}{
		"no answer":        {err: errors.New("connection reset")},
		"server's fault":   {err: tgerr.New(500, "INTERNAL")},
		"position refused": {err: tgerr.New(400, "PERSISTENT_TIMESTAMP_INVALID"), lost: true},
		"position empty":   {err: tgerr.New(400, "PERSISTENT_TIMESTAMP_EMPTY"), lost: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, which := range []string{"supergroup", "common"} {
				l, b := stillListener()
				if b.hash = 1; which == "common" {
					b = l.common
				}
				l.survey = boxTime.Add(time.Hour)
				now, pts := boxTime, 10
				for _, wait := range []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, time.Minute, time.Minute} {
					if !b.known {
						b.begin(pts, now)
					}
					turn, _, want := l.ask(b)
					if l.answered(t.Context(), b, turn, want, c.err, now) {
						t.Fatal("an error is an answer")
					}
					if b.known == c.lost {
						t.Errorf("%s: its position is known: %v", which, b.known)
					}
					for after := time.Millisecond; after < wait; after += wait / 4 {
						pts += 2
						l.offer(b, spokenEvent(pts), now.Add(after))
					}
					if ask, _ := l.next(now.Add(wait - time.Millisecond)); ask != nil {
						t.Errorf("%s: asked again before %v", which, wait)
					}
					now = now.Add(wait)
					if ask, _ := l.next(now); ask == nil {
						t.Fatalf("%s: not asked again after %v", which, wait)
					}
				}
				l.stale()
				if !b.after.IsZero() {
					t.Errorf("%s: held up on a new connection", which)
				}
				b.begin(pts, now)
				turn, _, want := l.ask(b)
				if !l.answered(t.Context(), b, turn, want, nil, now) || b.failed != 0 {
					t.Errorf("%s: %d failures after an answer", which, b.failed)
				}
			}
		})
	}
}

// When too many people are remembered, those who come along with a message still
// are: a bot that nobody remembers would be taken for a person.
func TestListenForgetsOnlyTheOld(t *testing.T) {
	t.Parallel()
	l, _ := stillListener()
	for id := range int64(peopleMost - 1) {
		l.people[1000+id] = person{first: "Old"}
	}
	l.meet([]tg.UserClass{&tg.User{ID: 1, Bot: true}, &tg.User{ID: 2}, &tg.User{ID: 3}}, nil)
	if len(l.people) != 3 || !l.people[1].bot {
		t.Errorf("%d are remembered, the bot as %+v", len(l.people), l.people[1])
	}
}
