package world

import (
	"testing"
	"time"

	"github.com/gotd/td/session"
	tdauth "github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"
)

func (c *client) sendCode(phone string) (*tg.AuthSentCode, error) {
	res, err := c.AuthSendCode(c.ctx, &tg.AuthSendCodeRequest{PhoneNumber: phone, APIID: 1, APIHash: "h"})
	if err != nil {
		return nil, err
	}
	return res.(*tg.AuthSentCode), nil
}

func (c *client) signIn(phone, code, hash string) (tg.AuthAuthorizationClass, error) {
	return c.AuthSignIn(c.ctx, &tg.AuthSignInRequest{PhoneNumber: phone, PhoneCode: code, PhoneCodeHash: hash})
}

func (e *env) code(phone string) string {
	e.t.Helper()
	for _, a := range e.Accounts() {
		if a.Phone == phone && a.Code != nil {
			return a.Code.Code
		}
	}
	e.t.Fatal("no code for", phone)
	return ""
}

func wrong(code string) string {
	if code == "11111" {
		return "22222"
	}
	return "11111"
}

// TestLogin goes the whole way of a client that has no key yet.
func TestLogin(t *testing.T) {
	e := start(t, "")
	c := e.run(&session.StorageMemory{})
	_, err := c.UsersGetUsers(c.ctx, []tg.InputUserClass{&tg.InputUserSelf{}})
	wantErr(t, err, "AUTH_KEY_UNREGISTERED")

	sent, err := c.sendCode("998 (90) 100-00-01")
	c.must(err)
	if app, ok := sent.Type.(*tg.AuthSentCodeTypeApp); !ok || app.Length != 5 || sent.NextType == nil || sent.Timeout != 60 {
		t.Fatalf("sent %+v", sent)
	}
	_, err = c.signIn(dilnoza, wrong(e.code(dilnoza)), sent.PhoneCodeHash)
	wantErr(t, err, "PHONE_CODE_INVALID")
	_, err = c.signIn(dilnoza, "", sent.PhoneCodeHash)
	wantErr(t, err, "PHONE_CODE_EMPTY")
	res, err := c.signIn(dilnoza, e.code(dilnoza), sent.PhoneCodeHash)
	c.must(err)
	if u := res.(*tg.AuthAuthorization).User.(*tg.User); !u.Self || u.ID != dilnozaID || u.Username != "dilnoza_k" || u.Phone != "998901000001" {
		t.Fatalf("signed in as %+v", u)
	}
	if a, _ := e.Account(dilnoza); a.Code != nil || len(a.Sessions) != 1 {
		t.Fatalf("account %+v", a)
	}
	_, err = c.AuthLogOut(c.ctx)
	c.must(err)
	_, err = c.UpdatesGetState(c.ctx)
	wantErr(t, err, "AUTH_KEY_UNREGISTERED")
	if a, _ := e.Account(dilnoza); len(a.Sessions) != 0 {
		t.Fatalf("still signed in: %+v", a)
	}
}

func TestPassword(t *testing.T) {
	e := start(t, "")
	c := e.guest()
	sent, err := c.sendCode(sardor)
	c.must(err)
	_, err = c.signIn(sardor, e.code(sardor), sent.PhoneCodeHash)
	wantErr(t, err, "SESSION_PASSWORD_NEEDED")
	_, err = c.UpdatesGetState(c.ctx)
	wantErr(t, err, "SESSION_PASSWORD_NEEDED")
	p, err := c.AccountGetPassword(c.ctx)
	c.must(err)
	if !p.HasPassword || p.Hint != "Sinov paroli: sandbox2fa" {
		t.Fatalf("password %v, hint %q", p.HasPassword, p.Hint)
	}
	if _, err = c.tc.Auth().Password(c.ctx, "guess"); err != tdauth.ErrPasswordInvalid {
		t.Fatalf("wrong password: %v", err)
	}
	// A challenge is good for one answer, right or wrong.
	p, err = c.AccountGetPassword(c.ctx)
	c.must(err)
	_, err = c.AuthCheckPassword(c.ctx, &tg.InputCheckPasswordSRP{SRPID: p.SRPID, A: []byte{9}, M1: make([]byte, 32)})
	wantErr(t, err, "PASSWORD_HASH_INVALID")
	srp, err := tdauth.PasswordHash([]byte("sandbox2fa"), p.SRPID, p.SRPB, nil, p.CurrentAlgo)
	c.must(err)
	_, err = c.AuthCheckPassword(c.ctx, srp)
	wantErr(t, err, "SRP_ID_INVALID")
	if _, err = c.tc.Auth().Password(c.ctx, "sandbox2fa"); err != nil {
		t.Fatal(err)
	}
	self, err := c.tc.Self(c.ctx)
	if err != nil || self.ID != sardorID {
		t.Fatalf("self %v, %v", self, err)
	}
}

