package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
)

// sessionCookie carries the token. Behind https its name makes browsers insist
// on Secure, on this host and on the whole path.
func (h *Handlers) sessionCookie() string {
	if h.Secure {
		return "__Host-postix"
	}
	return "postix"
}

func (q *Request) token() string {
	t, _ := q.Cookie(q.h.sessionCookie()) // "" when there is none
	return t
}

func (h *Handlers) signInPage(q *Request) error {
	if q.Actor.User.ID != 0 {
		return q.Go("/")
	}
	return q.Render(http.StatusOK, views.SignIn(views.SignInForm{Next: ours(q.Query("next"))}))
}

func (h *Handlers) signIn(q *Request) error {
	form := q.Context.Request.PostForm
	f := views.SignInForm{Email: form.Get("email"), Next: ours(form.Get("next"))}
	token, err := h.SignIns.SignIn(q.Ctx(), f.Email, form.Get("password"), q.ClientIP(), short(q.GetHeader("User-Agent"), 200))
	if domain.IsCode(err, domain.Unauthorized) || domain.IsCode(err, domain.Limited) || domain.IsCode(err, domain.Forbidden) {
		f.Error, f.Blocked, f.Reason = locale.Error(inHisZone(q.Ctx(), err), err), domain.IsCode(err, domain.Forbidden), blockReason(err)
		q.retryAfter(err)
		return q.Render(status(err), views.SignIn(f))
	}
	if err != nil {
		return err
	}
	if old := q.token(); old != "" {
		if err := h.SignIns.SignOut(q.Ctx(), old); err != nil {
			return err
		}
	}
	q.cookie(h.sessionCookie(), token, int(domain.SessionLife.Seconds()))
	return q.Go(f.Next)
}

// inHisZone is where a time that the error tells is written: nobody is signed in
// yet, whose zone the page would know.
func inHisZone(ctx context.Context, err error) context.Context {
	var e *domain.Error
	if !errors.As(err, &e) {
		return ctx
	}
	if until, ok := e.Args["Until"].(time.Time); ok {
		return locale.With(ctx, locale.Lang(ctx), until.Location())
	}
	return ctx
}

// blockReason is why the error says that somebody is blocked, or "".
func blockReason(err error) string {
	var e *domain.Error
	if !errors.As(err, &e) {
		return ""
	}
	why, _ := e.Args["Reason"].(string)
	return why
}

func (h *Handlers) signOut(q *Request) error {
	if t := q.token(); t != "" {
		if err := h.SignIns.SignOut(q.Ctx(), t); err != nil {
			return err
		}
	}
	q.cookie(h.sessionCookie(), "", -1)
	h.Hub.Changed(q.Actor.User.OrganizationID) // live pages look who is asking, and end
	return q.Go("/signin")
}

// askSignIn sends somebody whose session is over to the sign-in page, and back
// afterwards.
func (h *Handlers) askSignIn(q *Request) {
	to := "/signin"
	if r := q.Context.Request; r.Method == http.MethodGet && r.URL.Path != "/" && !strings.HasSuffix(r.URL.Path, "/live") {
		to += "?next=" + url.QueryEscape(r.URL.RequestURI())
	}
	if err := q.Go(to); err != nil {
		h.Log.Error("redirect to sign-in", "err", err)
	}
}

// ours is a path of the panel itself, or "/".
func ours(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, "\\") {
		return "/"
	}
	return next
}

func short(s string, n int) string {
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}
