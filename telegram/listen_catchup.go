package telegram

import (
	"context"
	"time"

	"github.com/gotd/td/tg"
)

// How differences are asked for. Telegram publishes no figures.
const (
	differencePace = 50 * time.Millisecond
	differenceMost = 100 // events, as users are supposed to
	differenceWait = time.Second
	failedWait     = 2 * time.Second // doubled with each failure
	failedMost     = time.Minute
	askEvery       = 15 * time.Minute // after everything, for what was not pushed
)

// stale makes the listener ask for all that it may have missed, also where it
// failed: the connection is a new one.
func (l *listener) stale() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.survey = time.Time{}
	l.common.after = time.Time{}
	for _, b := range l.boxes {
		b.after = time.Time{}
	}
	kick(l.wake)
}

// catchUp asks for what was missed, one call at a time.
func (l *listener) catchUp(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		ask, wait := l.next(time.Now())
		if ask != nil {
			ask(ctx)
			sleep(ctx, differencePace)
			continue
		}
		timer.Reset(wait)
		select {
		case <-l.wake:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
}

// next is what to ask for now, or how long nothing is due. While much waits to be
// heard, nothing is.
func (l *listener) next(now time.Time) (ask func(context.Context), wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case now.Before(l.rest):
		return nil, l.rest.Sub(now)
	case len(l.queue) > roomAgain:
		return nil, askEvery
	case !now.Before(l.survey):
		l.survey = now.Add(askEvery)
		l.common.askBy(now)
		return l.surveyAll, 0
	}
	first, lost := l.earliest(now)
	switch {
	case lost:
		l.looking = now.Add(failedMost)
		return l.lookUp, 0
	case first == nil:
		return nil, min(l.survey.Sub(now), failedMost)
	case now.Before(first.due):
		return nil, min(first.due.Sub(now), l.survey.Sub(now))
	case first == l.common:
		return l.commonDifference, 0
	case first.pts == 0:
		return func(ctx context.Context) { l.surveySome(ctx, []*box{first}) }, 0
	}
	return func(ctx context.Context) { l.difference(ctx, first) }, 0
}

// earliest is the box whose difference is due first; lost reports that one has no
// access hash.
func (l *listener) earliest(now time.Time) (first *box, lost bool) {
	if !l.common.due.IsZero() {
		first = l.common
	}
	for _, b := range l.boxes {
		switch {
		case b.gone || b.due.IsZero():
		case b.hash == 0:
			lost = lost || !now.Before(l.looking)
		case first == nil || b.due.Before(first.due):
			first = b
		}
	}
	return first, lost
}

// difference asks for a supergroup's events after the last known.
func (l *listener) difference(ctx context.Context, b *box) {
	l.mu.Lock()
	turn, pts, want := l.ask(b)
	req := &tg.UpdatesGetChannelDifferenceRequest{
		Channel: &tg.InputChannel{ChannelID: bare(b.id), AccessHash: b.hash},
		Filter:  &tg.ChannelMessagesFilterEmpty{}, Pts: pts, Limit: differenceMost,
	}
	l.mu.Unlock()
	answer, err := call(ctx, l.accounts, l.account.ID, readyPatience, callDeadline, func(ctx context.Context, api *tg.Client) (tg.UpdatesChannelDifferenceClass, error) {
		return api.UpdatesGetChannelDifference(ctx, req)
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if !l.answered(ctx, b, turn, want, err, now) {
		return
	}
	switch d := answer.(type) {
	case *tg.UpdatesChannelDifference:
		l.meet(d.Users, d.Chats)
		l.catch(b, d.NewMessages, d.Pts, now)
		l.caught(b, d.Final, d.Pts > pts, want, now)
	case *tg.UpdatesChannelDifferenceEmpty:
		l.catch(b, nil, d.Pts, now)
		l.caught(b, true, false, want, now)
	case *tg.UpdatesChannelDifferenceTooLong:
		l.meet(d.Users, d.Chats)
		row, ok := d.Dialog.(*tg.Dialog)
		if !ok {
			l.fail(b, now)
			return
		}
		l.miss(b, row.Pts-pts)
		l.catch(b, nil, row.Pts, now)
		l.caught(b, true, true, want, now)
	}
}

// commonDifference asks for the events in private chats and basic groups after
// the last known, and at the very first for where they are.
func (l *listener) commonDifference(ctx context.Context) {
	l.mu.Lock()
	b := l.common
	if !b.known {
		l.mu.Unlock()
		l.begin(ctx)
		return
	}
	turn, pts, want := l.ask(b)
	req := &tg.UpdatesGetDifferenceRequest{Pts: pts, Qts: b.qts, Date: b.date}
	l.mu.Unlock()
	answer, err := call(ctx, l.accounts, l.account.ID, readyPatience, callDeadline, func(ctx context.Context, api *tg.Client) (tg.UpdatesDifferenceClass, error) {
		return api.UpdatesGetDifference(ctx, req)
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if !l.answered(ctx, b, turn, want, err, now) {
		return
	}
	switch d := answer.(type) {
	case *tg.UpdatesDifferenceEmpty:
		b.date = max(b.date, d.Date)
		l.caught(b, true, false, want, now)
	case *tg.UpdatesDifference:
		l.catchCommon(d.NewMessages, d.OtherUpdates, d.Users, d.Chats, d.State, now)
		l.caught(b, true, d.State.Pts > pts, want, now)
	case *tg.UpdatesDifferenceSlice:
		l.catchCommon(d.NewMessages, d.OtherUpdates, d.Users, d.Chats, d.IntermediateState, now)
		l.caught(b, false, d.IntermediateState.Pts > pts, want, now)
	case *tg.UpdatesDifferenceTooLong:
		l.miss(b, d.Pts-pts)
		l.catch(b, nil, d.Pts, now)
		l.caught(b, false, true, want, now)
	}
}

// catchCommon takes a part of the common difference. Of supergroups it only tells
// that something happened.
func (l *listener) catchCommon(ms []tg.MessageClass, other []tg.UpdateClass, us []tg.UserClass, cs []tg.ChatClass, st tg.UpdatesState, now time.Time) {
	l.meet(us, cs)
	l.common.qts, l.common.date = st.Qts, max(l.common.date, st.Date)
	l.catch(l.common, ms, st.Pts, now)
	for _, u := range other {
		if _, _, ok := tg.IsPtsUpdate(u); !ok {
			l.takeOne(u, cs, st.Date, now)
		}
	}
}

// begin makes the common box known: from now on, or from the first that was
// pushed.
func (l *listener) begin(ctx context.Context) {
	st, err := call(ctx, l.accounts, l.account.ID, readyPatience, callDeadline, func(ctx context.Context, api *tg.Client) (*tg.UpdatesState, error) {
		return api.UpdatesGetState(ctx)
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	b, now := l.common, time.Now()
	if !l.answered(ctx, b, b.turn, b.want, err, now) {
		return
	}
	b.qts, b.date, b.want = st.Qts, st.Date, max(b.want, st.Pts)
	first := st.Pts
	if b.pts > 0 {
		first = min(b.pts, first)
	}
	b.due = time.Time{}
	b.begin(first, now)
	if b.pts < b.want {
		b.askBy(now)
	}
	kick(l.more)
}
