package db

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"postix/db/sqlc"
	"postix/domain"
)

// These are put together here and not by sqlc: each filter that is set must
// reach the planner as a plain condition, so that the page is read off an index
// however many deliveries there are. What lies before the page is passed over in
// that index alone; only a search reads the peers on its way.
const (
	deliveryColumns = `SELECT d.id, d.round, d.peer_id, p.kind, p.title, p.username, p.members, d.status, d.reason,
    d.random_id, d.message_id, d.attempts, d.text_version, d.due_at, d.sent_at, d.updated_at, r.late`
	deliveryTables = `
FROM deliveries d
JOIN campaign_peers p ON p.campaign_id = d.campaign_id AND p.peer_id = d.peer_id
JOIN rounds r ON r.campaign_id = d.campaign_id AND r.number = d.round`
	deliverySearch = `
JOIN campaign_peers p ON p.campaign_id = d.campaign_id AND p.peer_id = d.peer_id`
	deliveryOrder = `
ORDER BY d.round DESC, d.position, d.id`
)

// deliveriesFound is where the deliveries of a filter are found, and
// deliveryPage the query for those of a page; its arguments end with limit,
// offset and organization.
func deliveriesFound(campaignID int64, f domain.DeliveryFilter) (string, []any) {
	where, args := deliveryWhere(campaignID, f)
	if needle(f.Search) != "" {
		where = deliverySearch + where
	}
	return "\nFROM deliveries d" + where, args
}

func deliveryPage(found string) string {
	return deliveryColumns + deliveryTables + "\nJOIN (SELECT d.id" + found + deliveryOrder + " LIMIT ? OFFSET ?) f ON f.id = d.id" +
		"\nWHERE d.organization_id = ?" + deliveryOrder
}

// Deliveries implements [domain.CampaignStore]: newest round first, then in the
// order of the peers. A Limit of 0 lists all. Rounds that were missed, or
// cancelled before they opened, have no deliveries: they are in the counters
// only.
func (s *Store) Deliveries(ctx context.Context, sc domain.Scope, id int64, f domain.DeliveryFilter) ([]domain.Delivery, int, error) {
	if _, err := campaign(ctx, s.read, sc, id); err != nil {
		return nil, 0, refuse("find a campaign", err)
	}
	found, args := deliveriesFound(id, f)
	total, err := s.countDeliveries(ctx, sc.OrganizationID, id, f, "SELECT COUNT(*)"+found, args)
	if err != nil {
		return nil, 0, refuse("count the deliveries", err)
	}
	rows, err := s.readers.QueryContext(ctx, deliveryPage(found), append(args, upTo(f.Limit), f.Offset, sc.OrganizationID)...)
	if err != nil {
		return nil, 0, refuse("list the deliveries", err)
	}
	ds, err := scanDeliveries(rows, id)
	return ds, total, refuse("list the deliveries", err)
}

// deliveryWhere finds by the campaign, which is of the organization: naming that
// too would have every row read that an index could pass over.
func deliveryWhere(campaignID int64, f domain.DeliveryFilter) (string, []any) {
	var where strings.Builder
	where.WriteString("\nWHERE d.campaign_id = ?")
	args := []any{campaignID}
	if f.Round != 0 {
		where.WriteString(" AND d.round = ?")
		args = append(args, f.Round)
	}
	switch {
	case f.Status == "":
	case slices.Contains(domain.DeliveryStatuses, f.Status):
		// Written out: the index of what did not go well has to see it.
		where.WriteString(" AND d.status = '" + string(f.Status) + "'")
		if rounds := roundsWith(f.Status); rounds != "" {
			where.WriteString(" AND d.round IN (SELECT r.number FROM rounds r WHERE r.campaign_id = ? AND " + rounds + ")")
			args = append(args, campaignID)
		}
	default:
		where.WriteString(" AND FALSE")
	}
	if f.Peer != 0 {
		// By the index that knows one delivery of a round to a peer.
		where.WriteString(" AND d.peer_id = ? AND d.round IN (SELECT r.number FROM rounds r WHERE r.campaign_id = ?)")
		args = append(args, int64(f.Peer), campaignID)
	}
	if n := needle(f.Search); n != "" {
		where.WriteString(" AND REPLACE(p.search, ?, '') <> p.search") // contains it, in every SQL
		args = append(args, n)
	}
	return where.String(), args
}

// roundsWith is which rounds have deliveries of a status that no index knows, by
// their counters.
func roundsWith(st domain.DeliveryStatus) string {
	switch {
	case st == domain.DeliverySent:
		return "r.sent > 0"
	case st.Open():
		return "r.planned > r.sent + r.failed + r.cancelled + r.missed + r.skipped + r.uncertain"
	}
	return ""
}

func scanDeliveries(rows *sql.Rows, campaignID int64) ([]domain.Delivery, error) {
	defer rows.Close()
	var ds []domain.Delivery
	for rows.Next() {
		d := domain.Delivery{CampaignID: campaignID}
		var due, sent, updated int64
		err := rows.Scan(&d.ID, &d.Round, &d.Peer.ID, &d.Peer.Kind, &d.Peer.Title, &d.Peer.Username, &d.Peer.Members,
			&d.Status, &d.Reason, &d.RandomID, &d.MessageID, &d.Attempts, &d.Text, &due, &sent, &updated, &d.Late)
		if err != nil {
			return nil, err
		}
		d.DueAt, d.SentAt, d.UpdatedAt = at(due), at(sent), at(updated)
		ds = append(ds, d)
	}
	return ds, rows.Err()
}

// countDeliveries counts rows only where the rounds' counters do not know.
func (s *Store) countDeliveries(ctx context.Context, organizationID, id int64, f domain.DeliveryFilter, query string, args []any) (total int, err error) {
	if f.Status.Open() || f.Search != "" || f.Peer != 0 {
		err = s.readers.QueryRowContext(ctx, query, args...).Scan(&total)
		return total, err
	}
	rows, err := s.read.Rounds(ctx, sqlc.RoundsParams{OrganizationID: organizationID, CampaignID: id})
	for _, row := range rows {
		r := toRound(row)
		if r.Status != domain.RoundMissed && (f.Round == 0 || f.Round == r.Number) {
			total += countOf(r.Counts, f.Status)
		}
	}
	return total, err
}

// countOf is how many stand there; all for no status.
func countOf(c domain.Counts, st domain.DeliveryStatus) int {
	switch st {
	case domain.DeliverySent:
		return c.Sent
	case domain.DeliveryFailed:
		return c.Failed
	case domain.DeliveryCancelled:
		return c.Cancelled
	case domain.DeliveryMissed:
		return c.Missed
	case domain.DeliverySkipped:
		return c.Skipped
	case domain.DeliveryUncertain:
		return c.Uncertain
	}
	return c.Planned
}
