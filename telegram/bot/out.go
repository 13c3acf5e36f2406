package bot

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
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

// floodedChats is from how many on the bot is taken to write too much, and not a chat
// to be written to too quickly: Telegram does not tell which. Two may be held by chance
// at the same time, as their holds last for minutes at times, and then all others would
// wait for nothing. Everybody waits until fewer are held again: where it is the bot, it
// is told about the same time for each.
const floodedChats = 3

// outbox paces what goes out and repeats what got no answer. A repeated message may
// then stand there twice, which does no harm in a chat with a bot.
type outbox struct {
	all *rate.Limiter
	log *slog.Logger

	mu    sync.Mutex
	chats map[int64]*rate.Limiter
	holds map[int64]time.Time // until when Telegram lets nothing out to a chat
	until time.Time           // and to anybody
}

func newOutbox(log *slog.Logger) *outbox {
	return &outbox{log: log, all: rate.NewLimiter(allPerSecond, allBurst), chats: map[int64]*rate.Limiter{}, holds: map[int64]time.Time{}}
}

// tries is how often a call that gets no answer is made for somebody who waits: within
// ten seconds or so, after which he has pressed again anyway.
const tries = 5

// do makes a call about a chat in so many tries, as soon as it may. It answers the error of the last
// try, or of ctx; at once where Telegram asks to wait for longer than ctx lasts.
func (o *outbox) do(ctx context.Context, chat int64, tries int, call func(context.Context) error) error {
	for n := 1; ; n++ {
		if err := o.wait(ctx, chat); err != nil {
			return err
		}
		err := call(ctx)
		switch what, wait := judge(err); {
		case what == tooMany:
			o.log.Warn("Telegram asks the bot to wait", "telegram_id", chat, "for", wait)
			o.hold(chat, time.Now().Add(wait))
		case what != unanswered || n >= tries:
			return err
		default:
			pause(ctx, backoff(n, 500*time.Millisecond, 5*time.Second))
		}
	}
}

// hold lets nothing out to a chat before a time, and to nobody while so many are held
// that it is not theirs alone.
func (o *outbox) hold(chat int64, until time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	maps.DeleteFunc(o.holds, func(_ int64, t time.Time) bool { return !t.After(time.Now()) })
	o.holds[chat] = later(until, o.holds[chat])
	if len(o.holds) >= floodedChats {
		ends := slices.SortedFunc(maps.Values(o.holds), time.Time.Compare)
		o.until = ends[len(ends)-floodedChats]
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// errHeld is that Telegram lets nothing out for longer than a call can wait.
var errHeld = errors.New("the Bot API asks to wait")

func (o *outbox) wait(ctx context.Context, chat int64) error {
	if err := o.chat(chat).Wait(ctx); err != nil {
		return err
	}
	for {
		for left := o.held(chat); left > 0 && ctx.Err() == nil; left = o.held(chat) {
			if end, ends := ctx.Deadline(); ends && time.Until(end) < left {
				return errHeld
			}
			pause(ctx, left)
		}
		if err := o.all.Wait(ctx); err != nil { // at the pace again: many may have waited
			return err
		}
		if o.held(chat) <= 0 {
			return nil
		}
	}
}

// held is how long nothing may go out to a chat.
func (o *outbox) held(chat int64) time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	return time.Until(later(o.holds[chat], o.until))
}

// allHeld is how long nothing may go out to anybody.
func (o *outbox) allHeld() time.Duration {
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
	return o.held(chat) <= 0 && o.chat(chat).Tokens() >= chatBurst-1 && o.all.Tokens() > allBurst/2
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
