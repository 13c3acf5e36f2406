package bot

import (
	"bytes"
	"cmp"
	"database/sql"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"postix/db"
	"postix/domain"
	"postix/views/locale"
)

// morning is half past eight in Tashkent.
var morning = time.Date(2026, 3, 2, 3, 30, 0, 0, time.UTC)

// teller is a bot that tells notices out of a real store, at times that a test says,
// to a Bot API that writes them down.
type teller struct {
	*Bot
	t     *testing.T
	store *db.Store
	raw   *sql.DB
	now   time.Time
	org   domain.Organization
	api   *scribe
	fail  map[int64]int // by chat: the status that the API answers
	users int
}

func newTeller(t *testing.T) *teller {
	t.Helper()
	path := filepath.Join(t.TempDir(), "postix.db")
	w := &teller{t: t, now: morning, fail: map[int64]int{}}
	now := func() time.Time { return w.now }
	log := slog.New(slog.DiscardHandler)
	var err error
	w.store, err = db.Open(t.Context(), db.Options{Path: path, Key: bytes.Repeat([]byte{7}, 32), Logger: log, Now: now})
	w.ok(err)
	t.Cleanup(func() { _ = w.store.Close() })
	w.raw, err = sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	w.ok(err)
	t.Cleanup(func() { _ = w.raw.Close() })
	w.org, err = w.store.CreateOrganization(t.Context(), domain.Organization{Name: "Sadaf", Zone: domain.DefaultZone, Pace: domain.DefaultPace, Limits: domain.DefaultLimits, CreatedAt: morning})
	w.ok(err)
	w.api = &scribe{fails: func(c said) *answer {
		if code := w.fail[c.Chat]; code != 0 {
			return refusal(code, "no", 0)
		}
		return nil
	}}
	w.Bot, err = New(Options{
		Token: liveToken, API: "http://bot.example", URL: "https://panel.example", Store: w.store,
		Access: &domain.BotAccess{Store: w.store, Now: now}, Accounts: &domain.Accounts{Store: w.store}, Hub: &domain.Hub{}, Now: now, Log: log,
	})
	w.ok(err)
	w.caller.client.Transport = w.api
	return w
}

func (w *teller) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// person talks to the bot; his Telegram ID is that of his user.
func (w *teller) person(u domain.User) domain.User {
	w.t.Helper()
	w.users++
	if u.OrganizationID == 0 {
		u.OrganizationID = w.org.ID
	}
	u.TelegramID, u.CreatedAt, u.Name = int64(9000+w.users), morning, "Ali"
	u, err := w.store.CreateUser(w.t.Context(), u, "")
	w.ok(err)
	w.ok(w.store.BindBot(w.t.Context(), u, w.now))
	return u
}

// notice stores n of them.
func (w *teller) notice(n int, org int64, k domain.NoticeKind, userID int64, reason string) {
	w.t.Helper()
	_, err := w.raw.ExecContext(w.t.Context(), `WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < ?)
		INSERT INTO notices (organization_id, kind, user_id, account_id, campaign_id, reason, at) SELECT ?, ?, ?, 0, 42, ?, ? FROM i`,
		n, org, k, userID, reason, w.now.UnixMilli())
	w.ok(err)
}

// round lets some time pass, looks once for what there is to tell, and answers it.
func (w *teller) round(after time.Duration) []said {
	w.t.Helper()
	w.now = w.now.Add(after)
	got, err := w.tells()
	w.ok(err)
	return got
}

// tells looks once, and answers what was told, by chat.
func (w *teller) tells() (got []said, err error) {
	w.out = newOutbox(w.Log)
	w.api.take()
	side := newTellers()
	_, err = w.tellRound(w.t.Context(), side)
	err = errors.Join(err, side.room(1))
	for _, c := range w.api.take() {
		if c.refused == "" {
			got = append(got, c)
		}
	}
	slices.SortFunc(got, func(a, b said) int { return cmp.Compare(a.Chat, b.Chat) })
	return got, err
}

