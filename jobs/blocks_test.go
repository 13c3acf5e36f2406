package jobs

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"postix/domain"
)

// turning is a storage of blocks that fails at first, and a queue behind it.
type turning struct {
	domain.Queue
	fails   int
	turned  atomic.Int64
	asked   atomic.Int64 // what is due
	tooSoon atomic.Bool  // it was asked before blocks had turned
}

func (s *turning) TurnBlocks(context.Context) error {
	if s.fails--; s.fails >= 0 {
		return errors.New("no storage")
	}
	s.turned.Add(1)
	return nil
}

func (s *turning) Recover(context.Context, time.Time) (int, error) { return 0, nil }

func (s *turning) DueRounds(context.Context, time.Time, int) ([]domain.Campaign, error) {
	s.asked.Add(1)
	s.tooSoon.Store(s.tooSoon.Load() || s.turned.Load() == 0)
	return nil, nil
}

func (s *turning) NextRound(context.Context) (time.Time, bool, error) { return time.Time{}, false, nil }

func (s *turning) Expire(context.Context, time.Time) ([]int64, error) { return nil, nil }

func (s *turning) Pending(context.Context) ([]domain.Pending, error) { return nil, nil }

// Blocks turn before anything is sent, however long the storage takes, and then every
// minute.
func TestBlocksTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &turning{fails: 3}
		ctx, stop := context.WithCancel(t.Context())
		j := New(Options{Queue: s, Blocks: s, Hub: &domain.Hub{}, Logger: slog.New(slog.DiscardHandler)})
		done := make(chan error)
		go func() { done <- j.Run(ctx) }()
		time.Sleep(5 * time.Second)
		if n := s.turned.Load(); n != 1 || s.asked.Load() == 0 {
			t.Errorf("turned %d times at the start, asked for rounds %d times", n, s.asked.Load())
		}
		time.Sleep(10 * time.Minute)
		if n := s.turned.Load(); n < 9 || n > 14 {
			t.Errorf("turned %d times in ten minutes", n)
		}
		if s.tooSoon.Load() {
			t.Error("rounds were asked for before blocks had turned")
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
