package db

import (
	"context"
	"fmt"
	"slices"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

var _ domain.BotNoticeStore = (*Store)(nil)

// BotReaders implements [domain.BotNoticeStore].
func (s *Store) BotReaders(ctx context.Context, now time.Time, most int) ([]domain.BotReader, error) {
	rows, err := s.read.BotReaders(ctx, sqlc.BotReadersParams{
		PausedSince: ms(now.Add(-domain.BotPause)), Now: ms(now), RowLimit: upTo(most),
	})
	rs := make([]domain.BotReader, len(rows))
	for i, r := range rows {
		rs[i] = domain.BotReader{
			TelegramID: r.TelegramID, OrganizationID: r.OrganizationID, UserID: r.UserID,
			Told: r.NoticesSent, ToldAt: at(r.NoticesAt), DigestAt: at(r.DigestAt),
		}
	}
	return rs, refuse("list whom the bot may have something to tell", err)
}

// SetBotReader implements [domain.BotNoticeStore].
func (s *Store) SetBotReader(ctx context.Context, r domain.BotReader) error {
	return s.write(ctx, "store what the bot has told somebody", func(ctx context.Context, q *sqlc.Queries) error {
		return q.SetBotReader(ctx, sqlc.SetBotReaderParams{
			NoticesSent: r.Told, NoticesAt: ms(r.ToldAt), DigestAt: ms(r.DigestAt),
			TelegramID: r.TelegramID, OrganizationID: r.OrganizationID, UserID: r.UserID,
		})
	})
}

// FreshNotices implements [domain.BotNoticeStore].
func (s *Store) FreshNotices(ctx context.Context, sc domain.Scope, readerID, after int64, most int) (domain.FreshNotices, error) {
	f := domain.FreshNotices{Kinds: map[domain.NoticeKind]int{}}
	err := s.snapshot(ctx, func(q *sqlc.Queries) (err error) {
		if f.UpTo, err = q.NewestNotice(ctx, sc.OrganizationID); err != nil {
			return fmt.Errorf("find the newest: %w", err)
		}
		counts, err := q.CountFreshNotices(ctx, sqlc.CountFreshNoticesParams{
			OrganizationID: sc.OrganizationID, After: after, ReaderID: readerID, InDepartment: sc.DepartmentID, OfUser: sc.UserID,
		})
		if err != nil {
			return fmt.Errorf("count them: %w", err)
		}
		for _, c := range counts {
			f.Kinds[domain.NoticeKind(c.Kind)] = int(c.Notices)
			f.Total += int(c.Notices)
		}
		if f.Total == 0 {
			return nil
		}
		rows, err := q.FreshNotices(ctx, sqlc.FreshNoticesParams{
			OrganizationID: sc.OrganizationID, After: after, ReaderID: readerID, InDepartment: sc.DepartmentID, OfUser: sc.UserID,
			RowLimit: upTo(most),
		})
		for _, r := range slices.Backward(rows) {
			f.Latest = append(f.Latest, toNotice(sqlc.NoticesRow(r)))
		}
		return err
	})
	return f, refuse("list what somebody was not told yet", err)
}

// Digest implements [domain.BotNoticeStore].
func (s *Store) Digest(ctx context.Context, sc domain.Scope, from, to time.Time, detections bool) (domain.Digest, error) {
	d := domain.Digest{Day: from}
	err := s.snapshot(ctx, func(q *sqlc.Queries) error {
		c, err := q.DigestOfCampaigns(ctx, sqlc.DigestOfCampaignsParams{
			OrganizationID: sc.OrganizationID, InDepartment: sc.DepartmentID, OfUser: sc.UserID, FromAt: ms(from), ToAt: ms(to),
		})
		if err != nil {
			return fmt.Errorf("sum up the campaigns: %w", err)
		}
		care, err := q.AccountsInCare(ctx, sqlc.AccountsInCareParams{
			OrganizationID: sc.OrganizationID, InDepartment: sc.DepartmentID, OfUser: sc.UserID,
		})
		if err != nil {
			return fmt.Errorf("count the numbers: %w", err)
		}
		d.Campaigns, d.Sent, d.Failed, d.Care = int(c.Campaigns), int(c.Sent), int(c.Failed), int(care)
		if !detections {
			return nil
		}
		n, err := q.CountDetections(ctx, sqlc.CountDetectionsParams{OrganizationID: sc.OrganizationID, FromAt: ms(from), ToAt: ms(to)})
		d.Detections = int(n)
		return err
	})
	return d, refuse("sum up a day", err)
}

// BotMutes implements [domain.BotNoticeStore].
func (s *Store) BotMutes(ctx context.Context, organizationID, userID int64) ([]domain.NoticeKind, error) {
	names, err := s.read.BotMutes(ctx, sqlc.BotMutesParams{OrganizationID: organizationID, UserID: userID})
	ks := make([]domain.NoticeKind, len(names))
	for i, n := range names {
		ks[i] = domain.NoticeKind(n)
	}
	return ks, refuse("read what somebody does not want to be told", err)
}

// SetBotMute implements [domain.BotNoticeStore].
func (s *Store) SetBotMute(ctx context.Context, organizationID, userID int64, k domain.NoticeKind, muted bool) error {
	return s.write(ctx, "store what somebody wants to be told", func(ctx context.Context, q *sqlc.Queries) error {
		if muted {
			return q.PutBotMute(ctx, sqlc.PutBotMuteParams{OrganizationID: organizationID, UserID: userID, Kind: string(k)})
		}
		return q.DropBotMute(ctx, sqlc.DropBotMuteParams{OrganizationID: organizationID, UserID: userID, Kind: string(k)})
	})
}
