package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"postix/telegram/sandbox/world"
)

// Client talks to the control API of a sandbox. Only URL is needed. A refusal is
// a *ClientError.
type Client struct {
	URL  string // http://HOST:PORT
	HTTP *http.Client
}

// ClientError is a refusal of the control API.
type ClientError struct {
	Status int // HTTP
	Text   string
}

func (e *ClientError) Error() string { return "sandbox: " + e.Text }

// Code waits no longer than this when its context has no deadline.
const codePatience = 10 * time.Second

// Pause between two looks at something that the caller waits for.
const lookAgain = 20 * time.Millisecond

// Health returns nil when the sandbox answers.
func (c Client) Health(ctx context.Context) error { return c.get(ctx, "/api/health", nil) }

// Telegram returns the addresses and keys.
func (c Client) Telegram(ctx context.Context) (t Telegram, err error) {
	return t, c.get(ctx, "/api/telegram", &t)
}

// Accounts lists the phone numbers that the sandbox knows.
func (c Client) Accounts(ctx context.Context) (list []world.AccountInfo, err error) {
	return list, c.get(ctx, "/api/accounts", &list)
}

// AddAccount adds a person who can sign in.
func (c Client) AddAccount(ctx context.Context, a world.AccountSpec) (info world.AccountInfo, err error) {
	return info, c.post(ctx, "/api/accounts", a, &info)
}

// Code waits until a login code for the phone is on its way and returns it. It
// stays pending until it is used, so that asking twice gives the same one.
func (c Client) Code(ctx context.Context, phone string) (string, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, codePatience)
		defer cancel()
	}
	for {
		var a world.AccountInfo
		if err := c.get(ctx, accountPath(phone, ""), &a); err != nil {
			return "", err
		}
		if a.Code != nil {
			return a.Code.Code, nil
		}
		select {
		case <-time.After(lookAgain):
		case <-ctx.Done():
			return "", fmt.Errorf("waiting for the login code of %s: %w", phone, ctx.Err())
		}
	}
}

// Revoke ends all sessions of the account, as another device of it can.
func (c Client) Revoke(ctx context.Context, phone string) error {
	return c.post(ctx, accountPath(phone, "/revoke"), nil, nil)
}

// Deactivate deletes the account.
func (c Client) Deactivate(ctx context.Context, phone string) error {
	return c.post(ctx, accountPath(phone, "/deactivate"), nil, nil)
}

// Drop closes the account's connections; its sessions live on.
func (c Client) Drop(ctx context.Context, phone string) error {
	return c.post(ctx, accountPath(phone, "/drop"), nil, nil)
}

// BotSay writes to the bot in the account's name.
func (c Client) BotSay(ctx context.Context, phone, text string) error {
	return c.BotDo(ctx, phone, world.BotInput{Text: text})
}

// BotPress presses the newest button with that callback data.
func (c Client) BotPress(ctx context.Context, phone, callback string) error {
	return c.BotDo(ctx, phone, world.BotInput{Callback: callback})
}

// BotDo does to the bot whatever an account can do.
func (c Client) BotDo(ctx context.Context, phone string, in world.BotInput) error {
	return c.post(ctx, accountPath(phone, "/bot"), in, nil)
}

// BotPut queues an update of the bot as it is, an object without update_id, and
// returns its number.
func (c Client) BotPut(ctx context.Context, update any) (int64, error) {
	var out struct {
		ID int64 `json:"update_id"`
	}
	err := c.post(ctx, "/api/bot/updates", update, &out)
	return out.ID, err
}

// BotChat returns both sides' messages between the account and the bot, newest
// last.
func (c Client) BotChat(ctx context.Context, phone string) (list []world.BotMessage, err error) {
	return list, c.get(ctx, accountPath(phone, "/bot?all=1"), &list)
}

// BotSaid returns what the bot wrote to the account, newest last.
func (c Client) BotSaid(ctx context.Context, phone string) (list []world.BotMessage, err error) {
	return list, c.get(ctx, accountPath(phone, "/bot"), &list)
}

