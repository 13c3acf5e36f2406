package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mymmrac/telego/telegoapi"
)

// mostAnswer bounds an answer of the Bot API: a hundred updates of some tens of
// kilobytes.
const mostAnswer = 32 << 20

// caller makes the calls of the Bot API. Its errors never hold the address of a
// call, for the token stands in it.
type caller struct{ client *http.Client }

// Call implements [telegoapi.Caller].
func (c caller) Call(ctx context.Context, address string, data *telegoapi.RequestData) (*telegoapi.Response, error) {
	body := data.BodyStream
	if data.BodyRaw != nil {
		body = bytes.NewReader(data.BodyRaw)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, body)
	if err != nil {
		return nil, errors.New("the address of the Bot API is no address")
	}
	req.Header.Set("Content-Type", data.ContentType)
	res, err := c.client.Do(req)
	var where *url.Error
	if errors.As(err, &where) {
		err = where.Err
	}
	if err != nil {
		return nil, fmt.Errorf("call the Bot API: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	var out telegoapi.Response
	if err := json.NewDecoder(io.LimitReader(res.Body, mostAnswer)).Decode(&out); err != nil {
		return nil, fmt.Errorf("the Bot API answered %d and no JSON: %w", res.StatusCode, err)
	}
	if !out.Ok && out.Error == nil {
		return nil, fmt.Errorf("the Bot API answered %d and nothing else", res.StatusCode)
	}
	return &out, nil
}

// trouble is what a call failed of, by what has to follow.
type trouble int

const (
	noTrouble   trouble = iota
	unanswered          // no answer, half of one, or that it is broken itself: nobody knows whether the call was executed
	tooMany             // of our calls: it says how long to wait
	wrongToken          // nothing works until a person has seen to it
	otherPoller         // another program asks for the same bot's updates
	undelivered         // Telegram cannot bring the updates that wait; no call fails of it
	shutOut             // he has shut the bot out, is deleted, or never wrote to it
	unchanged           // the message looks like that already
	noMessage           // the message to change is gone, or too old
	refusedCall         // anything else: the same call will be refused again
)

// judge tells what a call failed of, and how long to wait before the next one.
// Descriptions are not documented; they are those of the Bot API's own source
// (https://github.com/tdlib/telegram-bot-api).
func judge(err error) (trouble, time.Duration) {
	if err == nil {
		return noTrouble, 0
	}
	var e *telegoapi.Error
	if !errors.As(err, &e) {
		return unanswered, 0
	}
	says := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(e.Description, p) {
				return true
			}
		}
		return false
	}
	switch {
	case e.ErrorCode >= http.StatusInternalServerError:
		return unanswered, 0
	case e.ErrorCode == http.StatusTooManyRequests:
		wait := time.Second
		if e.Parameters != nil && e.Parameters.RetryAfter > 0 {
			wait = time.Duration(e.Parameters.RetryAfter) * time.Second
		}
		return tooMany, wait
	case e.ErrorCode == http.StatusUnauthorized, e.ErrorCode == http.StatusNotFound:
		return wrongToken, 0
	case e.ErrorCode == http.StatusConflict:
		return otherPoller, 0
	case e.ErrorCode == http.StatusForbidden, says("chat not found", "user is deactivated"):
		return shutOut, 0
	case says("message is not modified"):
		return unchanged, 0
	case says("message to edit not found", "message can't be edited", "message to delete not found"):
		return noMessage, 0
	}
	return refusedCall, 0
}
