package handlers

import (
	"net/http"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
	"postix/views/ui"
)

func meRoutes() []Route {
	at := string(views.NavMe)
	return []Route{
		get(views.SignInCodeURL, SignedIn, (*Handlers).signInCode).early(),
		post(views.SignInCodeURL, SignedIn, (*Handlers).signInVerify).early(),
		get(views.SignInPasswordURL, SignedIn, (*Handlers).signInPassword).early(),
		post(views.SignInPasswordURL, SignedIn, (*Handlers).signInNewPassword).early(),
		get(views.SignInTOTPURL, SignedIn, (*Handlers).signInTOTP).early(),
		post(views.SignInTOTPURL, SignedIn, (*Handlers).signInStartTOTP).early(),
		get(at, SignedIn, (*Handlers).me),
		post(views.LanguageURL, SignedIn, (*Handlers).meLanguage),
		post(at+"/details", SignedIn, (*Handlers).meDetails),
		post(at+"/preferences", SignedIn, (*Handlers).mePreferences),
		post(at+"/password", SignedIn, (*Handlers).mePassword),
		post(at+"/totp", SignedIn, (*Handlers).meTOTP),
		post(at+"/totp/start", SignedIn, (*Handlers).meStartTOTP),
		post(at+"/totp/stop", SignedIn, (*Handlers).meStopTOTP),
		post(at+"/totp/codes", SignedIn, (*Handlers).meNewCodes),
		post(at+"/sessions/:session/end", SignedIn, (*Handlers).meEndSession),
		post(at+"/sessions/end-others", SignedIn, (*Handlers).meEndOthers),
	}
}

// needs leads somebody who is not all the way in to what is left for him.
var needs = map[domain.SignInNeed]string{
	domain.NeedCode: views.SignInCodeURL, domain.NeedPassword: views.SignInPasswordURL, domain.NeedTOTP: views.SignInTOTPURL,
}

// onlyFor sends on who does not need this step.
func (q *Request) onlyFor(n domain.SignInNeed) (sentOn bool, err error) {
	if q.Actor.Needs(q.h.ForceTOTP) == n {
		return false, nil
	}
	return true, q.Go("/")
}

func (h *Handlers) signInCode(q *Request) error {
	if on, err := q.onlyFor(domain.NeedCode); on {
		return err
	}
	return q.Render(http.StatusOK, views.SignInCode(views.SignInForm{Next: ours(q.Query("next"))}))
}

func (h *Handlers) signInVerify(q *Request) error {
	if on, err := q.onlyFor(domain.NeedCode); on {
		return err
	}
	f := views.SignInForm{Next: ours(q.PostForm("next"))}
	err := h.Security.Verify(q.Ctx(), q.Actor, q.token(), short(q.PostForm("code"), 40))
	if domain.IsCode(err, domain.Unauthorized) || domain.IsCode(err, domain.Limited) {
		f.Error = locale.Error(q.Ctx(), err)
		q.retryAfter(err)
		return q.Render(status(err), views.SignInCode(f))
	}
	if err != nil {
		return err
	}
	return q.Go(f.Next)
}

func (h *Handlers) signInPassword(q *Request) error {
	if on, err := q.onlyFor(domain.NeedPassword); on {
		return err
	}
	return q.Render(http.StatusOK, views.SignInPassword(nil))
}

func (h *Handlers) signInNewPassword(q *Request) error {
	if on, err := q.onlyFor(domain.NeedPassword); on {
		return err
	}
	err := h.changePassword(q)
	if s, again := Form(err); err != nil && again {
		return q.Render(s, views.SignInPassword(err))
	}
	return q.done(err, "me.password", string(views.NavCampaigns))
}

func (h *Handlers) changePassword(q *Request) error {
	return h.Security.ChangePassword(q.Ctx(), q.Actor, q.token(), domain.PasswordChange{Current: q.PostForm("current"), New: q.PostForm("password")})
}

func (h *Handlers) signInTOTP(q *Request) (err error) {
	if on, err := q.onlyFor(domain.NeedTOTP); on {
		return err
	}
	var p views.TOTPPage
	if p.Secret, p.URI, err = h.Security.NewTOTP(q.Actor); err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.SignInTOTP(p))
}

