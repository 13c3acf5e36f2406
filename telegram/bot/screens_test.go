package bot

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"postix/domain"
	"postix/views/locale"
)

// screensWalk presses all buttons that it is shown, and types at every step.
type screensWalk struct {
	*screensWorld
	role         domain.Role
	chat         int64
	lang         string
	turn         int             // which of many alike are pressed
	message      int             // the bot's latest
	waiting      []string        // data of buttons to press,
	later, atEnd []string        // of those that change what there is, and that end it
	known        map[string]bool // that were seen
	of           map[string]int  // buttons seen, by action
	typed        map[string]int  // by step
	screens      map[string]bool // actions and steps that have answered
	check        func(s said) []string
	wrong        map[string]bool // what was said already
}

// walk goes everywhere as one person in one language.
func (w *screensWorld) walk(role domain.Role, lang string, turn int, check func(said) []string, wrong map[string]bool) *screensWalk {
	w.t.Helper()
	v := &screensWalk{
		screensWorld: w, role: role, chat: w.people[role].TelegramID, lang: lang, turn: turn,
		known: map[string]bool{}, of: map[string]int{}, typed: map[string]int{}, screens: map[string]bool{}, check: check, wrong: wrong,
	}
	w.put("UPDATE users SET lang = ? WHERE id = ?", lang, w.people[role].ID)
	for _, c := range commands() {
		v.does("/"+c.name, message(v.chat, "/"+c.name))
	}
	for {
		if len(v.waiting) == 0 {
			v.waiting, v.later = v.later, nil
		}
		if len(v.waiting) == 0 {
			v.waiting, v.atEnd = v.atEnd, nil
		}
		if len(v.waiting) == 0 {
			v.orders()
			return v
		}
		data := v.waiting[0]
		v.waiting = v.waiting[1:]
		v.does(data, pressed(v.chat, data, v.message))
		v.types()
	}
}

// orders presses all buttons of an order that is complete.
func (v *screensWalk) orders() {
	v.t.Helper()
	u := v.people[domain.RoleMember]
	o := order{
		Key: 5, Token: domain.NewToken(), Text: "Toshkent - Samarqand", Rounds: domain.MaxRounds, Interval: domain.MaxInterval, Timed: true,
		Catalog: v.number("SELECT COALESCE(MIN(id), 0) FROM catalogs WHERE user_id = ?", u.ID), Account: v.number("SELECT MIN(id) FROM accounts WHERE user_id = ?", u.ID),
	}
	k, err := json.Marshal(talk{Order: &o})
	v.ok(err)
	for _, a := range Actions() {
		if len(a.Args) == 0 || a.Args[0] != ArgOrder {
			continue
		}
		for _, n := range []int64{0, 2, 3600} {
			args := []int64{o.Key, n}[:len(a.Args)]
			v.ok(v.store.SetBotTalk(v.t.Context(), v.chat, domain.BotTalk{Draft: string(k)}))
			v.does(a.Name, pressed(v.chat, press("", a.Name, args...).data, v.message))
		}
	}
}

// mostAlike is how many buttons of one action are pressed in one walk, mostOnce of
// those that change what there is.
const (
	mostAlike = 12
	mostOnce  = 2
)

// quoteForm is the text of an order: its links are links.
var quoteForm = regexp.MustCompile(`(?s)<blockquote>.*?</blockquote>`)

var onceActions = regexp.MustCompile(`^(cat\.take|cat\.drop\.yes|c\.cancel\.yes|c\.take\.yes|send\.go|send\.drop|send\.anew|c\.pause)$`)

// does lets an update go all the way, looks at what was said and notes the buttons.
func (v *screensWalk) does(what string, update map[string]any) {
	v.t.Helper()
	v.updates++
	brings(v.t, v.Bot, v.chat, v.updates, update)
	action, _, _ := strings.Cut(what, ":")
	v.screens[action] = true
	said := v.api.take()
	if len(said) == 0 {
		v.says(what, "nothing is said")
	}
	for _, s := range said {
		v.looks(what, s)
	}
	for _, line := range v.log.take() {
		v.says(what, line)
	}
}

