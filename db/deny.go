package db

import (
	"context"
	"fmt"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// DeniedPeers implements [domain.DenyStore]. A Limit of 0 lists all.
func (s *Store) DeniedPeers(ctx context.Context, organizationID int64, f domain.DenyFilter) ([]domain.DeniedPeer, int, error) {
	total, err := s.read.CountDenied(ctx, sqlc.CountDeniedParams{OrganizationID: organizationID, Needle: needle(f.Search)})
	if err != nil {
		return nil, 0, refuse("count the deny list", err)
	}
	rows, err := s.read.DeniedPeers(ctx, sqlc.DeniedPeersParams{
		OrganizationID: organizationID, Needle: needle(f.Search), RowLimit: upTo(f.Limit), RowOffset: int64(f.Offset),
	})
	ps := make([]domain.DeniedPeer, len(rows))
	for i, r := range rows {
		n := r.DeniedPeer
		ps[i] = domain.DeniedPeer{
			Peer:           toPeer(n.PeerID, n.Kind, n.Title, n.Username, 0),
			OrganizationID: n.OrganizationID, Reason: n.Reason, UserID: n.UserID, UserName: r.UserName, At: at(n.At),
		}
	}
	return ps, int(total), refuse("read the deny list", err)
}

// KnownPeer implements [domain.DenyStore].
func (s *Store) KnownPeer(ctx context.Context, sc domain.Scope, campaignID int64, id domain.PeerID) (domain.Peer, error) {
	r, err := s.read.KnownPeer(ctx, sqlc.KnownPeerParams{
		OrganizationID: sc.OrganizationID, InDepartment: sc.DepartmentID, OfUser: sc.UserID, CampaignID: campaignID, PeerID: int64(id),
	})
	p := toPeer(r.PeerID, r.Kind, r.Title, r.Username, r.Members)
	return p, refuse("find a peer", missing("deny.unknown", err))
}

// KnownPeers implements [domain.DenyStore].
func (s *Store) KnownPeers(ctx context.Context, sc domain.Scope, search string, limit int) ([]domain.KnownPeer, error) {
	rows, err := s.read.KnownPeers(ctx, sqlc.KnownPeersParams{
		OrganizationID: sc.OrganizationID, InDepartment: sc.DepartmentID, OfUser: sc.UserID, Needle: needle(search), RowLimit: upTo(limit),
	})
	ps := make([]domain.KnownPeer, len(rows))
	for i, r := range rows {
		ps[i] = domain.KnownPeer{
			Peer:   toPeer(r.PeerID, r.Kind, r.Title, r.Username, r.Members),
			Denied: r.Denied == 1,
		}
	}
	return ps, refuse("search the known peers", err)
}

// DenyPeer implements [domain.DenyStore].
func (s *Store) DenyPeer(ctx context.Context, p domain.DeniedPeer) error {
	return s.write(ctx, "deny a peer", func(ctx context.Context, q *sqlc.Queries) error {
		n, err := q.DenyPeer(ctx, sqlc.DenyPeerParams{
			OrganizationID: p.OrganizationID, PeerID: int64(p.ID), Kind: string(p.Kind), Title: p.Title, Username: p.Username,
			Search: foldPeer(p.Peer), Reason: p.Reason, UserID: p.UserID, At: ms(p.At),
		})
		if err != nil {
			return err
		}
		if n == 0 {
			return domain.E(domain.Conflict, "deny.already")
		}
		audit(ctx, domain.AuditEntry{
			OrganizationID: p.OrganizationID, Event: domain.AuditDenyAdd, Subject: domain.SubjectPeer, SubjectID: int64(p.ID), Detail: p.Title,
		})
		also, err := q.BecameOf(ctx, sqlc.BecameOfParams{OrganizationID: p.OrganizationID, PeerID: int64(p.ID)})
		if err != nil {
			return fmt.Errorf("find what the group has become: %w", err)
		}
		for _, id := range append(also, int64(p.ID)) {
			if _, err := skipOpen(ctx, q, p.OrganizationID, id, p.At); err != nil {
				return err
			}
		}
		return nil
	})
}

// AllowPeer implements [domain.DenyStore].
func (s *Store) AllowPeer(ctx context.Context, organizationID int64, id domain.PeerID) error {
	return s.write(ctx, "allow a peer", func(ctx context.Context, q *sqlc.Queries) error {
		n, err := q.AllowPeer(ctx, sqlc.AllowPeerParams{OrganizationID: organizationID, PeerID: int64(id)})
		if err == nil && n == 0 {
			return domain.Missing("deny.missing")
		}
		audit(ctx, domain.AuditEntry{OrganizationID: organizationID, Event: domain.AuditDenyRemove, Subject: domain.SubjectPeer, SubjectID: int64(id)})
		return err
	})
}

// skipOpen skips what is open for a peer, of all campaigns of the organization,
// and answers whether there was any.
func skipOpen(ctx context.Context, q *sqlc.Queries, organizationID, peer int64, now time.Time) (bool, error) {
	rows, err := q.OpenOfPeer(ctx, sqlc.OpenOfPeerParams{PeerID: peer, OrganizationID: organizationID})
	if err != nil {
		return false, fmt.Errorf("find what is open for the peer: %w", err)
	}
	for i, d := range rows {
		err := q.SkipDelivery(ctx, sqlc.SkipDeliveryParams{
			Reason: domain.CodeDenied, UpdatedAt: ms(now), OrganizationID: organizationID, ID: d.ID,
		})
		if err != nil {
			return false, fmt.Errorf("skip a delivery: %w", err)
		}
		if err := count(ctx, q, organizationID, d.CampaignID, d.Round, domain.Counts{Skipped: 1}); err != nil {
			return false, err
		}
		if i+1 < len(rows) && rows[i+1].CampaignID == d.CampaignID {
			continue
		}
		if err := closeRound(ctx, q, organizationID, d.CampaignID, now); err != nil {
			return false, err
		}
	}
	return len(rows) > 0, nil
}

// settleDenied puts who has blocked the account, or was blocked by it, on the
// deny list; and of a peer that came onto it while the message was on its way,
// what would be tried again is skipped. It answers whether anything was.
func settleDenied(ctx context.Context, q *sqlc.Queries, r domain.Result, d sqlc.SettleDeliveryRow, status string) (bool, error) {
	org, denied := r.Attempt.OrganizationID, int64(0)
	var err error
	switch {
	case status == string(domain.DeliveryFailed) && domain.Denies(r.Reason):
		denied, err = q.DenyCampaignPeer(ctx, sqlc.DenyCampaignPeerParams{
			Reason: r.Reason, At: ms(r.At), OrganizationID: org, CampaignID: d.CampaignID, PeerID: d.PeerID,
		})
	case status == string(domain.DeliveryWaiting):
		denied, err = q.IsDenied(ctx, sqlc.IsDeniedParams{OrganizationID: org, PeerID: d.PeerID})
	}
	if err != nil {
		return false, fmt.Errorf("look at the deny list: %w", err)
	}
	if denied == 0 {
		return false, nil
	}
	return skipOpen(ctx, q, org, d.PeerID, r.At)
}

// deniedIDs are the peers that the organization's accounts do not write to.
func deniedIDs(ctx context.Context, q *sqlc.Queries, organizationID int64) (map[int64]bool, error) {
	ids, err := q.DeniedIDs(ctx, organizationID)
	if err != nil {
		return nil, fmt.Errorf("read the deny list: %w", err)
	}
	denied := make(map[int64]bool, len(ids))
	for _, id := range ids {
		denied[id] = true
	}
	return denied, nil
}

// deny skips those of a planned round that are on the deny list. It is asked in
// the transaction that writes the round: somebody may have come onto the list
// since it was planned.
func (p *roundPlan) deny(ctx context.Context, q *sqlc.Queries, organizationID int64) error {
	denied, err := deniedIDs(ctx, q, organizationID)
	if err != nil {
		return err
	}
	for i := range p.rows {
		r := &p.rows[i]
		if !denied[r.PeerID] {
			continue
		}
		if r.Status != string(domain.DeliverySkipped) {
			p.skipped++
		}
		r.Status, r.Reason = string(domain.DeliverySkipped), domain.CodeDenied
	}
	return nil
}
