package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// BotActor implements [domain.BotStore].
func (s *Store) BotActor(ctx context.Context, telegramID int64) (domain.Actor, error) {
	r, err := s.read.BotUser(ctx, telegramID)
	if err != nil {
		return domain.Actor{}, refuse("find who talks to the bot", missing("bot.stranger", err))
	}
	return domain.Actor{User: toUser(r.User), Organization: toOrganization(r.Organization)}, nil
}

// UsersWithTelegram implements [domain.BotStore].
func (s *Store) UsersWithTelegram(ctx context.Context, telegramID int64) ([]domain.Actor, error) {
	rows, err := s.read.UsersWithTelegram(ctx, telegramID)
	as := make([]domain.Actor, len(rows))
	for i, r := range rows {
		as[i] = domain.Actor{User: toUser(r.User), Organization: toOrganization(r.Organization)}
	}
	return as, refuse("find the users of a Telegram ID", err)
}

// BindBot implements [domain.BotStore].
func (s *Store) BindBot(ctx context.Context, u domain.User, now time.Time) error {
	return s.write(ctx, "bind the bot", func(ctx context.Context, q *sqlc.Queries) error {
		return bindBot(ctx, q, u, now)
	})
}

func bindBot(ctx context.Context, q *sqlc.Queries, u domain.User, now time.Time) error {
	err := errors.Join(
		q.DropBotPeopleOf(ctx, sqlc.DropBotPeopleOfParams{OrganizationID: u.OrganizationID, UserID: u.ID}),
		q.DropBotScreens(ctx, u.TelegramID),
	)
	if err != nil {
		return err
	}
	n, err := q.BindBot(ctx, sqlc.BindBotParams{Now: ms(now), OrganizationID: u.OrganizationID, ID: u.ID, TelegramID: u.TelegramID})
	if err == nil && n == 0 {
		return domain.Missing("user.missing")
	}
	auditUser(ctx, u, domain.AuditUserBot)
	return err
}

// UseBotLink implements [domain.BotStore].
func (s *Store) UseBotLink(ctx context.Context, hash []byte, telegramID int64, now time.Time) (again bool, err error) {
	err = s.write(ctx, "use a link into the bot", func(ctx context.Context, q *sqlc.Queries) error {
		l, err := q.BotLink(ctx, sqlc.BotLinkParams{Hash: hash, Now: ms(now)})
		if err != nil {
			return missing("bot.link_dead", err)
		}
		r, err := q.UserInOrganization(ctx, sqlc.UserInOrganizationParams{OrganizationID: l.OrganizationID, ID: l.UserID})
		if err != nil {
			return missing("bot.link_dead", err)
		}
		u := toUser(r)
		bound, err := q.BotUser(ctx, telegramID)
		if err := ignoreMissing(err); err != nil {
			return err
		}
		talks := bound.User.ID == u.ID
		if l.UsedBy != 0 {
			if again = talks && l.UsedBy == telegramID; !again {
				return domain.Missing("bot.link_dead")
			}
			return nil
		}
		left, err := giveTelegramID(ctx, q, &u, telegramID)
		if err != nil {
			return err
		}
		if err := q.UseBotLink(ctx, sqlc.UseBotLinkParams{UsedBy: telegramID, ToTell: left, Hash: hash}); err != nil || talks {
			return err // who is that one already loses nothing that he has begun
		}
		return bindBot(ctx, q, u, now)
	})
	return again, err
}

// giveTelegramID gives a user a Telegram ID, and answers the one that he has left; 0 for
// none.
func giveTelegramID(ctx context.Context, q *sqlc.Queries, u *domain.User, id int64) (left int64, err error) {
	had, err := q.UserByTelegram(ctx, sqlc.UserByTelegramParams{OrganizationID: u.OrganizationID, TelegramID: id})
	switch {
	case err == nil && had.ID != u.ID:
		return 0, domain.E(domain.Conflict, "user.telegram_taken")
	case err == nil:
		return 0, nil
	case !errors.Is(err, sql.ErrNoRows):
		return 0, err
	}
	left, u.TelegramID = u.TelegramID, id
	_, err = q.SetTelegramID(ctx, sqlc.SetTelegramIDParams{TelegramID: id, OrganizationID: u.OrganizationID, ID: u.ID})
	auditUser(ctx, *u, domain.AuditUserEdit)
	return left, err
}

