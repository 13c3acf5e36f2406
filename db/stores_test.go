package db

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"postix/domain"
)

func TestSessions(t *testing.T) {
	w := newWorld(t, 0)
	u := must(w.s.CreateUser(w.ctx, domain.User{
		OrganizationID: w.org.ID, Role: domain.RoleOwner, Name: "Dilnoza", Email: "d@sadaf.uz", Lang: "uz", CreatedAt: start,
	}, "hash"))
	got, hash, err := w.s.UserByEmail(w.ctx, "d@sadaf.uz")
	if err != nil || got.User != u || got.Organization.ID != w.org.ID || hash != "hash" {
		t.Fatalf("found %+v, %q, %v", got, hash, err)
	}
	for _, email := range []string{"x@sadaf.uz", ""} {
		if _, _, err := w.s.UserByEmail(w.ctx, email); !domain.IsCode(err, domain.NotFound) {
			t.Errorf("e-mail %q finds somebody: %v", email, err)
		}
	}
	_, err = w.s.CreateUser(w.ctx, domain.User{OrganizationID: w.org.ID, Role: domain.RoleOwner, Name: "B", Email: "d@sadaf.uz", CreatedAt: start}, "")
	wantKey(t, err, domain.Conflict, "user.email_taken")

	token := domain.TokenHash("token")
	w.ok(w.s.CreateSession(w.ctx, domain.Session{Hash: token, OrganizationID: w.org.ID, UserID: u.ID, CreatedAt: start, SeenAt: start}))
	ask := func(now time.Time) (domain.Actor, error) {
		return w.s.SessionActor(w.ctx, token, now.Add(-domain.SessionLife), now.Add(-domain.SessionIdle), now)
	}
	for step := 20 * time.Minute; step <= time.Hour; step += 20 * time.Minute {
		if a, err := ask(start.Add(step)); err != nil || a.User != u || a.Organization != w.org {
			t.Fatalf("after %v: %+v, %v", step, a, err)
		}
	}
	_, err = ask(start.Add(time.Hour + 31*time.Minute))
	wantKey(t, err, domain.NotFound, "session.missing")
	w.exec("UPDATE users SET blocked_at = 1 WHERE id = ?", u.ID)
	_, err = ask(start.Add(time.Hour))
	wantKey(t, err, domain.NotFound, "session.missing")
	w.exec("UPDATE users SET blocked_at = 0 WHERE id = ?", u.ID)
	w.ok(w.s.DeleteSession(w.ctx, token))
	_, err = ask(start.Add(time.Hour))
	wantKey(t, err, domain.NotFound, "session.missing")
}

