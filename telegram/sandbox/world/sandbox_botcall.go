package world

import (
	"context"
	"time"
)

// BotFault is a rule that fires on a call of the Bot API. It is named like the
// method with "bot." before it; rules without a method are about MTProto only,
// where a bot's endless polling would use them up.
type BotFault struct {
	Fault
	w    *World
	rule *rule
}

// BotFault counts a call of the Bot API and returns the rule that fires on it,
// nil for none. A rule with a phone matches calls about that account's chat.
func (w *World) BotFault(method string, chat int64) *BotFault {
	phone := w.phoneByUser(chat)
	f := &w.faults
	f.mu.Lock()
	defer f.mu.Unlock()
	var hit *rule
	for _, r := range f.rules {
		if r.Method != method || r.Phone != "" && r.Phone != phone || r.Chat != 0 && r.Chat != chat {
			continue
		}
		r.Seen++
		if hit == nil && r.Seen >= r.Nth && (r.Times < 0 || r.Fired < r.Times) {
			r.Fired++
			hit = r
		}
	}
	if hit == nil {
		return nil
	}
	return &BotFault{Fault: hit.Fault, w: w, rule: hit}
}

// Wait blocks as long as the rule holds or delays the call. It returns false
// when ctx ends before.
func (f *BotFault) Wait(ctx context.Context) bool {
	done := f.rule.release
	if f.Mode == FaultDelay {
		timed, cancel := context.WithTimeout(ctx, time.Duration(f.DelayMS)*time.Millisecond)
		defer cancel()
		<-timed.Done()
		return ctx.Err() == nil
	}
	f.w.faults.held(f.rule, 1)
	defer f.w.faults.held(f.rule, -1)
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}

// NoteBotCall puts a call of the Bot API into the journal. The message id is the
// bot's number of the message, 0 where the call made none.
func (w *World) NoteBotCall(method string, chat int64, outcome string, messageID int) {
	w.journal.add(JournalEntry{At: w.now(), Phone: w.phoneByUser(chat), Method: method, Chat: chat, Outcome: outcome, MessageID: messageID})
}

// phoneByUser is the account's number with the plus, empty when the user is none.
func (w *World) phoneByUser(id int64) string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if u := w.users[id]; u != nil && u.account != nil {
		return "+" + u.account.phone
	}
	return ""
}
