package handlers

import (
	"net/http"

	"postix/domain"
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
		post(custom+"/try", Watcher, (*Handlers).customTry),
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
	form, s, err := readWatch(q, stored)
	if err == nil {
		err = h.Watch.SetSettings(q.Ctx(), q.Actor, s)
	}
	status, again := Form(err)
	if err == nil || !again && !domain.IsKey(err, "campaign.read_only") {
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
// nothing.
func (h *Handlers) watchReplay(q *Request) error {
	stored, err := h.Watch.Settings(q.Ctx(), q.Actor)
	if err != nil {
		return err
	}
	form, s, err := readWatch(q, stored)
	p := views.WatchSettingsPage{Form: form, Now: h.Now(), Err: err}
	if err == nil {
		p.Replay, p.Err = h.whatIf(func() (domain.Changed, error) { return h.Watch.WhatIf(q.Ctx(), q.Actor, s) })
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

// whatIf compares, which takes a processor and memory for seconds: one at a time.
func (h *Handlers) whatIf(compare func() (domain.Changed, error)) (*domain.Changed, error) {
	if !h.replays.TryLock() {
		return nil, domain.E(domain.Limited, "watch.replay_busy")
	}
	defer h.replays.Unlock()
	c, err := compare()
	if err != nil {
		return nil, err
	}
	return &c, nil
}
