package db

import (
	"testing"
	"time"

	"postix/domain"
)

// TestPrune: what is still of use stays, what is not goes.
func TestPrune(t *testing.T) {
	w := newWorld(t, 1)
	ctx := t.Context()
	now := start
	org, user := w.org.ID, w.user.ID
	for hash, age := range map[string]time.Duration{"old": domain.SessionLife + time.Second, "new": domain.SessionLife - time.Second} {
		err := w.s.CreateSession(ctx, domain.Session{Hash: []byte(hash), OrganizationID: org, UserID: user, CreatedAt: now.Add(-age), SeenAt: now})
		if err != nil {
			t.Fatal(err)
		}
	}
	const phone = domain.Phone("+998901112233")
	for _, age := range []time.Duration{keepCodeRequests + time.Second, time.Minute} {
		if err := w.s.AddCodeRequest(ctx, org, user, phone, now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.s.RefusePhone(ctx, phone, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := w.s.Prune(ctx, now); err != nil {
		t.Fatal(err)
	}
	long := now.Add(-1000 * time.Hour)
	if _, err := w.s.SessionActor(ctx, []byte("old"), long, long, now); !domain.IsCode(err, domain.NotFound) {
		t.Errorf("an outlived session: %v", err)
	}
	if _, err := w.s.SessionActor(ctx, []byte("new"), long, long, now); err != nil {
		t.Errorf("a living session: %v", err)
	}
	asked, err := w.s.CodeRequests(ctx, org, user, phone, long)
	if err != nil || len(asked.Phone) != 1 || asked.Refused.IsZero() {
		t.Errorf("code requests %+v, %v", asked, err)
	}
	if err := w.s.Prune(ctx, now.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if asked, err = w.s.CodeRequests(ctx, org, user, phone, long); err != nil || !asked.Refused.IsZero() {
		t.Errorf("a refusal that is over: %v, %v", asked.Refused, err)
	}
}