func TestConnectMakesUserAndCatalog(t *testing.T) {
	w := newWorld(t, 0)
	dep := must(w.s.AddDepartment(w.ctx, domain.Department{OrganizationID: w.org.ID, Name: "Savdo"}))
	n := domain.NewAccount{
		OrganizationID: w.org.ID, DepartmentID: dep.ID, Phone: "+998935550001", Catalog: "Birinchi", Session: []byte("s"),
		Profile: domain.Profile{TelegramID: 42, FirstName: "Bahor", LastName: "Karimova", Username: "bahor"}, At: start,
	}
	a := must(w.s.ConnectAccount(w.ctx, n))
	if a.State != domain.AccountActive || a.Name() != "Bahor Karimova" || a.UserName != "Bahor Karimova" || !a.ConnectedAt.Equal(start) {
		t.Errorf("connected %+v", a)
	}
	in := domain.Scope{OrganizationID: w.org.ID, DepartmentID: dep.ID}
	us, cs := must(w.s.Users(w.ctx, in)), must(w.s.Catalogs(w.ctx, in))
	if len(us) != 1 || us[0].ID != a.UserID || us[0].TelegramID != 42 || us[0].Role != domain.RoleMember || len(cs) != 1 || cs[0].Name != "Birinchi" {
		t.Errorf("made users %+v and catalogs %+v", us, cs)
	}
	if got := must(w.s.TelegramSession(w.ctx, w.org.ID, a.ID)); string(got) != "s" {
		t.Errorf("session %q", got)
	}
	if got := must(w.s.AccountByPhone(w.ctx, n.Phone)); got != a {
		t.Errorf("found %+v", got)
	}

	// A number and a Telegram user are held once in the whole system.
	o := w.second(0)
	for _, taken := range []domain.NewAccount{
		{Phone: n.Phone, Profile: domain.Profile{TelegramID: 43}},
		{Phone: "+998935550002", Profile: domain.Profile{TelegramID: 42}},
	} {
		taken.OrganizationID, taken.Catalog, taken.At = o.org.ID, "X", start
		_, err := w.s.ConnectAccount(w.ctx, taken)
		wantKey(t, err, domain.Conflict, "phone.taken")
	}
	if us := must(w.s.Users(w.ctx, o.scope)); len(us) != 1 {
		t.Errorf("a refused account left users %+v", us)
	}

	// Disconnecting frees both; the same person gets the account back.
	if ok := must(w.s.SetAccountState(w.ctx, w.org.ID, a.ID, domain.AccountDisconnected, "", start)); !ok {
		t.Error("not disconnected")
	}
	if _, err := w.s.AccountByPhone(w.ctx, n.Phone); !domain.IsCode(err, domain.NotFound) {
		t.Errorf("the number is still held: %v", err)
	}
	if back := must(w.s.ConnectAccount(w.ctx, n)); back.ID != a.ID || back.UserID != a.UserID || back.State != domain.AccountActive {
		t.Errorf("back as %+v", back)
	}
	if n := len(must(w.s.Users(w.ctx, in))); n != 1 {
		t.Errorf("%d users", n)
	}
	n.Reconnect, n.Profile.TelegramID = a.ID, 99
	_, err := w.s.ConnectAccount(w.ctx, n)
	wantKey(t, err, domain.Conflict, "account.other_user")
}

func TestAccountLimitHoldsAtOnce(t *testing.T) {
	w := newWorld(t, 0)
	w.exec("UPDATE organizations SET account_limit = 5 WHERE id = ?", w.org.ID)
	errs := make([]error, 20)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			_, errs[i] = w.s.ConnectAccount(w.ctx, domain.NewAccount{
				OrganizationID: w.org.ID, Phone: domain.Phone(fmt.Sprintf("+99893100%04d", i)), Session: []byte("s"),
				Profile: domain.Profile{TelegramID: int64(1000 + i), FirstName: "A"}, At: start,
			})
		})
	}
	all.Wait()
	connected := 0
	for _, err := range errs {
		if err == nil {
			connected++
		} else {
			wantKey(t, err, domain.Conflict, "account.limit")
		}
	}
	if connected != 4 { // with the one of the world
		t.Errorf("%d connected", connected)
	}
	if n := len(must(w.s.Users(w.ctx, w.scope))); n != 5 {
		t.Errorf("%d users for 5 accounts", n)
	}
}

func TestAccountStates(t *testing.T) {
	w := newWorld(t, 0)
	move := func(to domain.AccountState, want bool) {
		t.Helper()
		if got := must(w.s.SetAccountState(w.ctx, w.org.ID, w.account.ID, to, "R", start)); got != want {
			t.Errorf("moved to %s: %v", to, got)
		}
	}
	move(domain.AccountActive, false)
	move(domain.AccountPaused, true)
	if as := must(w.s.LinkedAccounts(w.ctx)); len(as) != 1 || as[0].Reason != "R" {
		t.Errorf("linked %+v", as)
	}
	w.ok(w.s.SaveTelegramSession(w.ctx, w.org.ID, w.account.ID, []byte("newer")))
	if got := must(w.s.TelegramSession(w.ctx, w.org.ID, w.account.ID)); string(got) != "newer" {
		t.Errorf("session %q", got)
	}
	move(domain.AccountActive, true)
	move(domain.AccountDisconnected, true)
	move(domain.AccountNeedsLogin, false) // no news for who has left
	if as := must(w.s.LinkedAccounts(w.ctx)); len(as) != 0 {
		t.Errorf("linked %+v", as)
	}
	wantKey(t, w.s.SaveTelegramSession(w.ctx, w.org.ID, w.account.ID, []byte("back")), domain.NotFound, "session.missing")
	_, err := w.s.SetAccountState(w.ctx, w.org.ID, w.account.ID, domain.AccountActive, "", start)
	wantKey(t, err, domain.Conflict, "account.no_session")
}

