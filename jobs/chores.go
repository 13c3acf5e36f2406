package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/go-co-op/gocron/v2"

	"postix/domain"
)

// When the chores run. They are asked for more often than they are due, since a
// process may not live for a day.
const (
	choreFirst   = time.Minute // after the start
	choreEvery   = time.Hour
	contentEvery = 24 * time.Hour
	dialogsAge   = 24 * time.Hour // dialogs older than this are read again
	sumsAge      = 2 * time.Hour  // campaigns that ended earlier have been checked
)

// chore is something to do now and then.
type chore struct {
	name  string
	every time.Duration
	do    func() error
}

func (j *Jobs) chores(ctx context.Context) (cs []chore) {
	if j.Blocks != nil {
		cs = append(cs, chore{"blocks", domain.BlocksEvery, func() error { return j.Blocks.TurnBlocks(ctx) }})
	}
	if j.Dialogs != nil {
		cs = append(cs, chore{"dialogs", choreEvery, func() error {
			return j.Dialogs.RefreshDialogs(ctx, j.Now().Add(-dialogsAge))
		}})
	}
	if j.Pruner != nil {
		cs = append(cs, chore{"prune", choreEvery, func() error { return j.Pruner.Prune(ctx, j.Now()) }})
	}
	if j.Sums != nil {
		cs = append(cs, chore{"sums", choreEvery, func() error { return j.checkSums(ctx) }})
	}
	if j.Content != nil {
		cs = append(cs, chore{"content", contentEvery, func() error { return j.Content.CheckContent(ctx) }})
	}
	return cs
}

func (j *Jobs) addChores(ctx context.Context, sched gocron.Scheduler) error {
	for _, c := range j.chores(ctx) {
		task := func() {
			if err := c.do(); err != nil && ctx.Err() == nil {
				j.Logger.Error("chore", "job", c.name, "err", err)
			}
		}
		_, err := sched.NewJob(gocron.DurationJob(c.every), gocron.NewTask(task),
			gocron.WithName(c.name), gocron.WithSingletonMode(gocron.LimitModeReschedule), onPanic(j.Logger),
			gocron.WithStartAt(gocron.WithStartDateTime(time.Now().Add(choreFirst))))
		if err != nil {
			return fmt.Errorf("add the job %q: %w", c.name, err)
		}
	}
	return nil
}

// checkSums holds the counters of what has lately moved against its deliveries.
func (j *Jobs) checkSums(ctx context.Context) error {
	now := j.Now()
	wrong, err := j.Sums.CheckSums(ctx, now.Add(-sumsAge), now)
	for _, w := range wrong {
		j.Logger.Error("sums do not come out", "organization", w.OrganizationID, "campaign", w.CampaignID, "round", w.Round,
			"counted", fmt.Sprintf("%+v", w.Counted), "real", fmt.Sprintf("%+v", w.Real))
		j.Hub.Progress(w.OrganizationID)
	}
	return err
}
