package sandbox

import (
	"slices"
	"strings"
	"unicode/utf16"

	"postix/telegram/sandbox/world"
)

// botView is the conversation of an account with the bot.
type botView struct {
	Phone    string
	Messages []botLine
	Keyboard [][]world.Button // the reply keyboard that is up
	Blocked  bool             // the account blocks the bot
}

type botLine struct {
	world.BotMessage
	Spans []span
}

// span is a piece of text that is formatted in one way.
type span struct {
	Text  string
	Class string
	URL   string
}

// botView is nil when the account has no conversation to show.
func (s *Server) botView(phone string) *botView {
	list, err := s.world.BotChat(phone)
	if err != nil {
		return nil
	}
	v := &botView{Phone: phone}
	if a, ok := s.world.Account(phone); ok {
		v.Blocked = s.world.BotBlocked(a.UserID)
	}
	for _, m := range list {
		v.Messages = append(v.Messages, botLine{m, spans(m.Text, m.Entities)})
		if k := m.Markup; m.FromBot && k != nil {
			switch {
			case k.Remove:
				v.Keyboard = nil
			case len(k.Reply) > 0:
				v.Keyboard = k.Reply
			}
		}
	}
	v.Messages = v.Messages[max(0, len(v.Messages)-pageMessages):]
	return v
}

// spans cuts a text where its formatting changes.
func spans(text string, entities []world.Entity) []span {
	units := utf16.Encode([]rune(text))
	cuts := []int{0, len(units)}
	for _, e := range entities {
		cuts = append(cuts, e.Offset, e.Offset+e.Length)
	}
	slices.Sort(cuts)
	var out []span
	for i, from := range cuts[:len(cuts)-1] {
		to := cuts[i+1]
		if from < 0 || to > len(units) || from == to {
			continue
		}
		s := span{Text: string(utf16.Decode(units[from:to]))}
		var classes []string
		for _, e := range entities {
			if e.Offset > from || e.Offset+e.Length < to {
				continue
			}
			classes = append(classes, "e-"+e.Type)
			if e.Type == "text_link" {
				s.URL = e.URL
			}
		}
		s.Class = strings.Join(classes, " ")
		out = append(out, s)
	}
	return out
}