// TestPasswordFlood: five wrong ones, then even the right one has to wait.
func TestPasswordFlood(t *testing.T) {
	e := start(t, "")
	c := e.guest()
	sent, err := c.sendCode(sardor)
	c.must(err)
	_, err = c.signIn(sardor, e.code(sardor), sent.PhoneCodeHash)
	wantErr(t, err, "SESSION_PASSWORD_NEEDED")
	try := func() error {
		p, err := c.AccountGetPassword(c.ctx)
		c.must(err)
		_, err = c.AuthCheckPassword(c.ctx, &tg.InputCheckPasswordSRP{SRPID: p.SRPID, A: []byte{9}, M1: make([]byte, 32)})
		return err
	}
	for range maxPassTries - 1 {
		wantErr(t, try(), "PASSWORD_HASH_INVALID")
	}
	wantErr(t, try(), "FLOOD_WAIT")
	_, err = c.tc.Auth().Password(c.ctx, "sandbox2fa")
	wantErr(t, err, "FLOOD_WAIT")
	e.clock.add(tryPause)
	_, err = c.tc.Auth().Password(c.ctx, "sandbox2fa")
	c.must(err)
}

func TestLoginRefusals(t *testing.T) {
	e := start(t, "")
	c := e.guest()
	for phone, name := range map[string]string{
		"+998901234567": "PHONE_NUMBER_UNOCCUPIED",
		"+998901000098": "PHONE_NUMBER_BANNED",
		"12":            "PHONE_NUMBER_INVALID",
		"+99890x000001": "PHONE_NUMBER_INVALID",
	} {
		_, err := c.sendCode(phone)
		wantErr(t, err, name)
	}
	_, err := c.AuthSendCode(c.ctx, &tg.AuthSendCodeRequest{PhoneNumber: dilnoza})
	wantErr(t, err, "API_ID_INVALID")

	sent, err := c.sendCode("+998901000099")
	c.must(err)
	res, err := c.signIn("+998901000099", e.code("+998901000099"), sent.PhoneCodeHash)
	c.must(err)
	if _, ok := res.(*tg.AuthAuthorizationSignUpRequired); !ok {
		t.Fatalf("got %T", res)
	}
	if _, err = c.AuthSignUp(c.ctx, &tg.AuthSignUpRequest{PhoneNumber: "+998901000099", PhoneCodeHash: sent.PhoneCodeHash}); err == nil {
		t.Fatal("signed up")
	}
}

func TestCodeLife(t *testing.T) {
	e := start(t, "")
	c := e.guest()
	sent, err := c.sendCode(bekzod)
	c.must(err)
	e.clock.add(codeLife)
	_, err = c.signIn(bekzod, "12345", sent.PhoneCodeHash)
	wantErr(t, err, "PHONE_CODE_EXPIRED")

	// Resent by SMS, once the time-out has passed; the code before is void.
	sent, err = c.sendCode(bekzod)
	c.must(err)
	resend := &tg.AuthResendCodeRequest{PhoneNumber: bekzod, PhoneCodeHash: sent.PhoneCodeHash}
	_, err = c.AuthResendCode(c.ctx, resend)
	wantErr(t, err, "FLOOD_WAIT")
	e.clock.add(resendAfter)
	again, err := c.AuthResendCode(c.ctx, resend)
	c.must(err)
	sms := again.(*tg.AuthSentCode)
	if _, ok := sms.Type.(*tg.AuthSentCodeTypeSMS); !ok || sms.NextType != nil {
		t.Fatalf("resent %+v", sms)
	}
	_, err = c.signIn(bekzod, e.code(bekzod), sent.PhoneCodeHash)
	wantErr(t, err, "PHONE_CODE_EXPIRED")
	_, err = c.AuthResendCode(c.ctx, &tg.AuthResendCodeRequest{PhoneNumber: bekzod, PhoneCodeHash: sms.PhoneCodeHash})
	wantErr(t, err, "SEND_CODE_UNAVAILABLE")

	// Guessing is stopped.
	for range maxCodeTries - 1 {
		_, err = c.signIn(bekzod, wrong(e.code(bekzod)), sms.PhoneCodeHash)
		wantErr(t, err, "PHONE_CODE_INVALID")
	}
	_, err = c.signIn(bekzod, wrong(e.code(bekzod)), sms.PhoneCodeHash)
	wantErr(t, err, "FLOOD_WAIT")

	// So is asking for codes.
	e.clock.add(time.Hour + time.Second)
	for range codesPerHour {
		_, err = c.sendCode(bekzod)
		c.must(err)
	}
	_, err = c.sendCode(bekzod)
	wantErr(t, err, "PHONE_NUMBER_FLOOD")
}

