package db

import (
	"testing"
	"time"

	"postix/domain"
)

// TestLinksEndWithRights: who was given a link to a member has none to an owner, nor to
// somebody who sees more; another name ends no link, and the time does.
func TestLinksEndWithRights(t *testing.T) {
	w := newWorld(t, 1)
	dep := must(w.s.AddDepartment(w.ctx, domain.Department{OrganizationID: w.org.ID, Name: "Savdo"}))
	u := w.join(domain.User{Name: "Ali", Email: "ali@sadaf.uz", TelegramID: 5})
	other := w.join(domain.User{Name: "Vali", TelegramID: 6})
	token, until := []byte("to what he is"), start.Add(time.Hour)
	edit := func(change func(*domain.User)) {
		t.Helper()
		w.ok(w.s.PutBotLink(w.ctx, u, domain.BotLink{Hash: token, ExpiresAt: until}))
		w.link(u, "password", until)
		is := u
		change(&is)
		w.ok(w.s.EditUser(w.ctx, u, is, start))
		u = is
	}
	w.ok(w.s.PutBotLink(w.ctx, other, domain.BotLink{Hash: []byte("another's"), ExpiresAt: until}))
	for what, change := range map[string]func(*domain.User){
		"role": func(u *domain.User) { u.Role = domain.RoleOwner }, "sees": func(u *domain.User) { u.Sees = domain.SeesOrganization },
		"department": func(u *domain.User) { u.DepartmentID = dep.ID }, "address": func(u *domain.User) { u.Email = "vali@sadaf.uz" },
	} {
		edit(change)
		if _, err := w.s.UseBotLink(w.ctx, token, 4711, start); !domain.IsKey(err, "bot.link_dead") || w.linked("password") {
			t.Errorf("with another %s: %v, and a password may be set: %v", what, err, w.linked("password"))
		}
	}
	edit(func(u *domain.User) { u.Name = "Alisher" })
	_, err := w.s.UseBotLink(w.ctx, token, 4711, until)
	wantKey(t, err, domain.NotFound, "bot.link_dead")
	again, err := w.s.UseBotLink(w.ctx, token, 4711, until.Add(-time.Millisecond))
	if w.ok(err); again || !w.linked("password") {
		t.Errorf("it was used before: %v", again)
	}
	_, err = w.s.UseBotLink(w.ctx, []byte("another's"), other.TelegramID, start)
	w.ok(err)
	moves, err := w.s.BotMoves(w.ctx)
	if w.ok(err); len(moves) != 1 || moves[0].TelegramID != u.TelegramID {
		t.Errorf("to be told are %+v, want %d alone", moves, u.TelegramID)
	}
	w.ok(w.s.BotMoveTold(w.ctx, u.TelegramID))
	if moves, err = w.s.BotMoves(w.ctx); len(moves) > 0 {
		t.Errorf("to be told again are %+v, %v", moves, err)
	}
	again, err = w.s.UseBotLink(w.ctx, token, 4711, until.Add(-time.Millisecond))
	if w.ok(err); !again {
		t.Error("opened again, it is not known")
	}
	_, err = w.s.UseBotLink(w.ctx, token, 4712, start)
	wantKey(t, err, domain.NotFound, "bot.link_dead")
	is := u
	is.TelegramID = 4713
	was := u
	was.TelegramID = 4711
	w.ok(w.s.EditUser(w.ctx, was, is, start))
	_, err = w.s.UseBotLink(w.ctx, token, 4711, start)
	wantKey(t, err, domain.NotFound, "bot.link_dead")
}
