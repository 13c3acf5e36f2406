package views

import (
	"context"
	"strings"

	"postix/domain"
	"postix/domain/filter"
	"postix/views/locale"
)

// replayRow is what a replay says of one rule.
type replayRow struct {
	rule          filter.Rule
	before, after int
}

// replayRows are the rules that hit before or after, in their order.
func replayRows(c *domain.Changed) (rows []replayRow) {
	for _, r := range filter.Rules() {
		if n := c.Rules[r]; n != [2]int{} {
			rows = append(rows, replayRow{r, n[0], n[1]})
		}
	}
	return rows
}

// signed is a difference with its sign; no difference is a dash.
func signed(ctx context.Context, n int) string {
	switch {
	case n > 0:
		return "+" + locale.Num(ctx, n)
	case n == 0:
		return "—"
	}
	return locale.Num(ctx, n)
}

// writer is how the sender of a message is called.
func writer(m filter.Message) string {
	return senderName(domain.Sender{ID: m.SenderID, Username: m.Username, FirstName: m.FirstName, LastName: m.LastName})
}

// opinionWords say why a message is a detection, or why it is none.
func opinionWords(ctx context.Context, o domain.Opinion) string {
	switch {
	case o.Unread != "":
		return locale.T(ctx, "watch.replay.why."+o.Unread)
	case !o.Dispatcher && len(o.Hits) > 0:
		return locale.T(ctx, "watch.replay.why.allowed")
	case o.Rule == filter.PhoneRequired:
		return locale.T(ctx, "watch.replay.why.no_phone")
	case !o.Dispatcher:
		return locale.T(ctx, "watch.replay.why.nothing")
	}
	words := make([]string, len(o.Hits))
	for i, h := range o.Hits {
		words[i] = HitWords(ctx, h)
	}
	return strings.Join(words, " ")
}

// allowedWords say how many messages are no detections only because they are
// allowed, before and after.
func allowedWords(ctx context.Context, n [2]int) string {
	if n[0] == n[1] {
		return locale.N(ctx, "watch.replay.allowed", n[0])
	}
	return locale.T(ctx, "watch.replay.allowed_change", "Before", n[0], "After", n[1])
}
