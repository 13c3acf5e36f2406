package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"postix/domain"
	"postix/telegram/sandbox/world"
	"postix/views"
)

// canaryRun is the whole product at work, as a process that says all it can say,
// with secrets and texts of which each is the only one of its kind.
type canaryRun struct {
	*house
	*canaries
	t       *testing.T
	tmp     string    // where the product puts temporary files
	key     string    // of the file of keys
	phone   string    // of the account that is connected
	groups  []int64   // that it is in
	agent   *visitor  // the owner's browser
	outputs []*output // of the product, each time it ran
}

// visitor is a browserless who keeps what he is given.
type visitor struct {
	*browserless
	jar http.CookieJar
}

func newVisitor(base string) *visitor {
	jar, _ := cookiejar.New(nil)
	return &visitor{&browserless{http.Client{Jar: jar, Timeout: time.Minute}, base}, jar}
}

// session is the token of his session, "" for none.
func (v *visitor) session(t *testing.T) string {
	t.Helper()
	at, err := url.Parse(v.base)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range v.jar.Cookies(at) {
		if c.Name == "postix" {
			return c.Value
		}
	}
	return ""
}

const (
	canaryOwner  = "owner@sandbox.uz"
	canaryPhone  = "+998907770001"
	canarySender = 7_770_001
)

// unique is a word that is nowhere else.
func unique() string { return "kanareyka" + strings.Map(letters, domain.NewToken())[:16] }

// letters leaves what every encoding leaves.
func letters(r rune) rune {
	if r == '-' || r == '_' {
		return 'x'
	}
	return r
}

// TestCanaries runs the product from end to end at level debug, with everything
// that goes wrong on the way, and looks for its secrets and texts in all that it
// says and keeps, in every form: no secret anywhere, no text but in the database.
func TestCanaries(t *testing.T) {
	t.Parallel()
	r := &canaryRun{house: newHouse(t, 20*time.Millisecond), canaries: &canaries{t: t}, t: t, tmp: t.TempDir(), phone: canaryPhone}
	r.key = filepath.Join(r.dir, "postix.key")
	r.addKeys()
	r.prepare()
	r.launch()

	r.getIn()
	r.secondStep()
	r.connect()
	r.send()
	r.hear()
	r.talk()
	r.exports()
	r.strange()
	r.look("at work")
	if n := r.p.said.count(regexp.MustCompile(`level=DEBUG`)); n < 20 {
		t.Errorf("only %d lines at level debug", n)
	}
	r.people()
	r.administer()
	r.rotate()

	r.p.kill()
	r.look("killed")
	r.launch()
	r.mustBeIn()
	r.p.stop(t)
	r.sessionBytes()
	home := r.look("stopped")
	for _, one := range r.list {
		if one.home != "" && !home[one.what] {
			t.Errorf("%s is not kept at home: the search finds nothing, or it has not come in", one.what)
		}
	}
}

// look searches all that the product has said so far, and what it keeps.
func (r *canaryRun) look(when string) map[string]bool {
	r.t.Helper()
	for i, o := range r.outputs {
		o.mu.Lock()
		text := slices.Clone(o.text.Bytes())
		o.mu.Unlock()
		r.said(fmt.Sprintf("run %d of the product, %s,", i+1, when), text)
	}
	return r.kept(r.dir, r.tmp)
}

// launch starts the product.
func (r *canaryRun) launch() {
	r.t.Helper()
	r.p = serve(r.t, r.dir, r.tg.URL, "POSTIX_LOG=debug", "TMPDIR="+r.tmp)
	r.outputs = append(r.outputs, r.p.said)
	if r.agent == nil {
		r.agent = newVisitor(r.p.url)
	}
	r.agent.base = r.p.url
}

// addKeys makes canaries of what the file of keys holds.
func (r *canaryRun) addKeys() {
	r.t.Helper()
	keys, err := readKeys(r.key)
	if err != nil {
		r.t.Fatal(err)
	}
	for i, k := range keys {
		r.add(canary{what: fmt.Sprintf("key %d of %d", i+1, len(keys)), raw: k, home: "postix.key"})
	}
}

