package bot

import (
	"regexp"
	"strconv"
	"time"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
)

// roundPresets are one tap away.
var roundPresets = []int{1, 2, 3, 5, 10, 20}

// orderRounds asks how often; said stands above it.
func (t *turn) orderRounds(o *order, said string) error {
	s := screen{text: above(said) + t.heading(4, "campaign.form.rounds") + "\n\n" + t.T("campaign.form.rounds_hint") + "\n\n" + t.T("bot.send.rounds")}
	for i, n := range roundPresets {
		if i%3 == 0 {
			s.rows = append(s.rows, nil)
		}
		last := len(s.rows) - 1
		s.rows[last] = append(s.rows[last], press(chosen(n == o.Rounds)+strconv.Itoa(n), "send.round", o.Key, int64(n)))
	}
	return t.step(o, stepRounds, "send.text", s)
}

// roundsForm is a number, as such or so many times.
var roundsForm = regexp.MustCompile(`^(\d+)\s*(?:x|х|ta|marta|aylanish|та|марта|айланиш|раза?|круга?|кругов|times?|rounds?)?$`)

func (t *turn) typeRounds(o *order, text string) error {
	n := int64(0) // for what is no number
	if m := roundsForm.FindStringSubmatch(figures(text)); m != nil {
		n, _ = strconv.ParseInt(m[1], 10, 64)
	}
	return t.pickRounds(o, n)
}

func (t *turn) pickRounds(o *order, n int64) error {
	if n < 1 || n > domain.MaxRounds {
		return t.wrong(o, domain.E(domain.Invalid, "campaign.rounds", "Max", domain.MaxRounds).On("rounds"))
	}
	o.Rounds = int(n)
	if n == 1 {
		o.Interval = 0
	}
	return t.goOn(o)
}

// leastInterval is that of the organization.
func (t *turn) leastInterval() time.Duration {
	return max(t.actor.Organization.Pace.MinInterval, domain.LeastInterval)
}

// orderInterval asks how long from one round's start to the next; said stands above
// it.
func (t *turn) orderInterval(o *order, said string) error {
	s := screen{text: above(said) + t.heading(4, "campaign.form.interval") + "\n\n" + t.T("bot.send.interval") + "\n\n" +
		t.T("bot.send.interval_bounds", "Min", t.leastInterval(), "Max", domain.MaxInterval)}
	for i, d := range views.IntervalPresets(t.leastInterval()) {
		if i%2 == 0 {
			s.rows = append(s.rows, nil)
		}
		last := len(s.rows) - 1
		s.rows[last] = append(s.rows[last], press(chosen(d == o.Interval)+locale.Duration(t.ctx, d), "send.each", o.Key, int64(d/time.Second)))
	}
	return t.step(o, stepInterval, "send.rounds", s)
}

func (t *turn) typeInterval(o *order, text string) error {
	d, ok := readInterval(text)
	if !ok {
		return t.orderInterval(o, "⚠️ "+t.T("bot.send.interval_unclear"))
	}
	return t.takeInterval(o, d)
}

func (t *turn) pickInterval(o *order, args []int64) error {
	return t.takeInterval(o, time.Duration(min(max(args[0], 0), int64(farInterval/time.Second)))*time.Second)
}

func (t *turn) takeInterval(o *order, d time.Duration) error {
	if least := t.leastInterval(); d < least || d > domain.MaxInterval {
		return t.wrong(o, domain.E(domain.Invalid, "campaign.interval", "Min", least, "Max", domain.MaxInterval).On("interval"))
	}
	o.Interval = d
	return t.goOn(o)
}
