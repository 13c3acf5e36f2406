package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// OpenRounds implements [domain.Queue].
func (s *Store) OpenRounds(ctx context.Context, c domain.Campaign, o domain.Opening, now time.Time) error {
	return s.write(ctx, "open a round", func(ctx context.Context, q *sqlc.Queries) error {
		stored, err := campaign(ctx, q, whole(c.OrganizationID), c.ID)
		if err != nil {
			return err
		}
		waits := stored.Status == domain.CampaignScheduled || stored.Status == domain.CampaignRunning
		if !waits || stored.Round != c.Round || !stored.NextDueAt.Equal(at(ms(c.NextDueAt))) {
			return nil
		}
		return s.openRounds(ctx, q, stored, o, now)
	})
}

func (s *Store) openRounds(ctx context.Context, q *sqlc.Queries, c domain.Campaign, o domain.Opening, now time.Time) error {
	last, err := lastOf(c, o)
	if err != nil || last == c.Round {
		return err
	}
	started := time.Time{}
	if o.Open != 0 {
		started = now
	}
	err = q.AdvanceCampaign(ctx, sqlc.AdvanceCampaignParams{
		Round: int64(last), NextDueAt: ms(o.Next), StartedAt: ms(started), OrganizationID: c.OrganizationID, ID: c.ID,
	})
	if err != nil {
		return fmt.Errorf("advance the campaign: %w", err)
	}
	for _, n := range o.Missed {
		if err := missRound(ctx, q, c, n, now); err != nil {
			return err
		}
	}
	switch {
	case o.Open != 0:
		return s.openRound(ctx, q, c, o, now)
	case last == c.Rounds:
		return endCampaign(ctx, q, c, domain.CampaignDone, now)
	}
	return nil
}

// lastOf is the last round of an opening, which must follow what the campaign
// has had without a gap.
func lastOf(c domain.Campaign, o domain.Opening) (int, error) {
	last := c.Round
	rounds := o.Missed
	if o.Open != 0 {
		rounds = append(rounds[:len(rounds):len(rounds)], o.Open)
	}
	for _, n := range rounds {
		if n != last+1 || n > c.Rounds {
			return 0, fmt.Errorf("round %d does not follow round %d of %d", n, last, c.Rounds)
		}
		last = n
	}
	if over := o.Open != 0 || last == c.Rounds; over != o.Next.IsZero() {
		return 0, errors.New("an opening must say when the next round is due, unless one is open or none is left")
	}
	return last, nil
}

// plannedAt is when a round to come should start.
func plannedAt(c domain.Campaign, round int) time.Time {
	return c.NextDueAt.Add(time.Duration(round-c.Round-1) * c.Interval)
}

func missRound(ctx context.Context, q *sqlc.Queries, c domain.Campaign, round int, now time.Time) error {
	err := q.InsertRound(ctx, sqlc.InsertRoundParams{
		CampaignID: c.ID, Number: int64(round), OrganizationID: c.OrganizationID, Status: string(domain.RoundMissed),
		PlannedAt: ms(plannedAt(c, round)), ClosedAt: ms(now), Planned: int64(c.Peers), Missed: int64(c.Peers),
	})
	if err != nil {
		return fmt.Errorf("store the missed round: %w", err)
	}
	return countCampaign(ctx, q, c.OrganizationID, c.ID, domain.Counts{Missed: c.Peers})
}

// openRound writes a round with its deliveries.
func (s *Store) openRound(ctx context.Context, q *sqlc.Queries, c domain.Campaign, o domain.Opening, now time.Time) error {
	rows, err := s.planRound(ctx, q, c, o.Open, now)
	if err != nil {
		return err
	}
	skipped := 0
	for _, r := range rows {
		if r.Status == string(domain.DeliverySkipped) {
			skipped++
		}
	}
	err = q.InsertRound(ctx, sqlc.InsertRoundParams{
		CampaignID: c.ID, Number: int64(o.Open), OrganizationID: c.OrganizationID, Status: string(domain.RoundOpen),
		PlannedAt: ms(plannedAt(c, o.Open)), OpenedAt: ms(now), Late: flag(o.Late),
		Planned: int64(c.Peers), Skipped: int64(skipped),
	})
	if err != nil {
		return fmt.Errorf("store the round: %w", err)
	}
	for _, r := range rows {
		if err := q.InsertDelivery(ctx, r); err != nil {
			return fmt.Errorf("store a delivery: %w", err)
		}
	}
	if err := countCampaign(ctx, q, c.OrganizationID, c.ID, domain.Counts{Skipped: skipped}); err != nil {
		return err
	}
	return closeRound(ctx, q, c.OrganizationID, c.ID, now) // all may have been skipped
}

