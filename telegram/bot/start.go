package bot

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/mymmrac/telego"

	"postix/domain"
	"postix/views/locale"
)

// handle answers an update.
func (t *turn) handle() error {
	switch t.in.Kind {
	case kindGone:
		return t.Store.SetBotGone(t.ctx, t.in.From, t.now())
	case kindBack:
		return t.Store.SetBotGone(t.ctx, t.in.From, time.Time{})
	case kindEdit:
		return t.edited()
	}
	// Telegram tells of a return only who has left this bot, not one before it.
	if err := t.Store.SetBotGone(t.ctx, t.in.From, time.Time{}); err != nil {
		return err
	}
	if t.in.Link != nil {
		return t.startByLink(t.in.Link)
	}
	cmd, rest := splitCommand(t.in.Text)
	if t.in.Forward != nil { // what somebody else has written is no command of his
		cmd, rest = "", ""
	}
	a, fresh, err := t.Access.Enter(t.ctx, t.in.From)
	switch {
	case domain.IsKey(err, "bot.stranger"):
		t.done()
		return t.stranger()
	case domain.IsKey(err, "bot.choose"):
		return t.choose()
	case a.User.ID != 0:
		t.as(a) // whoever is shut out reads it in his language
	}
	if err != nil {
		if name, args, ok := numbers(t.in.Data); ok && t.in.Kind == kindPress && name == chooseAction && len(args) == 1 {
			if a, elsewhere := t.Access.Choose(t.ctx, t.in.From, args[0]); elsewhere == nil { // where he is not shut out
				t.as(a)
				t.done()
				return t.welcome()
			}
		}
		defer t.done()
		if t.in.Secret && a.User.ID != 0 {
			if err := t.refuseCode(); err != nil {
				return err
			}
		}
		return t.shutOut(err)
	}
	t.adoptLanguage()
	if fresh {
		if (cmd == "" || cmd == "start") && !t.in.Secret {
			t.done()
			return t.welcome()
		}
		if _, err := t.send(screen{text: esc(t.greeting())}); err != nil { // and then what he has asked for
			return err
		}
	}
	switch {
	case t.in.Kind == kindPress:
		return t.press()
	case t.in.Secret:
		return t.refuseCode(t.codeRows()...)
	case t.in.Kind == kindOther:
		return t.noText()
	case cmd != "":
		return t.command(cmd, rest)
	}
	return t.text()
}

// noText tells what to do instead of a photo or a file.
func (t *turn) noText() error {
	k, err := t.conversation()
	if err != nil {
		return err
	}
	if k.Step == stepText {
		return t.note(t.T("bot.send.text_only"))
	}
	return t.note(t.T("bot.text_only"))
}

// splitCommand takes "/name@bot rest" apart; "" for what is no command, such as a text
// that begins with "//".
func splitCommand(text string) (name, rest string) {
	m := commandForm.FindStringSubmatch(text)
	if m == nil {
		return "", ""
	}
	return strings.ToLower(m[1]), strings.TrimSpace(text[len(m[0]):])
}

// commandForm is how Telegram knows a command
// (https://core.telegram.org/bots/features#commands).
var commandForm = regexp.MustCompile(`^/(\w{1,32})(?:@\w+)?(?:\s|$)`)

func (t *turn) command(name, rest string) error {
	for _, c := range commands() {
		if c.name == name {
			return t.gone(c.do(t, rest))
		}
	}
	k, err := t.conversation()
	if err != nil {
		return err
	}
	if k.Step == stepText { // a text may begin like that, too
		return t.text()
	}
	return t.menu(t.T("bot.unknown_command"))
}

// text is for the step that waits for it.
func (t *turn) text() error {
	k, err := t.conversation()
	if err != nil {
		return err
	}
	for _, s := range steps() {
		if s.name == k.Step {
			return t.gone(s.do(t, t.in.Text))
		}
	}
	return t.menu(t.T("bot.not_awaited"))
}

// stranger tells a person his Telegram ID, and nothing else.
func (t *turn) stranger() error {
	_, err := t.send(screen{text: t.T("bot.stranger", "ID", t.in.From)})
	return err
}

// shutOut tells that somebody is blocked, why and until when, and where else he may
// go.
func (t *turn) shutOut(why error) error {
	s := screen{text: esc(locale.Error(t.ctx, why))}
	as, err := t.Access.Choices(t.ctx, t.in.From)
	if err != nil {
		return err
	}
	for _, a := range as {
		if len(as) > 1 && a.User.ID != t.actor.User.ID {
			s.rows = append(s.rows, row(press(label("", a.Organization.Name, ""), chooseAction, a.User.ID)))
		}
	}
	_, err = t.send(s)
	return err
}

