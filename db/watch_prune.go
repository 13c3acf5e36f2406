package db

import (
	"context"
	"fmt"
	"math"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// How long what belongs to no detection is kept, and how much of each kind is
// pruned in one transaction, so that it does not hold up what goes out.
const (
	keepSenders   = 30 * 24 * time.Hour
	keepPositions = 7 * 24 * time.Hour
	pruneSlice    = 500
)

// pruneWatch removes what the filter heard and found, as far as it is older than
// the organization keeps it.
func (s *Store) pruneWatch(ctx context.Context, now time.Time) error {
	orgs, err := s.read.KeptDays(ctx)
	if err != nil {
		return refuse("read how long detections are kept", err)
	}
	for _, o := range orgs {
		p := watchPrune{org: o.ID, now: now, keep: time.Duration(o.KeepDays) * 24 * time.Hour}
		if o.KeepDays == 0 {
			p.keep = time.Duration(domain.DefaultWatchSettings().KeepDays) * 24 * time.Hour
		}
		if err := p.findOldest(ctx, s.read); err != nil {
			return refuse("find the oldest message", err)
		}
		for more := true; more; {
			err := s.write(ctx, "prune what was heard", func(ctx context.Context, q *sqlc.Queries) (err error) {
				more, err = p.slice(ctx, q)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// watchPrune is the pruning of one organization.
type watchPrune struct {
	org  int64
	now  time.Time
	keep time.Duration // of detections

	heardAt, heardID int64 // the newest message that goes
}

func (p *watchPrune) findOldest(ctx context.Context, q *sqlc.Queries) error {
	p.heardAt, p.heardID = ms(p.now.Add(-keepHeard)), math.MaxInt64
	r, err := q.NthNewestHeard(ctx, sqlc.NthNewestHeardParams{
		OrganizationID: p.org, Since: p.heardAt, Until: math.MaxInt64, Number: domain.MostHeard,
	})
	if err == nil {
		p.heardAt, p.heardID = r.At, r.ID
	}
	return ignoreMissing(err)
}

// slice removes a part, and reports whether there is more. Texts and senders go
// when nothing that needs them is left to go.
func (p *watchPrune) slice(ctx context.Context, q *sqlc.Queries) (more bool, err error) {
	heard, err := q.PruneHeard(ctx, sqlc.PruneHeardParams{OrganizationID: p.org, ToAt: p.heardAt, ToID: p.heardID, Most: pruneSlice})
	if err != nil {
		return false, fmt.Errorf("messages: %w", err)
	}
	detections, err := p.detections(ctx, q)
	if err != nil || heard == pruneSlice || detections == pruneSlice {
		return err == nil, err
	}
	heardBefore, detectedBefore := ms(p.now.Add(-keepHeard-textLag)), ms(p.now.Add(-p.keep-textLag))
	if err := q.PruneHeardCounts(ctx, sqlc.PruneHeardCountsParams{OrganizationID: p.org, Before: detectedBefore}); err != nil {
		return false, fmt.Errorf("counts: %w", err)
	}
	texts, err := q.PruneHeardTexts(ctx, sqlc.PruneHeardTextsParams{OrganizationID: p.org, HeardBefore: heardBefore, Most: pruneSlice})
	if err != nil {
		return false, fmt.Errorf("texts: %w", err)
	}
	found, err := q.PruneDetectedTexts(ctx, sqlc.PruneDetectedTextsParams{
		OrganizationID: p.org, DetectedBefore: detectedBefore, HeardBefore: heardBefore, Most: pruneSlice,
	})
	if err != nil {
		return false, fmt.Errorf("texts of detections: %w", err)
	}
	senders, err := q.PruneSenders(ctx, sqlc.PruneSendersParams{OrganizationID: p.org, Before: ms(p.now.Add(-keepSenders)), Most: pruneSlice})
	if err != nil {
		return false, fmt.Errorf("senders: %w", err)
	}
	if err := q.PruneHeardChats(ctx, p.org); err != nil {
		return false, fmt.Errorf("groups: %w", err)
	}
	if err := q.PrunePositions(ctx, sqlc.PrunePositionsParams{OrganizationID: p.org, Before: ms(p.now.Add(-keepPositions))}); err != nil {
		return false, fmt.Errorf("positions: %w", err)
	}
	return texts == pruneSlice || found == pruneSlice || senders == pruneSlice, nil
}

func (p *watchPrune) detections(ctx context.Context, q *sqlc.Queries) (int, error) {
	rows, err := q.OldDetections(ctx, sqlc.OldDetectionsParams{OrganizationID: p.org, Before: ms(p.now.Add(-p.keep)), Most: pruneSlice})
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	ids, gone := make([]int64, len(rows)), map[int64]int64{}
	for i, r := range rows {
		ids[i] = r.ID
		gone[r.SenderID]++
	}
	if err := q.DeleteReplies(ctx, sqlc.DeleteRepliesParams{OrganizationID: p.org, Detections: ids}); err != nil {
		return 0, fmt.Errorf("answers: %w", err)
	}
	if err := q.DeleteDetections(ctx, sqlc.DeleteDetectionsParams{OrganizationID: p.org, Ids: ids}); err != nil {
		return 0, fmt.Errorf("detections: %w", err)
	}
	for sender, n := range gone {
		err := q.UncountDetections(ctx, sqlc.UncountDetectionsParams{Gone: n, OrganizationID: p.org, SenderID: sender})
		if err != nil {
			return 0, fmt.Errorf("count the detections of a sender: %w", err)
		}
	}
	return len(rows), nil
}
