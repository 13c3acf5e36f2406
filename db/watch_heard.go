package db

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"time"

	"postix/db/sqlc"
	"postix/domain"
	"postix/domain/filter"
)

const (
	keepHeard = 24 * time.Hour
	heardPage = 1000 // messages that are read at once
)

// Heard implements [domain.WatchStore]. The senders have the names that were
// seen last. While f runs, nothing is held open.
func (s *Store) Heard(ctx context.Context, organizationID int64, when time.Time, f func(filter.Message) error) error {
	page := sqlc.HeardPageParams{
		OrganizationID: organizationID, AfterAt: ms(when.Add(-keepHeard)), AfterID: math.MaxInt64, Until: ms(when), RowLimit: heardPage,
	}
	last, err := s.read.NthNewestHeard(ctx, sqlc.NthNewestHeardParams{
		OrganizationID: organizationID, Since: page.AfterAt, Until: page.Until, Number: domain.MostHeard,
	})
	if err == nil {
		page.AfterAt, page.AfterID = last.At, last.ID
	} else if !errors.Is(err, sql.ErrNoRows) {
		return refuse("find the oldest message", err)
	}
	for {
		rows, err := s.read.HeardPage(ctx, page)
		if err != nil {
			return refuse("read what was heard", err)
		}
		for _, r := range rows {
			if err := f(toHeard(r)); err != nil {
				return err
			}
			page.AfterAt, page.AfterID = r.At, r.ID
		}
		if len(rows) < heardPage {
			return nil
		}
	}
}

func toHeard(r sqlc.HeardPageRow) filter.Message {
	return filter.Message{
		ID: r.MessageID, At: at(r.At), ChatID: r.ChatID, ChatTitle: r.Title, ChatMembers: int(r.Members),
		SenderID: r.SenderID, Username: r.Username, FirstName: r.FirstName, LastName: r.LastName, Text: r.Body,
	}
}

// Seen implements [domain.ReplyStore]. It leaves out what the deny list has, and
// groups that have refused the account too often or keep it waiting until the
// answer is worth nothing.
func (s *Store) Seen(ctx context.Context, organizationID, accountID, senderID int64, when time.Time) ([]domain.Peer, error) {
	rows, err := s.read.Seen(ctx, sqlc.SeenParams{
		OrganizationID: organizationID, AccountID: accountID, SkipAfter: domain.SkipAfter, SenderID: senderID,
		Since: ms(when.Add(-keepHeard)), Until: ms(when.Add(domain.ReplyWithin)),
	})
	ps := make([]domain.Peer, len(rows))
	for i, r := range rows {
		ps[i] = toPeer(r.PeerID, r.Kind, r.Title, r.Username, r.Members)
	}
	return ps, refuse("find the groups of a sender", err)
}
