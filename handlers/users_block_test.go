package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

// TestWhoBlocked: the page says who has, however many have been blocked since.
func TestWhoBlocked(t *testing.T) {
	p := newPanel(t)
	u := p.signedUp(domain.User{DepartmentID: p.member.User.DepartmentID, Role: domain.RoleMember, Name: "Jasur", Email: "jasur@a.uz"})
	status, body := p.as(p.manager).post(userPath(u)+"/block", "reason", "Spam", "length", "good")
	says(t, status, body, http.StatusOK, "The block is saved.")
	by := domain.Acting(t.Context(), p.owner, "192.0.2.7")
	for range 201 {
		must(t, p.store.Keep(by, domain.AuditEntry{
			OrganizationID: u.OrganizationID, Event: domain.AuditUserBlock, Subject: domain.SubjectUser, SubjectID: p.member.User.ID,
		}))
	}
	status, body = p.as(p.owner).get(userPath(u))
	says(t, status, body, http.StatusOK, "Spam", "<bdi>lola</bdi>")
}

// TestBlockedFromHisPage: a block ends his session at once, says who, why and how
// long, and is taken off again.
func TestBlockedFromHisPage(t *testing.T) {
	p := newPanel(t)
	u := p.signedUp(domain.User{DepartmentID: p.member.User.DepartmentID, Role: domain.RoleMember, Name: "Jasur", Email: "jasur@a.uz"})
	in := p.stranger()
	in.signIn(u)
	if status, _ := in.get("/admin/campaigns"); status != http.StatusOK {
		t.Fatalf("he is not in: %d", status)
	}
	b := p.as(p.manager)
	status, body := b.get(userPath(u) + "/block")
	says(t, status, body, http.StatusOK, "Block Jasur?", "datetime-local")
	for _, c := range [][2]string{{"reason", " "}, {"from", "x"}, {"until", ""}, {"until", "2020-01-01T10:00"}} {
		form := map[string]string{"reason": "Taʼtilda", "from": "", "length": "until", "until": "2036-01-01T10:00"}
		form[c[0]] = c[1]
		var pairs []string
		for k, v := range form {
			pairs = append(pairs, k, v)
		}
		if status, body := b.post(userPath(u)+"/block", pairs...); status != http.StatusUnprocessableEntity || !strings.Contains(body, c[0]+"-error") {
			t.Errorf("%v: %d", c, status)
		}
	}
	if status, _ := in.get("/admin/campaigns"); status != http.StatusOK {
		t.Error("a form that was refused has blocked him")
	}
	status, body = b.post(userPath(u)+"/block", "reason", "Taʼtilda <b>", "length", "week")
	says(t, status, body, http.StatusOK, "The block is saved.", "Blocked", "Taʼtilda &lt;b&gt;", "lola")
	was, err := p.user(u.ID)
	if err != nil || was.Block.Until.Sub(was.Block.From).Round(time.Hour) != 7*24*time.Hour {
		t.Errorf("blocked %+v, %v", was.Block, err)
	}
	status, body = b.get(userPath(u) + "/block")
	says(t, status, body, http.StatusOK, "Change the block</h1>", "Taʼtilda &lt;b&gt;</textarea>", "Save")
	for _, asks := range []string{"Yes, block", "leaves the panel", `name="from"`} {
		if strings.Contains(body, asks) {
			t.Errorf("the form of a block that is there says %q", asks)
		}
	}
	status, body = b.post(userPath(u)+"/block", "reason", "Kasal", "from", "2198-01-01T10:00", "length", "until", "until", "2190-01-01T10:00")
	says(t, status, body, http.StatusOK, "The block is saved.", "Kasal", "1 Jan 2190")
	if is, err := p.user(u.ID); err != nil || !is.Block.From.Equal(was.Block.From) || !is.Block.Since.Equal(was.Block.Since) {
		t.Errorf("it was %+v and is %+v, %v", was.Block, is.Block, err)
	}
	if _, body := in.get("/admin/campaigns"); !strings.Contains(body, `action="/signin"`) {
		t.Error("his session lives on")
	}
	if _, body := in.post("/admin/catalogs", "name", "Yangi"); !strings.Contains(body, `action="/signin"`) {
		t.Error("his session acts on")
	}
	if status, body = in.signIn(u); strings.Contains(body, "/signout") {
		t.Errorf("he signs in: %d", status)
	}
	_, body = b.get("/admin/users?state=blocked")
	says(t, 200, body, 200, "Jasur", "Blocked", "until")
	status, body = b.post(userPath(u) + "/link")
	says(t, status, body, http.StatusOK, "Unblock him first.")
	status, body = b.post(userPath(u) + "/unblock")
	says(t, status, body, http.StatusOK, "The user is unblocked.")
	status, body = b.post(userPath(u) + "/unblock")
	says(t, status, body, http.StatusOK, "This user is not blocked.")
	if status, body = in.signIn(u); !strings.Contains(body, "/signout") {
		t.Errorf("he does not sign in: %d", status)
	}
}

// TestPlannedBlock begins when it was typed for, in the zone that the page shows.
func TestPlannedBlock(t *testing.T) {
	p := newPanel(t)
	b := p.as(p.owner)
	zone := p.owner.Organization.Location()
	from := time.Now().In(zone).AddDate(0, 0, 3).Truncate(time.Minute)
	status, body := b.post(userPath(p.member.User)+"/block", "reason", "Shartnoma tugaydi", "from", from.Format("2006-01-02T15:04"), "length", "good")
	says(t, status, body, http.StatusOK, "Will be blocked", from.Format("2 Jan 2006 15:04"), "for good")
	u, err := p.user(p.member.User.ID)
	if err != nil || !u.Block.From.Equal(from) || u.Block.Active() || !u.Block.Until.IsZero() {
		t.Errorf("planned %+v, %v", u.Block, err)
	}
	if status, _ := p.as(p.member).get("/admin/campaigns"); status != http.StatusOK {
		t.Errorf("it holds already: %d", status)
	}
	_, body = b.get(userPath(p.member.User) + "/block")
	says(t, 200, body, 200, "Shartnoma tugaydi", from.Format("2006-01-02T15:04"))
}
