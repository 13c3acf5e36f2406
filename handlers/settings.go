package handlers

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"postix/domain"
	"postix/views"
)

func settingsRoutes() []Route {
	at := string(views.NavSettings)
	return []Route{
		get(at, SignedIn, (*Handlers).settings),
		get(at+"/words", Owner, (*Handlers).settingsWords),
		post(at, Owner, (*Handlers).settingsSave),
		post(at+"/zone", Owner, (*Handlers).settingsZone),
		post(at+"/stop", Owner, (*Handlers).settingsStop),
		post(at+"/resume", Owner, (*Handlers).settingsResume),
	}
}

// settings shows how the actor's organization sends. The service itself sends
// nothing: its admins have their own page.
func (h *Handlers) settings(q *Request) error {
	o := q.Actor.Organization
	if o.Service {
		return q.Go(string(views.NavService))
	}
	return q.Render(http.StatusOK, views.Settings(h.settingsPage(q)))
}

// settingsPage is the page as it is stored.
func (h *Handlers) settingsPage(q *Request) views.SettingsPage {
	o := q.Actor.Organization
	return views.SettingsPage{
		Organization: o, Edits: q.Actor.User.Role == domain.RoleOwner, Now: h.Now(),
		Pace: views.TypedPace(o.Pace), Hours: views.TypedHours(o.Hours()), Means: o.Pace, Times: o.Hours(), Zone: o.Zone,
	}
}

// settingsZone sets the zone of the organization's hours and days.
func (h *Handlers) settingsZone(q *Request) error {
	p := h.settingsPage(q)
	p.Zone = short(q.PostForm("zone"), 100)
	p.ZoneErr = h.Organizations.SetZone(q.Ctx(), q.Actor, p.Zone)
	if s, again := Form(p.ZoneErr); p.ZoneErr != nil && again {
		return q.Render(s, views.Settings(p))
	}
	return q.done(p.ZoneErr, "settings.saved", string(views.NavSettings))
}

// settingsSave sets pace and hours, or shows again what was typed with what is
// wrong about it.
func (h *Handlers) settingsSave(q *Request) error {
	p := views.SettingsPage{Organization: q.Actor.Organization, Edits: true, Now: h.Now(), Zone: q.Actor.Organization.Zone}
	p.Pace, p.Means = readPace(q)
	p.Hours, p.Times = readHours(q)
	p.Err = h.Service.SetSending(q.Ctx(), q.Actor, q.Actor.Organization.ID, p.Means, p.Times)
	if s, again := Form(p.Err); p.Err != nil && again {
		return q.Render(s, views.Settings(p))
	}
	return q.done(p.Err, "settings.saved", string(views.NavSettings))
}

// settingsWords say what the form means while it is filled in.
func (h *Handlers) settingsWords(q *Request) error {
	_, pace := readPace(q)
	_, hours := readHours(q)
	return q.Render(http.StatusOK, templ.Join(
		views.Morph(views.PaceWordsID, views.PaceWords(pace)),
		views.Morph(views.HoursWordsID, views.HoursWords(hours, h.Now())),
	))
}

func (h *Handlers) settingsStop(q *Request) error {
	err := h.Service.StopOrganization(q.Ctx(), q.Actor, q.Actor.Organization.ID)
	return q.done(err, "service.one_stopped", string(views.NavSettings))
}

func (h *Handlers) settingsResume(q *Request) error {
	err := h.Service.ResumeOrganization(q.Ctx(), q.Actor, q.Actor.Organization.ID)
	return q.done(err, "service.one_resumed", string(views.NavSettings))
}

// none is a number that no service takes: it stands for what is no number, so
// that the service refuses it with its own words.
const none = -1

// readPace reads a pace as it was typed, and the pace that it means.
func readPace(q *Request) (f views.PaceForm, p domain.Pace) {
	form := q.Context.Request.Form
	typed := func(name string) string { return short(strings.TrimSpace(form.Get(name)), 20) }
	f = views.PaceForm{
		GapMin: typed("gap_min"), GapMax: typed("gap_max"), PerHour: typed("per_hour"), PerDay: typed("per_day"),
		ChatGap: typed("chat_gap"), ChatGapUnit: typed("chat_gap_unit"),
		MinInterval: typed("min_interval"), MinIntervalUnit: typed("min_interval_unit"),
	}
	p = domain.Pace{
		GapMin: length(f.GapMin, "seconds"), GapMax: length(f.GapMax, "seconds"),
		ChatGap: length(f.ChatGap, f.ChatGapUnit), MinInterval: length(f.MinInterval, f.MinIntervalUnit),
		PerHour: number(f.PerHour), PerDay: number(f.PerDay),
	}
	return f, p
}

// length is a typed length of time in whole milliseconds, with a point or a
// comma in its number.
func length(typed, unit string) time.Duration {
	n, err := strconv.ParseFloat(strings.Replace(typed, ",", ".", 1), 64)
	if err != nil || math.IsNaN(n) || n < 0 {
		return none
	}
	for _, u := range views.IntervalUnits {
		if u.Name == unit {
			most := float64(2 * domain.LongestCooldown / u.Is) // longer is as impossible for all, and does not overflow
			return time.Duration(min(n, most) * float64(u.Is)).Round(time.Millisecond)
		}
	}
	return none
}

func number(typed string) int {
	n, err := strconv.Atoi(typed)
	if err != nil {
		return none
	}
	return n
}

// readHours reads the hours as they were typed, and those that they mean.
func readHours(q *Request) (f views.HoursForm, hs domain.Hours) {
	form := q.Context.Request.Form
	f = views.HoursForm{QuietFrom: short(form.Get("quiet_from"), 20), QuietTo: short(form.Get("quiet_to"), 20)}
	for _, d := range form["days"] {
		if n := number(d); n >= int(time.Sunday) && n <= int(time.Saturday) {
			f.Days |= 1 << n
		}
	}
	hs = domain.Hours{Days: f.Days, Zone: q.Actor.Organization.Location()}
	if f.QuietFrom != "" || f.QuietTo != "" {
		hs.QuietFrom, hs.QuietTo = minute(f.QuietFrom), minute(f.QuietTo)
	}
	return f, hs
}

// minute is a time of day in minutes, as <input type=time> writes it.
func minute(typed string) int {
	for _, layout := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(layout, strings.TrimSpace(typed)); err == nil {
			return t.Hour()*60 + t.Minute()
		}
	}
	return none
}
