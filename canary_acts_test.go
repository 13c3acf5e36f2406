package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/gotd/td/session"

	"postix/telegram/sandbox"
	"postix/telegram/sandbox/world"
	"postix/views"
)

// connect begins to sign a number in for which Telegram fails, and signs another
// in: wrong and right code, wrong and right password.
func (r *canaryRun) connect() {
	r.t.Helper()
	fails := func(method, phone string) {
		r.t.Helper()
		if _, err := r.tg.AddFault(r.t.Context(), world.Fault{Method: method, Phone: phone, Mode: world.FaultBefore, Error: "RPC_CALL_FAIL"}); err != nil {
			r.t.Fatal(err)
		}
	}
	fails("auth.signIn", "+998901000003")
	r.typeCode("+998901000003", "login code of another", false)
	if page := r.agent.get(r.t, views.LoginURL); !strings.Contains(page, `name="phone"`) {
		r.t.Fatalf("the login has not failed:\n%s", page)
	}
	r.typeCode(r.phone, "login code", true)
	form := url.Values{"password": {r.secret("wrong password of the account", unique())}}
	r.goes(views.LoginURL+"/password", form, views.LoginURL+"/password")
	form.Set("password", r.raw("password of the account"))
	fails("auth.checkPassword", r.phone)
	r.goes(views.LoginURL+"/password", form, views.LoginURL)
	eventually(r.t, "the account has its dialogs", func() bool { return r.number("SELECT COUNT(*) FROM dialogs WHERE can_write = 1") >= 6 })
	var lines strings.Builder
	for _, g := range r.groups {
		fmt.Fprintln(&lines, g)
	}
	r.agent.post(r.t, "/admin/catalogs/1/lines?account=1", url.Values{"account": {"1"}, "lines": {lines.String()}})
}

// typeCode asks for a login code and types it, a wrong one before if that is asked for.
func (r *canaryRun) typeCode(phone, what string, mistyped bool) {
	r.t.Helper()
	r.goes(views.LoginURL+"/phone", url.Values{"phone": {phone}}, views.LoginURL)
	code, err := r.tg.Code(r.t.Context(), phone)
	if err != nil {
		r.t.Fatal(err)
	}
	r.code(what, code)
	if mistyped {
		r.goes(views.LoginURL+"/code", url.Values{"code": {r.code("wrong "+what, wrong(code))}}, views.LoginURL+"/code")
	}
	r.agent.post(r.t, views.LoginURL+"/code", url.Values{"code": {code}})
}

// send orders a campaign, edits its text, and lets Telegram refuse and lose some
// of it.
func (r *canaryRun) send() {
	r.t.Helper()
	for i, f := range []world.Fault{
		{Mode: world.FaultBefore, Error: "FLOOD_WAIT_1"},
		{Mode: world.FaultBefore, Error: "CHAT_WRITE_FORBIDDEN"},
		{Mode: world.FaultAfterStore, Error: "RPC_CALL_FAIL"},
		{Mode: world.FaultDrop},
		{Mode: world.FaultDropAfterAck},
	} {
		f.Nth = 1 + 2*i
		r.fault(f)
	}
	page := r.agent.get(r.t, "/admin/campaigns/new")
	token := tokenField.FindStringSubmatch(page)
	if token == nil {
		r.t.Fatalf("no token on\n%s", page)
	}
	form := url.Values{
		"token": {r.content("token of an order", token[1])}, "catalog": {"1"}, "account": {"1"}, "text": {strings.Repeat(unique(), 200)},
		"rounds": {"5"}, "every": {"10"}, "unit": {"seconds"}, "start": {"now"},
	}
	r.goes("/admin/campaigns", form, "/admin/campaigns") // too long a text
	form.Set("text", "Toshkent – Moskva\n"+r.content("text of a campaign", unique()))
	r.goes("/admin/campaigns", form, "/admin/campaigns/1")
	eventually(r.t, "messages go out", func() bool { return len(r.calls("", 0)) >= 3 })
	r.goes("/admin/campaigns/1/text", url.Values{"version": {"1"}, "text": {r.content("edited text of a campaign", unique()+" tahrirlandi")}}, "/admin/campaigns/1")
	r.goes("/admin/campaigns/1/text", url.Values{"version": {"1"}, "text": {r.secret("text that came too late", unique())}}, "/admin/campaigns/1/text")
	r.twoRounds()
}

