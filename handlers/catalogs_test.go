package handlers_test

import (
	"database/sql"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"postix/domain"
)

// chats are n supergroups, each third of which cannot be written to.
func chats(n int) []domain.Dialog {
	var ds []domain.Dialog
	for i := range n {
		ds = append(ds, domain.Dialog{
			Peer:     domain.Peer{ID: domain.PeerID(-1_000_000_001_000 - i), Kind: domain.KindSupergroup, Title: fmt.Sprintf("Yuk %03d", i+1), Username: fmt.Sprintf("yuk_%03d", i+1), Members: 100 + i},
			CanWrite: i%3 != 2,
		})
	}
	return ds
}

func peer(i int) string { return strconv.Itoa(-1_000_000_001_000 - i + 1) }

func (b *browser) catalog(name string) (path string) {
	b.p.t.Helper()
	status, body := b.post("/admin/catalogs", "name", name)
	says(b.p.t, status, body, 200, html.EscapeString(name), "Catalog created")
	return "/admin/catalogs/" + regexp.MustCompile(`/admin/catalogs/(\d+)/rename`).FindStringSubmatch(body)[1]
}

func TestCatalogs(t *testing.T) {
	p := newPanel(t)
	p.account(p.member, "+998901234567", 78, chats(2)...)
	b := p.as(p.member)
	_, body := b.get("/admin/catalogs")
	says(t, 200, body, 200, "No catalogs yet")
	at := b.catalog("Toshkent <b>")
	_, body = b.get(at)
	says(t, 200, body, 200, "Toshkent &lt;b&gt;", "The catalog is still empty")
	status, body := b.post("/admin/catalogs", "name", " toshkent  <B> ")
	says(t, status, body, 422, "already", `value=" toshkent  &lt;B&gt; "`)
	status, body = b.post("/admin/catalogs", "name", "  ")
	says(t, status, body, 422, `aria-invalid="true"`)
	_, body = b.post(at+"/rename", "name", "Samarqand")
	says(t, 200, body, 200, "Samarqand", "Catalog renamed")
	b.post(at+"/add", "account", "1", "ids", peer(1), "ids", peer(2), "shown", peer(1)+","+peer(2))
	status, body = b.post(at+"/copy", "name", "samarqand")
	says(t, status, body, 422, "already")
	_, body = b.post(at+"/copy", "name", "Nusxa")
	says(t, 200, body, 200, "Catalog copied", "Nusxa", "Yuk 001", "Yuk 002")
	_, body = b.post(at+"/remove", "ids", peer(1), "back", at)
	says(t, 200, body, 200, "Yuk 002")
	if strings.Contains(body, "Yuk 001") {
		t.Error("the chat is still there")
	}
	_, body = b.post(at + "/delete")
	says(t, 200, body, 200, "Catalog deleted", "Nusxa")
	if status, _ = b.get(at); status != 404 {
		t.Errorf("the deleted catalog answers %d", status)
	}
}

// What is ticked stays ticked over searches and pages, and only what is ticked is
// added.
func TestPickerKeepsTheChoice(t *testing.T) {
	p := newPanel(t)
	acc := p.account(p.member, "+998901234567", 78, chats(250)...)
	b := p.as(p.member)
	at := b.catalog("Yuklar")
	from := "account=" + strconv.FormatInt(acc.ID, 10)
	status, body := b.get(at + "/add?" + from)
	says(t, status, body, 200, "250 chats found", "Yuk 100", "Show 100 more")
	if strings.Contains(body, "Yuk 101") {
		t.Error("the first page holds more than a hundred")
	}
	_, body = b.post(at+"/select?"+from, "ids", peer(3), "on", "1")
	says(t, 200, body, 200, "1 chat ticked", "hx-partial")
	_, body = b.get(at + "/add?" + from + "&search=yuk_24")
	says(t, 200, body, 200, "10 chats found", "1 chat ticked")
	_, body = b.post(at+"/select?"+from, "ids", peer(241)+","+peer(242), "on", "1")
	says(t, 200, body, 200, "3 chats ticked")
	_, body = b.post(at+"/select", "account", strconv.FormatInt(acc.ID, 10), "act", "range", "from", "12", "to", "10", "shown", peer(1)+","+peer(3), "ids", peer(1), "ids", peer(3))
	says(t, 200, body, 200, "7 chats ticked") // 3, 241, 242, then 1 and 10 to 12
	_, body = b.post(at+"/select", "account", strconv.FormatInt(acc.ID, 10), "shown", peer(1)+","+peer(3), "ids", peer(3), "go", "3")
	says(t, 200, body, 200, "6 chats ticked", "Yuk 201") // the page without JavaScript
	_, body = b.post(at+"/add", "account", strconv.FormatInt(acc.ID, 10))
	says(t, 200, body, 200, "are in the catalog now", "Yuk 003", "Yuk 010", "Yuk 012", "Yuk 241", "Yuk 242", "May not write")
	for _, not := range []string{"Yuk 001", "Yuk 013"} {
		if strings.Contains(body, not) {
			t.Errorf("%s is in the catalog", not)
		}
	}
	_, body = b.get(at + "/add?" + from)
	says(t, 200, body, 200, "In the catalog", "Tick chats")
	_, body = b.post(at+"/select", "account", strconv.FormatInt(acc.ID, 10), "act", "all", "writable", "1")
	says(t, 200, body, 200, "163 chats ticked") // 167 may be written to, four of them are in already
	_, body = b.post(at+"/select", "account", strconv.FormatInt(acc.ID, 10), "act", "none")
	says(t, 200, body, 200, "Tick chats")
}

