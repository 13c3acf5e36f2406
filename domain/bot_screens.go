package domain

import "time"

// BotScreen is a message of the bot that shows a campaign and follows it.
type BotScreen struct {
	TelegramID     int64 // whose chat it stands in
	MessageID      int
	OrganizationID int64 // of the campaign
	CampaignID     int64
	Shown          string    // mark of what it shows; the bot's own
	Since          time.Time // when he last asked for it
}

// MaxBotScreens is how many messages of one person follow campaigns; the oldest
// stops.
const MaxBotScreens = 5
