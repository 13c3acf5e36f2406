package jobs_test

import (
	"context"
	"slices"
	"sync"
	"time"

	"postix/domain"
)

// telegram is a false one: it keeps messages as the real one does, by account,
// chat and random id, and fails as a test asks.
type telegram struct {
	mu       sync.Mutex
	calls    []call
	messages []message
	sent     map[chatRandom]int // index into messages
	tries    map[int64]int      // calls by random id

	// What happens in a call instead of the ordinary; nil: the ordinary. They are
	// set before the jobs start, and run unlocked.
	onSend    func(ctx context.Context, a domain.Attempt, n int) (domain.SentMessage, error) // n: calls so far for the random id, from 1
	onFind    func(domain.Attempt) (domain.SentMessage, bool, error)
	onRefresh func(domain.Attempt) (domain.Dialog, error)
}

type call struct {
	account, random int64
	peer            domain.PeerID
	at              time.Time
}

type chatRandom struct {
	account, random int64
	peer            domain.PeerID
}

type message struct {
	domain.SentMessage
	call
	text string
}

func newTelegram() *telegram {
	return &telegram{sent: map[chatRandom]int{}, tries: map[int64]int{}}
}

func (t *telegram) Send(ctx context.Context, a domain.Attempt) (domain.SentMessage, error) {
	t.mu.Lock()
	t.calls = append(t.calls, call{a.AccountID, a.RandomID, a.Dialog.ID, time.Now()})
	t.tries[a.RandomID]++
	n := t.tries[a.RandomID]
	t.mu.Unlock()
	if t.onSend != nil {
		return t.onSend(ctx, a, n)
	}
	return t.keep(a), nil
}

// keep stores a message, or answers the one that is there.
func (t *telegram) keep(a domain.Attempt) domain.SentMessage {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := chatRandom{a.AccountID, a.RandomID, a.Dialog.ID}
	if i, ok := t.sent[key]; ok {
		return t.messages[i].SentMessage
	}
	t.sent[key] = len(t.messages)
	m := domain.SentMessage{ID: len(t.messages) + 1, At: time.Now().UTC()}
	t.messages = append(t.messages, message{m, call{a.AccountID, a.RandomID, a.Dialog.ID, m.At}, a.Text})
	return m
}

func (t *telegram) Find(_ context.Context, a domain.Attempt) (domain.SentMessage, bool, error) {
	if t.onFind != nil {
		return t.onFind(a)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, m := range t.messages {
		if m.account == a.AccountID && m.peer == a.Dialog.ID && m.text == a.Text && !m.At.Before(a.FirstAt) {
			return m.SentMessage, true, nil
		}
	}
	return domain.SentMessage{}, false, nil
}

func (t *telegram) Refresh(_ context.Context, a domain.Attempt) (domain.Dialog, error) {
	if t.onRefresh != nil {
		return t.onRefresh(a)
	}
	return a.Dialog, nil
}

func (t *telegram) message(random int64) (domain.SentMessage, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, m := range t.messages {
		if m.random == random {
			return m.SentMessage, true
		}
	}
	return domain.SentMessage{}, false
}

func (t *telegram) journal() []message {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.messages)
}

func (t *telegram) sends() []call {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.calls)
}

func refuse(x domain.Action, code string) error { return &domain.SendError{Action: x, Code: code} }
