package bot

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"postix/views/locale"
)

// TestBotRights presses every button as everybody, with what is his own, of his
// department, of another one, of another organization, and with what there is not.
// What each may, the table says; see rights_table_test.go.
func TestBotRights(t *testing.T) {
	t.Parallel()
	w, lines := newRightsWorld(t), map[string]botRight{}
	for _, line := range botRights {
		if _, twice := lines[line.action]; twice {
			t.Errorf("two lines for %s", line.action)
		}
		lines[line.action] = line
	}
	for _, a := range Actions() {
		line, ok := lines[a.Name]
		if !ok {
			t.Errorf("the table of rights has no line for %s", a.Name)
			continue
		}
		delete(lines, a.Name)
		t.Run(a.Name, func(t *testing.T) {
			w.t = t
			c := &rightCheck{rightsWorld: w, action: a, line: line, kinds: strings.Fields(line.ids)}
			c.described()
			for _, key := range []string{"admin", "owner", "manager", "member", "reader", "sees department", "elsewhere"} {
				c.tries(w.people[key])
			}
			for _, key := range []string{"blocked", "shut", "removed", "stranger"} {
				c.refused(w.people[key])
			}
			if line.does != "" && !c.did {
				t.Error("whoever may has changed nothing: that the others change nothing says little")
			}
		})
	}
	for name := range lines {
		t.Errorf("the table of rights has a line for %s, which is no action", name)
	}
}

// rightCheck is the check of one action.
type rightCheck struct {
	*rightsWorld
	action Action
	line   botRight
	kinds  []string // of its numbers
	did    bool     // something that was allowed has changed the database
}

// argKinds is what the table may say of a number.
var argKinds = map[Arg][]string{
	ArgCampaign: {"running", "paused", "scheduled", "missed"}, ArgCatalog: {"catalog"}, ArgAccount: {"account", "limited"},
	ArgPeer: {"peer"}, ArgUser: {"user"}, ArgOrder: {"order"},
}

// described holds the line against the registry.
func (c *rightCheck) described() {
	c.t.Helper()
	if len(c.kinds) != len(c.action.Args) {
		c.t.Fatalf("the registry says %v, the table %v", c.action.Args, c.kinds)
	}
	for i, a := range c.action.Args {
		_, notNumber := strconv.ParseInt(c.kinds[i], 10, 64)
		if a == ArgNumber && (notNumber == nil || c.kinds[i] == "mark") || slices.Contains(argKinds[a], c.kinds[i]) {
			continue
		}
		c.t.Fatalf("the registry says %v, the table %v", c.action.Args, c.kinds)
	}
}

// is reports whether a number names something, and not how much.
func (c *rightCheck) is(i int) bool { return c.action.Args[i] != ArgNumber }

// numbersOf are the numbers with which the action is somebody's own affair, if all
// that they name is of that one.
func (c *rightCheck) numbersOf(who, of *tryer) []int64 {
	args := make([]int64, len(c.kinds))
	for i, k := range c.kinds {
		n, err := strconv.ParseInt(k, 10, 64)
		switch {
		case k == "mark":
			n = who.order.mark()
		case k == "order":
			n = who.ids[k]
		case err != nil:
			n = of.ids[k]
		}
		args[i] = n
	}
	return args
}

// press presses, and answers all that was said. What is not forged comes back as it
// was.
func (c *rightCheck) press(who *tryer, args []int64) string {
	c.t.Helper()
	return c.does(who, pressed(who.tg, press("", c.action.Name, args...).data, 7))
}

// does lets somebody do something and answers all that was said.
func (w *rightsWorld) does(who *tryer, update map[string]any) string {
	w.t.Helper()
	w.updates++
	brings(w.t, w.Bot, who.tg, w.updates, update)
	var b strings.Builder
	for _, s := range w.api.take() {
		if s.Chat != 0 && s.Chat != who.tg {
			w.t.Errorf("%s does something and %d reads %s", who.key, s.Chat, s)
		}
		b.WriteString(s.String() + "\n")
	}
	if lines := w.log.take(); len(lines) > 0 {
		w.t.Errorf("%s: %v: %q", who.key, update, lines)
	}
	return b.String()
}

// tries tries what somebody may who is in, and what he may not.
func (c *rightCheck) tries(who *tryer) {
	c.t.Helper()
	if who.ids["catalog"] != 0 || !slices.ContainsFunc(c.action.Args, func(a Arg) bool { return a != ArgNumber && a != ArgUser }) {
		c.allowed(who, who, c.numbersOf(who, who))
	}
	for place, key := range lyingAt[who.org] {
		other := c.people[key]
		if who.key == key {
			continue
		}
		for i := range c.kinds {
			if !c.is(i) {
				continue
			}
			own := c.numbersOf(who, who)
			switch args := c.numbersOf(who, other); {
			case c.line.scope != "self" && c.kinds[i] != "order" && c.kinds[i] != "peer" && strings.ContainsRune(reach[c.line.scope][who.key], place):
				c.allowed(who, other, args)
			case c.line.scope == "self" && c.kinds[i] == "user" && place == 'x':
				c.allowed(who, other, args)
			default:
				own[i] = other.ids[c.kinds[i]]
				c.foreign(who, other, own, i)
			}
		}
	}
	c.numbers(who)
}