// planRound makes one delivery of each peer.
func (s *Store) planRound(ctx context.Context, q *sqlc.Queries, c domain.Campaign, round int, now time.Time) ([]sqlc.InsertDeliveryParams, error) {
	peers, err := q.PeersToSend(ctx, sqlc.PeersToSendParams{OrganizationID: c.OrganizationID, CampaignID: c.ID})
	if err != nil {
		return nil, fmt.Errorf("list the peers: %w", err)
	}
	dialogs, err := dialogsByPeer(ctx, q, c.OrganizationID, c.AccountID)
	if err != nil {
		return nil, fmt.Errorf("list the dialogs: %w", err)
	}
	in := make(map[domain.PeerID]bool, len(peers))
	for _, p := range peers {
		in[domain.PeerID(p.PeerID)] = true
	}
	rows := make([]sqlc.InsertDeliveryParams, 0, len(peers))
	for _, p := range peers {
		id := domain.PeerID(p.PeerID)
		d, known := dialogs[id]
		successor, moved := dialogs[d.MigratedTo]
		reason := ""
		switch {
		case !known:
			reason = domain.CodeNotMember
		case d.MigratedTo != 0 && in[d.MigratedTo]:
			reason = domain.CodeMigrated
		case d.MigratedTo != 0 && moved:
			if err := replacePeer(ctx, q, c, p, successor); err != nil {
				return nil, err
			}
			id, d = successor.ID, successor
			in[id] = true
		}
		if reason == "" && d.Fails >= domain.SkipAfter {
			reason = domain.CodePeerSkipped
		}
		rows = append(rows, s.delivery(c, round, id, p.Position, reason, max(ms(now), ms(d.WaitUntil)), now))
	}
	return rows, nil
}

func (s *Store) delivery(c domain.Campaign, round int, id domain.PeerID, position int64, skip string, due int64, now time.Time) sqlc.InsertDeliveryParams {
	status := domain.DeliveryPlanned
	if skip != "" {
		status = domain.DeliverySkipped
	}
	return sqlc.InsertDeliveryParams{
		OrganizationID: c.OrganizationID, CampaignID: c.ID, Round: int64(round), AccountID: c.AccountID,
		PeerID: int64(id), Position: position, Status: string(status), Reason: skip,
		RandomID: domain.RandomID(s.install, c.UUID, round, c.AccountID, id), DueAt: due, UpdatedAt: ms(now),
	}
}

// replacePeer puts the supergroup in the place of the group it was.
func replacePeer(ctx context.Context, q *sqlc.Queries, c domain.Campaign, old sqlc.CampaignPeer, by domain.Dialog) error {
	err := q.AddReplacement(ctx, sqlc.AddReplacementParams{
		CampaignID: c.ID, PeerID: int64(by.ID), OrganizationID: c.OrganizationID, Position: old.Position,
		Kind: string(by.Kind), Title: by.Title, Username: by.Username, Search: foldPeer(by.Peer), Members: int64(by.Members),
	})
	if err != nil {
		return fmt.Errorf("store the peer that it became: %w", err)
	}
	err = q.ReplacePeer(ctx, sqlc.ReplacePeerParams{
		ReplacedBy: int64(by.ID), OrganizationID: c.OrganizationID, CampaignID: c.ID, PeerID: old.PeerID,
	})
	if err != nil {
		return fmt.Errorf("mark the peer as replaced: %w", err)
	}
	return nil
}
