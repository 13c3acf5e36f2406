package main

import (
	"slices"
	"strings"
	"testing"

	"postix/telegram/sandbox"
	"postix/telegram/sandbox/world"
)

// chatter is somebody who talks to the bot in his Telegram.
type chatter struct {
	t     *testing.T
	c     sandbox.Client
	phone string
}

// said are the bot's messages to him, oldest first, without what it tells by itself.
func (p *chatter) said() []world.BotMessage {
	p.t.Helper()
	list, err := p.c.BotSaid(p.t.Context(), p.phone)
	if err != nil {
		p.t.Fatal(err)
	}
	return slices.DeleteFunc(list, byItself)
}

// after does something and answers what the bot shows then: a new message, or one
// that it has changed.
func (p *chatter) after(do func() error) world.BotMessage {
	p.t.Helper()
	was := map[int]string{}
	for _, m := range p.said() {
		was[m.ID] = look(m)
	}
	if err := do(); err != nil {
		p.t.Fatal(err)
	}
	var now world.BotMessage
	eventually(p.t, "an answer of the bot", func() bool {
		for _, m := range p.said() {
			if was[m.ID] != look(m) {
				now = m
				return true
			}
		}
		return false
	})
	return now
}

// byItself reports whether the bot tells a notice, which answers nothing.
func byItself(m world.BotMessage) bool {
	b, ok := buttonOf(m, "🔔")
	return ok && b.CallbackData == "notes" && strings.HasPrefix(m.Text, "🔔")
}

// look is what a message looks like.
func look(m world.BotMessage) string {
	var b strings.Builder
	b.WriteString(m.Text + "\x00" + m.Answer)
	if m.Markup != nil {
		for _, r := range m.Markup.Inline {
			for _, x := range r {
				b.WriteString("\x00" + x.Text + "\x01" + x.CallbackData + x.URL)
			}
		}
	}
	return b.String()
}

// says writes to the bot.
func (p *chatter) says(text string) world.BotMessage {
	p.t.Helper()
	return p.after(func() error { return p.c.BotSay(p.t.Context(), p.phone, text) })
}

// presses presses the button that begins with a label, under the latest message that
// has it.
func (p *chatter) presses(label string) world.BotMessage {
	p.t.Helper()
	data := p.button(label).CallbackData
	before := p.answered()
	m := p.after(func() error { return p.c.BotPress(p.t.Context(), p.phone, data) })
	eventually(p.t, "the bot has answered the press", func() bool { return p.answered() > before })
	for _, now := range p.said() {
		if now.ID == m.ID {
			m = now
		}
	}
	return m
}

// answered is how many presses, of anybody, the bot has answered.
func (p *chatter) answered() (n int) {
	p.t.Helper()
	for since := int64(0); ; {
		list, err := p.c.Journal(p.t.Context(), since, 0)
		if err != nil {
			p.t.Fatal(err)
		}
		for _, e := range list {
			since = e.N
			if e.Method == "bot.answerCallbackQuery" {
				n++
			}
		}
		if len(list) == 0 {
			return n
		}
	}
}

// button finds a button by the beginning of its label.
func (p *chatter) button(label string) world.Button {
	p.t.Helper()
	list := p.said()
	for i := len(list) - 1; i >= 0; i-- {
		if b, ok := buttonOf(list[i], label); ok {
			return b
		}
	}
	p.t.Fatalf("the bot shows no button %q", label)
	return world.Button{}
}

func buttonOf(m world.BotMessage, label string) (world.Button, bool) {
	if m.Markup == nil {
		return world.Button{}, false
	}
	for _, r := range m.Markup.Inline {
		for _, b := range r {
			if strings.HasPrefix(b.Text, label) {
				return b, true
			}
		}
	}
	return world.Button{}, false
}

// reads fails where a message does not say all of that.
func (p *chatter) reads(m world.BotMessage, parts ...string) {
	p.t.Helper()
	for _, part := range parts {
		if !strings.Contains(m.Text, part) && !strings.Contains(m.Answer, part) {
			p.t.Errorf("the bot does not say %q:\n%s\n%s", part, m.Text, m.Answer)
		}
	}
}
