package db

import (
	"context"

	"postix/db/sqlc"
	"postix/domain"
)

// PutBotScreen stores that a message follows a campaign. Beyond
// [domain.MaxBotScreens] of one person the oldest are forgotten.
func (s *Store) PutBotScreen(ctx context.Context, b domain.BotScreen) error {
	return s.write(ctx, "follow a campaign in the bot", func(ctx context.Context, q *sqlc.Queries) error {
		err := q.PutBotScreen(ctx, sqlc.PutBotScreenParams{
			TelegramID: b.TelegramID, MessageID: int64(b.MessageID), OrganizationID: b.OrganizationID, CampaignID: b.CampaignID,
			Shown: b.Shown, Since: ms(b.Since),
		})
		if err != nil {
			return err
		}
		return q.DropOlderBotScreens(ctx, sqlc.DropOlderBotScreensParams{TelegramID: b.TelegramID, Most: domain.MaxBotScreens})
	})
}

// BotScreens lists all messages that follow a campaign.
func (s *Store) BotScreens(ctx context.Context) ([]domain.BotScreen, error) {
	rows, err := s.read.BotScreens(ctx)
	bs := make([]domain.BotScreen, len(rows))
	for i, r := range rows {
		bs[i] = toBotScreen(r)
	}
	return bs, refuse("list the messages that follow a campaign", err)
}

// BotScreen is one of them; NotFound (bot.screen_gone).
func (s *Store) BotScreen(ctx context.Context, telegramID int64, message int) (domain.BotScreen, error) {
	r, err := s.read.BotScreen(ctx, sqlc.BotScreenParams{TelegramID: telegramID, MessageID: int64(message)})
	return toBotScreen(r), refuse("find a message that follows a campaign", missing("bot.screen_gone", err))
}

// SetBotScreenShown stores what such a message shows now.
func (s *Store) SetBotScreenShown(ctx context.Context, telegramID int64, message int, shown string) error {
	return s.write(ctx, "store what a message shows", func(ctx context.Context, q *sqlc.Queries) error {
		return q.SetBotScreenShown(ctx, sqlc.SetBotScreenShownParams{Shown: shown, TelegramID: telegramID, MessageID: int64(message)})
	})
}

// DropBotScreen lets a message follow no campaign any more.
func (s *Store) DropBotScreen(ctx context.Context, telegramID int64, message int) error {
	return s.write(ctx, "follow a campaign no more", func(ctx context.Context, q *sqlc.Queries) error {
		return q.DropBotScreen(ctx, sqlc.DropBotScreenParams{TelegramID: telegramID, MessageID: int64(message)})
	})
}

func toBotScreen(r sqlc.BotScreen) domain.BotScreen {
	return domain.BotScreen{
		TelegramID: r.TelegramID, MessageID: int(r.MessageID), OrganizationID: r.OrganizationID, CampaignID: r.CampaignID,
		Shown: r.Shown, Since: at(r.Since),
	}
}
