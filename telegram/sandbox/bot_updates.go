package sandbox

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"
)

// Longest wait of a getUpdates call.
const maxPoll = 50 * time.Second

// poll is what getUpdates remembers between calls.
type poll struct {
	end  context.CancelCauseFunc // ends the call that waits now; nil: none
	turn int64                   // number of that call
}

// errOtherPoll ends the older of two polls.
var errOtherPoll = &botFail{
	Code:        http.StatusConflict,
	Description: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
}

// Why there is no polling with a webhook.
var (
	errWebhookActive = &botFail{
		Code:        http.StatusConflict,
		Description: "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
	}
	errWebhookSet = &botFail{Code: http.StatusConflict, Description: "Conflict: terminated by setWebhook request"}
)

// getUpdates waits until there is an update or the time is over.
// https://core.telegram.org/bots/api#getupdates
func (b *botAPI) getUpdates(p params, r *http.Request) (any, error) {
	offset, err := p.num("offset")
	if err != nil {
		return nil, err
	}
	limit, err := p.num("limit")
	if err != nil {
		return nil, err
	}
	if limit < 1 || limit > 100 {
		limit = 100
	}
	seconds, err := p.num("timeout")
	if err != nil {
		return nil, err
	}
	wait := min(max(time.Duration(seconds), 0)*time.Second, maxPoll)
	ctx, done, err := b.takeTurn(r.Context())
	if err != nil {
		return nil, err
	}
	defer done()
	if err := b.keepAllowed(p); err != nil {
		return nil, err
	}
	return b.waitUpdates(ctx, offset, int(limit), wait)
}

// takeTurn ends the call that waits now and makes this one the only.
func (b *botAPI) takeTurn(ctx context.Context) (context.Context, func(), error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.webhook().URL != "" {
		return nil, nil, errWebhookActive
	}
	ctx, end := context.WithCancelCause(ctx)
	if b.poll.end != nil {
		b.poll.end(errOtherPoll)
	}
	b.poll.end = end
	b.poll.turn++
	turn := b.poll.turn
	return ctx, func() {
		end(nil)
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.poll.turn == turn {
			b.poll.end = nil
		}
	}, nil
}

// Settings of the kinds of updates, and those that come only where they are
// asked for.
const allowedKey = "allowed_updates"

var onlyAsked = []string{"chat_member", "message_reaction", "message_reaction_count"}

// keepAllowed remembers which kinds the bot asks for; without the parameter that
// stays as it was. https://core.telegram.org/bots/api#getupdates
func (b *botAPI) keepAllowed(p params) error {
	if !p.has(allowedKey) {
		return nil
	}
	var now []string
	if err := p.object(allowedKey, &now); err != nil {
		return err
	}
	if slices.Equal(now, b.allowed()) {
		return nil
	}
	_, err := b.keep(allowedKey, now)
	return err
}

// allowed are the kinds that the bot asked for; none are all but onlyAsked.
func (b *botAPI) allowed() (kinds []string) {
	b.kept(allowedKey, &kinds)
	return kinds
}

func (b *botAPI) waitUpdates(ctx context.Context, offset int64, limit int, wait time.Duration) (any, error) {
	changed, stop := b.world.Subscribe()
	defer stop()
	over := time.NewTimer(wait)
	defer over.Stop()
	for {
		list := b.pending(offset, limit)
		if len(list) > 0 || wait <= 0 {
			return list, nil
		}
		select {
		case <-changed:
		case <-over.C:
			return list, nil
		case <-ctx.Done():
			var ended *botFail
			if errors.As(context.Cause(ctx), &ended) {
				return nil, ended
			}
			panic(http.ErrAbortHandler) // the client left, or the sandbox stops
		}
	}
}

// pending are the updates that the bot asked for, at most limit; 0 is none.
// Those it did not ask for are dropped when a later one is confirmed.
func (b *botAPI) pending(offset int64, limit int) []update {
	allowed := b.allowed()
	out := []update{}
	list := b.world.BotUpdates(offset, limit)
	for len(list) > 0 {
		for _, u := range list {
			w := b.update(u)
			kind := w.kind()
			if len(allowed) == 0 && slices.Contains(onlyAsked, kind) || len(allowed) > 0 && !slices.Contains(allowed, kind) {
				continue
			}
			if out = append(out, w); len(out) == limit {
				return out
			}
		}
		if limit == 0 {
			break
		}
		list = b.world.BotPending(list[len(list)-1].ID+1, limit)
	}
	return out
}
