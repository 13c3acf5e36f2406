package bot

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"postix/domain"
	"postix/views"
)

var guideCommands = []command{
	{"guide", true, func(t *turn, _ string) error { return t.guide() }},
	{"help", false, func(t *turn, _ string) error { return t.guide() }},
}

var guideActions = []action{
	{"guide", nil, func(t *turn, _ []int64) error { return t.guide() }},
	{"guide.at", []Arg{ArgNumber, ArgNumber}, (*turn).guideSection},
}

var guideSteps []step

// guideSections are those of the panel's guide, as buttons count them, with its
// questions behind them.
func guideSections() []views.GuideSection {
	return slices.Concat(views.GuideSections, views.GuideQuestions)
}

// guideButtons lead to sections.
func (t *turn) guideButtons(gs []views.GuideSection) (rows [][]button) {
	all := guideSections()
	for _, g := range gs {
		rows = append(rows, row(press(g.Title(t.ctx), "guide.at", int64(slices.Index(all, g)), 0)))
	}
	return rows
}

// guide lists its sections. The questions are listed in theirs.
func (t *turn) guide() error {
	s := screen{text: "<b>" + t.T("guide.title") + "</b>\n\n" + t.T("bot.guide"), rows: t.guideButtons(views.GuideSections)}
	s.rows = append(s.rows, t.back())
	return t.show(s)
}

// guideSection shows a part of a section: as much as one message holds.
func (t *turn) guideSection(args []int64) error {
	all := guideSections()
	if args[0] < 0 || args[0] >= int64(len(all)) {
		return domain.Missing("page.missing")
	}
	g := all[args[0]]
	parts := guideParts(g.Blocks(t.ctx))
	at := min(max(args[1], 0), int64(len(parts)-1))
	s := screen{text: "<b>" + html.EscapeString(g.Title(t.ctx)) + "</b>\n\n" + parts[at]}
	var turn []button
	if at > 0 {
		turn = append(turn, press("‹", "guide.at", args[0], at-1))
	}
	if at < int64(len(parts)-1) {
		turn = append(turn, press("›", "guide.at", args[0], at+1))
	}
	s.rows = append(s.rows, turn)
	switch {
	case g == views.GuideFAQ:
		s.rows = append(s.rows, t.guideButtons(views.GuideQuestions)...)
	case slices.Contains(views.GuideQuestions, g):
		back := t.guideButtons([]views.GuideSection{views.GuideFAQ})[0][0]
		back.label = "« " + back.label
		s.rows = append(s.rows, row(back))
	}
	s.rows = append(s.rows, row(press("« "+t.T("guide.title"), "guide")))
	return t.show(s)
}

// guideUnits is how much of a section one message shows: a screen of a phone or two.
const guideUnits = 2500

// guideParts writes blocks as messages.
func guideParts(blocks []views.GuideBlock) []string {
	parts := []string{""}
	for _, b := range blocks {
		text := guideBlock(b)
		last := &parts[len(parts)-1]
		if *last != "" && units(*last)+units(text) > guideUnits {
			parts = append(parts, text)
			continue
		}
		*last = strings.TrimPrefix(*last+"\n\n"+text, "\n\n")
	}
	return parts
}

func guideBlock(b views.GuideBlock) string {
	var lines []string
	if b.Text != "" {
		lines = append(lines, guideLine(b.Text))
	}
	for i, item := range b.Items {
		sign := "•"
		if b.Ordered {
			sign = fmt.Sprintf("%d.", i+1)
		}
		lines = append(lines, sign+" "+guideLine(item))
	}
	return strings.Join(lines, "\n")
}

// guideLine makes bold what stands between two **.
func guideLine(s string) string {
	var b strings.Builder
	for i, span := range strings.Split(s, "**") {
		if i%2 == 1 {
			b.WriteString("<b>" + html.EscapeString(span) + "</b>")
		} else {
			b.WriteString(html.EscapeString(span))
		}
	}
	return b.String()
}