// looks looks at one message.
func (v *screensWalk) looks(what string, s said) {
	v.t.Helper()
	if s.refused != "" && !strings.Contains(s.refused, "not modified") {
		v.says(what, "refused: "+s.refused)
	}
	if s.Method == "sendMessage" && s.Message != 0 {
		v.message = s.Message
	}
	for _, wrong := range v.check(s) {
		v.says(what, wrong)
	}
	ours, _, _ := strings.Cut(s.Text, "\n\n<b>"+locale.T(locale.With(v.t.Context(), v.lang, nil), "campaign.message")) // and not a campaign's own text
	ours = quoteForm.ReplaceAllString(ours, "")
	ours = strings.ReplaceAll(ours, " t.me ", " ") // as it is said what to write
	if link := linkForm.FindString(bare(ours)); link != "" && s.Mode != "" && !strings.HasPrefix(what, "guide") && !strings.HasPrefix(what, "c.text") && what != "/guide" {
		v.says(what, "Telegram makes a link of "+link+": "+s.Text)
	}
	for _, b := range s.buttons() {
		if b.CallbackData == "" || v.known[b.CallbackData] {
			continue
		}
		v.known[b.CallbackData] = true
		action, _, _ := strings.Cut(b.CallbackData, ":")
		n := v.of[action]
		v.of[action]++
		once := onceActions.MatchString(action)
		if action == "lang.set" || action == "as" || once && n >= mostOnce || n >= 3 && n%4 != v.turn || n >= 4*mostAlike {
			continue
		}
		switch {
		case action == "c.cancel.yes", action == "cat.drop.yes":
			v.atEnd = append(v.atEnd, b.CallbackData)
		case once:
			v.later = append(v.later, b.CallbackData)
		default:
			v.waiting = append(v.waiting, b.CallbackData)
		}
	}
}

// types types at the step that waits, something else each time.
func (v *screensWalk) types() {
	v.t.Helper()
	k, err := v.store.BotTalk(v.t.Context(), v.chat)
	v.ok(err)
	n := v.typed[k.Step]
	if k.Step == "" || n >= mostAlike {
		return
	}
	v.typed[k.Step]++
	text := v.texts[(n*5+v.turn)%len(v.texts)]
	if n == 0 && k.Step == stepText {
		text = "Toshkent - Samarqand"
	}
	if strings.ToValidUTF8(text, "") == "" {
		return
	}
	v.does(k.Step, message(v.chat, strings.ToValidUTF8(text, "\uFFFD")))
}

func (v *screensWalk) says(what, wrong string) {
	v.t.Helper()
	part, _, _ := strings.Cut(wrong, ": ")
	action, _, _ := strings.Cut(what, ":")
	if key := action + " " + part; !v.wrong[key] {
		v.wrong[key] = true
		v.t.Errorf("%s in %s, %.60q: %s", v.role, v.lang, what, wrong)
	}
}

// telling lets the bot tell notices by itself: each alone, and many together.
func (v *screensWalk) telling() {
	v.t.Helper()
	last := v.number("SELECT MAX(id) FROM notices")
	for id := int64(0); id < last; id += 1 + int64(len(v.names)/12) {
		a, err := v.Access.Actor(v.t.Context(), v.chat)
		v.ok(err)
		fresh, err := v.store.FreshNotices(v.t.Context(), a.Scope(), a.User.ID, id, latestShown)
		v.ok(err)
		if fresh.Total == 0 {
			break
		}
		ctx := locale.With(v.t.Context(), langOf(a), a.Location())
		one := fresh
		one.Total, one.Latest = 1, fresh.Latest[:1]
		for _, f := range []domain.FreshNotices{fresh, one} {
			_, err := v.Bot.send(ctx, v.chat, v.noticeScreen(ctx, a, f))
			v.ok(err)
		}
		for _, s := range v.api.take() {
			v.looks("notice "+string(fresh.Latest[0].Kind), s)
		}
		v.put("DELETE FROM notices WHERE id > ? AND organization_id = ?", last-id-2, v.org.ID)
	}
}

var tagForm = regexp.MustCompile(`<[^>]*>`)

// ourTags are those that our screens are made of. What they hold is escaped.
var ourTags = map[string]bool{
	"<b>": true, "</b>": true, "<i>": true, "</i>": true, "<blockquote>": true, "</blockquote>": true,
}

