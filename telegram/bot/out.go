package bot

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How fast the bot may talk: about one message a second to a chat and 30 to all
// (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).
// It stays within that in any second.
const (
	allPerSecond = 20
	allBurst     = 10
	chatEvery    = time.Second
	chatBurst    = 4
	chatsKnown   = 4096 // whose pace is remembered; of others it begins anew
)

// outbox paces what goes out and repeats what got no answer. A repeated message may
// then stand there twice, which does no harm in a chat with a bot.
type outbox struct {
	all *rate.Limiter

	mu    sync.Mutex
	chats map[int64]*rate.Limiter
	until time.Time // Telegram asks to wait
}

func newOutbox() *outbox {
	return &outbox{all: rate.NewLimiter(allPerSecond, allBurst), chats: map[int64]*rate.Limiter{}}
}

// tries is how often a call that gets no answer is made: within ten seconds or so,
// after which a person has pressed again anyway.
const tries = 5

// do makes a call about a chat, as soon as it may. It answers the error of the last
// try, or of ctx.
func (o *outbox) do(ctx context.Context, chat int64, call func(context.Context) error) error {
	for n := 1; ; n++ {
		if err := o.wait(ctx, chat); err != nil {
			return err
		}
		err := call(ctx)
		switch what, wait := judge(err); {
		case what == tooMany:
			o.hold(time.Now().Add(wait))
		case what != unanswered || n >= tries:
			return err
		default:
			pause(ctx, backoff(n, 500*time.Millisecond, 5*time.Second))
		}
	}
}

// hold lets nothing out before a time.
func (o *outbox) hold(until time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if until.After(o.until) {
		o.until = until
	}
}

func (o *outbox) wait(ctx context.Context, chat int64) error {
	if err := o.chat(chat).Wait(ctx); err != nil {
		return err
	}
	for {
		if err := o.all.Wait(ctx); err != nil {
			return err
		}
		left := o.held()
		if left <= 0 {
			return nil
		}
		pause(ctx, left) // and then at the pace again: many may have waited
	}
}

// held is how long nothing may go out.
func (o *outbox) held() time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	return time.Until(o.until)
}

func (o *outbox) chat(id int64) *rate.Limiter {
	o.mu.Lock()
	defer o.mu.Unlock()
	l := o.chats[id]
	if l == nil {
		if len(o.chats) >= chatsKnown {
			clear(o.chats)
		}
		l = rate.NewLimiter(rate.Every(chatEvery), chatBurst)
		o.chats[id] = l
	}
	return l
}

// idle reports whether a call about a chat could be made at once and leaves room for
// others: what is only nice to have waits behind what people have asked for.
func (o *outbox) idle(chat int64) bool {
	return o.held() <= 0 && o.chat(chat).Tokens() >= chatBurst-1 && o.all.Tokens() > allBurst/2
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// backoff doubles from first to most; n counts from 1.
func backoff(n int, first, most time.Duration) time.Duration {
	return min(first<<min(n-1, 20), most)
}
