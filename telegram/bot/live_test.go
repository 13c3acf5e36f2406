package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"postix/db"
	"postix/domain"
)

// liveWorld is an organization with a campaign, and a Telegram that notes what the
// bot changes.
type liveWorld struct {
	t        *testing.T
	store    *db.Store
	hub      *domain.Hub
	org      domain.Organization
	campaign domain.Campaign
	people   []domain.User
	bot      *Bot
	tg       *noted
	stop     func()
}

// noted answers the Bot API's calls.
type noted struct {
	mu     sync.Mutex
	sent   int
	edits  []edited
	refuse func(method string, e edited) string // an answer other than the usual one, or ""
}

type edited struct {
	at      time.Time
	Chat    int64  `json:"chat_id"`
	Message int    `json:"message_id"`
	Text    string `json:"text"`
}

func (n *noted) RoundTrip(r *http.Request) (*http.Response, error) {
	e := edited{at: time.Now()}
	if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
		return nil, err
	}
	method := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	n.mu.Lock()
	defer n.mu.Unlock()
	body := ""
	if n.refuse != nil {
		body = n.refuse(method, e)
	}
	if method == "sendMessage" && body == "" {
		n.sent++
		e.Message = n.sent
	}
	if method == "editMessageText" && body == "" {
		n.edits = append(n.edits, e)
	}
	if body == "" {
		body = fmt.Sprintf(`{"ok":true,"result":{"message_id":%d,"date":1,"chat":{"id":%d,"type":"private"}}}`, e.Message, e.Chat)
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// of are the changes of one message.
func (n *noted) of(chat int64, message int) (es []edited) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, e := range n.edits {
		if e.Chat == chat && e.Message == message {
			es = append(es, e)
		}
	}
	return es
}

func (n *noted) all() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.edits)
}

