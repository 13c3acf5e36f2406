package db

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"postix/domain"
	"postix/domain/filter"
)

// fillBot adds what is kept of the bot.
func (w *world) fillBot() {
	w.t.Helper()
	u := w.join(domain.User{Name: "Botir", TelegramID: 9001})
	_, link := domain.NewBotLink(start)
	w.ok(w.s.PutBotLink(w.ctx, u, link))
	w.ok(w.s.BindBot(w.ctx, u, start))
	w.ok(w.s.SetBotMute(w.ctx, w.org.ID, u.ID, domain.NoticeDigest, true))
	w.ok(w.s.PutBotScreen(w.ctx, domain.BotScreen{TelegramID: 9001, MessageID: 1, OrganizationID: w.org.ID, CampaignID: 1, Since: start}))
	w.ok(w.s.KeepBotUpdates(w.ctx, []domain.BotUpdate{{ID: 1, TelegramID: 9001, Body: "{}"}}, start))
}

// kinds are those of the notices of a scope, the newest first.
func (w *world) kinds(sc domain.Scope) (ks []domain.NoticeKind) {
	w.t.Helper()
	for _, n := range firstOf(w.s.Notices(w.ctx, sc, 0, 0)) {
		ks = append(ks, n.Kind)
	}
	return ks
}

// A campaign that has come to its end is told with what became of its messages; one
// that a person has cancelled is not.
func TestFinishedNotice(t *testing.T) {
	w := newWorld(t, 3)
	c := w.campaign(1, 0)
	w.openDue(start)
	_, now := w.sendAll(start)
	gone := w.campaign(1, 0)
	must(w.s.CancelCampaign(w.ctx, w.scope, gone.ID, now))
	ns := firstOf(w.s.Notices(w.ctx, w.scope, 0, 0))
	if len(ns) != 1 || ns[0].Kind != domain.NoticeFinished || ns[0].CampaignID != c.ID || ns[0].UserID != w.user.ID ||
		ns[0].Counts() != (domain.Counts{Planned: 3, Sent: 3}) || !ns[0].At.Equal(w.get(c.ID).FinishedAt) {
		t.Fatalf("told %+v", ns)
	}
	if n := must(w.s.UnseenNotices(w.ctx, w.scope, w.user.ID)); n != 0 {
		t.Errorf("the bell counts %d", n)
	}
}

// One of which many messages failed is told as that, and so is what was missed.
func TestFailedNotice(t *testing.T) {
	w := newWorld(t, 3)
	c := w.campaign(1, 0)
	w.openDue(start)
	w.settle(failed(w.claim(start), domain.ActFailPeer, domain.CodeBanned, 0, start))
	_, now := w.sendAll(start.Add(time.Minute))
	late := w.campaign(1, 0)
	w.exec("UPDATE campaigns SET next_due_at = ?, start_at = ? WHERE id = ?", ms(now.Add(-time.Hour)), ms(now.Add(-time.Hour)), late.ID)
	w.openDue(now)
	ns := firstOf(w.s.Notices(w.ctx, w.scope, 0, 0))
	if len(ns) != 2 || ns[1].Kind != domain.NoticeFailed || ns[1].CampaignID != c.ID || ns[1].Counts() != (domain.Counts{Planned: 3, Sent: 2, Failed: 1}) {
		t.Fatalf("told %+v", ns)
	}
	if ns[0].CampaignID != late.ID || ns[0].Counts() != (domain.Counts{Planned: 3, Missed: 3}) {
		t.Errorf("of the missed one is told %+v", ns[0])
	}
}

