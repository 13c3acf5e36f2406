package views

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// What the form of the settings renews while one types.
const (
	PaceWordsID  = "pace-words"
	HoursWordsID = "hours-words"
)

// SettingsPage is how an organization sends.
type SettingsPage struct {
	Organization domain.Organization
	Edits        bool // the viewer sets it
	Pace         PaceForm
	Hours        HoursForm
	Means        domain.Pace  // what the form says of the pace
	Times        domain.Hours // ... and of the hours; either may be impossible
	Zone         string       // of the organization, or typed with ZoneErr
	ZoneErr      error
	Now          time.Time
	Err          error
}

// HoursForm is the time of sending as it is typed.
type HoursForm struct {
	QuietFrom, QuietTo string // as <input type=time> writes it; both empty: none
	Days               domain.Days
}

// TypedHours is an organization's hours as a form shows them.
func TypedHours(h domain.Hours) HoursForm {
	f := HoursForm{Days: h.Days}
	if h.QuietFrom != h.QuietTo {
		f.QuietFrom, f.QuietTo = clock(h.QuietFrom), clock(h.QuietTo)
	}
	return f
}

// clock is a minute of the day; the day's end is 24:00.
func clock(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// week is the days in the order in which people here name them.
var week = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

func dayShort(ctx context.Context, d time.Weekday) string {
	return locale.T(ctx, "settings.day_short."+strconv.Itoa(int(d)))
}

// hoursWords say when something is sent, in the zone that the hours are of.
func hoursWords(ctx context.Context, h domain.Hours, now time.Time) string {
	when := daysWords(ctx, h.Days) + ", " + timesWords(ctx, h)
	return locale.T(ctx, "settings.sends", "When", when, "Zone", zoneIn(ctx, h.Zone, now))
}

// daysWords names a set of days; days in a row are named by their ends.
func daysWords(ctx context.Context, days domain.Days) string {
	if days&domain.AllDays == domain.AllDays {
		return locale.T(ctx, "settings.every_day")
	}
	var out []string
	for i := 0; i < len(week); i++ {
		if !days.On(week[i]) {
			continue
		}
		last := i
		for last+1 < len(week) && days.On(week[last+1]) {
			last++
		}
		if last-i < 2 { // two in a row are named both
			out = append(out, dayShort(ctx, week[i]))
			continue
		}
		out = append(out, dayShort(ctx, week[i])+"–"+dayShort(ctx, week[last]))
		i = last
	}
	return strings.Join(out, ", ")
}

// timesWords are the stretches of a day in which something is sent.
func timesWords(ctx context.Context, h domain.Hours) string {
	switch from, to := h.QuietFrom, h.QuietTo; {
	case from == to:
		return locale.T(ctx, "settings.any_time")
	case from > to:
		return clock(to) + "–" + clock(from)
	case from == 0:
		return clock(to) + "–24:00"
	default:
		return "00:00–" + clock(from) + ", " + clock(to) + "–24:00"
	}
}

// switchLook is how a switch of sending stands.
type switchLook struct {
	tone       ui.Tone
	icon, word string
	text       string
}

// ownSwitch is the organization's, or the whole service's where only that is
// stopped: what is in force. That it is stopped is explained above every page
// already.
func ownSwitch(ctx context.Context, s domain.Stop) switchLook {
	switch s {
	case domain.StopOwner:
		return switchLook{ui.Warn, "octagon-pause", locale.T(ctx, "service.state.owner"), ""}
	case domain.StopService, domain.StopBoth:
		return switchLook{ui.Bad, "octagon-pause", locale.T(ctx, "service.state.service"), ""}
	}
	if viewer(ctx).Stops.All != "" {
		return switchLook{ui.Neutral, "octagon-pause", locale.T(ctx, "service.state.all"), ""}
	}
	return switchLook{ui.Ok, "circle-check", locale.T(ctx, "service.state.on"), locale.T(ctx, "settings.switch_on")}
}

// switchFor is that switch on the settings, for those who cannot use it too.
func switchFor(ctx context.Context, p SettingsPage) switchLook {
	look := ownSwitch(ctx, p.Organization.Stop)
	if look.text != "" && !p.Edits {
		look.text = locale.T(ctx, "settings.switch_owner")
	}
	return look
}

func askStop(ctx context.Context, o domain.Organization) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "service.ask.stop", "Name", ui.Visible(o.Name)), Text: locale.T(ctx, "service.ask.stop_text"),
		Yes: locale.T(ctx, "service.stop"),
	}
}

func askResume(ctx context.Context, o domain.Organization) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "service.ask.resume", "Name", ui.Visible(o.Name)), Text: locale.T(ctx, "service.ask.resume_text"),
		Yes: locale.T(ctx, "service.resume"), Mild: true,
	}
}
