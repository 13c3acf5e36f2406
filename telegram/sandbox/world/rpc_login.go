package world

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// Rules of signing in. Telegram does not publish its numbers; these are of the
// same order.
const (
	codeLength   = 5
	codeLife     = 5 * time.Minute
	resendAfter  = 60 * time.Second // before that auth.resendCode has to wait
	codesPerHour = 8                // sendCode calls for one number
	maxCodeTries = 5                // wrong codes before the number has to wait
	maxPassTries = 5
	tryPause     = 60 * time.Second
)

func loginMethods(reg registry) {
	on(reg, public, (*call).sendCode)
	on(reg, public, (*call).resendCode)
	on(reg, public, (*call).cancelCode)
	on(reg, public, (*call).signIn)
	on(reg, public, func(*call, *tg.AuthSignUpRequest) (bin.Encoder, error) {
		return nil, rpcErr(400, "PHONE_NUMBER_INVALID") // the sandbox makes no accounts this way
	})
}

func (w *World) phoneOf(digits string) *phoneState {
	p := w.phones[digits]
	if p == nil {
		p = &phoneState{}
		w.phones[digits] = p
	}
	return p
}

// status of a number; empty when Telegram does not know it.
func (w *World) status(digits string) PhoneStatus {
	if u := w.byPhone[digits]; u != nil {
		if u.deleted {
			return PhoneDeactivated
		}
		return PhoneActive
	}
	if p := w.phones[digits]; p != nil {
		return p.status
	}
	return ""
}

func (c *call) sendCode(r *tg.AuthSendCodeRequest) (bin.Encoder, error) {
	if r.APIID == 0 || r.APIHash == "" {
		return nil, rpcErr(400, "API_ID_INVALID")
	}
	digits, err := cleanPhone(r.PhoneNumber)
	if err != nil {
		return nil, rpcErr(400, "PHONE_NUMBER_INVALID")
	}
	switch c.w.status(digits) {
	case PhoneActive, PhoneNoAccount:
	case PhoneBanned:
		return nil, rpcErr(400, "PHONE_NUMBER_BANNED")
	default:
		return nil, rpcErr(400, "PHONE_NUMBER_UNOCCUPIED")
	}
	p, now := c.w.phoneOf(digits), c.w.now()
	p.asked = slices.DeleteFunc(p.asked, func(t time.Time) bool { return now.Sub(t) > time.Hour })
	if len(p.asked) >= codesPerHour {
		return nil, rpcErr(400, "PHONE_NUMBER_FLOOD")
	}
	p.asked = append(p.asked, now)
	via := "app"
	if c.w.byPhone[digits] == nil {
		via = "sms" // no app without an account
	}
	return c.issue(digits, p, via), nil
}

// issue makes a new code; the one before is void.
func (c *call) issue(digits string, p *phoneState, via string) bin.Encoder {
	now := c.w.now()
	n, _ := rand.Int(rand.Reader, big.NewInt(100000))
	p.code = &loginCode{code: fmt.Sprintf("%0*d", codeLength, n), hash: randHex(9), via: via, sent: now, expires: now.Add(codeLife)}
	out := &tg.AuthSentCode{PhoneCodeHash: p.code.hash}
	if via == "sms" {
		out.Type = &tg.AuthSentCodeTypeSMS{Length: codeLength}
		return out
	}
	out.Type = &tg.AuthSentCodeTypeApp{Length: codeLength}
	out.SetNextType(&tg.AuthCodeTypeSMS{})
	out.SetTimeout(int(resendAfter.Seconds()))
	u := c.w.byPhone[digits]
	c.w.commitMessage(&msgRec{Chat: u.ID, From: serviceID, At: ms(now), Text: "Login code: " + p.code.code +
		". Do not give this code to anyone, even if they say they are from Telegram!"}, nil)
	return out
}

func (c *call) resendCode(r *tg.AuthResendCodeRequest) (bin.Encoder, error) {
	digits, p, err := c.pendingCode(r.PhoneNumber, r.PhoneCodeHash)
	if err != nil {
		return nil, err
	}
	if p.code.via == "sms" {
		return nil, rpcErr(400, "SEND_CODE_UNAVAILABLE")
	}
	if left := p.code.sent.Add(resendAfter).Sub(c.w.now()); left > 0 {
		return nil, floodWait(left)
	}
	return c.issue(digits, p, "sms"), nil
}

