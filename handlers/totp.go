package handlers

import (
	"crypto/subtle"
	"net/url"
	"time"

	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"postix/domain"
	"postix/views"
)

// TOTP makes and checks the codes of authenticator apps as all of them do: six
// digits, SHA-1, a new one each 30 seconds.
type TOTP struct{}

var _ domain.Codes = TOTP{}

const totpPeriod = 30 // seconds

// New implements domain.Codes.
func (TOTP) New(email string) (secret, uri string, err error) {
	k, err := totp.Generate(totp.GenerateOpts{Issuer: views.Name, AccountName: email})
	if err != nil {
		return "", "", err
	}
	return k.Secret(), k.URL(), nil
}

// URI implements domain.Codes.
func (TOTP) URI(email, secret string) string {
	query := url.Values{"secret": {secret}, "issuer": {views.Name}}
	return "otpauth://totp/" + url.PathEscape(views.Name+":"+email) + "?" + query.Encode()
}

// Step implements domain.Codes. The phone's clock may be half a minute wrong
// (RFC 6238, 5.2).
func (TOTP) Step(secret, code string, now time.Time) (int64, bool) {
	step := now.Unix() / totpPeriod
	for _, s := range []int64{step, step - 1, step + 1} {
		want, err := hotp.GenerateCode(secret, uint64(s))
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return s, true
		}
	}
	return 0, false
}
