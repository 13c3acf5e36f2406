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
	end     context.CancelCauseFunc // ends the call that waits now; nil: none
	turn    int64                   // number of that call
	allowed []string                // kinds of updates; empty: all
}

// errOtherPoll ends the older of two polls.
var errOtherPoll = &botFail{
	Code:        http.StatusConflict,
	Description: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
}

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
	var allowed []string
	if err := p.object("allowed_updates", &allowed); err != nil {
		return nil, err
	}
	wait := min(max(time.Duration(seconds), 0)*time.Second, maxPoll)
	ctx, done := b.takeTurn(r.Context(), p.has("allowed_updates"), allowed)
	defer done()
	return b.waitUpdates(ctx, offset, int(limit), wait)
}

// takeTurn ends the call that waits now and makes this one the only.
func (b *botAPI) takeTurn(ctx context.Context, setAllowed bool, allowed []string) (context.Context, func()) {
	ctx, end := context.WithCancelCause(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.poll.end != nil {
		b.poll.end(errOtherPoll)
	}
	b.poll.end = end
	b.poll.turn++
	turn := b.poll.turn
	if setAllowed {
		b.poll.allowed = allowed
	}
	return ctx, func() {
		end(nil)
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.poll.turn == turn {
			b.poll.end = nil
		}
	}
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
			if errors.Is(context.Cause(ctx), errOtherPoll) {
				return nil, errOtherPoll
			}
			panic(http.ErrAbortHandler) // the client left, or the sandbox stops
		}
	}
}

// pending are the updates that the bot asked for. Those it did not ask for are
// dropped when a later one is confirmed.
func (b *botAPI) pending(offset int64, limit int) []update {
	b.mu.Lock()
	allowed := b.poll.allowed
	b.mu.Unlock()
	out := []update{}
	for _, u := range b.world.BotUpdates(offset, 0) {
		w := b.update(u)
		if len(allowed) > 0 && !slices.Contains(allowed, w.kind()) {
			continue
		}
		if out = append(out, w); len(out) == limit {
			break
		}
	}
	return out
}

// setWebhook can only take the webhook away: the sandbox calls nobody.
func (b *botAPI) setWebhook(p params, r *http.Request) (any, error) {
	if p.has("url") {
		return nil, badRequest("bad webhook: the sandbox delivers updates by getUpdates only")
	}
	return b.deleteWebhook(p, r)
}

func (b *botAPI) deleteWebhook(p params, _ *http.Request) (any, error) {
	if p.yes("drop_pending_updates") {
		if all := b.world.BotUpdates(0, 0); len(all) > 0 {
			b.world.BotUpdates(all[len(all)-1].ID+1, 0)
		}
	}
	return true, nil
}

func (b *botAPI) getWebhookInfo(params, *http.Request) (any, error) {
	return struct {
		URL     string `json:"url"`
		Custom  bool   `json:"has_custom_certificate"`
		Pending int    `json:"pending_update_count"`
	}{Pending: len(b.world.BotUpdates(0, 0))}, nil
}