// BotMoves implements [domain.BotStore].
func (s *Store) BotMoves(ctx context.Context) ([]domain.BotMove, error) {
	rows, err := s.read.BotMoves(ctx)
	all := make([]domain.BotMove, len(rows))
	for i, r := range rows {
		all[i] = domain.BotMove{TelegramID: r.ToTell, Lang: r.Lang}
	}
	return all, refuse("list who has moved to another Telegram", err)
}

// BotMoveTold implements [domain.BotStore].
func (s *Store) BotMoveTold(ctx context.Context, telegramID int64) error {
	return s.write(ctx, "note that a move was told", func(ctx context.Context, q *sqlc.Queries) error {
		return q.BotMoveTold(ctx, telegramID)
	})
}

// PutBotLink implements [domain.UserStore].
func (s *Store) PutBotLink(ctx context.Context, u domain.User, l domain.BotLink) error {
	return s.write(ctx, "make a link into the bot", func(ctx context.Context, q *sqlc.Queries) error {
		_, err := q.UserInOrganization(ctx, sqlc.UserInOrganizationParams{OrganizationID: u.OrganizationID, ID: u.ID})
		if err != nil {
			return missing("user.missing", err)
		}
		auditUser(ctx, u, domain.AuditUserBotLink)
		return q.PutBotLink(ctx, sqlc.PutBotLinkParams{
			Hash: l.Hash, OrganizationID: u.OrganizationID, UserID: u.ID, ExpiresAt: ms(l.ExpiresAt),
		})
	})
}

// KeepBotUpdates stores what has not been stored before. It is done when it answers.
func (s *Store) KeepBotUpdates(ctx context.Context, us []domain.BotUpdate, now time.Time) error {
	return s.write(ctx, "store updates of the bot", func(ctx context.Context, q *sqlc.Queries) error {
		for _, u := range us {
			err := q.KeepBotUpdate(ctx, sqlc.KeepBotUpdateParams{ID: u.ID, TelegramID: u.TelegramID, Body: u.Body, At: ms(now)})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// OpenBotUpdates lists those that were not handled, from after an id on, in their
// order and without their bodies.
func (s *Store) OpenBotUpdates(ctx context.Context, after int64, most int) ([]domain.BotUpdate, error) {
	rows, err := s.read.OpenBotUpdates(ctx, sqlc.OpenBotUpdatesParams{After: after, Most: int64(most)})
	us := make([]domain.BotUpdate, len(rows))
	for i, r := range rows {
		us[i] = domain.BotUpdate{ID: r.ID, TelegramID: r.TelegramID}
	}
	return us, refuse("list the updates of the bot", err)
}

// BotUpdate is the body of one that was not handled; NotFound otherwise.
func (s *Store) BotUpdate(ctx context.Context, id int64) (string, error) {
	body, err := s.read.BotUpdate(ctx, id)
	return body, refuse("read an update of the bot", missing("bot.handled", err))
}

// BotUpdateHandled marks one as handled, and forgets its body.
func (s *Store) BotUpdateHandled(ctx context.Context, id int64) error {
	return s.write(ctx, "mark an update of the bot as handled", func(ctx context.Context, q *sqlc.Queries) error {
		return q.BotUpdateHandled(ctx, id)
	})
}

// BotTalk is where a conversation stands; of nobody's the zero one.
func (s *Store) BotTalk(ctx context.Context, telegramID int64) (domain.BotTalk, error) {
	r, err := s.read.BotTalk(ctx, telegramID)
	return domain.BotTalk{Step: r.Step, Draft: r.Draft}, refuse("read a conversation", ignoreMissing(err))
}

// SetBotTalk stores it.
func (s *Store) SetBotTalk(ctx context.Context, telegramID int64, t domain.BotTalk) error {
	return s.write(ctx, "store a conversation", func(ctx context.Context, q *sqlc.Queries) error {
		return q.SetBotTalk(ctx, sqlc.SetBotTalkParams{Step: t.Step, Draft: t.Draft, TelegramID: telegramID})
	})
}

// SetBotGone stores that somebody has shut the bot out, or with the zero time that
// he has let it in again.
func (s *Store) SetBotGone(ctx context.Context, telegramID int64, at time.Time) error {
	return s.write(ctx, "store who has shut the bot out", func(ctx context.Context, q *sqlc.Queries) error {
		return q.SetBotGone(ctx, sqlc.SetBotGoneParams{GoneAt: ms(at), TelegramID: telegramID})
	})
}
