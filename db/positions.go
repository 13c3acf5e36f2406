package db

import (
	"context"

	"postix/db/sqlc"
	"postix/domain"
)

// Listening implements [domain.PositionStore]: of those that listen, whoever is
// connected.
func (s *Store) Listening(ctx context.Context) ([]int64, error) {
	ids, err := s.read.Listening(ctx)
	return ids, refuse("list the accounts that listen", err)
}

// SetListening implements [domain.AccountStore]; NotFound (watch.missing), also
// for an account that is disconnected.
func (s *Store) SetListening(ctx context.Context, organizationID, accountID int64, on bool) error {
	return s.write(ctx, "let an account listen", func(ctx context.Context, q *sqlc.Queries) error {
		e := domain.AuditEntry{OrganizationID: organizationID, Event: domain.AuditAccountListen, Subject: domain.SubjectAccount, SubjectID: accountID}
		if !on {
			e.Event = domain.AuditAccountDeafen
		}
		audit(ctx, e)
		return changed(q.SetListens(ctx, sqlc.SetListensParams{Listens: flag(on), OrganizationID: organizationID, ID: accountID}))
	})
}

// Positions implements [domain.PositionStore].
func (s *Store) Positions(ctx context.Context, accountID int64) ([]domain.Position, error) {
	rows, err := s.read.Positions(ctx, accountID)
	ps := make([]domain.Position, len(rows))
	for i, r := range rows {
		ps[i] = domain.Position{PeerID: domain.PeerID(r.PeerID), Pts: int(r.Pts), Qts: int(r.Qts), Date: int(r.Date)}
	}
	return ps, refuse("read how far an account has read", err)
}

// SavePositions implements [domain.PositionStore]. Those that are not among the
// given ones stay.
func (s *Store) SavePositions(ctx context.Context, accountID int64, ps []domain.Position) error {
	return s.write(ctx, "store how far an account has read", func(ctx context.Context, q *sqlc.Queries) error {
		for _, p := range ps {
			err := changed(q.SavePosition(ctx, sqlc.SavePositionParams{
				PeerID: int64(p.PeerID), Pts: int64(p.Pts), Qts: int64(p.Qts), Date: int64(p.Date), At: ms(s.now()), AccountID: accountID,
			}))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// ListenedGroups implements [domain.PositionStore].
func (s *Store) ListenedGroups(ctx context.Context, accountID int64) ([]domain.Dialog, error) {
	rows, err := s.read.ListenedGroups(ctx, accountID)
	ds := make([]domain.Dialog, len(rows))
	for i, r := range rows {
		ds[i] = toDialog(r)
	}
	return ds, refuse("list the supergroups of an account", err)
}
