package domain_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"postix/db"
	"postix/domain"
)

// TestBlockedIsTold: why, and until when in the zone of his organization; and only
// to who knows the password.
func TestBlockedIsTold(t *testing.T) {
	until := noon.Add(48 * time.Hour)
	himself := func(b domain.Block) func(*testing.T, *db.Store, domain.Actor) {
		return func(t *testing.T, s *db.Store, a domain.Actor) { ok(t, s.BlockUser(t.Context(), a.User, b, noon)) }
	}
	all := func(b domain.Block) func(*testing.T, *db.Store, domain.Actor) {
		return func(t *testing.T, s *db.Store, a domain.Actor) {
			ok(t, s.BlockOrganization(t.Context(), a.Organization.ID, b, noon))
		}
	}
	for name, c := range map[string]struct {
		block func(*testing.T, *db.Store, domain.Actor)
		key   string
	}{
		"he":                    {himself(domain.Block{Reason: "qoida", From: noon, ByService: true}), "signin.blocked"},
		"he, being removed":     {himself(domain.Block{From: noon, ByService: true}), "signin.blocked"},
		"he, for a while":       {himself(domain.Block{Reason: "qoida", From: noon, Until: until, ByService: true}), "signin.blocked_until"},
		"he, later":             {himself(domain.Block{Reason: "qoida", From: until, ByService: true}), ""},
		"everybody":             {all(domain.Block{Reason: "qoida", From: noon}), "signin.blocked"},
		"everybody for a while": {all(domain.Block{Reason: "qoida", From: noon, Until: until}), "signin.blocked_until"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoor(t)
			store := d.Store.(*db.Store) //nolint:forcetypeassert // see newDoor
			a, _, err := store.UserByEmail(t.Context(), doorEmail)
			ok(t, err)
			c.block(t, store, a)
			for _, email := range []string{doorEmail, "nobody@a.uz"} {
				if got := d.tries(t, email, "guess", "192.0.2.1"); got != "signin.wrong" {
					t.Errorf("who guesses for %s is told %q", email, got)
				}
			}
			token, err := d.SignIn(t.Context(), doorEmail, "right", "192.0.2.2", "browser")
			if c.key == "" {
				if _, err := d.Actor(t.Context(), token); err != nil {
					t.Error(err)
				}
				return
			}
			why := "qoida"
			if name == "he, being removed" {
				why = "–"
			}
			var e *domain.Error
			if !errors.As(err, &e) || token != "" || e.Code != domain.Forbidden || e.Key != c.key || e.Args["Reason"] != why {
				t.Fatalf("%q, %v", token, err)
			}
			if at, told := e.Args["Until"].(time.Time); told != (c.key == "signin.blocked_until") || told && (!at.Equal(until) || at.Location() != a.Organization.Location()) {
				t.Errorf("until %v", e.Args["Until"])
			}
			failed, err := store.Audit(t.Context(), domain.AuditFilter{Event: domain.AuditSignInFailed, UserID: a.User.ID, Limit: 9})
			if err != nil || len(failed) != 2 {
				t.Errorf("kept: %v, %v", failed, err)
			}
		})
	}
}

// TestBlockedIsNotThrottled: the right password is no guess.
func TestBlockedIsNotThrottled(t *testing.T) {
	d := newDoor(t)
	store := d.Store.(*db.Store) //nolint:forcetypeassert // see newDoor
	a, _, err := store.UserByEmail(t.Context(), doorEmail)
	ok(t, err)
	ok(t, store.BlockUser(t.Context(), a.User, domain.Block{Reason: "x", From: noon, ByService: true}, noon))
	for range 20 {
		_, err := d.SignIn(t.Context(), doorEmail, "right", "192.0.2.1", "browser")
		key(t, err, "signin.blocked")
	}
}

// late is a store in which something happens between a sign-in's check and its session.
type late struct {
	*db.Store
	meanwhile func()
}

func (s late) CreateSession(ctx context.Context, n domain.Session) error {
	s.meanwhile()
	return s.Store.CreateSession(ctx, n)
}

// TestBlockedMeanwhile: who is shut out after his password was compared gets no token,
// and is told why.
func TestBlockedMeanwhile(t *testing.T) {
	for name, c := range map[string]struct {
		act func(*db.Store, domain.Actor) error
		key string
	}{
		"he": {func(s *db.Store, a domain.Actor) error {
			return s.BlockUser(t.Context(), a.User, domain.Block{Reason: "qoida", From: noon, ByService: true}, noon)
		}, "signin.blocked"},
		"everybody": {func(s *db.Store, a domain.Actor) error {
			return s.BlockOrganization(t.Context(), a.Organization.ID, domain.Block{Reason: "qoida", From: noon, Until: noon.Add(time.Hour)}, noon)
		}, "signin.blocked_until"},
		"removed": {func(s *db.Store, a domain.Actor) error {
			u := domain.User{OrganizationID: a.Organization.ID, Role: domain.RoleOwner, Name: "B", CreatedAt: noon}
			if _, err := s.AddUser(t.Context(), u, "", domain.PasswordLink{}); err != nil {
				return err
			}
			return s.RemoveUser(t.Context(), a.User, noon)
		}, "signin.wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoor(t)
			store := d.Store.(*db.Store) //nolint:forcetypeassert // see newDoor
			a, _, err := store.UserByEmail(t.Context(), doorEmail)
			ok(t, err)
			d.Store = late{store, func() { ok(t, c.act(store, a)) }}
			token, err := d.SignIn(t.Context(), doorEmail, "right", "192.0.2.1", "browser")
			if key(t, err, c.key); token != "" {
				t.Errorf("a token that opens nothing: %q", token)
			}
		})
	}
}