// allowed fails for a refusal, and puts the database back.
func (c *rightCheck) allowed(who, of *tryer, args []int64) {
	c.t.Helper()
	said := c.press(who, args)
	diff := c.changed()
	c.restore(diff)
	c.leaks(who, c.line.scope, said, c.action.Name)
	gone := strings.Contains(said, c.text("bot.gone")) && !strings.HasPrefix(c.action.Name, "mute.") // of what does not concern him
	if said == "" || gone || strings.Contains(said, c.text("bot.old_button")) {
		c.t.Errorf("%s presses %s%v of %s and is refused: %s", who.key, c.action.Name, args, of.key, said)
	}
	diff = slices.DeleteFunc(diff, func(table string) bool { return table == "bot_screens" })
	switch {
	case len(diff) == 0:
	case c.line.does == "", c.line.does == "sends" && who.key == "reader":
		c.t.Errorf("%s presses %s%v of %s and changes %v", who.key, c.action.Name, args, of.key, diff)
	default:
		c.did = true
	}
}

// foreign fails unless what is out of reach answers as what there is not, tells
// nothing and changes nothing.
func (c *rightCheck) foreign(who, of *tryer, args []int64, i int) {
	c.t.Helper()
	want := c.without(c.press(who, args), args)
	c.leaks(who, c.line.scope, want, c.action.Name)
	c.unchanged(who, args)
	for _, n := range []int64{9_999_999, -1, 0, math.MaxInt64, math.MinInt64} {
		none := slices.Clone(args)
		none[i] = n
		if got := c.without(c.press(who, none), none); got != want || got == "" {
			c.t.Errorf("%s: %s%v of %s tells what is out of reach from what there is not (%v):\n%s\n%s", who.key, c.action.Name, args, of.key, none, want, got)
		}
		c.unchanged(who, none)
	}
}

// without is a text without what the press itself has named.
func (c *rightCheck) without(said string, args []int64) string {
	for _, n := range args {
		if s := fmt.Sprint(n); len(s) >= 7 {
			said = strings.ReplaceAll(said, s, "…")
		}
	}
	return said
}

func (c *rightCheck) unchanged(who *tryer, args []int64) {
	c.t.Helper()
	diff := c.changed()
	if len(diff) > 0 {
		c.t.Errorf("%s presses %s%v and changes %v", who.key, c.action.Name, args, diff)
	}
	c.restore(diff)
}

// leaks fails for a text that names what its reader may not see.
func (w *rightsWorld) leaks(who *tryer, scope, said, action string) {
	w.t.Helper()
	for mark, of := range w.marks {
		if !strings.Contains(said, mark) || w.seesOf(who, scope, of) {
			continue
		}
		if who.key == "elsewhere" && (of == "ours" || of == "his other") && (action == "as.ask" || action == "as") {
			continue // he is both
		}
		w.t.Errorf("%s does %s and reads %q of %s:\n%s", who.key, action, mark, of, said)
	}
}

// numbers tries numbers that are no thing's: nothing breaks.
func (c *rightCheck) numbers(who *tryer) {
	c.t.Helper()
	for i := range c.kinds {
		if c.is(i) {
			continue
		}
		for _, n := range []int64{-1, 0, 1, 99, 1 << 31, math.MaxInt64, math.MinInt64} {
			args := c.numbersOf(who, who)
			args[i] = n
			said := c.press(who, args)
			if said == "" || strings.Contains(said, "⟦") {
				c.t.Errorf("%s presses %s%v: %s", who.key, c.action.Name, args, said)
			}
			c.leaks(who, c.line.scope, said, c.action.Name)
			c.restore(c.changed())
		}
	}
}

// refused fails unless the button says what any word of his is answered with.
func (c *rightCheck) refused(who *tryer) {
	c.t.Helper()
	want := c.does(who, message(who.tg, "/menu"))
	args := c.numbersOf(who, who)
	got := strings.ReplaceAll(c.press(who, args), "answerCallbackQuery: \n", "")
	if got != want || want == "" || strings.Contains(got, "-of-") {
		c.t.Errorf("%s presses %s and reads %q, want %q", who.key, c.action.Name, got, want)
	}
	c.unchanged(who, args)
}

// text is one of ours, as those of the rights world read it.
func (w *rightsWorld) text(key string) string {
	return locale.T(locale.With(w.t.Context(), "en", nil), key)
}
