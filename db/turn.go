package db

import (
	"context"
	"slices"

	"postix/db/sqlc"
	"postix/domain"
)

// waitsInLine reports whether a round of the campaign is open, so that it shares
// its account with others that have one open.
func waitsInLine(c domain.Campaign) bool {
	return c.Status == domain.CampaignRunning && c.NextDueAt.IsZero()
}

// setAhead says of each campaign that has a round open what its account sends
// first. What is not of the scope keeps its number to itself.
func (s *Store) setAhead(ctx context.Context, sc domain.Scope, cs []domain.Campaign) error {
	var accounts []int64
	for _, c := range cs {
		if waitsInLine(c) && !slices.Contains(accounts, c.AccountID) {
			accounts = append(accounts, c.AccountID)
		}
	}
	first := map[int64]sqlc.FirstInLineRow{}
	for part := range slices.Chunk(accounts, idsAtOnce) {
		rows, err := s.read.FirstInLine(ctx, sqlc.FirstInLineParams{
			OrganizationID: sc.OrganizationID, InDepartment: sc.DepartmentID, OfUser: sc.UserID, Accounts: part,
		})
		if err != nil {
			return refuse("find what the accounts send first", err)
		}
		for _, r := range rows {
			first[r.AccountID] = r
		}
	}
	for i, c := range cs {
		r, ok := first[c.AccountID]
		if !ok || !waitsInLine(c) || r.CampaignID == c.ID {
			continue
		}
		cs[i].Ahead.From = at(r.DueAt)
		if r.Known == 1 {
			cs[i].Ahead.ID = r.CampaignID
		}
	}
	return nil
}

// setRecent says of a campaign that is paused for its failures how many there
// were lately.
func (s *Store) setRecent(ctx context.Context, c *domain.Campaign) error {
	if c.Status != domain.CampaignPaused || c.Reason != domain.CodeManyFailed {
		return nil
	}
	r, err := s.read.RecentOf(ctx, sqlc.RecentOfParams{OrganizationID: c.OrganizationID, ID: c.ID})
	c.RecentFailed = domain.Recent(r).Failed()
	return refuse("find how the latest attempts ended", err)
}
