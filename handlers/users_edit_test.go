package handlers_test

import (
	"net/http"
	"regexp"
	"testing"
)

var seenField = regexp.MustCompile(`name="seen" value="([^"]+)"`)

// TestSlowerForm: of two forms of one user, and of one organization's limits, that are
// open side by side, the slower one is refused and shows what is now.
func TestSlowerForm(t *testing.T) {
	p := newPanel(t)
	u := p.member.User
	b := p.as(p.owner)
	_, body := b.get(userPath(u) + "/edit")
	seen := seenField.FindStringSubmatch(body)[1]
	status, body := b.post(userPath(u), newUser("seen", seen, "read_only", "1")...)
	says(t, status, body, http.StatusOK, "Dilshod Rahimov")
	status, body = b.post(userPath(u), newUser("seen", seen, "name", "Slow")...)
	says(t, status, body, http.StatusConflict, "Somebody has just changed this user.", `name="read_only" value="1" checked`, `value="Dilshod Rahimov"`)
	now := seenField.FindStringSubmatch(body)[1]
	if got, err := p.user(u.ID); err != nil || !got.ReadOnly || got.Name != "Dilshod Rahimov" {
		t.Errorf("he is %+v, %v", got.User, err)
	}
	status, _ = b.post(userPath(u), newUser("seen", now, "name", "Slow")...)
	if got, err := p.user(u.ID); status != http.StatusOK || err != nil || got.ReadOnly || got.Name != "Slow" {
		t.Errorf("with a fresh form: %d, %+v, %v", status, got.User, err)
	}

	admin := p.asAdmin()
	path := "/admin/service/organizations/" + itoa(p.owner.User.OrganizationID)
	_, body = admin.get(path)
	seen = seenField.FindStringSubmatch(body)[1]
	p.room(3)
	status, body = admin.post(path+"/limits", "seen", seen, "user_limit", "70", "account_limit", "10", "campaigns_per_day", "0", "messages_per_day", "0", "watch", "on")
	says(t, status, body, http.StatusConflict, "Somebody has just changed the limits", `value="3"`)
}

// TestNonsenseIsRefused: what no form of ours sends is wrong, not none.
func TestNonsenseIsRefused(t *testing.T) {
	p := newPanel(t)
	p.room(10)
	b := p.as(p.owner)
	for _, typed := range []string{"abc", "-1", "99999999999999999999"} {
		if status, _ := b.post("/admin/users", newUser("department", typed)...); status != http.StatusUnprocessableEntity {
			t.Errorf("department %q answers %d", typed, status)
		}
	}
	for name, form := range map[string][]string{
		"length": {"length", "bogus"},
		"until":  {"length", "until", "until", "0001-01-01T00:00"},
		"from":   {"length", "good", "from", "0001-01-01T00:00"},
	} {
		if status, _ := b.post(userPath(p.member.User)+"/block", append(form, "reason", "x")...); status != http.StatusUnprocessableEntity {
			t.Errorf("%s answers %d", name, status)
		}
	}
	if row, err := p.user(p.member.User.ID); err != nil || row.Block.Planned() {
		t.Errorf("he is blocked: %+v, %v", row.Block, err)
	}
}