// startByLink lets somebody in by a link, of whose token that is the hash. Whoever had
// the bot under another Telegram is told by [Bot.tellMoves].
func (t *turn) startByLink(hash []byte) error {
	a, again, err := t.Access.UseLinkHash(t.ctx, t.in.From, hash)
	switch {
	case domain.IsKey(err, "bot.link_dead"):
		if a, err := t.Access.Actor(t.ctx, t.in.From); err == nil {
			t.as(a)
			return t.menu(t.T("error.bot.link_dead"))
		}
		_, err := t.send(screen{text: t.T("bot.link_dead", "ID", t.in.From)})
		return err
	case domain.IsKey(err, "user.telegram_taken"):
		_, err := t.send(screen{text: t.T("bot.link_taken")})
		return err
	case a.User.ID != 0:
		t.as(a)
	}
	switch {
	case err != nil:
		return t.shutOut(err)
	case again:
		return t.menu(t.T("bot.link_yours"))
	}
	return t.welcome()
}

// choose asks somebody whom several organizations know as whom he comes.
func (t *turn) choose() error {
	if t.in.Kind == kindPress {
		if name, args, ok := numbers(t.in.Data); ok && name == chooseAction && len(args) == 1 {
			return t.chosen(args)
		}
	}
	defer t.done()
	return t.askAs(nil)
}

// askAs asks as whom somebody comes, with one more row of buttons.
func (t *turn) askAs(more []button) error {
	as, err := t.Access.Choices(t.ctx, t.in.From)
	if err != nil {
		return err
	}
	s := screen{text: t.T("bot.choose")}
	for _, a := range as {
		s.rows = append(s.rows, row(press(label("", a.Organization.Name, ""), chooseAction, a.User.ID)))
	}
	s.rows = append(s.rows, more)
	return t.show(s)
}

const chooseAction = "as"

func (t *turn) chosen(args []int64) error {
	a, err := t.Access.Choose(t.ctx, t.in.From, args[0])
	if err != nil {
		return err
	}
	t.as(a)
	t.done()
	return t.welcome()
}

// welcome tells somebody who comes in for the first time who he is here.
func (t *turn) welcome() error {
	t.adoptLanguage()
	return t.menu(t.greeting())
}

func (t *turn) greeting() string {
	return t.T("bot.welcome", "Name", t.actor.User.Name, "Organization", t.actor.Organization.Name)
}

// refuseCode tells why no code belongs here, and takes it out of the chat as far as
// Telegram lets the bot; below that stand the rows.
func (t *turn) refuseCode(rows ...[]button) error {
	err := t.call(t.ctx, t.in.From, tries, func(ctx context.Context) error {
		return t.api.DeleteMessage(ctx, &telego.DeleteMessageParams{ChatID: telego.ChatID{ID: t.in.From}, MessageID: t.in.MessageID})
	})
	if err != nil {
		t.Log.Debug("deleting a code from a chat", "err", err)
	}
	_, err = t.send(screen{text: t.T("bot.code"), rows: rows})
	return err
}

// codeRows lead from a code to where it belongs.
func (t *turn) codeRows() (rows [][]button) {
	if t.URL != "" {
		rows = append(rows, row(link(t.T("bot.open_accounts"), t.URL+"/admin/accounts")))
	}
	return append(rows, t.back())
}

// introduce tells Telegram who the bot is, until it has listened. What it refuses is
// tried at the next start.
func (b *Bot) introduce(ctx context.Context) {
	for failed := 1; ctx.Err() == nil; failed++ {
		err := b.introduceOnce(ctx)
		what, wait := judge(err)
		if failed == 1 && err != nil && ctx.Err() == nil {
			b.Log.Warn("introducing the bot", "err", err)
		}
		if what == noTrouble || what == refusedCall {
			return
		}
		pause(ctx, max(wait, backoff(failed, time.Second, worstDelay)))
	}
}

// introduceOnce asks how the bot is called, and tells its commands in each language
// that Telegram knows.
func (b *Bot) introduceOnce(ctx context.Context) error {
	call, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	me, err := b.api.GetMe(call)
	if err != nil {
		return fmt.Errorf("ask how the bot is called: %w", err)
	}
	b.self.Store(&me.Username)
	for _, l := range locale.Languages {
		p := &telego.SetMyCommandsParams{}
		switch l.Code {
		case locale.Default: // for whoever has another language
		case "ru", "en":
			p.LanguageCode = l.Code
		default:
			continue // Telegram knows no Uzbek in Cyrillic
		}
		in := locale.With(call, l.Code, nil)
		for _, c := range commands() {
			if c.listed {
				p.Commands = append(p.Commands, telego.BotCommand{Command: c.name, Description: locale.T(in, "bot.command."+c.name)})
			}
		}
		if err := b.api.SetMyCommands(call, p); err != nil {
			return fmt.Errorf("tell the bot's commands: %w", err)
		}
	}
	return nil
}