func (h *Handlers) signInStartTOTP(q *Request) error {
	if q.Actor.User.TOTP {
		return q.alreadyOn()
	}
	if on, err := q.onlyFor(domain.NeedTOTP); on {
		return err
	}
	codes, p, err := h.startTOTP(q)
	if domain.IsCode(err, domain.Conflict) {
		return q.alreadyOn()
	}
	if s, again := Form(err); err != nil && again {
		return q.Render(s, views.SignInTOTP(p))
	}
	if err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.SignInRecovery(codes))
}

// alreadyOn leads to where new recovery codes are made: a form that was sent twice
// is answered here the second time, and the codes of the first were not seen.
func (q *Request) alreadyOn() error {
	q.Flash(ui.Warn, "totp.on")
	return q.Go(string(views.NavMe))
}

func (h *Handlers) startTOTP(q *Request) (codes []string, p views.TOTPPage, err error) {
	p = h.typedTOTP(q)
	codes, p.Err = h.Security.StartTOTP(q.Ctx(), q.Actor, q.token(), domain.TOTPStart{Secret: p.Secret, Code: q.PostForm("code")})
	return codes, p, p.Err
}

// typedTOTP is the secret that the form brings back.
func (h *Handlers) typedTOTP(q *Request) (p views.TOTPPage) {
	p.Secret = short(q.PostForm("secret"), 100)
	p.URI = h.Security.URI(q.Actor, p.Secret)
	return p
}

// mePage is the page with all that stands on it.
func (h *Handlers) mePage(q *Request, status int, p views.MePage) (err error) {
	p.User, p.Now, p.Forced = q.Actor.User, h.Now(), h.ForceTOTP && q.Actor.User.Role == domain.RoleAdmin
	p.Here = domain.Session{Hash: domain.TokenHash(q.token())}.ID()
	if p.Sessions, err = h.Security.Sessions(q.Ctx(), q.Actor); err != nil {
		return err
	}
	if p.Recovery, err = h.Security.RecoveryCodes(q.Ctx(), q.Actor); err != nil {
		return err
	}
	if p.PreferencesErr == nil {
		p.Lang, p.Zone = locale.Lang(q.Ctx()), q.Actor.User.Zone
	}
	if p.SelfErr == nil {
		p.Self = views.TypedSelf(q.Actor.User)
	}
	p.Organization = q.Actor.Organization
	return q.Render(status, views.Me(p))
}

func (h *Handlers) me(q *Request) error { return h.mePage(q, http.StatusOK, views.MePage{}) }

// meDetails changes one's own name, e-mail and Telegram ID. By the latter two one
// gets in: they take the password, and another e-mail ends the other sessions.
func (h *Handlers) meDetails(q *Request) error {
	f, n := readSelf(q)
	u := q.Actor.User
	var err error
	if n.Email != u.Email || n.TelegramID != u.TelegramID {
		err = h.Security.CheckPassword(q.Ctx(), q.Actor, q.PostForm("own_password"), "own_password")
	}
	if err == nil {
		err = h.Users.EditSelf(q.Ctx(), q.Actor, n)
	}
	if s, again := Form(err); err != nil && again {
		q.retryAfter(err)
		return h.mePage(q, s, views.MePage{Self: f, SelfErr: err})
	}
	if err == nil && n.Email != u.Email {
		_, err = h.Security.EndOtherSessions(q.Ctx(), q.Actor, q.token())
	}
	return q.done(err, "user.saved", string(views.NavMe))
}

// readSelf reads by what a person is known, as it was typed and what it means.
func readSelf(q *Request) (views.SelfForm, domain.NewUser) {
	f, n := readUser(q)
	return views.SelfForm{Name: f.Name, Email: f.Email, TelegramID: f.TelegramID}, n
}

func (h *Handlers) mePassword(q *Request) error {
	err := h.changePassword(q)
	if s, again := Form(err); err != nil && again {
		return h.mePage(q, s, views.MePage{PasswordErr: err})
	}
	return q.done(err, "me.password", string(views.NavMe))
}

