package handlers_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"postix/domain"
	"postix/handlers"
)

// out fails unless the browser is signed out.
func (b *browser) out(who string) {
	b.p.t.Helper()
	if _, body := b.get("/admin/me"); !strings.Contains(body, `action="/signin"`) {
		b.p.t.Errorf("%s is still in", who)
	}
}

// TestBlockingAnOrganizationFromItsPage ends the sessions of all its users at once,
// says on its page who did it, since and until when and why, and letting it in again
// brings no session back.
func TestBlockingAnOrganizationFromItsPage(t *testing.T) {
	p := newPanel(t)
	at := "/admin/service/organizations/" + itoa(p.owner.User.OrganizationID)
	in := map[string]*browser{"the owner": p.as(p.owner), "the manager": p.as(p.manager), "the member": p.as(p.member)}
	other, b := p.as(p.other), p.asAdmin()
	for _, c := range [][2]string{{"reason", " "}, {"until", "2001-01-01T10:00"}, {"until", "soon"}, {"from", "some day"}} {
		form := map[string]string{"reason": "Shikoyat", "length": "until", "until": "2199-01-01T10:00"}
		form[c[0]] = c[1]
		var pairs []string
		for k, v := range form {
			pairs = append(pairs, k, v)
		}
		status, body := b.post(at+"/block", pairs...)
		says(t, status, body, http.StatusUnprocessableEntity, `aria-invalid`)
	}
	for who, i := range in {
		if status, _ := i.get("/admin/me"); status != http.StatusOK {
			t.Fatalf("%s is out by a form that was refused", who)
		}
	}
	status, body := b.post(at+"/block", "reason", "Shikoyat <b>koʻp</b>", "length", "week")
	says(t, status, body, http.StatusOK, "block is saved", "Blocked", "Shikoyat &lt;b&gt;koʻp&lt;/b&gt;", "Bosh", "service administrator")
	zone, _ := time.LoadLocation("Asia/Tashkent")
	if until := time.Now().In(zone).AddDate(0, 0, 7).Format("2 Jan 2006"); !strings.Contains(body, until) {
		t.Errorf("it does not say until when: %s", until)
	}
	if !strings.Contains(body, "Tashkent time (UTC+5)") {
		t.Error("it does not name the zone as people do")
	}
	was, err := p.store.Organization(t.Context(), p.owner.User.OrganizationID)
	must(t, err)
	status, body = b.get(at + "/block")
	says(t, status, body, http.StatusOK, "Change the block</h1>", "Save")
	status, body = b.post(at+"/block", "reason", "Qarz", "from", "2198-01-01T10:00", "length", "good")
	says(t, status, body, http.StatusOK, "Qarz", "for good")
	if is, err := p.store.Organization(t.Context(), was.ID); err != nil || !is.Block.From.Equal(was.Block.From) {
		t.Errorf("it was %+v and is %+v, %v", was.Block, is.Block, err)
	}
	for who, i := range in {
		i.out(who)
	}
	if status, _ := other.get("/admin/users"); status != http.StatusOK {
		t.Error("another organization is shut out too")
	}
	_, body = b.get("/admin/service")
	if row := (deskAnswer{body: body}).row("organization-" + itoa(p.owner.User.OrganizationID)); len(row) < 7 || !strings.HasPrefix(row[6], "Blocked") {
		t.Errorf("the list says %q", row)
	}
	status, body = b.post(at + "/unblock")
	says(t, status, body, http.StatusOK, "The organization is unblocked.")
	status, body = b.post(at + "/unblock")
	says(t, status, body, http.StatusOK, "This organization is not blocked.")
	for who, i := range in {
		i.out(who)
	}
	if status, _ := p.as(p.owner).get("/admin/users"); status != http.StatusOK {
		t.Error("nobody can sign in again")
	}
}

// TestBlockingAUserFromTheServicesPage: also the only owner, whom nobody of his
// organization could; his organization cannot lift it.
func TestBlockingAUserFromTheServicesPage(t *testing.T) {
	p := newPanel(t)
	at := "/admin/service/organizations/" + itoa(p.owner.User.OrganizationID) + "/users/"
	owner, member, b := p.as(p.owner), p.as(p.member), p.asAdmin()
	status, body := b.post(at+itoa(p.member.User.ID)+"/block", "reason", "Spam", "length", "good")
	says(t, status, body, http.StatusOK, "Spam", "Bosh", "service administrator")
	member.out("the member")
	status, body = owner.get("/admin/users/" + itoa(p.member.User.ID))
	says(t, status, body, http.StatusOK, "Spam")
	for _, asks := range []string{"/block", "/remove"} {
		status, body = owner.get("/admin/users/" + itoa(p.member.User.ID) + asks)
		says(t, status, body, http.StatusForbidden, "Only a service administrator")
	}
	owner.post("/admin/users/" + itoa(p.member.User.ID) + "/unblock")
	status, body = b.get(at + itoa(p.member.User.ID))
	says(t, status, body, http.StatusOK, "Spam")
	status, body = b.post(at+itoa(p.owner.User.ID)+"/block", "reason", "Spam", "length", "day")
	says(t, status, body, http.StatusOK, "Blocked")
	owner.out("the owner")
	status, body = b.post(at + itoa(p.owner.User.ID) + "/unblock")
	says(t, status, body, http.StatusOK, "akmal")
	for _, act := range []string{"", "/block"} { // a user by way of another organization
		theirs := "/admin/service/organizations/" + itoa(p.other.User.OrganizationID) + "/users/" + itoa(p.owner.User.ID) + act
		if status, _ := b.get(theirs); status != http.StatusNotFound {
			t.Errorf("%s: %d", theirs, status)
		}
		if status, _ := b.post(theirs+"/block", "reason", "Spam", "length", "good"); act == "" && status != http.StatusNotFound {
			t.Errorf("%s/block: %d", theirs, status)
		}
	}
}

