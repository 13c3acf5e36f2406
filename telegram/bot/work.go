package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"postix/domain"
)

// How much is done at once, and for how long.
const (
	chatsAtOnce = 32
	openMost    = 1000            // updates listed at once
	chatMost    = 50              // that may wait of one chat: who writes faster than that is no person
	handleLimit = 2 * time.Minute // for one update
	drainLimit  = 5 * time.Second // for those being handled when the process ends
)

// work hands stored updates to a handler: of one chat one after the other, of many
// chats at once and in turns. It knows their numbers only.
type work struct {
	handle func(id int64, tooMany bool) // until it is done, or never will be

	done sync.WaitGroup

	mu      sync.Mutex
	running bool
	workers int
	chats   map[int64][]queued // what waits, by chat; present: it waits for its turn, or has it
	turns   []int64            // the chats that wait for theirs
}

type queued struct {
	id      int64
	tooMany bool
}

func newWork(handle func(int64, bool)) *work {
	return &work{handle: handle, chats: map[int64][]queued{}}
}

// start lets work be added.
func (w *work) start() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running = true
}

// stop lets nothing be added, drops what has not begun and waits for the rest.
func (w *work) stop() {
	w.mu.Lock()
	w.running, w.turns = false, nil
	clear(w.chats)
	w.mu.Unlock()
	w.done.Wait()
}

// add queues stored updates. Before the start it does nothing: they are listed then.
func (w *work) add(us []domain.BotUpdate) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.running {
		return
	}
	for _, u := range us {
		waiting, known := w.chats[u.TelegramID]
		w.chats[u.TelegramID] = append(waiting, queued{u.ID, len(waiting) >= chatMost})
		if known {
			continue
		}
		w.turns = append(w.turns, u.TelegramID)
		if w.workers < chatsAtOnce {
			w.workers++
			w.done.Go(w.some)
		}
	}
}

// some works until no chat waits for its turn.
func (w *work) some() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.turns) > 0 {
		chat := w.turns[0]
		w.turns = w.turns[1:]
		one := w.chats[chat][0]
		w.chats[chat] = w.chats[chat][1:]
		w.mu.Unlock()
		w.handle(one.id, one.tooMany)
		w.mu.Lock()
		switch {
		case len(w.chats[chat]) > 0:
			w.turns = append(w.turns, chat)
		default:
			delete(w.chats, chat)
		}
	}
	w.workers--
}

// queueStored queues what was stored before the process started.
func (b *Bot) queueStored(ctx context.Context) {
	for after, failed := int64(0), 0; ctx.Err() == nil; {
		us, err := b.Store.OpenBotUpdates(ctx, after, openMost)
		if err != nil {
			failed++
			pause(ctx, backoff(failed, time.Second, worstDelay))
			continue
		}
		b.work.add(us)
		if len(us) < openMost {
			return
		}
		after = us[len(us)-1].ID
	}
}

// handle does what one stored update asks for, and marks it. What the storage holds
// up is tried until the process ends; it is there after the next start.
func (b *Bot) handle(id int64, tooMany bool) {
	answered := false
	for failed := 1; b.life.Err() == nil; failed++ {
		var err error
		if !answered {
			err = b.handleOnce(id, tooMany)
		}
		if err == nil {
			answered = true
			err = b.Store.BotUpdateHandled(b.life, id)
		}
		if err == nil || domain.IsKey(err, "bot.handled") {
			return
		}
		if b.life.Err() == nil {
			b.Log.Warn("an update of the bot waits", "update", id, "err", err)
		}
		pause(b.life, backoff(failed, time.Second, worstDelay))
	}
}

func (b *Bot) handleOnce(id int64, tooMany bool) error {
	body, err := b.Store.BotUpdate(b.life, id)
	if err != nil {
		return err
	}
	var in incoming
	switch err := json.Unmarshal([]byte(body), &in); {
	case err != nil:
		b.Log.Error("an update of the bot cannot be read", "update", id, "err", err)
	case tooMany:
		b.Log.Warn("a chat writes faster than it is answered: left out", "telegram_id", in.From)
	default:
		ctx, cancel := b.limited(in.From)
		defer cancel()
		b.answer(ctx, id, in)
		return b.life.Err() // where the process ends in the middle: again after the next start
	}
	return nil
}

// limited is a context for one update of a chat. What it asks for is done at once; the
// time in which Telegram lets nothing out to the chat does not count, for its answer
// would be lost. Fewer chats than [floodedChats] keep a worker each from the others in
// this way.
func (b *Bot) limited(chat int64) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(b.life)
	go func() {
		defer cancel()
		for left := handleLimit; left > 0 && ctx.Err() == nil; {
			if held := b.out.held(chat); held > 0 {
				pause(ctx, held)
				continue
			}
			pause(ctx, time.Second)
			left -= time.Second
		}
	}()
	return ctx, cancel
}

// answer handles an update; a panic in a handler ends that one only.
func (b *Bot) answer(ctx context.Context, id int64, in incoming) {
	t := b.newTurn(ctx, in)
	t.update = id
	defer func() {
		if p := recover(); p != nil {
			b.Log.Error("panic in the bot", "kind", in.Kind, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			t.fail(fmt.Errorf("panic"))
		}
	}()
	if err := t.handle(); err != nil {
		t.fail(err)
	}
}
