package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// ReplaceDialogs implements [domain.DialogStore].
func (s *Store) ReplaceDialogs(ctx context.Context, organizationID, accountID int64, ds []domain.Dialog, when time.Time) error {
	return s.write(ctx, "replace the dialogs", func(ctx context.Context, q *sqlc.Queries) error {
		a, err := account(ctx, q, whole(organizationID), accountID)
		if err != nil {
			return err
		}
		known, err := dialogsByPeer(ctx, q, organizationID, accountID)
		if err != nil {
			return err
		}
		silent := known
		if len(known) == 0 {
			if silent, err = formerDialogs(ctx, q, a); err != nil {
				return err
			}
		}
		listed := 0
		seen := make(map[domain.PeerID]bool, len(ds))
		for _, d := range ds {
			if seen[d.ID] {
				continue
			}
			seen[d.ID] = true
			d.SeenAt = when
			d.WaitUntil, d.WaitReason = silent[d.ID].WaitUntil, silent[d.ID].WaitReason
			if err := putListed(ctx, q, organizationID, accountID, d, known, int64(listed)); err != nil {
				return fmt.Errorf("store a dialog: %w", err)
			}
			listed++
		}
		for id := range known {
			if seen[id] {
				continue
			}
			err := q.DropDialog(ctx, sqlc.DropDialogParams{OrganizationID: organizationID, AccountID: accountID, PeerID: int64(id)})
			if err != nil {
				return fmt.Errorf("drop a dialog: %w", err)
			}
		}
		return q.SetDialogsRead(ctx, sqlc.SetDialogsReadParams{
			DialogsAt: ms(when), Dialogs: int64(listed), OrganizationID: organizationID, ID: accountID,
		})
	})
}

// putListed stores one dialog and keeps how often the peer has refused us.
func putListed(ctx context.Context, q *sqlc.Queries, organizationID, accountID int64, d domain.Dialog, known map[domain.PeerID]domain.Dialog, position int64) error {
	old, had := known[d.ID]
	d.Fails = old.Fails
	if err := q.PutDialog(ctx, fromDialog(organizationID, accountID, d, position)); err != nil {
		return err
	}
	if had && old.Peer == d.Peer {
		return nil
	}
	return q.NameCatalogPeer(ctx, sqlc.NameCatalogPeerParams{
		Kind: string(d.Kind), Title: d.Title, Username: d.Username, Members: int64(d.Members),
		OrganizationID: organizationID, PeerID: int64(d.ID),
	})
}

// formerDialogs are those of the account that held the Telegram user before: a
// chat's silence is meant for him, whichever account of ours he has.
func formerDialogs(ctx context.Context, q *sqlc.Queries, a domain.Account) (map[domain.PeerID]domain.Dialog, error) {
	f, err := q.FormerAccount(ctx, sqlc.FormerAccountParams{TelegramID: a.TelegramID, ID: a.ID})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find the former account: %w", err)
	}
	return dialogsByPeer(ctx, q, f.OrganizationID, f.ID)
}

func dialogsByPeer(ctx context.Context, q *sqlc.Queries, organizationID, accountID int64) (map[domain.PeerID]domain.Dialog, error) {
	rows, err := q.DialogsOf(ctx, sqlc.DialogsOfParams{OrganizationID: organizationID, AccountID: accountID})
	m := make(map[domain.PeerID]domain.Dialog, len(rows))
	for _, r := range rows {
		m[domain.PeerID(r.PeerID)] = toDialog(r)
	}
	return m, err
}

// Dialogs implements [domain.DialogStore]. A Limit of 0 lists all.
func (s *Store) Dialogs(ctx context.Context, organizationID, accountID int64, f domain.DialogFilter) ([]domain.DialogRow, int, error) {
	total, err := s.read.CountDialogs(ctx, sqlc.CountDialogsParams{
		OrganizationID: organizationID, AccountID: accountID,
		OfKind: string(f.Kind), Chats: flag(f.Chats), Writable: flag(f.Writable), Needle: needle(f.Search),
	})
	if err != nil {
		return nil, 0, refuse("count the dialogs", err)
	}
	rows, err := s.read.DialogPage(ctx, sqlc.DialogPageParams{
		OrganizationID: organizationID, AccountID: accountID, CatalogID: f.CatalogID,
		OfKind: string(f.Kind), Chats: flag(f.Chats), Writable: flag(f.Writable), Needle: needle(f.Search),
		RowLimit: upTo(f.Limit), RowOffset: int64(f.Offset),
	})
	out := make([]domain.DialogRow, len(rows))
	for i, r := range rows {
		out[i] = domain.DialogRow{Dialog: toDialog(r.Dialog), Position: int(r.Dialog.Position), InUse: r.InUse == 1}
	}
	return out, int(total), refuse("list the dialogs", err)
}

func needle(search string) string { return fold(strings.TrimSpace(search)) }

// idsAtOnce keeps a statement far below SQLite's limit of 32,766 parameters.
const idsAtOnce = 500

// DialogsByID implements [domain.DialogStore].
func (s *Store) DialogsByID(ctx context.Context, organizationID, accountID int64, ids []domain.PeerID) ([]domain.Dialog, error) {
	var ds []domain.Dialog
	for len(ids) > 0 {
		n := min(len(ids), idsAtOnce)
		part := make([]int64, n)
		for i, id := range ids[:n] {
			part[i] = int64(id)
		}
		rows, err := s.read.DialogsByID(ctx, sqlc.DialogsByIDParams{OrganizationID: organizationID, AccountID: accountID, PeerIds: part})
		if err != nil {
			return nil, refuse("find dialogs", err)
		}
		for _, r := range rows {
			ds = append(ds, toDialog(r))
		}
		ids = ids[n:]
	}
	return ds, nil
}

// DialogByUsername implements [domain.DialogStore].
func (s *Store) DialogByUsername(ctx context.Context, organizationID, accountID int64, username string) (domain.Dialog, error) {
	r, err := s.read.DialogByUsername(ctx, sqlc.DialogByUsernameParams{
		OrganizationID: organizationID, AccountID: accountID, LowerUsername: strings.ToLower(username),
	})
	return toDialog(r), refuse("find a dialog by username", missing("catalog.not_member", err))
}

// KnownOf implements [domain.DialogStore].
func (s *Store) KnownOf(ctx context.Context, organizationID, catalogID int64) (map[int64]int, error) {
	rows, err := s.read.KnownOf(ctx, sqlc.KnownOfParams{OrganizationID: organizationID, CatalogID: catalogID})
	known := make(map[int64]int, len(rows))
	for _, r := range rows {
		known[r.AccountID] = int(r.Known)
	}
	return known, refuse("count the peers that accounts know", err)
}

// ClearFails implements [domain.DialogStore].
func (s *Store) ClearFails(ctx context.Context, organizationID, accountID int64, id domain.PeerID) error {
	return s.write(ctx, "clear the refusals of a peer", func(ctx context.Context, q *sqlc.Queries) error {
		return q.ClearFails(ctx, sqlc.ClearFailsParams{OrganizationID: organizationID, AccountID: accountID, PeerID: int64(id)})
	})
}
