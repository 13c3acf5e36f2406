package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Delivery to a webhook. Telegram's own pauses are not documented; these are
// short, so that nobody who tries a failing webhook waits for long.
const (
	hookPatience   = 10 * time.Second // with one call
	firstHookPause = 100 * time.Millisecond
	maxHookPause   = 5 * time.Second
	maxHookAnswer  = 64 << 10 // bytes that are read, and thrown away
)

const webhookKey = "webhook"

// webhook is where updates go. It is kept in the world.
type webhook struct {
	URL    string `json:"url"` // empty: there is none
	Secret string `json:"secret,omitempty"`
	Max    int    `json:"max_connections"`
}

// hookState is what the API remembers of the deliveries.
type hookState struct {
	changed  chan struct{} // closed when the webhook changes
	failed   string
	failedAt time.Time
}

func (b *botAPI) webhook() (h webhook) {
	b.kept(webhookKey, &h)
	return h
}

// setWebhook takes addresses on loopback only, without TLS too: the sandbox
// calls no other machine. https://core.telegram.org/bots/api#setwebhook
func (b *botAPI) setWebhook(p params, r *http.Request) (any, error) {
	if !p.has("url") {
		return b.deleteWebhook(p, r)
	}
	if err := checkHook(p); err != nil {
		return nil, err
	}
	h := webhook{URL: p.str("url"), Secret: p.str("secret_token"), Max: 40}
	limit, err := p.num("max_connections")
	if err != nil {
		return nil, err
	}
	if limit > 0 {
		h.Max = int(min(limit, 100))
	}
	if err := b.keepAllowed(p); err != nil {
		return nil, err
	}
	return true, b.changeWebhook(p, h)
}

func checkHook(p params) error {
	u, err := url.Parse(p.str("url"))
	secret := p.str("secret_token")
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil:
		return badRequest("bad webhook: an HTTP or HTTPS URL must be provided for webhook")
	case !loopbackHost(u.Host):
		return badRequest("bad webhook: the sandbox calls addresses of this machine only, such as http://127.0.0.1:8080/...")
	case len(secret) > 256:
		return badRequest("secret token is too long")
	case strings.Trim(secret, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "":
		return badRequest("secret token contains unallowed characters")
	case p.has("certificate") || p.form != nil && len(p.form.File["certificate"]) > 0:
		return badRequest("bad webhook: the sandbox takes no certificate")
	}
	return nil
}

func (b *botAPI) deleteWebhook(p params, _ *http.Request) (any, error) {
	return true, b.changeWebhook(p, webhook{})
}

// changeWebhook ends the poll that waits, and the delivery to the webhook that
// was.
func (b *botAPI) changeWebhook(p params, h webhook) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.yes("drop_pending_updates") {
		if all := b.world.BotPending(0, 0); len(all) > 0 {
			b.world.BotConfirm(all[len(all)-1].ID + 1)
		}
	}
	if h == b.webhook() {
		return nil
	}
	if b.poll.end != nil && h.URL != "" {
		b.poll.end(errWebhookSet)
	}
	if _, err := b.keep(webhookKey, h); err != nil {
		return err
	}
	close(b.hook.changed)
	b.hook = hookState{changed: make(chan struct{})}
	return nil
}

func (b *botAPI) getWebhookInfo(params, *http.Request) (any, error) {
	h := b.webhook()
	out := struct {
		URL       string   `json:"url"`
		Custom    bool     `json:"has_custom_certificate"`
		Pending   int      `json:"pending_update_count"`
		FailedAt  int64    `json:"last_error_date,omitempty"`
		Failed    string   `json:"last_error_message,omitempty"`
		Max       int      `json:"max_connections,omitempty"`
		AllowedUp []string `json:"allowed_updates,omitempty"`
	}{URL: h.URL, Pending: len(b.pending(0, 0)), Max: h.Max, AllowedUp: b.allowed()}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hook.failed != "" {
		out.Failed, out.FailedAt = b.hook.failed, b.hook.failedAt.Unix()
	}
	return out, nil
}

// deliver sends updates to the webhook, one after the other, until ctx ends.
// An update is confirmed when its call was answered with 2xx.
func (b *botAPI) deliver(ctx context.Context) {
	client := hookClient()
	defer client.CloseIdleConnections()
	news, stop := b.world.Subscribe()
	defer stop()
	pause := firstHookPause
	for ctx.Err() == nil {
		b.mu.Lock()
		h, changed := b.webhook(), b.hook.changed
		b.mu.Unlock()
		var list []update
		if h.URL != "" {
			list = b.pending(0, 1)
		}
		if len(list) == 0 {
			select {
			case <-news:
			case <-ctx.Done():
			}
			continue
		}
		err := callHook(ctx, client, changed, h, list[0])
		select {
		case <-changed: // the update is for whoever comes after this webhook
			pause = firstHookPause
			continue
		default:
		}
		if err == nil {
			b.world.NoteBotCall("bot.webhook", 0, "ok", 0)
			b.world.BotConfirm(list[0].ID + 1)
			pause = firstHookPause
			continue
		}
		if ctx.Err() == nil {
			b.hookFailed(changed, err)
		}
		sleep(ctx, changed, pause)
		pause = min(2*pause, maxHookPause)
	}
}

// hookFailed notes a failure, unless the webhook is another one already.
func (b *botAPI) hookFailed(of <-chan struct{}, err error) {
	b.world.NoteBotCall("bot.webhook", 0, err.Error(), 0)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hook.changed == of {
		b.hook.failed, b.hook.failedAt = err.Error(), time.Now()
	}
}

func sleep(ctx context.Context, wake <-chan struct{}, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-wake:
	case <-ctx.Done():
	}
}

// callHook posts one update. What is answered beside the status is ignored.
func callHook(ctx context.Context, client *http.Client, changed <-chan struct{}, h webhook, u update) error {
	ctx, cancel := context.WithTimeout(ctx, hookPatience)
	defer cancel()
	go func() {
		select {
		case <-changed:
			cancel()
		case <-ctx.Done():
		}
	}()
	body, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("encoding an update: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if h.Secret != "" {
		req.Header.Set("X-Telegram-Bot-Api-Secret-Token", h.Secret)
	}
	res, err := client.Do(req)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return errors.New("Read timeout expired") //nolint:staticcheck // Telegram's words
	case err != nil:
		return err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxHookAnswer))
	_ = res.Body.Close()
	if res.StatusCode/100 != 2 {
		return errors.New("Wrong response from the webhook: " + res.Status)
	}
	return nil
}

// hookClient connects to loopback only, whatever a name resolves to, and follows
// no redirect.
func hookClient() *http.Client {
	d := &net.Dialer{Timeout: hookPatience}
	t := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if _, port, err := net.SplitHostPort(addr); err == nil && strings.HasPrefix(addr, "localhost:") {
			addr = net.JoinHostPort("127.0.0.1", port)
		}
		return d.DialContext(ctx, network, addr)
	}}
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}