// twoRounds waits until two rounds have gone out, whatever became of it.
func (r *canaryRun) twoRounds() {
	r.t.Helper()
	eventually(r.t, "two rounds go out", func() bool {
		return r.number("SELECT COUNT(*) FROM deliveries WHERE round = 2 AND status NOT IN ('planned', 'waiting', 'sending')") >= 5
	})
}

// hear lets people write in groups, and to the account alone.
func (r *canaryRun) hear() {
	r.t.Helper()
	r.goes("/admin/accounts/1/listen", url.Values{"on": {"1"}}, "/admin/accounts/1")
	says := func(chat int64, text string) {
		r.t.Helper()
		_, err := r.tg.Post(r.t.Context(), chat, sandbox.Incoming{
			Sender: sandbox.Sender{ID: canarySender, FirstName: r.raw("first name of a sender"), LastName: r.raw("last name of a sender"), Username: r.raw("username of a sender"), Bio: r.raw("bio of a sender")},
			Text:   text,
		})
		if err != nil {
			r.t.Fatal(err)
		}
	}
	r.content("first name of a sender", unique())
	r.content("last name of a sender", unique())
	r.content("username of a sender", unique())
	r.secret("bio of a sender", unique())
	eventually(r.t, "the account listens", func() bool { return r.number("SELECT COUNT(*) FROM positions WHERE pts > 0") >= 6 })
	says(r.groups[0], r.content("harmless text", "Assalomu alaykum "+unique()))
	says(r.groups[1], dispatcherText+" "+r.content("dispatcher's text", unique()))
	if _, err := r.tg.Post(r.t.Context(), r.number("SELECT telegram_id FROM accounts"), sandbox.Incoming{
		Sender: sandbox.Sender{ID: canarySender}, Text: dispatcherText + r.secret("private text", unique()),
	}); err != nil {
		r.t.Fatal(err)
	}
	says(r.groups[2], dispatcherText+" "+r.content("another dispatcher's text", unique()))
	eventually(r.t, "both are found", func() bool { return r.number("SELECT COUNT(*) FROM detections") == 2 })
	eventually(r.t, "one is answered", func() bool {
		return r.number("SELECT COUNT(*) FROM deliveries d JOIN campaigns c ON c.id = d.campaign_id WHERE c.kind = 'reply' AND d.status = 'sent'") > 0
	})
	r.goes("/admin/watch/detections/1/review", url.Values{"review": {"right"}}, "/admin/watch/detections/1")
	r.agent.post(r.t, "/admin/watch/try", url.Values{"text": {dispatcherText + r.secret("text that is tried", unique())}})
	r.agent.post(r.t, "/admin/watch/custom", url.Values{"act": {"block"}, "kind": {"word"}, "word": {r.content("own word", strings.ToLower(unique()))}, "note": {r.content("note of an own word", unique())}})
	r.agent.post(r.t, "/admin/deny-list", url.Values{"peer": {id(r.groups[5])}, "reason": {r.content("reason of a denial", unique())}})
}

// exports takes every file that the panel gives out, and its live pages.
func (r *canaryRun) exports() {
	r.t.Helper()
	for _, path := range []string{
		"/admin/watch/detections.csv", "/admin/watch/detections.xlsx", "/admin/watch/reports.csv", "/admin/watch/reports.xlsx", "/admin/audit.csv",
		"/admin/watch/keywords/dispatcher_keywords.json", "/admin/watch", "/admin/watch/detections/1", "/admin/audit", "/admin/notices", "/admin/me", "/admin/campaigns/1",
	} {
		r.agent.get(r.t, path)
	}
	for _, path := range []string{"/admin/campaigns/live", "/admin/campaigns/1/live", "/admin/watch/live", "/admin/watch/detections/1/live", "/admin/accounts/1/live"} {
		ctx, stop := context.WithCancel(r.t.Context())
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.p.url+path, nil)
		if err != nil {
			r.t.Fatal(err)
		}
		res, err := r.agent.Do(req)
		if err != nil {
			r.t.Fatal(err)
		}
		_, _ = res.Body.Read(make([]byte, 1000)) // the first picture is enough
		stop()
		_ = res.Body.Close()
	}
}

