package db

import (
	"context"
	"database/sql"
	"errors"

	"postix/db/sqlc"
	"postix/domain"
)

var (
	_ domain.WatchStore    = (*Store)(nil)
	_ domain.ReportStore   = (*Store)(nil)
	_ domain.PositionStore = (*Store)(nil)
)

const keyNoWatch = "watch.missing"

// changed turns a change that met no row into NotFound.
func changed(rows int64, err error) error {
	if err == nil && rows == 0 {
		return domain.Missing(keyNoWatch)
	}
	return err
}

// WatchSettings implements [domain.WatchStore].
func (s *Store) WatchSettings(ctx context.Context, organizationID int64) (domain.WatchSettings, error) {
	w, err := watchSettings(ctx, s.read, organizationID)
	return w, refuse("read the filter's settings", err)
}

func watchSettings(ctx context.Context, q *sqlc.Queries, organizationID int64) (domain.WatchSettings, error) {
	r, err := q.WatchSettings(ctx, organizationID)
	if errors.Is(err, sql.ErrNoRows) {
		return domain.DefaultWatchSettings(), nil
	}
	if err != nil {
		return domain.WatchSettings{}, err
	}
	return toWatchSettings(r)
}

// SetWatchSettings implements [domain.WatchStore].
func (s *Store) SetWatchSettings(ctx context.Context, organizationID int64, w domain.WatchSettings) error {
	p, err := fromWatchSettings(organizationID, w)
	if err != nil {
		return err
	}
	return s.write(ctx, "store the filter's settings", func(ctx context.Context, q *sqlc.Queries) error {
		had, err := watchSettings(ctx, q, organizationID)
		if err != nil {
			return err
		}
		had.Keywords, had.Version, had.Edition = w.Keywords, w.Version, w.Edition
		same, err := fromWatchSettings(organizationID, had)
		if err != nil {
			return err
		}
		if p != same { // not the keywords alone
			p.NewVersion++
		}
		n, err := putWatchSettings(ctx, q, p)
		if err == nil && n == 0 {
			return domain.E(domain.Conflict, "watch.edited")
		}
		audit(ctx, domain.AuditEntry{OrganizationID: organizationID, Event: domain.AuditWatchSettings})
		return err
	})
}

func putWatchSettings(ctx context.Context, q *sqlc.Queries, p sqlc.UpdateWatchSettingsParams) (int64, error) {
	if p.Edition > 0 {
		return q.UpdateWatchSettings(ctx, p)
	}
	return q.InsertWatchSettings(ctx, sqlc.InsertWatchSettingsParams{
		OrganizationID: p.OrganizationID, Version: p.NewVersion, Mode: p.Mode, AllGroups: p.AllGroups, Rules: p.Rules, Keywords: p.Keywords,
		ReplyFrom: p.ReplyFrom, ReplyCooldownMs: p.ReplyCooldownMs, ReplySourceFirst: p.ReplySourceFirst,
		ReplyPerChat: p.ReplyPerChat, ReplyPerSender: p.ReplyPerSender, ReplyPerDay: p.ReplyPerDay, KeepDays: p.KeepDays,
	})
}

// Watching implements [domain.WatchStore].
func (s *Store) Watching(ctx context.Context, organizationID int64) (map[domain.PeerID]bool, error) {
	ids, err := s.read.Watching(ctx, organizationID)
	chosen := make(map[domain.PeerID]bool, len(ids))
	for _, id := range ids {
		chosen[domain.PeerID(id)] = true
	}
	return chosen, refuse("list the groups that are watched", err)
}

// SetWatching implements [domain.WatchStore]; NotFound (watch.missing), and none
// is chosen, when one of them is no group of an account that listens.
func (s *Store) SetWatching(ctx context.Context, organizationID int64, peers []domain.PeerID, on bool) error {
	return s.write(ctx, "choose the groups that are watched", func(ctx context.Context, q *sqlc.Queries) error {
		for _, id := range peers {
			var err error
			if on {
				err = changed(q.Watch(ctx, sqlc.WatchParams{OrganizationID: organizationID, PeerID: int64(id)}))
			} else {
				err = q.Unwatch(ctx, sqlc.UnwatchParams{OrganizationID: organizationID, PeerID: int64(id)})
			}
			if err != nil {
				return err
			}
		}
		audit(ctx, domain.AuditEntry{OrganizationID: organizationID, Event: domain.AuditWatchGroups})
		return nil
	})
}

// WatchedGroups implements [domain.WatchStore], most members first. A limit of 0
// lists all.
func (s *Store) WatchedGroups(ctx context.Context, organizationID int64, search string, offset, limit int) ([]domain.WatchedGroup, int, error) {
	total, err := s.read.CountWatchedGroups(ctx, sqlc.CountWatchedGroupsParams{OrganizationID: organizationID, Needle: needle(search)})
	if err != nil {
		return nil, 0, refuse("count the groups", err)
	}
	chosen, err := s.Watching(ctx, organizationID)
	if err != nil {
		return nil, 0, err
	}
	rows, err := s.read.WatchedGroups(ctx, sqlc.WatchedGroupsParams{
		OrganizationID: organizationID, Needle: needle(search), RowLimit: upTo(limit), RowOffset: int64(offset),
	})
	gs := make([]domain.WatchedGroup, len(rows))
	for i, r := range rows {
		gs[i] = domain.WatchedGroup{
			Peer:    toPeer(r.PeerID, r.Kind, r.Title, r.Username, r.Members),
			Watched: chosen[domain.PeerID(r.PeerID)], Accounts: int(r.Accounts), Messages: int(r.Messages),
		}
	}
	return gs, int(total), refuse("list the groups", err)
}

// OwnSenders implements [domain.WatchStore].
func (s *Store) OwnSenders(ctx context.Context) (map[int64]bool, error) {
	ids, err := s.read.OwnSenders(ctx)
	own := make(map[int64]bool, len(ids))
	for _, id := range ids {
		own[id] = true
	}
	return own, refuse("list our own senders", err)
}
