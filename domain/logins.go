package domain

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Logins runs the wizard that connects accounts. A login lives in this process
// on a client of its own, whatever the browser does; a restart ends it, and the
// person begins again. One user runs at most one login at a time.
type Logins struct {
	Store   LoginStore
	People  People
	Open    func(ctx context.Context) (LoginClient, error)
	OnReady func(Account) // the account can be connected now
	Hub     *Hub
	Now     func() time.Time
	Log     *slog.Logger

	start sync.Mutex // one start at a time, so that a double click asks for one code
	mu    sync.Mutex
	runs  map[int64]*loginRun // by the user who runs it
}

// People is whom an account may belong to, and which one the actor may see.
type People interface {
	Account(ctx context.Context, s Scope, id int64) (Account, error)
	Users(ctx context.Context, s Scope) ([]User, error)
	Departments(ctx context.Context, organizationID int64) ([]Department, error)
}

// loginRun is one login and its client. step is held while Telegram is asked,
// mu while the picture for pages changes.
type loginRun struct {
	step    sync.Mutex
	mu      sync.Mutex
	view    Login
	client  LoginClient
	stop    context.CancelFunc
	ctx     context.Context
	storing bool // under mu: the login succeeded and can no longer be given up
	actor   Actor
	name    string // of the first catalog
}

// LoginOrder is what step one of the wizard asks.
type LoginOrder struct {
	Phone        string
	UserID       int64 // whose number it becomes; 0: a new user's
	DepartmentID int64 // of a new user
	Reconnect    int64 // an account to connect again, or 0
	CatalogName  string
}

// Current is the actor's login, also one that has just ended; false when there
// is none.
func (s *Logins) Current(a Actor) (Login, bool) {
	r := s.run(a)
	if r == nil {
		return Login{}, false
	}
	return r.picture(), true
}

func (s *Logins) run(a Actor) *loginRun {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.runs[a.User.ID]
}

func (r *loginRun) picture() Login {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.view
}

func (r *loginRun) update(f func(*Login)) {
	r.mu.Lock()
	f(&r.view)
	r.mu.Unlock()
}

// Start asks Telegram for a code. The answer comes within a call's deadline:
// step code, or an error that the form shows. Asking again for the phone that
// is under way answers the login under way.
func (s *Logins) Start(ctx context.Context, a Actor, o LoginOrder) (Login, error) {
	ctx = context.WithoutCancel(ctx) // a browser that goes away ends no login
	phone, err := ParsePhone(o.Phone)
	if err != nil {
		return Login{}, err
	}
	if err := s.owner(ctx, a, &o); err != nil {
		return Login{}, err
	}
	r, fresh, err := s.begin(ctx, a, phone, o)
	if err != nil {
		return Login{}, err
	}
	if !fresh {
		return r.picture(), nil
	}
	defer r.step.Unlock()
	code, err := r.client.SendCode(r.ctx, phone)
	if err != nil {
		return s.failed(ctx, r, err)
	}
	r.update(func(l *Login) { l.Step = StepCode; s.codeSent(l, code) })
	return r.picture(), nil
}

// begin answers the login that is under way for this phone, or makes a fresh
// one, whose step is then locked for the caller.
func (s *Logins) begin(ctx context.Context, a Actor, p Phone, o LoginOrder) (r *loginRun, fresh bool, err error) {
	s.start.Lock()
	defer s.start.Unlock()
	if r := s.run(a); r != nil {
		if v := r.picture(); !v.Ended() && v.Phone == p {
			return r, false, nil
		}
	}
	if err := s.admit(ctx, a, p, &o); err != nil {
		return nil, false, err
	}
	life, stop := context.WithTimeout(context.Background(), LoginLife)
	client, err := s.Open(life)
	if err == nil {
		err = s.Store.AddCodeRequest(ctx, a.User.OrganizationID, a.User.ID, p, s.Now().UTC())
	}
	if err != nil {
		stop()
		return nil, false, err
	}
	r = &loginRun{ctx: life, stop: stop, client: client, actor: a, name: o.CatalogName, view: Login{
		ID: NewToken()[:16], Phone: p, UserID: o.UserID, DepartmentID: o.DepartmentID, Reconnect: o.Reconnect,
		Step: StepStarting, TriesLeft: LoginTries, ExpiresAt: s.Now().UTC().Add(LoginLife),
	}}
	r.step.Lock()
	s.Cancel(a) // the login of another phone
	s.mu.Lock()
	if s.runs == nil {
		s.runs = map[int64]*loginRun{}
	}
	s.runs[a.User.ID] = r
	s.mu.Unlock()
	context.AfterFunc(life, func() { s.end(r, E(Invalid, KeyCodeExpired)) })
	return r, true, nil
}

