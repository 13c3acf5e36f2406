package handlers

import (
	"net/http"
	"strings"

	"postix/domain"
	"postix/domain/filter"
	"postix/views"
)

// watchSetupRoutes are the pages that say how the filter works.
func watchSetupRoutes() []Route {
	settings, keywords, custom := views.TabSettings.URL(), views.TabKeywords.URL(), views.TabCustom.URL()
	templates, groups, try := views.TabTemplates.URL(), views.TabGroups.URL(), views.TabTry.URL()
	return []Route{
		get(settings, Watcher, (*Handlers).watchSettings),
		post(settings, Watcher, (*Handlers).watchSettingsSave),
		post(settings+"/replay", Watcher, (*Handlers).watchReplay),
		get(keywords, Watcher, (*Handlers).keywords),
		post(keywords, Watcher, (*Handlers).keywordsAdd),
		post(keywords+"/remove", Watcher, (*Handlers).keywordsRemove),
		post(keywords+"/return", Watcher, (*Handlers).keywordsReturn),
		post(keywords+"/restore", Watcher, (*Handlers).keywordsRestore),
		post(keywords+"/import", Watcher, (*Handlers).keywordsImport),
		get(keywords+"/"+views.KeywordsFile, Watcher, (*Handlers).keywordsExport),
		get(custom, Watcher, (*Handlers).customFilters),
		post(custom, Watcher, (*Handlers).customAdd),
		post(custom+"/:id/remove", Watcher, (*Handlers).customRemove),
		get(templates, Watcher, (*Handlers).templates),
		post(templates, Watcher, (*Handlers).templateAdd),
		get(templates+"/:id", Watcher, (*Handlers).template),
		post(templates+"/:id", Watcher, (*Handlers).templateSave),
		post(templates+"/:id/switch", Watcher, (*Handlers).templateSwitch),
		post(templates+"/:id/remove", Watcher, (*Handlers).templateRemove),
		get(groups, Watcher, (*Handlers).watchedGroups),
		post(groups, Watcher, (*Handlers).watchedGroupsChoose),
		post(groups+"/all", Watcher, (*Handlers).watchedGroupsAll),
		get(try, Watcher, (*Handlers).try),
		post(try, Watcher, (*Handlers).tryMessage),
	}
}

func (h *Handlers) watchSettings(q *Request) error {
	s, err := h.Watch.Settings(q.Ctx(), q.Actor)
	if err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.WatchSettingsForm(views.WatchSettingsPage{Form: views.TypedWatch(s), Now: h.Now()}))
}

// watchSettingsSave stores the settings, or shows again what was typed with what
// is wrong about it.
func (h *Handlers) watchSettingsSave(q *Request) error {
	stored, err := h.Watch.Settings(q.Ctx(), q.Actor)
	if err != nil {
		return err
	}
	form, s := readWatch(q, stored)
	err = h.Watch.SetSettings(q.Ctx(), q.Actor, s)
	status, again := Form(err)
	if err == nil || !again {
		return q.done(err, "watch.saved", views.TabSettings.URL())
	}
	p := views.WatchSettingsPage{Form: form, Now: h.Now(), Err: err}
	if domain.IsKey(err, "watch.edited") {
		if stored, err = h.Watch.Settings(q.Ctx(), q.Actor); err != nil {
			return err
		}
		theirs := views.TypedWatch(stored)
		p.Theirs, p.Form.Version = &theirs, stored.Version
	}
	return q.Render(status, views.WatchSettingsForm(p))
}

// watchReplay says what the form would have made of the last day, and stores
// nothing. It takes a processor and memory for seconds: one at a time.
func (h *Handlers) watchReplay(q *Request) error {
	stored, err := h.Watch.Settings(q.Ctx(), q.Actor)
	if err != nil {
		return err
	}
	form, s := readWatch(q, stored)
	p := views.WatchSettingsPage{Form: form, Now: h.Now()}
	if h.replays.TryLock() {
		defer h.replays.Unlock()
		var c domain.Changed
		if c, p.Err = h.Watch.WhatIf(q.Ctx(), q.Actor, s); p.Err == nil {
			p.Replay = &c
		}
	} else {
		p.Err = domain.E(domain.Limited, "watch.replay_busy")
	}
	status, again := Form(p.Err)
	switch {
	case p.Err == nil:
		status = http.StatusOK
	case !again:
		return p.Err
	default:
		q.Header("HX-Reswap", "outerMorph show:top") // where it says what is wrong
	}
	return q.Seg(status, views.WatchFields(p), views.WatchSettingsForm(p))
}

// readWatch reads the settings as they were typed, and those that they mean; the
// keywords are those that hold.
func readWatch(q *Request, stored domain.WatchSettings) (f views.WatchForm, s domain.WatchSettings) {
	form := q.Context.Request.Form
	typed := func(name string) string { return short(strings.TrimSpace(form.Get(name)), 20) }
	f = views.WatchForm{
		Version: int(q.FormInt64("version")), Mode: domain.WatchMode(typed("mode")), AllGroups: form.Get("groups") == views.GroupsAll,
		Rules: map[filter.Rule]bool{}, Counts: map[string]string{}, Lengths: map[string]views.TypedLength{},
		ReplyFrom: typed("reply_from"), SourceFirst: form.Get("source_first") != "",
	}
	s = domain.WatchSettings{Version: f.Version, Mode: f.Mode, AllGroups: f.AllGroups, Keywords: stored.Keywords}
	s.Reply.SourceFirst = f.SourceFirst
	if err := s.Reply.From.UnmarshalText([]byte(f.ReplyFrom)); err != nil {
		s.Reply.From = filter.None // which the service refuses
	}
	s.Rules.Rules = map[filter.Rule]bool{}
	on := map[string]bool{}
	for _, r := range form["rules"] {
		on[r] = true
	}
	for _, r := range filter.Rules() {
		f.Rules[r] = on[string(r)]
		s.Rules.Rules[r] = f.Rules[r]
	}
	for field, n := range views.WatchCounts(&s) {
		f.Counts[field] = typed(field)
		*n = number(f.Counts[field])
	}
	for field, d := range views.WatchLengths(&s) {
		l := views.TypedLength{Number: typed(field), Unit: typed(field + "_unit")}
		f.Lengths[field] = l
		*d = length(l.Number, l.Unit)
	}
	return f, s
}
