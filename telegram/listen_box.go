package telegram

import (
	"cmp"
	"slices"
	"time"

	"postix/domain"
)

// An event that came out of order waits this long for those before it. Then they
// are asked for. The library hands updates on in any order, some milliseconds
// apart.
const gapPatience = 300 * time.Millisecond

// lateMost is how long after a box's beginning events from before it may still
// be on their way through the library.
const lateMost = 10 * time.Second

// box is one of the sequences that Telegram numbers its events in: a supergroup
// has its own, private chats and basic groups share the common one.
// Source: https://core.telegram.org/api/updates#message-related-event-sequences
type box struct {
	id        domain.PeerID // 0: the common one
	hash      int64         // of a supergroup; 0: not known
	title     string
	members   int
	qts, date int // of the common box

	known  bool      // false: pts is the least seen so far, 0 for none
	pts    int       // all events up to it are queued, or say nothing
	begun  int       // the pts at which known became true,
	late   time.Time // and until when older ones move it back
	want   int       // the highest pts that is known to exist
	ahead  []event   // beyond a gap, by pts
	asking bool      // a difference is under way
	due    time.Time // when to ask for the difference; zero: no need to
	failed int       // tries in a row
	after  time.Time // when to ask again after these at the earliest
	gone   bool      // Telegram refuses to tell of it
	queued int       // messages that wait to be heard
	turn   int       // counts how often pts was moved back
	heard  int       // all up to it has been heard
	saved  int       // what is stored
}

// event is a step in a box.
type event struct {
	pts, count int
	message    *domain.Incoming // nil: nothing to hear
	vague      bool             // a message that cannot be understood without the difference
}

// waiting is a message in the queue. When it has been heard, all of its box up to
// pts has.
type waiting struct {
	box     *box
	turn    int
	pts     int
	message domain.Incoming
}

// begin makes the box known from pts on.
func (b *box) begin(pts int, now time.Time) {
	b.known, b.pts, b.begun, b.late = true, pts, pts, now.Add(lateMost)
	b.settle()
}

// askBy makes the difference due, at that time at the latest, but not sooner after
// a failure than is fair.
func (b *box) askBy(t time.Time) {
	if t.Before(b.after) {
		t = b.after
	}
	if b.due.IsZero() || t.Before(b.due) {
		b.due = t
	}
}

// settle notes what follows from a new pts.
func (b *box) settle() {
	b.emptied()
	if b.known && b.pts >= b.want {
		b.due = time.Time{}
	}
}

// emptied notes that nothing of the box waits to be heard, if so.
func (b *box) emptied() {
	if b.queued == 0 {
		b.heard = b.pts
	}
}

// back moves the box back to before an event that was overtaken by its
// beginning. What was queued since may be heard twice.
func (b *box) back(pts int, now time.Time) {
	b.turn++
	b.pts, b.begun, b.queued = pts, pts, 0
	b.settle()
	b.askBy(now)
}

// reset forgets where the box was.
func (b *box) reset() {
	b.turn++
	b.known, b.pts, b.want, b.queued, b.due = false, 0, 0, 0, time.Time{}
}

// offer takes one event of the box.
func (l *listener) offer(b *box, e event, now time.Time) {
	b.gone = false
	b.want = max(b.want, e.pts)
	from := max(e.pts-e.count, 1) // 0 would be no position
	switch {
	case !b.known:
		if b.pts == 0 || from < b.pts {
			b.pts = from
		}
		b.askBy(now.Add(gapPatience))
	case e.pts <= b.begun && from < b.pts && now.Before(b.late):
		b.back(from, now)
	case e.pts <= b.pts:
	case e.vague:
		b.askBy(now)
	case from > b.pts || b.asking || e.message != nil && l.full():
		l.hold(b, e)
		b.askBy(now.Add(gapPatience))
	default:
		l.step(b, e)
		l.join(b)
	}
	if !b.due.IsZero() {
		kick(l.wake)
	}
}

// hold keeps an event for when those before it have come. One that does not fit
// comes with the difference.
func (l *listener) hold(b *box, e event) {
	i, found := slices.BinarySearchFunc(b.ahead, e.pts, func(x event, pts int) int { return cmp.Compare(x.pts, pts) })
	if found || l.ahead >= aheadMost {
		return
	}
	b.ahead = slices.Insert(b.ahead, i, e)
	l.ahead++
}

// step goes on to an event.
func (l *listener) step(b *box, e event) {
	b.pts = e.pts
	if e.message != nil {
		l.enqueue(b, e.pts, *e.message)
	}
	b.settle()
	kick(l.more)
}

func (l *listener) enqueue(b *box, pts int, m domain.Incoming) {
	b.queued++
	l.queue = append(l.queue, waiting{b, b.turn, pts, m})
}

// join takes the events ahead that follow now, and drops what has been overtaken.
func (l *listener) join(b *box) { l.joinOver(b, 0) }

// joinOver does not mind gaps before events up to a pts.
func (l *listener) joinOver(b *box, gaps int) {
	n := 0
	for _, e := range b.ahead {
		if e.pts > b.pts {
			if e.pts-e.count > b.pts && e.pts > gaps || e.message != nil && l.full() {
				break
			}
			l.step(b, e)
		}
		n++
	}
	l.ahead -= n
	b.ahead = slices.Delete(b.ahead, 0, n)
	if len(b.ahead) == 0 {
		b.ahead = nil
	}
}

// drop forgets the events ahead.
func (l *listener) drop(b *box) {
	l.ahead -= len(b.ahead)
	b.ahead = nil
}

// finish notes that messages have been heard.
func (l *listener) finish(done []waiting) {
	for _, w := range done {
		b := w.box
		if w.turn != b.turn {
			continue
		}
		b.queued--
		b.heard = max(b.heard, w.pts)
		b.emptied()
	}
}