// strange sends what browsers do not send.
func (r *canaryRun) strange() {
	r.t.Helper()
	for _, path := range []string{"/signin?password=", "/admin/campaigns?search=", "/no-such-page/", "/admin/watch?search=", "/admin/campaigns/"} {
		req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.p.url+path+r.secret("in the address "+path, unique()), nil)
		if err != nil {
			r.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+r.secret("header with "+path, unique()))
		req.AddCookie(&http.Cookie{Name: "begona", Value: r.secret("cookie with "+path, unique())})
		r.agent.ask(r.t, req)
	}
	for _, body := range []string{"password=%zz", "email=a;b&password=", "%%%", strings.Repeat("a=b&", 300_000) + "password="} {
		secret := r.secret(fmt.Sprintf("broken form %.10q", body), unique())
		req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.p.url+"/signin", strings.NewReader(body+secret))
		if err != nil {
			r.t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", r.p.url)
		r.agent.ask(r.t, req)
	}
}

// people takes new recovery codes, adds somebody with a typed password and somebody
// with a link, blocks one of them, and asks for a higher limit.
func (r *canaryRun) people() {
	r.t.Helper()
	set := regexp.MustCompile(`name="set" value="(\d+)"`).FindStringSubmatch(r.agent.get(r.t, "/admin/me"))
	if set == nil {
		r.t.Fatal("no form for new recovery codes")
	}
	page := r.goes("/admin/me/totp/codes", url.Values{"set": {set[1]}, "codes_password": {r.raw("second password")}}, "/admin/me/totp/codes")
	codes := recoveryCode.FindAllStringSubmatch(page, -1)
	if len(codes) < 5 {
		r.t.Fatalf("%d new recovery codes on\n%s", len(codes), page)
	}
	for i, c := range codes {
		r.secret(fmt.Sprintf("new recovery code %d", i), c[1])
	}
	form := url.Values{"name": {r.content("name of a user", unique())}, "email": {"odam1@sandbox.uz"}, "role": {"member"}, "password": {r.secret("password of a user", unique())}}
	at, page := r.agent.post(r.t, "/admin/users", form)
	if !strings.HasPrefix(at, "/admin/users/") {
		r.t.Fatalf("the user led to %s: %s", at, plainText(page))
	}
	blocked := url.Values{"reason": {r.content("reason of a block", unique())}, "length": {"good"}}
	if at, page := r.agent.post(r.t, at+"/block", blocked); strings.HasSuffix(at, "/block") {
		r.t.Fatalf("the block led to %s: %s", at, plainText(page))
	}
	visitor := newVisitor(r.p.url)
	visitor.post(r.t, "/signin", url.Values{"email": {"odam1@sandbox.uz"}, "password": form["password"]})
	form = url.Values{"name": {r.content("name of another user", unique())}, "email": {"odam2@sandbox.uz"}, "role": {"member"}}
	_, page = r.agent.post(r.t, "/admin/users", form)
	link := regexp.MustCompile(views.SetPasswordURL + `([\w-]{43})`).FindStringSubmatch(page)
	if link == nil {
		r.t.Fatalf("no link: %s", plainText(page))
	}
	r.secret("link of a user", link[1])
	r.agent.post(r.t, "/admin/limits/requests", url.Values{"kind": {"accounts"}, "wanted": {"500"}, "note": {r.content("note of a request", unique())}})
}

