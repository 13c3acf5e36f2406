package views

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"

	"postix/domain"
	"postix/views/locale"
)

// What is left to do between the password and the panel.
const (
	SignInCodeURL     = "/signin/code"
	SignInPasswordURL = "/signin/password"
	SignInTOTPURL     = "/signin/totp"
)

// LanguageURL takes the language that somebody who is signed in chooses.
const LanguageURL = string(NavMe) + "/language"

// atTOTP leads the answer of a form to the second step, which on a phone stands far
// below the top of the page.
const atTOTP = "#me-totp"

// MePage is what one decides about oneself.
type MePage struct {
	User           domain.User
	Organization   domain.Organization
	Lang, Zone     string // chosen, or typed with PreferencesErr
	PreferencesErr error
	Self           SelfForm
	SelfErr        error
	Sessions       []domain.Session
	Here           string // the id of this one
	TOTP           TOTPPage
	Codes          []string // recovery codes, shown once
	CodesErr       error
	Recovery       domain.RecoverySet
	Forced         bool // the second step cannot be switched off
	PasswordErr    error
	BotLink        string // into the bot, shown once
	BotErr         error
	Now            time.Time
}

// BotLinkURL is where one gets a link into the bot for oneself.
const BotLinkURL = string(NavMe) + "/bot-link"

// SelfForm is by what a person is known, as it is typed.
type SelfForm struct{ Name, Email, TelegramID string }

// TypedSelf is that of a user, as a form shows it.
func TypedSelf(u domain.User) SelfForm {
	return SelfForm{u.Name, u.Email, idOrEmpty(u.TelegramID)}
}

// TOTPPage is the second step that is being set up.
type TOTPPage struct {
	Secret, URI string
	Err         error
}

func passwordHint(ctx context.Context, name string) string {
	if name != "password" {
		return ""
	}
	return locale.T(ctx, "me.password_hint", "Min", domain.MinPassword)
}

// qrQuiet is the white border of a QR code, in modules (ISO/IEC 18004, 5.3.8).
const qrQuiet = 4

// qrCode draws a text as SVG; an empty string when it is too long for one.
func qrCode(text string) string {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return ""
	}
	size := code.Bounds().Dx()
	var path strings.Builder
	for y := range size {
		for x := range size {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+qrQuiet, y+qrQuiet)
			}
		}
	}
	whole := size + 2*qrQuiet
	return fmt.Sprintf(`<svg viewBox="0 0 %d %d" shape-rendering="crispEdges"><rect width="%d" height="%d" fill="#fff"/><path fill="#000" d="%s"/></svg>`,
		whole, whole, whole, whole, path.String())
}

// inFours is a secret as one types it from a screen.
func inFours(secret string) string {
	var b strings.Builder
	for i, r := range secret {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// browserName is what a User-Agent says of browser and system, as far as people
// want to know. The first that is found counts: later ones are in the others' too.
func browserName(agent string) string {
	browser, system := "?", ""
	for _, b := range [][2]string{
		{"YaBrowser", "Yandex"},
		{"Edg", "Edge"},
		{"OPR", "Opera"},
		{"SamsungBrowser", "Samsung Internet"},
		{"Firefox", "Firefox"},
		{"Chrome", "Chrome"},
		{"Safari", "Safari"},
		{"curl", "curl"},
	} {
		if strings.Contains(agent, b[0]) {
			browser = b[1]
			break
		}
	}
	for _, s := range [][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS", "macOS"}, {"Linux", "Linux"}} {
		if strings.Contains(agent, s[0]) {
			system = s[1]
			break
		}
	}
	if system == "" {
		return browser
	}
	return browser + " · " + system
}
