package telegram

import (
	"context"
	"sync"
	"time"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"postix/domain"
)

// slowModes remembers how long the slow mode of chats is. Lists of chats only
// say that there is one; the seconds cost a call per chat, of which Telegram
// allows few. They are the chat's, whichever account asks.
type slowModes struct {
	mu    sync.Mutex
	known map[domain.PeerID]slowMode
}

type slowMode struct {
	wait time.Duration
	at   time.Time
}

// slowModeLife is how long a read slow mode is believed. A wrong one costs at
// most a SLOWMODE_WAIT, which names the seconds.
const slowModeLife = time.Hour

func (s *slowModes) get(id domain.PeerID, now time.Time) (time.Duration, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.known[id]
	return m.wait, ok && now.Sub(m.at) < slowModeLife
}

func (s *slowModes) put(id domain.PeerID, wait time.Duration, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[domain.PeerID]slowMode{}
	}
	s.known[id] = slowMode{wait, now}
}

// ask reads one chat's slow mode from Telegram.
func (s *slowModes) ask(ctx context.Context, api *tg.Client, d domain.Dialog, now time.Time) (time.Duration, error) {
	answer, err := api.ChannelsGetFullChannel(ctx, inputChannel(d))
	if err != nil {
		return 0, err
	}
	var wait time.Duration
	if full, ok := answer.FullChat.(*tg.ChannelFull); ok {
		wait = time.Duration(full.SlowmodeSeconds) * time.Second
	}
	s.put(d.ID, wait, now)
	return wait, nil
}

// slowModes fills the slow modes in. When Telegram refuses to tell one, or has
// had enough of the questions, the rest stays 0.
func (r *dialogReader) slowModes(ctx context.Context) error {
	a := r.accounts
	for _, i := range r.slow {
		d := &r.list[i]
		if wait, ok := a.slow.get(d.ID, r.at); ok {
			d.SlowMode = wait
			continue
		}
		wait, err := read(ctx, a, r.account.ID, func(ctx context.Context, api *tg.Client) (time.Duration, error) {
			return a.slow.ask(ctx, api, *d, r.at)
		})
		switch answer, refused := asRefusal(err); {
		case refused && answer.Code == 420:
			a.log.Info("slow modes not all read", "account", r.account.ID, "err", err)
			return nil
		case err != nil && !refused:
			return err
		}
		d.SlowMode = wait
		sleep(ctx, dialogsPace)
	}
	return nil
}

// asRefusal is Telegram's definite answer that it will not do something, other
// than for a session that is gone.
func asRefusal(err error) (*tgerr.Error, bool) {
	answer, ok := tgerr.As(err)
	if _, dead := isDead(err); !ok || dead || answer.Code < 400 || answer.Code >= 500 {
		return nil, false
	}
	return answer, true
}

func refused(err error) bool { _, ok := asRefusal(err); return ok }
