package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/go-co-op/gocron/v2"
)

// When the chores run. They are asked for more often than they are due, since a
// process may not live for a day.
const (
	choreFirst = time.Minute // after the start
	choreEvery = time.Hour
	dialogsAge = 24 * time.Hour // dialogs older than this are read again
)

func (j *Jobs) addChores(ctx context.Context, sched gocron.Scheduler) error {
	if j.Dialogs != nil {
		err := j.addChore(ctx, sched, "dialogs", func() error {
			return j.Dialogs.RefreshDialogs(ctx, j.Now().Add(-dialogsAge))
		})
		if err != nil {
			return err
		}
	}
	if j.Pruner != nil {
		return j.addChore(ctx, sched, "prune", func() error { return j.Pruner.Prune(ctx, j.Now()) })
	}
	return nil
}

func (j *Jobs) addChore(ctx context.Context, sched gocron.Scheduler, name string, do func() error) error {
	task := func() {
		if err := do(); err != nil && ctx.Err() == nil {
			j.Logger.Error("chore", "job", name, "err", err)
		}
	}
	_, err := sched.NewJob(gocron.DurationJob(choreEvery), gocron.NewTask(task),
		gocron.WithName(name), gocron.WithSingletonMode(gocron.LimitModeReschedule), onPanic(j.Logger),
		gocron.WithStartAt(gocron.WithStartDateTime(time.Now().Add(choreFirst))))
	if err != nil {
		return fmt.Errorf("add the job %q: %w", name, err)
	}
	return nil
}
