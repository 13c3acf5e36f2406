package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mymmrac/telego"

	"postix/domain"
	"postix/views/locale"
)

// turn is one update being answered.
type turn struct {
	*Bot
	ctx      context.Context // with the language and zone of who writes, and who acts
	in       incoming
	actor    domain.Actor
	answered bool // the press, which Telegram shows as waiting until it is
	shown    bool // the message that was pressed shows something new already
	talk     talk
	loaded   bool
	update   int64    // its number; 0: it is none
	was      snapshot // the conversation before it
	again    bool     // it was begun before, by a process that has ended in the middle
}

// talk is where a conversation stands: what the bot waits for, and what was said.
type talk struct {
	Step    string    `json:"-"`
	About   int64     `json:"about,omitempty"` // what the step is about, such as a catalog
	Via     int64     `json:"via,omitempty"`   // and what else, such as an account
	Order   *order    `json:"order,omitempty"`
	Ordered []ordered `json:"ordered,omitempty"` // the latest orders that campaigns came of
}

// keptTalk is how a conversation is stored: with the update that has changed it last,
// and as it was before that one. An update that is handled again begins where it began
// the first time: a text is never taken for the answer to the question after it.
type keptTalk struct {
	talk
	Update int64    `json:"update,omitempty"`
	Was    snapshot `json:"was,omitzero"`
}

// snapshot is a conversation at one moment.
type snapshot struct {
	Step string          `json:"step,omitempty"`
	Talk json.RawMessage `json:"talk,omitempty"`
}

func (b *Bot) newTurn(ctx context.Context, in incoming) *turn {
	return &turn{Bot: b, ctx: locale.With(ctx, locale.Pick("", in.Lang), nil), in: in}
}

// as lets the turn be that of an actor.
func (t *turn) as(a domain.Actor) {
	t.actor = a
	lang := a.User.Lang
	if !locale.Known(lang) {
		lang = locale.Pick("", t.in.Lang)
	}
	t.ctx = domain.Acting(locale.With(t.ctx, lang, a.Location()), a, "")
}

// T and N are texts in the language of who writes.
func (t *turn) T(key string, args ...any) string { return locale.T(t.ctx, key, args...) }

// N is the counted one.
func (t *turn) N(key string, n int, args ...any) string { return locale.N(t.ctx, key, n, args...) }

// show answers with a screen: in the place of the message that was pressed, or as a
// new one.
func (t *turn) show(s screen) error {
	_, err := t.place(s)
	return err
}

// place is show, and answers the number of the message.
func (t *turn) place(s screen) (int, error) {
	if t.in.Kind != kindPress || t.shown {
		return t.send(s)
	}
	return t.edit(t.in.MessageID, s)
}

// send answers with a new message, and with its number.
func (t *turn) send(s screen) (int, error) { return t.Bot.send(t.ctx, t.in.From, s) }

// edit shows a screen in the place of one of the bot's messages, or as a new one
// where that is not possible any more. It answers the number of the message.
func (t *turn) edit(message int, s screen) (int, error) {
	t.shown = true
	defer t.live.chats.take(t.in.From)() // nothing else changes it meanwhile
	kept, err := t.followNoMore(message)
	if err != nil {
		return message, err
	}
	switch what, err := t.Bot.edit(t.ctx, t.in.From, message, s); what {
	case noTrouble, unchanged:
		return message, nil
	case noMessage:
		return t.send(s)
	default:
		if kept.MessageID != 0 { // it shows what it did
			err = errors.Join(err, t.follow(kept))
		}
		return message, err
	}
}

func (b *Bot) send(ctx context.Context, chat int64, s screen) (id int, err error) {
	return b.sendIn(ctx, chat, s, tries)
}

// sendIn is send in so many tries.
func (b *Bot) sendIn(ctx context.Context, chat int64, s screen, tries int) (id int, err error) {
	text, keyboard := b.fitting(s)
	err = b.call(ctx, chat, tries, func(ctx context.Context) error {
		p := &telego.SendMessageParams{
			ChatID: telego.ChatID{ID: chat}, Text: text, ParseMode: telego.ModeHTML,
			LinkPreviewOptions: &telego.LinkPreviewOptions{IsDisabled: true},
		}
		if keyboard != nil {
			p.ReplyMarkup = keyboard
		}
		m, err := b.api.SendMessage(ctx, p)
		if m != nil {
			id = m.MessageID
		}
		return err
	})
	return id, err
}

func (b *Bot) edit(ctx context.Context, chat int64, message int, s screen) (trouble, error) {
	text, keyboard := b.fitting(s)
	err := b.call(ctx, chat, tries, func(ctx context.Context) error {
		_, err := b.api.EditMessageText(ctx, &telego.EditMessageTextParams{
			ChatID: telego.ChatID{ID: chat}, MessageID: message, Text: text, ParseMode: telego.ModeHTML,
			LinkPreviewOptions: &telego.LinkPreviewOptions{IsDisabled: true}, ReplyMarkup: keyboard,
		})
		return err
	})
	what, _ := judge(err)
	return what, err
}