func (s *Logins) codeSent(l *Login, c SentCode) {
	l.Code, l.Err, l.ResendAt = c, nil, time.Time{}
	if c.NextWay != "" {
		l.ResendAt = s.Now().UTC().Add(max(c.NextWait, CodesApart))
	}
}

// Code hands a code over. A wrong one leaves the login where it is, until the
// tries are used up.
func (s *Logins) Code(ctx context.Context, a Actor, code string) (Login, error) {
	digits := onlyDigits(code)
	return s.answer(ctx, a, StepCode, func(r *loginRun) (Profile, error) {
		if n := r.picture().Code.Length; digits == "" || n > 0 && len(digits) != n {
			return Profile{}, E(Invalid, "login.code_length", "Length", n).On("code")
		}
		return r.client.SignIn(r.ctx, digits)
	})
}

// Password hands the 2FA password over, exactly as it was typed.
func (s *Logins) Password(ctx context.Context, a Actor, password string) (Login, error) {
	return s.answer(ctx, a, StepPassword, func(r *loginRun) (Profile, error) {
		if password == "" {
			return Profile{}, E(Invalid, "login.password_empty").On("password")
		}
		return r.client.Password(r.ctx, password)
	})
}

func (s *Logins) answer(ctx context.Context, a Actor, at LoginStep, ask func(*loginRun) (Profile, error)) (Login, error) {
	ctx = context.WithoutCancel(ctx)
	r := s.run(a)
	if r == nil {
		return Login{}, E(Conflict, "login.none")
	}
	r.step.Lock()
	defer r.step.Unlock()
	if v := r.picture(); v.Step != at {
		return v, nil // a second tab: show where the login stands
	}
	p, err := ask(r)
	if err == nil {
		return s.finish(ctx, r, p)
	}
	return s.failed(ctx, r, err)
}

// failed answers where the login stands after an error.
func (s *Logins) failed(ctx context.Context, r *loginRun, err error) (Login, error) {
	err = s.fail(ctx, r, err)
	return r.picture(), err
}

// fail decides what an error of a step means for the login, and answers it.
func (s *Logins) fail(ctx context.Context, r *loginRun, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		s.Log.Warn("login step failed", "err", err)
		e = E(Unavailable, KeyLoginTrouble).Because(err)
	}
	switch e.Key {
	case KeyPasswordNeeded:
		r.update(func(l *Login) {
			l.Step, l.TriesLeft, l.Err = StepPassword, LoginTries, nil
			l.Hint, _ = e.Args["Hint"].(string)
		})
		return nil
	case KeyCodeInvalid, KeyPasswordInvalid:
		left := 0
		r.update(func(l *Login) { l.TriesLeft--; left = l.TriesLeft })
		e = E(Invalid, e.Key, "Left", left).On(map[string]string{KeyCodeInvalid: "code", KeyPasswordInvalid: "password"}[e.Key])
		if left > 0 {
			r.update(func(l *Login) { l.Err = e })
			return e
		}
		e = E(Invalid, "login.tries_used")
	case "login.code_length", "login.password_empty", KeyLoginTimeout:
		if r.picture().Step != StepStarting { // nothing is lost: ask again
			r.update(func(l *Login) { l.Err = e })
			return e
		}
	case KeyLoginFlood:
		until := s.Now().UTC().Add(e.RetryAfter)
		e = E(Limited, KeyLoginFlood, "Until", until).On("phone").After(e.RetryAfter)
		if err := s.Store.RefusePhone(ctx, r.picture().Phone, until); err != nil {
			s.Log.Error("keep a refused phone", "err", err)
		}
	}
	s.end(r, e)
	return e
}