// What happens is told at once; what follows is told together, a minute later. A
// flood becomes one message.
func TestNoticesAreToldTogether(t *testing.T) {
	w := newTeller(t)
	u := w.person(domain.User{Role: domain.RoleMember})
	w.notice(3, w.org.ID, domain.NoticeNeedsLogin, u.ID, "") // before he is first looked at
	if got := w.round(0); len(got) != 1 || got[0].Chat != u.TelegramID || !strings.Contains(got[0].Text, "3 ta bildirishnoma") {
		t.Fatalf("told %v", got)
	}
	w.notice(1, w.org.ID, domain.NoticeFinished, u.ID, `{"Planned":5,"Sent":5}`)
	if got := w.round(domain.BotPause - time.Millisecond); len(got) != 0 {
		t.Fatalf("told too soon: %v", got)
	}
	if got := w.round(time.Millisecond); len(got) != 1 || !strings.Contains(got[0].Text, "№42 yuborish yakunlandi") || !strings.Contains(got[0].Text, "Yuborildi: 5") {
		t.Fatalf("told %v", got)
	}
	w.notice(9_999, w.org.ID, domain.NoticeNeedsLogin, u.ID, "")
	w.notice(1, w.org.ID, domain.NoticeFailed, u.ID, "")
	got := w.round(domain.BotPause)
	if len(got) != 1 || !strings.Contains(got[0].Text, "10\u00a0000 ta") || !strings.Contains(got[0].Text, "Raqam uzilib qoldi: 9\u00a0999") || strings.Count(got[0].Text, "<i>") != latestShown {
		t.Fatalf("told %v", got)
	}
	for range 3 {
		if got := w.round(domain.BotPause); len(got) != 0 {
			t.Errorf("told again: %v", got)
		}
	}
}

// Each is told what the panel shows him, and nobody anything of others.
func TestNoticesAreToldByScope(t *testing.T) {
	w := newTeller(t)
	dep, err := w.store.AddDepartment(t.Context(), domain.Department{OrganizationID: w.org.ID, Name: "Savdo"})
	w.ok(err)
	service, err := w.store.ServiceOrganization(t.Context())
	w.ok(err)
	other, err := w.store.CreateOrganization(t.Context(), domain.Organization{Name: "Lola", Pace: domain.DefaultPace, Limits: domain.DefaultLimits, CreatedAt: morning})
	w.ok(err)
	owner := w.person(domain.User{Role: domain.RoleOwner})
	manager := w.person(domain.User{Role: domain.RoleManager, DepartmentID: dep.ID})
	seller := w.person(domain.User{Role: domain.RoleMember, DepartmentID: dep.ID})
	keeper := w.person(domain.User{Role: domain.RoleMember})
	admin := w.person(domain.User{OrganizationID: service.ID, Role: domain.RoleAdmin})
	w.person(domain.User{OrganizationID: other.ID, Role: domain.RoleOwner})
	told := func() (ids []int64) {
		for _, m := range w.round(domain.BotPause) {
			ids = append(ids, m.Chat)
		}
		slices.Sort(ids)
		return ids
	}
	for _, c := range []struct {
		org    int64
		kind   domain.NoticeKind
		user   int64
		reason string
		want   []int64
	}{
		{w.org.ID, domain.NoticeNeedsLogin, seller.ID, "", []int64{owner.TelegramID, manager.TelegramID, seller.TelegramID}},
		{w.org.ID, domain.NoticeFinished, keeper.ID, "", []int64{owner.TelegramID, keeper.TelegramID}},
		{w.org.ID, domain.NoticeCritical, 0, "3\nx", []int64{owner.TelegramID, manager.TelegramID}},
		{w.org.ID, domain.NoticeLimitNear, 0, "users 8 10", []int64{owner.TelegramID}},
		{service.ID, domain.NoticeSums, 0, "", []int64{admin.TelegramID}},
	} {
		w.notice(1, c.org, c.kind, c.user, c.reason)
		if got := told(); !slices.Equal(got, c.want) {
			t.Errorf("%s is told to %v, want %v", c.kind, got, c.want)
		}
	}
}

