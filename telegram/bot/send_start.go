package bot

import (
	"fmt"
	"time"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
)

// dayForm is how a day is kept.
const dayForm = "2006-01-02"

// daysAhead is how many days stand on buttons, today among them.
const daysAhead = 8

// clocks of a day, one tap away.
var clocks = []int{7, 8, 9, 10, 12, 14, 16, 18, 20}

// askStart asks from the beginning.
func (t *turn) askStart(o *order, _ []int64) error {
	o.Day = ""
	return t.orderStart(o, "")
}

// orderStart asks when: now, on which day, or at which time of a chosen one; said
// stands above it, and more are buttons before the others.
func (t *turn) orderStart(o *order, said string, more ...button) error {
	s := screen{text: above(said) + t.heading(5, "campaign.col.start") + "\n\n"}
	if len(more) > 0 {
		s.rows = append(s.rows, more)
	}
	back := "send.every"
	if o.Rounds == 1 {
		back = "send.rounds"
	}
	if day, err := time.ParseInLocation(dayForm, o.Day, t.actor.Location()); err == nil {
		s.text += t.T("bot.send.start_clock", "Day", locale.Date(t.ctx, day))
		s.rows = append(s.rows, t.clockButtons(o, day)...)
		back = "send.when"
	} else {
		like := t.now().AddDate(0, 0, 3).In(t.actor.Location())
		s.text += t.T("bot.send.start", "Day", like.Format("02.01"), "Date", like.Format("02.01.2006"))
		s.rows = append(s.rows, row(press("▶️ "+t.T("campaign.form.start_now"), "send.now", o.Key)))
		s.rows = append(s.rows, t.dayButtons(o)...)
	}
	s.text += "\n\n" + t.T("bot.send.start_zone", "Zone", esc(views.ZoneWords(t.ctx, t.now())), "Now", t.now())
	return t.step(o, stepStart, back, s)
}

func (t *turn) dayButtons(o *order) [][]button {
	now := t.now().In(t.actor.Location())
	var days []button
	for i := range daysAhead {
		day := time.Date(now.Year(), now.Month(), now.Day()+i, 12, 0, 0, 0, now.Location())
		label := day.Format("02.01")
		switch i {
		case 0:
			label = t.T("bot.send.today")
		case 1:
			label = t.T("bot.send.tomorrow")
		}
		days = append(days, press(label, "send.day", o.Key, int64(day.Year()*10000+int(day.Month())*100+day.Day())))
	}
	return [][]button{days[:2], days[2:5], days[5:]}
}

// clockButtons are the times of a day that are still to come, and at which the
// organization sends.
func (t *turn) clockButtons(o *order, day time.Time) (rows [][]button) {
	hours := t.actor.Organization.Hours()
	n := 0
	for _, c := range clocks {
		at := time.Date(day.Year(), day.Month(), day.Day(), c, 0, 0, 0, day.Location())
		if !at.After(t.now()) || !hours.Open(at) {
			continue
		}
		if n%3 == 0 {
			rows = append(rows, nil)
		}
		rows[n/3] = append(rows[n/3], press(locale.Clock(t.ctx, at), "send.at", o.Key, at.Unix()))
		n++
	}
	return rows
}

func (t *turn) startNow(o *order, _ []int64) error {
	o.Start, o.Day, o.Timed = time.Time{}, "", true
	return t.goOn(o)
}

func (t *turn) pickDay(o *order, args []int64) error {
	day, err := time.ParseInLocation("20060102", fmt.Sprintf("%08d", args[0]), t.actor.Location())
	if err != nil {
		return t.askStart(o, nil)
	}
	return t.takeDay(o, day)
}

func (t *turn) takeDay(o *order, day time.Time) error {
	y, m, d := day.Date()
	switch now := t.now(); {
	case !domain.StartOfDay(y, m, d+1, day.Location()).After(now):
		return t.wrong(o, domain.E(domain.Invalid, "campaign.start_past").On("start"))
	case day.After(now.Add(domain.MaxAhead)):
		return t.wrong(o, domain.E(domain.Invalid, "campaign.start_far").On("start"))
	}
	o.Day = day.Format(dayForm)
	return t.orderStart(o, "")
}

func (t *turn) pickTime(o *order, args []int64) error {
	return t.takeStart(o, time.Unix(args[0], 0))
}

func (t *turn) takeStart(o *order, at time.Time) error {
	switch now := t.now(); {
	case t.past(at):
		return t.wrong(o, domain.E(domain.Invalid, "campaign.start_past").On("start"))
	case at.After(now.Add(domain.MaxAhead)):
		return t.wrong(o, domain.E(domain.Invalid, "campaign.start_far").On("start"))
	}
	o.Start, o.Day, o.Timed = at.UTC(), "", true
	return t.goOn(o)
}

// past reports whether it is too late for a start: the minute that is running is not.
func (t *turn) past(at time.Time) bool { return at.Before(t.now().Add(-time.Minute)) }

// typeStart takes a time as it is typed. A clock that has passed today may be meant
// for tomorrow: that is asked.
func (t *turn) typeStart(o *order, text string) error {
	zone := t.actor.Location()
	day, _ := time.ParseInLocation(dayForm, o.Day, zone)
	st, wrong := readStart(text, t.now().In(zone), day)
	switch {
	case wrong != "":
		return t.orderStart(o, "⚠️ "+t.T(wrong))
	case st.now:
		return t.startNow(o, nil)
	case st.dayOnly:
		return t.takeDay(o, st.at)
	case st.clockOnly && o.Day == "" && t.past(st.at):
		y, m, d := st.at.Date()
		at := time.Date(y, m, d+1, st.at.Hour(), st.at.Minute(), 0, 0, zone)
		return t.orderStart(o, "⚠️ "+t.refusal(domain.E(domain.Invalid, "campaign.start_past")),
			press(t.T("bot.send.tomorrow")+" "+locale.Clock(t.ctx, at), "send.at", o.Key, at.Unix()))
	}
	return t.takeStart(o, st.at)
}
