package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// OrganizationList implements [domain.Oversight]. All are read: there are hundreds,
// and their sum stands above every page.
func (s *Store) OrganizationList(ctx context.Context, f domain.OrganizationFilter) (l domain.OrganizationList, err error) {
	fs, err := s.organizationFigures(ctx, f.Day, f.Week)
	if err != nil {
		return l, err
	}
	l.Count = len(fs)
	for _, o := range fs {
		l.All = l.All.Plus(o)
	}
	if n := needle(f.Search); n != "" {
		fs = slices.DeleteFunc(fs, func(o domain.OrganizationFigures) bool { return !strings.Contains(fold(o.Name), n) })
	}
	sortOrganizations(fs, f.Sort)
	l.Found = len(fs)
	fs = fs[min(f.Offset, l.Found):]
	l.Page = fs[:min(int(upTo(f.Limit)), len(fs))]
	return l, nil
}

// OrganizationFigures implements [domain.Oversight].
func (s *Store) OrganizationFigures(ctx context.Context, id int64, day, week time.Time) (domain.OrganizationFigures, error) {
	fs, err := s.organizationFigures(ctx, day, week)
	if err != nil {
		return domain.OrganizationFigures{}, err
	}
	for _, o := range fs {
		if o.ID == id {
			return o, nil
		}
	}
	return domain.OrganizationFigures{}, domain.Missing("organization.missing")
}

func (s *Store) organizationFigures(ctx context.Context, day, week time.Time) ([]domain.OrganizationFigures, error) {
	os, err := s.OrganizationsAtWork(ctx)
	if err != nil {
		return nil, err
	}
	today, err := s.sentSince(ctx, day)
	if err != nil {
		return nil, err
	}
	lately, err := s.sentSince(ctx, week)
	fs := make([]domain.OrganizationFigures, len(os))
	for i, o := range os {
		fs[i] = domain.OrganizationFigures{OrganizationAtWork: o, Day: today[o.ID], Week: lately[o.ID]}
	}
	return fs, err
}

// sentSince counts by organization.
func (s *Store) sentSince(ctx context.Context, since time.Time) (map[int64]domain.Counts, error) {
	rows, err := s.read.SentSince(ctx, ms(since))
	sums := map[int64]domain.Counts{}
	for _, r := range rows {
		sums[r.OrganizationID] = domain.Counts{Sent: int(r.Sent), Failed: int(r.Failed)}
	}
	return sums, refuse("count what went out", err)
}

// sortOrganizations orders what comes by name; those that are alike stay so.
func sortOrganizations(fs []domain.OrganizationFigures, by domain.OrganizationSort) {
	most := func(of func(domain.OrganizationFigures) int) {
		slices.SortStableFunc(fs, func(a, b domain.OrganizationFigures) int { return cmp.Compare(of(b), of(a)) })
	}
	switch by {
	case domain.SortNewest:
		slices.SortStableFunc(fs, func(a, b domain.OrganizationFigures) int { return b.CreatedAt.Compare(a.CreatedAt) })
	case domain.SortDay:
		most(func(o domain.OrganizationFigures) int { return o.Day.Sent })
	case domain.SortWeek:
		most(func(o domain.OrganizationFigures) int { return o.Week.Sent })
	case domain.SortFailed:
		slices.SortStableFunc(fs, func(a, b domain.OrganizationFigures) int { return cmp.Compare(b.FailedShare(), a.FailedShare()) })
	case domain.SortCampaigns:
		most(func(o domain.OrganizationFigures) int { return o.Campaigns })
	case domain.SortOpen:
		most(func(o domain.OrganizationFigures) int { return o.Open })
	case domain.SortCare:
		most(func(o domain.OrganizationFigures) int { return o.Care })
	case domain.SortUsers:
		most(func(o domain.OrganizationFigures) int { return o.Users })
	default:
		slices.SortStableFunc(fs, func(a, b domain.OrganizationFigures) int { return cmp.Compare(fold(a.Name), fold(b.Name)) })
	}
}

// AllAccounts implements [domain.Oversight].
func (s *Store) AllAccounts(ctx context.Context) ([]domain.Account, error) {
	rows, err := s.read.AllAccounts(ctx)
	return toAccounts(rows), refuse("list the accounts of all", err)
}

// Health implements [domain.Oversight]. While all sending is stopped nothing is
// late: it waits as it was told to.
func (s *Store) Health(ctx context.Context, now time.Time) (h domain.Health, err error) {
	_, stopped, err := s.SendingStopped(ctx)
	if err != nil {
		return h, err
	}
	if !stopped {
		rows, err := s.read.OverdueAccounts(ctx, ms(now))
		if err != nil {
			return h, refuse("look for what is overdue", err)
		}
		h.LateAt = len(rows)
		for _, r := range rows {
			h.Late = earliest(h.Late, at(max(r.DueAt, r.ReadyAt, r.WaitUntil, r.LimitUntil)))
		}
	}
	wrong, err := s.read.CountSumsWrong(ctx)
	if err != nil {
		return h, refuse("count the campaigns with wrong sums", err)
	}
	h.SumsWrong = int(wrong)
	h.Size, h.Free, err = s.space(ctx)
	return h, refuse("measure the database", err)
}

// space is how large the database is, with what is not merged into it yet, and how
// much of its disk is free; -1 where the system does not say.
func (s *Store) space(ctx context.Context) (size, free int64, err error) {
	var path string
	if err := s.readers.QueryRowContext(ctx, "SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&path); err != nil {
		return 0, -1, err
	}
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return 0, -1, err
		}
		if err == nil {
			size += info.Size()
		}
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(path), &disk); err != nil {
		return size, -1, nil //nolint:nilerr // the size is known all the same
	}
	return size, int64(disk.Bavail) * int64(disk.Bsize), nil //nolint:unconvert // a disk's size fits, and the types differ by system
}

// ReadTexts implements [domain.Oversight]. Answers are no campaigns.
func (s *Store) ReadTexts(ctx context.Context, organizationID, campaignID int64) (c domain.Campaign, ts []domain.Text, err error) {
	err = s.write(ctx, "read a campaign's text for the service", func(ctx context.Context, q *sqlc.Queries) error {
		if c, err = campaign(ctx, q, whole(organizationID), campaignID); err != nil {
			return err
		}
		rows, err := q.CampaignTexts(ctx, sqlc.CampaignTextsParams{OrganizationID: organizationID, CampaignID: campaignID})
		if err != nil {
			return fmt.Errorf("list the texts: %w", err)
		}
		ts = toTexts(rows)
		auditCampaign(ctx, c, domain.AuditCampaignRead)
		return nil
	})
	if err != nil {
		return domain.Campaign{}, nil, err // what was read is not answered unless it was kept
	}
	return c, ts, nil
}

// LastActor implements [domain.Oversight].
func (s *Store) LastActor(ctx context.Context, organizationID int64, e domain.AuditEvent, subject domain.Subject, id int64) (string, error) {
	name, err := s.read.LastActor(ctx, sqlc.LastActorParams{OrganizationID: organizationID, Event: string(e), Subject: string(subject), SubjectID: id})
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return name, refuse("find who did it", err)
}
