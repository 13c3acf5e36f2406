package handlers

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"postix/domain"
	"postix/domain/filter"
	"postix/views"
	"postix/views/locale"
	"postix/views/ui"
)

// keywordList is the list that a form names, which may be none: the service
// refuses it then.
func (q *Request) keywordList() domain.KeywordList {
	return domain.KeywordList(q.Context.Request.FormValue("list"))
}

// shownList is the list that a page shows, the places where none is named.
func (q *Request) shownList() domain.KeywordList {
	if l := q.keywordList(); slices.Contains(domain.KeywordLists, l) {
		return l
	}
	return domain.PlacesAbroad
}

func (h *Handlers) keywordsPage(q *Request) (p views.KeywordsPage, err error) {
	p = views.KeywordsPage{
		List: q.shownList(), Kind: views.KeywordKind(q.Query("kind")), Search: q.words("search"),
		Page: q.Page(), URL: q.Context.Request.URL,
	}
	s, err := h.Watch.Settings(q.Ctx(), q.Actor)
	if err == nil {
		p.Show(s.Keywords, locale.Lang(q.Ctx()))
	}
	return p, err
}

func (h *Handlers) keywords(q *Request) error {
	p, err := h.keywordsPage(q)
	if err != nil {
		return err
	}
	return q.Seg(http.StatusOK, views.KeywordWords(p), views.WatchKeywordLists(p))
}

// keywordsAgain shows the page with what was refused, and what was typed.
func (h *Handlers) keywordsAgain(q *Request, why error, done domain.AddedKeywords, typed string) error {
	status, again := Form(why)
	if !again {
		return why
	}
	p, err := h.keywordsPage(q)
	if err != nil {
		return err
	}
	p.Err, p.Done, p.Typed, p.URL = why, done, typed, keywordsAt(p.List)
	return q.Render(status, views.WatchKeywordLists(p))
}

// keywordsAdd adds the words that were typed. Those that are refused stay in the
// field.
func (h *Handlers) keywordsAdd(q *Request) error {
	typed := q.PostForm("words")
	done, err := h.Watch.AddKeywords(q.Ctx(), q.Actor, q.keywordList(), typed)
	switch {
	case err != nil:
		return h.keywordsAgain(q, err, domain.AddedKeywords{}, typed)
	case len(done.Refused) > 0:
		words := make([]string, len(done.Refused))
		for i, r := range done.Refused {
			words[i] = r.Word
		}
		return h.keywordsAgain(q, domain.E(domain.Invalid, "watch.keywords_refused").On("words"), done, strings.Join(words, "\n"))
	case done.Added == 0:
		q.Flash(ui.Info, "watch.keywords_had")
		return q.Go(keywordsAt(q.keywordList()).RequestURI())
	}
	return q.done(nil, "watch.keywords_added", keywordsAt(q.keywordList()).RequestURI())
}

// keywordsTicked acts on the words of a page that are ticked.
func (h *Handlers) keywordsTicked(q *Request, key string, act func(words []string) error) error {
	to := q.back(keywordsAt(q.shownList()).RequestURI())
	words := q.Context.Request.PostForm["words"]
	if len(words) == 0 {
		q.Flash(ui.Warn, "watch.keywords_none")
		return q.Go(to)
	}
	return q.done(act(words), key, to)
}

func (h *Handlers) keywordsRemove(q *Request) error {
	return h.keywordsTicked(q, "watch.keywords_removed", func(words []string) error {
		return h.Watch.RemoveKeywords(q.Ctx(), q.Actor, q.keywordList(), words)
	})
}

func (h *Handlers) keywordsReturn(q *Request) error {
	return h.keywordsTicked(q, "watch.keywords_returned", func(words []string) error {
		return h.Watch.ReturnKeywords(q.Ctx(), q.Actor, q.keywordList(), words)
	})
}

// keywordsRestore makes the list that the form names the built-in one, all
// where it names none.
func (h *Handlers) keywordsRestore(q *Request) error {
	lists := domain.KeywordLists
	if q.PostForm("list") != "" {
		lists = []domain.KeywordList{q.keywordList()}
	}
	err := h.Watch.RestoreKeywords(q.Ctx(), q.Actor, lists...)
	return q.done(err, "watch.keywords_restored", keywordsAt(q.shownList()).RequestURI())
}

// keywordsImport takes the lists of a file over, or says what is wrong with it.
func (h *Handlers) keywordsImport(q *Request) error {
	file, err := q.upload("file")
	if err == nil {
		err = h.Watch.ImportKeywords(q.Ctx(), q.Actor, file)
	}
	if err != nil {
		return h.keywordsAgain(q, err, domain.AddedKeywords{}, "")
	}
	return q.done(nil, "watch.keywords_imported", keywordsAt(q.shownList()).RequestURI())
}

// upload reads a file that was sent; Invalid on its field.
func (q *Request) upload(field string) ([]byte, error) {
	f, _, err := q.Context.Request.FormFile(field)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large): // not its cause: that is answered by itself
		return nil, domain.E(domain.Invalid, "watch.file_large", "Most", filter.MaxKeywordsFile>>10).On(field)
	case err != nil:
		return nil, domain.E(domain.Invalid, "watch.file_none").On(field).Because(err)
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(f) // the body is bounded
}

func (h *Handlers) keywordsExport(q *Request) error {
	s, err := h.Watch.Settings(q.Ctx(), q.Actor)
	if err != nil {
		return err
	}
	if err := q.exported(views.KeywordsFile); err != nil {
		return err
	}
	q.Header("Content-Disposition", `attachment; filename="`+views.KeywordsFile+`"`)
	q.Data(http.StatusOK, "application/json; charset=utf-8", s.Keywords.JSON())
	return nil
}
