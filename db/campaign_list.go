package db

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// Campaigns implements [domain.CampaignStore], newest first. A Limit of 0 lists
// all. What a page costs depends on the page: its ids are read off an index, and
// everything else of these rows only.
func (s *Store) Campaigns(ctx context.Context, sc domain.Scope, f domain.CampaignFilter) ([]domain.Campaign, int, error) {
	tables, args := campaignTables(sc, f, s.now())
	var total int
	if err := s.readers.QueryRowContext(ctx, "SELECT COUNT(*)"+tables, args...).Scan(&total); err != nil {
		return nil, 0, refuse("count the campaigns", err)
	}
	ids, err := s.ids(ctx, "SELECT c.id"+tables+campaignOrder(f), append(args, upTo(f.Limit), f.Offset)...)
	if err != nil {
		return nil, 0, refuse("list the campaigns", err)
	}
	cs := make([]domain.Campaign, 0, len(ids))
	for part := range slices.Chunk(ids, idsAtOnce) {
		rows, err := s.read.CampaignsByID(ctx, sqlc.CampaignsByIDParams{OrganizationID: sc.OrganizationID, Ids: part})
		if err != nil {
			return nil, 0, refuse("read the campaigns", err)
		}
		cs = append(cs, toCampaigns(rows)...)
	}
	for i := range cs {
		if err := s.setHeldUntil(ctx, &cs[i]); err != nil {
			return nil, 0, err
		}
	}
	return cs, total, s.setAhead(ctx, sc, cs)
}

// campaignTables is where the campaigns of a filter are found. It is put
// together here and not by sqlc: each filter that is set must reach the planner
// as a plain condition, and the tables beside only where one asks for them.
func campaignTables(sc domain.Scope, f domain.CampaignFilter, now time.Time) (string, []any) {
	var from, where strings.Builder
	var args []any
	and := func(condition string, values ...any) {
		where.WriteString(" AND " + condition)
		args = append(args, values...)
	}
	from.WriteString("\nFROM campaigns c")
	if f.Status == domain.CampaignRunning {
		from.WriteString(" JOIN accounts a ON a.id = c.account_id")
	}
	from.WriteString("\nWHERE c.kind = 'campaign' AND c.organization_id = ?")
	args = append(args, sc.OrganizationID)
	if sc.DepartmentID != 0 {
		and("c.user_id IN (SELECT u.id FROM users u WHERE u.organization_id = ? AND u.department_id = ?)", sc.OrganizationID, sc.DepartmentID)
	}
	if sc.UserID != 0 {
		and("c.user_id = ?", sc.UserID)
	}
	if f.Status != "" {
		and("c.status = ?", string(f.Status))
	}
	if f.Status == domain.CampaignRunning {
		and("a.state = 'active'")
	}
	if f.Care {
		and(inCare, sc.OrganizationID, sc.OrganizationID, ms(now.Add(-domain.MissedLately)), ms(now.Add(-domain.MissedLately)))
	}
	narrow(and, f)
	return from.String() + where.String(), args
}

// inCare are the campaigns that wait for a person. Of those that are done it
// reads what has ended lately: the + keeps the planner from reading all that the
// organization has.
const inCare = `c.id IN (
    SELECT l.id FROM campaigns l JOIN accounts a ON a.id = l.account_id
    WHERE l.organization_id = ? AND l.status IN ('scheduled', 'running', 'paused') AND l.kind = 'campaign' AND (l.status = 'paused' OR a.state <> 'active')
    UNION ALL
    SELECT m.id FROM campaigns m
    WHERE +m.organization_id = ? AND m.finished_at >= ? AND m.status <> 'cancelled' AND m.missed > 0
        AND EXISTS (SELECT 1 FROM rounds r WHERE r.campaign_id = m.id AND r.status = 'missed' AND r.closed_at >= ?))`

// campaignOrder is newest first. The few that wait for a person are sorted: in
// the order of an index they would be looked for among all.
func campaignOrder(f domain.CampaignFilter) string {
	if f.Care {
		return "\nORDER BY +c.id DESC LIMIT ? OFFSET ?"
	}
	return "\nORDER BY c.id DESC LIMIT ? OFFSET ?"
}

// narrow adds what a person may ask for beside the status.
func narrow(and func(condition string, values ...any), f domain.CampaignFilter) {
	if len(f.IDs) > 0 {
		values := make([]any, len(f.IDs))
		for i, id := range f.IDs {
			values[i] = id
		}
		and("c.id IN (?"+strings.Repeat(", ?", len(f.IDs)-1)+")", values...)
	}
	if f.UserID != 0 {
		and("c.user_id = ?", f.UserID)
	}
	if f.AccountID != 0 {
		and("c.account_id = ?", f.AccountID)
	}
	if !f.From.IsZero() {
		and("c.start_at >= ?", ms(f.From))
	}
	if !f.To.IsZero() {
		and("c.start_at < ?", ms(f.To))
	}
	if n := needle(f.Search); n != "" {
		number, err := strconv.ParseInt(strings.TrimPrefix(n, "#"), 10, 64)
		if err != nil {
			number = 0 // no id
		}
		and("(REPLACE(c.search, ?, '') <> c.search OR c.id = ?)", n, number) // contains it, in every SQL
	}
}

// ids reads one column of ids.
func (s *Store) ids(ctx context.Context, query string, args ...any) ([]int64, error) {
	rows, err := s.readers.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// Overview implements [domain.CampaignStore].
func (s *Store) Overview(ctx context.Context, sc domain.Scope, day time.Time) (domain.Overview, error) {
	var o domain.Overview
	live, err := s.read.LiveCampaigns(ctx, sqlc.LiveCampaignsParams{
		OrganizationID: sc.OrganizationID, InDepartment: sc.DepartmentID, OfUser: sc.UserID,
	})
	if err != nil {
		return o, refuse("count the campaigns", err)
	}
	for _, l := range live {
		n, status, able := int(l.Campaigns), domain.CampaignStatus(l.Status), l.AccountState == string(domain.AccountActive)
		if status == domain.CampaignRunning && able {
			o.Running += n
		}
		if status == domain.CampaignScheduled {
			o.Scheduled += n
		}
	}
	tables, args := campaignTables(sc, domain.CampaignFilter{Care: true}, s.now())
	if err := s.readers.QueryRowContext(ctx, "SELECT COUNT(*)"+tables, args...).Scan(&o.Care); err != nil {
		return o, refuse("count the campaigns that wait for a person", err)
	}
	accounts, err := s.read.AccountsInCare(ctx, sqlc.AccountsInCareParams{
		OrganizationID: sc.OrganizationID, InDepartment: sc.DepartmentID, OfUser: sc.UserID,
	})
	if err != nil {
		return o, refuse("count the accounts", err)
	}
	t, err := s.read.SumOfDay(ctx, sqlc.SumOfDayParams{
		OrganizationID: sc.OrganizationID, InDepartment: sc.DepartmentID, OfUser: sc.UserID,
		FromAt: ms(day), ToAt: ms(day.AddDate(0, 0, 1)),
	})
	o.AccountCare, o.TodayCampaigns = int(accounts), int(t.Campaigns)
	o.Today = toCounts(t.Planned, t.Sent, t.Failed, t.Cancelled, t.Missed, t.Skipped, t.Uncertain)
	return o, refuse("sum up the day", err)
}
