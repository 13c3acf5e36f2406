package handlers

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"postix/domain"
	"postix/domain/filter"
	"postix/views"
)

// readWatch reads the settings as they were typed, and those that they mean; the
// keywords are those that hold. Invalid (watch.unknown) for what the page does
// not send: a field twice or not at all, a choice that there is not.
func readWatch(q *Request, stored domain.WatchSettings) (f views.WatchForm, s domain.WatchSettings, err error) {
	form := fields{values: q.Context.Request.Form}
	f = views.WatchForm{
		Version: form.version(), Mode: domain.WatchMode(typed(form.one("mode"))),
		AllGroups: form.choice("groups", views.GroupsAll, views.GroupsChosen) == views.GroupsAll,
		Rules:     map[filter.Rule]bool{}, Counts: map[string]string{}, Lengths: map[string]views.TypedLength{},
		ReplyFrom: typed(form.one("reply_from")), SourceFirst: form.ticked("source_first", "1")["1"],
	}
	s = domain.WatchSettings{Version: f.Version, Mode: f.Mode, AllGroups: f.AllGroups, Keywords: stored.Keywords, Edition: stored.Edition}
	s.Reply.SourceFirst = f.SourceFirst
	if err := s.Reply.From.UnmarshalText([]byte(f.ReplyFrom)); err != nil {
		s.Reply.From = filter.None // which the service refuses
	}
	var names []string
	for _, r := range filter.Rules() {
		names = append(names, string(r))
	}
	on := form.ticked("rules", names...)
	s.Rules.Rules = map[filter.Rule]bool{}
	for _, r := range filter.Rules() {
		f.Rules[r], s.Rules.Rules[r] = on[string(r)], on[string(r)]
	}
	for field, n := range views.WatchCounts(&s) {
		text := form.one(field)
		f.Counts[field], *n = typed(text), number(text)
	}
	for field, d := range views.WatchLengths(&s) {
		text, unit := form.one(field), form.one(field+"_unit")
		f.Lengths[field], *d = views.TypedLength{Number: typed(text), Unit: typed(unit)}, length(text, unit)
	}
	return f, s, form.err
}

// typed is as much of a field as is shown again.
func typed(s string) string { return short(s, 20) }

// fields reads a form strictly and keeps the first error.
type fields struct {
	values url.Values
	err    error
}

func (f *fields) refuse(name string) {
	if f.err == nil {
		f.err = domain.E(domain.Invalid, "watch.unknown").On(strings.TrimSuffix(name, "_unit"))
	}
}

// one is a field that stands there once.
func (f *fields) one(name string) string {
	if len(f.values[name]) != 1 {
		f.refuse(name)
	}
	return strings.TrimSpace(f.values.Get(name))
}

// choice is one of the values.
func (f *fields) choice(name string, values ...string) string {
	v := f.one(name)
	if !slices.Contains(values, v) {
		f.refuse(name)
	}
	return v
}

// ticked are those of the values that are ticked, each at most once.
func (f *fields) ticked(name string, values ...string) map[string]bool {
	on := map[string]bool{}
	for _, v := range f.values[name] {
		if on[v] || !slices.Contains(values, v) {
			f.refuse(name)
		}
		on[v] = true
	}
	return on
}

// version is that of the settings which the form began with. It has no field that
// one sees.
func (f *fields) version() int {
	n, err := strconv.Atoi(strings.Join(f.values["version"], " "))
	if f.err == nil && (err != nil || n < 0) {
		f.err = domain.E(domain.Invalid, "watch.unknown")
	}
	return n
}
