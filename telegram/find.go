package telegram

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gotd/td/tg"

	"postix/domain"
)

// How far Find looks back.
const (
	historyPage  = 100
	historyPages = 20
	historyPace  = 200 * time.Millisecond
	clockSlack   = 5 * time.Second // between Telegram's clock and ours
)

// Find implements [domain.Messenger]: it reads the chat's history from its end
// back to FirstAt and answers the earliest message of the account with exactly
// this text that no other delivery has been proved by, and that cannot be the
// Rival's. Not found is an answer only when everything since then was read;
// in a chat where more than 2,000 messages came since, the error is of action
// retry with code HISTORY_TOO_LONG.
func (m *Messenger) Find(ctx context.Context, a domain.Attempt) (domain.SentMessage, bool, error) {
	var best domain.SentMessage
	since := a.FirstAt.Add(-clockSlack)
	if ahead := m.accounts.ahead(); ahead > clockWrong {
		since = since.Add(-ahead) // FirstAt is by this machine's clock, and messages are by Telegram's
	}
	offset, contested := 0, false
	rival := a.Rival.Add(since.Sub(a.FirstAt)).Truncate(time.Second)
	for range historyPages {
		page, err := m.history(ctx, a, offset)
		if err != nil {
			return best, false, err
		}
		reached := len(page) == 0
		for _, msg := range page {
			at := unix(msg.GetDate())
			if at.Before(since.Truncate(time.Second)) {
				reached = true
				break
			}
			offset = msg.GetID()
			own, ok := msg.(*tg.Message)
			switch {
			case !ok || !own.Out || own.Message != a.Text || slices.Contains(a.Taken, own.ID):
			case !a.Rival.IsZero() && !at.Before(rival):
				contested = true
			default:
				best = domain.SentMessage{ID: own.ID, At: at}
			}
		}
		if reached && best.ID == 0 && contested {
			return best, false, &domain.SendError{Action: domain.ActRetry, Code: domain.CodeContested}
		}
		if reached {
			return best, best.ID != 0, nil
		}
		sleep(ctx, historyPace)
	}
	if best.ID != 0 {
		return best, true, nil
	}
	return best, false, &domain.SendError{Action: domain.ActRetry, Code: domain.CodeLongHistory}
}

// history is one page of a chat, newest first, older than the offset.
func (m *Messenger) history(ctx context.Context, a domain.Attempt, offset int) ([]tg.NotEmptyMessage, error) {
	answer, err := call(ctx, m.accounts, a.AccountID, m.patience, m.deadline, func(ctx context.Context, api *tg.Client) (tg.MessagesMessagesClass, error) {
		return api.MessagesGetHistory(ctx, &tg.MessagesGetHistoryRequest{Peer: inputPeer(a.Dialog), OffsetID: offset, Limit: historyPage})
	})
	switch {
	case errors.Is(err, errNotReady):
		return nil, notConnected(err)
	case err != nil:
		return nil, sendError(ctx, err)
	}
	page, ok := answer.AsModified()
	if !ok {
		return nil, nil
	}
	var out []tg.NotEmptyMessage
	for _, msg := range page.GetMessages() {
		if msg, ok := msg.AsNotEmpty(); ok {
			out = append(out, msg)
		}
	}
	return out, nil
}
