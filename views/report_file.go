package views

import (
	"context"
	"strings"
	"time"

	"postix/domain"
	"postix/domain/filter"
	"postix/views/locale"
	"postix/views/sheet"
)

// MostInFile is how many detections one file holds at most, the newest.
const MostInFile = 50_000

// WriteReport writes a report as tables: its figures, days, rules, senders and
// groups.
func WriteReport(ctx context.Context, w sheet.Writer, r domain.Report) error {
	right, all := reviewed(r.Rules)
	t := tables{ctx: ctx, w: w}
	t.sheet("report.figures", "report.figure", "report.value")
	t.row(t.word("report.from"), day(ctx, r.From, false))
	t.row(t.word("report.to"), day(ctx, r.To, true))
	t.row(t.word("report.zone"), locale.Zone(ctx).String())
	t.row(t.word("report.messages"), r.Messages)
	t.row(t.word("report.detections"), r.Detections)
	t.row(t.word("report.senders"), r.Senders)
	t.row(t.word("report.replies"), r.Replies)
	t.row(t.word("report.reviews"), all)
	t.row(t.word("report.right"), right)
	t.row(t.word("report.wrong"), all-right)

	t.sheet("report.by_day", "report.day", "report.messages", "report.detections", "report.replies")
	for _, d := range r.Days {
		t.row(day(ctx, d.Day, false), d.Messages, d.Detections, d.Replies)
	}
	t.sheet("report.by_rule", "report.rule", "report.hits", "report.right", "report.wrong", "report.precision_column")
	for _, c := range r.Rules {
		var precision any = t.word("report.not_reviewed")
		if n := c.Right + c.Wrong; n > 0 {
			precision = c.Right * 100 / n
		}
		t.row(RuleWord(ctx, c.Rule), c.Hits, c.Right, c.Wrong, precision)
	}
	t.sheet("report.top", "report.sender", "report.username", "report.sender_id", "report.detections", "report.marked_at")
	for _, s := range r.Top {
		t.row(senderName(s), s.Username, sheet.ID(s.ID), s.Detections, t.time(s.MarkedAt))
	}
	t.sheet("report.by_group", "report.group", "report.group_id", "report.detections")
	for _, g := range r.Groups {
		t.row(g.Title, sheet.ID(g.ChatID), g.Detections)
	}
	return t.err
}

// DetectionHead begins the table of detections.
func DetectionHead(ctx context.Context, w sheet.Writer) error {
	t := tables{ctx: ctx, w: w}
	t.sheet("watch.tab.detections", "report.time", "report.severity", "report.rules", "report.saw", "report.sender", "report.username",
		"report.sender_id", "report.marked_at", "report.group", "report.group_id", "report.text", "report.phones", "report.review",
		"report.reviewed_by", "report.answer")
	return t.err
}

// DetectionCells writes one detection.
func DetectionCells(ctx context.Context, w sheet.Writer, d domain.Detection) error {
	t := tables{ctx: ctx, w: w}
	saw := make([]string, len(d.Hits))
	for i, h := range d.Hits {
		if h.Rule == filter.PhoneSpam {
			h.Seen = phoneWords(h.Seen)
		}
		saw[i] = HitWords(ctx, h)
	}
	phones := make([]string, len(d.Phones))
	for i, p := range d.Phones {
		phones[i] = phoneWords(p)
	}
	_, _, review := reviewLook(d.Review)
	t.row(t.time(d.At), SeverityWord(ctx, d.Severity), hitRules(ctx, d), strings.Join(saw, " "), senderName(d.Sender), d.Sender.Username,
		sheet.ID(d.SenderID), t.time(d.Sender.MarkedAt), d.ChatTitle, sheet.ID(d.ChatID), d.Text, strings.Join(phones, ", "),
		t.word("watch.review."+review), d.ReviewedBy, answerWords(ctx, d))
	return t.err
}

// DetectionsCut says in the file's last row that there were more.
func DetectionsCut(ctx context.Context, w sheet.Writer, total int) error {
	return w.Row(locale.T(ctx, "report.cut", "Most", MostInFile, "Total", total))
}

// answerWords say what became of the answer, or why there is none.
func answerWords(ctx context.Context, d domain.Detection) string {
	var words []string
	for _, c := range replyCounts(d.Replies) {
		words = append(words, replyWord(ctx, c))
	}
	if why := silenceWords(ctx, d); why != "" {
		words = append(words, why)
	}
	return strings.Join(words, ", ")
}

// phoneWords is a phone in E.164 as files have it: 998 90 123 45 67. Without its
// plus no program takes it for a formula, and in groups none for one large
// number.
func phoneWords(phone string) string {
	digits, is := strings.CutPrefix(phone, "+")
	if !is || len(digits) > 15 {
		return phone
	}
	var sizes []int
	switch {
	case len(digits) == 12 && strings.HasPrefix(digits, "998"):
		sizes = []int{3, 2, 3, 2, 2}
	case len(digits) == 11 && strings.HasPrefix(digits, "7"):
		sizes = []int{1, 3, 3, 2, 2}
	default: // by threes: countries group their numbers in many ways
		sizes = []int{3, 3, 3, 3, 3}
	}
	var groups []string
	for _, n := range sizes {
		if n = min(n, len(digits)); n > 0 {
			groups = append(groups, digits[:n])
		}
		digits = digits[n:]
	}
	return strings.Join(groups, " ")
}

// tables writes words and rows until the first error.
type tables struct {
	ctx context.Context
	w   sheet.Writer
	err error
}

func (t *tables) word(key string) string { return locale.T(t.ctx, key) }

// time is a moment as the wall clock of the reader's zone shows it.
func (t *tables) time(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	return at.In(locale.Zone(t.ctx))
}

func (t *tables) sheet(name string, head ...string) {
	if t.err != nil {
		return
	}
	words := make([]string, len(head))
	for i, key := range head {
		words[i] = t.word(key)
	}
	t.err = t.w.Sheet(t.word(name), words...)
}

func (t *tables) row(cells ...any) {
	if t.err == nil {
		t.err = t.w.Row(cells...)
	}
}