// administer adds a service admin on the command line, who adds an organization
// with a typed password, and one with a link.
func (r *canaryRun) administer() {
	r.t.Helper()
	password := r.secret("password of an admin", unique())
	var out bytes.Buffer
	s := &surroundings{r.t.Context(), strings.NewReader(password + "\n"), &out, &out, map[string]string{"POSTIX_DATA": r.dir}}
	if code := s.run([]string{"user", "add", "--email", "bosh@sandbox.uz", "--name", r.content("name of an admin", unique())}); code != exitOK {
		r.t.Fatalf("user add: %d, %s", code, out.String())
	}
	r.said("user add", out.Bytes(), "name of an admin")
	owner := r.agent
	defer func() { r.agent = owner }()
	r.agent = newVisitor(r.p.url)
	r.goes("/signin", url.Values{"email": {"bosh@sandbox.uz"}, "password": {password}}, "/admin/campaigns")
	r.secret("session of an admin", r.agent.session(r.t))
	form := url.Values{"name": {r.content("name of an organization", unique())}, "zone": {"Asia/Tashkent"}, "account_limit": {"5"}, "owner_name": {r.content("name of an owner", unique())}, "email": {"yangi1@sandbox.uz"}}
	page := r.goes("/admin/service/organizations/new", form, "/admin/service/organizations/new")
	link := regexp.MustCompile(views.SetPasswordURL + `([\w-]{43})`).FindStringSubmatch(page)
	if link == nil {
		r.t.Fatalf("no link: %s", plainText(page))
	}
	r.secret("link of an owner", link[1])
	form.Set("email", "yangi2@sandbox.uz")
	form.Set("name", r.content("name of another organization", unique()))
	form.Set("password", r.secret("typed password", unique()))
	if at, page := r.agent.post(r.t, "/admin/service/organizations/new", form); !strings.HasPrefix(at, "/admin/service/organizations/") {
		r.t.Fatalf("the organization led to %s: %s", at, plainText(page))
	}
	r.agent = newVisitor(r.p.url)
	r.goes("/signin", url.Values{"email": {"yangi2@sandbox.uz"}, "password": form["password"]}, views.SignInPasswordURL)
	r.goes(views.SignInPasswordURL, url.Values{"current": form["password"], "password": {r.secret("own password", unique())}}, "/admin/campaigns")
	r.secret("session of an owner", r.agent.session(r.t))
}

// rotate exchanges the key beside the running product.
func (r *canaryRun) rotate() {
	r.t.Helper()
	p := launch(r.t, []string{"POSTIX_DATA=" + r.dir, "TMPDIR=" + r.tmp}, "key", "rotate")
	<-p.ended
	if p.err != nil {
		r.t.Fatalf("key rotate: %v\n%s", p.err, p.said.tail())
	}
	keys, err := readKeys(r.key)
	if err != nil {
		r.t.Fatal(err)
	}
	r.add(canary{what: "new key", raw: keys[0], home: "postix.key"})
	r.said("key rotate", p.said.text.Bytes())
	p = launch(r.t, []string{"POSTIX_DATA=" + r.dir, "TMPDIR=" + r.tmp}, "audit", "verify")
	<-p.ended
	r.said("audit verify", p.said.text.Bytes())
}

// sessionBytes makes canaries of what Telegram knows the account by.
func (r *canaryRun) sessionBytes() {
	r.t.Helper()
	b, err := readStore(r.t, r.dir).TelegramSession(r.t.Context(), r.owner.User.OrganizationID, 1)
	if err != nil {
		r.t.Fatal(err)
	}
	var s struct{ Data session.Data }
	if err := json.Unmarshal(b, &s); err != nil || len(s.Data.AuthKey) != 256 {
		r.t.Fatalf("a session with a key of %d bytes: %v", len(s.Data.AuthKey), err)
	}
	for i := 0; i < len(s.Data.AuthKey); i += 32 {
		r.add(canary{what: fmt.Sprintf("authorization key from byte %d", i), raw: s.Data.AuthKey[i : i+32]})
	}
}