const liveToken = "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// newLiveWorld is called inside a bubble.
func newLiveWorld(t *testing.T, people int) *liveWorld {
	t.Helper()
	w := &liveWorld{t: t, hub: &domain.Hub{}, tg: &noted{}}
	var err error
	w.store, err = db.Open(context.Background(), db.Options{
		Path: filepath.Join(t.TempDir(), "postix.db"), Key: bytes.Repeat([]byte{7}, 32), Logger: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	w.ok(err)
	t.Cleanup(func() { _ = w.store.Close() })
	w.org, err = w.store.CreateOrganization(t.Context(), domain.Organization{Name: "Yuk", Zone: "UTC", Limits: domain.DefaultLimits, CreatedAt: time.Now()})
	w.ok(err)
	for i := range people {
		u, err := w.store.CreateUser(t.Context(), domain.User{
			OrganizationID: w.org.ID, Role: domain.RoleOwner, Name: "Aziz", Email: fmt.Sprintf("aziz%d@example.uz", i), TelegramID: int64(100 + i), CreatedAt: time.Now(),
		}, "")
		w.ok(err)
		w.ok(w.store.BindBot(t.Context(), u, time.Now()))
		w.people = append(w.people, u)
	}
	acc, err := w.store.ConnectAccount(t.Context(), domain.NewAccount{
		OrganizationID: w.org.ID, UserID: w.people[0].ID, Phone: "+998900000001",
		Profile: domain.Profile{TelegramID: 1, FirstName: "Aziz"}, Session: []byte("session"), At: time.Now(),
	})
	w.ok(err)
	w.campaign, _, err = w.store.CreateCampaign(t.Context(), domain.Campaign{
		OrganizationID: w.org.ID, UserID: w.people[0].ID, UUID: domain.NewToken(), Token: domain.NewToken(), AccountID: acc.ID,
		CatalogName: "Guruhlar", Text: "Toshkent - Samarqand, 20 tonna", Rounds: 1, StartAt: time.Now().Add(time.Hour), NextDueAt: time.Now().Add(time.Hour),
		Peers: 1, Status: domain.CampaignScheduled, Counts: domain.Counts{Planned: 1}, CreatedAt: time.Now(), PlannedEnd: time.Now().Add(2 * time.Hour),
	}, []domain.Peer{{ID: -1_000_000_000_001, Kind: domain.KindSupergroup, Title: "Guruh"}})
	w.ok(err)
	w.start()
	return w
}

// start starts a bot that follows campaigns, until the test ends or stop.
func (w *liveWorld) start() {
	w.t.Helper()
	b, err := New(Options{
		Token: liveToken, API: "http://bot.example", Access: &domain.BotAccess{Store: w.store, Now: time.Now}, Store: w.store,
		Accounts:  &domain.Accounts{Store: w.store, Hub: w.hub, Now: time.Now},
		Campaigns: &domain.Campaigns{Store: w.store, Schedule: w.store, Catalogs: w.store, Peers: w.store, Accounts: w.store, Hub: w.hub, Now: time.Now},
		Hub:       w.hub, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	w.ok(err)
	b.caller.client.Transport = w.tg
	w.bot = b
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() {
		b.followAll(ctx)
		close(done)
	}()
	w.stop = func() {
		cancel()
		<-done
	}
	w.t.Cleanup(w.stop)
}

func (w *liveWorld) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// turn is one of the person's.
func (w *liveWorld) turn(person int, in incoming) *turn {
	w.t.Helper()
	in.From = w.people[person].TelegramID
	t := w.bot.newTurn(w.t.Context(), in)
	a, err := w.bot.Access.Actor(w.t.Context(), in.From)
	w.ok(err)
	t.as(a)
	return t
}

// show lets somebody open the campaign, and answers the message.
func (w *liveWorld) show(person int) (chat int64, message int) {
	w.t.Helper()
	w.ok(w.turn(person, incoming{Kind: kindText}).showCampaign(w.campaign.ID))
	return w.people[person].TelegramID, w.tg.sent
}

// change pauses or resumes the campaign and answers the word for where it stands then.
func (w *liveWorld) change(pause bool) (word string) {
	w.t.Helper()
	var err error
	if pause {
		_, err = w.store.PauseCampaign(w.t.Context(), domain.Scope{OrganizationID: w.org.ID}, w.campaign.ID, domain.CodePerson, time.Now())
	} else {
		_, err = w.store.ResumeCampaign(w.t.Context(), domain.Scope{OrganizationID: w.org.ID}, w.campaign.ID, time.Now())
	}
	w.ok(err)
	w.hub.Progress(w.org.ID)
	if pause {
		return "Toʻxtab turibdi"
	}
	return "Rejalashtirilgan"
}

func (w *liveWorld) screens() []domain.BotScreen {
	w.t.Helper()
	ss, err := w.store.BotScreens(w.t.Context())
	w.ok(err)
	return ss
}

// pass lets time pass and everything come to rest.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// However fast a campaign changes, its message changes every three seconds at most;
// it ends with the latest state, and does not change when nothing has.
func TestLivePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLiveWorld(t, 1)
		chat, message := w.show(0)
		pass(10 * time.Second)
		if n := w.tg.all(); n != 0 {
			t.Fatalf("%d changes of a campaign that does not", n)
		}
		word := ""
		for i := range 61 {
			word = w.change(i%2 == 0)
			pass(700 * time.Millisecond)
		}
		pass(10 * time.Second)
		es := w.tg.of(chat, message)
		for i, e := range es[1:] {
			if gap := e.at.Sub(es[i].at); gap < liveGap {
				t.Errorf("changed after %v", gap)
			}
		}
		if last := es[len(es)-1]; len(es) < 8 || !strings.Contains(last.Text, word) {
			t.Errorf("%d changes, at last %q", len(es), last.Text)
		}
		before := w.tg.all()
		for range 30 {
			w.hub.Progress(w.org.ID)
			pass(time.Second)
		}
		if n := w.tg.all() - before; n != 0 {
			t.Errorf("%d changes though nothing has changed", n)
		}
	})
}

// What is open at a restart goes on; what has ended is shown a last time and followed
// no more.
func TestLiveRestartAndEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLiveWorld(t, 1)
		chat, message := w.show(0)
		w.stop()
		w.start()
		pass(10 * time.Second)
		if n := w.tg.all(); n != 0 {
			t.Errorf("%d changes by a restart", n)
		}
		_, err := w.store.CancelCampaign(t.Context(), domain.Scope{OrganizationID: w.org.ID}, w.campaign.ID, time.Now())
		w.ok(err)
		w.hub.Changed(w.org.ID)
		pass(10 * time.Second)
		es := w.tg.of(chat, message)
		if len(es) == 0 || !strings.Contains(es[len(es)-1].Text, "Bekor qilindi") || strings.Contains(es[len(es)-1].Text, "Jonli") {
			t.Errorf("at last %+v", es)
		}
		if ss := w.screens(); len(ss) != 0 {
			t.Errorf("it is followed still: %+v", ss)
		}
	})
}

