package bot

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
)

// What of a review stands in the message; the rest of it is counted.
const (
	reviewText     = 400  // units
	reviewTimes    = 6    // rounds
	reviewWarnings = 2000 // units
)

// review shows all that was chosen, and what would come of it; said stands above it.
func (t *turn) review(o *order, said string) error {
	if !o.complete() {
		return t.goOn(o)
	}
	plan, err := t.Campaigns.Preview(t.ctx, t.actor, o.draft())
	if err != nil {
		return t.wrong(o, err)
	}
	facts, err := t.reviewFacts(o, plan)
	if err != nil {
		return err
	}
	warnings, err := t.reviewWarnings(plan)
	if err != nil {
		return err
	}
	confirm := t.T("campaign.review.send")
	if !o.Start.IsZero() {
		confirm = t.T("campaign.review.schedule")
	}
	change := func(key, action string, args ...int64) button {
		return press("✏️ "+t.T(key), action, append([]int64{o.Key}, args...)...)
	}
	var interval []button
	if o.Rounds > 1 {
		interval = row(change("campaign.form.interval", "send.every"))
	}
	return t.step(o, stepReview, "", screen{
		text: above(said) + "<b>" + t.T("campaign.review.title") + "</b>\n\n" + facts + warnings,
		rows: [][]button{
			row(press("✅ "+confirm, "send.go", o.Key, o.mark())),
			row(change("campaign.form.catalog", "send.cats", 0), change("campaign.col.account", "send.nums", 0)),
			row(change("campaign.form.text", "send.text"), change("campaign.fact.rounds", "send.rounds")),
			interval,
			row(change("campaign.col.start", "send.when"), press("🗑 "+t.T("bot.send.drop"), "send.drop", o.Key)),
		},
	})
}

// reviewFacts are what was chosen, and what the plan makes of it.
func (t *turn) reviewFacts(o *order, plan domain.Plan) (string, error) {
	known, err := t.known(&order{Catalog: o.Catalog, Account: o.Account})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	line := func(key, text string) { b.WriteString("<b>" + t.T(key) + "</b>: " + text + "\n") }
	b.WriteString(known + "\n" + quoted(o, reviewText) + "\n")
	if o.Rounds == 1 {
		line("campaign.fact.rounds", t.N("campaign.rounds_count", 1))
	} else {
		line("campaign.fact.rounds", t.N("campaign.rounds_every", o.Rounds, "Interval", o.Interval))
	}
	if o.Start.IsZero() {
		line("campaign.col.start", t.T("campaign.form.start_now"))
	} else {
		line("campaign.col.start", locale.DateTime(t.ctx, o.Start))
	}
	messages := "campaign.review.messages"
	if o.Rounds == 1 {
		messages += "_once"
	}
	b.WriteString("\n<b>" + locale.Num(t.ctx, plan.Messages) + "</b> " + t.N(messages, plan.Messages, "Chats", plan.Peers, "Rounds", o.Rounds) + "\n")
	if plan.Sendable < plan.Peers {
		b.WriteString(t.N("campaign.review.sendable", plan.Sendable) + "\n")
	}
	b.WriteString("\n<b>" + t.T("campaign.review.times") + "</b>\n")
	for i, at := range plan.Times[:min(reviewTimes, len(plan.Times))] {
		b.WriteString(t.T("campaign.round", "Number", i+1) + ": " + t.roundTime(o, at) + "\n")
	}
	if more := len(plan.Times) - reviewTimes; more > 0 {
		b.WriteString(t.N("campaign.review.times_more", more) + "\n")
	}
	line("campaign.review.round_length", t.T("campaign.review.about", "Length", plan.Round))
	a, err := t.Accounts.Store.Account(t.ctx, t.actor.Scope(), o.Account)
	if err != nil {
		return "", err
	}
	if idles(a) == 0 { // nobody knows when one goes on that sends nothing now
		line("campaign.review.ends", t.roundTime(o, plan.EndsAt))
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// roundTime is to the second where rounds follow each other within minutes.
func (t *turn) roundTime(o *order, at time.Time) string {
	if o.Rounds > 1 && o.Interval%time.Minute != 0 {
		return locale.Date(t.ctx, at) + " " + locale.ClockSeconds(t.ctx, at)
	}
	return locale.DateTime(t.ctx, at)
}

// reviewWarnings are what to know before confirming; "" for nothing.
func (t *turn) reviewWarnings(plan domain.Plan) (string, error) {
	code, stopped, err := t.Store.SendingStopped(t.ctx)
	if err != nil {
		return "", err
	}
	var all []string
	if stopped {
		all = append(all, t.T("app.stopped", "Reason", views.Reason(t.ctx, code)))
	}
	for _, w := range plan.Warnings {
		all = append(all, views.WarningWords(t.ctx, w))
	}
	if len(all) == 0 {
		return "", nil
	}
	out, left := "\n\n⚠️ <b>"+t.T("campaign.review.warnings")+"</b>", reviewWarnings
	for i, w := range all {
		if left -= units(esc(w)); left < 0 {
			return out + "\n• " + fmt.Sprintf("+%d", len(all)-i), nil
		}
		out += "\n• " + esc(w)
	}
	return out, nil
}

// wrong tells what is wrong with an order, at the step that can mend it.
func (t *turn) wrong(o *order, err error) error {
	var e *domain.Error
	if !errors.As(err, &e) || e.Code == domain.Unavailable {
		return err
	}
	said := "⚠️ " + t.refusal(err)
	switch e.Field {
	case "catalog":
		if e.Code == domain.NotFound {
			o.Catalog = 0
		}
		return t.orderCatalog(o, 0, said)
	case "account":
		if e.Code == domain.NotFound {
			o.Account = 0
		}
		return t.orderAccount(o, 0, said)
	case "text":
		return t.orderText(o, said)
	case "rounds":
		return t.orderRounds(o, said)
	case "interval":
		return t.orderInterval(o, said)
	case "start":
		return t.orderStart(o, said)
	}
	known, err := t.known(o)
	if err != nil {
		return err
	}
	return t.step(o, stepReview, "send.when", screen{
		text: said + "\n\n" + t.T("bot.send.kept") + "\n\n" + known,
		rows: [][]button{row(press(t.T("bot.send.again"), "send.sum", o.Key)), row(press("🗑 "+t.T("bot.send.drop"), "send.drop", o.Key))},
	})
}

// confirm orders the campaign and shows it. The button is for what was read above it.
func (t *turn) confirm(o *order, args []int64) error {
	if args[0] != o.mark() {
		return t.review(o, "⚠️ "+t.T("bot.send.changed"))
	}
	c, _, err := t.Campaigns.Create(t.ctx, t.actor, o.draft())
	if err != nil {
		return t.wrong(o, err)
	}
	k, err := t.conversation()
	if err != nil {
		return err
	}
	k.done(o, c.ID)
	if err := t.await(""); err != nil {
		return err
	}
	if err := t.note(t.T("flash.campaign.created")); err != nil {
		t.Log.Debug("answering a press", "err", err)
	}
	return t.showCampaign(c.ID)
}