func TestCodeRequests(t *testing.T) {
	w := newWorld(t, 0)
	const p = domain.Phone("+998935550001")
	for i := range 3 {
		w.ok(w.s.AddCodeRequest(w.ctx, w.org.ID, w.user.ID, p, start.Add(time.Duration(i)*time.Hour)))
	}
	w.ok(w.s.AddCodeRequest(w.ctx, w.org.ID, w.user.ID, "+998935550002", start.Add(time.Hour)))
	w.ok(w.s.RefusePhone(w.ctx, p, start))
	w.ok(w.s.RefusePhone(w.ctx, p, start.Add(time.Minute)))
	colleague := must(w.s.CreateUser(w.ctx, domain.User{OrganizationID: w.org.ID, Role: domain.RoleMember, Name: "Hamkasb", CreatedAt: start}, ""))
	w.ok(w.s.AddCodeRequest(w.ctx, w.org.ID, colleague.ID, "+998935550003", start.Add(time.Hour)))
	r, err := w.s.CodeRequests(w.ctx, w.org.ID, w.user.ID, p, start.Add(time.Hour))
	if err != nil || len(r.Phone) != 2 || len(r.User) != 3 || len(r.Organization) != 4 ||
		!r.Phone[0].Equal(start.Add(time.Hour)) || !r.Refused.Equal(start.Add(time.Minute)) {
		t.Errorf("%+v %v", r, err)
	}
}

