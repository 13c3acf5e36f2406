package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// OpenRounds implements [domain.Queue]. What can be read beforehand is, so that
// a large round holds up nobody else's writing; what changes meanwhile is either
// the campaign itself, and then nothing is opened, or the silence of a chat,
// which the claim asks for again.
func (s *Store) OpenRounds(ctx context.Context, c domain.Campaign, o domain.Opening, now time.Time) error {
	var p roundPlan
	if o.Open != 0 {
		var err error
		if p, err = s.planRows(ctx, s.read, c, o.Open, now); err != nil {
			return refuse("plan a round", err)
		}
	}
	return s.write(ctx, "open a round", func(ctx context.Context, q *sqlc.Queries) error {
		stored, err := campaign(ctx, q, whole(c.OrganizationID), c.ID)
		if err != nil {
			return err
		}
		waits := stored.Status == domain.CampaignScheduled || stored.Status == domain.CampaignRunning
		if !waits || stored.Stop != domain.StopNone || stored.Round != c.Round || !stored.NextDueAt.Equal(at(ms(c.NextDueAt))) {
			return nil
		}
		return s.openRounds(ctx, q, stored, o, p, now)
	})
}

func (s *Store) openRounds(ctx context.Context, q *sqlc.Queries, c domain.Campaign, o domain.Opening, p roundPlan, now time.Time) error {
	last, err := lastOf(c, o)
	if err != nil {
		return err
	}
	if last == c.Round { // quiet hours have put it off
		return q.SetNextDue(ctx, sqlc.SetNextDueParams{NextDueAt: ms(o.Next), OrganizationID: c.OrganizationID, ID: c.ID})
	}
	started, after := time.Time{}, c.AfterAt
	if o.Open != 0 {
		started, after = now, now.Add(c.Spacing())
	}
	err = q.AdvanceCampaign(ctx, sqlc.AdvanceCampaignParams{
		Round: int64(last), NextDueAt: ms(o.Next), AfterAt: ms(after), StartedAt: ms(started), OrganizationID: c.OrganizationID, ID: c.ID,
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
		return s.openRound(ctx, q, c, o, p, now)
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

func missRound(ctx context.Context, q *sqlc.Queries, c domain.Campaign, round int, now time.Time) error {
	err := q.InsertRound(ctx, sqlc.InsertRoundParams{
		CampaignID: c.ID, Number: int64(round), OrganizationID: c.OrganizationID, Status: string(domain.RoundMissed),
		PlannedAt: ms(c.PlannedAt(round)), ClosedAt: ms(now), Planned: int64(c.Peers), Missed: int64(c.Peers),
	})
	if err != nil {
		return fmt.Errorf("store the missed round: %w", err)
	}
	return countCampaign(ctx, q, c.OrganizationID, c.ID, domain.Counts{Missed: c.Peers})
}

// openRound writes a round with its deliveries.
func (s *Store) openRound(ctx context.Context, q *sqlc.Queries, c domain.Campaign, o domain.Opening, p roundPlan, now time.Time) error {
	if err := p.replacePeers(ctx, q, c); err != nil {
		return err
	}
	if err := p.deny(ctx, q, c.OrganizationID); err != nil {
		return err
	}
	err := q.InsertRound(ctx, sqlc.InsertRoundParams{
		CampaignID: c.ID, Number: int64(o.Open), OrganizationID: c.OrganizationID, Status: string(domain.RoundOpen),
		PlannedAt: ms(c.PlannedAt(o.Open)), OpenedAt: ms(now), Late: flag(o.Late),
		Planned: int64(c.Peers), Skipped: int64(p.skipped),
	})
	if err != nil {
		return fmt.Errorf("store the round: %w", err)
	}
	for _, r := range p.rows {
		if err := q.InsertDelivery(ctx, r); err != nil {
			return fmt.Errorf("store a delivery: %w", err)
		}
	}
	if err := countCampaign(ctx, q, c.OrganizationID, c.ID, domain.Counts{Skipped: p.skipped}); err != nil {
		return err
	}
	if p.skipped < len(p.rows) {
		return nil
	}
	return closeRound(ctx, q, c.OrganizationID, c.ID, now)
}

// roundPlan is one delivery for each peer, and what has to be written first.
type roundPlan struct {
	rows     []sqlc.InsertDeliveryParams
	skipped  int // of the rows
	replaced []replacement
}

// replacement is a group of which the supergroup that it became takes the place.
type replacement struct {
	old sqlc.CampaignPeer
	by  domain.Dialog
}

// planRound plans a round, replaces what has become something else, and skips
// who is on the deny list.
func (s *Store) planRound(ctx context.Context, q *sqlc.Queries, c domain.Campaign, round int, now time.Time) ([]sqlc.InsertDeliveryParams, error) {
	p, err := s.planRows(ctx, q, c, round, now)
	if err != nil {
		return nil, err
	}
	if err := p.replacePeers(ctx, q, c); err != nil {
		return nil, err
	}
	return p.rows, p.deny(ctx, q, c.OrganizationID)
}

// planRows only reads.
func (s *Store) planRows(ctx context.Context, q *sqlc.Queries, c domain.Campaign, round int, now time.Time) (p roundPlan, err error) {
	peers, err := q.PeersToSend(ctx, sqlc.PeersToSendParams{OrganizationID: c.OrganizationID, CampaignID: c.ID})
	if err != nil {
		return p, fmt.Errorf("list the peers: %w", err)
	}
	dialogs, err := dialogsByPeer(ctx, q, c.OrganizationID, c.AccountID)
	if err != nil {
		return p, fmt.Errorf("list the dialogs: %w", err)
	}
	in := make(map[domain.PeerID]bool, len(peers))
	for _, r := range peers {
		in[domain.PeerID(r.PeerID)] = true
	}
	p.rows = make([]sqlc.InsertDeliveryParams, 0, len(peers))
	for _, r := range peers {
		id := domain.PeerID(r.PeerID)
		d, known := dialogs[id]
		successor, moved := dialogs[d.MigratedTo]
		skip := ""
		switch {
		case !known:
			skip = domain.CodeNotMember
		case d.MigratedTo != 0 && in[d.MigratedTo]:
			skip = domain.CodeMigrated
		case d.MigratedTo != 0 && moved:
			p.replaced = append(p.replaced, replacement{r, successor})
			id, d = successor.ID, successor
			in[id] = true
		}
		if skip == "" && d.Fails >= domain.SkipAfter {
			skip = domain.CodePeerSkipped
		}
		if skip != "" {
			p.skipped++
		}
		p.rows = append(p.rows, s.delivery(c, round, id, r.Position, skip, d, now))
	}
	return p, nil
}

func (s *Store) delivery(c domain.Campaign, round int, id domain.PeerID, position int64, skip string, d domain.Dialog, now time.Time) sqlc.InsertDeliveryParams {
	r := sqlc.InsertDeliveryParams{
		OrganizationID: c.OrganizationID, CampaignID: c.ID, Round: int64(round), AccountID: c.AccountID,
		PeerID: int64(id), Position: position, Status: string(domain.DeliveryPlanned),
		RandomID: domain.RandomID(s.install, c.UUID, round, c.AccountID, id, 0), DueAt: ms(now), UpdatedAt: ms(now),
	}
	free := domain.Pace{ChatGap: c.ChatGap}.ChatGate(d, time.Time{}, now)
	switch {
	case skip != "":
		r.Status, r.Reason = string(domain.DeliverySkipped), skip
	case free.After(now):
		r.DueAt, r.Reason = ms(free), d.WaitReason
	}
	return r
}

func (p roundPlan) replacePeers(ctx context.Context, q *sqlc.Queries, c domain.Campaign) error {
	for _, r := range p.replaced {
		if err := replacePeer(ctx, q, c, r.old, r.by); err != nil {
			return err
		}
	}
	return nil
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
