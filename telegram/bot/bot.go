package bot

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mymmrac/telego"

	"postix/domain"
)

// HookPath is where Telegram brings updates, on the panel's address.
const HookPath = "/telegram/bot"

// callLimit is how long one call of the Bot API may take, but those that wait for
// updates.
const callLimit = 20 * time.Second

// Store keeps what the bot has heard, and where its conversations stand.
type Store interface {
	// KeepBotUpdates stores what was not stored before.
	KeepBotUpdates(ctx context.Context, us []domain.BotUpdate, now time.Time) error
	// OpenBotUpdates lists those that were not handled, by number, without bodies.
	OpenBotUpdates(ctx context.Context, after int64, most int) ([]domain.BotUpdate, error)
	// BotUpdate is the body of one that was not handled; NotFound (bot.handled).
	BotUpdate(ctx context.Context, id int64) (string, error)
	BotUpdateHandled(ctx context.Context, id int64) error
	BotTalk(ctx context.Context, telegramID int64) (domain.BotTalk, error)
	SetBotTalk(ctx context.Context, telegramID int64, t domain.BotTalk) error
	// SetBotGone stores that somebody has shut the bot out; the zero time: let in again.
	SetBotGone(ctx context.Context, telegramID int64, at time.Time) error
	// SendingStopped tells whether all sending of the service is stopped, and why.
	SendingStopped(ctx context.Context) (reason string, stopped bool, err error)
	Screens
	domain.NoticeStore
	domain.BotNoticeStore
}

// Options is what the bot works with.
type Options struct {
	Token   string
	API     string // address of the Bot API; "" for Telegram's own
	URL     string // of the panel, without a slash at its end; "" where nobody has said
	Webhook bool   // Telegram brings updates to [HookPath] of the panel, otherwise the bot asks

	Access    *domain.BotAccess
	Store     Store
	Accounts  *domain.Accounts
	Catalogs  *domain.Catalogs
	Campaigns *domain.Campaigns
	Security  *domain.Security
	Hub       *domain.Hub
	Now       func() time.Time
	Log       *slog.Logger
}

// Bot is the service's Telegram bot.
type Bot struct {
	Options
	api    *telego.Bot
	caller caller
	base   string // of the Bot API's calls, with the token: never for logs
	hookAt string // where Telegram is to bring updates
	out    *outbox
	work   *work
	live   *live
	life   context.Context // of what is being handled
	open   atomic.Bool     // what is stored from now on is handled in its order
	health atomic.Int32    // a trouble
	self   atomic.Pointer[string]
}

// New does not start anything. It answers an error for a token that cannot be one.
func New(o Options) (*Bot, error) {
	b := &Bot{
		Options: o, out: newOutbox(o.Log), live: newLive(),
		caller: caller{&http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: chatsAtOnce}}},
	}
	if b.API == "" {
		b.API = "https://api.telegram.org"
	}
	b.API = strings.TrimSuffix(b.API, "/")
	b.base = b.API + "/bot" + b.Token
	b.hookAt = b.URL + HookPath
	if b.URL != "" && !linkable(b.URL) {
		b.Log.Warn("the bot leads nobody to the panel: Telegram takes no button to such an address", "url", b.URL)
		b.URL = ""
	}
	b.work = newWork(b.handle)
	var err error
	b.api, err = telego.NewBot(b.Token, telego.WithAPIServer(b.API), telego.WithAPICaller(b.caller), telego.WithDiscardLogger())
	if err != nil {
		return nil, fmt.Errorf("make the bot: %w", err)
	}
	return b, nil
}

// linkable reports whether Telegram takes a button that leads to an address: to http or
// https, and a host with a dot in its name
// (https://github.com/tdlib/td/blob/master/td/telegram/LinkManager.cpp). A message with
// another one is refused.
func linkable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && strings.Contains(u.Hostname(), ".")
}

// Run works until ctx ends; it is called once. What is being handled then has five
// seconds to end.
func (b *Bot) Run(ctx context.Context) {
	var abandon context.CancelFunc
	b.life, abandon = context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	b.work.start()
	b.queueStored(ctx) // before anything newer
	b.open.Store(true)
	var loops sync.WaitGroup
	loops.Go(func() { b.followAll(ctx) })
	loops.Go(func() { b.tellAll(ctx) })
	loops.Go(func() {
		b.hook(ctx)
		loops.Go(func() { b.introduce(ctx) })
		if b.Webhook {
			b.keepHook(ctx)
		} else {
			b.poll(ctx)
		}
	})
	<-ctx.Done()
	loops.Wait()
	late := time.AfterFunc(drainLimit, abandon)
	defer late.Stop()
	b.work.stop()
	b.caller.client.CloseIdleConnections()
}

// setHealth notes how it stands with updates, and says so when it has changed.
func (b *Bot) setHealth(what trouble) {
	if was := trouble(b.health.Swap(int32(what))); was != what && what == noTrouble {
		b.Log.Info("the bot is connected")
	}
}

// Health is how the bot stands with Telegram: "" for well, otherwise a word for its
// trouble: no_answer, too_many, token, other, undelivered, refused.
func (b *Bot) Health() string {
	switch trouble(b.health.Load()) {
	case noTrouble:
		if b.out.allHeld() > longHeld {
			return "too_many"
		}
		return ""
	case unanswered:
		return "no_answer"
	case tooMany:
		return "too_many"
	case wrongToken:
		return "token"
	case otherPoller:
		return "other"
	case undelivered:
		return "undelivered"
	}
	return "refused"
}

// longHeld is from when on it is worth a word that Telegram lets nothing out to anybody.
const longHeld = 5 * time.Second

// Username is the bot's own, "" while Telegram has not told it.
func (b *Bot) Username() string {
	if s := b.self.Load(); s != nil {
		return *s
	}
	return ""
}
