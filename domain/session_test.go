package domain_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"postix/db"
	"postix/domain"
)

// countedPasswords counts what it has to compare. Only "right" matches.
type countedPasswords struct {
	compared atomic.Int32
	begun    chan struct{} // when not nil, told of each comparison,
	hold     chan struct{} // which then waits for this one
}

func (p *countedPasswords) Common(string, ...string) bool { return false }

func (p *countedPasswords) Hash(string) (string, error) { return "hash", nil }

func (p *countedPasswords) Match(_ context.Context, password, hash string) (bool, error) {
	p.compared.Add(1)
	if p.begun != nil {
		p.begun <- struct{}{}
		<-p.hold
	}
	return hash != "" && password == "right", nil
}

// door is the sign-in of a panel with one user. Its clock is set by hand.
type door struct {
	*domain.SignIns
	passwords countedPasswords
	now       time.Time
}

const doorEmail = "akmal@a.uz"

func newDoor(t *testing.T) *door {
	t.Helper()
	d := &door{now: noon}
	clock := func() time.Time { return d.now }
	store, err := db.Open(t.Context(), db.Options{Path: filepath.Join(t.TempDir(), "postix.db"), Key: make([]byte, 32), Logger: slog.New(slog.DiscardHandler), Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	o, err := store.CreateOrganization(t.Context(), domain.Organization{Name: "Ours", Zone: domain.DefaultZone, Pace: domain.DefaultPace, Limits: domain.Limits{Accounts: 1}, CreatedAt: noon})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.CreateUser(t.Context(), domain.User{OrganizationID: o.ID, Role: domain.RoleOwner, Name: "Akmal", Email: doorEmail, CreatedAt: noon}, "hash"); err != nil {
		t.Fatal(err)
	}
	d.SignIns = &domain.SignIns{Store: store, Passwords: &d.passwords, Throttle: &domain.Throttle{}, Now: clock}
	return d
}

// tries answers the key of the refusal, "" for none.
func (d *door) tries(t *testing.T, email, password, ip string) string {
	t.Helper()
	_, err := d.SignIn(t.Context(), email, password, ip, "browser")
	if err == nil {
		return ""
	}
	for _, k := range []string{"signin.wrong", "signin.throttled"} {
		if domain.IsKey(err, k) {
			return k
		}
	}
	t.Fatal(err)
	return ""
}

func TestParallelGuessesAreThrottled(t *testing.T) {
	d := newDoor(t)
	d.passwords.begun, d.passwords.hold = make(chan struct{}, 200), make(chan struct{})
	refused := make(chan struct{}, 200)
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			if _, err := d.SignIn(t.Context(), doorEmail, "guess", "192.0.2.1", "browser"); domain.IsCode(err, domain.Limited) {
				refused <- struct{}{}
			}
		})
	}
	for range 200 { // no comparison ends before all have begun or been refused
		select {
		case <-d.passwords.begun:
		case <-refused:
		}
	}
	close(d.passwords.hold)
	all.Wait()
	if n := d.passwords.compared.Load(); n != 5 {
		t.Errorf("%d of 200 guesses at once were compared, want 5", n)
	}
}

// TestStrangerDoesNotLockOut: an e-mail is not throttled by itself, only
// together with the network of the one who guesses.
func TestStrangerDoesNotLockOut(t *testing.T) {
	d := newDoor(t)
	for range 50 {
		d.tries(t, doorEmail, "guess", "192.0.2.1")
	}
	if got := d.tries(t, doorEmail, "right", "192.0.2.1"); got != "signin.throttled" {
		t.Errorf("who guessed is told %q", got)
	}
	if got := d.tries(t, doorEmail, "right", "192.0.2.2"); got != "" {
		t.Errorf("the owner is told %q", got)
	}
}

func TestNetworkIsThrottled(t *testing.T) {
	for name, c := range map[string]struct{ guesser, other, want string }{
		"same IPv6 /64":    {"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "signin.throttled"},
		"another IPv6 /64": {"2001:db8:1:2::1", "2001:db8:1:3::1", ""},
		"same mapped IPv4": {"192.0.2.1", "::ffff:192.0.2.1", "signin.throttled"},
		"another IPv4":     {"192.0.2.1", "192.0.2.129", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoor(t)
			for range 5 {
				d.tries(t, "nobody@a.uz", "guess", c.guesser)
			}
			if got := d.tries(t, doorEmail, "right", c.other); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestSuccessIsNoFailure: an office behind one address signs in as often as it
// likes, and a success does not prolong what failures before it have earned.
func TestSuccessIsNoFailure(t *testing.T) {
	d := newDoor(t)
	for range 20 {
		if got := d.tries(t, doorEmail, "right", "192.0.2.1"); got != "" {
			t.Fatalf("got %q", got)
		}
	}
	for range 5 {
		d.tries(t, "nobody@a.uz", "guess", "192.0.2.1")
	}
	d.now = noon.Add(time.Second)
	for range 2 {
		if got := d.tries(t, doorEmail, "right", "192.0.2.1"); got != "" {
			t.Fatalf("after a second: %q", got)
		}
	}
}

func TestLongEmailIsRefusedUnseen(t *testing.T) {
	d := newDoor(t)
	for range 9 {
		if got := d.tries(t, strings.Repeat("a", 255), "guess", "192.0.2.1"); got != "signin.wrong" {
			t.Fatalf("got %q", got)
		}
	}
	if n := d.passwords.compared.Load(); n != 0 {
		t.Errorf("%d were compared", n)
	}
	if got := d.tries(t, strings.Repeat("a", 254), "guess", "192.0.2.1"); got != "signin.wrong" || d.passwords.compared.Load() != 1 {
		t.Errorf("the longest e-mail: %q", got)
	}
}

// TestPasswordIsReplacedMeanwhile: who gave the old one, and was compared when it
// was still right, does not get in.
func TestPasswordIsReplacedMeanwhile(t *testing.T) {
	d := newDoor(t)
	store := d.Store.(*db.Store) //nolint:forcetypeassert // see newDoor
	a, _, err := store.UserByEmail(t.Context(), doorEmail)
	ok(t, err)
	d.passwords.begun, d.passwords.hold = make(chan struct{}, 2), make(chan struct{})
	answer := make(chan error, 1)
	go func() {
		_, err := d.SignIn(t.Context(), doorEmail, "right", "192.0.2.1", "browser")
		answer <- err
	}()
	<-d.passwords.begun
	ok(t, store.SetPassword(t.Context(), a.User, "another hash", nil))
	close(d.passwords.hold)
	key(t, <-answer, "signin.wrong")
	if got := d.tries(t, doorEmail, "right", "192.0.2.1"); got != "" {
		t.Errorf("the next one is told %q", got)
	}
}

// TestWatchingIsNoUse: a page that asks by itself does not keep a session alive.
func TestWatchingIsNoUse(t *testing.T) {
	d := newDoor(t)
	token, err := d.SignIn(t.Context(), doorEmail, "right", "192.0.2.1", "browser")
	ok(t, err)
	for range 9 {
		d.now = d.now.Add(domain.SessionIdle / 10)
		_, err = d.Watching(t.Context(), token)
		ok(t, err)
	}
	d.now = d.now.Add(domain.SessionIdle / 10)
	_, err = d.Watching(t.Context(), token)
	key(t, err, "signin.needed")
}
