package telegram

import (
	"context"
	"errors"
	"time"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"postix/domain"
)

// Messenger sends from connected accounts.
type Messenger struct {
	accounts  *Accounts
	deadline  time.Duration
	patience  time.Duration
	duplicate time.Duration // before an id that is in flight is asked about again, doubling
}

var _ domain.Messenger = (*Messenger)(nil)

// NewMessenger sends through the clients of a.
func NewMessenger(a *Accounts) *Messenger {
	return &Messenger{accounts: a, deadline: callDeadline, patience: readyPatience, duplicate: 500 * time.Millisecond}
}

// Send implements [domain.Messenger]. It takes at most 20 s to wait for the
// account's connection and 30 s for the call. An account that is not connected
// answers wait_account with code NOT_CONNECTED: then nothing went out.
func (m *Messenger) Send(ctx context.Context, a domain.Attempt) (domain.SentMessage, error) {
	if !a.Known {
		d, err := m.find(ctx, a)
		if err != nil {
			return domain.SentMessage{}, err
		}
		a.Dialog = d
	}
	answer, err := call(ctx, m.accounts, a.AccountID, m.patience, m.deadline, func(ctx context.Context, api *tg.Client) (tg.UpdatesClass, error) {
		return m.ask(ctx, api, a)
	})
	switch {
	case err == nil:
		return sentMessage(answer, a.RandomID, m.accounts.now), nil
	case errors.Is(err, errNotReady):
		return domain.SentMessage{}, notConnected(err)
	}
	return domain.SentMessage{}, sendError(ctx, err)
}

// find looks whether the account is in the chat after all. Whatever goes wrong
// here, the message did not go out.
func (m *Messenger) find(ctx context.Context, a domain.Attempt) (domain.Dialog, error) {
	d, err := m.Refresh(ctx, a)
	e := sendError(ctx, err)
	switch {
	case e == nil && d.CanWrite:
		return d, nil
	case e == nil, e.Action == domain.ActRefresh, e.Action == domain.ActFailPeer:
		return d, &domain.SendError{Action: domain.ActFailPeer, Code: domain.CodeNotMember, Err: err}
	case e.Action == domain.ActRetry:
		return d, &domain.SendError{Action: domain.ActWaitAccount, Code: e.Code, Wait: 5 * time.Second, Err: e.Err}
	}
	return d, e
}

// ask calls messages.sendMessage. While the same id is in flight, because an
// earlier call of it is still being carried out, it asks again until the first
// one's message comes back or the deadline ends it.
func (m *Messenger) ask(ctx context.Context, api *tg.Client, a domain.Attempt) (tg.UpdatesClass, error) {
	req := &tg.MessagesSendMessageRequest{Peer: inputPeer(a.Dialog), Message: a.Text, RandomID: a.RandomID}
	if len(a.Formats) > 0 {
		req.SetEntities(messageEntities(a.Formats))
	}
	if a.ReplyTo != 0 {
		req.SetReplyTo(&tg.InputReplyToMessage{ReplyToMsgID: a.ReplyTo})
	}
	for wait := m.duplicate; ; wait *= 2 {
		answer, err := api.MessagesSendMessage(ctx, req)
		if !tgerr.Is(err, domain.CodeDuplicate) {
			return answer, err
		}
		if end, ok := ctx.Deadline(); ok && time.Until(end) <= wait {
			return nil, err // the last word is that the first call is in flight
		}
		sleep(ctx, wait)
	}
}
