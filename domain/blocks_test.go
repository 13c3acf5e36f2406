package domain_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"postix/db"
	"postix/domain"
)

// gate is how organizations and numbers are shut out, on a real database. It keeps
// whose logins were ended and which organizations were told to hear anew.
type gate struct {
	*domain.Organizations
	*house
	admin domain.Actor
	told  []int64
	fails bool // listing the users
	until context.CancelFunc
}

func (g *gate) Switched(ctx context.Context, organizationID int64) error {
	g.told = append(g.told, organizationID)
	return ctx.Err()
}

// gateStore goes away while a block is stored, and may not list the users.
type gateStore struct {
	*db.Store
	gate *gate
}

var errList = errors.New("no list")

func (s gateStore) BlockOrganization(ctx context.Context, id int64, b domain.Block, now time.Time) error {
	defer s.gate.until()
	return s.Store.BlockOrganization(ctx, id, b, now)
}

func (s gateStore) Users(ctx context.Context, sc domain.Scope) ([]domain.User, error) {
	if s.gate.fails {
		return nil, errList
	}
	return s.Store.Users(ctx, sc)
}

func newGate(t *testing.T) *gate {
	h := newHouse(t)
	g := &gate{house: h, admin: domain.Actor{User: domain.User{ID: 99, OrganizationID: 1, Role: domain.RoleAdmin}}, until: func() {}}
	store := gateStore{h.store, g}
	g.Organizations = &domain.Organizations{Store: store, Blocks: store, Logins: h, Watch: g, Hub: &domain.Hub{}, Now: func() time.Time { return noon }}
	return g
}

// TestOrganizationBlockEndsLogins: at once those of all its people, also for a browser
// that has gone away; one that is to come ends none until it begins by itself.
func TestOrganizationBlockEndsLogins(t *testing.T) {
	g := newGate(t)
	org := g.owner.User.OrganizationID
	people := []int64{g.owner.User.ID, g.manager.User.ID}
	wantEnded := func(want ...int64) {
		t.Helper()
		slices.Sort(g.ended)
		if !slices.Equal(g.ended, want) {
			t.Errorf("logins ended: %v, want %v", g.ended, want)
		}
		g.ended = nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	g.until = cancel
	ok(t, g.Organizations.Block(ctx, g.admin, org, domain.Block{Reason: "x"}))
	wantEnded(people...)
	ok(t, g.Organizations.Unblock(t.Context(), g.admin, org))
	ok(t, g.Organizations.Block(t.Context(), g.admin, org, domain.Block{Reason: "x", From: noon.Add(time.Hour)}))
	wantEnded()
	if want := []int64{org, org, org}; !slices.Equal(g.told, want) {
		t.Errorf("told: %v, want %v", g.told, want)
	}
	g.told = nil

	ok(t, g.store.BlockUser(t.Context(), g.elsewhere, domain.Block{Reason: "x", From: noon.Add(time.Hour)}, noon))
	ok(t, g.TurnBlocks(t.Context()))
	wantEnded()
	g.Organizations.Now = func() time.Time { return noon.Add(time.Hour) }
	ok(t, g.TurnBlocks(t.Context()))
	wantEnded(append(people, g.elsewhere.ID)...)
	if want := []int64{org, g.elsewhere.OrganizationID}; !slices.Equal(g.told, want) {
		t.Errorf("told: %v, want %v", g.told, want)
	}
}

// TestBlockIsToldAnyway: that the users are not known keeps nobody from hearing that
// their organization is shut out.
func TestBlockIsToldAnyway(t *testing.T) {
	g := newGate(t)
	g.fails = true
	org := g.owner.User.OrganizationID
	if err := g.Organizations.Block(t.Context(), g.admin, org, domain.Block{Reason: "x"}); !errors.Is(err, errList) {
		t.Errorf("answered %v", err)
	}
	if !slices.Equal(g.told, []int64{org}) {
		t.Errorf("told: %v", g.told)
	}
}

// TestPhoneBlockIsTold: the organization whose number it is stops to hear it, and
// hears it again.
func TestPhoneBlockIsTold(t *testing.T) {
	g := newGate(t)
	org := g.owner.User.OrganizationID
	_, err := g.store.ConnectAccount(t.Context(), domain.NewAccount{
		OrganizationID: org, UserID: g.owner.User.ID, Phone: "+998901234567", Profile: domain.Profile{TelegramID: 7}, Session: []byte("s"), At: noon,
	})
	ok(t, err)
	ok(t, g.BlockPhone(t.Context(), g.admin, "+998901234567", domain.Block{Reason: "x"}))
	ok(t, g.BlockPhone(t.Context(), g.admin, "+998907654321", domain.Block{Reason: "x"})) // nobody's
	ok(t, g.UnblockPhone(t.Context(), g.admin, "+998901234567"))
	if !slices.Equal(g.told, []int64{org, org}) {
		t.Errorf("told: %v", g.told)
	}
}
