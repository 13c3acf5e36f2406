package bot

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/mymmrac/telego"
	"github.com/mymmrac/telego/telegoapi"

	"postix/domain"
)

// How the bot asks for updates.
const (
	pollWait   = 25 * time.Second // that Telegram keeps a call open
	pollLimit  = pollWait + 10*time.Second
	pollMost   = 100
	worstDelay = time.Minute
	hookEvery  = time.Minute // how often it looks whether Telegram still brings them
)

// wanted are the kinds of updates that the bot has to do with.
var wanted = []string{telego.MessageUpdates, telego.EditedMessageUpdates, telego.CallbackQueryUpdates, telego.MyChatMemberUpdates}

// poll asks for updates until ctx ends. Each answer is stored before the next call
// confirms it.
func (b *Bot) poll(ctx context.Context) {
	offset, most := int64(0), pollMost
	for failed := 0; ctx.Err() == nil; {
		raw, err := b.updates(ctx, offset, most)
		what, _ := judge(err)
		b.setHealth(what)
		if what == unanswered {
			most = 1 // many may be more than can be read
		}
		if err == nil {
			offset, err = b.take(ctx, offset, raw)
		}
		if err == nil {
			failed, most = 0, min(2*most, pollMost)
			continue
		}
		failed++
		b.rest(ctx, err, failed)
	}
}

// take stores updates and answers the number from which on Telegram is asked
// next. That may be smaller than the one before: Telegram begins anew where there was
// none for a week.
func (b *Bot) take(ctx context.Context, offset int64, raw []json.RawMessage) (int64, error) {
	next, err := b.keep(ctx, raw)
	switch {
	case next != 0:
		return next, err
	case err == nil && len(raw) > 0:
		err = errors.New("no update has a number")
	}
	return offset, err
}

// rest waits after a failure, the longer the more there were in a row.
func (b *Bot) rest(ctx context.Context, err error, failed int) {
	if ctx.Err() != nil {
		return
	}
	what, wait := judge(err)
	switch {
	case what == wrongToken:
		wait = worstDelay
	case what == otherPoller:
		wait = backoff(failed, 5*time.Second, worstDelay)
	case what != tooMany:
		wait = backoff(failed, time.Second, worstDelay)
	}
	if failed == 1 || wait == worstDelay {
		b.Log.Warn("asking for the bot's updates", "err", err, "next_in", wait)
	}
	pause(ctx, wait)
}

// updates is getUpdates with each update left as it is: one of a form that is not
// known must not hide the others.
func (b *Bot) updates(ctx context.Context, offset int64, most int) (out []json.RawMessage, err error) {
	ctx, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	body, err := json.Marshal(telego.GetUpdatesParams{
		Offset: int(offset), Limit: most, Timeout: int(pollWait.Seconds()), AllowedUpdates: wanted,
	})
	if err != nil {
		return nil, err
	}
	res, err := b.caller.Call(ctx, b.base+"/getUpdates", &telegoapi.RequestData{ContentType: telegoapi.ContentTypeJSON, BodyRaw: body})
	if err != nil {
		return nil, err
	}
	if !res.Ok {
		return nil, res.Error
	}
	if err := json.Unmarshal(res.Result, &out); err != nil {
		return nil, fmt.Errorf("read the bot's updates: %w", err)
	}
	return out, nil
}

// keep stores updates and answers the number behind them, or with an error that of the
// first which is not stored; 0 where there is none.
func (b *Bot) keep(ctx context.Context, raw []json.RawMessage) (next int64, err error) {
	var us []domain.BotUpdate
	for _, one := range raw {
		id, in, ok, err := readUpdate(one)
		if err != nil {
			b.Log.Warn("an update of the bot is left out", "update", id, "err", err)
		}
		if id != 0 {
			next = max(next, id+1)
		}
		if !ok {
			continue
		}
		body, err := json.Marshal(in)
		if err != nil {
			return next, err
		}
		us = append(us, domain.BotUpdate{ID: id, TelegramID: in.From, Body: string(body)})
	}
	if len(us) == 0 {
		return next, nil
	}
	if err := b.Store.KeepBotUpdates(ctx, us, b.Now().UTC()); err != nil {
		return us[0].ID, err
	}
	b.work.add(us)
	return next, nil
}

// mostHook bounds a call of Telegram, in bytes.
const mostHook = 4 << 20

// secretHeader is how Telegram shows that it is Telegram
// (https://core.telegram.org/bots/api#setwebhook).
const secretHeader = "X-Telegram-Bot-Api-Secret-Token" //nolint:gosec // a header's name

// ServeHTTP takes an update that Telegram brings, and answers 200 once it is stored:
// what is answered otherwise, Telegram brings again.
func (b *Bot) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	secret := r.Header.Get(secretHeader)
	if !b.Webhook || subtle.ConstantTimeCompare([]byte(secret), []byte(b.api.SecretToken())) != 1 {
		http.NotFound(rw, r)
		return
	}
	if !b.open.Load() { // in data that waits to be adopted it would be lost
		http.Error(rw, "not now", http.StatusServiceUnavailable)
		return
	}
	raw, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, mostHook))
	var large *http.MaxBytesError
	if errors.As(err, &large) { // Telegram would bring the same again and again, and nothing behind it
		b.Log.Warn("an update of the bot is left out", "err", err)
		return
	}
	if err == nil {
		_, err = b.keep(r.Context(), []json.RawMessage{raw})
	}
	if err != nil {
		b.Log.Warn("storing an update of the bot", "err", err)
		http.Error(rw, "not now", http.StatusServiceUnavailable)
	}
}

// hook asks Telegram to bring updates, or to keep them for [Bot.poll]; until it has
// answered.
func (b *Bot) hook(ctx context.Context) {
	for failed := 1; ctx.Err() == nil; failed++ {
		err := b.setHook(ctx)
		what, _ := judge(err)
		b.setHealth(what)
		if err == nil || errors.Is(err, context.Canceled) {
			return
		}
		b.rest(ctx, err, failed)
	}
}

func (b *Bot) setHook(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	if !b.Webhook {
		return b.api.DeleteWebhook(ctx, &telego.DeleteWebhookParams{})
	}
	return b.api.SetWebhook(ctx, &telego.SetWebhookParams{
		URL: b.hookAt, SecretToken: b.api.SecretToken(), AllowedUpdates: wanted,
	})
}

// keepHook looks until ctx ends whether Telegram still brings updates here: whoever
// has the token can change that, a token can be taken back, and what stands before the
// panel may let nothing through.
func (b *Bot) keepHook(ctx context.Context) {
	for ctx.Err() == nil {
		pause(ctx, hookEvery)
		call, cancel := context.WithTimeout(ctx, callLimit)
		info, err := b.api.GetWebhookInfo(call)
		cancel()
		if ctx.Err() != nil {
			return
		}
		what, _ := judge(err)
		switch {
		case err != nil:
			b.Log.Warn("asking where the bot's updates go", "err", err)
		case info.URL != b.hookAt:
			b.Log.Warn("the bot's updates went elsewhere")
			b.hook(ctx)
			continue
		case info.PendingUpdateCount > 0 && b.Now().Sub(time.Unix(info.LastErrorDate, 0)) < 2*hookEvery:
			b.Log.Warn("Telegram cannot bring the bot's updates", "says", info.LastErrorMessage, "waiting", info.PendingUpdateCount)
			what = undelivered
		}
		b.setHealth(what)
	}
}
