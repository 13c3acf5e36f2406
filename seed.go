package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"postix/domain"
	"postix/handlers"
	"postix/telegram/sandbox"
)

// seedPassword is everybody's in a sandbox.
const seedPassword = "sandbox-demo"

// seedUser is one of the people of the sandbox's organizations.
type seedUser struct {
	email, name string
	role        domain.Role
	org, dep    int // index in seedOrganizations and seedDepartments; -1: none
}

const (
	seedOrganization  = "Silk Yoʻl Logistika"
	otherOrganization = "Orient Savdo"
	seedMember        = "member@sandbox.uz"
	seedMemberPhone   = "+998901000004"
	seedMemberID      = 7000004         // his Telegram ID
	seedGroup         = "yuk_bozori_01" // username of one that the member's number is in
	seedTemplate      = "Assalomu alaykum! Bu guruh yuk egalari va haydovchilar uchun. Iltimos, birovlarning yukini bu yerga joylamang. Rahmat!"
)

var seedDepartments = []string{"Toshkent boʻlimi", "Samarqand boʻlimi"}

// org -1 is the service itself.
var seedUsers = []seedUser{
	{"admin@sandbox.uz", "Xizmat administratori", domain.RoleAdmin, -1, -1},
	{"owner@sandbox.uz", "Akmal Toʻrayev", domain.RoleOwner, 0, -1},
	{"manager@sandbox.uz", "Лола Каримова", domain.RoleManager, 0, 0},
	{seedMember, "Bekzod Aliyev", domain.RoleMember, 0, 0},
	{"other@sandbox.uz", "Зафар Усмонов", domain.RoleOwner, 1, -1},
}

// seedColleagues are there to be looked at: nobody signs in as one of them.
var seedColleagues = []domain.User{
	{Name: "Нигора Юсупова", Email: "nigora@sandbox.uz", Role: domain.RoleManager},
	{Name: "Jahongir Saidov", Email: "jahongir@sandbox.uz", Role: domain.RoleMember},
	{Name: "Dilshod Rahimov", Role: domain.RoleMember, ReadOnly: true, Sees: domain.SeesDepartment},
}

func signIns() string {
	var b strings.Builder
	for _, u := range seedUsers {
		what := string(u.role)
		switch u.org {
		case -1:
			what = "admin of the service"
		case 1:
			what = "owner of another organization"
		}
		_, _ = fmt.Fprintf(&b, "  %-22s %-15s %s\n", u.email, seedPassword, what)
	}
	return b.String()
}

// seeded is what seed has found or made.
type seeded struct {
	fresh         bool
	owner, member domain.Actor
}

// quick is a pace at which one can watch a campaign go out: small gaps around
// the given one, nothing capped.
func quick(gap time.Duration) domain.Pace {
	return domain.Pace{GapMin: gap * 2 / 3, GapMax: gap * 4 / 3, MinInterval: 10 * time.Second}
}

// seed fills an empty database with organizations and their people, and leaves
// one that has users alone.
func (a *app) seed(ctx context.Context, gap time.Duration) (seeded, error) {
	n, err := a.store.CountUsers(ctx)
	if err != nil || n > 0 {
		return seeded{}, err
	}
	service, err := a.store.ServiceOrganization(ctx)
	if err != nil {
		return seeded{}, err
	}
	now := time.Now().UTC()
	orgs := []domain.Organization{
		{Name: seedOrganization, Pace: quick(gap)},
		{Name: otherOrganization, Pace: domain.DefaultPace}, // here the limits of a real one can be seen
	}
	for i := range orgs {
		orgs[i].Zone, orgs[i].Limits, orgs[i].CreatedAt = a.set.Zone, domain.DefaultLimits, now
		orgs[i].Limits.Accounts = 50
		if orgs[i], err = a.store.CreateOrganization(ctx, orgs[i]); err != nil {
			return seeded{}, err
		}
	}
	var deps []domain.Department
	for _, name := range seedDepartments {
		d, err := a.store.AddDepartment(ctx, domain.Department{OrganizationID: orgs[0].ID, Name: name})
		if err != nil {
			return seeded{}, err
		}
		deps = append(deps, d)
	}
	w := seeded{fresh: true}
	hash := handlers.NewPasswords(1)
	for _, s := range seedUsers {
		org := service
		if s.org >= 0 {
			org = orgs[s.org]
		}
		u := domain.User{OrganizationID: org.ID, Role: s.role, Name: s.name, Email: s.email}
		if s.dep >= 0 {
			u.DepartmentID = deps[s.dep].ID
		}
		if s.email == seedMember {
			u.TelegramID = seedMemberID
		}
		u, err := domain.AddUser(ctx, a.store, hash, u, seedPassword, now)
		if err != nil {
			return seeded{}, err
		}
		switch {
		case s.email == seedMember:
			w.member = domain.Actor{User: u, Organization: org}
		case s.role == domain.RoleOwner && s.org == 0:
			w.owner = domain.Actor{User: u, Organization: org}
		}
	}
	return w, a.seedPeople(ctx, deps[1], now)
}

