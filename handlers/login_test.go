package handlers_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

const wizard = "/admin/new-telegram-users"

var (
	wrongCode = domain.E(domain.Invalid, domain.KeyCodeInvalid)
	wrongPass = domain.E(domain.Invalid, domain.KeyPasswordInvalid)
	codeIsOld = domain.E(domain.Invalid, domain.KeyCodeExpired)
	needPass  = domain.E(domain.Unauthorized, domain.KeyPasswordNeeded, "Hint", "mushuk\u202e<b>")
)

func TestLoginWholeWay(t *testing.T) {
	p := newPanel(t)
	p.tg.sent = domain.SentCode{Way: domain.WayApp, Length: 5, NextWay: domain.WaySMS, NextWait: 2 * time.Minute}
	p.tg.profile = domain.Profile{TelegramID: 77, FirstName: "Dilnoza", LastName: "Karimova", Username: "dilnoza_k"}
	p.tg.signIn, p.tg.password = []error{wrongCode, needPass}, []error{wrongPass, nil}
	b := p.as(p.owner)

	status, body := b.post(wizard+"/phone", "phone", "12", "user", "0")
	says(t, status, body, 422, "The number is not right", `value="12"`)
	status, body = b.post(wizard+"/phone", "phone", "90 123 45 67", "user", "0")
	says(t, status, body, 200, "The code went to the Telegram app of", "+998 90 123 45 67", "This is not an SMS",
		"The code has 5 digits.", "3 tries left", `autocomplete="one-time-code"`, "By SMS in", "Give the code to nobody")
	status, body = p.as(p.owner).get(wizard) // a second tab, or a reload
	says(t, status, body, 200, "Enter the code", "+998 90 123 45 67")
	status, body = b.post(wizard + "/resend")
	says(t, status, body, 429, "Enter the code")
	status, body = b.post(wizard+"/code", "code", "818")
	says(t, status, body, 422, "The code has 5 digits.", "3 tries left")
	if strings.Count(body, "The code has 5 digits.") != 1 {
		t.Error("the length is said twice")
	}
	status, body = b.post(wizard+"/code", "code", "81818")
	says(t, status, body, 422, "Tries left: 2")
	if strings.Contains(body, "81818") {
		t.Error("a code is echoed")
	}
	status, body = b.post(wizard+"/code", "code", "9 2 9 2 9")
	says(t, status, body, 200, "Two-step password", "mushuk⟨202E⟩&lt;b&gt;", "3 tries left")
	status, body = b.post(wizard+"/password", "password", "wrong-canary")
	says(t, status, body, 422, "Tries left: 2")
	if strings.Contains(body, "wrong-canary") {
		t.Error("a password is echoed")
	}
	status, body = b.post(wizard+"/password", "password", "right-canary")
	says(t, status, body, 200, "Number connected", "Dilnoza Karimova", "@dilnoza_k", "First catalog", "/add?account=", "Reading chats")

	as, err := p.store.Accounts(t.Context(), p.owner.Scope())
	must(t, err)
	if strings.Contains(body, "Campaigns of this number") {
		t.Error("a new number is led back to campaigns")
	}
	if len(as) != 1 || as[0].UserName != "Dilnoza Karimova" {
		t.Errorf("connected %+v", as)
	}
	_, body = b.get(wizard + "?new=1")
	says(t, 200, body, 200, "Which number shall we connect?")
	for _, secret := range []string{"81818", "92929", "canary", "mushuk"} {
		if strings.Contains(p.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestLoginEndsWithTheWayOn(t *testing.T) {
	p := newPanel(t)
	b := p.as(p.owner)
	p.tg.sent = domain.SentCode{Way: domain.WaySMS, Length: 6}
	p.tg.signIn = []error{codeIsOld}
	_, body := b.post(wizard+"/phone", "phone", "901234567")
	says(t, 200, body, 200, "by SMS", "sends the code no other way")
	status, body := b.post(wizard+"/code", "code", "123456")
	says(t, status, body, 422, "Which number shall we connect?", `value="+998 90 123 45 67"`, "has expired")
	_, body = b.get(wizard)
	says(t, 200, body, 200, "has expired") // a reload says it again

	p.tg.code = []error{domain.E(domain.Limited, domain.KeyLoginFlood).After(time.Hour)}
	status, body = b.post(wizard+"/phone", "phone", "901234568")
	says(t, status, body, 429, "Which number shall we connect?")
	status, _ = b.post(wizard+"/phone", "phone", "901234568") // the form refuses it until then
	if status != 429 || len(p.tg.code) != 0 {
		t.Errorf("status %d", status)
	}
	p.tg.code = []error{domain.E(domain.Forbidden, domain.KeyPhoneBanned)}
	status, body = b.post(wizard+"/phone", "phone", "901234569")
	says(t, status, body, 422, "Which number shall we connect?", "recover@telegram.org", `value="901234569"`)
	p.tg.code = []error{domain.E(domain.NotFound, domain.KeyPhoneUnknown)}
	status, body = b.post(wizard+"/phone", "phone", "901234561")
	says(t, status, body, 422, "Which number shall we connect?", "no Telegram on this number")

	_, body = b.post(wizard+"/phone", "phone", "901234560")
	says(t, 200, body, 200, "Enter the code")
	_, body = b.post(wizard + "/cancel")
	says(t, 200, body, 200, "Which number shall we connect?")
	status, body = b.post(wizard+"/code", "code", "123456")
	says(t, status, body, 409, "Which number shall we connect?")
}

func TestLoginOfATakenPhone(t *testing.T) {
	p := newPanel(t)
	p.account(p.other, "+998901234567", 5)
	status, body := p.as(p.owner).post(wizard+"/phone", "phone", "90 123-45-67")
	says(t, status, body, 409, "cannot be connected", `value="90 123-45-67"`)
	if strings.Contains(body, "Theirs") || strings.Contains(body, "zafar") {
		t.Error("the page says where the number is registered")
	}
}

// A member connects his own numbers, whatever he sends; an owner cannot give a
// number to a user of another organization.
func TestLoginForWhom(t *testing.T) {
	p := newPanel(t)
	p.tg.profile = domain.Profile{TelegramID: 78, FirstName: "Boshqa"}
	b := p.as(p.member)
	_, body := b.get(wizard)
	if strings.Contains(body, `name="user"`) {
		t.Error("a member may choose a user")
	}
	b.post(wizard+"/phone", "phone", "901234567", "user", strconv.FormatInt(p.owner.User.ID, 10))
	_, body = b.post(wizard+"/code", "code", "12345")
	says(t, 200, body, 200, "Number connected")
	as, err := p.store.Accounts(t.Context(), p.owner.Scope())
	must(t, err)
	if len(as) != 1 || as[0].UserID != p.member.User.ID {
		t.Errorf("connected for %+v", as)
	}
	status, foreign := p.as(p.owner).post(wizard+"/phone", "phone", "901234568", "user", strconv.FormatInt(p.other.User.ID, 10))
	says(t, status, foreign, 404, "There is no such user")
	if _, missing := p.as(p.owner).post(wizard+"/phone", "phone", "901234568", "user", "9999"); foreign != missing {
		t.Error("a foreign user differs from a missing one")
	}
}

// An account that lost its session is offered for connecting again, to the same
// Telegram user only.
func TestLoginAgain(t *testing.T) {
	p := newPanel(t)
	acc := p.account(p.member, "+998901234567", 78)
	_, err := p.store.SetAccountState(t.Context(), acc.OrganizationID, acc.ID, domain.AccountNeedsLogin, "AUTH_KEY_UNREGISTERED", time.Now())
	must(t, err)
	b := p.as(p.owner)
	id := strconv.FormatInt(acc.ID, 10)
	_, body := b.get("/admin/accounts")
	says(t, 200, body, 200, "Connect again", wizard+"?account="+id)
	_, body = b.get(wizard + "?account=" + id)
	says(t, 200, body, 200, `value="+998 90 123 45 67"`, "same Telegram user as before")
	p.tg.profile = domain.Profile{TelegramID: 79, FirstName: "Boshqa"}
	b.post(wizard+"/phone", "phone", "+998 90 123 45 67", "user", strconv.FormatInt(acc.UserID, 10), "again", "1")
	status, body := b.post(wizard+"/code", "code", "12345")
	says(t, status, body, 409, "same user as before")
	status, _ = p.as(p.other).get(wizard + "?account=" + id)
	if status != 404 {
		t.Errorf("a foreign account answers %d", status)
	}
}

// While Telegram has not answered yet, another tab sees that and asks again.
func TestLoginInAnotherTab(t *testing.T) {
	p := newPanel(t)
	p.tg.asked, p.tg.hold = make(chan struct{}), make(chan struct{})
	first := make(chan string)
	b := p.as(p.owner)
	go func() {
		_, body := b.post(wizard+"/phone", "phone", "901234567")
		first <- body
	}()
	<-p.tg.asked
	_, body := p.as(p.owner).get(wizard)
	says(t, 200, body, 200, "Asking for a code", "+998 90 123 45 67", `hx-trigger="every 1s"`)
	close(p.tg.hold)
	says(t, 200, <-first, 200, "Enter the code")
	_, body = p.as(p.owner).get(wizard + "/code") // where a refused code was sent to
	says(t, 200, body, 200, "Enter the code")
	if strings.Contains(body, "every 1s") {
		t.Error("the page still asks for itself")
	}
}

// When Telegram cannot be reached, the wizard goes on saying so: to who tries
// again too soon, and to who opens it again.
func TestLoginWithoutTelegram(t *testing.T) {
	p := newPanel(t)
	b := p.as(p.owner)
	p.tg.code = []error{domain.E(domain.Unavailable, domain.KeyLoginTimeout)}
	const silent, wait = "Telegram did not answer", "wait at least"
	status, body := b.post(wizard+"/phone", "phone", "901234567")
	says(t, status, body, 503, silent, wait, `value="901234567"`)
	status, body = b.post(wizard+"/phone", "phone", "901234567")
	says(t, status, body, 429, silent, "was asked for already")
	status, body = b.get(wizard + "?new=1")
	says(t, status, body, 200, silent, wait, `value="+998 90 123 45 67"`)
	if !strings.Contains(p.log.String(), "level=WARN") || strings.Contains(p.log.String(), "901234567") {
		t.Errorf("logged %s", p.log.String())
	}
}

// A number that is connected again is led back to its campaigns.
func TestLoginAgainLeadsBack(t *testing.T) {
	p := newPanel(t)
	acc := p.account(p.member, "+998901234567", 78)
	_, err := p.store.SetAccountState(t.Context(), acc.OrganizationID, acc.ID, domain.AccountNeedsLogin, "AUTH_KEY_UNREGISTERED", time.Now())
	must(t, err)
	p.tg.profile = domain.Profile{TelegramID: 78, FirstName: "Bekzod"}
	b := p.as(p.member)
	b.post(wizard+"/phone", "phone", "901234567", "again", "1")
	_, body := b.post(wizard+"/code", "code", "12345")
	says(t, 200, body, 200, "Number connected", "/admin/campaigns?account="+strconv.FormatInt(acc.ID, 10))
}
