package telegram

import (
	"context"
	"errors"
	"time"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"postix/domain"
)

// ask marks the difference of a box as under way.
func (l *listener) ask(b *box) (turn, pts, want int) {
	b.asking, b.due = true, time.Time{}
	return b.turn, b.pts, b.want
}

// answered deals with errors. It is false when there is no answer to use.
func (l *listener) answered(ctx context.Context, b *box, turn, want int, err error, now time.Time) bool {
	b.asking = false
	switch {
	case err == nil && b.turn == turn:
		if b.known { // where it is, is no event yet
			b.failed, b.after = 0, time.Time{}
		}
		return true
	case err == nil: // it was moved back meanwhile
		b.askBy(now)
	case ctx.Err() != nil:
	case errors.Is(err, errNotReady):
		b.askBy(now.Add(differenceWait))
	default:
		l.refuse(b, want, err, now)
	}
	return false
}

// refuse draws the conclusion from an error of a call that was made when pts up to
// want were known to exist.
func (l *listener) refuse(b *box, want int, err error, now time.Time) {
	e := sendError(context.Background(), err)
	l.accounts.log.Debug("difference refused", "account", l.account.ID, "peer", b.id, "code", e.Code)
	switch {
	case e.Action == domain.ActWaitAccount:
		l.rest = now.Add(e.Wait + time.Second)
		l.accounts.log.Info("Telegram asks for silence", "account", l.account.ID, "wait", e.Wait)
		b.askBy(l.rest)
	case tgerr.Is(err, "PERSISTENT_TIMESTAMP_INVALID", "PERSISTENT_TIMESTAMP_EMPTY"):
		l.miss(b, 1)
		l.drop(b)
		b.reset()
		l.fail(b, now)
	case refused(err) && b != l.common && b.want <= want: // and nothing came since
		b.gone, b.due = true, time.Time{}
		l.drop(b)
	default:
		l.fail(b, now)
	}
}

// fail asks again later, whatever comes meanwhile.
func (l *listener) fail(b *box, now time.Time) {
	b.after = now.Add(min(failedWait<<min(b.failed, 10), failedMost))
	b.due = b.after
	b.failed++
}

// miss counts events that Telegram no longer has.
func (l *listener) miss(b *box, events int) {
	l.accounts.log.Warn("events missed for good", "account", l.account.ID, "peer", b.id, "events", events)
	l.accounts.missed(l.account.ID, max(events, 1))
}

// catch takes the messages of a difference that ends at pts.
func (l *listener) catch(b *box, ms []tg.MessageClass, pts int, now time.Time) {
	old := b.pts
	var last *waiting
	for _, m := range ms {
		text, ok := m.(*tg.Message)
		if !ok || !l.spoken(text) {
			continue
		}
		if in, _ := l.incoming(text); in != nil {
			l.enqueue(b, old, *in)
			last = &l.queue[len(l.queue)-1]
		}
	}
	if last != nil {
		last.pts = pts // the others are heard before it
	}
	if !b.known {
		b.known, b.begun, b.late = true, old, now.Add(lateMost)
	}
	b.pts = max(b.pts, pts)
	b.settle()
	kick(l.more)
}

// caught goes on after a difference that was asked for when pts up to want were
// known to exist: with its next part, with what came meanwhile, or, where that is
// not to be had, over the gap.
func (l *listener) caught(b *box, final, progress bool, want int, now time.Time) {
	switch {
	case !final && progress:
		b.want = max(b.want, b.pts+1)
		b.askBy(now)
		return
	case !final:
		l.fail(b, now)
		return
	}
	gaps := 0
	if !progress {
		gaps = want // there is nothing between
	}
	l.joinOver(b, gaps)
	if b.want <= want {
		b.want = b.pts
	}
	if n := len(b.ahead); n > 0 {
		b.want = max(b.want, b.ahead[n-1].pts)
	}
	if b.want > b.pts {
		b.askBy(now.Add(gapPatience))
	}
	b.settle()
}
