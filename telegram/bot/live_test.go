package bot

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"postix/domain"
)

// liveWorld is an organization with a campaign, and a bot that runs.
type liveWorld struct {
	*house
	campaign domain.Campaign
	people   []domain.User
}

func newLiveWorld(h *house, people int) *liveWorld {
	h.t.Helper()
	w := &liveWorld{house: h}
	for i := range people {
		w.people = append(w.people, w.person(int64(100+i)))
	}
	acc, err := w.store.ConnectAccount(w.t.Context(), domain.NewAccount{
		OrganizationID: w.org.ID, UserID: w.people[0].ID, Phone: "+998900000001",
		Profile: domain.Profile{TelegramID: 1, FirstName: "Aziz"}, Session: []byte("session"), At: time.Now(),
	})
	w.ok(err)
	w.campaign, _, err = w.store.CreateCampaign(w.t.Context(), domain.Campaign{
		OrganizationID: w.org.ID, UserID: w.people[0].ID, UUID: domain.NewToken(), Token: domain.NewToken(), AccountID: acc.ID,
		CatalogName: "Guruhlar", Text: strings.Repeat("a", domain.MaxText), Rounds: 1, StartAt: time.Now().Add(time.Hour), NextDueAt: time.Now().Add(time.Hour),
		Peers: 1, Status: domain.CampaignScheduled, Counts: domain.Counts{Planned: 1}, CreatedAt: time.Now(), PlannedEnd: time.Now().Add(2 * time.Hour),
	}, []domain.Peer{{ID: -1_000_000_000_001, Kind: domain.KindSupergroup, Title: "Guruh"}})
	w.ok(err)
	w.run()
	synctest.Wait()
	return w
}

// turn is one of the person's.
func (w *liveWorld) turn(person int, in incoming) *turn {
	w.t.Helper()
	in.From = w.people[person].TelegramID
	t := w.newTurn(w.t.Context(), in)
	a, err := w.Access.Actor(w.t.Context(), in.From)
	w.ok(err)
	t.as(a)
	return t
}

// show lets somebody open the campaign, and answers the message.
func (w *liveWorld) show(person int) (chat int64, message int) {
	w.t.Helper()
	w.ok(w.turn(person, incoming{Kind: kindText}).showCampaign(w.campaign.ID))
	return w.people[person].TelegramID, w.tg.newest()
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

// edits counts the changes of messages.
func (w *liveWorld) edits() (n int) {
	for _, c := range w.tg.of("editMessageText") {
		if c.refused == "" {
			n++
		}
	}
	return n
}

// However fast a campaign changes, its message changes every three seconds at most;
// it ends with the latest state, and does not change when nothing has.
func TestLivePace(t *testing.T) {
	inBubble(t, func(h *house) {
		w := newLiveWorld(h, 1)
		chat, message := w.show(0)
		w.after(10 * time.Second)
		if n := w.edits(); n != 0 {
			t.Fatalf("%d changes of a campaign that does not", n)
		}
		word := ""
		for i := range 61 {
			word = w.change(i%2 == 0)
			w.after(700 * time.Millisecond)
		}
		w.after(10 * time.Second)
		es := w.tg.seen(chat, message)
		for i, e := range es[1:] {
			if gap := e.At.Sub(es[i].At); gap < liveGap {
				t.Errorf("changed after %v", gap)
			}
		}
		if last := es[len(es)-1]; len(es) < 8 || !strings.Contains(last.Text, word) {
			t.Errorf("%d changes, at last %q", len(es), last.Text)
		}
		before := w.edits()
		for range 30 {
			w.hub.Progress(w.org.ID)
			w.after(time.Second)
		}
		if n := w.edits() - before; n != 0 {
			t.Errorf("%d changes though nothing has changed", n)
		}
	})
}

// What is open at a restart goes on; what has ended is shown a last time and followed
// no more.
func TestLiveRestartAndEnd(t *testing.T) {
	inBubble(t, func(h *house) {
		w := newLiveWorld(h, 1)
		chat, message := w.show(0)
		w.stop()
		w.run()
		w.after(10 * time.Second)
		if n := w.edits(); n != 0 {
			t.Errorf("%d changes by a restart", n)
		}
		_, err := w.store.CancelCampaign(w.t.Context(), domain.Scope{OrganizationID: w.org.ID}, w.campaign.ID, time.Now())
		w.ok(err)
		w.hub.Changed(w.org.ID)
		w.after(10 * time.Second)
		es := w.tg.seen(chat, message)
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
			w.tg.fail(func(c said) *answer {
				if c.Method != "editMessageText" {
					return nil
				}
				return refusal(code, description, 0)
			})
		}
	}
	for name, act := range map[string]func(*testing.T, *liveWorld){
		"another screen": func(_ *testing.T, w *liveWorld) {
			w.ok(w.turn(1, incoming{Kind: kindPress, MessageID: w.tg.newest()}).history(0))
			w.tg.take()
		},
		"blocked": func(t *testing.T, w *liveWorld) {
			w.ok(w.store.BlockUser(w.t.Context(), w.people[1], domain.Block{Reason: "Taʼtilda", From: time.Now()}, time.Now()))
		},
		"gone":     refused("Bad Request: message to edit not found", 400),
		"shut out": refused("Forbidden: bot was blocked by the user", 403),
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(h *house) {
				w := newLiveWorld(h, 2) // the campaign is the other one's
				w.show(1)
				act(t, w)
				w.change(true)
				w.after(2 * liveBeat)
				if n, ss := w.edits(), w.screens(); n != 0 || len(ss) != 0 {
					t.Errorf("%d changes, %+v", n, ss)
				}
			})
		})
	}
}

// The sixth message of one person ends the first one's following.
func TestLiveFive(t *testing.T) {
	inBubble(t, func(h *house) {
		w := newLiveWorld(h, 1)
		for range domain.MaxBotScreens + 1 {
			w.show(0)
			w.after(time.Minute)
		}
		word := w.change(true)
		w.after(time.Minute)
		for message := 1; message <= domain.MaxBotScreens+1; message++ {
			es := w.tg.seen(w.people[0].TelegramID, message)
			if want := message > 1; want != (len(es) == 1 && strings.Contains(es[0].Text, word)) {
				t.Errorf("message %d: %+v", message, es)
			}
		}
	})
}

// However many messages follow campaigns, what people ask for goes out at once, and
// Telegram's limits hold.
func TestLiveLeavesRoom(t *testing.T) {
	inBubble(t, func(h *house) {
		const people, seconds = 100, 60
		w := newLiveWorld(h, people)
		for i := range people {
			w.show(i)
		}
		w.after(time.Minute)
		began := w.edits()
		for i := range seconds {
			w.change(i%2 == 0)
			w.after(time.Second)
			before := time.Now()
			if _, err := w.send(w.t.Context(), int64(1000+i), screen{text: "Salom"}); err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(before); waited != 0 {
				t.Fatalf("an answer waited for %v", waited)
			}
		}
		n := w.edits() - began
		if n > (seconds+1)*allPerSecond || n < people {
			t.Errorf("%d changes in %d seconds", n, seconds)
		}
		w.after(time.Minute)
		for _, u := range w.people {
			found := false
			for message := 1; message <= people && !found; message++ {
				if es := w.tg.seen(u.TelegramID, message); len(es) > 0 {
					found = strings.Contains(es[len(es)-1].Text, "Rejalashtirilgan")
				}
			}
			if !found {
				t.Errorf("%d does not see the latest state", u.TelegramID)
			}
		}
	})
}
