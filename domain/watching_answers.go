package domain

import (
	"context"
	"slices"
	"time"
)

// Why a detection was not answered: keys below "watch.silence.".
const (
	SilentMode     = "mode" // the mode is not reply
	SilentSeverity = "severity"
	SilentLate     = "late"
	SilentCooldown = "cooldown"
	SilentTemplate = "no_template"
	SilentGroup    = "no_group"
	SilentChatDay  = "chat_bound"
	SilentSender   = "sender_bound"
	SilentDay      = "day_bound"
	SilentOwn      = "own"     // the sender is an account of ours by now
	SilentBlocked  = "blocked" // the account's user or organization is, or it has no filter
	SilentStopped  = "stopped" // the program ended before it was decided
)

// answer orders an answer to a detection, or notes why there is none.
func (w *Watch) answer(ctx context.Context, p *post, d Detection) error {
	now := w.Now().UTC()
	r, why, err := w.reply(ctx, p, d, now)
	if err == nil && why == "" {
		why, err = w.Answers.OrderReply(ctx, r)
	}
	if err != nil {
		return err
	}
	switch why {
	case "":
		w.Log.Info("reply ordered", "organization", p.organizationID, "detection", d.ID, "sender", d.SenderID,
			"template", r.Template.ID)
		w.Log.Info("cooldown set", "organization", p.organizationID, "sender", d.SenderID, "until", now.Add(r.Bounds.Cooldown))
		w.Hub.Changed(p.organizationID)
		return nil
	case SilentCooldown:
		left := d.Sender.CooldownUntil.Sub(now)
		if left <= 0 { // it was set by an answer of a moment ago
			left = p.settings.Reply.Cooldown
		}
		w.Log.Info("dispatcher in cool-down", "organization", p.organizationID, "detection", d.ID, "sender", d.SenderID,
			"minutes_left", int((left+time.Minute-1)/time.Minute))
	}
	return w.Answers.NoteSilence(ctx, p.organizationID, d.ID, why)
}

// reply is what a detection is answered with, or why it is not answered.
func (w *Watch) reply(ctx context.Context, p *post, d Detection, now time.Time) (r NewReply, why string, err error) {
	set := p.settings.Reply
	until := d.At.Add(ReplyWithin)
	switch {
	case p.settings.Mode != WatchReply:
		return r, SilentMode, nil
	case d.Severity < set.From:
		return r, SilentSeverity, nil
	case !now.Before(until):
		return r, SilentLate, nil
	case d.Sender.CooldownUntil.After(now):
		return r, SilentCooldown, nil
	}
	t, ok := pickTemplate(p.templates, d.Sender.LastTemplate, w.Rand())
	if !ok {
		return r, SilentTemplate, nil
	}
	// Asked anew: it may have been connected a moment ago.
	own, err := w.Store.OwnSenders(ctx)
	if err != nil {
		return r, "", err
	}
	if own[d.SenderID] {
		return r, SilentOwn, nil
	}
	seen, err := w.Answers.Seen(ctx, p.organizationID, d.AccountID, d.SenderID, now)
	if err != nil {
		return r, "", err
	}
	peers := rankGroups(seen, PeerID(d.ChatID), set.SourceFirst)
	if len(peers) == 0 {
		return r, SilentGroup, nil
	}
	return NewReply{
		OrganizationID: p.organizationID, AccountID: d.AccountID, DetectionID: d.ID, SenderID: d.SenderID,
		Template: t, Peers: peers, To: d.Message.ID, ToChat: d.ChatID, Bounds: set, At: now, Until: until,
	}, "", nil
}

// pickTemplate draws an active template, not the last one where there is
// another; r is in [0, 1).
func pickTemplate(all []Template, last int64, r float64) (Template, bool) {
	var active, other []Template
	for _, t := range all {
		if t.Active {
			active = append(active, t)
			if t.ID != last {
				other = append(other, t)
			}
		}
	}
	if len(other) == 0 {
		other = active
	}
	if len(other) == 0 {
		return Template{}, false
	}
	return other[min(int(r*float64(len(other))), len(other)-1)], true
}

// rankGroups puts the groups in which a dispatcher was seen, most members first,
// in the order in which they are to get an answer: the largest, the median one and
// then the others, or the message's own group and then the largest.
func rankGroups(seen []Peer, source PeerID, sourceFirst bool) []Peer {
	ranked := slices.Clone(seen)
	if own := slices.IndexFunc(seen, func(p Peer) bool { return p.ID == source }); sourceFirst && own >= 0 {
		bring(ranked, own, 0)
	} else if len(seen) > 2 {
		bring(ranked, len(seen)/2, 1)
	}
	return ranked
}

// bring moves one of the groups forward, and those between back by one.
func bring(ps []Peer, from, to int) {
	p := ps[from]
	copy(ps[to+1:from+1], ps[to:from])
	ps[to] = p
}
