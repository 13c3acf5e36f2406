package world

import (
	"context"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// How long an account's client waits for the bot's answer to a pressed button.
const callbackPatience = 10 * time.Second

// BotAnswer is what the bot says to a pressed button.
type BotAnswer struct {
	Text  string
	Alert bool // to be shown in a window of its own
	URL   string
	Cache int // seconds for which clients need not ask again
}

func botMethods(reg registry) {
	on(reg, writing, (*call).getBotCallbackAnswer)
}

// getBotCallbackAnswer presses an inline button and waits for the bot
// (core.telegram.org/method/messages.getBotCallbackAnswer).
func (c *call) getBotCallbackAnswer(r *tg.MessagesGetBotCallbackAnswerRequest) (bin.Encoder, error) {
	peer, err := c.peer(r.Peer)
	if err != nil {
		return nil, err
	}
	m := c.user.box.byID(r.MsgID)
	if isChannel(peer) || m == nil || m.peer != peer || m.from != BotID {
		return nil, rpcErr(400, "MESSAGE_ID_INVALID")
	}
	data, ok := r.GetData()
	if !ok || !m.markup.hasCallback(string(data)) {
		return nil, rpcErr(400, "DATA_INVALID")
	}
	id, err := c.w.press(c.user, m, string(data))
	if err != nil {
		return nil, err
	}
	said := make(chan BotAnswer, 1)
	c.w.bot.waiting[id] = said
	return Deferred(func(ctx context.Context) (bin.Encoder, error) { return c.w.botAnswer(ctx, id, said) }), nil
}

// botAnswer waits for what the bot says. It runs without the lock.
func (w *World) botAnswer(ctx context.Context, id string, said <-chan BotAnswer) (bin.Encoder, error) {
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.bot.waiting, id)
	}()
	t := time.NewTimer(w.patience)
	defer t.Stop()
	select {
	case a := <-said:
		out := &tg.MessagesBotCallbackAnswer{Alert: a.Alert, NativeUI: true, CacheTime: a.Cache}
		if a.Text != "" {
			out.SetMessage(a.Text)
		}
		if a.URL != "" {
			out.HasURL = true
			out.SetURL(a.URL)
		}
		return out, nil
	case <-t.C:
		return nil, rpcErr(502, "BOT_RESPONSE_TIMEOUT")
	case <-w.closed:
	case <-ctx.Done():
	}
	return nil, ErrSilent
}
