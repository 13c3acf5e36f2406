package telegram

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/gotd/td/tg"

	"postix/domain"
)

// callDeadline bounds one call: the library itself waits without limit while
// the server is away.
const callDeadline = 30 * time.Second

// readyPatience is how long a call waits for its account to be connected.
const readyPatience = 20 * time.Second

// call runs f with a connected client of the account. It answers when f does,
// at the deadline, or when ctx ends: an abandoned call goes on behind until the
// library has told the server to drop its answer. An error that wraps
// errNotReady means that nothing was asked.
func call[T any](ctx context.Context, a *Accounts, accountID int64, patience, limit time.Duration,
	f func(ctx context.Context, api *tg.Client) (T, error),
) (T, error) {
	var none T
	if !a.begin() {
		return none, errNotReady
	}
	api, err := a.ready(ctx, accountID, patience)
	if err != nil {
		a.work.Done()
		return none, err
	}
	return bounded(ctx, a, limit, func(ctx context.Context) (T, error) { return f(ctx, api) })
}

// notConnected is the error of a call that never began: it is definite.
func notConnected(err error) *domain.SendError {
	if fault, ok := errors.AsType[*domain.SendError](err); ok {
		return fault
	}
	return &domain.SendError{Action: domain.ActWaitAccount, Code: domain.CodeNotConnected, Wait: 5 * time.Second, Err: err}
}

// bounded runs f under a deadline and answers when f does, or when the deadline
// or ctx ends; then f goes on behind. The caller has counted f with begin; it is
// counted off here. A panic in f is its error.
func bounded[T any](ctx context.Context, a *Accounts, limit time.Duration, f func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		defer a.work.Done()
		defer cancel()
		var r result
		defer func() {
			if p := recover(); p != nil {
				a.log.Error("panic in a call", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				r.err = fmt.Errorf("panic: %v", p)
			}
			done <- r
		}()
		r.value, r.err = f(ctx)
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
	}
	select {
	case r := <-done: // it came at the last moment
		return r.value, r.err
	default:
		var none T
		return none, ctx.Err()
	}
}