func (h *Handlers) meTOTP(q *Request) (err error) {
	var p views.TOTPPage
	if p.Secret, p.URI, err = h.Security.NewTOTP(q.Actor); err != nil {
		return q.done(err, "", string(views.NavMe))
	}
	return h.mePage(q, http.StatusOK, views.MePage{TOTP: p})
}

// meStartTOTP asks for the password: whoever sits down at an open browser must not
// lock its owner out.
func (h *Handlers) meStartTOTP(q *Request) error {
	var codes []string
	var p views.TOTPPage
	if q.Actor.User.TOTP {
		return q.alreadyOn()
	}
	err := h.Security.CheckPassword(q.Ctx(), q.Actor, q.PostForm("totp_password"), "totp_password")
	if err == nil {
		codes, p, err = h.startTOTP(q)
	} else {
		p = h.typedTOTP(q)
		p.Err = err
	}
	if domain.IsCode(err, domain.Conflict) {
		return q.alreadyOn()
	}
	if s, again := Form(err); err != nil && again {
		return h.mePage(q, s, views.MePage{TOTP: p})
	}
	if err != nil {
		return err
	}
	return h.mePage(q, http.StatusOK, views.MePage{Codes: codes})
}

func (h *Handlers) meStopTOTP(q *Request) error {
	if h.ForceTOTP && q.Actor.User.Role == domain.RoleAdmin {
		return domain.E(domain.Forbidden, "totp.forced")
	}
	err := h.Security.StopTOTP(q.Ctx(), q.Actor, q.PostForm("totp_password"))
	if s, again := Form(err); err != nil && again {
		return h.mePage(q, s, views.MePage{TOTP: views.TOTPPage{Err: err}})
	}
	return q.done(err, "totp.off", string(views.NavMe))
}

// meNewCodes shows new recovery codes, once. Of a form that was sent twice the
// second is refused, since the first has made other codes.
func (h *Handlers) meNewCodes(q *Request) error {
	codes, err := h.Security.NewRecoveryCodes(q.Ctx(), q.Actor, q.FormInt64("set"), q.PostForm("codes_password"))
	if s, again := Form(err); err != nil && again {
		return h.mePage(q, s, views.MePage{CodesErr: err})
	}
	if err != nil {
		return err
	}
	return h.mePage(q, http.StatusOK, views.MePage{Codes: codes})
}

// meLanguage keeps a language that was chosen on any page, and goes back there.
func (h *Handlers) meLanguage(q *Request) error {
	err := h.prefer(q, q.PostForm("lang"), q.Actor.User.Zone)
	if err != nil {
		return err
	}
	return q.Go(ours(q.PostForm("next")))
}

func (h *Handlers) mePreferences(q *Request) error {
	p := views.MePage{Lang: short(q.PostForm("lang"), 20), Zone: short(q.PostForm("zone"), 100)}
	p.PreferencesErr = h.prefer(q, p.Lang, p.Zone)
	if s, again := Form(p.PreferencesErr); p.PreferencesErr != nil && again {
		return h.mePage(q, s, p)
	}
	return q.done(p.PreferencesErr, "me.preferences", string(views.NavMe))
}

// prefer keeps language and zone with the user, and the language in this browser
// too, for the pages before he signs in.
func (h *Handlers) prefer(q *Request, lang, zone string) error {
	if !locale.Known(lang) {
		return domain.E(domain.Invalid, "me.lang").On("lang")
	}
	if err := h.Security.Prefer(q.Ctx(), q.Actor, lang, zone); err != nil {
		return err
	}
	q.cookie(langCookie, lang, langAge)
	return nil
}

func (h *Handlers) meEndSession(q *Request) error {
	return q.done(h.Security.EndSession(q.Ctx(), q.Actor, q.Param("session")), "me.ended", string(views.NavMe))
}

func (h *Handlers) meEndOthers(q *Request) error {
	_, err := h.Security.EndOtherSessions(q.Ctx(), q.Actor, q.token())
	return q.done(err, "me.ended", string(views.NavMe))
}