// finish stores what the login has brought. Only here the slot is taken; a
// login that cannot be stored logs out again.
func (s *Logins) finish(ctx context.Context, r *loginRun, p Profile) (Login, error) {
	data, err := r.client.Session(r.ctx)
	if err != nil {
		return s.failed(ctx, r, err)
	}
	r.mu.Lock()
	v := r.view
	r.storing = !v.Ended()
	r.mu.Unlock()
	if v.Ended() {
		return v, E(Conflict, "login.none")
	}
	acc, err := s.Store.ConnectAccount(ctx, NewAccount{
		OrganizationID: r.actor.User.OrganizationID, UserID: v.UserID, DepartmentID: v.DepartmentID,
		Phone: v.Phone, Profile: p, Session: data, Reconnect: v.Reconnect, Catalog: r.name, By: r.actor.User, At: s.Now().UTC(),
	})
	if err != nil {
		r.mu.Lock()
		r.storing = false
		r.mu.Unlock()
		return s.failed(ctx, r, err)
	}
	r.client.Keep()
	r.update(func(l *Login) { l.Step, l.Account, l.Err = StepDone, acc, nil })
	r.stop()
	s.Hub.Changed(acc.OrganizationID)
	s.OnReady(acc)
	return r.picture(), nil
}

// Resend asks Telegram to send the code by the next way it named, when its
// time-out has passed.
func (s *Logins) Resend(ctx context.Context, a Actor) (Login, error) {
	ctx = context.WithoutCancel(ctx)
	r := s.run(a)
	if r == nil {
		return Login{}, E(Conflict, "login.none")
	}
	r.step.Lock()
	defer r.step.Unlock()
	v, now := r.picture(), s.Now().UTC()
	switch {
	case v.Step != StepCode:
		return v, nil
	case v.ResendAt.IsZero():
		return v, E(Conflict, KeyNoMoreWays)
	case v.ResendAt.After(now):
		return v, E(Limited, "login.resend_early", "Until", v.ResendAt).After(v.ResendAt.Sub(now))
	}
	if err := s.Store.AddCodeRequest(ctx, a.User.OrganizationID, a.User.ID, v.Phone, now); err != nil {
		return v, err
	}
	code, err := r.client.ResendCode(r.ctx)
	if IsKey(err, KeyNoMoreWays) {
		r.update(func(l *Login) { l.ResendAt = time.Time{} })
		return r.picture(), err
	}
	if err != nil {
		return s.failed(ctx, r, err)
	}
	r.update(func(l *Login) { s.codeSent(l, code) })
	return r.picture(), nil
}

// Cancel ends the actor's login and forgets it.
func (s *Logins) Cancel(a Actor) {
	s.mu.Lock()
	r := s.runs[a.User.ID]
	delete(s.runs, a.User.ID)
	s.mu.Unlock()
	if r != nil {
		s.end(r, nil)
	}
}

// EndOf ends the login that a user runs, who may run none any more.
func (s *Logins) EndOf(userID int64) { s.Cancel(Actor{User: User{ID: userID}}) }

// Close ends all logins, at shutdown.
func (s *Logins) Close() {
	s.mu.Lock()
	runs := s.runs
	s.runs = nil
	s.mu.Unlock()
	for _, r := range runs {
		s.end(r, nil)
	}
}

func (s *Logins) end(r *loginRun, why *Error) {
	r.mu.Lock()
	if r.storing && !r.view.Ended() {
		r.mu.Unlock()
		return
	}
	ended := r.view.Ended()
	if !ended {
		r.view.Step, r.view.Err = StepFailed, why
	}
	r.mu.Unlock()
	r.stop()
	if !ended {
		r.client.Close()
	}
}

func onlyDigits(s string) string {
	var b []rune
	for _, r := range s {
		if r >= '0' && r <= '9' {
			b = append(b, r)
		}
	}
	return string(b)
}