// A message follows its campaign no more when it shows something else, when its reader
// may not see the campaign, or when Telegram does not let the bot change it.
func TestLiveForgets(t *testing.T) {
	refused := func(description string, code int) func(*testing.T, *liveWorld) {
		return func(_ *testing.T, w *liveWorld) {
			w.tg.refuse = func(method string, _ edited) string {
				if method != "editMessageText" {
					return ""
				}
				return fmt.Sprintf(`{"ok":false,"error_code":%d,"description":%q}`, code, description)
			}
		}
	}
	for name, act := range map[string]func(*testing.T, *liveWorld){
		"another screen": func(_ *testing.T, w *liveWorld) {
			w.ok(w.turn(1, incoming{Kind: kindPress, MessageID: w.tg.sent}).history(0))
			w.tg.edits = nil
		},
		"blocked": func(t *testing.T, w *liveWorld) {
			w.ok(w.store.BlockUser(t.Context(), w.people[1], domain.Block{Reason: "Taʼtilda", From: time.Now()}, time.Now()))
		},
		"gone":     refused("Bad Request: message to edit not found", 400),
		"shut out": refused("Forbidden: bot was blocked by the user", 403),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newLiveWorld(t, 2) // the campaign is the other one's
				w.show(1)
				act(t, w)
				w.change(true)
				pass(2 * liveBeat)
				if n, ss := w.tg.all(), w.screens(); n != 0 || len(ss) != 0 {
					t.Errorf("%d changes, %+v", n, ss)
				}
			})
		})
	}
}

// The sixth message of one person ends the first one's following.
func TestLiveFive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLiveWorld(t, 1)
		for range domain.MaxBotScreens + 1 {
			w.show(0)
			pass(time.Minute)
		}
		word := w.change(true)
		pass(time.Minute)
		for message := 1; message <= domain.MaxBotScreens+1; message++ {
			es := w.tg.of(w.people[0].TelegramID, message)
			if want := message > 1; want != (len(es) == 1 && strings.Contains(es[0].Text, word)) {
				t.Errorf("message %d: %+v", message, es)
			}
		}
	})
}

// However many messages follow campaigns, what people ask for goes out at once, and
// Telegram's limits hold.
func TestLiveLeavesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const people, seconds = 100, 60
		w := newLiveWorld(t, people)
		for i := range people {
			w.show(i)
		}
		pass(time.Minute)
		began := w.tg.all()
		for i := range seconds {
			w.change(i%2 == 0)
			pass(time.Second)
			before := time.Now()
			if _, err := w.bot.send(t.Context(), int64(1000+i), screen{text: "Salom"}); err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(before); waited != 0 {
				t.Fatalf("an answer waited for %v", waited)
			}
		}
		n := w.tg.all() - began
		if n > (seconds+1)*allPerSecond || n < people {
			t.Errorf("%d changes in %d seconds", n, seconds)
		}
		pass(time.Minute)
		for _, u := range w.people {
			found := false
			for message := 1; message <= people && !found; message++ {
				if es := w.tg.of(u.TelegramID, message); len(es) > 0 {
					found = strings.Contains(es[len(es)-1].Text, "Rejalashtirilgan")
				}
			}
			if !found {
				t.Errorf("%d does not see the latest state", u.TelegramID)
			}
		}
	})
}
