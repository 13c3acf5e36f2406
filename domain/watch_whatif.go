package domain

import (
	"context"
	"slices"

	"postix/domain/filter"
)

// Changed is what other settings would have made of the messages of the last
// day. Before + GainedN - LostN = After.
type Changed struct {
	Messages      int
	Before, After int              // detections
	Gained, Lost  []ChangedMessage // newest first, at most [MostChanged]
	GainedN       int
	LostN         int
	Rules         map[filter.Rule][2]int // hits of detections before and after
	Allowed       [2]int                 // messages that are no detections only because they are allowed, before and after
}

// ChangedMessage is a message that would be judged otherwise.
type ChangedMessage struct {
	filter.Message
	Before, After Opinion
}

// Opinion is what a filter says of a message.
type Opinion struct {
	filter.Verdict
	Unread string // why it was not read: a key below "watch.replay.why.", "" when it was
}

// Why a filter does not read a message: keys below "watch.replay.why.".
const (
	UnreadOff   = "off"   // the filter is off
	UnreadGroup = "group" // the group is not one of those that are listened to
)

// MostChanged is how many messages of a kind [Changed] names.
const MostChanged = 50

// WhatIf judges the messages of the last 24 h, oldest first, with the settings
// that hold and with others, and stores nothing. Both begin with an empty memory.
func (w *Watch) WhatIf(ctx context.Context, a Actor, s WatchSettings) (Changed, error) {
	if err := a.CheckWatch(); err != nil {
		return Changed{}, err
	}
	if err := s.Check(); err != nil {
		return Changed{}, err
	}
	org := a.User.OrganizationID
	now, custom, err := w.rulesNow(ctx, org)
	if err != nil {
		return Changed{}, err
	}
	return w.compare(ctx, org, setup{now, custom}, setup{s, custom})
}

// WhatIfCustom does the same for one more word or sender. Invalid as for
// [Watch.AddCustomFilter].
func (w *Watch) WhatIfCustom(ctx context.Context, a Actor, c CustomFilter) (Changed, error) {
	if err := a.CheckWatch(); err != nil {
		return Changed{}, err
	}
	c, err := c.clean()
	if err != nil {
		return Changed{}, err
	}
	org := a.User.OrganizationID
	now, custom, err := w.rulesNow(ctx, org)
	if err != nil {
		return Changed{}, err
	}
	return w.compare(ctx, org, setup{now, custom}, setup{now, with(custom, c)})
}

// setup is all that decides what a filter says.
type setup struct {
	settings WatchSettings
	custom   filter.Custom
}

func (w *Watch) rulesNow(ctx context.Context, organizationID int64) (WatchSettings, filter.Custom, error) {
	s, err := w.Store.WatchSettings(ctx, organizationID)
	if err != nil {
		return s, filter.Custom{}, err
	}
	custom, err := w.custom(ctx, organizationID)
	return s, custom, err
}

func (w *Watch) compare(ctx context.Context, organizationID int64, before, after setup) (Changed, error) {
	c := Changed{Rules: map[filter.Rule][2]int{}}
	groups, err := w.Store.Watching(ctx, organizationID)
	if err != nil {
		return c, err
	}
	own, err := w.ownSenders(ctx)
	if err != nil {
		return c, err
	}
	judges := [2]judge{newJudge(before, groups), newJudge(after, groups)}
	err = w.Store.Heard(ctx, organizationID, w.Now().UTC(), func(m filter.Message) error {
		if !own[m.SenderID] {
			c.note(m, [2]*Opinion{judges[0].judge(&m), judges[1].judge(&m)})
		}
		return ctx.Err()
	})
	slices.Reverse(c.Gained)
	slices.Reverse(c.Lost)
	return c, err
}

// judge is a filter at work on messages that were heard before.
type judge struct {
	settings WatchSettings
	groups   map[PeerID]bool
	engine   *filter.Engine
	opinion  Opinion // of the last message
}

func newJudge(s setup, groups map[PeerID]bool) judge {
	engine := filter.NewEngine(s.settings.Rules, filter.NewLexicon(s.settings.Keywords), s.custom, filter.Limits{})
	return judge{settings: s.settings, groups: groups, engine: engine}
}

// judge answers what holds until the next message.
func (j *judge) judge(m *filter.Message) *Opinion {
	j.opinion = Opinion{Verdict: filter.Verdict{Hits: j.opinion.Hits[:0], Phones: j.opinion.Phones[:0]}}
	switch {
	case j.settings.Mode == WatchOff:
		j.opinion.Unread = UnreadOff
	case !j.settings.AllGroups && !j.groups[PeerID(m.ChatID)]:
		j.opinion.Unread = UnreadGroup
	default:
		j.engine.Check(m, &j.opinion.Verdict)
	}
	return &j.opinion
}

// note counts a message, with what is said of it before and after.
func (c *Changed) note(m filter.Message, said [2]*Opinion) {
	c.Messages++
	for i, o := range said {
		switch {
		case !o.Dispatcher && len(o.Hits) > 0:
			c.Allowed[i]++
		case o.Dispatcher:
			for _, h := range o.Hits {
				n := c.Rules[h.Rule]
				n[i]++
				c.Rules[h.Rule] = n
			}
		}
	}
	before, after := said[0].Dispatcher, said[1].Dispatcher
	if before {
		c.Before++
	}
	if after {
		c.After++
	}
	switch {
	case after && !before:
		c.GainedN++
		c.Gained = latest(c.Gained, m, said)
	case before && !after:
		c.LostN++
		c.Lost = latest(c.Lost, m, said)
	}
}

// latest appends and keeps the last [MostChanged].
func latest(ms []ChangedMessage, m filter.Message, said [2]*Opinion) []ChangedMessage {
	ms = append(ms, ChangedMessage{Message: m, Before: said[0].clone(), After: said[1].clone()})
	if len(ms) > MostChanged {
		ms = slices.Delete(ms, 0, 1)
	}
	return ms
}

func (o Opinion) clone() Opinion {
	o.Hits, o.Phones = slices.Clone(o.Hits), slices.Clone(o.Phones)
	return o
}
