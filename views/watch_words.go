package views

import (
	"context"
	"slices"
	"strings"
	"time"

	"postix/domain"
	"postix/domain/filter"
	"postix/views/locale"
	"postix/views/ui"
)

// RuleWord is the rule's name.
func RuleWord(ctx context.Context, r filter.Rule) string {
	return locale.T(ctx, "watch.rule."+string(r))
}

// ruleAbout is what the rule looks at.
func ruleAbout(ctx context.Context, r filter.Rule) string {
	return locale.T(ctx, "watch.rule_about."+string(r))
}

// HitWords say what a rule saw.
func HitWords(ctx context.Context, h filter.Hit) string {
	key := "watch.saw." + string(h.Rule)
	if h.Rule == filter.SuspiciousProfile {
		key = "watch.saw_profile." + h.Seen
	}
	return locale.T(ctx, key, "Seen", ui.Visible(h.Seen), "Count", h.Count, "Within", h.Within)
}

// severityLook is the sign of a severity.
func severityLook(s filter.Severity) (ui.Tone, string) {
	switch s {
	case filter.Critical:
		return ui.Bad, "octagon-alert"
	case filter.High:
		return ui.Warn, "triangle-alert"
	case filter.Medium:
		return ui.Info, "circle-alert"
	}
	return ui.Neutral, "info"
}

// SeverityWord is the severity's name.
func SeverityWord(ctx context.Context, s filter.Severity) string {
	return locale.T(ctx, "watch.severity."+s.String())
}

// reviewLook is the sign of a review, and its key below "watch.review.".
func reviewLook(r domain.Review) (tone ui.Tone, icon, key string) {
	switch r {
	case domain.ReviewRight:
		return ui.Ok, "circle-check", "right"
	case domain.ReviewWrong:
		return ui.Warn, "circle-x", "wrong"
	}
	return ui.Neutral, "circle-question-mark", "open"
}

// silenceWords say why a detection was not answered, "" when nothing is known.
func silenceWords(ctx context.Context, d domain.Detection) string {
	return silence(ctx, d, locale.DateTime(ctx, d.Until))
}

// silenceNow are the same words at the moment now.
func silenceNow(ctx context.Context, now time.Time, d domain.Detection) string {
	return silence(ctx, d, locale.When(ctx, now, d.Until))
}

func silence(ctx context.Context, d domain.Detection, until string) string {
	switch {
	case d.Silence == "" || len(d.Replies) > 0:
		return ""
	case d.Silence == domain.SilentCooldown && !d.Until.IsZero():
		return locale.T(ctx, "watch.silence_until", "Until", until)
	}
	return locale.T(ctx, "watch.silence."+d.Silence)
}

// replyCount is how many answers to a detection stand alike.
type replyCount struct {
	status domain.DeliveryStatus
	n      int
}

// replyCounts are the answers by how they stand, in the order in which they were
// ordered.
func replyCounts(replies []domain.Reply) (counts []replyCount) {
	for _, r := range replies {
		i := slices.IndexFunc(counts, func(c replyCount) bool { return c.status == r.Status })
		if i < 0 {
			i = len(counts)
			counts = append(counts, replyCount{status: r.Status})
		}
		counts[i].n++
	}
	return counts
}

// replyWord is how answers stand, with their number where there are several.
func replyWord(ctx context.Context, c replyCount) string {
	word := locale.T(ctx, "watch.reply."+string(c.status))
	if c.n > 1 {
		word = locale.N(ctx, "watch.reply_groups", c.n, "Word", word)
	}
	return word
}

// hitRules are the rules that hit, in words.
func hitRules(ctx context.Context, d domain.Detection) string {
	words := make([]string, len(d.Hits))
	for i, h := range d.Hits {
		words[i] = RuleWord(ctx, h.Rule)
	}
	return strings.Join(words, ", ")
}

// longName is how much of a sender's name a headline shows.
const longName = 60

// senderName is how a sender is called, by his id where he has no name.
func senderName(s domain.Sender) string {
	if n := strings.TrimSpace(s.Name()); n != "" {
		return n
	}
	return "№" + itoa(s.ID)
}
