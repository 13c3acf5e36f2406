package bot

import (
	"context"
	"slices"
	"strings"

	"github.com/mymmrac/telego"

	"postix/domain"
)

// nearlyFull is from how many units on a text may be one part of a longer one:
// Telegram's apps send those in several messages.
const nearlyFull = mostUnits - 96

// orderedText is how much of a text stands where it may be changed, in UTF-16 units.
const orderedText = 300

// quoted is the beginning of an order's text as it will look, of at most that many
// UTF-16 units, as a quote. What is quoted in it is not marked: quotes may not lie in
// each other (https://core.telegram.org/bots/api#formatting-options).
func quoted(o *order, most int) string {
	fs := slices.DeleteFunc(slices.Clone(o.Formats), func(f domain.Format) bool { return f.Kind == domain.FormatQuote })
	text, rest, _ := rich(o.Text, fs, most-1)
	if rest != "" {
		text = strings.TrimSpace(text) + "…"
	}
	return "<blockquote>" + text + "</blockquote>"
}

// orderText asks for the text, or says how it stands with the one that is there; said
// stands above it.
func (t *turn) orderText(o *order, said string) error {
	s := screen{text: above(said) + t.heading(3, "campaign.form.text") + "\n\n"}
	if o.Text == "" {
		s.text += t.T("bot.send.text", "Max", domain.MaxText)
		return t.step(o, stepText, "send.nums", s)
	}
	n := domain.TextUnits(o.Text)
	s.text += quoted(o, orderedText) + "\n" + t.T("field.units", "Units", n, "Max", domain.MaxText)
	if n >= nearlyFull {
		s.text += "\n\n" + t.T("bot.send.text_split", "Max", domain.MaxText)
	}
	s.text += "\n\n" + t.T("bot.send.text_again")
	s.rows = append(s.rows,
		row(press("✔️ "+t.T("bot.send.text_next"), "send.text.ok", o.Key)),
		row(press("👁 "+t.T("bot.send.text_show"), "send.text.show", o.Key)))
	return t.step(o, stepText, "send.nums", s)
}

// takeText takes the text as it was typed, and shows how it will look.
func (t *turn) takeText(o *order, text string) error {
	if t.in.Long {
		return t.orderText(o, "⚠️ "+t.T("bot.send.text_long", "Max", domain.MaxText))
	}
	text, formats, err := domain.CleanFormatted(text, formatsOf(t.in.Entities))
	if err != nil {
		return t.wrong(o, err)
	}
	refused, err := t.sendText(text, formats)
	switch {
	case refused:
		return t.wrong(o, domain.E(domain.Invalid, "text.broken").On("text"))
	case err != nil:
		return err
	}
	o.Text, o.Formats = text, formats
	said := t.T("bot.send.text_looks")
	if t.in.Kind == kindEdit {
		said = t.T("bot.send.edited") + "\n" + said
	}
	return t.orderText(o, said)
}

// showText shows the whole text as it will look.
func (t *turn) showText(o *order, _ []int64) error {
	if o.Text == "" {
		return t.orderText(o, "")
	}
	t.shown = true // what follows stands below it
	if _, err := t.sendText(o.Text, o.Formats); err != nil {
		return err
	}
	return t.orderText(o, t.T("bot.send.text_looks"))
}

// sendText sends a text as a campaign would. Refused: Telegram does not take it.
func (t *turn) sendText(text string, formats domain.Formats) (refused bool, err error) {
	err = t.call(t.ctx, t.in.From, tries, func(ctx context.Context) error {
		_, err := t.api.SendMessage(ctx, &telego.SendMessageParams{
			ChatID: telego.ChatID{ID: t.in.From}, Text: text, Entities: entitiesOf(formats),
		})
		return err
	})
	what, _ := judge(err)
	return what == refusedCall, err
}

// formatKinds are Telegram's names of the formats
// (https://core.telegram.org/bots/api#messageentity). The others it finds in the text
// by itself, or no account of ours could send them.
var formatKinds = map[string]domain.FormatKind{
	telego.EntityTypeBold: domain.FormatBold, telego.EntityTypeItalic: domain.FormatItalic,
	telego.EntityTypeUnderline: domain.FormatUnderline, telego.EntityTypeStrikethrough: domain.FormatStrike,
	telego.EntityTypeSpoiler: domain.FormatSpoiler, telego.EntityTypeCode: domain.FormatCode, telego.EntityTypePre: domain.FormatPre,
	telego.EntityTypeTextLink: domain.FormatLink, telego.EntityTypeBlockquote: domain.FormatQuote,
}

func formatsOf(es []telego.MessageEntity) (fs domain.Formats) {
	for _, e := range es {
		kind, ok := formatKinds[e.Type]
		if e.Type == telego.EntityTypeExpandableBlockquote {
			kind, ok = domain.FormatQuote, true
		}
		if ok {
			fs = append(fs, domain.Format{Kind: kind, Offset: e.Offset, Length: e.Length, URL: e.URL, Language: e.Language})
		}
	}
	return fs
}

func entitiesOf(fs domain.Formats) (es []telego.MessageEntity) {
	for _, f := range fs {
		for name, kind := range formatKinds {
			if kind == f.Kind {
				es = append(es, telego.MessageEntity{Type: name, Offset: f.Offset, Length: f.Length, URL: f.URL, Language: f.Language})
			}
		}
	}
	return es
}
