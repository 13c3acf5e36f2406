package telegram

import (
	"context"
	"crypto/rand"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/clock"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/session"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/dcs"

	"postix/domain"
)

// serverClock is Telegram's time, which the numbers of messages on the wire are
// made of: Telegram refuses those that are 30 s ahead or 300 s behind, and the
// library ignores answers that look so. It runs by the machine's uptime, so that
// setting the machine's clock while the program runs changes nothing.
// Source: https://core.telegram.org/mtproto/description#message-identifier-msg-id
type serverClock struct {
	mu    sync.Mutex
	since time.Time // a moment of this machine, and
	was   time.Time // what Telegram's clock showed then
}

var _ clock.Clock = (*serverClock)(nil)

func newServerClock(now time.Time) *serverClock { return &serverClock{since: time.Now(), was: now} }

// Now implements clock.Clock.
func (c *serverClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.was.Add(time.Since(c.since))
}

// set tells what Telegram's clock shows now.
func (c *serverClock) set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since, c.was = time.Now(), now
}

// Timer implements clock.Clock.
func (c *serverClock) Timer(d time.Duration) clock.Timer { return clock.System.Timer(d) }

// Ticker implements clock.Clock.
func (c *serverClock) Ticker(d time.Duration) clock.Ticker { return clock.System.Ticker(d) }

// options of one client, which goes by Telegram's time.
func (a *Accounts) options(ctx context.Context, st session.Storage) telegram.Options {
	o := a.cfg.options(ctx, st)
	o.Clock = a.clock
	return o
}

const (
	clockDeadline = 3 * time.Second  // to ask for the time
	clockWrong    = 10 * time.Second // less is the way there and back, and harmless
	clockEvery    = time.Minute      // until it is asked again while some account does not connect,
	clockAtLeast  = time.Hour        // and while all do
)

// keepTime asks for the time again and again until ctx ends: a machine that has
// slept is behind, and clocks drift.
func (a *Accounts) keepTime(ctx context.Context) {
	last := time.Now()
	for ctx.Err() == nil {
		sleep(ctx, a.clockAgain)
		if time.Since(last) > clockAtLeast || len(a.connectingNow()) > 0 {
			a.syncTime(ctx)
			last = time.Now()
		}
	}
}

// syncTime sets the clock by Telegram's, if Telegram answers. Nobody vouches for
// the answer: a wrong one makes Telegram refuse our messages, and no more.
func (a *Accounts) syncTime(ctx context.Context) {
	defer func() {
		if p := recover(); p != nil {
			a.log.Error("panic while asking for the time", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	ctx, stop := context.WithTimeout(ctx, clockDeadline)
	defer stop()
	at, err := a.cfg.askTime(ctx)
	if err != nil {
		a.log.Debug("ask Telegram for the time", "err", err)
		return
	}
	ahead := a.clock.Now().Sub(at)
	if ahead.Abs() < clockWrong {
		return
	}
	a.log.Warn("this machine's clock is not Telegram's", "ahead", ahead.Round(time.Second))
	a.clock.set(at)
	// Those that Telegram has refused have ignored it, and would wait for more.
	for _, restart := range a.connectingNow() {
		restart()
	}
}

// connectingNow lists, for each client that is not connected, how to start it
// again.
func (a *Accounts) connectingNow() (restarts []context.CancelFunc) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, l := range a.links {
		if l.state == domain.LinkConnecting && l.stop != nil {
			restarts = append(restarts, l.stop)
		}
	}
	return restarts
}

// ahead is how far this machine's clock is ahead of Telegram's.
func (a *Accounts) ahead() time.Duration { return a.now().Sub(a.clock.Now()) }

// askTime reads the time out of the answer to the first step of a key exchange,
// which goes no further.
func (c Config) askTime(ctx context.Context) (time.Time, error) {
	o := c.options(ctx, nil)
	list := o.DCList
	if list.Zero() {
		list = dcs.Prod()
	}
	conn, err := o.Resolver.Primary(ctx, theDC, list)
	if err != nil {
		return time.Time{}, err
	}
	defer func() { _ = conn.Close() }()
	var req mt.ReqPqMultiRequest
	if _, err := rand.Read(req.Nonce[:]); err != nil {
		return time.Time{}, err
	}
	var body, b bin.Buffer
	if err := req.Encode(&body); err != nil {
		return time.Time{}, err
	}
	msg := proto.UnencryptedMessage{MessageID: int64(proto.NewMessageID(time.Now(), proto.MessageFromClient)), MessageData: body.Buf}
	if err := msg.Encode(&b); err != nil {
		return time.Time{}, err
	}
	if err := conn.Send(ctx, &b); err != nil {
		return time.Time{}, err
	}
	b.Reset()
	if err := conn.Recv(ctx, &b); err != nil {
		return time.Time{}, err
	}
	var res mt.ResPQ
	if err := msg.Decode(&b); err != nil {
		return time.Time{}, err
	}
	if err := res.Decode(&bin.Buffer{Buf: msg.MessageData}); err != nil {
		return time.Time{}, err
	}
	if res.Nonce != req.Nonce {
		return time.Time{}, fmt.Errorf("the answer belongs to another question")
	}
	return proto.MessageID(msg.MessageID).Time(), nil
}