// Who has muted a kind, is blocked or removed is not told; what happened meanwhile is
// not told afterwards. Who has shut the bot out is told when he lets it in again.
func TestNoticesAreNotTold(t *testing.T) {
	w := newTeller(t)
	ctx := t.Context()
	u := w.person(domain.User{Role: domain.RoleMember})
	happens := func() { w.notice(1, w.org.ID, domain.NoticeNeedsLogin, u.ID, "") }
	silent := func(why string) {
		t.Helper()
		happens()
		if got := w.round(domain.BotPause); len(got) != 0 {
			t.Errorf("%s: told %v", why, got)
		}
	}
	tells := func(why, what string) {
		t.Helper()
		if got := w.round(domain.BotPause); len(got) != 1 || !strings.Contains(got[0].Text, what) {
			t.Errorf("%s: told %v", why, got)
		}
	}
	w.ok(w.store.SetBotMute(ctx, u.OrganizationID, u.ID, domain.NoticeNeedsLogin, true))
	silent("muted")
	w.ok(w.store.SetBotMute(ctx, u.OrganizationID, u.ID, domain.NoticeNeedsLogin, false))
	happens()
	tells("unmuted", "uzilib qoldi")
	w.ok(w.store.BlockUser(ctx, u, domain.Block{Reason: "x", From: w.now}, w.now))
	silent("blocked")
	if rs, err := w.store.BotReaders(ctx, w.now.Add(2*domain.BotPause), 10); len(rs) != 0 || err != nil {
		t.Errorf("who is blocked is asked about again and again: %+v (%v)", rs, err)
	}
	w.ok(w.store.UnblockUser(ctx, u, false))
	happens()
	tells("let in again", "uzilib qoldi")
	w.fail[u.TelegramID] = http.StatusForbidden
	silent("shut out")
	silent("and once more")
	delete(w.fail, u.TelegramID)
	w.ok(w.store.SetBotGone(ctx, u.TelegramID, time.Time{}))
	tells("back", "2 ta bildirishnoma")
	w.ok(w.store.RemoveUser(ctx, u, w.now))
	silent("removed")
}

// What gets no answer is told again later and holds up nobody else; what Telegram
// refuses is not told again and again.
func TestNoticesThatFail(t *testing.T) {
	w := newTeller(t)
	first := w.person(domain.User{Role: domain.RoleMember})
	second := w.person(domain.User{Role: domain.RoleMember})
	for _, u := range []domain.User{first, second} {
		w.notice(1, w.org.ID, domain.NoticeNeedsLogin, u.ID, "")
	}
	w.fail[first.TelegramID] = http.StatusUnauthorized
	if got, err := w.tells(); err == nil || len(got) != 1 || got[0].Chat != second.TelegramID {
		t.Fatalf("the second one is told %v (%v)", got, err)
	}
	delete(w.fail, first.TelegramID)
	if got := w.round(domain.BotPause); len(got) != 1 || got[0].Chat != first.TelegramID {
		t.Fatalf("the first one is told %v", got)
	}
	w.notice(1, w.org.ID, domain.NoticeNeedsLogin, first.ID, "")
	w.fail[first.TelegramID] = http.StatusBadRequest
	w.round(domain.BotPause)
	delete(w.fail, first.TelegramID)
	if got := w.round(domain.BotPause); len(got) != 0 {
		t.Errorf("what was refused is told again: %v", got)
	}
}