// within fails for what the Bot API, or a phone, does not take.
func within(s said) (wrong []string) {
	if s.Method == "answerCallbackQuery" {
		if n := domain.TextUnits(s.Text); n > mostAnswerText {
			wrong = append(wrong, fmt.Sprintf("an answer of %d units: %.80q", n, s.Text))
		}
		return wrong
	}
	if n := units(s.Text); n > mostUnits {
		wrong = append(wrong, fmt.Sprintf("a message of %d units: %.80q", n, s.Text))
	}
	if strings.Contains(s.Text, "⟦") {
		wrong = append(wrong, "a text is missing: "+s.Text)
	}
	for _, b := range s.buttons() {
		if n := utf8.RuneCountInString(b.Text); n > mostLabel || n == 0 {
			wrong = append(wrong, fmt.Sprintf("a label of %d characters: %q", n, b.Text))
		}
		if n := len(b.CallbackData); n > mostData || n == 0 && b.URL == "" {
			wrong = append(wrong, fmt.Sprintf("data of %d bytes: %q", n, b.CallbackData))
		}
		if b.URL != "" && !strings.HasPrefix(b.URL, "https://panel.example") && !strings.HasPrefix(b.URL, "https://t.me/") {
			wrong = append(wrong, "a button leads elsewhere: "+b.URL)
		}
	}
	return wrong
}

// harmless fails for what a name could do in a message.
func harmless(s said) (wrong []string) {
	wrong = within(s)
	if s.Mode != "" || s.Method == "answerCallbackQuery" {
		if s.Method != "answerCallbackQuery" {
			for _, tag := range tagForm.FindAllString(s.Text, -1) {
				if !ourTags[tag] {
					wrong = append(wrong, "a tag that is not ours: "+tag)
				}
			}
		}
		wrong = append(wrong, hides(s.Text)...)
	}
	for _, b := range s.buttons() {
		wrong = append(wrong, hides(b.Text)...)
		if strings.ContainsAny(b.Text, "\n\r\t") {
			wrong = append(wrong, fmt.Sprintf("a label of several lines: %q", b.Text))
		}
	}
	return wrong
}

// linkForm is what Telegram makes links of by itself, joined what is kept from it.
var (
	linkForm = regexp.MustCompile(`(?:://|[\pL\pN]\.)(?:\pL)|(?:^|\s)/\pL`)
	joined   = regexp.MustCompile("([.@:/])\u2060")
)

// isolated is a part that is kept from turning what stands beside it.
var isolated = regexp.MustCompile("\u2068([^\u2066-\u2069]*)\u2069")

// hides fails for characters that hide something, or turn it.
func hides(text string) (wrong []string) {
	if !utf8.ValidString(text) {
		wrong = append(wrong, fmt.Sprintf("no UTF-8: %.60q", text))
	}
	text = joined.ReplaceAllString(isolated.ReplaceAllString(text, "$1"), "$1")
	for i, r := range text {
		if r != '\n' && r != '\t' && r != '\u200D' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) {
			return append(wrong, fmt.Sprintf("%U stands raw: %.80q", r, text[max(0, i-20):]))
		}
	}
	return wrong
}

// hostileTexts are what strangers call themselves and write.
func hostileTexts(t *testing.T) (out []string) {
	t.Helper()
	file, err := os.ReadFile("../../testdata/hostile/texts.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []struct {
		Text   string
		Base64 []byte
		Times  int
	}
	if err := json.Unmarshal(file, &all); err != nil {
		t.Fatal(err)
	}
	for _, h := range all {
		if len(h.Base64) > 0 {
			h.Text = string(h.Base64)
		}
		out = append(out, strings.Repeat(h.Text, max(1, h.Times)))
	}
	return out
}

// clipped are texts of which no form lets more through, in bytes.
func clipped(texts []string, most int) (out []string) {
	for _, s := range texts {
		out = append(out, s[:min(len(s), most)])
	}
	return out
}