// call makes a call about a chat when it may be made, and notes whom the bot cannot
// reach any more.
func (b *Bot) call(ctx context.Context, chat int64, tries int, do func(context.Context) error) error {
	err := b.out.do(ctx, chat, tries, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, callLimit)
		defer cancel()
		return do(ctx)
	})
	if what, _ := judge(err); what == shutOut {
		return errors.Join(err, b.Store.SetBotGone(ctx, chat, b.Now().UTC()))
	}
	return err
}

// note answers a press with a line that goes away by itself; where nothing was
// pressed it is a message.
func (t *turn) note(text string) error { return t.reply(text, false) }

// alert answers a press with a line that has to be put away.
func (t *turn) alert(text string) error { return t.reply(text, true) }

func (t *turn) reply(text string, alert bool) error {
	if t.in.Kind != kindPress || t.answered || len([]rune(text)) > mostAnswerText {
		_, err := t.send(screen{text: esc(text)})
		return err
	}
	t.answered = true
	if err := t.answerPress(text, alert); err != nil && t.ctx.Err() == nil {
		t.Log.Warn("answering a press", "err", err) // what it was about is done, and shown
	}
	return nil
}

func (t *turn) answerPress(text string, alert bool) error {
	ctx, cancel := context.WithTimeout(t.ctx, callLimit)
	defer cancel()
	err := t.api.AnswerCallbackQuery(ctx, &telego.AnswerCallbackQueryParams{CallbackQueryID: t.in.PressID, Text: text, ShowAlert: alert})
	if what, _ := judge(err); what == refusedCall { // it is too old: he does not wait any more
		return nil
	}
	return err
}

// done ends a press: Telegram shows it as waiting otherwise.
func (t *turn) done() {
	if t.in.Kind == kindPress && !t.answered {
		t.answered = true
		if err := t.answerPress("", false); err != nil && t.ctx.Err() == nil {
			t.Log.Debug("answering a press", "err", err)
		}
	}
}

// fail tells that something went wrong, in the words of the error where it has any.
func (t *turn) fail(err error) {
	var e *domain.Error
	what, _ := judge(err)
	switch {
	case t.ctx.Err() != nil, what != unanswered && what != refusedCall: // he would not read more
		t.Log.Warn("answering in the bot", "kind", t.in.Kind, "err", err)
		return
	case !errors.As(err, &e):
		t.Log.Error("answering in the bot", "kind", t.in.Kind, "err", err)
	}
	if err := t.alert(locale.Error(t.ctx, err)); err != nil {
		t.Log.Warn("telling an error in the bot", "err", err)
	}
}

// conversation reads where it stands, once.
func (t *turn) conversation() (*talk, error) {
	if t.loaded {
		return &t.talk, nil
	}
	stored, err := t.Store.BotTalk(t.ctx, t.in.From)
	if err != nil {
		return nil, err
	}
	var k keptTalk
	if stored.Draft != "" {
		if err := json.Unmarshal([]byte(stored.Draft), &k); err != nil {
			t.Log.Warn("a conversation cannot be read and begins anew", "err", err)
			k = keptTalk{}
		}
	}
	k.Step = stored.Step
	if t.update != 0 && k.Update == t.update {
		t.again, t.was = true, k.Was
		k.talk = talk{}
		if len(k.Was.Talk) > 0 {
			if err := json.Unmarshal(k.Was.Talk, &k.talk); err != nil {
				return nil, fmt.Errorf("read a conversation as it was: %w", err)
			}
		}
		k.Step = k.Was.Step
	} else {
		raw, err := json.Marshal(k.talk)
		if err != nil {
			return nil, err
		}
		t.was = snapshot{k.Step, raw}
	}
	t.talk, t.loaded = k.talk, true
	return &t.talk, nil
}

// await stores the conversation: the next text is for that step, "" for none.
func (t *turn) await(step string) error {
	k, err := t.conversation()
	if err != nil {
		return err
	}
	k.Step = step
	raw, err := json.Marshal(keptTalk{*k, t.update, t.was})
	if err != nil {
		return err
	}
	return t.Store.SetBotTalk(t.ctx, t.in.From, domain.BotTalk{Step: step, Draft: string(raw)})
}

// now is the time.
func (t *turn) now() time.Time { return t.Now().UTC() }

// numbers reads the data of a button: its action and what stands behind it.
func numbers(data string) (action string, args []int64, ok bool) {
	action, rest, more := strings.Cut(data, ":")
	if !more {
		return action, nil, action != ""
	}
	for part := range strings.SplitSeq(rest, ":") {
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return "", nil, false
		}
		args = append(args, n)
	}
	return action, args, action != ""
}
