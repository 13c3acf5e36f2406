package db

import (
	"testing"
	"time"

	"postix/domain"
)

// staff is an organization with people of every kind.
type staff struct {
	*world
	scopes map[string]domain.Scope
	ids    map[string]int64
}

func newStaff(t *testing.T) staff {
	t.Helper()
	s := staff{world: newWorld(t, 1), scopes: map[string]domain.Scope{}, ids: map[string]int64{}}
	sales := must(s.s.AddDepartment(s.ctx, domain.Department{OrganizationID: s.org.ID, Name: "Savdo"}))
	stock := must(s.s.AddDepartment(s.ctx, domain.Department{OrganizationID: s.org.ID, Name: "Ombor"}))
	for name, u := range map[string]domain.User{
		"owner":   {Role: domain.RoleOwner},
		"manager": {Role: domain.RoleManager, DepartmentID: sales.ID},
		"seller":  {Role: domain.RoleMember, DepartmentID: sales.ID},
		"keeper":  {Role: domain.RoleMember, DepartmentID: stock.ID},
	} {
		u.OrganizationID, u.Name, u.CreatedAt = s.org.ID, name, start
		u = must(s.s.CreateUser(s.ctx, u, ""))
		s.scopes[name], s.ids[name] = domain.Actor{User: u}.Scope(), u.ID
	}
	return s
}

func (s staff) unseen(name string) int {
	s.t.Helper()
	return must(s.s.UnseenNotices(s.ctx, s.scopes[name], s.ids[name]))
}

// account connects one of the person's.
func (s staff) accountOf(name string, phone domain.Phone, telegramID int64) domain.Account {
	s.t.Helper()
	return must(s.s.ConnectAccount(s.ctx, domain.NewAccount{
		OrganizationID: s.org.ID, UserID: s.ids[name], Phone: phone, Session: []byte("s"),
		Profile: domain.Profile{TelegramID: telegramID, FirstName: name}, At: start,
	}))
}

func (s staff) move(acc domain.Account, to domain.AccountState, reason string) {
	s.t.Helper()
	must(s.s.SetAccountState(s.ctx, s.org.ID, acc.ID, to, reason, start.Add(time.Hour)))
}

// Each sees what concerns him, once, and another organization nothing.
func TestNoticesByScope(t *testing.T) {
	s := newStaff(t)
	s.move(s.accountOf("seller", "+998900000001", 501), domain.AccountPaused, "PEER_FLOOD")
	s.move(s.accountOf("keeper", "+998900000002", 502), domain.AccountNeedsLogin, "SESSION_REVOKED")
	s.exec("INSERT INTO notices (organization_id, kind, at) VALUES (?, 'long_wait', 1)", s.org.ID) // nobody's
	o := s.second(0)
	s.exec("INSERT INTO notices (organization_id, kind, at) VALUES (?, 'long_wait', 1)", o.org.ID)
	for name, want := range map[string]int{"owner": 3, "manager": 2, "seller": 1, "keeper": 1} {
		ns, total, err := s.s.Notices(s.ctx, s.scopes[name], 0, 10)
		if err != nil || total != want || len(ns) != want || s.unseen(name) != want {
			t.Errorf("%s sees %d of %d, %d new (%v): %+v", name, len(ns), total, s.unseen(name), err, ns)
		}
	}
	if ns, total, err := s.s.Notices(s.ctx, o.scope, 0, 0); total != 1 || err != nil || ns[0].OrganizationID != o.org.ID {
		t.Errorf("another organization sees %+v (%v)", ns, err)
	}
	ns := firstOf(s.s.Notices(s.ctx, s.scopes["seller"], 0, 1))
	want := domain.Notice{
		ID: ns[0].ID, OrganizationID: s.org.ID, Kind: domain.NoticeAccountPaused, UserID: s.ids["seller"], AccountID: ns[0].AccountID,
		Reason: "PEER_FLOOD", At: start.Add(time.Hour), UserName: "seller", AccountName: "seller", AccountPhone: "+998900000001",
	}
	if ns[0] != want {
		t.Errorf("told %+v, want %+v", ns[0], want)
	}
	if page := firstOf(s.s.Notices(s.ctx, s.scopes["owner"], 1, 1)); len(page) != 1 || page[0].Kind != domain.NoticeNeedsLogin {
		t.Errorf("the second page is %+v", page)
	}
}

