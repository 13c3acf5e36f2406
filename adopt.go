package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"postix/db"
)

type adoptCommand struct {
	Yes bool `help:"Do not ask."`
}

// Help implements kong.HelpProvider.
func (adoptCommand) Help() string {
	return "Data that was put back from a backup or copied does not send until this command confirms that it is used here only."
}

// Run adopts the data in POSTIX_DATA, which no other process may be using.
func (c adoptCommand) Run(s *surroundings) error {
	set, err := loadSettings(withoutTelegram(s.environ))
	if err != nil {
		return err
	}
	lock, err := set.hold()
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	store, err := openStore(s.ctx, set, newLogger(s.errOut, "info"))
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	why, err := unadopted(s.ctx, store, set.Data)
	if err != nil {
		return err
	}
	if why == "" {
		_, err := fmt.Fprintf(s.out, "The data in %s is this installation's own: there is nothing to adopt.\n", set.Data)
		return err
	}
	if err := describe(s.ctx, s.out, store, set, why); err != nil {
		return err
	}
	if !c.Yes && !s.confirmed() {
		return badSettings{"nothing was changed; to adopt the data, answer yes or give --yes"}
	}
	if err := adopt(s.ctx, store, set.Data, time.Now().UTC()); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, "Adopted. Start it with: postix serve")
	return err
}

// describe says what would be adopted.
func describe(ctx context.Context, w io.Writer, store *db.Store, set settings, why string) error {
	in, err := store.Installation(ctx)
	if err != nil {
		return err
	}
	o, err := store.Outstanding(ctx, time.Now())
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(set.Zone)
	if err != nil {
		return err
	}
	id := "not known"
	if in.ID != "" {
		id = in.ID[:8]
	}
	_, err = fmt.Fprintf(w, adoption, set.Data, why, id, when(in.Since, zone), when(in.At, zone), o.Campaigns, o.Overdue, o.Open, o.Uncertain)
	return err
}

const adoption = `The data in %s waits to be adopted: %s.

  Installation  %s, since %s
  Last used     %s
  Campaigns     %d live, %d of them overdue
  Deliveries    %d to come, %d uncertain

To adopt it is to say that this data is used in no other place. Its numbers
connect to Telegram again and its campaigns go on; rounds whose time has passed
are called missed, as after any stop. If it runs in another place too, stop that
one for good first: Telegram ends a session that is used in two places.

`

func when(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return "not known"
	}
	return t.In(zone).Format("2006-01-02 15:04 MST")
}

// confirmed asks for a yes on standard input.
func (s *surroundings) confirmed() bool {
	_, _ = fmt.Fprint(s.errOut, "Adopt it? (yes) ")
	line, _ := bufio.NewReader(io.LimitReader(s.in, 1024)).ReadString('\n')
	return strings.EqualFold(strings.TrimSpace(line), "yes")
}

// adopt makes the data an installation of its own. Interrupted, it has either
// happened or waits to be done again.
func adopt(ctx context.Context, store *db.Store, dir string, now time.Time) error {
	in := newInstallation(now)
	if err := writeMark(dir, in); err != nil {
		return err
	}
	in.Stamp++
	if err := store.Adopt(ctx, in); err != nil {
		return err
	}
	return writeMark(dir, in)
}