func (c *call) cancelCode(r *tg.AuthCancelCodeRequest) (bin.Encoder, error) {
	_, p, err := c.pendingCode(r.PhoneNumber, r.PhoneCodeHash)
	if err != nil {
		return nil, err
	}
	p.code = nil
	return boolean(true), nil
}

// pendingCode finds the state of a number that a code of that hash was sent to.
func (c *call) pendingCode(phone, hash string) (string, *phoneState, error) {
	digits, err := cleanPhone(phone)
	if err != nil {
		return "", nil, rpcErr(400, "PHONE_NUMBER_INVALID")
	}
	if hash == "" {
		return "", nil, rpcErr(400, "PHONE_CODE_HASH_EMPTY")
	}
	p := c.w.phones[digits]
	if p == nil || p.code == nil || p.code.hash != hash {
		return "", nil, rpcErr(400, "PHONE_CODE_EXPIRED")
	}
	if !c.w.now().Before(p.code.expires) {
		p.code = nil
		return "", nil, rpcErr(400, "PHONE_CODE_EXPIRED")
	}
	return digits, p, nil
}

func (c *call) signIn(r *tg.AuthSignInRequest) (bin.Encoder, error) {
	if digits, err := cleanPhone(r.PhoneNumber); err == nil {
		if p := c.w.phones[digits]; p != nil && p.blocked.After(c.w.now()) {
			return nil, floodWait(p.blocked.Sub(c.w.now()))
		}
	}
	digits, p, err := c.pendingCode(r.PhoneNumber, r.PhoneCodeHash)
	if err != nil {
		return nil, err
	}
	switch code, _ := r.GetPhoneCode(); {
	case code == "":
		return nil, rpcErr(400, "PHONE_CODE_EMPTY")
	case code != p.code.code:
		if p.code.tries++; p.code.tries < maxCodeTries {
			return nil, rpcErr(400, "PHONE_CODE_INVALID")
		}
		p.code, p.blocked = nil, c.w.now().Add(tryPause)
		return nil, floodWait(tryPause)
	}
	p.code = nil
	u := c.w.byPhone[digits]
	switch {
	case u == nil:
		return &tg.AuthAuthorizationSignUpRequired{}, nil
	case u.account.password != nil:
		a := c.w.freshAuth(c.key)
		a.pending = u.ID
		return nil, rpcErr(401, "SESSION_PASSWORD_NEEDED")
	}
	p.asked = nil
	return c.signedIn(u)
}

// freshAuth is the key's state for the rest of a sign-in.
func (w *World) freshAuth(key [8]byte) *auth {
	a := w.auths[key]
	if a == nil {
		a = &auth{}
		w.auths[key] = a
	}
	*a = auth{ended: a.ended}
	return a
}

func (c *call) signedIn(u *user) (bin.Encoder, error) {
	var b [8]byte
	_, _ = rand.Read(b[:])
	r := &authRec{
		Key: hex.EncodeToString(c.key[:]), User: u.ID, At: ms(c.w.now()),
		Hash: int64(binary.LittleEndian.Uint64(b[:]) >> 1),
	}
	if err := c.w.commit(record{Auth: r}); err != nil {
		return nil, err
	}
	c.after = append(c.after, func() { c.w.attach(c.s, u.ID) })
	return &tg.AuthAuthorization{User: c.view(u).tgUser(u)}, nil
}

// noticeLeakedCode voids a code that its receiver passes on inside Telegram, as
// Telegram does to protect people from being talked out of it.
func (w *World) noticeLeakedCode(u *user, text string) {
	p := w.phones[u.account.phone]
	if p != nil && p.code != nil && strings.Contains(text, p.code.code) {
		p.code.expires = w.now()
	}
}

func floodWait(d time.Duration) error {
	return rpcErr(420, fmt.Sprintf("FLOOD_WAIT_%d", (d+time.Second-1)/time.Second))
}

func randHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}
