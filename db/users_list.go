package db

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"postix/db/sqlc"
	"postix/domain"
)

// UserList implements [domain.UserStore]. A Limit of 0 lists all. All that the
// filter lets through are searched and sorted by name; what they have and do is
// read of the page alone.
func (s *Store) UserList(ctx context.Context, sc domain.Scope, f domain.UserFilter) ([]domain.UserRow, int, error) {
	found, err := s.read.UsersFound(ctx, sqlc.UsersFoundParams{
		OrganizationID: sc.OrganizationID, InDepartment: sc.DepartmentID, OfUser: sc.UserID,
		DepartmentID: f.DepartmentID, Role: string(f.Role), Blocked: flag(f.Blocked),
	})
	if err != nil {
		return nil, 0, refuse("list the users", err)
	}
	if n := needle(f.Search); n != "" {
		phones, err := s.read.PhonesOfUsers(ctx, sc.OrganizationID)
		if err != nil {
			return nil, 0, refuse("list the users' numbers", err)
		}
		found = searched(found, phones, n)
	}
	slices.SortFunc(found, func(a, b sqlc.UsersFoundRow) int {
		return cmp.Or(cmp.Compare(fold(a.Name), fold(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	page := found[min(f.Offset, len(found)):]
	page = page[:min(int(upTo(f.Limit)), len(page))]
	ids := make([]int64, len(page))
	for i, r := range page {
		ids[i] = r.ID
	}
	rows, err := s.userRows(ctx, sc.OrganizationID, 0, ids)
	return rows, len(found), err
}

// searched are those in whose name, e-mail, Telegram ID or numbers the needle is
// found. In figures gaps do not count.
func searched(found []sqlc.UsersFoundRow, phones []sqlc.PhonesOfUsersRow, needle string) []sqlc.UsersFoundRow {
	figures := strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", "+", "").Replace(needle)
	if strings.Trim(figures, "0123456789") != "" {
		figures = ""
	}
	byPhone := map[int64]bool{}
	for _, p := range phones {
		if figures != "" && strings.Contains(p.Phone, figures) {
			byPhone[p.UserID] = true
		}
	}
	return slices.DeleteFunc(found, func(r sqlc.UsersFoundRow) bool {
		byID := figures != "" && r.TelegramID != 0 && strings.Contains(strconv.FormatInt(r.TelegramID, 10), figures)
		return !byID && !byPhone[r.ID] && !strings.Contains(fold(r.Name), needle) && !strings.Contains(r.Email, needle)
	})
}

// userRows are the users of an organization with those ids, in that order; one of
// them alone has all his messages counted.
func (s *Store) userRows(ctx context.Context, organizationID, one int64, ids []int64) ([]domain.UserRow, error) {
	live, err := s.read.LiveByUser(ctx, sqlc.LiveByUserParams{OrganizationID: organizationID, OfUser: one})
	if err != nil {
		return nil, refuse("count the users' campaigns", err)
	}
	campaigns := map[int64]int{}
	for _, l := range live {
		campaigns[l.UserID] += int(l.Campaigns)
	}
	us := make([]domain.UserRow, 0, len(ids))
	for part := range slices.Chunk(ids, idsAtOnce) {
		rows, err := s.read.UserRows(ctx, sqlc.UserRowsParams{Now: ms(s.now()), OrganizationID: organizationID, Ids: part})
		if err != nil {
			return nil, refuse("read the users", err)
		}
		for _, r := range rows {
			u := toUserRow(r)
			u.Campaigns = campaigns[u.ID]
			us = append(us, u)
		}
	}
	place := map[int64]int{}
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(us, func(a, b domain.UserRow) int { return cmp.Compare(place[a.ID], place[b.ID]) })
	return us, nil
}

func toUserRow(r sqlc.UserRowsRow) domain.UserRow {
	u := domain.UserRow{
		User: toUser(r.User), Department: r.Department, Accounts: int(r.Accounts), Ordered: int(r.Ordered),
		LastCampaign: at(r.OrderedAt), LastSeen: at(max(r.User.SeenAt, r.SessionAt)), PasswordState: domain.PasswordNone,
		Bot: domain.BotState(r.Bot),
	}
	switch {
	case r.User.PasswordHash != "":
		u.PasswordState = domain.PasswordSet
	case r.Links > 0:
		u.PasswordState = domain.PasswordLinked
	}
	return u
}

// UserRow implements [domain.UserStore].
func (s *Store) UserRow(ctx context.Context, sc domain.Scope, id int64) (domain.UserRow, error) {
	rows, err := s.userRows(ctx, sc.OrganizationID, id, []int64{id})
	if err != nil {
		return domain.UserRow{}, err
	}
	if len(rows) == 0 || !sc.Covers(rows[0].OrganizationID, rows[0].DepartmentID, id) {
		return domain.UserRow{}, domain.Missing("user.missing")
	}
	sent, err := s.read.SentOfUser(ctx, sqlc.SentOfUserParams{OrganizationID: sc.OrganizationID, UserID: id})
	rows[0].Sent = int(sent)
	return rows[0], refuse("count a user's messages", err)
}
