package domain_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"postix/db"
	"postix/domain"
)

// scripted is a Telegram that answers the steps of a login from a script.
type scripted struct {
	mu     sync.Mutex
	asked  []string // what it was asked, in order
	code   error
	signIn []error // one for each try; nil signs in
	pass   []error
	began  chan struct{} // closed when a code is asked for, when it is not nil
	hold   chan struct{} // and the answer waits for this one
	closed bool
	id     int64 // added to the Telegram id
}

func (s *scripted) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, what)
}

func (s *scripted) SendCode(_ context.Context, p domain.Phone) (domain.SentCode, error) {
	s.note("send " + string(p))
	if s.hold != nil {
		close(s.began)
		<-s.hold
	}
	return domain.SentCode{Way: domain.WayApp, Length: 5, NextWay: domain.WaySMS, NextWait: 2 * time.Minute}, s.code
}

func (s *scripted) ResendCode(context.Context) (domain.SentCode, error) {
	s.note("resend")
	return domain.SentCode{Way: domain.WaySMS, Length: 6}, nil
}

func (s *scripted) SignIn(_ context.Context, code string) (domain.Profile, error) {
	s.note("code " + code)
	return s.next(&s.signIn)
}

func (s *scripted) Password(_ context.Context, p string) (domain.Profile, error) {
	s.note("password " + p)
	return s.next(&s.pass)
}

func (s *scripted) next(script *[]error) (domain.Profile, error) {
	err := (*script)[0]
	*script = (*script)[1:]
	return domain.Profile{TelegramID: 77 + s.id, FirstName: "Dilnoza", LastName: "Karimova"}, err
}

func (s *scripted) Session(context.Context) ([]byte, error) { return []byte("session"), nil }

func (s *scripted) Keep() { s.note("keep") }

func (s *scripted) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

