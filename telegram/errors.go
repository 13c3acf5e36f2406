package telegram

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gotd/td/rpc"
	"github.com/gotd/td/tgerr"

	"postix/domain"
)

// longestWait bounds what Telegram can ask for, so that a broken number does
// not become a time that nothing can hold.
const longestWait = 366 * 24 * time.Hour

// sendError is what an error of a call means. The caller's context tells a call
// that the caller gave up from one whose connection went away.
func sendError(caller context.Context, err error) *domain.SendError {
	if err == nil {
		return nil
	}
	if known, ok := errors.AsType[*domain.SendError](err); ok {
		return known
	}
	answer, ok := tgerr.As(err)
	if !ok {
		return &domain.SendError{Action: domain.ActRetry, Code: silence(caller, err), Err: err}
	}
	code := cleanCode(answer.Message)
	act, _, _ := domain.AnswerTo(code)
	e := &domain.SendError{Action: act, Code: code, Err: err}
	if answer.Code >= 500 || answer.Code < 0 { // it may have happened all the same
		e.Action = domain.ActRetry
		return e
	}
	if act == domain.ActWaitAccount || act == domain.ActWaitChat {
		seconds := min(max(answer.Argument, 1), int(longestWait/time.Second))
		e.Wait = time.Duration(seconds) * time.Second
	}
	return e
}

// silence names why there was no answer.
func silence(caller context.Context, err error) string {
	var unacknowledged *rpc.RetryLimitReachedErr
	switch {
	case errors.Is(caller.Err(), context.Canceled):
		return domain.CodeCanceled
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &unacknowledged):
		return domain.CodeTimeout
	}
	return domain.CodeLost
}

// cleanCode is a server's word fit to be stored and shown: upper-case letters,
// digits and _, at most 64.
func cleanCode(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(s))
	if s == "" {
		return "EMPTY"
	}
	return s[:min(len(s), 64)]
}

// isDead reports whether err says that the session is gone, and in which word.
func isDead(err error) (code string, dead bool) {
	answer, ok := tgerr.As(err)
	if !ok {
		return "", false
	}
	code = cleanCode(answer.Message)
	act, _, _ := domain.AnswerTo(code)
	return code, act == domain.ActDead && answer.Code < 500
}