// Owners are told once a day of each limit that is nearly full, managers are not.
func TestLimitNearNotice(t *testing.T) {
	w := newWorld(t, 9)
	w.limited(domain.Limits{Users: 5, Accounts: 5, CampaignsPerDay: 5, MessagesPerDay: 10}, start)
	near := func() (all []string) {
		for _, n := range firstOf(w.s.Notices(w.ctx, w.scope, 0, 0)) {
			if n.Kind == domain.NoticeLimitNear {
				all = append(all, n.Reason)
			}
		}
		return all
	}
	var last domain.User
	for i := range 4 {
		if i < 3 {
			w.connect(domain.Phone(fmt.Sprintf("+99890000000%d", i)), int64(900+i))
		}
		last = w.join(domain.User{Name: fmt.Sprint("x", i)})
		w.campaign(1, 0, w.peers[i])
	}
	w.campaign(1, 0, w.peers[:5]...)
	if got, want := near(), []string{"campaigns 4 5", "users 4 5", "accounts 4 5"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	w.openDue(start)
	_, now := w.sendAll(start)
	if got := near(); len(got) != 4 || got[0] != "messages 8 10" {
		t.Errorf("told %q", got)
	}
	for i := range 5 {
		_, _, err := w.s.CreateCampaign(w.ctx, domain.Campaign{
			OrganizationID: w.org.ID, UserID: w.user.ID, UUID: fmt.Sprint("u", i), Token: fmt.Sprint("u", i), AccountID: w.account.ID,
			Text: "x", Rounds: 1, StartAt: now.Add(25 * time.Hour), CreatedAt: now.Add(24 * time.Hour),
		}, w.peers)
		w.ok(err)
	}
	if got := near(); len(got) != 5 || got[0] != "campaigns 4 5" {
		t.Errorf("the next day is told %q", got)
	}
	w.ok(w.s.RemoveUser(w.ctx, last, now)) // who takes no place any more, and neither does a number
	must(w.s.SetAccountState(w.ctx, w.org.ID, w.account.ID, domain.AccountDisconnected, "", now))
	last.ID, last.CreatedAt = 0, now.Add(24*time.Hour)
	must(w.s.AddUser(w.ctx, last, "", domain.PasswordLink{}))
	must(w.s.ConnectAccount(w.ctx, domain.NewAccount{
		OrganizationID: w.org.ID, UserID: w.user.ID, Phone: "+998900000009", Session: []byte("s"), Profile: domain.Profile{TelegramID: 909}, At: last.CreatedAt,
	}))
	if got := near(); len(got) != 7 || got[0] != "accounts 4 5" || got[1] != "users 5 5" {
		t.Errorf("the next day is told %q", got)
	}
	dep := must(w.s.AddDepartment(w.ctx, domain.Department{OrganizationID: w.org.ID, Name: "Savdo"}))
	manager := domain.Scope{OrganizationID: w.org.ID, DepartmentID: dep.ID}
	if ks := w.kinds(manager); len(ks) != 0 {
		t.Errorf("a manager is told %v", ks)
	}
	if f := must(w.s.FreshNotices(w.ctx, manager, w.user.ID, 0, 5)); f.Total != 0 || f.UpTo == 0 {
		t.Errorf("the bot tells a manager %+v", f)
	}
	w.told(domain.NoticeCritical, 0) // which is his, too
	f := must(w.s.FreshNotices(w.ctx, manager, w.user.ID, 0, 5))
	_, total, err := w.s.Notices(w.ctx, manager, 0, 0)
	if w.ok(err); f.Total != 1 || len(f.Latest) != 1 || total != 1 {
		t.Errorf("the bot tells a manager %+v; the panel counts %d", f, total)
	}
	if n := must(w.s.UnseenNotices(w.ctx, manager, w.user.ID)); n != 0 {
		t.Errorf("a manager's bell counts %d", n)
	}
}

// What a dispatcher who is known goes on writing is told together, once an hour.
func TestCriticalNotice(t *testing.T) {
	w := newWorld(t, 1)
	at := func(id int64, after time.Duration, r filter.Rule) {
		w.record(w.dispatcher(id, 0, 5, start.Add(after), fmt.Sprint("x", id), r))
	}
	at(1, 0, filter.PhoneSpam) // marks him
	at(2, time.Minute, filter.PhoneSpam)
	at(3, 59*time.Minute, filter.PhoneSpam)
	at(4, 2*time.Hour, filter.ForeignRoute) // is not of that kind
	if ks := w.kinds(w.scope); len(ks) != 1 {
		t.Fatalf("told %v", ks)
	}
	w.exec("INSERT INTO notices (organization_id, kind, at) VALUES (?, ?, ?)", w.second(0).org.ID, domain.NoticeCritical, ms(start.Add(2*time.Hour)))
	at(5, 2*time.Hour, filter.PhoneSpam)
	at(6, 2*time.Hour+time.Minute, filter.PhoneSpam)
	at(7, 3*time.Hour, filter.PhoneSpam)
	ns := firstOf(w.s.Notices(w.ctx, w.scope, 0, 0))
	if len(ns) != 3 || ns[0].Kind != domain.NoticeCritical || ns[0].SenderID != 5 {
		t.Fatalf("told %+v", ns)
	}
	for i, want := range []int{2, 3} { // the newest first
		if n, who := ns[i].Found(); n != want || !strings.HasPrefix(who, "Sardor") {
			t.Errorf("notice %d tells of %d of %s, want %d", i, n, who, want)
		}
	}
	if n := must(w.s.UnseenNotices(w.ctx, w.scope, w.user.ID)); n != 1 {
		t.Errorf("the bell counts %d", n)
	}
}

// reader is somebody who talks to the bot.
func (w *world) reader(telegramID int64, role domain.Role) domain.User {
	w.t.Helper()
	u := must(w.s.CreateUser(w.ctx, domain.User{OrganizationID: w.org.ID, Role: role, Name: "B", TelegramID: telegramID, CreatedAt: start}, ""))
	w.ok(w.s.BindBot(w.ctx, u, start))
	return u
}

func (w *world) told(k domain.NoticeKind, userID int64) {
	w.t.Helper()
	w.exec("INSERT INTO notices (organization_id, kind, user_id, at) VALUES (?, ?, ?, ?)", w.org.ID, k, userID, ms(start))
}

// Who is listed has something new in his organization or a digest that is due, can be
// reached, and was not told anything within a minute.
func TestBotReaders(t *testing.T) {
	w := newWorld(t, 0)
	w.told(domain.NoticeNeedsLogin, 0) // before he came
	u := w.reader(9001, domain.RoleOwner)
	later := start.Add(24 * time.Hour)
	list := func(now time.Time) []domain.BotReader { return must(w.s.BotReaders(w.ctx, now, 10)) }
	r := list(start)
	if len(r) != 1 || r[0].Told != 1 || !r[0].DigestAt.IsZero() || r[0].UserID != u.ID {
		t.Fatalf("listed %+v", r)
	}
	one := r[0]
	one.DigestAt = later
	w.ok(w.s.SetBotReader(w.ctx, one))
	if r := list(start); len(r) != 0 {
		t.Fatalf("listed without anything new: %+v", r)
	}
	o := w.second(0)
	o.told(domain.NoticeNeedsLogin, 0)
	if r := list(start); len(r) != 0 {
		t.Fatalf("listed for another organization: %+v", r)
	}
	w.told(domain.NoticeNeedsLogin, 0)
	if r := list(start); len(r) != 1 {
		t.Fatalf("listed %+v", r)
	}
	one.ToldAt = start
	w.ok(w.s.SetBotReader(w.ctx, one))
	if len(list(start.Add(domain.BotPause-time.Millisecond))) != 0 || len(list(start.Add(domain.BotPause))) != 1 || len(list(start.Add(-time.Hour))) != 1 {
		t.Error("the pause is not kept")
	}
	w.ok(w.s.SetBotGone(w.ctx, 9001, start))
	if r := list(later); len(r) != 0 {
		t.Errorf("whom the bot cannot reach is listed: %+v", r)
	}
	w.ok(w.s.SetBotGone(w.ctx, 9001, time.Time{}))
	one.Told = 3
	w.ok(w.s.SetBotReader(w.ctx, one))
	if len(list(later.Add(-time.Millisecond))) != 0 || len(list(later)) != 1 {
		t.Error("a digest is not due at its time")
	}
	one.Told = 1 // an older word changes nothing
	w.ok(w.s.SetBotReader(w.ctx, one))
	one.Told, one.UserID = 9, one.UserID+1 // nor one to whom he was before
	w.ok(w.s.SetBotReader(w.ctx, one))
	if r := list(later); r[0].Told != 3 {
		t.Errorf("told up to %d", r[0].Told)
	}
	w.reader(9002, domain.RoleMember) // who was told nothing yet
	if r := list(later); len(r) != 2 || r[0].TelegramID != 9002 {
		t.Errorf("who waits longest is not the first of %+v", r)
	}
}

// Fresh notices are those of his scope and not of what he has muted.
func TestFreshNotices(t *testing.T) {
	w := newWorld(t, 0)
	u := w.reader(9001, domain.RoleMember)
	mine := domain.Scope{OrganizationID: w.org.ID, UserID: u.ID}
	for range 7 {
		w.told(domain.NoticeNeedsLogin, u.ID)
		w.told(domain.NoticeFinished, u.ID)
		w.told(domain.NoticeLongWait, w.user.ID)
	}
	w.ok(w.s.SetBotMute(w.ctx, w.org.ID, u.ID, domain.NoticeFinished, true))
	w.ok(w.s.SetBotMute(w.ctx, w.org.ID, u.ID, domain.NoticeFinished, true))
	w.ok(w.s.SetBotMute(w.ctx, w.org.ID, u.ID, domain.NoticeLongWait, false))
	w.ok(w.s.SetBotMute(w.ctx, w.org.ID, w.user.ID, domain.NoticeNeedsLogin, true)) // another's switches are his own
	w.ok(w.s.SetBotMute(w.ctx, w.org.ID, w.user.ID, domain.NoticeFinished, false))
	f := must(w.s.FreshNotices(w.ctx, mine, u.ID, 1, 5))
	if f.Total != 6 || f.Kinds[domain.NoticeNeedsLogin] != 6 || len(f.Kinds) != 1 || f.UpTo != 21 {
		t.Fatalf("fresh are %+v", f)
	}
	if len(f.Latest) != 5 || f.Latest[0].ID != 7 || f.Latest[4].ID != 19 {
		t.Errorf("the latest are %+v", f.Latest)
	}
	w.ok(w.s.SetBotMute(w.ctx, w.org.ID, u.ID, domain.NoticeFinished, false))
	if f := must(w.s.FreshNotices(w.ctx, mine, u.ID, 0, 5)); f.Total != 14 {
		t.Errorf("unmuted there are %d", f.Total)
	}
	if f := must(w.s.FreshNotices(w.ctx, mine, u.ID, 19, 5)); f.Total != 1 || len(f.Latest) != 1 || f.Latest[0].ID != 20 {
		t.Errorf("after the last but one there are %+v", f)
	}
}

// A day counts what began on it, in the scope alone: of what goes on, waits or has
// ended, but no answers.
func TestDigest(t *testing.T) {
	w := newWorld(t, 4)
	dep := must(w.s.AddDepartment(w.ctx, domain.Department{OrganizationID: w.org.ID, Name: "Savdo"}))
	ends := w.campaign(3, 30*time.Minute, w.peers[:2]...)
	waits, answer := w.campaign(2, 2*time.Hour, w.peers[2]), w.campaign(1, 0, w.peers[3])
	w.openDue(start)
	w.settle(failed(w.claim(start), domain.ActFailPeer, domain.CodeBanned, 0, start))
	w.sendAll(start.Add(time.Minute))
	must(w.s.PauseCampaign(w.ctx, w.scope, waits.ID, domain.CodePerson, start.Add(time.Minute)))
	now := start
	for range 2 {
		now = w.get(ends.ID).NextDueAt
		w.openDue(now)
		w.sendAll(now)
	}
	w.exec("UPDATE campaigns SET kind = 'reply' WHERE id = ?", answer.ID)
	w.record(w.dispatcher(1, 0, 5, start, "x", filter.ForeignRoute))
	must(w.s.SetAccountState(w.ctx, w.org.ID, w.account.ID, domain.AccountPaused, "PEER_FLOOD", now))
	whole, other := w.scope, domain.Scope{OrganizationID: w.org.ID, UserID: 999}
	from, to := start.Add(-time.Hour), start.Add(time.Hour)
	if !now.Equal(to) || w.get(ends.ID).Status != domain.CampaignDone {
		t.Fatalf("the last round begins at %v", now)
	}
	for _, want := range []domain.Digest{
		{Day: from, Campaigns: 2, Sent: 4, Failed: 1, Detections: 1, Care: 1},
		{Day: to, Campaigns: 1, Sent: 2, Care: 1},
	} {
		if d := must(w.s.Digest(w.ctx, whole, want.Day, want.Day.Add(2*time.Hour), true)); d != want {
			t.Errorf("the day is %+v, want %+v", d, want)
		}
	}
	for name, d := range map[string]domain.Digest{
		"before":             must(w.s.Digest(w.ctx, whole, from.Add(-time.Hour), from, true)),
		"another user":       must(w.s.Digest(w.ctx, other, from, to, false)),
		"another department": must(w.s.Digest(w.ctx, domain.Scope{OrganizationID: w.org.ID, DepartmentID: dep.ID}, from, to, false)),
		"another":            must(w.s.Digest(w.ctx, w.second(0).scope, from, to, true)),
	} {
		if !d.Empty() {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// TestManyReaders: a thousand people with nothing new are looked at without their
// conversations, in the indexes alone.
func TestManyReaders(t *testing.T) {
	w := newWorld(t, 0)
	if p := w.plan(query(t, "bot_notices.sql", "BotReaders")); !strings.Contains(p, "USING COVERING INDEX bot_people_told") || !strings.Contains(p, "USING COVERING INDEX notices_organization") {
		t.Errorf("the plan is\n%s", p)
	}
}
