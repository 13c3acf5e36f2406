package handlers_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"postix/domain"
)

const departmentsPath = "/admin/departments"

// TestDepartments: an owner adds, renames and removes; one that has users stays.
func TestDepartments(t *testing.T) {
	p := newPanel(t)
	p.account(p.member, "+998901234567", 77)
	b := p.as(p.owner)
	status, body := b.get(departmentsPath)
	says(t, status, body, http.StatusOK, "Toshkent", "lola", `href="/admin/users?department=`+itoa(p.member.User.DepartmentID)+`"`)
	status, body = b.post(departmentsPath, "name", "Samarqand <b>")
	says(t, status, body, http.StatusOK, "The department is added.", "Samarqand &lt;b&gt;", "no manager")
	id := regexp.MustCompile(departmentsPath + `/(\d+)/remove`).FindStringSubmatch(body)[1]
	for _, taken := range []string{"Toshkent", " ", strings.Repeat("x", 61)} {
		for _, at := range []string{departmentsPath, departmentsPath + "/" + id + "/rename"} {
			status, body = b.post(at, "name", taken)
			if (status != http.StatusConflict && status != http.StatusUnprocessableEntity) || !strings.Contains(body, "-name-error") || !strings.Contains(body, `value="`+taken+`"`) {
				t.Errorf("%s takes %q: %d", at, taken, status)
			}
			if status, _ = b.get(at); status != http.StatusOK {
				t.Errorf("the address of the refused form answers %d", status)
			}
		}
	}
	status, body = b.post(departmentsPath+"/"+id+"/rename", "name", "Buxoro")
	says(t, status, body, http.StatusOK, "The department is renamed.", "Buxoro")
	status, body = b.post(departmentsPath + "/" + itoa(p.member.User.DepartmentID) + "/remove")
	says(t, status, body, http.StatusOK, "The department has users.", "Toshkent")
	status, body = b.post(departmentsPath + "/" + id + "/remove")
	says(t, status, body, http.StatusOK, "The department is removed.")
	if strings.Contains(body, "Buxoro") || !strings.Contains(body, "Toshkent") {
		t.Error("the wrong one is gone")
	}
}

// TestDepartmentFormsArePages: the buttons of the list are links to them, for where
// no script opens a dialog.
func TestDepartmentFormsArePages(t *testing.T) {
	p := newPanel(t)
	b := p.as(p.owner)
	_, list := b.get(departmentsPath)
	for at, form := range map[string][]string{
		departmentsPath + "/new": {`action="` + departmentsPath + `"`, `name="name"`},
		departmentsPath + "/" + itoa(p.member.User.DepartmentID) + "/rename": {`name="name"`, `value="Toshkent"`},
	} {
		if !strings.Contains(list, `href="`+at+`"`) {
			t.Errorf("nothing leads to %s", at)
		}
		status, body := b.get(at)
		says(t, status, body, http.StatusOK, form...)
	}
}

// TestDepartmentsAreTheOwners: nobody else sees or changes them, and another
// organization's are missing.
func TestDepartmentsAreTheOwners(t *testing.T) {
	p := newPanel(t)
	at := departmentsPath + "/" + itoa(p.member.User.DepartmentID)
	for _, who := range []domain.Actor{p.manager, p.member} {
		b := p.as(who)
		for _, page := range []string{departmentsPath, departmentsPath + "/new", at + "/rename"} {
			if status, _ := b.get(page); status != http.StatusForbidden {
				t.Errorf("a %s opens %s: %d", who.User.Role, page, status)
			}
		}
		for _, act := range []string{departmentsPath, at + "/rename", at + "/remove"} {
			if status, _ := b.post(act, "name", "Meniki"); status != http.StatusForbidden {
				t.Errorf("a %s does %s: %d", who.User.Role, act, status)
			}
		}
	}
	b := p.as(p.other)
	for _, act := range []string{"/rename", "/remove"} {
		_, missing := b.post(departmentsPath+"/999"+act, "name", "Meniki")
		if status, body := b.post(at+act, "name", "Meniki"); status != http.StatusNotFound || body != missing {
			t.Errorf("a stranger does %s: %d, same body %v", act, status, body == missing)
		}
	}
	ds, err := p.store.DepartmentRows(t.Context(), p.owner.User.OrganizationID)
	if err != nil || len(ds) != 1 || ds[0].Name != "Toshkent" {
		t.Errorf("departments %+v, %v", ds, err)
	}
	status, body := b.get(departmentsPath)
	says(t, status, body, http.StatusOK, "No departments yet")
	if strings.Contains(body, "Toshkent") {
		t.Error("another organization's are listed")
	}
}