// What a person has seen is old; what comes after it is new; nobody sees for
// another.
func TestSeeNotices(t *testing.T) {
	s := newStaff(t)
	a, b := s.accountOf("seller", "+998900000001", 501), s.accountOf("seller", "+998900000002", 502)
	s.move(a, domain.AccountPaused, "PEER_FLOOD")
	s.move(b, domain.AccountPaused, "PEER_FLOOD")
	ns := firstOf(s.s.Notices(s.ctx, s.scopes["seller"], 0, 0))
	s.ok(s.s.SeeNotices(s.ctx, s.org.ID, s.ids["seller"], ns[1].ID))
	if n := s.unseen("seller"); n != 1 {
		t.Errorf("%d new after seeing the first", n)
	}
	s.ok(s.s.SeeNotices(s.ctx, s.org.ID, s.ids["seller"], 1<<40)) // more than there is
	s.ok(s.s.SeeNotices(s.ctx, s.org.ID, s.ids["seller"], ns[1].ID))
	if n := s.unseen("seller"); n != 0 || s.unseen("owner") != 2 {
		t.Errorf("%d new for him, %d for the owner", n, s.unseen("owner"))
	}
	o := s.second(0).org.ID
	s.exec("INSERT INTO notices (organization_id, kind, at) VALUES (?, 'long_wait', 1)", o)
	s.ok(s.s.SeeNotices(s.ctx, o, s.ids["owner"], 1<<40)) // through another organization
	s.move(a, domain.AccountNeedsLogin, "SESSION_REVOKED")
	if n := s.unseen("seller"); n != 1 || s.unseen("owner") != 3 {
		t.Errorf("%d new for him, %d for the owner", n, s.unseen("owner"))
	}
	for range domain.MostUnseen {
		s.exec("INSERT INTO notices (organization_id, kind, at) VALUES (?, 'long_wait', 1)", s.org.ID)
	}
	if n := s.unseen("owner"); n != domain.MostUnseen {
		t.Errorf("counted up to %d", n)
	}
}

// Only what a person has not done himself is told, and once.
func TestAccountNotices(t *testing.T) {
	s := newStaff(t)
	service := must(s.s.ServiceOrganization(s.ctx))
	a := s.accountOf("seller", "+998900000001", 501)
	s.move(a, domain.AccountPaused, "PEER_FLOOD")
	s.move(a, domain.AccountPaused, "PEER_FLOOD")
	s.move(a, domain.AccountActive, "")
	s.move(a, domain.AccountNeedsLogin, domain.CodeKeyTwice)
	s.move(a, domain.AccountNeedsLogin, domain.CodeKeyTwice)
	b := s.accountOf("keeper", "+998900000002", 502)
	s.move(b, domain.AccountDisconnected, "")
	s.move(b, domain.AccountNeedsLogin, "SESSION_REVOKED") // that was the disconnecting
	kinds := func(organizationID int64) (ks []domain.NoticeKind) {
		for _, n := range firstOf(s.s.Notices(s.ctx, whole(organizationID), 0, 0)) {
			ks = append(ks, n.Kind)
		}
		return ks
	}
	if ks := kinds(s.org.ID); len(ks) != 2 || ks[0] != domain.NoticeNeedsLogin || ks[1] != domain.NoticeAccountPaused {
		t.Errorf("told %v", ks)
	}
	if ks := kinds(service.ID); len(ks) != 1 || ks[0] != domain.NoticeKeyTwice {
		t.Errorf("the service is told %v", ks)
	}
}

// Old notices go, and what was seen of them hides nothing that comes later.
func TestPruneNotices(t *testing.T) {
	s := newStaff(t)
	a, b := s.accountOf("seller", "+998900000001", 501), s.accountOf("seller", "+998900000002", 502)
	s.move(a, domain.AccountPaused, "PEER_FLOOD")
	s.move(b, domain.AccountPaused, "PEER_FLOOD")
	s.ok(s.s.SeeNotices(s.ctx, s.org.ID, s.ids["owner"], 1<<40))
	s.ok(s.s.Prune(s.ctx, start.Add(time.Hour+domain.KeepNotices)))
	if ns := firstOf(s.s.Notices(s.ctx, s.scope, 0, 0)); len(ns) != 2 {
		t.Errorf("%d kept up to their last day", len(ns))
	}
	s.ok(s.s.Prune(s.ctx, start.Add(time.Hour+time.Second+domain.KeepNotices)))
	if ns := firstOf(s.s.Notices(s.ctx, s.scope, 0, 0)); len(ns) != 1 {
		t.Errorf("%d kept", len(ns))
	}
	s.move(a, domain.AccountNeedsLogin, "SESSION_REVOKED")
	if n := s.unseen("owner"); n != 1 {
		t.Errorf("%d new", n)
	}
}