func TestDialogs(t *testing.T) {
	w := newWorld(t, 3)
	find := func(f domain.DialogFilter) (rows []domain.DialogRow) {
		t.Helper()
		rows, total, err := w.s.Dialogs(w.ctx, w.org.ID, w.account.ID, f)
		w.ok(err)
		if f.Limit == 0 && total != len(rows) {
			t.Errorf("%d rows, the total says %d", len(rows), total)
		}
		return rows
	}
	cat := must(w.s.CreateCatalog(w.ctx, domain.Catalog{OrganizationID: w.org.ID, UserID: w.user.ID, Name: "Bozor", CreatedAt: start}))
	must(w.s.AddPeers(w.ctx, w.scope, cat.ID, w.peers[:2], start))
	ds := dialogsOf(
		domain.Peer{ID: -5, Kind: domain.KindGroup, Title: "РАБОТА Ташкент"},
		domain.Peer{ID: -6, Kind: domain.KindChannel, Title: "Oʻzbekiston 100%", Username: "Uz_100"},
		domain.Peer{ID: w.peers[0].ID, Kind: domain.KindSupergroup, Title: "Yangi nom", Username: "yangi"},
	)
	ds[1].CanWrite, ds[1].DenyReason = false, "CHAT_ADMIN_REQUIRED"
	ds[2].SlowMode, ds[2].Forum = 30*time.Second, true
	w.exec("UPDATE dialogs SET fails = 2 WHERE peer_id = ?", int64(w.peers[0].ID))
	w.ok(w.s.ReplaceDialogs(w.ctx, w.org.ID, w.account.ID, ds, start.Add(time.Hour)))

	rows := find(domain.DialogFilter{CatalogID: cat.ID})
	if len(rows) != 3 || rows[0].InUse || !rows[2].InUse || rows[2].Position != 2 || rows[2].Fails != 2 ||
		rows[2].SlowMode != 30*time.Second || !rows[2].Forum || !rows[2].SeenAt.Equal(start.Add(time.Hour)) {
		t.Errorf("listed %+v", rows)
	}
	for search, want := range map[string]domain.PeerID{
		"работа": -5, "o'zbek": -6, "100%": -6, "uz_1": -6, "@YANGI": w.peers[0].ID, " Yangi NOM ": w.peers[0].ID,
	} {
		if rows := find(domain.DialogFilter{Search: search}); len(rows) != 1 || rows[0].ID != want {
			t.Errorf("%q finds %+v", search, rows)
		}
	}
	for _, none := range []string{"@nom", "uz%1", "u__100"} {
		if rows := find(domain.DialogFilter{Search: none}); len(rows) != 0 {
			t.Errorf("%q finds %+v", none, rows)
		}
	}
	if rows := find(domain.DialogFilter{Writable: true, Kind: domain.KindGroup}); len(rows) != 1 || rows[0].ID != -5 {
		t.Errorf("writable groups: %+v", rows)
	}
	if known := must(w.s.KnownOf(w.ctx, w.org.ID, cat.ID)); len(known) != 1 || known[w.account.ID] != 1 {
		t.Errorf("known by %v", known)
	}
	if rows := find(domain.DialogFilter{Limit: 1, Offset: 1}); len(rows) != 1 || rows[0].ID != -6 {
		t.Errorf("page 2: %+v", rows)
	}
	if d := must(w.s.DialogByUsername(w.ctx, w.org.ID, w.account.ID, "UZ_100")); d.ID != -6 || d.DenyReason != "CHAT_ADMIN_REQUIRED" {
		t.Errorf("by username: %+v", d)
	}
	// The names in catalogs follow; what is not listed any more is unknown.
	ts := must(w.s.Targets(w.ctx, w.scope, cat.ID, w.account.ID))
	if ts[0].Title != "Yangi nom" || !ts[0].Sendable() || ts[0].Fails != 2 || ts[1].Known {
		t.Errorf("targets %+v", ts)
	}
	if a := must(w.s.Account(w.ctx, w.scope, w.account.ID)); a.Dialogs != 3 || !a.DialogsAt.Equal(start.Add(time.Hour)) {
		t.Errorf("account %+v", a)
	}
}

func TestCatalogs(t *testing.T) {
	w := newWorld(t, 3)
	later := start.Add(time.Hour)
	c := must(w.s.CreateCatalog(w.ctx, domain.Catalog{OrganizationID: w.org.ID, UserID: w.user.ID, Name: "Bozor", CreatedAt: start}))
	other := must(w.s.CreateCatalog(w.ctx, domain.Catalog{OrganizationID: w.org.ID, UserID: w.user.ID, Name: "Ish", CreatedAt: start}))
	_, err := w.s.CreateCatalog(w.ctx, domain.Catalog{OrganizationID: w.org.ID, UserID: w.user.ID, Name: "BOZOR", CreatedAt: start})
	wantKey(t, err, domain.Conflict, "catalog.name_taken")
	wantKey(t, w.s.RenameCatalog(w.ctx, w.scope, other.ID, "bozor", later), domain.Conflict, "catalog.name_taken")
	w.ok(w.s.RenameCatalog(w.ctx, w.scope, other.ID, "ISH", later))

	if n := must(w.s.AddPeers(w.ctx, w.scope, c.ID, append(w.peers[1:], w.peers[1]), start)); n != 2 {
		t.Errorf("%d added", n)
	}
	if n := must(w.s.AddPeers(w.ctx, w.scope, c.ID, w.peers, later)); n != 1 {
		t.Errorf("%d added", n)
	}
	ts := must(w.s.Targets(w.ctx, w.scope, c.ID, 0))
	if len(ts) != 3 || ts[0].Peer != w.peers[1] || ts[2].Peer != w.peers[0] || ts[2].Position != 2 || ts[0].Known {
		t.Errorf("targets %+v", ts)
	}
	many := make([]domain.Peer, domain.MaxCatalogPeers-2)
	for i := range many {
		many[i] = domain.Peer{ID: domain.PeerID(i + 1), Kind: domain.KindUser, Title: "U"}
	}
	_, err = w.s.AddPeers(w.ctx, w.scope, c.ID, many, later)
	wantKey(t, err, domain.Conflict, "catalog.full")
	copied := must(w.s.CopyCatalog(w.ctx, w.scope, c.ID, "Nusxa", later))
	if n := must(w.s.RemovePeers(w.ctx, w.scope, c.ID, []domain.PeerID{w.peers[0].ID, 12345}, later)); n != 1 {
		t.Errorf("%d removed", n)
	}
	for id, want := range map[int64]int{c.ID: 2, copied.ID: 3, other.ID: 0} {
		if got := must(w.s.Catalog(w.ctx, w.scope, id)); got.Peers != want || !got.UpdatedAt.Equal(later) || got.UserName != "Sadaf" {
			t.Errorf("catalog %+v, want %d peers", got, want)
		}
		if ts := must(w.s.Targets(w.ctx, w.scope, id, 0)); len(ts) != want {
			t.Errorf("catalog %d has %d targets, want %d", id, len(ts), want)
		}
	}
	w.ok(w.s.DeleteCatalog(w.ctx, w.scope, copied.ID))
	if cs := must(w.s.Catalogs(w.ctx, w.scope)); len(cs) != 2 || cs[0].Name != "Bozor" {
		t.Errorf("catalogs %+v", cs)
	}
}