// Chats lists all chats.
func (c Client) Chats(ctx context.Context) (list []Chat, err error) {
	return list, c.get(ctx, "/api/chats", &list)
}

// AddChat adds a chat.
func (c Client) AddChat(ctx context.Context, spec world.ChatSpec) (ch Chat, err error) {
	return ch, c.post(ctx, "/api/chats", NewChat{ChatSpec: spec}, &ch)
}

// Messages returns the messages of a chat with a greater ID than since, oldest
// first. A positive chat is the private messages of that user.
func (c Client) Messages(ctx context.Context, chat int64, since int) (list []world.MessageInfo, err error) {
	return list, c.get(ctx, chatPath(chat, "/messages")+"?since="+strconv.Itoa(since), &list)
}

// Post writes a message into a chat as somebody.
func (c Client) Post(ctx context.Context, chat int64, m Incoming) (info world.MessageInfo, err error) {
	return info, c.post(ctx, chatPath(chat, "/messages"), m, &info)
}

// Kick removes a member.
func (c Client) Kick(ctx context.Context, chat int64, m Member) error {
	return c.post(ctx, chatPath(chat, "/kick"), m, nil)
}

// Migrate makes a basic group a supergroup and returns the new chat.
func (c Client) Migrate(ctx context.Context, chat int64) (ch Chat, err error) {
	return ch, c.post(ctx, chatPath(chat, "/migrate"), nil, &ch)
}

// SetRights changes what ordinary members of a chat may do.
func (c Client) SetRights(ctx context.Context, chat int64, r ChatRights) error {
	return c.post(ctx, chatPath(chat, "/rights"), r, nil)
}

// AddFault adds a rule and returns it with its number.
func (c Client) AddFault(ctx context.Context, f world.Fault) (out world.Fault, err error) {
	return out, c.post(ctx, "/api/faults", f, &out)
}

// Faults lists the rules with what they did so far.
func (c Client) Faults(ctx context.Context) (list []world.Fault, err error) {
	return list, c.get(ctx, "/api/faults", &list)
}

// ClearFaults removes one rule, or all of them for 0, and releases the calls that
// were held.
func (c Client) ClearFaults(ctx context.Context, id int64) error {
	path := "/api/faults"
	if id != 0 {
		path += "?id=" + strconv.FormatInt(id, 10)
	}
	return c.do(ctx, http.MethodDelete, path, nil, nil)
}

// Journal returns the calls received after number since, oldest first, at most
// limit of them; 0 is no limit.
func (c Client) Journal(ctx context.Context, since int64, limit int) (list []world.JournalEntry, err error) {
	return list, c.get(ctx, fmt.Sprintf("/api/journal?since=%d&limit=%d", since, limit), &list)
}

func accountPath(phone, tail string) string { return "/api/accounts/" + url.PathEscape(phone) + tail }

func chatPath(id int64, tail string) string {
	return "/api/chats/" + strconv.FormatInt(id, 10) + tail
}

func (c Client) get(ctx context.Context, path string, out any) error {
	return c.do(ctx, http.MethodGet, path, nil, out)
}

func (c Client) post(ctx context.Context, path string, in, out any) error {
	if in == nil {
		in = struct{}{}
	}
	return c.do(ctx, http.MethodPost, path, in, out)
}

func (c Client) do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("asking the sandbox: %w", err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.URL, "/")+path, body)
	if err != nil {
		return fmt.Errorf("asking the sandbox: %w", err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	hc := c.HTTP
	if hc == nil {
		hc = http.DefaultClient
	}
	res, err := hc.Do(req)
	if err != nil {
		return fmt.Errorf("asking the sandbox: %w", err)
	}
	b, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return fmt.Errorf("reading the sandbox's answer: %w", err)
	}
	if res.StatusCode/100 != 2 {
		return refusal(res.StatusCode, b)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("reading the sandbox's answer: %w", err)
	}
	return nil
}

func refusal(status int, body []byte) error {
	var e struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(body, &e) != nil || e.Error == "" {
		e.Error = http.StatusText(status)
	}
	return &ClientError{status, e.Error}
}
