package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"postix/domain"
	"postix/views"
)

// keywordsAt is the address of a list of keywords.
func keywordsAt(l domain.KeywordList) *url.URL {
	return &url.URL{Path: views.TabKeywords.URL(), RawQuery: url.Values{"list": {string(l)}}.Encode()}
}

// customFilters shows the organization's own words and senders. The address may
// fill the form in.
func (h *Handlers) customFilters(q *Request) error {
	p, err := h.customPage(q)
	if err != nil {
		return err
	}
	p.Form = views.CustomForm{Act: views.CustomBlock, Kind: views.CustomWord}
	if q.Query("act") == views.CustomAllow {
		p.Form.Act = views.CustomAllow
	}
	if id := q.Query("sender"); id != "" {
		p.Form.Kind, p.Form.Value = views.CustomSender, short(id, 20)
	}
	return q.Seg(http.StatusOK, views.CustomRows(p), views.WatchCustomFilters(p))
}

func (h *Handlers) customPage(q *Request) (views.CustomPage, error) {
	p := views.CustomPage{Now: h.Now(), URL: q.Context.Request.URL, Search: q.words("search"), Page: q.Page()}
	all, err := h.Watch.CustomFilters(q.Ctx(), q.Actor)
	if err != nil {
		return p, err
	}
	p.Show(all)
	p.Hint, err = h.watchHint(q)
	return p, err
}

// readCustom reads a filter as it was typed, and the one that it means; f.Err
// where it means none.
func (h *Handlers) readCustom(q *Request) (f views.CustomForm, c domain.CustomFilter) {
	f = views.CustomForm{
		Act: short(q.PostForm("act"), 20), Kind: short(q.PostForm("kind"), 20),
		Value: short(strings.TrimSpace(q.PostForm("word")), 500), Note: short(q.PostForm("note"), 2000), Now: h.Now(),
	}
	c = domain.CustomFilter{Block: f.Act == views.CustomBlock, Note: f.Note}
	switch {
	case f.Act != views.CustomBlock && f.Act != views.CustomAllow:
		f.Err = domain.E(domain.Invalid, "watch.unknown").On("act")
	case f.Kind == views.CustomSender:
		c.SenderID, f.Err = senderID(f.Value)
	case f.Kind == views.CustomWord:
		c.Word = f.Value
	default:
		f.Err = domain.E(domain.Invalid, "watch.unknown").On("kind")
	}
	return f, c
}

func (h *Handlers) customAdd(q *Request) error {
	f, c := h.readCustom(q)
	if f.Err == nil {
		f.Err = h.Watch.AddCustomFilter(q.Ctx(), q.Actor, c)
	}
	status, again := Form(f.Err)
	if f.Err == nil || !again {
		return q.done(f.Err, "watch.custom_added", q.back(views.TabCustom.URL()))
	}
	return h.customAgain(q, status, f)
}

// customTry says what the filter of the form would have made of the last day,
// and stores nothing.
func (h *Handlers) customTry(q *Request) error {
	f, c := h.readCustom(q)
	if f.Err == nil {
		f.Tried, f.Err = h.whatIf(func() (domain.Changed, error) { return h.Watch.WhatIfCustom(q.Ctx(), q.Actor, c) })
	}
	if f.Err == nil {
		return h.customAgain(q, http.StatusOK, f)
	}
	status, again := Form(f.Err)
	if !again {
		return f.Err
	}
	return h.customAgain(q, status, f)
}

// customAgain shows the form as it was typed.
func (h *Handlers) customAgain(q *Request, status int, f views.CustomForm) error {
	if q.Partial() {
		if f.Tried == nil {
			q.Header("HX-Reswap", "outerMorph show:top") // where it says what is wrong
		}
		return q.Render(status, views.CustomAdd(f))
	}
	p, err := h.customPage(q)
	if err != nil {
		return err
	}
	p.Form, p.URL = f, &url.URL{Path: views.TabCustom.URL()}
	return q.Render(status, views.WatchCustomFilters(p))
}

// senderID is a user's id as it was typed.
func senderID(typed string) (int64, error) {
	id, err := strconv.ParseInt(typed, 10, 64)
	if err != nil || id <= 0 {
		return 0, domain.E(domain.Invalid, "watch.sender_id").On("word")
	}
	return id, nil
}

func (h *Handlers) customRemove(q *Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	return q.done(h.Watch.RemoveCustomFilter(q.Ctx(), q.Actor, id), "watch.custom_removed", q.back(views.TabCustom.URL()))
}

func (h *Handlers) templates(q *Request) error {
	return h.templatesWith(q, http.StatusOK, views.TemplateForm{})
}

func (h *Handlers) templatesWith(q *Request, status int, f views.TemplateForm) error {
	s, err := h.Watch.Settings(q.Ctx(), q.Actor)
	if err != nil {
		return err
	}
	p := views.TemplatesPage{Now: h.Now(), Mode: s.Mode, Form: f}
	p.Form.Now = p.Now
	if p.Hint, err = h.watchHint(q); err != nil {
		return err
	}
	if p.Templates, err = h.Watch.Templates(q.Ctx(), q.Actor); err != nil {
		return err
	}
	return q.Render(status, views.WatchTemplateList(p))
}

func (h *Handlers) templateAdd(q *Request) error {
	f := views.TemplateForm{Text: q.PostForm("text")}
	f.Err = h.Watch.PutTemplate(q.Ctx(), q.Actor, domain.Template{Text: f.Text, Active: true})
	if status, again := Form(f.Err); f.Err != nil && again {
		return h.templatesWith(q, status, f)
	}
	return q.done(f.Err, "watch.template_added", views.TabTemplates.URL())
}

// templateInPath is one of the organization's.
func (h *Handlers) templateInPath(q *Request) (domain.Template, error) {
	id, err := q.ID("id")
	if err != nil {
		return domain.Template{}, err
	}
	return h.Watch.Template(q.Ctx(), q.Actor, id)
}

func (h *Handlers) template(q *Request) error {
	t, err := h.templateInPath(q)
	if err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.WatchTemplateEdit(views.TemplateForm{Template: t, Text: t.Text, Now: h.Now()}))
}

func (h *Handlers) templateSave(q *Request) error {
	t, err := h.templateInPath(q)
	if err != nil {
		return err
	}
	f := views.TemplateForm{Template: t, Text: q.PostForm("text"), Now: h.Now()}
	t.Text = f.Text
	f.Err = h.Watch.PutTemplate(q.Ctx(), q.Actor, t)
	if status, again := Form(f.Err); f.Err != nil && again {
		return q.Render(status, views.WatchTemplateEdit(f))
	}
	return q.done(f.Err, "watch.template_saved", views.TabTemplates.URL())
}

func (h *Handlers) templateSwitch(q *Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	on, err := q.onOff("on")
	if err != nil {
		return err
	}
	key := "watch.template_off"
	if on {
		key = "watch.template_on"
	}
	return q.done(h.Watch.SwitchTemplate(q.Ctx(), q.Actor, id, on), key, views.TabTemplates.URL())
}

// onOff reads a switch: 1 or 0. Anything else is Invalid.
func (q *Request) onOff(field string) (bool, error) {
	switch q.PostForm(field) {
	case "1":
		return true, nil
	case "0":
		return false, nil
	}
	return false, domain.E(domain.Invalid, "watch.unknown").On(field)
}

func (h *Handlers) templateRemove(q *Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	return q.done(h.Watch.RemoveTemplate(q.Ctx(), q.Actor, id), "watch.template_removed", views.TabTemplates.URL())
}