func TestCampaignOnceForAToken(t *testing.T) {
	w := newWorld(t, 2)
	cat := must(w.s.CreateCatalog(w.ctx, domain.Catalog{OrganizationID: w.org.ID, UserID: w.user.ID, Name: "Bozor", CreatedAt: start}))
	c := domain.Campaign{
		OrganizationID: w.org.ID, UserID: w.user.ID, Token: "t", AccountID: w.account.ID, CatalogID: cat.ID, CatalogName: "Bozor",
		Text: "Salom", Rounds: 2, Interval: time.Hour, StartAt: start, CreatedAt: start, PlannedEnd: start.Add(2 * time.Hour),
	}
	var mu sync.Mutex
	ids, created := map[int64]bool{}, 0
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			mine := c
			mine.UUID = fmt.Sprint("uuid ", i)
			got, isNew, err := w.s.CreateCampaign(w.ctx, mine, w.peers)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			ids[got.ID] = true
			if isNew {
				created++
			}
		})
	}
	all.Wait()
	if len(ids) != 1 || created != 1 {
		t.Fatalf("%d campaigns, %d created", len(ids), created)
	}
	var id int64
	for id = range ids {
	}
	got := w.get(id)
	if got.Text != c.Text || got.CatalogID != cat.ID || got.Interval != time.Hour || got.Peers != 2 || !got.PlannedEnd.Equal(c.PlannedEnd) ||
		got.UserName != "Sadaf" || got.AccountName != "Ali" || got.AccountPhone != w.account.Phone || got.AccountState != domain.AccountActive {
		t.Errorf("stored %+v", got)
	}
	w.ok(w.s.DeleteCatalog(w.ctx, w.scope, cat.ID))
	if got := w.get(id); got.CatalogID != 0 || got.CatalogName != "Bozor" {
		t.Errorf("without its catalog: %+v", got)
	}
}

