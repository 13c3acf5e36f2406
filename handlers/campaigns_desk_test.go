package handlers_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"postix/db"
	"postix/domain"
	"postix/handlers"
)

// deskNow is the moment at which everything at a campaign desk happens: 15:00 in
// Tashkent.
var deskNow = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

// campaignDesk is a panel over a real database with two organizations. Nothing
// is connected to Telegram: deliveries are settled by hand.
type campaignDesk struct {
	t     *testing.T
	store *db.Store
	hub   *domain.Hub
	url   string

	org     domain.Organization
	owner   domain.User
	member  domain.User
	account domain.Account // the member's
	catalog domain.Catalog // the owner's, with five chats
	peers   []domain.Peer

	campaigns *domain.Campaigns
	other     deskOwner // of another organization
}

type deskOwner struct {
	actor   domain.Actor
	account domain.Account
	catalog domain.Catalog
}

func deskValue[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newCampaignDesk(t *testing.T) *campaignDesk {
	t.Helper()
	now := func() time.Time { return deskNow }
	log := slog.New(slog.DiscardHandler)
	store := deskValue[*db.Store](t)(db.Open(t.Context(), db.Options{
		Path: filepath.Join(t.TempDir(), "postix.db"), Key: bytes.Repeat([]byte{7}, 32), Logger: log, Now: now,
	}))
	t.Cleanup(func() { _ = store.Close() })
	d := &campaignDesk{t: t, store: store, hub: &domain.Hub{}}
	d.campaigns = &domain.Campaigns{Store: store, Schedule: store, Catalogs: store, Peers: store, Accounts: store, Hub: d.hub, Now: now}
	h := deskValue[http.Handler](t)(handlers.New(handlers.Options{
		SignIns:   &domain.SignIns{Store: store, Passwords: handlers.NewPasswords(1), Throttle: &domain.Throttle{}, Now: now},
		Accounts:  &domain.Accounts{Store: store, Dialogs: store, Hub: d.hub, Now: now},
		Catalogs:  &domain.Catalogs{Store: store, Peers: store, Dialogs: store, Hub: d.hub, Now: now},
		Campaigns: d.campaigns, Switch: store, Audit: store, Hub: d.hub, Now: now, Log: log, Closing: t.Context(),
	}))
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	d.url = server.URL
	d.org, d.owner = d.organization("Savdo Nur", "Sardor")
	d.member = d.user(d.org, domain.RoleMember, "Dilnoza")
	for i := range 5 {
		d.peers = append(d.peers, domain.Peer{
			ID: domain.PeerID(-1_000_000_000_001 - int64(i)), Kind: domain.KindSupergroup,
			Title: fmt.Sprintf("Guruh %d", i+1), Username: fmt.Sprintf("guruh_%d", i+1),
		})
	}
	d.account, d.catalog = d.equip(d.org, d.owner, d.member, "+998901234567")
	org, owner := d.organization("Lola", "Lola")
	d.other.actor = domain.Actor{User: owner, Organization: org}
	d.other.account, d.other.catalog = d.equip(org, owner, owner, "+998907654321")
	return d
}

func (d *campaignDesk) organization(name, owner string) (domain.Organization, domain.User) {
	d.t.Helper()
	o := deskValue[domain.Organization](d.t)(d.store.CreateOrganization(d.t.Context(), domain.Organization{
		Name: name, Zone: domain.DefaultZone, Pace: domain.DefaultPace, Limits: domain.Limits{Accounts: 9}, CreatedAt: deskNow,
	}))
	return o, d.user(o, domain.RoleOwner, owner)
}

func (d *campaignDesk) user(o domain.Organization, r domain.Role, name string) domain.User {
	d.t.Helper()
	return deskValue[domain.User](d.t)(d.store.CreateUser(d.t.Context(), domain.User{
		OrganizationID: o.ID, Role: r, Name: name, CreatedAt: deskNow,
	}, ""))
}

// equip connects an account and fills a catalog.
func (d *campaignDesk) equip(o domain.Organization, catalogOf, accountOf domain.User, phone domain.Phone) (domain.Account, domain.Catalog) {
	d.t.Helper()
	ctx := d.t.Context()
	acc := deskValue[domain.Account](d.t)(d.store.ConnectAccount(ctx, domain.NewAccount{
		OrganizationID: o.ID, UserID: accountOf.ID, Phone: phone, At: deskNow, Session: []byte("secret"),
		Profile: domain.Profile{TelegramID: 1000 + o.ID, FirstName: accountOf.Name},
	}))
	var ds []domain.Dialog
	for _, p := range d.peers {
		ds = append(ds, domain.Dialog{Peer: p, AccountID: acc.ID, AccessHash: 5, CanWrite: true, SeenAt: deskNow})
	}
	if err := d.store.ReplaceDialogs(ctx, o.ID, acc.ID, ds, deskNow); err != nil {
		d.t.Fatal(err)
	}
	c := deskValue[domain.Catalog](d.t)(d.store.CreateCatalog(ctx, domain.Catalog{
		OrganizationID: o.ID, UserID: catalogOf.ID, Name: "Mijozlar", CreatedAt: deskNow, UpdatedAt: deskNow,
	}))
	deskValue[int](d.t)(d.store.AddPeers(ctx, domain.Scope{OrganizationID: o.ID}, c.ID, d.peers, deskNow))
	return acc, c
}

func (d *campaignDesk) actor(u domain.User) domain.Actor {
	return domain.Actor{User: u, Organization: d.org}
}

// order makes a campaign of the owner's.
func (d *campaignDesk) order(text string, rounds int, startsIn time.Duration) domain.Campaign {
	d.t.Helper()
	draft := domain.Draft{Token: domain.NewToken(), CatalogID: d.catalog.ID, AccountID: d.account.ID, Text: text, Rounds: rounds, Interval: time.Hour}
	if startsIn > 0 {
		draft.StartAt = deskNow.Add(startsIn)
	}
	c, _, err := d.campaigns.Create(d.t.Context(), d.actor(d.owner), draft)
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

// open opens the rounds that are due.
func (d *campaignDesk) open() { d.t.Helper(); d.openAt(deskNow) }

func (d *campaignDesk) openAt(now time.Time) {
	d.t.Helper()
	for _, c := range deskValue[[]domain.Campaign](d.t)(d.store.DueRounds(d.t.Context(), now, 9)) {
		if err := d.store.OpenRounds(d.t.Context(), c, c.Due(now), now); err != nil {
			d.t.Fatal(err)
		}
	}
}

// settle records what became of the next delivery: sent for a nil error.
func (d *campaignDesk) settle(e *domain.SendError) domain.Attempt {
	d.t.Helper()
	later := deskNow.Add(time.Hour) // past every gap
	t, err := d.store.Claim(d.t.Context(), d.account.ID, later)
	if err != nil || t.Attempt == nil {
		d.t.Fatalf("nothing to claim: %v", err)
	}
	a := *t.Attempt
	r := domain.SettleSent(a, domain.SentMessage{ID: 77, At: deskNow}, deskNow, 0)
	if e != nil {
		r = domain.SettleError(a, e, deskNow, 0)
	}
	if err := d.store.Settle(d.t.Context(), r); err != nil {
		d.t.Fatal(err)
	}
	return a
}

// deskBrowser is a signed-in browser.
type deskBrowser struct {
	desk   *campaignDesk
	cookie string
	client *http.Client
}

// browser signs a user in and chooses a language.
func (d *campaignDesk) browser(u domain.User, lang string) *deskBrowser {
	d.t.Helper()
	token := domain.NewToken()
	err := d.store.CreateSession(d.t.Context(), domain.Session{
		Hash: domain.TokenHash(token), OrganizationID: u.OrganizationID, UserID: u.ID, CreatedAt: deskNow, SeenAt: deskNow,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return &deskBrowser{d, "postix=" + token + "; lang=" + lang, &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// deskAnswer is what came back.
type deskAnswer struct {
	status int
	to     string // where a redirect leads
	flash  string // tone and key of the sentence that the next page shows
	body   string
}

func (b *deskBrowser) get(path string) deskAnswer {
	b.desk.t.Helper()
	return b.do(http.MethodGet, path, nil)
}

func (b *deskBrowser) post(path string, form url.Values) deskAnswer {
	b.desk.t.Helper()
	return b.do(http.MethodPost, path, form)
}

func (b *deskBrowser) do(method, path string, form url.Values) deskAnswer {
	b.desk.t.Helper()
	resp, err := b.client.Do(b.request(method, path, form))
	if err != nil {
		b.desk.t.Error(err)
		return deskAnswer{}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.desk.t.Error(err)
	}
	a := deskAnswer{status: resp.StatusCode, to: resp.Header.Get("Location"), body: string(body)}
	for _, c := range resp.Cookies() {
		if c.Name == "flash" {
			a.flash, _ = url.QueryUnescape(c.Value)
		}
	}
	return a
}

func (b *deskBrowser) request(method, path string, form url.Values) *http.Request {
	b.desk.t.Helper()
	r, err := http.NewRequestWithContext(b.desk.t.Context(), method, b.desk.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.desk.t.Fatal(err)
	}
	r.Header.Set("Cookie", b.cookie)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

// leads fails unless the answer is a redirect to that address with that sentence.
func (a deskAnswer) leads(t *testing.T, to, flash string) {
	t.Helper()
	if a.status != http.StatusSeeOther || a.to != to || a.flash != flash {
		t.Errorf("answered %d to %q with %q, want 303 to %q with %q", a.status, a.to, a.flash, to, flash)
	}
}

// wants fails unless the answer has the status and all the texts.
func (a deskAnswer) wants(t *testing.T, status int, texts ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("status %d, want %d", a.status, status)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("the answer lacks %q", text)
		}
	}
}

func (a deskAnswer) lacks(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			t.Errorf("the answer has %q", text)
		}
	}
}

var (
	inlineCode   = regexp.MustCompile(`(?i)<[^>]*\s(style|on[a-z]+|hx-on[^=]*)\s*=|<script(?:>|\s[^>]*>)[^<]+|javascript:|hx-vals="js`)
	missingWords = regexp.MustCompile(`⟦[^⟧]*⟧|no value`)
)

// sound fails when a page holds inline code, which the content security policy
// forbids, or a text that is not in the catalogues.
func (a deskAnswer) sound(t *testing.T) {
	t.Helper()
	if m := inlineCode.FindString(a.body); m != "" {
		t.Errorf("inline code: %s", m)
	}
	if m := missingWords.FindString(a.body); m != "" {
		t.Errorf("missing text: %s", m)
	}
}
