package handlers

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
	"postix/views/ui"
)

// Request is one request of somebody who may make it. Its context carries
// language, zone and viewer.
type Request struct {
	*gin.Context
	Actor domain.Actor
	h     *Handlers
	route Route
	made  func() // called when the answer is made, and may take as long as its reader
}

// Ctx is the request's own context; gin's is another.
func (q *Request) Ctx() context.Context { return q.Context.Request.Context() }

// Partial reports whether htmx asks for a fragment and not for a page.
func (q *Request) Partial() bool {
	head := q.Context.Request.Header
	return head.Get("HX-Request") == "true" && head.Get("HX-Boosted") == "" && head.Get("HX-History-Restore-Request") == ""
}

// ID is a positive id in the path; what is not one is missing.
func (q *Request) ID(param string) (int64, error) {
	n, err := strconv.ParseInt(q.Param(param), 10, 64)
	if err != nil || n <= 0 {
		return 0, domain.Missing("page.missing")
	}
	return n, nil
}

// FormID is a positive id in a form or query, or 0.
func (q *Request) FormID(name string) int64 { return max(0, q.FormInt64(name)) }

// FormInt64 is a number in a form or query, or 0.
func (q *Request) FormInt64(name string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSpace(q.Context.Request.FormValue(name)), 10, 64) // 0 is the answer for nonsense
	return n
}

// words are what the query searches for.
func (q *Request) words(name string) string { return short(strings.TrimSpace(q.Query(name)), 200) }

// Page is a page number from 1 in the query.
func (q *Request) Page() int { return max(1, int(min(q.FormInt64("page"), 1<<20))) }

// Render answers with a component, rendered whole before the first byte leaves.
func (q *Request) Render(status int, c templ.Component) error {
	var b bytes.Buffer
	if err := c.Render(q.Ctx(), &b); err != nil {
		return err
	}
	q.made()
	q.Header("Vary", "HX-Request, Cookie")
	q.Data(status, "text/html; charset=utf-8", b.Bytes())
	return nil
}

// Seg renders the fragment for htmx and the whole page otherwise; both are the
// same content, so forms work without JavaScript too.
func (q *Request) Seg(status int, fragment, page templ.Component) error {
	if q.Partial() {
		return q.Render(status, fragment)
	}
	return q.Render(status, page)
}

// Go sends the browser on after a successful POST, htmx or not.
func (q *Request) Go(to string) error {
	if q.Partial() {
		q.Header("HX-Redirect", to)
		q.Status(http.StatusNoContent)
		q.Writer.WriteHeaderNow()
		return nil
	}
	q.Redirect(http.StatusSeeOther, to)
	return nil
}

const flashCookie = "flash"

// Flash shows a sentence on the next page. key is in the catalogues, below
// "flash.".
func (q *Request) Flash(tone ui.Tone, key string) {
	q.cookie(flashCookie, url.QueryEscape(string(tone)+" "+key), 60)
}

// flashKey is the key of a refusal that the catalogues have a sentence for below
// "flash.": one that the next page can say.
func flashKey(err error) (string, bool) {
	var e *domain.Error
	if !errors.As(err, &e) || e.Code == domain.NotFound {
		return "", false
	}
	return e.Key, locale.Has("flash." + e.Key)
}

// readFlash takes the sentence that the last act left, once.
func (q *Request) readFlash(ctx context.Context) *views.Flash {
	v, err := q.Cookie(flashCookie)
	if err != nil || q.Context.Request.Method != http.MethodGet || q.Partial() {
		return nil
	}
	v, _ = url.QueryUnescape(v)
	tone, key, ok := strings.Cut(v, " ")
	if key = "flash." + key; !ok || !locale.Has(key) {
		return nil
	}
	q.cookie(flashCookie, "", -1)
	return &views.Flash{Tone: ui.Tone(tone), Text: locale.T(ctx, key)}
}

func (q *Request) cookie(name, value string, maxAge int) {
	http.SetCookie(q.Writer, &http.Cookie{ //nolint:gosec // Secure wherever the panel is reached by https
		Name: name, Value: value, Path: "/", MaxAge: maxAge,
		Secure: q.h.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// statuses is the one table from a refusal to HTTP.
var statuses = map[domain.Code]int{
	domain.Invalid:      http.StatusUnprocessableEntity,
	domain.Unauthorized: http.StatusUnauthorized,
	domain.Forbidden:    http.StatusForbidden,
	domain.NotFound:     http.StatusNotFound,
	domain.Conflict:     http.StatusConflict,
	domain.Limited:      http.StatusTooManyRequests,
	domain.Unavailable:  http.StatusServiceUnavailable,
}

// status is the HTTP status of an error, 500 for what nobody foresaw.
func status(err error) int {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return http.StatusRequestEntityTooLarge
	}
	var e *domain.Error
	if errors.As(err, &e) {
		if s, ok := statuses[e.Code]; ok {
			return s
		}
	}
	return http.StatusInternalServerError
}

// Form reports whether err is something that the form it came from should show
// again, with the status to do so: wrong input, a conflict, too early, or
// Telegram not answering.
func Form(err error) (int, bool) {
	switch s := status(err); s {
	case http.StatusUnprocessableEntity, http.StatusConflict, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return s, true
	default:
		return s, false
	}
}

// retryAfter tells the browser when to ask again, in whole seconds, if err says.
func (q *Request) retryAfter(err error) {
	var e *domain.Error
	if errors.As(err, &e) && e.RetryAfter > 0 {
		q.Header("Retry-After", strconv.Itoa(int((e.RetryAfter+time.Second-1)/time.Second)))
	}
}

// fail answers an error that no form shows.
func (h *Handlers) fail(q *Request, err error) {
	if q.Ctx().Err() != nil || q.Writer.Written() {
		h.Log.Debug("request ended", "path", q.FullPath(), "err", err)
		return
	}
	s := status(err)
	p := views.Problem{Status: s}
	var e *domain.Error
	switch {
	case s == http.StatusUnauthorized:
		h.askSignIn(q)
		return
	case s == http.StatusInternalServerError:
		p.ID = domain.NewToken()[:8]
		h.Log.Error("request failed", "id", p.ID, "method", q.Context.Request.Method, "path", q.FullPath(), "err", err)
	case s != http.StatusNotFound && errors.As(err, &e): // foreign and missing look alike
		p.Text = locale.Error(q.Ctx(), err)
	}
	q.retryAfter(err)
	c := views.ErrorPage(p)
	if q.Partial() {
		text := p.Text
		if text == "" {
			text = locale.T(q.Ctx(), "error.unexpected")
		}
		q.Header("HX-Retarget", "#toasts")
		q.Header("HX-Reswap", "beforeend")
		c = ui.Toast(ui.Bad, text)
	}
	if err := q.Render(s, c); err != nil {
		h.Log.Error("render an error page", "err", err)
		q.Status(http.StatusInternalServerError)
	}
}