// prepare lets the filter answer in all groups, and makes an account at Telegram
// with groups and a second password.
func (r *canaryRun) prepare() {
	r.t.Helper()
	inside(r.t, r.dir, r.tg.URL, func(ctx context.Context, a *app) {
		watched(ctx, r.t, a, r.owner, nil)
		text := r.content("text of a template", "Hurmatli dispetcher, "+unique())
		if err := a.watch.PutTemplate(ctx, r.owner, domain.Template{Text: text, Active: true}); err != nil {
			r.t.Fatal(err)
		}
	})
	password := r.secret("password of the account", unique())
	acc, err := r.tg.AddAccount(r.t.Context(), world.AccountSpec{
		Profile: world.Profile{FirstName: r.content("first name of the account", unique())}, Phone: r.phone, Password: password, Hint: r.secret("hint of the account", unique()),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	for i := range 6 {
		g, err := r.tg.AddChat(r.t.Context(), world.ChatSpec{
			Kind: world.KindSupergroup, Title: r.content(fmt.Sprintf("title of group %d", i), unique()), Members: []int64{acc.UserID}, ExtraMembers: 100,
		})
		if err != nil {
			r.t.Fatal(err)
		}
		r.groups = append(r.groups, g.ID)
	}
	tg, err := r.tg.Telegram(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	r.secret("API hash", tg.APIHash)
}

func (r *canaryRun) raw(what string) string {
	r.t.Helper()
	for _, one := range r.list {
		if one.what == what {
			return string(one.raw)
		}
	}
	r.t.Fatalf("there is no %s", what)
	return ""
}

// goes sends a form that must lead there.
func (r *canaryRun) goes(path string, form url.Values, to string) string {
	r.t.Helper()
	at, page := r.agent.post(r.t, path, form)
	if at != to {
		r.t.Fatalf("%s led to %s: %s", path, at, plainText(page))
	}
	return page
}

var tags = regexp.MustCompile(`(?s)<[^>]*>|\s+`)

// plainText is about what a page says.
func plainText(page string) string { return tags.ReplaceAllString(page, " ") }

// getIn takes a link for the password, sets one and another, and signs in with
// wrong ones and the right one.
func (r *canaryRun) getIn() {
	r.t.Helper()
	links := launch(r.t, []string{"POSTIX_DATA=" + r.dir}, "user", "link", "--email", canaryOwner)
	token := links.awaits(r.t, regexp.MustCompile(views.SetPasswordURL+`([\w-]{43})\n`))[1]
	r.secret("link to set a password", token)
	<-links.ended
	r.said("user link", links.said.text.Bytes(), "link to set a password")

	first, second := r.secret("first password", unique()), r.secret("second password", unique())
	r.agent.get(r.t, views.SetPasswordURL+token)
	r.agent.get(r.t, views.SetPasswordURL+r.secret("a link that is none", domain.NewToken()))
	r.goes(views.SetPasswordURL+token, url.Values{"password": {r.secret("too long a password", strings.Repeat(unique(), 9))}}, views.SetPasswordURL+token)
	r.goes(views.SetPasswordURL+token, url.Values{"password": {first}}, "/signin")
	r.goes(views.SetPasswordURL+token, url.Values{"password": {r.secret("password by a used link", unique())}}, views.SetPasswordURL+token)

	r.signIn("wrong password", r.secret("wrong password", unique()), "/signin")
	r.goes("/signin", url.Values{"email": {"nobody@sandbox.uz"}, "password": {r.secret("password of nobody", unique())}}, "/signin")
	r.signIn("first", first, "/admin/campaigns")
	r.goes("/admin/me/password", url.Values{"current": {r.secret("wrong current password", unique())}, "password": {second}}, "/admin/me/password")
	r.goes("/admin/me/password", url.Values{"current": {first}, "password": {second}}, "/admin/me")
}

// signIn gives a password; the session that comes of it is a secret.
func (r *canaryRun) signIn(what, password, to string) {
	r.t.Helper()
	r.goes("/signin", url.Values{"email": {canaryOwner}, "password": {password}}, to)
	if s := r.agent.session(r.t); s != "" {
		r.secret("session after "+what, s)
	}
}

// mustBeIn fails unless the owner is signed in still.
func (r *canaryRun) mustBeIn() {
	r.t.Helper()
	if page := r.agent.get(r.t, "/admin/campaigns"); !strings.Contains(page, `class="shell`) {
		r.t.Errorf("the owner is out: %.500s", page)
	}
}

var (
	secretField  = regexp.MustCompile(`name="secret" value="([A-Z2-7]{16,})"`)
	recoveryCode = regexp.MustCompile(`>\s*([a-z2-7]{10})\s*<`)
	tokenField   = regexp.MustCompile(`name="token" value="([\w-]{43})"`)
)

// secondStep switches it on, and signs in with a wrong code, with a right one and
// with a recovery code.
func (r *canaryRun) secondStep() {
	r.t.Helper()
	password := r.raw("second password")
	page := r.goes("/admin/me/totp", nil, "/admin/me/totp")
	found := secretField.FindStringSubmatch(page)
	if found == nil {
		r.t.Fatalf("no secret on\n%s", page)
	}
	secret := r.secret("secret of the second step", found[1])
	r.goes("/admin/me/totp/start", url.Values{"secret": {secret}, "code": {"000000"}, "totp_password": {password}}, "/admin/me/totp/start")
	code, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		r.t.Fatal(err)
	}
	page = r.goes("/admin/me/totp/start", url.Values{"secret": {secret}, "code": {r.code("first code", code)}, "totp_password": {password}}, "/admin/me/totp/start")
	recovery := recoveryCode.FindAllStringSubmatch(page, -1)
	if len(recovery) < 5 {
		r.t.Fatalf("%d recovery codes on\n%s", len(recovery), page)
	}
	for i, c := range recovery {
		r.secret(fmt.Sprintf("recovery code %d", i), c[1])
	}
	r.goes("/signout", nil, "/signin")

	r.signIn("password with a second step", password, views.SignInCodeURL)
	r.goes(views.SignInCodeURL, url.Values{"code": {r.secret("wrong code", unique())}}, views.SignInCodeURL)
	next, err := totp.GenerateCode(secret, time.Now().Add(30*time.Second))
	if err != nil {
		r.t.Fatal(err)
	}
	r.goes(views.SignInCodeURL, url.Values{"code": {r.code("second code", next)}}, "/admin/campaigns")
	r.goes("/signout", nil, "/signin")
	r.signIn("password before a recovery code", password, views.SignInCodeURL)
	r.goes(views.SignInCodeURL, url.Values{"code": {recovery[0][1]}}, "/admin/campaigns")
	r.mustBeIn()
}