// desk is one organization on a real database, with a login wizard whose
// Telegram is scripted and whose clock is set by hand.
type desk struct {
	*domain.Logins
	store  *db.Store
	owner  domain.Actor
	other  domain.Actor // owner of another organization
	member domain.Actor
	now    time.Time
	tg     *scripted
	opened int
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	ctx := t.Context()
	d := &desk{now: noon, tg: &scripted{}}
	clock := func() time.Time { return d.now }
	store, err := db.Open(ctx, db.Options{Path: filepath.Join(t.TempDir(), "postix.db"), Key: make([]byte, 32), Logger: slog.New(slog.DiscardHandler), Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	d.store = store
	actor := func(org domain.Organization, r domain.Role, email string) domain.Actor {
		u, err := store.CreateUser(ctx, domain.User{OrganizationID: org.ID, Role: r, Name: email, Email: email, CreatedAt: noon}, "")
		if err != nil {
			t.Fatal(err)
		}
		return domain.Actor{User: u, Organization: org}
	}
	org := func(name string, limit int) domain.Organization {
		o, err := store.CreateOrganization(ctx, domain.Organization{Name: name, Zone: domain.DefaultZone, Pace: domain.DefaultPace, Limits: domain.Limits{Accounts: limit}, CreatedAt: noon})
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	ours := org("Ours", 2)
	d.owner, d.member, d.other = actor(ours, domain.RoleOwner, "o@a.uz"), actor(ours, domain.RoleMember, "m@a.uz"), actor(org("Theirs", 5), domain.RoleOwner, "o@b.uz")
	d.Logins = &domain.Logins{
		Store: store, People: store, Hub: &domain.Hub{}, Now: clock, Log: slog.New(slog.DiscardHandler),
		OnReady: func(domain.Account) {},
		Open:    func(context.Context) (domain.LoginClient, error) { d.opened++; return d.tg, nil },
	}
	t.Cleanup(d.Close)
	return d
}

var (
	wrongCode  = domain.E(domain.Invalid, domain.KeyCodeInvalid)
	wrongPass  = domain.E(domain.Invalid, domain.KeyPasswordInvalid)
	needPass   = domain.E(domain.Unauthorized, domain.KeyPasswordNeeded, "Hint", "mushuk")
	codeIsLate = domain.E(domain.Invalid, domain.KeyCodeExpired)
)

func key(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" && err != nil || want != "" && !domain.IsKey(err, want) {
		t.Fatalf("got %v, want %q", err, want)
	}
}

func TestLoginWithPassword(t *testing.T) {
	d, ctx := newDesk(t), t.Context()
	d.tg.signIn, d.tg.pass = []error{wrongCode, needPass}, []error{wrongPass, nil}
	l, err := d.Start(ctx, d.owner, domain.LoginOrder{Phone: "90 123 45 67", CatalogName: "Birinchi"})
	if key(t, err, ""); l.Step != domain.StepCode || l.Code.Length != 5 || l.ResendAt != noon.Add(2*time.Minute) {
		t.Fatalf("%+v", l)
	}
	_, err = d.Code(ctx, d.owner, "12")
	key(t, err, "login.code_length")
	l, err = d.Code(ctx, d.owner, "1 2 3 4 5")
	if key(t, err, domain.KeyCodeInvalid); l.TriesLeft != 2 {
		t.Fatalf("tries left %d", l.TriesLeft)
	}
	l, err = d.Code(ctx, d.owner, "54321")
	if key(t, err, ""); l.Step != domain.StepPassword || l.Hint != "mushuk" || l.TriesLeft != domain.LoginTries {
		t.Fatalf("%+v", l)
	}
	_, err = d.Login(ctx, " p w ")
	key(t, err, domain.KeyPasswordInvalid)
	l, err = d.Login(ctx, "right")
	if key(t, err, ""); l.Step != domain.StepDone || l.Account.State != domain.AccountActive || l.Account.TelegramID != 77 {
		t.Fatalf("%+v", l)
	}
	want := "send +998901234567,code 12345,code 54321,password  p w ,password right,keep"
	if got := strings.Join(d.tg.asked, ","); got != want {
		t.Errorf("Telegram was asked %q, want %q", got, want)
	}
	if data, err := d.store.TelegramSession(ctx, l.Account.OrganizationID, l.Account.ID); err != nil || string(data) != "session" {
		t.Errorf("session %q, %v", data, err)
	}
	us, _ := d.store.Users(ctx, d.owner.Scope())
	made := us[len(us)-1]
	for _, u := range us {
		if u.TelegramID == 77 {
			made = u
		}
	}
	if made.Name != "Dilnoza Karimova" || made.Role != domain.RoleMember || made.ID != l.Account.UserID {
		t.Errorf("the account's user is %+v", made)
	}
	if cs, _ := d.store.Catalogs(ctx, d.owner.Scope()); len(cs) != 1 || cs[0].Name != "Birinchi" || cs[0].UserID != made.ID {
		t.Errorf("first catalog: %+v", cs)
	}
}

// Login hands a password over, as the owner.
func (d *desk) Login(ctx context.Context, password string) (domain.Login, error) {
	return d.Password(ctx, d.owner, password)
}

func TestLoginEnds(t *testing.T) {
	for name, c := range map[string]struct {
		signIn []error
		keys   []string
	}{
		"third wrong code": {[]error{wrongCode, wrongCode, wrongCode}, []string{domain.KeyCodeInvalid, domain.KeyCodeInvalid, "login.tries_used"}},
		"expired code":     {[]error{codeIsLate}, []string{domain.KeyCodeExpired}},
		"unknown trouble":  {[]error{context.DeadlineExceeded}, []string{domain.KeyLoginTrouble}},
	} {
		t.Run(name, func(t *testing.T) {
			d, ctx := newDesk(t), t.Context()
			d.tg.signIn = c.signIn
			_, err := d.Start(ctx, d.owner, domain.LoginOrder{Phone: "+998901234567"})
			key(t, err, "")
			for _, k := range c.keys {
				_, err = d.Code(ctx, d.owner, "12345")
				key(t, err, k)
			}
			l, _ := d.Current(d.owner)
			if l.Step != domain.StepFailed || !domain.IsKey(l.Err, c.keys[len(c.keys)-1]) || !d.tg.closed {
				t.Errorf("%+v, client closed: %v", l, d.tg.closed)
			}
			if as, _ := d.store.Accounts(ctx, d.owner.Scope()); len(as) != 0 {
				t.Errorf("a slot was taken: %+v", as)
			}
		})
	}
}

// TestLoginOnce: two tabs and a double click ask Telegram for one code, and
// continue the same login.
func TestLoginOnce(t *testing.T) {
	d, ctx := newDesk(t), t.Context()
	d.tg.began, d.tg.hold = make(chan struct{}), make(chan struct{})
	first := make(chan error)
	go func() {
		_, err := d.Start(ctx, d.owner, domain.LoginOrder{Phone: "+998901234567"})
		first <- err
	}()
	<-d.tg.began
	l, err := d.Start(ctx, d.owner, domain.LoginOrder{Phone: "90 123 45 67"})
	if key(t, err, ""); l.Step != domain.StepStarting {
		t.Fatalf("%+v", l)
	}
	close(d.tg.hold)
	key(t, <-first, "")
	again, err := d.Start(ctx, d.owner, domain.LoginOrder{Phone: "+998901234567"})
	if key(t, err, ""); again.ID != l.ID || again.Step != domain.StepCode || d.opened != 1 {
		t.Errorf("%d clients, %+v and %+v", d.opened, l, again)
	}
}

func TestCodeLimits(t *testing.T) {
	d, ctx := newDesk(t), t.Context()
	start := func(a domain.Actor, phone string) error {
		d.Cancel(a)
		d.tg = &scripted{}
		_, err := d.Start(ctx, a, domain.LoginOrder{Phone: phone})
		return err
	}
	const phone = "+998901234567"
	key(t, start(d.owner, phone), "")
	d.now = noon.Add(59 * time.Second)
	key(t, start(d.owner, phone), "login.too_many_codes")
	key(t, start(d.other, phone), "login.too_many_codes") // the phone's, whoever asks
	key(t, start(d.owner, "+998901234568"), "")
	d.now = noon.Add(60 * time.Second)
	key(t, start(d.owner, phone), "")
	d.now = noon.Add(120 * time.Second)
	key(t, start(d.owner, phone), "")
	d.now = noon.Add(time.Hour - time.Second)
	key(t, start(d.owner, phone), "login.too_many_codes")
	d.now = noon.Add(time.Hour + time.Second)
	key(t, start(d.owner, phone), "")
}

// TestCodeLimitsOfPeople: neither a user nor all of an organization together ask for
// codes for one number after the other without end.
func TestCodeLimitsOfPeople(t *testing.T) {
	d, ctx := newDesk(t), t.Context()
	n := 0
	start := func(a domain.Actor) error {
		n++
		d.Cancel(a)
		d.tg = &scripted{}
		_, err := d.Start(ctx, a, domain.LoginOrder{Phone: fmt.Sprintf("+99890%07d", n)})
		return err
	}
	for range domain.CodesPerHourBy {
		key(t, start(d.owner), "")
	}
	key(t, start(d.owner), "login.too_many_codes")
	colleague := func() domain.Actor {
		u, err := d.store.CreateUser(ctx, domain.User{OrganizationID: d.owner.User.OrganizationID, Role: domain.RoleMember, Name: "Hamkasb", CreatedAt: noon}, "")
		key(t, err, "")
		return domain.Actor{User: u, Organization: d.owner.Organization}
	}
	for range domain.CodesPerHourOf - domain.CodesPerHourBy {
		key(t, start(colleague()), "")
	}
	key(t, start(colleague()), "login.too_many_codes")
	key(t, start(d.other), "") // another organization's
	d.now = noon.Add(time.Hour + time.Second)
	key(t, start(d.owner), "")
}

func TestFloodedPhoneIsRefusedUntilThen(t *testing.T) {
	d, ctx := newDesk(t), t.Context()
	d.tg.code = domain.E(domain.Limited, domain.KeyLoginFlood).After(2 * time.Hour)
	_, err := d.Start(ctx, d.owner, domain.LoginOrder{Phone: "+998901234567"})
	key(t, err, domain.KeyLoginFlood)
	d.tg.code = nil
	d.now = noon.Add(2*time.Hour - time.Second)
	_, err = d.Start(ctx, d.owner, domain.LoginOrder{Phone: "+998901234567"})
	key(t, err, domain.KeyLoginFlood)
	d.now = noon.Add(2*time.Hour + time.Second)
	_, err = d.Start(ctx, d.owner, domain.LoginOrder{Phone: "+998901234567"})
	key(t, err, "")
}

func TestResend(t *testing.T) {
	d, ctx := newDesk(t), t.Context()
	_, err := d.Start(ctx, d.owner, domain.LoginOrder{Phone: "+998901234567"})
	key(t, err, "")
	d.now = noon.Add(2*time.Minute - time.Second)
	_, err = d.Resend(ctx, d.owner)
	key(t, err, "login.resend_early")
	d.now = noon.Add(2 * time.Minute)
	l, err := d.Resend(ctx, d.owner)
	if key(t, err, ""); l.Code.Way != domain.WaySMS || l.Code.Length != 6 || !l.ResendAt.IsZero() {
		t.Errorf("%+v", l)
	}
	_, err = d.Resend(ctx, d.owner)
	key(t, err, domain.KeyNoMoreWays)
}

// TestPhoneIsUnique: a number that is connected anywhere is refused, without
// saying where; one that lost its session is connected again as the same
// account.
func TestPhoneIsUnique(t *testing.T) {
	d, ctx := newDesk(t), t.Context()
	connect := func(a domain.Actor, o domain.LoginOrder) (domain.Login, error) {
		d.now = d.now.Add(time.Hour + time.Minute)
		d.Cancel(a)
		d.tg = &scripted{signIn: []error{nil}}
		if l, err := d.Start(ctx, a, o); err != nil {
			return l, err
		}
		return d.Code(ctx, a, "12345")
	}
	order := domain.LoginOrder{Phone: "+998901234567"}
	l, err := connect(d.owner, order)
	key(t, err, "")
	first := l.Account
	_, err = connect(d.owner, order)
	key(t, err, "phone.connected")
	_, err = connect(d.other, order)
	key(t, err, "phone.taken")
	_, err = connect(d.member, order) // somebody else's in his own organization
	key(t, err, "phone.taken")
	if _, err := d.store.SetAccountState(ctx, first.OrganizationID, first.ID, domain.AccountNeedsLogin, "SESSION_REVOKED", d.now); err != nil {
		t.Fatal(err)
	}
	_, err = connect(d.other, order)
	key(t, err, "phone.taken")
	dep, err := d.store.AddDepartment(ctx, domain.Department{OrganizationID: first.OrganizationID, Name: "Boshqa"})
	if err != nil {
		t.Fatal(err)
	}
	stranger := d.owner
	stranger.User.Role, stranger.User.DepartmentID = domain.RoleManager, dep.ID
	_, err = connect(stranger, order) // a manager of another department
	key(t, err, "phone.taken")
	l, err = connect(d.owner, order)
	if key(t, err, ""); l.Account.ID != first.ID || l.Account.State != domain.AccountActive || l.Account.UserID != first.UserID {
		t.Errorf("connected again as %+v, was %+v", l.Account, first)
	}
	_, err = connect(d.owner, domain.LoginOrder{Phone: "+998901234568", UserID: d.other.User.ID})
	key(t, err, "user.missing")
}

// TestFullOrganization: for a number that finds no place no code is asked, one that
// has its place is connected again, and a login that finds none at its end is logged
// out again.
func TestFullOrganization(t *testing.T) {
	d, ctx := newDesk(t), t.Context()
	start := func(a domain.Actor, i int) (*scripted, error) {
		d.Cancel(a)
		d.tg = &scripted{signIn: []error{nil}, id: int64(100 + i)}
		_, err := d.Start(ctx, a, domain.LoginOrder{Phone: fmt.Sprintf("+99890123456%d", i)})
		return d.tg, err
	}
	early, err := start(d.member, 2)
	key(t, err, "")
	var first domain.Account
	for i := range 2 {
		_, err := start(d.owner, i)
		key(t, err, "")
		l, err := d.Code(ctx, d.owner, "12345")
		key(t, err, "")
		if i == 0 {
			first = l.Account
		}
	}
	_, err = start(d.owner, 3)
	key(t, err, "account.limit")
	asked, err := d.store.CodeRequests(ctx, d.owner.User.OrganizationID, d.owner.User.ID, "+998901234563", d.now.Add(-time.Hour))
	if err != nil || len(asked.Phone) != 0 {
		t.Errorf("asked for a code: %v, %v", asked, err)
	}
	_, err = d.Code(ctx, d.member, "12345")
	key(t, err, "account.limit")
	if !early.closed {
		t.Error("a login without a place was not logged out")
	}
	if as, _ := d.store.Accounts(ctx, d.owner.Scope()); len(as) != 2 {
		t.Errorf("%d accounts", len(as))
	}
	if _, err := d.store.SetAccountState(ctx, first.OrganizationID, first.ID, domain.AccountNeedsLogin, "SESSION_REVOKED", d.now); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(2 * time.Minute)
	_, err = start(d.owner, 0)
	key(t, err, "")
}

// TestRightsGoWhileLoggingIn: who may do less than when he began stores nothing, and
// logs out again at Telegram.
func TestRightsGoWhileLoggingIn(t *testing.T) {
	edit := func(change func(*domain.User, domain.Department)) func(*testing.T, *desk, domain.User, domain.Department) {
		return func(t *testing.T, d *desk, was domain.User, other domain.Department) {
			is := was
			change(&is, other)
			ok(t, d.store.EditUser(t.Context(), was, is, noon))
		}
	}
	for name, c := range map[string]struct {
		want   string
		change func(*testing.T, *desk, domain.User, domain.Department)
	}{
		"demoted":       {"login.rights", edit(func(u *domain.User, _ domain.Department) { u.Role = domain.RoleMember })},
		"moved":         {"login.rights", edit(func(u *domain.User, other domain.Department) { u.DepartmentID = other.ID })},
		"only looks on": {"login.rights", edit(func(u *domain.User, _ domain.Department) { u.ReadOnly = true })},
		"renamed":       {"", edit(func(u *domain.User, _ domain.Department) { u.Name = "Boshqa" })},
		"blocked": {"login.rights", func(t *testing.T, d *desk, u domain.User, _ domain.Department) {
			ok(t, d.store.BlockUser(t.Context(), u, domain.Block{Reason: "x", From: noon}, noon))
		}},
		"removed": {"login.rights", func(t *testing.T, d *desk, u domain.User, _ domain.Department) {
			ok(t, d.store.RemoveUser(t.Context(), u, noon))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.tg.signIn = []error{nil}
			department := func(name string) domain.Department {
				dep, err := d.store.AddDepartment(t.Context(), domain.Department{OrganizationID: d.owner.User.OrganizationID, Name: name})
				ok(t, err)
				return dep
			}
			u, err := d.store.CreateUser(t.Context(), domain.User{
				OrganizationID: d.owner.User.OrganizationID, DepartmentID: department("Savdo").ID, Role: domain.RoleManager, Name: "Manager", CreatedAt: noon,
			}, "")
			ok(t, err)
			manager := domain.Actor{User: u, Organization: d.owner.Organization}
			_, err = d.Start(t.Context(), manager, domain.LoginOrder{Phone: "+998901234567"})
			ok(t, err)
			c.change(t, d, u, department("Ombor"))
			_, err = d.Code(t.Context(), manager, "12345")
			key(t, err, c.want)
			as, err := d.store.Accounts(t.Context(), domain.Scope{OrganizationID: u.OrganizationID})
			if ok(t, err); (len(as) == 0) != (c.want != "") || d.tg.closed != (c.want != "") {
				t.Errorf("%d accounts are connected, logged out %t", len(as), d.tg.closed)
			}
		})
	}
}
