package domain

import (
	"context"
	"time"
)

// BotAccess is who may talk to the bot, and as whom. A Telegram user is nobody until
// one of our users has his Telegram ID: a manager has typed it in, or he came by a
// link. From then on the bot knows him for as long as that is so.
//
// More than one organization may have typed in the same ID. The bot then asks him
// once, and a later one does not take him over from the first.
type BotAccess struct {
	Store BotStore
	Now   func() time.Time
}

// BotStore keeps it. These are found by a Telegram ID, which Telegram vouches for,
// and in no scope.
type BotStore interface {
	// BotActor is as whom a Telegram user talks to the bot; NotFound (bot.stranger).
	BotActor(ctx context.Context, telegramID int64) (Actor, error)
	// UsersWithTelegram are those who have that Telegram ID, one of each organization
	// at the most.
	UsersWithTelegram(ctx context.Context, telegramID int64) ([]Actor, error)
	// BindBot lets the Telegram user with the ID of that user talk as him, and ends
	// what he had begun as another. NotFound (user.missing) where it is not his any
	// more.
	BindBot(ctx context.Context, u User, now time.Time) error
	// UseBotLink uses a link up and gives its user that Telegram ID; again tells that he
	// had done so before. Whoever had it under another ID is one of BotMoves then. NotFound
	// (bot.link_dead), Conflict (user.telegram_taken).
	UseBotLink(ctx context.Context, hash []byte, telegramID int64, now time.Time) (again bool, err error)
	// BotMoves lists the Telegram IDs whose users have moved to another one, and that
	// were not told yet. One that a newer link has taken the place of is left out.
	BotMoves(ctx context.Context) ([]BotMove, error)
	BotMoveTold(ctx context.Context, telegramID int64) error
}

// BotMove is a Telegram ID that is nobody's any more, and the language of whose it was.
type BotMove struct {
	TelegramID int64
	Lang       string
}

// BotLinkLife is how long a link into the bot can be used.
const BotLinkLife = 72 * time.Hour

// BotLink lets a Telegram user into the bot as one of our users, once. Only the hash
// of its token is stored; a new one ends the one before.
type BotLink struct {
	Hash      []byte
	ExpiresAt time.Time
}

// NewBotLink makes one, and the token that opens it.
func NewBotLink(now time.Time) (token string, l BotLink) {
	token = NewToken()
	return token, BotLink{Hash: TokenHash(token), ExpiresAt: now.Add(BotLinkLife)}
}

// Actor is as whom a Telegram user talks to the bot. NotFound (bot.stranger);
// Forbidden (signin.blocked, signin.blocked_until) with the actor where he is shut
// out.
func (s *BotAccess) Actor(ctx context.Context, telegramID int64) (Actor, error) {
	a, err := s.Store.BotActor(ctx, telegramID)
	if err != nil {
		return Actor{}, err
	}
	if b := a.shutOut(); b.Active() {
		return a, blocked(b, a.Location())
	}
	return a, nil
}

// Enter is [BotAccess.Actor] for somebody who comes in: whom one organization alone
// knows, it binds; fresh tells. Conflict (bot.choose) where several know him.
func (s *BotAccess) Enter(ctx context.Context, telegramID int64) (a Actor, fresh bool, err error) {
	a, err = s.Actor(ctx, telegramID)
	if !IsKey(err, "bot.stranger") {
		return a, false, err
	}
	all, err := s.Store.UsersWithTelegram(ctx, telegramID)
	switch {
	case err != nil:
		return Actor{}, false, err
	case len(all) == 0:
		return Actor{}, false, Missing("bot.stranger")
	case len(all) > 1:
		return Actor{}, false, E(Conflict, "bot.choose")
	}
	a, err = s.bind(ctx, all[0])
	return a, err == nil, err
}

// Choices are as whom a Telegram user may talk, by organization.
func (s *BotAccess) Choices(ctx context.Context, telegramID int64) ([]Actor, error) {
	return s.Store.UsersWithTelegram(ctx, telegramID)
}

// Choose lets a Telegram user talk as one of his [BotAccess.Choices]; NotFound
// (user.missing) for anybody else.
func (s *BotAccess) Choose(ctx context.Context, telegramID, userID int64) (Actor, error) {
	all, err := s.Store.UsersWithTelegram(ctx, telegramID)
	if err != nil {
		return Actor{}, err
	}
	now, err := s.Store.BotActor(ctx, telegramID)
	if err != nil && !IsCode(err, NotFound) {
		return Actor{}, err
	}
	for _, a := range all {
		switch {
		case a.User.ID != userID:
		case a.User.ID == now.User.ID: // he is that one: nothing that he has begun ends
			return s.Actor(ctx, telegramID)
		default:
			return s.bind(ctx, a)
		}
	}
	return Actor{}, Missing("user.missing")
}

// UseLinkHash lets a Telegram user in by a link, of whose token that is the hash:
// NotFound (bot.link_dead), Conflict (user.telegram_taken) where his ID is another
// user's of that organization. Again tells that he has used it before.
func (s *BotAccess) UseLinkHash(ctx context.Context, telegramID int64, hash []byte) (a Actor, again bool, err error) {
	if again, err = s.Store.UseBotLink(ctx, hash, telegramID, s.Now().UTC()); err != nil {
		return Actor{}, false, err
	}
	a, err = s.Actor(ctx, telegramID)
	return a, again, err
}

func (s *BotAccess) bind(ctx context.Context, a Actor) (Actor, error) {
	if b := a.shutOut(); b.Active() {
		return a, blocked(b, a.Location())
	}
	return a, s.Store.BindBot(ctx, a.User, s.Now().UTC())
}

// BotUpdate is one thing that Telegram tells the bot. Body is the bot's own.
type BotUpdate struct {
	ID         int64 // Telegram's
	TelegramID int64 // who wrote, or pressed
	Body       string
}

// KeepBotUpdates is how long an update that was handled is known: Telegram numbers
// them anew when there was none for a week
// (https://core.telegram.org/bots/api#getting-updates).
const KeepBotUpdates = 3 * 24 * time.Hour

// BotTalk is where a conversation with the bot stands. Both are the bot's own.
type BotTalk struct {
	Step  string // what it waits for; "" for nothing
	Draft string // JSON
}
