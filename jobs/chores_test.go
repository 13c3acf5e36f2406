package jobs

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-co-op/gocron/v2"

	"postix/domain"
)

// ran tells when a chore ran and what it was asked for.
type ran chan time.Time

func (c ran) RefreshDialogs(_ context.Context, before time.Time) error {
	c <- before
	return errors.New("no connection")
}

func (c ran) Prune(_ context.Context, now time.Time) error {
	c <- now
	panic("broken")
}

func (c ran) CheckSums(_ context.Context, since, _ time.Time) ([]domain.WrongSum, error) {
	c <- since
	return []domain.WrongSum{{OrganizationID: 7, CampaignID: 12, Counted: domain.Counts{Sent: 2}}}, nil
}

func (c ran) CheckContent(context.Context) error {
	c <- time.Now()
	return errors.New("damaged")
}

// next waits for the run at want. The scheduler may run a job twice at one
// moment, which does no harm.
func (c ran) next(t *testing.T, name string, want time.Time) {
	t.Helper()
	got := <-c
	for got.Before(want) {
		got = <-c
	}
	if !got.Equal(want) {
		t.Errorf("%s ran for %v, want %v", name, got, want)
	}
}

// Chores run soon after the start and then every hour or day, whatever becomes
// of them, and what they find wrong is said.
func TestChores(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		dialogs, prune, sums, content := make(ran, 30), make(ran, 30), make(ran, 30), make(ran, 30)
		var said bytes.Buffer
		j := New(Options{
			Dialogs: dialogs, Pruner: prune, Sums: sums, Content: content, Hub: &domain.Hub{},
			Logger: slog.New(slog.NewTextHandler(&said, nil)),
		})
		sched, err := gocron.NewScheduler()
		if err != nil {
			t.Fatal(err)
		}
		if err := j.addChores(t.Context(), sched); err != nil {
			t.Fatal(err)
		}
		sched.Start()
		for i := range 25 {
			at := start.Add(choreFirst + time.Duration(i)*choreEvery)
			dialogs.next(t, "dialogs", at.Add(-24*time.Hour))
			prune.next(t, "prune", at)
			sums.next(t, "sums", at.Add(-2*time.Hour))
		}
		synctest.Wait()
		content.next(t, "content", start.Add(choreFirst))
		content.next(t, "content", start.Add(choreFirst+24*time.Hour))
		if err := sched.Shutdown(); err != nil {
			t.Error(err)
		}
		for _, want := range []string{"sums do not come out", "campaign=12", "Sent:2", "damaged", "panic=broken"} {
			if !strings.Contains(said.String(), want) {
				t.Errorf("the log does not say %q", want)
			}
		}
	})
}
