package db

import (
	"strings"
	"testing"
	"time"

	"postix/domain"
)

func TestUserList(t *testing.T) {
	w := newWorld(t, 2)
	sales := must(w.s.AddDepartment(w.ctx, domain.Department{OrganizationID: w.org.ID, Name: "Savdo"}))
	lola := w.join(domain.User{Name: "Лола Умарова", Role: domain.RoleManager, DepartmentID: sales.ID, Email: "lola@sadaf.uz"})
	botir := w.join(domain.User{Name: "botir Oʻrinov", DepartmentID: sales.ID, TelegramID: 555123})
	anvar := w.join(domain.User{Name: "Anvar", Email: "a@sadaf.uz"})
	gone := w.join(domain.User{Name: "Anvarning oʻrtogʻi", DepartmentID: sales.ID})
	w.ok(w.s.RemoveUser(w.ctx, gone, start))
	w.ok(w.s.BlockUser(w.ctx, anvar, domain.Block{Reason: "x", From: start}, start))
	w.second(0).join(domain.User{Name: "Anvar begona"})

	all, sold := w.scope, domain.Scope{OrganizationID: w.org.ID, DepartmentID: sales.ID}
	for name, c := range map[string]struct {
		scope domain.Scope
		f     domain.UserFilter
		total int
		want  string
	}{
		"all, by name":       {all, domain.UserFilter{}, 4, "Anvar, botir Oʻrinov, Sadaf, Лола Умарова"},
		"a page":             {all, domain.UserFilter{Offset: 1, Limit: 2}, 4, "botir Oʻrinov, Sadaf"},
		"behind the last":    {all, domain.UserFilter{Offset: 9, Limit: 2}, 4, ""},
		"of a manager":       {sold, domain.UserFilter{}, 2, "botir Oʻrinov, Лола Умарова"},
		"of a member":        {domain.Scope{OrganizationID: w.org.ID, UserID: botir.ID}, domain.UserFilter{}, 1, "botir Oʻrinov"},
		"of a department":    {all, domain.UserFilter{DepartmentID: sales.ID}, 2, "botir Oʻrinov, Лола Умарова"},
		"of a role":          {all, domain.UserFilter{Role: domain.RoleManager}, 1, "Лола Умарова"},
		"of another's":       {sold, domain.UserFilter{Search: "anvar"}, 0, ""},
		"blocked":            {all, domain.UserFilter{Blocked: true}, 1, "Anvar"},
		"case in Cyrillic":   {all, domain.UserFilter{Search: " УМАР"}, 1, "Лола Умарова"},
		"another apostrophe": {all, domain.UserFilter{Search: "O'RIN"}, 1, "botir Oʻrinov"},
		"e-mail":             {all, domain.UserFilter{Search: "Lola@"}, 1, "Лола Умарова"},
		"Telegram ID":        {all, domain.UserFilter{Search: "555123"}, 1, "botir Oʻrinov"},
		"number":             {all, domain.UserFilter{Search: "+998 (90) 123-45"}, 1, "Sadaf"},
		"number, and a page": {all, domain.UserFilter{Search: "123", Offset: 1, Limit: 1}, 2, "Sadaf"},
		"a sign alone":       {all, domain.UserFilter{Search: "+"}, 0, ""},
		"nothing":            {all, domain.UserFilter{Search: "%"}, 0, ""},
	} {
		us, total, err := w.s.UserList(w.ctx, c.scope, c.f)
		w.ok(err)
		var names []string
		for _, u := range us {
			names = append(names, u.Name)
		}
		if got := strings.Join(names, ", "); got != c.want || total != c.total {
			t.Errorf("%s: %d, %q", name, total, got)
		}
	}
	for name, sc := range map[string]domain.Scope{
		"another organization": {OrganizationID: w.org.ID + 1}, "another department": {OrganizationID: w.org.ID, DepartmentID: sales.ID + 1},
		"another user": {OrganizationID: w.org.ID, UserID: lola.ID}, "nobody": {},
	} {
		_, err := w.s.UserRow(w.ctx, sc, botir.ID)
		if !domain.IsKey(err, "user.missing") {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := w.s.UserRow(w.ctx, w.scope, gone.ID)
	wantKey(t, err, domain.NotFound, "user.missing")
}

// TestUserRow: what a user has and does, also where the list has more than him.
func TestUserRow(t *testing.T) {
	w := newWorld(t, 3)
	c := w.campaign(1, 0)
	w.openDue(start)
	_, now := w.sendAll(start)
	w.campaign(2, time.Hour)
	w.connect("+998901112233", 77)
	w.moveTo(w.connect("+998901112244", 78).ID, domain.AccountDisconnected)
	w.session(w.user, "token")
	other := w.join(domain.User{Name: "B", Email: "b@sadaf.uz"})
	quiet := w.join(domain.User{Name: "C"})
	w.link(quiet, "link", start.Add(time.Hour))

	got := w.row(w.user.ID)
	if got.Accounts != 2 || got.Campaigns != 1 || got.Ordered != 2 || got.Sent != 3 || !got.LastCampaign.Equal(c.CreatedAt) ||
		!got.LastSeen.Equal(start) || got.PasswordState != domain.PasswordNone {
		t.Errorf("after %v: %+v", now, got)
	}
	got.Sent = 0 // nobody counts them in lists
	us, _, err := w.s.UserList(w.ctx, w.scope, domain.UserFilter{})
	if w.ok(err); us[2] != got || us[0].Ordered != 0 || us[0].Campaigns != 0 || !us[0].LastCampaign.IsZero() || !us[0].LastSeen.IsZero() {
		t.Errorf("the list has %+v", us)
	}
	if us[0].ID != other.ID || us[0].PasswordState != domain.PasswordSet || us[1].PasswordState != domain.PasswordLinked {
		t.Errorf("passwords: %s, %s", us[0].PasswordState, us[1].PasswordState)
	}
	w.ok(w.s.DeleteSession(w.ctx, domain.TokenHash("token")))
	if got := w.row(w.user.ID); !got.LastSeen.Equal(start) {
		t.Errorf("after signing out he was seen %v", got.LastSeen)
	}
	w.link(quiet, "link", start)
	if got := w.row(quiet.ID).PasswordState; got != domain.PasswordNone {
		t.Errorf("a link that is over: %s", got)
	}
}

// TestUserRowBot: whether the bot reaches a user, as him and under the ID that he has.
func TestUserRowBot(t *testing.T) {
	w := newWorld(t, 0)
	u := w.join(domain.User{Name: "B", TelegramID: 71})
	is := func(want domain.BotState) {
		t.Helper()
		if got := w.row(u.ID).Bot; got != want {
			t.Errorf("it is %q, want %q", got, want)
		}
	}
	is(domain.BotNever)
	w.ok(w.s.BindBot(w.ctx, u, start))
	is(domain.BotIn)
	w.ok(w.s.SetBotGone(w.ctx, 71, start))
	is(domain.BotGone)
	w.ok(w.s.SetBotGone(w.ctx, 71, time.Time{}))
	was, now := u, u
	now.TelegramID = 72
	w.ok(w.s.EditUser(w.ctx, was, now, start))
	is(domain.BotNever)
}

// TestUserPlans: a page of users costs what its users have, not what the
// organization has.
func TestUserPlans(t *testing.T) {
	w := newWorld(t, 0)
	for name, c := range map[string]struct {
		query string
		index []string
	}{
		"found":    {"UsersFound", []string{"USING INDEX users_organization (organization_id=?)"}},
		"numbers":  {"PhonesOfUsers", []string{"USING INDEX accounts_user (organization_id=?)"}},
		"live":     {"LiveByUser", []string{"USING COVERING INDEX campaigns_live (organization_id=?"}},
		"messages": {"SentOfUser", []string{"USING INDEX campaigns_user (organization_id=? AND user_id=?)"}},
		"places":   {"UserPlaces", []string{"USING COVERING INDEX users_organization (organization_id=?)"}},
		"a page": {"UserRows", []string{
			"SEARCH u USING INTEGER PRIMARY KEY (rowid=?)", "SEARCH a USING INDEX accounts_user (organization_id=? AND user_id=?)",
			"SEARCH c USING COVERING INDEX campaigns_user (organization_id=? AND user_id=?)",
			"SEARCH c USING INDEX campaigns_user (organization_id=? AND user_id=?)",
			"SEARCH s USING INDEX sessions_user", "SEARCH l USING INDEX password_links_user",
		}},
		"to cancel": {"CampaignsToCancel", []string{
			"SEARCH c USING COVERING INDEX campaigns_live (organization_id=?", "SEARCH d USING INDEX deliveries_uncertain (account_id=?)",
		}},
		"departments": {"DepartmentRows", []string{
			"SEARCH u USING COVERING INDEX users_organization (organization_id=? AND department_id=?)",
		}},
		"departments' numbers": {"AccountsByDepartment", []string{"SEARCH a USING INDEX accounts_user (organization_id=?)", "SEARCH u USING INTEGER PRIMARY KEY"}},
	} {
		text := strings.ReplaceAll(query(t, "users.sql", c.query), "sqlc.slice('ids')", "1, 2")
		plan := w.plan(text)
		for _, index := range c.index {
			if !strings.Contains(plan, index) {
				t.Errorf("%s: want %s in\n%s", name, index, plan)
			}
		}
		if strings.Contains(strings.ReplaceAll(plan, "SCAN h ", ""), "SCAN") { // h: who holds a disconnected number
			t.Errorf("%s: a table is read whole\n%s", name, plan)
		}
	}
}
