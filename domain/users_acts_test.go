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

// TestBlockByTheService: what the service has blocked the organization neither
// lifts nor gets around.
func TestBlockByTheService(t *testing.T) {
	h := newHouse(t)
	org := h.owner.User.OrganizationID
	u := h.join(domain.User{OrganizationID: org, DepartmentID: h.sales.ID, Role: domain.RoleMember, Name: "A", Email: "a@a.uz"})
	admin := domain.Actor{User: domain.User{ID: 99, OrganizationID: 1, Role: domain.RoleAdmin}}
	for _, from := range []time.Time{{}, noon.Add(time.Hour)} { // also one that is to come
		ok(t, h.Block(t.Context(), admin, org, u.ID, domain.Block{Reason: "shikoyat", From: from}))
		for name, err := range map[string]error{
			"block":   h.Block(t.Context(), h.owner, org, u.ID, domain.Block{Reason: "x", From: noon.Add(time.Hour)}),
			"unblock": h.Unblock(t.Context(), h.owner, org, u.ID),
			"remove":  h.Remove(t.Context(), h.owner, u.ID, false),
		} {
			if !domain.IsKey(err, "user.blocked_by_service") || !domain.IsCode(err, domain.Forbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
		ok(t, h.Unblock(t.Context(), admin, org, u.ID))
	}
	if !slices.Equal(h.ended, []int64{u.ID}) { // a block that is to come ends nothing
		t.Errorf("logins ended: %v", h.ended)
	}
	ok(t, h.Block(t.Context(), h.manager, org, u.ID, domain.Block{Reason: "x"}))
	_, _, err := h.NewLink(t.Context(), h.owner, org, u.ID)
	key(t, err, "user.blocked")
	ok(t, h.Unblock(t.Context(), h.owner, org, u.ID)) // a manager's block the owner lifts
	err = h.Block(t.Context(), admin, org, u.ID, domain.Block{Reason: "x", From: noon.Add(domain.MaxAhead + time.Second)})
	if !refused(err, "block.from_far", "from") {
		t.Errorf("a block that is far away: %v", err)
	}
	ok(t, h.Block(t.Context(), admin, org, h.owner.User.ID, domain.Block{Reason: "x"}))
}

// TestRemoveLogsOut: first nothing of his starts any more, then his numbers leave
// Telegram, then he is gone; also where Telegram does not answer.
func TestRemoveLogsOut(t *testing.T) {
	for name, c := range map[string]struct {
		logOut, blocked bool
		noOut           error
	}{
		"logged out": {logOut: true}, "not asked for": {}, "blocked before": {logOut: true, blocked: true},
		"Telegram is silent": {logOut: true, noOut: domain.E(domain.Unavailable, "account.not_logged_out")},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.noOut = c.noOut
			u := h.join(domain.User{OrganizationID: h.owner.User.OrganizationID, Role: domain.RoleMember, Name: "A"})
			acc, err := h.store.ConnectAccount(t.Context(), domain.NewAccount{
				OrganizationID: u.OrganizationID, UserID: u.ID, Phone: "+998901234567", Profile: domain.Profile{TelegramID: 7}, Session: []byte("s"), At: noon,
			})
			ok(t, err)
			if c.blocked {
				ok(t, h.Block(t.Context(), h.owner, u.OrganizationID, u.ID, domain.Block{Reason: "x"}))
			}
			if err := h.Remove(t.Context(), h.owner, u.ID, c.logOut); !errors.Is(err, c.noOut) {
				t.Errorf("answered %v", err)
			}
			if !slices.Equal(h.left, []int64{acc.ID}) || (len(h.out) == 1) != c.logOut || !slices.Contains(h.ended, u.ID) {
				t.Errorf("left %v, logged out %v, logins ended %v", h.left, h.out, h.ended)
			}
			_, err = h.Find(t.Context(), h.owner, u.OrganizationID, u.ID)
			key(t, err, "user.missing")
			if as, err := h.store.LinkedAccounts(t.Context()); err != nil || len(as) != 0 {
				t.Errorf("linked still: %v, %v", as, err)
			}
		})
	}
}

// busy is a store in which somebody connects a number right before a block.
type busy struct {
	*db.Store
	connect func()
}

func (s busy) BlockUser(ctx context.Context, u domain.User, b domain.Block, now time.Time) error {
	s.connect()
	return s.Store.BlockUser(ctx, u, b, now)
}

// TestRemoveDuringALogin: a number that is connected while its user is removed leaves
// Telegram with the others.
func TestRemoveDuringALogin(t *testing.T) {
	h := newHouse(t)
	u := h.join(domain.User{OrganizationID: h.owner.User.OrganizationID, Role: domain.RoleMember, Name: "A"})
	var acc domain.Account
	h.Store = busy{h.store, func() {
		var err error
		acc, err = h.store.ConnectAccount(t.Context(), domain.NewAccount{
			OrganizationID: u.OrganizationID, UserID: u.ID, Phone: "+998901234567", Profile: domain.Profile{TelegramID: 7}, Session: []byte("s"), At: noon,
		})
		ok(t, err)
	}}
	ok(t, h.Remove(t.Context(), h.owner, u.ID, true))
	if !slices.Equal(h.left, []int64{acc.ID}) || !slices.Equal(h.out, []int64{acc.ID}) {
		t.Errorf("left %v, logged out %v, want account %d", h.left, h.out, acc.ID)
	}
}

// TestBlockReason: of several lines, and nothing that is not seen.
func TestBlockReason(t *testing.T) {
	for reason, want := range map[string]string{
		"Birinchi\r\nikkinchi": "", "Qarz 👨\u200D👩": "",
		" ": "block.reason", "\u202E": "block.reason",
		"a\x00b": "name.hidden", "a\u202Eb": "name.hidden", "a\u2066b": "name.hidden", "a\u2028b": "name.hidden", "a\x1bb": "name.hidden",
	} {
		h := newHouse(t)
		u := h.join(domain.User{OrganizationID: h.owner.User.OrganizationID, Role: domain.RoleMember, Name: "A"})
		err := h.Block(t.Context(), h.owner, u.OrganizationID, u.ID, domain.Block{Reason: reason})
		if want == "" && err != nil || want != "" && !refused(err, want, "reason") {
			t.Errorf("%q: %v, want %q", reason, err, want)
		}
	}
}