func TestCatalogLines(t *testing.T) {
	p := newPanel(t)
	ds := append(chats(3), domain.Dialog{Peer: domain.Peer{ID: -55, Kind: domain.KindGroup, Title: "Eski guruh"}, CanWrite: false, MigratedTo: domain.PeerID(-1_000_000_001_000)})
	acc := p.account(p.member, "+998901234567", 78, ds...)
	b := p.as(p.member)
	at := b.catalog("Yuklar")
	status, body := b.post(at+"/lines", "account", strconv.FormatInt(acc.ID, 10), "lines",
		"@YUK_001\nhttps://t.me/yuk_003/15\n"+peer(2)+"\n-55\n@begona_chat\nhttps://t.me/+abcdef\nnimadir \u202e <i>")
	says(t, status, body, 200, "3 of 7 added", "Yuk 001", "Already in the catalog", "This number may not write there",
		"is not in this chat", "invite link", "nimadir ⟨202E⟩ &lt;i&gt;")
	kept := body[strings.Index(body, "<textarea"):strings.Index(body, "</textarea>")]
	if strings.Contains(kept, "YUK_001") || !strings.Contains(kept, "@begona_chat") {
		t.Errorf("the form keeps %s", kept)
	}
	status, body = b.post(at+"/lines", "account", strconv.FormatInt(acc.ID, 10), "lines", " \n ")
	says(t, status, body, 422, `aria-invalid="true"`)
}

// A chat that refused three rounds is skipped until a person asks to try it
// again; a migrated group and a chat the account is not in are marked.
func TestCatalogMarks(t *testing.T) {
	p := newPanel(t)
	acc := p.account(p.member, "+998901234567", 78, chats(2)...)
	second := p.account(p.member, "+998901234568", 79)
	b := p.as(p.member)
	at := b.catalog("Yuklar")
	b.post(at+"/add", "account", strconv.FormatInt(acc.ID, 10), "ids", peer(1), "ids", peer(2), "shown", peer(1)+","+peer(2))
	_, body := b.get(at + "?account=" + strconv.FormatInt(second.ID, 10))
	says(t, 200, body, 200, "Not a member", "0 can be written to")
	_, body = b.get(at + "?account=" + strconv.FormatInt(acc.ID, 10) + "&troubled=1")
	says(t, 200, body, 200, "No chat matches", "2 can be written to")

	raw, err := sql.Open("sqlite", p.path)
	must(t, err)
	defer func() { _ = raw.Close() }()
	_, err = raw.ExecContext(t.Context(), "UPDATE dialogs SET fails = ? WHERE account_id = ? AND peer_id = ?", domain.SkipAfter, acc.ID, peer(2))
	must(t, err)
	_, body = b.get(at + "?account=" + strconv.FormatInt(acc.ID, 10) + "&troubled=1")
	says(t, 200, body, 200, "Yuk 002", "Skipped", "Try again", "1 can be written to")
	_, body = b.post(at+"/retry", "account", strconv.FormatInt(acc.ID, 10), "peer", peer(2), "back", at+"?account="+strconv.FormatInt(acc.ID, 10))
	says(t, 200, body, 200, "The next round tries this chat again", "2 can be written to")
}

