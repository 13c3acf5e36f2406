package bot

import (
	"fmt"
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mymmrac/telego"

	"postix/domain"
	"postix/views/ui"
)

// What the Bot API takes: a text in UTF-16 units without its tags, the data of a
// button in bytes, what a press is answered with in characters
// (https://core.telegram.org/bots/api).
const (
	mostUnits      = domain.MaxText
	mostData       = 64
	mostAnswerText = 200
	mostLabel      = 60 // of a button, in characters: ours, so that a phone shows it
)

// screen is a message of the bot: a text with tags, and rows of buttons below it.
type screen struct {
	text string
	rows [][]button
}

// button has data that comes back when it is pressed, or an address.
type button struct{ label, data, url string }

// press is a button for an action with these numbers.
func press(label, action string, args ...int64) button {
	b := button{label: label, data: action}
	for _, a := range args {
		b.data += fmt.Sprintf(":%d", a)
	}
	return b
}

// link is a button that opens an address.
func link(label, url string) button { return button{label: label, url: url} }

func row(bs ...button) []button { return bs }

// keyboard is what the Bot API takes of the buttons; nil for none.
func (s screen) keyboard() *telego.InlineKeyboardMarkup {
	if len(s.rows) == 0 {
		return nil
	}
	k := &telego.InlineKeyboardMarkup{}
	for _, r := range s.rows {
		var line []telego.InlineKeyboardButton
		for _, b := range r {
			line = append(line, telego.InlineKeyboardButton{Text: shorten(b.label, mostLabel), CallbackData: b.data, URL: b.url})
		}
		if len(line) > 0 {
			k.InlineKeyboard = append(k.InlineKeyboard, line)
		}
	}
	return k
}

// esc is a text from elsewhere as a part of a message: nothing in it is a tag, and
// what is unseen shows.
func esc(s string) string { return html.EscapeString(isolate(unlinked(ui.VisibleText(s)))) }

// name is a name from elsewhere: one line, not longer than that many characters.
func name(s string, most int) string {
	return html.EscapeString(isolate(unlinked(shorten(ui.Visible(s), most))))
}

// ours is words of our own, not longer than that many characters: what they name, such as
// @SpamBot, can be tapped.
func ours(s string, most int) string { return html.EscapeString(shorten(ui.Visible(s), most)) }

// unlinked keeps Telegram from making links out of what a text names: addresses,
// @usernames, /commands (https://core.telegram.org/api/entities). What it puts in
// between is not seen, and no part of any of them.
func unlinked(s string) string {
	var b strings.Builder
	prev := ' '
	rs := []rune(s)
	for i, r := range rs {
		b.WriteRune(r)
		next := ' '
		if i+1 < len(rs) {
			next = rs[i+1]
		}
		letter, word := unicode.IsLetter(next), unicode.IsLetter(prev) || unicode.IsDigit(prev)
		if r == '.' && word && letter || r == '@' && letter || r == ':' && next == '/' || r == '/' && !word && letter {
			b.WriteRune(wordJoiner)
		}
		prev = r
	}
	return b.String()
}

const wordJoiner = '\u2060'

// isolate keeps a text that is written from right to left from turning what stands
// beside it (https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates).
func isolate(s string) string {
	if strings.ContainsFunc(s, rightToLeft) {
		return "\u2068" + s + "\u2069"
	}
	return s
}

func rightToLeft(r rune) bool {
	return unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko)
}

// label is a name on a button with what stands before and behind it, which stays
// whole: the name is cut.
func label(before, name, behind string) string {
	left := mostLabel - utf8.RuneCountInString(before) - utf8.RuneCountInString(behind)
	return before + shorten(ui.Visible(name), max(left, 1)) + behind
}

// shorten cuts a text to that many characters; the last one tells that there was more.
func shorten(s string, most int) string {
	if len(s) <= most { // bytes: at least as many
		return s
	}
	if rs := []rune(s); len(rs) > most {
		return string(rs[:most-1]) + "…"
	}
	return s
}

// cutUnits is the beginning of a text of at most so many UTF-16 units; whole tells
// whether that is all of it.
func cutUnits(s string, most int) (beginning string, whole bool) {
	n := 0
	for i, r := range s {
		if n += domain.TextUnits(string(r)); n > most {
			return s[:i], false
		}
	}
	return s, true
}

// units is how long a message is to Telegram: without its tags.
func units(text string) int { return domain.TextUnits(bare(text)) }

// bare is a message without its tags.
func bare(text string) string {
	tag := false
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '<':
			tag = true
		case r == '>' && tag:
			tag = false
		case !tag:
			b.WriteRune(r)
		}
	}
	return html.UnescapeString(b.String())
}

// fitting is a screen as Telegram takes it. What had to be cut for that, the log tells.
func (b *Bot) fitting(s screen) (text string, keyboard *telego.InlineKeyboardMarkup) {
	text = fitting(s.text)
	if text != s.text {
		b.Log.Warn("a message of the bot is cut", "units", units(s.text))
	}
	for _, r := range s.rows {
		for _, x := range r {
			if n := utf8.RuneCountInString(x.label); n > mostLabel {
				b.Log.Warn("a label of the bot is cut", "characters", n, "data", x.data)
			}
		}
	}
	return text, s.keyboard()
}

// fitting is a message that Telegram takes. Screens keep within its length by
// themselves; one that does not loses its end, and its tags with it.
func fitting(text string) string {
	if units(text) <= mostUnits {
		return text
	}
	cut, _ := cutUnits(bare(text), mostUnits-1)
	return html.EscapeString(cut + "…")
}
