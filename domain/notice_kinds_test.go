package domain_test

import (
	"testing"
	"time"

	"postix/domain"
)

// TestFinished: a campaign of which more than a fifth of what was tried failed is told
// as failed, with its figures.
func TestFinished(t *testing.T) {
	for c, want := range map[domain.Counts]domain.NoticeKind{
		{Planned: 5, Sent: 4, Failed: 1}:                 domain.NoticeFinished,
		{Planned: 5, Sent: 3, Failed: 2}:                 domain.NoticeFailed,
		{Planned: 5, Sent: 2, Failed: 1, Uncertain: 2}:   domain.NoticeFinished,
		{Planned: 99, Sent: 3, Failed: 1, Cancelled: 95}: domain.NoticeFailed,
		{Planned: 5, Missed: 5}:                          domain.NoticeFinished,
		{}:                                               domain.NoticeFinished,
	} {
		n := domain.Finished(domain.Campaign{ID: 7, OrganizationID: 1, UserID: 2, AccountID: 3, Counts: c}, time.Time{})
		if n.Kind != want || n.Counts() != c || n.CampaignID != 7 || n.OrganizationID != 1 || n.UserID != 2 || n.AccountID != 3 {
			t.Errorf("%+v is told as %+v", c, n)
		}
	}
}