// TestTwoSessions: the code shows up in the other session, passing it on voids
// it, and one session can end the other.
func TestTwoSessions(t *testing.T) {
	e := start(t, "")
	first, second := e.as(dilnoza), e.guest()
	_, err := first.UpdatesGetState(first.ctx)
	first.must(err)
	sent, err := second.sendCode(dilnoza)
	second.must(err)
	m := first.next().(*tg.UpdateNewMessage).Message.(*tg.Message)
	if peer, ok := m.PeerID.(*tg.PeerUser); !ok || peer.UserID != serviceID {
		t.Fatalf("the code came from %v", m.PeerID)
	}
	_, err = e.send(first, e.chatOf(dilnoza, KindGroup, ""), "kod: "+e.code(dilnoza), 1)
	first.must(err)
	_, err = second.signIn(dilnoza, "12345", sent.PhoneCodeHash)
	wantErr(t, err, "PHONE_CODE_EXPIRED")

	sent, err = second.sendCode(dilnoza)
	second.must(err)
	_, err = second.signIn(dilnoza, e.code(dilnoza), sent.PhoneCodeHash)
	second.must(err)
	list, err := second.AccountGetAuthorizations(second.ctx)
	second.must(err)
	if len(list.Authorizations) != 2 {
		t.Fatalf("%d authorizations", len(list.Authorizations))
	}
	for _, a := range list.Authorizations {
		if !a.Current {
			_, err = second.AccountResetAuthorization(second.ctx, a.Hash)
			second.must(err)
		}
	}
	_, err = first.UpdatesGetState(first.ctx)
	wantErr(t, err, "SESSION_REVOKED")
	_, err = second.UpdatesGetState(second.ctx)
	second.must(err)
}

func TestRevokeAndDeactivate(t *testing.T) {
	e := start(t, "")
	a, b := e.as(dilnoza), e.as(bekzod)
	e.must(e.Revoke(dilnoza))
	_, err := a.UpdatesGetState(a.ctx)
	wantErr(t, err, "SESSION_REVOKED")
	_, err = e.World.Dialogs(dilnoza)
	e.must(err)
	// The same key may sign in anew.
	sent, err := a.sendCode(dilnoza)
	a.must(err)
	_, err = a.signIn(dilnoza, e.code(dilnoza), sent.PhoneCodeHash)
	a.must(err)
	_, err = a.UpdatesGetState(a.ctx)
	a.must(err)

	e.must(e.Deactivate(bekzod))
	_, err = b.UpdatesGetState(b.ctx)
	wantErr(t, err, "USER_DEACTIVATED")
	_, err = e.send(a, bekzodID, "salom", 5)
	wantErr(t, err, "INPUT_USER_DEACTIVATED")
	_, err = a.sendCode(bekzod)
	wantErr(t, err, "PHONE_NUMBER_UNOCCUPIED")
}

// TestDrop: a dropped connection ends no session.
func TestDrop(t *testing.T) {
	e := start(t, "")
	c := e.as(dilnoza)
	_, err := c.UpdatesGetState(c.ctx)
	c.must(err)
	eventually(t, "connected", func() bool { a, _ := e.Account(dilnoza); return a.Sessions[0].Connected })
	e.must(e.Drop(dilnoza))
	_, err = c.UpdatesGetState(c.ctx)
	c.must(err)
}
