package views

import (
	"context"
	"slices"
	"strings"
	"time"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// LoginURL is the address of the wizard that connects accounts; its steps are
// sent to addresses below it.
const LoginURL = "/admin/new-telegram-users"

// LoginForm is the first step as it was filled in.
type LoginForm struct {
	Phone        string
	UserID       int64 // whose number it is; 0: a new user's
	DepartmentID int64
	Again        bool // an account is connected again: its user stays
}

// LoginPage is the wizard at one of its steps; the zero step is the first.
type LoginPage struct {
	Now         time.Time
	Login       domain.Login
	Form        LoginForm
	Users       []domain.User
	Departments []domain.Department
	MayChoose   bool   // whose number it is
	MayPlace    bool   // the department of a new user
	Places      Places // of numbers
	Err         error
	Before      error          // why the try before this one has failed
	Account     AccountNow     // what a finished login has brought
	Catalog     domain.Catalog // its user's newest one, the zero Catalog when there is none
}

// readingFor is how long after a login the dialogs may be on their way although
// nobody is seen reading them yet.
const readingFor = 15 * time.Second

// reading reports whether the dialogs of the new account are still to come.
func (p LoginPage) reading() bool {
	return p.Account.Reading || p.Account.DialogsAt.IsZero() && p.Now.Sub(p.Account.ConnectedAt) < readingFor
}

// poll is how often the page asks for its own next state, "" for never.
func (p LoginPage) poll() string {
	if p.Login.Step == domain.StepStarting || p.Login.Step == domain.StepDone && p.reading() {
		return "every 1s"
	}
	return ""
}

// steps are the names of the wizard's steps and the one it is at, counted from 0.
// The password is a step only for a number that has one.
func (p LoginPage) steps(ctx context.Context) (names []string, at int) {
	names = []string{locale.T(ctx, "login.step.phone"), locale.T(ctx, "login.step.code"), locale.T(ctx, "login.step.done")}
	switch p.Login.Step {
	case domain.StepCode:
		return names, 1
	case domain.StepPassword:
		return slices.Insert(names, 2, locale.T(ctx, "login.step.password")), 2
	case domain.StepDone:
		return names, len(names)
	}
	return names, 0
}

func (p LoginPage) fieldError(ctx context.Context, field string) string {
	if p.Err == nil {
		return ""
	}
	return locale.FieldError(ctx, p.Err, field)
}

// user is a user by id, the zero User when he is not among those to choose from.
func (p LoginPage) user(id int64) domain.User {
	for _, u := range p.Users {
		if u.ID == id {
			return u
		}
	}
	return domain.User{}
}

// department is the name of a user's department, or "".
func (p LoginPage) department(userID int64) string {
	id := p.user(userID).DepartmentID
	for _, d := range p.Departments {
		if d.ID == id {
			return d.Name
		}
	}
	return ""
}

func (p LoginPage) userChoices(ctx context.Context) []ui.Option {
	out := []ui.Option{{Value: "0", Label: locale.T(ctx, "login.new_user")}}
	for _, u := range p.Users {
		label := ui.Visible(u.Name)
		if d := p.department(u.ID); d != "" {
			label += " · " + ui.Visible(d)
		}
		out = append(out, ui.Option{Value: itoa(u.ID), Label: label})
	}
	return out
}

func (p LoginPage) departmentChoices(ctx context.Context) []ui.Option {
	out := []ui.Option{{Value: "0", Label: locale.T(ctx, "login.no_department")}}
	for _, d := range p.Departments {
		out = append(out, ui.Option{Value: itoa(d.ID), Label: ui.Visible(d.Name)})
	}
	return out
}

// catalogNextURL is where a new account's chats are chosen from.
func (p LoginPage) catalogNextURL() string {
	if p.Catalog.ID == 0 {
		return string(NavCatalogs)
	}
	return PickerURL(p.Catalog.ID, p.Account.ID)
}

// nextTry is when a code may be asked for again at the earliest after a login
// that has failed, the zero time when that has come, the error says it, or it would be
// of no use.
func (p LoginPage) nextTry() time.Time {
	at := p.Login.ExpiresAt.Add(domain.CodesApart - domain.LoginLife)
	if p.Login.Step != "" || p.Login.ID == "" || !at.After(p.Now) || domain.IsCode(p.Err, domain.Limited) || fullLimit(p.Err) != "" {
		return time.Time{}
	}
	return at
}

// nextKind is how the way to the chats looks: a number that is connected again
// has its chats and goes back to its campaigns first.
func (p LoginPage) nextKind() ui.Kind {
	if p.Login.Reconnect != 0 {
		return ui.Plain
	}
	return ui.Primary
}

// codeHint says how long the code is, unless the error does, and how many tries
// there are.
func (p LoginPage) codeHint(ctx context.Context) string {
	if p.Login.Code.Length == 0 || domain.IsKey(p.Err, "login.code_length") {
		return p.triesHint(ctx)
	}
	return strings.TrimSpace(locale.N(ctx, "login.code.length", p.Login.Code.Length) + " " + p.triesHint(ctx))
}

// triesHint says how many tries there are; after a wrong one the error does.
func (p LoginPage) triesHint(ctx context.Context) string {
	if domain.IsKey(p.Err, domain.KeyCodeInvalid) || domain.IsKey(p.Err, domain.KeyPasswordInvalid) {
		return ""
	}
	return locale.N(ctx, "login.tries", p.Login.TriesLeft)
}