// TestBlockedNumbers are listed with who did it; one of an organization pauses.
func TestBlockedNumbers(t *testing.T) {
	p := newPanel(t)
	acc := p.account(p.owner, "+998901112233", 501)
	b := p.asAdmin()
	status, body := b.get("/admin/service/numbers")
	says(t, status, body, http.StatusOK, "No number is blocked")
	status, body = b.post("/admin/service/numbers/block", "phone", "salom", "reason", "Spam", "length", "good")
	says(t, status, body, http.StatusUnprocessableEntity, `value="salom"`)
	for _, phone := range []string{"+998 90 111-22-33", "+998907770000"} {
		status, body = b.post("/admin/service/numbers/block", "phone", phone, "reason", "Firibgar", "length", "good")
		says(t, status, body, http.StatusOK, "block is saved", "Firibgar")
	}
	_, body = b.get("/admin/service/numbers")
	for phone, holder := range map[string]string{"+998901112233": "Ours", "+998907770000": "connected by nobody"} {
		row := (deskAnswer{body: body}).row("blocked" + phone)
		if len(row) != 6 || !strings.Contains(row[0], holder) || row[1] != "Firibgar" || row[2] != "Bosh" || row[4] != "for good" {
			t.Errorf("%s: %q", phone, row)
		}
	}
	now, err := p.store.Account(t.Context(), p.owner.Scope(), acc.ID)
	must(t, err)
	if now.State != domain.AccountPaused {
		t.Errorf("its account is %s", now.State)
	}
	own := "/admin/accounts/" + itoa(acc.ID)
	for _, at := range []string{"/admin/accounts", own} {
		status, body = p.as(p.owner).get(at)
		says(t, status, body, http.StatusOK, "Blocked", "The service has blocked this number.")
		if strings.Contains(body, own+"/resume") || strings.Contains(body, "SpamBot") || strings.Contains(body, "Limited") {
			t.Errorf("%s speaks of a limit of Telegram's", at)
		}
	}
	_, body = b.get("/admin/service/organizations/" + itoa(acc.OrganizationID) + "/numbers")
	change := "/admin/service/numbers/block?phone=%2B998901112233"
	says(t, http.StatusOK, body, http.StatusOK, `title="Change the block: +998 90 111 22 33"`, change, "/admin/service/numbers/unblock")
	status, body = b.get(change)
	says(t, status, body, http.StatusOK, "Change the block</h1>", "Firibgar</textarea>", `type="hidden" name="phone" value="+998901112233"`)
	status, body = b.post("/admin/service/numbers/block", "phone", "+998901112233", "reason", " ", "length", "good")
	says(t, status, body, http.StatusUnprocessableEntity, "Change the block</h1>", "reason-error")
	if _, body = b.get("/admin/service/numbers?search=777"); strings.Contains(body, "blocked+998901112233") || !strings.Contains(body, "blocked+998907770000") {
		t.Error("the search does not find it alone")
	}
	status, body = b.post("/admin/service/numbers/unblock", "phone", "+998901112233")
	says(t, status, body, http.StatusOK, "The number is unblocked.")
	if strings.Contains(body, "blocked+998901112233") {
		t.Error("it is still on the list")
	}
	status, body = p.as(p.owner).get(own)
	says(t, status, body, http.StatusOK, "Paused", own+"/resume")
	if strings.Contains(body, "SpamBot") {
		t.Error("it speaks of a limit of Telegram's")
	}
}

// TestNobodyElseReachesTheService: for others there is no such page, whatever the
// address names, and what they send changes nothing.
func TestNobodyElseReachesTheService(t *testing.T) {
	p := newPanel(t)
	c := p.campaignOf(p.owner, p.account(p.owner, "+998901112233", 501), secretText)
	fill := strings.NewReplacer(":id", itoa(p.owner.User.OrganizationID), ":user", itoa(p.member.User.ID), ":campaign", itoa(c.ID))
	form := []string{"reason", "Spam", "length", "good", "phone", "+998901112233", "name", "Yangi", "zone", "Asia/Tashkent", "owner_name", "Ega", "email", "ega@yangi.uz", "account_limit", "5"}
	in := map[domain.Role]*browser{"stranger": p.as(p.other)}
	for _, a := range []domain.Actor{p.owner, p.manager, p.member} {
		in[a.User.Role] = p.as(a)
	}
	before, err := p.store.Audit(t.Context(), domain.AuditFilter{})
	must(t, err)
	tried := 0
	for role, b := range in {
		_, nowhere := b.get("/admin/nowhere")
		for _, r := range handlers.Routes() {
			if !strings.HasPrefix(r.Path, "/admin/service") {
				continue
			}
			tried++
			path := fill.Replace(r.Path)
			status, body := b.get(path)
			if r.Method == http.MethodPost {
				status, body = b.post(path, form...)
			}
			if status != http.StatusNotFound || body != nowhere {
				t.Errorf("%s %s as %s: %d", r.Method, path, role, status)
			}
		}
	}
	after, err := p.store.Audit(t.Context(), domain.AuditFilter{})
	must(t, err)
	if tried < 4*25 || !slices.Equal(before, after) {
		t.Errorf("%d tried, and something was done: %+v", tried, after[:len(after)-len(before)])
	}
}
