package jobs

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-co-op/gocron/v2"
)

type chore chan time.Time

func (c chore) RefreshDialogs(_ context.Context, before time.Time) error {
	c <- before
	return errors.New("no connection")
}

func (c chore) Prune(_ context.Context, now time.Time) error {
	c <- now
	panic("broken")
}

// Chores run soon after the start and then every hour, whatever becomes of them.
func TestChores(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		dialogs, prune := make(chore, 10), make(chore, 10)
		j := New(Options{Dialogs: dialogs, Pruner: prune, Logger: slog.New(slog.DiscardHandler)})
		sched, err := gocron.NewScheduler()
		if err != nil {
			t.Fatal(err)
		}
		if err := j.addChores(t.Context(), sched); err != nil {
			t.Fatal(err)
		}
		sched.Start()
		for i := range 3 {
			at := start.Add(choreFirst + time.Duration(i)*choreEvery)
			if before := <-dialogs; !before.Equal(at.Add(-24 * time.Hour)) {
				t.Errorf("run %d refreshes dialogs from before %v, want a day before %v", i+1, before, at)
			}
			if now := <-prune; !now.Equal(at) {
				t.Errorf("run %d prunes at %v, want %v", i+1, now, at)
			}
		}
		synctest.Wait()
		if err := sched.Shutdown(); err != nil {
			t.Error(err)
		}
	})
}
