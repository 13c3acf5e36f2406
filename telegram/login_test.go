package telegram

import (
	"context"
	"errors"
	"testing"
	"time"

	"postix/domain"
	"postix/telegram/sandbox/world"
)

const (
	alice = "+998901110001"
	bob   = "+998901110002"
)

func wantKey(t *testing.T, err error, key string) *domain.Error {
	t.Helper()
	var e *domain.Error
	if !errors.As(err, &e) || e.Key != key {
		t.Fatalf("got %v, want %s", err, key)
	}
	return e
}

func TestLoginWithCode(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, false)
	id := s.person(alice, world.AccountSpec{Profile: world.Profile{FirstName: "Alisa", LastName: "Qodirova", Username: "alisa"}})
	ctx := t.Context()
	c := s.open()
	sent, err := c.SendCode(ctx, alice)
	if err != nil {
		t.Fatal(err)
	}
	if want := (domain.SentCode{Way: domain.WayApp, Length: 5, NextWay: domain.WaySMS, NextWait: time.Minute}); sent != want {
		t.Errorf("sent %+v, want %+v", sent, want)
	}
	_, err = c.ResendCode(ctx)
	if e := wantKey(t, err, domain.KeyLoginFlood); e.RetryAfter <= 0 || e.RetryAfter > time.Minute {
		t.Errorf("resend after %v", e.RetryAfter)
	}
	code := s.code(alice)
	wrong := "00000"
	if code == wrong {
		wrong = "11111"
	}
	_, err = c.SignIn(ctx, wrong)
	wantKey(t, err, domain.KeyCodeInvalid)
	if _, err := c.Session(ctx); err == nil {
		t.Fatal("a session without a sign-in")
	}
	p, err := c.SignIn(ctx, code)
	if err != nil {
		t.Fatal(err)
	}
	if want := (domain.Profile{TelegramID: id, FirstName: "Alisa", LastName: "Qodirova", Username: "alisa"}); p != want {
		t.Errorf("profile %+v, want %+v", p, want)
	}
	data, err := c.Session(ctx)
	if err != nil {
		t.Fatal(err)
	}
	c.Keep()
	c.Close() // it was kept: it must live on
	acc := s.vault.add(domain.Account{OrganizationID: 5}, data)
	s.accounts.Connect(acc)
	s.waitLink(acc, domain.LinkReady)
	if _, err := s.accounts.Dialogs(ctx, acc); err != nil {
		t.Errorf("the new session: %v", err)
	}
}

func TestLoginRefused(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, false)
	s.person(alice, world.AccountSpec{})
	for phone, status := range map[string]world.PhoneStatus{"+998901110098": world.PhoneBanned, "+998901110099": world.PhoneNoAccount} {
		if err := s.world.SetPhone(phone, status); err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	c := s.open()
	defer c.Close()
	for phone, key := range map[domain.Phone]string{
		"+998901110098": domain.KeyPhoneBanned,
		"+998901110097": domain.KeyPhoneUnknown,
		"+1":            domain.KeyPhoneInvalid,
	} {
		_, err := c.SendCode(ctx, phone)
		wantKey(t, err, key)
	}
	if _, err := c.SendCode(ctx, "+998901110099"); err != nil {
		t.Fatal(err)
	}
	_, err := c.ResendCode(ctx)
	wantKey(t, err, domain.KeyNoMoreWays)
	_, err = c.SignIn(ctx, s.code("+998901110099"))
	wantKey(t, err, domain.KeyPhoneUnknown) // sign-up is not ours to do

	s.fault(world.Fault{Method: "auth.signIn", Mode: world.FaultBefore, Error: "PHONE_CODE_EXPIRED"})
	s.fault(world.Fault{Method: "auth.sendCode", Mode: world.FaultBefore, Error: "AUTH_RESTART"})
	if _, err := c.SendCode(ctx, alice); err != nil {
		t.Fatalf("AUTH_RESTART was not asked again in silence: %v", err)
	}
	_, err = c.SignIn(ctx, s.code(alice))
	wantKey(t, err, domain.KeyCodeExpired)
	s.fault(world.Fault{Method: "auth.sendCode", Mode: world.FaultBefore, Error: "FLOOD_WAIT_600"})
	_, err = c.SendCode(ctx, alice)
	if e := wantKey(t, err, domain.KeyLoginFlood); e.RetryAfter != 10*time.Minute {
		t.Errorf("next try after %v", e.RetryAfter)
	}
}

func TestLoginWithPassword(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, false)
	id := s.person(alice, world.AccountSpec{Password: "  olma & nok ", Hint: "<b>fruit</b>"})
	ctx := t.Context()
	c := s.open()
	defer c.Close()
	if _, err := c.SendCode(ctx, alice); err != nil {
		t.Fatal(err)
	}
	_, err := c.SignIn(ctx, s.code(alice))
	if e := wantKey(t, err, domain.KeyPasswordNeeded); e.Args["Hint"] != "<b>fruit</b>" {
		t.Errorf("hint %v", e.Args["Hint"])
	}
	_, err = c.Password(ctx, "olma & nok")
	wantKey(t, err, domain.KeyPasswordInvalid)
	s.fault(world.Fault{Method: "auth.checkPassword", Mode: world.FaultBefore, Error: "SRP_ID_INVALID"})
	p, err := c.Password(ctx, "  olma & nok ")
	if err != nil || p.TelegramID != id {
		t.Fatalf("password: %+v, %v", p, err)
	}
	if _, err := c.Session(ctx); err != nil {
		t.Fatal(err)
	}
}

// A sign-in whose answer got lost is found out, not repeated.
func TestLoginAnswerLost(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, false)
	id := s.person(alice, world.AccountSpec{})
	c := s.open()
	defer c.Close()
	if _, err := c.SendCode(t.Context(), alice); err != nil {
		t.Fatal(err)
	}
	s.fault(world.Fault{Method: "auth.signIn", Mode: world.FaultDropAfterAck})
	p, err := c.SignIn(t.Context(), s.code(alice))
	if err != nil || p.TelegramID != id {
		t.Fatalf("%+v, %v", p, err)
	}
	if n := s.calls("auth.signIn"); n != 1 {
		t.Errorf("%d calls", n)
	}
}

func TestLoginGivenUpLogsOut(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, false)
	s.person(alice, world.AccountSpec{})
	ctx, giveUp := context.WithCancel(t.Context())
	c, err := s.accounts.OpenLogin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.SendCode(ctx, alice); err != nil {
		t.Fatal(err)
	}
	if _, err := c.SignIn(ctx, s.code(alice)); err != nil {
		t.Fatal(err)
	}
	sessions := func() int { a, _ := s.world.Account(alice); return len(a.Sessions) }
	if sessions() != 1 {
		t.Fatalf("%d sessions", sessions())
	}
	giveUp()
	s.until("the session is gone", func() bool { return sessions() == 0 })
	if _, err := c.Session(t.Context()); err == nil {
		t.Error("a closed login gave its session away")
	}
}

func TestLoginWhileTelegramIsAway(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, false)
	s.person(alice, world.AccountSpec{})
	s.gate.close()
	c := s.open()
	c.(*loginClient).deadline = 200 * time.Millisecond
	_, err := c.SendCode(t.Context(), alice)
	wantKey(t, err, domain.KeyLoginTimeout)
	s.gate.open()
	c.(*loginClient).deadline = loginDeadline
	if _, err := c.SendCode(t.Context(), alice); err != nil {
		t.Fatalf("after it came back: %v", err)
	}
	s.gate.close()
	s.stop() // a login under way does not hold the stop up
}