// A catalog opens through the account that knows most of it, and "all" takes no
// people: only who asks for them gets them.
func TestCatalogOfTheRightNumber(t *testing.T) {
	p := newPanel(t)
	p.account(p.member, "+998901234567", 78)
	ds := append(chats(2), domain.Dialog{Peer: domain.Peer{ID: 501, Kind: domain.KindUser, Title: "Doʻst"}, CanWrite: true},
		domain.Dialog{Peer: domain.Peer{ID: 502, Kind: domain.KindBot, Title: "Robot"}, CanWrite: true})
	second := p.account(p.member, "+998901234568", 79, ds...)
	b := p.as(p.member)
	at, id := b.catalog("Yuklar"), strconv.FormatInt(second.ID, 10)
	_, body := b.get(at + "/add?account=" + id)
	says(t, 200, body, 200, "2 chats found", "Groups and channels")
	_, body = b.post(at+"/select", "account", id, "act", "all")
	says(t, 200, body, 200, "2 chats ticked")
	_, body = b.get(at + "/add?account=" + id + "&kind=user")
	says(t, 200, body, 200, "1 chat found", "Doʻst")
	b.post(at+"/add", "account", id, "ids", "501", "shown", "501")
	_, body = b.get(at)
	says(t, 200, body, 200, "3 can be written to")
	_, body = b.get(at + "?account=1")
	says(t, 200, body, 200, "Not a member", "No conversation", "0 can be written to")
}

func TestForeignIDsAreMissing(t *testing.T) {
	p := newPanel(t)
	acc := p.account(p.member, "+998901234567", 78, chats(2)...)
	at := p.as(p.member).catalog("Yuklar")
	_, missing := p.as(p.other).get("/admin/catalogs/999")
	stranger, own := p.as(p.other), p.as(p.other).catalog("Meniki")
	id := strconv.FormatInt(acc.ID, 10)
	account := "/admin/accounts/" + id
	for _, path := range []string{at, at + "/add", at + "/lines", account, account + "/live", own + "?account=" + id, own + "/add?account=" + id, own + "/lines?account=" + id, wizard + "?account=" + id} {
		if status, body := stranger.get(path); status != 404 || body != missing {
			t.Errorf("GET %s: %d, same body %v", path, status, body == missing)
		}
	}
	for path, form := range map[string][]string{
		at + "/rename": {"name", "x"}, at + "/copy": {"name", "x"}, at + "/delete": nil, at + "/remove": {"ids", peer(1)},
		at + "/add": {"ids", peer(1)}, at + "/select": {"ids", peer(1), "on", "1"}, at + "/lines": {"lines", "@yuk_001"},
		at + "/retry": {"account", id, "peer", peer(1)}, own + "/retry": {"account", id, "peer", peer(1)},
		own + "/add": {"account", id, "ids", peer(1), "shown", peer(1)}, own + "/select": {"account", id, "act", "all"}, own + "/lines": {"account", id, "lines", "@yuk_001"},
		account + "/refresh": nil, account + "/resume": nil, account + "/disconnect": nil,
	} {
		if status, body := stranger.post(path, form...); status != 404 || body != missing {
			t.Errorf("POST %s: %d, same body %v", path, status, body == missing)
		}
	}
	as, err := p.store.Accounts(t.Context(), p.member.Scope())
	must(t, err)
	cs, err := p.store.Catalogs(t.Context(), p.member.Scope())
	must(t, err)
	if as[0].State != domain.AccountActive || len(cs) != 1 || cs[0].Name != "Yuklar" || cs[0].Peers != 0 || len(p.tg.out) != 0 {
		t.Errorf("something has changed: %+v %+v", as, cs)
	}
}

// TestCatalogFormsArePages: the buttons of the list and of a catalog are links to
// them, for where no script opens a dialog.
func TestCatalogFormsArePages(t *testing.T) {
	p := newPanel(t)
	b := p.as(p.owner)
	at := b.catalog("Yuklar <b>")
	_, list := b.get("/admin/catalogs")
	_, one := b.get(at)
	for path, form := range map[string]string{
		"/admin/catalogs/new": `action="/admin/catalogs"`, at + "/rename": `value="Yuklar &lt;b&gt;"`, at + "/copy": `action="` + at + `/copy"`,
	} {
		for page, body := range map[string]string{"the list": list, "the catalog": one} {
			if !strings.Contains(body, `href="`+path+`"`) && (page == "the list" || path != "/admin/catalogs/new") {
				t.Errorf("nothing on %s leads to %s", page, path)
			}
		}
		status, body := b.get(path)
		says(t, status, body, 200, form, `name="name"`)
	}
}
