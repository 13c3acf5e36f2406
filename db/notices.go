package db

import (
	"context"
	"fmt"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// notify stores a notice in the transaction in which its cause is stored.
func notify(ctx context.Context, q *sqlc.Queries, n domain.Notice) error {
	err := q.InsertNotice(ctx, sqlc.InsertNoticeParams{
		OrganizationID: n.OrganizationID, Kind: string(n.Kind), UserID: n.UserID, AccountID: n.AccountID,
		CampaignID: n.CampaignID, SenderID: n.SenderID, Reason: n.Reason, Until: ms(n.Until), At: ms(n.At),
	})
	if err != nil {
		return fmt.Errorf("store a notice: %w", err)
	}
	return nil
}

// notifyService tells the service's admins.
func notifyService(ctx context.Context, q *sqlc.Queries, n domain.Notice) error {
	o, err := q.ServiceOrganization(ctx)
	if err != nil {
		return fmt.Errorf("find the service organization: %w", err)
	}
	n.OrganizationID, n.UserID = o.ID, 0
	return notify(ctx, q, n)
}

// notifyFinished tells that a campaign has come to its end. What a person has
// cancelled he knows of, and nobody ordered an answer. One that goes on because
// somebody has its failures or a missed round sent after all is told again.
func notifyFinished(ctx context.Context, q *sqlc.Queries, c domain.Campaign, st domain.CampaignStatus, now time.Time) error {
	if c.Reply || st != domain.CampaignDone {
		return nil
	}
	c, err := campaign(ctx, q, whole(c.OrganizationID), c.ID) // with its last figures
	if err != nil {
		return err
	}
	return notify(ctx, q, domain.Finished(c, now))
}

// Notices implements [domain.NoticeStore]. A limit of 0 lists all.
func (s *Store) Notices(ctx context.Context, sc domain.Scope, offset, limit int) ([]domain.Notice, int, error) {
	total, err := s.read.CountNotices(ctx, sqlc.CountNoticesParams{
		OrganizationID: sc.OrganizationID, InDepartment: sc.DepartmentID, OfUser: sc.UserID,
	})
	if err != nil {
		return nil, 0, refuse("count the notices", err)
	}
	rows, err := s.read.Notices(ctx, sqlc.NoticesParams{
		OrganizationID: sc.OrganizationID, InDepartment: sc.DepartmentID, OfUser: sc.UserID,
		RowLimit: upTo(limit), RowOffset: int64(offset),
	})
	ns := make([]domain.Notice, len(rows))
	for i, r := range rows {
		ns[i] = toNotice(r)
	}
	return ns, int(total), refuse("list the notices", err)
}

func toNotice(r sqlc.NoticesRow) domain.Notice {
	n := r.Notice
	account := domain.Account{FirstName: r.FirstName, LastName: r.LastName, Phone: domain.Phone(r.AccountPhone)}
	return domain.Notice{
		ID: n.ID, OrganizationID: n.OrganizationID, Kind: domain.NoticeKind(n.Kind), UserID: n.UserID,
		AccountID: n.AccountID, CampaignID: n.CampaignID, SenderID: n.SenderID, Reason: n.Reason, Until: at(n.Until), At: at(n.At),
		UserName: r.UserName, AccountName: account.Name(), AccountPhone: account.Phone,
	}
}

// UnseenNotices implements [domain.NoticeStore].
func (s *Store) UnseenNotices(ctx context.Context, sc domain.Scope, userID int64) (int, error) {
	n, err := s.read.CountUnseenNotices(ctx, sqlc.CountUnseenNoticesParams{
		OrganizationID: sc.OrganizationID, InDepartment: sc.DepartmentID, OfUser: sc.UserID, UserID: userID, Most: domain.MostUnseen,
		Quiet: kindList(domain.QuietNotices),
	})
	return int(n), refuse("count the unseen notices", err)
}

// kindList are kinds for a query, which finds one between its commas.
func kindList(ks []domain.NoticeKind) string {
	list := ","
	for _, k := range ks {
		list += string(k) + ","
	}
	return list
}

// NoticesSeen implements [domain.NoticeStore].
func (s *Store) NoticesSeen(ctx context.Context, organizationID, userID int64) (int64, error) {
	id, err := s.read.NoticesSeen(ctx, sqlc.NoticesSeenParams{OrganizationID: organizationID, ID: userID})
	return id, refuse("read which notices were seen", missing("user.missing", err))
}

// SeeNotices implements [domain.NoticeStore].
func (s *Store) SeeNotices(ctx context.Context, organizationID, userID, upTo int64) error {
	return s.write(ctx, "mark notices as seen", func(ctx context.Context, q *sqlc.Queries) error {
		return q.SeeNotices(ctx, sqlc.SeeNoticesParams{UpTo: upTo, OrganizationID: organizationID, ID: userID})
	})
}
