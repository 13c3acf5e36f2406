package views

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

func render(t *testing.T, lang string, v Viewer, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	ctx := WithViewer(locale.With(context.Background(), lang, nil), v)
	if err := c.Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestShellSpeaksEveryLanguage(t *testing.T) {
	v := Viewer{
		Name: "Sardor", Organization: "Savdo Nur", Role: domain.RoleOwner,
		SandboxURL: "http://127.0.0.1:9000/", Flash: &Flash{ui.Ok, "Saved."},
	}
	for _, l := range locale.Languages {
		for name, c := range map[string]templ.Component{
			"layout":  Layout(Page{Title: "Title", Nav: NavCatalogs}),
			"sign-in": SignIn(SignInForm{Error: "e"}),
			"403":     ErrorPage(Problem{Status: 403}),
			"404":     ErrorPage(Problem{Status: 404}),
			"409":     ErrorPage(Problem{Status: 409}),
			"500":     ErrorPage(Problem{Status: 500, ID: "a1b2"}),
		} {
			got := render(t, l.Code, v, c)
			if !strings.Contains(got, `<html lang="`+l.Code+`"`) || strings.Contains(got, "⟦") || strings.Contains(got, "no value") {
				t.Errorf("%s in %s: %s", name, l.Code, got)
			}
		}
	}
}

func TestShellMarksWhereOneIs(t *testing.T) {
	got := render(t, "en", Viewer{}, Layout(Page{Title: "Catalogs", Nav: NavCatalogs}))
	if n := strings.Count(got, `aria-current="page"`); n != 1 {
		t.Errorf("%d current entries", n)
	}
	if !strings.Contains(got, `href="/admin/catalogs" title="Catalogs" aria-current="page"`) {
		t.Error("not at the catalogs")
	}
	if strings.Contains(got, "sandbox") {
		t.Error("a sandbox banner on the real one")
	}
}

// The first list of links is the bar of a phone.
func TestBarHasWhatTheRoleDoesDaily(t *testing.T) {
	for role, want := range map[domain.Role][]string{
		domain.RoleAdmin: {"/admin/service", "/admin/audit", "/admin/me"},
		domain.RoleOwner: {"/admin/campaigns", "/admin/campaigns/new", "/admin/catalogs", "/admin/accounts", "/admin/watch"},
	} {
		_, rest, _ := strings.Cut(render(t, "uz", Viewer{Role: role}, Layout(Page{Title: "x"})), `<nav class="nav"`)
		bar, _, _ := strings.Cut(rest, "</nav>")
		if n := strings.Count(bar, "<a"); n != len(want) {
			t.Errorf("%s: %d links", role, n)
		}
		for _, link := range want {
			if !strings.Contains(bar, `href="`+link+`"`) {
				t.Errorf("%s: no %s in the bar", role, link)
			}
		}
	}
}

func TestLanguageLinksKeepTheRestOfTheAddress(t *testing.T) {
	at, _ := url.Parse("/admin/campaigns?q=a%26b&lang=uz")
	got := render(t, "uz", Viewer{URL: at}, Layout(Page{Title: "x"}))
	if !strings.Contains(got, `name="next" value="/admin/campaigns?q=a%26b"`) {
		t.Error(got)
	}
	if got := render(t, "uz", Viewer{URL: at}, SignIn(SignInForm{})); !strings.Contains(got, `href="?lang=uz-Cyrl&amp;q=a%26b"`) {
		t.Error(got)
	}
}

func TestSignInKeepsTheEmailAndNeverAPassword(t *testing.T) {
	got := render(t, "en", Viewer{}, SignIn(SignInForm{Email: `a"b@c.uz`, Next: "/admin/catalogs", Error: "Wrong."}))
	for _, want := range []string{`value="a&#34;b@c.uz"`, `name="next" value="/admin/catalogs"`, `role="alert"`, `name="password" type="password" value=""`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s", want)
		}
	}
}
