package telegram

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"postix/domain"
)

// loginRule is what one of Telegram's answers means for a login.
type loginRule struct {
	code  domain.Code
	key   string
	names string
}

// loginRules is the table of a login. SRP_ID_INVALID and AUTH_RESTART are not in
// it: they are asked once more in silence. Sources:
// https://core.telegram.org/method/auth.sendCode, auth.signIn, auth.checkPassword
var loginRules = []loginRule{
	{domain.Invalid, domain.KeyPhoneInvalid, "PHONE_NUMBER_INVALID PHONE_NUMBER_APP_SIGNUP_FORBIDDEN"},
	{domain.Forbidden, domain.KeyPhoneBanned, "PHONE_NUMBER_BANNED USER_DEACTIVATED USER_DEACTIVATED_BAN"},
	{domain.NotFound, domain.KeyPhoneUnknown, "PHONE_NUMBER_UNOCCUPIED"},
	{domain.Limited, domain.KeyLoginFlood, "FLOOD_WAIT FLOOD_PREMIUM_WAIT PHONE_NUMBER_FLOOD PHONE_PASSWORD_FLOOD"},
	{domain.Invalid, domain.KeyCodeInvalid, "PHONE_CODE_INVALID PHONE_CODE_EMPTY EMAIL_CODE_INVALID CODE_INVALID"},
	{domain.Conflict, domain.KeyCodeExpired, "PHONE_CODE_EXPIRED PHONE_HASH_EXPIRED PHONE_CODE_HASH_EMPTY"},
	{domain.Invalid, domain.KeyPasswordInvalid, "PASSWORD_HASH_INVALID"},
	{domain.Limited, domain.KeyNoMoreWays, "SEND_CODE_UNAVAILABLE"},
}

// floodUnsaid is the wait for floods that Telegram names no time for.
const floodUnsaid = 24 * time.Hour

// loginError is what an error of a step means to the person who signs in; nil
// stays nil.
func loginError(err error) error {
	if err == nil {
		return nil
	}
	if known, ok := errors.AsType[*domain.Error](err); ok {
		return known
	}
	answer, ok := tgerr.As(err)
	if !ok { // no answer, whatever the reason
		return domain.E(domain.Unavailable, domain.KeyLoginTimeout).Because(err)
	}
	for _, r := range loginRules {
		for name := range strings.FieldsSeq(r.names) {
			if name != answer.Type {
				continue
			}
			e := domain.E(r.code, r.key).Because(err)
			if r.key == domain.KeyLoginFlood {
				return e.After(floodWait(answer))
			}
			return e
		}
	}
	return trouble(cleanCode(answer.Message), err)
}

func floodWait(answer *tgerr.Error) time.Duration {
	if answer.Argument > 0 {
		return min(time.Duration(answer.Argument)*time.Second, longestWait)
	}
	return floodUnsaid
}

func trouble(code string, err error) *domain.Error {
	return domain.E(domain.Unavailable, domain.KeyLoginTrouble, "Code", code).Because(err)
}

// loginStep makes one call of a login within its deadline, and once more when
// Telegram says that it has lost the thread.
func loginStep[T any](ctx context.Context, c *loginClient, f func(context.Context, *tg.Client) (T, error)) (T, error) {
	c.step.Lock()
	defer c.step.Unlock()
	var none T
	if !c.accounts.begin() {
		return none, errNotReady
	}
	began := time.Now()
	wait := time.NewTimer(c.deadline)
	defer wait.Stop()
	select {
	case <-c.ready:
	case <-c.done:
	case <-wait.C:
	case <-ctx.Done():
	}
	if !c.live() {
		c.accounts.work.Done()
		return none, errNotReady
	}
	return bounded(ctx, c.accounts, c.deadline-time.Since(began), func(ctx context.Context) (T, error) {
		v, err := f(ctx, c.api)
		if tgerr.Is(err, "SRP_ID_INVALID", "AUTH_RESTART") {
			v, err = f(ctx, c.api)
		}
		return v, err
	})
}

// live reports whether the client is connected for use.
func (c *loginClient) live() bool {
	select {
	case <-c.done:
		return false
	default:
	}
	select {
	case <-c.ready:
		return true
	default:
		return false
	}
}

// sentCode reads where the code went, how long it is, and what can be tried
// next. Source: https://core.telegram.org/type/auth.SentCodeType
func sentCode(s *tg.AuthSentCode) domain.SentCode {
	c := domain.SentCode{Way: domain.WayOther}
	switch t := s.Type.(type) {
	case *tg.AuthSentCodeTypeApp:
		c.Way, c.Length = domain.WayApp, t.Length
	case *tg.AuthSentCodeTypeSMS:
		c.Way, c.Length = domain.WaySMS, t.Length
	case *tg.AuthSentCodeTypeFirebaseSMS:
		c.Way, c.Length = domain.WaySMS, t.Length
	case *tg.AuthSentCodeTypeCall:
		c.Way, c.Length = domain.WayCall, t.Length
	case *tg.AuthSentCodeTypeMissedCall:
		c.Way, c.Length = domain.WayCall, t.Length
	case *tg.AuthSentCodeTypeEmailCode:
		c.Way, c.Length = domain.WayEmail, t.Length
	case *tg.AuthSentCodeTypeFragmentSMS:
		c.Length = t.Length
	}
	if next, ok := s.GetNextType(); ok {
		c.NextWay = nextWay(next)
		c.NextWait = time.Duration(s.Timeout) * time.Second
	}
	return c
}

func nextWay(t tg.AuthCodeTypeClass) domain.CodeWay {
	switch t.(type) {
	case *tg.AuthCodeTypeSMS:
		return domain.WaySMS
	case *tg.AuthCodeTypeCall, *tg.AuthCodeTypeFlashCall, *tg.AuthCodeTypeMissedCall:
		return domain.WayCall
	}
	return domain.WayOther
}
