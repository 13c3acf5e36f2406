package domain_test

import (
	"strings"
	"testing"
	"time"

	"postix/domain"
)

// anyCode takes every code, as one of the first step.
type anyCode struct{ domain.Codes }

func (anyCode) Step(string, string, time.Time) (int64, bool) { return 1, true }

// TestRefusedCodesAreNotShown: recovery codes that were not stored open nothing, so
// nobody gets them.
func TestRefusedCodesAreNotShown(t *testing.T) {
	h := newHouse(t)
	s := domain.Security{Store: h.store, Passwords: &countedPasswords{}, Codes: anyCode{}, Throttle: &domain.Throttle{}, Hub: &domain.Hub{}, Now: func() time.Time { return noon }}
	start := domain.TOTPStart{Secret: strings.Repeat("A", 32), Code: "123456"}
	codes, err := s.StartTOTP(t.Context(), h.owner, "token", start)
	if err != nil || len(codes) != 10 {
		t.Fatalf("%d codes, %v", len(codes), err)
	}
	codes, err = s.StartTOTP(t.Context(), h.owner, "token", start) // from a page that does not know of it yet
	if !domain.IsCode(err, domain.Conflict) || len(codes) != 0 {
		t.Errorf("switched on twice: %d codes, %v", len(codes), err)
	}
	on := h.owner
	on.User.TOTP = true
	codes, err = s.NewRecoveryCodes(t.Context(), on, 99, "right")
	if !domain.IsCode(err, domain.Conflict) || len(codes) != 0 {
		t.Errorf("of another set: %d codes, %v", len(codes), err)
	}
}