// The day before is told at nine in the reader's own zone, once, if there was
// anything, and not in the evening.
func TestDigestAtNine(t *testing.T) {
	w := newTeller(t)
	tashkent := w.person(domain.User{Role: domain.RoleOwner})
	moscow := w.person(domain.User{Role: domain.RoleOwner})
	moscow.Lang, moscow.Zone = "ru", "Europe/Moscow"
	w.ok(w.store.SetPreferences(t.Context(), moscow))
	if got := w.round(0); len(got) != 0 { // 08:30
		t.Fatalf("told %v", got)
	}
	yesterday := func() { // a detection
		t.Helper()
		_, err := w.raw.ExecContext(t.Context(), `INSERT INTO detections (organization_id, account_id, chat_id, message_key, message_id, sender_id, at,
			text_id, username, first_name, last_name, severity, rule, rules, hits, phones, silence)
			VALUES (?, 1, 1, ?, 1, 5, ?, 1, '', '', '', 4, 'phone_spam', 0, '[]', '[]', '')`, w.org.ID, w.now.UnixMilli(), w.now.Add(-24*time.Hour).UnixMilli())
		w.ok(err)
	}
	yesterday()
	if got := w.round(30*time.Minute - time.Millisecond); len(got) != 0 {
		t.Fatalf("told before nine: %v", got)
	}
	got := w.round(time.Millisecond)
	if len(got) != 1 || got[0].Chat != tashkent.TelegramID || !strings.Contains(got[0].Text, "01.03.2026") || !strings.Contains(got[0].Text, "Aniqlangan xabarlar: <b>1</b>") {
		t.Fatalf("told %v", got)
	}
	if got := w.round(2 * time.Hour); len(got) != 1 || got[0].Chat != moscow.TelegramID || !strings.Contains(got[0].Text, "Обнаружения: <b>1</b>") {
		t.Fatalf("in Moscow is told %v", got)
	}
	if got := w.round(22 * time.Hour); len(got) != 0 { // nine again: nothing was yesterday
		t.Errorf("of an empty day is told %v", got)
	}
	yesterday()
	w.ok(w.store.SetBotMute(t.Context(), moscow.OrganizationID, moscow.ID, domain.NoticeDigest, true))
	if got := w.round(3 * time.Hour); len(got) != 0 {
		t.Errorf("muted, or told twice: %v", got)
	}
	w.now = w.now.Add(33 * time.Hour) // the bot was away until 21:00
	yesterday()
	if got := w.round(0); len(got) != 0 {
		t.Errorf("told in the evening at %v: %v", w.now, got)
	}
}

// A message fits, whatever names stand in it.
func TestNoticesFit(t *testing.T) {
	w := newTeller(t)
	long := strings.Repeat("𝕎&<", 1500)
	f := domain.FreshNotices{Kinds: map[domain.NoticeKind]int{}}
	for _, k := range domain.NoticeKinds {
		f.Kinds[k] = 1_000_000
		f.Total += 1_000_000
	}
	for _, k := range slices.Repeat([]domain.NoticeKind{domain.NoticeLimitRefused, domain.NoticeNeedsLogin}, pageSize/2) {
		f.Latest = append(f.Latest, domain.Notice{
			Kind: k, Reason: long + "\n" + long, AccountName: long, AccountPhone: "+998901234567", UserName: long, At: morning.AddDate(-1, 0, 0),
		})
	}
	for _, l := range locale.Languages {
		ctx := locale.With(t.Context(), l.Code, time.UTC)
		list := ""
		for _, n := range f.Latest {
			list += "\n\n" + w.noticeLine(ctx, domain.Actor{}, n)
			one := w.oneNotice(ctx, domain.Actor{}, n)
			if n := units(one.text); n > mostUnits {
				t.Errorf("%s: one notice takes %d", l.Code, n)
			}
		}
		shown := f
		shown.Latest = f.Latest[:latestShown]
		for what, text := range map[string]string{"together": w.noticeScreen(ctx, domain.Actor{}, shown).text, "list": list} {
			if n := units(text); n > mostUnits-100 {
				t.Errorf("%s: %s takes %d", l.Code, what, n)
			}
		}
		for _, k := range append(slices.Clone(domain.NoticeKinds), domain.NoticeDigest) {
			if n := len([]rune(kindName(ctx, k))) + 3; n > mostLabel || len(muteAction(k)) > mostData-2 {
				t.Errorf("%s: the button of %s takes %d", l.Code, k, n)
			}
		}
	}
}