// seedPeople fills the second department: its manager waits for a password, and
// one of its members is away.
func (a *app) seedPeople(ctx context.Context, d domain.Department, now time.Time) error {
	for _, u := range seedColleagues {
		u.OrganizationID, u.DepartmentID, u.CreatedAt = d.OrganizationID, d.ID, now
		_, link := domain.NewPasswordLink(now)
		if u.Email == "" {
			link = domain.PasswordLink{}
		}
		u, err := a.store.AddUser(ctx, u, "", link)
		if err != nil {
			return err
		}
		if u.Name != "Jahongir Saidov" {
			continue
		}
		away := domain.Block{Reason: "Mehnat taʼtilida", From: now, Until: now.AddDate(0, 0, 14)}
		if err := a.store.BlockUser(ctx, u, away, now); err != nil {
			return err
		}
	}
	return nil
}

// seedAccount connects the member's number by its code, as a person would, makes
// two catalogs from its chats, and lets the filter watch its groups. Then it calls
// done.
func (a *app) seedAccount(w seeded, tg sandbox.Client, done func()) {
	ctx, cancel := context.WithTimeout(a.life, time.Minute)
	defer cancel()
	err := a.connectSeed(ctx, w, tg)
	switch {
	case err == nil:
		done()
	case a.life.Err() == nil:
		a.log.Error("connecting the sandbox's first account", "err", err)
	}
}

func (a *app) connectSeed(ctx context.Context, w seeded, tg sandbox.Client) error {
	if _, err := a.logins.Start(ctx, w.member, domain.LoginOrder{Phone: seedMemberPhone, UserID: w.member.User.ID}); err != nil {
		return err
	}
	code, err := tg.Code(ctx, seedMemberPhone)
	if err != nil {
		return err
	}
	l, err := a.logins.Code(ctx, w.member, code)
	if err != nil {
		return err
	}
	a.logins.Cancel(w.member) // the wizard is the member's again
	ds, err := a.clients.Dialogs(ctx, l.Account)
	if err != nil {
		return err
	}
	if err := a.store.ReplaceDialogs(ctx, l.Account.OrganizationID, l.Account.ID, ds, time.Now().UTC()); err != nil {
		return err
	}
	groups, all := []domain.PeerID{}, []domain.PeerID{}
	for _, d := range ds {
		if !d.CanWrite || d.Kind == domain.KindUser || d.Kind == domain.KindBot {
			continue
		}
		all = append(all, d.ID)
		if d.Kind == domain.KindSupergroup {
			groups = append(groups, d.ID)
		}
	}
	catalogs := &domain.Catalogs{Store: a.store, Peers: a.store, Dialogs: a.store, Hub: a.hub, Now: time.Now}
	for name, ids := range map[string][]domain.PeerID{"Yuk guruhlari": groups, "Hamma guruh va kanallar": all} {
		c, err := catalogs.Create(ctx, w.member, name)
		if err != nil {
			return err
		}
		if _, err := catalogs.AddDialogs(ctx, w.member, c.ID, l.Account, ids); err != nil {
			return err
		}
	}
	return a.watchSeed(ctx, w, l.Account, groups)
}

// watchSeed lets the filter hear the account's groups, and gives it an answer. It
// observes, as in every new organization, until somebody lets it answer.
func (a *app) watchSeed(ctx context.Context, w seeded, acc domain.Account, groups []domain.PeerID) error {
	if err := a.watch.PutTemplate(ctx, w.owner, domain.Template{Text: seedTemplate, Active: true}); err != nil {
		return err
	}
	if err := a.accounts.Listen(ctx, w.owner, acc.ID, true); err != nil {
		return err
	}
	return a.watch.SetWatching(ctx, w.owner, groups, true)
}