func TestCampaignFilters(t *testing.T) {
	w := newWorld(t, 2)
	second := w.connect("+998935550000", 555)
	a := w.campaign(1, 0)
	b := w.campaign(1, 0)
	w.made++
	c, _, err := w.s.CreateCampaign(w.ctx, domain.Campaign{
		OrganizationID: w.org.ID, UserID: w.user.ID, UUID: "c", AccountID: second.ID, Text: "Скидка 50% в Ташкенте",
		Rounds: 1, StartAt: start.Add(24 * time.Hour), CreatedAt: start,
	}, w.peers)
	w.ok(err)
	must(w.s.CancelCampaign(w.ctx, w.scope, a.ID, start))
	for name, k := range map[string]struct {
		f    domain.CampaignFilter
		want []int64
	}{
		"all, newest first": {domain.CampaignFilter{}, []int64{c.ID, b.ID, a.ID}},
		"status":            {domain.CampaignFilter{Status: domain.CampaignCancelled}, []int64{a.ID}},
		"text":              {domain.CampaignFilter{Search: "СКИДКА 50%"}, []int64{c.ID}},
		"id":                {domain.CampaignFilter{Search: fmt.Sprintf("#%d", b.ID)}, []int64{b.ID}},
		"no such text":      {domain.CampaignFilter{Search: "50_"}, nil},
		"account":           {domain.CampaignFilter{AccountID: second.ID}, []int64{c.ID}},
		"user":              {domain.CampaignFilter{UserID: w.user.ID + 1}, nil},
		"from":              {domain.CampaignFilter{From: start.Add(time.Hour)}, []int64{c.ID}},
		"to":                {domain.CampaignFilter{To: start.Add(24 * time.Hour)}, []int64{b.ID, a.ID}},
	} {
		cs, total, err := w.s.Campaigns(w.ctx, w.scope, k.f)
		var got []int64
		for _, c := range cs {
			got = append(got, c.ID)
		}
		if err != nil || total != len(k.want) || fmt.Sprint(got) != fmt.Sprint(k.want) {
			t.Errorf("%s: %v of %d (%v), want %v", name, got, total, err, k.want)
		}
	}
	cs, total, err := w.s.Campaigns(w.ctx, w.scope, domain.CampaignFilter{Limit: 1, Offset: 1})
	if err != nil || total != 3 || len(cs) != 1 || cs[0].ID != b.ID {
		t.Errorf("page 2: %+v of %d (%v)", cs, total, err)
	}
}

func TestDeliveryFilters(t *testing.T) {
	w := newWorld(t, 4)
	c := w.campaign(2, time.Minute)
	w.openDue(start)
	w.settle(failed(w.claim(start), domain.ActFailPeer, "CHAT_WRITE_FORBIDDEN", 0, start))
	_, now := w.sendAll(start.Add(time.Minute))
	w.openDue(now)
	w.settle(sent(w.claim(now.Add(time.Hour)), 77, now.Add(time.Hour)))
	for name, k := range map[string]struct {
		f    domain.DeliveryFilter
		want int
	}{
		"all":             {domain.DeliveryFilter{}, 8},
		"round":           {domain.DeliveryFilter{Round: 2}, 4},
		"sent":            {domain.DeliveryFilter{Status: domain.DeliverySent}, 4},
		"sent in round 2": {domain.DeliveryFilter{Status: domain.DeliverySent, Round: 2}, 1},
		"failed":          {domain.DeliveryFilter{Status: domain.DeliveryFailed}, 1},
		"planned":         {domain.DeliveryFilter{Status: domain.DeliveryPlanned}, 3},
		"sending":         {domain.DeliveryFilter{Status: domain.DeliverySending}, 0},
		"peer":            {domain.DeliveryFilter{Search: "@GURUH_3"}, 2},
		"peer and status": {domain.DeliveryFilter{Search: "guruh 3", Status: domain.DeliverySent}, 1},
		"peer, not found": {domain.DeliveryFilter{Search: "guruh%3"}, 0},
	} {
		if ds := w.deliveries(c.ID, k.f); len(ds) != k.want {
			t.Errorf("%s: %d, want %d", name, len(ds), k.want)
		}
	}
	ds := w.deliveries(c.ID, domain.DeliveryFilter{Limit: 1})
	if len(ds) != 1 || ds[0].Round != 2 || ds[0].Peer != w.peers[0] || ds[0].MessageLink() != "https://t.me/Guruh_0/77" {
		t.Errorf("the first is %+v", ds)
	}
	if ds := w.deliveries(c.ID, domain.DeliveryFilter{Offset: 7, Limit: 5}); len(ds) != 1 || ds[0].Round != 1 || ds[0].Peer != w.peers[3] {
		t.Errorf("the last is %+v", ds)
	}
}
