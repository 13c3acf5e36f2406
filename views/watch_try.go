package views

import (
	"context"
	"slices"
	"strings"

	"postix/domain"
	"postix/domain/filter"
	"postix/views/locale"
	"postix/views/ui"
)

// TriedID is what trying a message renews: the form with its answer.
const TriedID = "try"

// TryPage asks for a message and says what the filter makes of it.
type TryPage struct {
	Form    TryForm
	Groups  []domain.WatchedGroup // to choose from, the largest
	Verdict *filter.Verdict       // nil where nobody asked
	Rules   filter.Settings       // which rules are on
	Err     error
}

// TryForm is a message as it is typed.
type TryForm struct {
	Text, FirstName, LastName, Username, Bio string
	Group                                    domain.PeerID // 0: none
	Sender                                   string        // his id, "" when it is not known
}

// more reports whether more than the text is given, or refused.
func (p TryPage) more() bool {
	f := p.Form
	f.Text = ""
	return f != TryForm{} || faultField(p.Err) == "group"
}

func tryGroups(ctx context.Context, p TryPage) []ui.Option {
	out := []ui.Option{{Value: "", Label: locale.T(ctx, "watch.try.no_group")}}
	for _, g := range p.Groups {
		out = append(out, ui.Option{Value: peerValue(g.ID), Label: ui.Visible(g.Title)})
	}
	return out
}

func groupValue(id domain.PeerID) string {
	if id == 0 {
		return ""
	}
	return peerValue(id)
}

// hit is what a rule saw, and whether it saw anything.
func (p TryPage) hit(r filter.Rule) (filter.Hit, bool) {
	i := slices.IndexFunc(p.Verdict.Hits, func(h filter.Hit) bool { return h.Rule == r })
	if i < 0 {
		return filter.Hit{}, false
	}
	return p.Verdict.Hits[i], true
}

// asked reports whether the gate let a rule look at the message. A filter of
// one's own looks before it.
func (p TryPage) asked(r filter.Rule) bool {
	return p.Verdict.Rule != filter.PhoneRequired || r == filter.PhoneRequired || r == filter.CustomFilter
}

// sorted parts the rules, each in its order: those that decide, hits and the
// gate; those that did not hit; those that were not asked; those that are
// switched off.
func (p TryPage) sorted() (loud, quiet, unasked, off []filter.Rule) {
	for _, r := range filter.Rules() {
		_, hit := p.hit(r)
		switch {
		case hit:
			loud = append(loud, r)
		case !p.Rules.On(r):
			off = append(off, r)
		case r == filter.PhoneRequired:
			loud = append(loud, r)
		case !p.asked(r):
			unasked = append(unasked, r)
		default:
			quiet = append(quiet, r)
		}
	}
	return loud, quiet, unasked, off
}

// ruleSight is how a rule looks at a verdict.
func ruleSight(ctx context.Context, p TryPage, r filter.Rule) sight {
	if h, hit := p.hit(r); hit {
		tone, icon := severityLook(h.Severity)
		return sight{tone, icon, locale.T(ctx, "watch.try.hit"), HitWords(ctx, h)}
	}
	switch {
	case !p.Rules.On(r):
		return sight{ui.Neutral, "circle-slash", locale.T(ctx, "watch.try.off"), ""}
	case r == filter.PhoneRequired && p.Verdict.Rule == r:
		return sight{ui.Info, "circle-pause", locale.T(ctx, "watch.try.stopped"), locale.T(ctx, "watch.saw.phone_required")}
	case r == filter.PhoneRequired:
		return sight{ui.Ok, "check", locale.T(ctx, "watch.try.passed"), phonesSeen(ctx, p.Verdict.Phones)}
	}
	if !p.asked(r) {
		return sight{ui.Neutral, "circle-slash", locale.T(ctx, "watch.try.not_asked"), ""}
	}
	return sight{ui.Neutral, "check", locale.T(ctx, "watch.try.no_hit"), ""}
}

func phonesSeen(ctx context.Context, phones []string) string {
	if len(phones) == 0 {
		return ""
	}
	return locale.T(ctx, "watch.saw.phones_seen", "Phones", strings.Join(phones, ", "))
}

// verdictLook is what comes out of it all.
func verdictLook(ctx context.Context, v filter.Verdict) (tone ui.Tone, title, text string) {
	switch {
	case v.Dispatcher:
		return ui.Warn, locale.T(ctx, "watch.try.dispatcher"), locale.T(ctx, "watch.try.because", "Rule", RuleWord(ctx, v.Rule), "Severity", SeverityWord(ctx, v.Severity))
	case v.Allowed:
		return ui.Ok, locale.T(ctx, "watch.try.clean"), locale.T(ctx, "watch.try.allowed")
	case v.Rule == filter.PhoneRequired:
		return ui.Ok, locale.T(ctx, "watch.try.clean"), locale.T(ctx, "watch.try.gate")
	}
	return ui.Ok, locale.T(ctx, "watch.try.clean"), locale.T(ctx, "watch.try.nothing")
}