// TestBotHostile: whatever strangers call themselves and write, and whatever people
// typed, in every message and on every button, in every language: Telegram takes it,
// nothing becomes a tag, nothing turns what is around it, and nothing hides.
func TestBotHostile(t *testing.T) {
	t.Parallel()
	texts := hostileTexts(t)
	w := newScreensWorld(t, clipped(texts, 300), clipped(texts, 4000))
	wrong := map[string]bool{}
	for i, l := range locale.Languages {
		for _, p := range screensPeople {
			name := w.names[(i*7+len(p.phone))%len(w.names)]
			w.put("UPDATE users SET name = ? WHERE id = ?", name, w.people[p.role].ID)
			w.put("UPDATE organizations SET name = ? WHERE id = ?", w.names[(i*11+3)%len(w.names)], w.org.ID)
			w.walk(p.role, l.Code, i, harmless, wrong)
		}
	}
	v := w.walk(domain.RoleOwner, locale.Default, 0, harmless, wrong)
	v.telling()
	for i, name := range w.names { // blocked, with a reason
		w.put("UPDATE users SET name = ?, lang = ?, blocked_at = 1, block_from = 1, block_reason = ? WHERE id = ?",
			name, locale.Languages[i%len(locale.Languages)].Code, w.texts[i], w.people[domain.RoleOwner].ID)
		v.does("blocked", message(v.chat, "/menu"))
		v.does("blocked", pressed(v.chat, "cats", v.message))
	}
	w.put("UPDATE users SET blocked_at = 0, block_from = 0 WHERE id = ?", v.people[domain.RoleOwner].ID)
	for _, name := range w.names { // comes in for the first time, and known to two
		w.put("UPDATE users SET name = ? WHERE id = ?", name, w.people[domain.RoleOwner].ID)
		w.put("UPDATE organizations SET name = ? WHERE id = ?", name, w.org.ID)
		w.put("DELETE FROM bot_people WHERE telegram_id = ?", v.chat)
		v.does("fresh", message(v.chat, "/menu"))
		v.does("fresh", message(v.chat, "/start"))
		w.put("UPDATE users SET telegram_id = ? WHERE id = ?", v.chat, w.people[domain.RoleAdmin].ID)
		v.does("choose", pressed(v.chat, "as.ask", v.message))
		w.put("UPDATE users SET telegram_id = 0 WHERE id = ?", w.people[domain.RoleAdmin].ID)
	}
}

// TestBotSizes: every message and every label fits in every language with the longest
// names and texts, without being cut for it.
func TestBotSizes(t *testing.T) {
	t.Parallel()
	var names, texts []string
	for _, s := range []string{"🚚", "&", "\u202e", "Ў", "ق"} {
		names = append(names, strings.Repeat(s, 100), strings.Repeat(s, 60), strings.Repeat(s, 255))
		texts = append(texts, strings.Repeat(s, domain.MaxText/domain.TextUnits(s)), strings.Repeat(s+"\n", domain.MaxText/(domain.TextUnits(s)+1)))
	}
	w := newScreensWorld(t, names, texts)
	wrong := map[string]bool{}
	there := map[string]bool{}
	for i, l := range locale.Languages {
		for _, p := range screensPeople {
			w.put("UPDATE users SET name = ? WHERE id = ?", names[0], w.people[p.role].ID)
			w.put("UPDATE organizations SET name = ? WHERE id = ?", names[0], w.org.ID)
			v := w.walk(p.role, l.Code, i, within, wrong)
			for name := range v.screens {
				there[name] = true
			}
		}
	}
	v := w.walk(domain.RoleOwner, locale.Default, 0, within, wrong)
	v.telling()
	for _, reason := range texts {
		w.put("UPDATE users SET blocked_at = 1, block_from = 1, block_reason = ? WHERE id = ?", string([]rune(reason)[:domain.MaxBlockReason]), w.people[domain.RoleOwner].ID)
		v.does("blocked", message(v.chat, "/menu"))
	}
	for _, a := range Actions() {
		if !there[a.Name] && a.Name != "as" && a.Name != "as.ask" && a.Name != "lang.set" && a.Name != "send.drop" {
			t.Errorf("no walk has pressed %s", a.Name)
		}
	}
	for _, s := range steps() {
		if !there[s.name] {
			t.Errorf("no walk has typed at %s", s.name)
		}
	}
}
