package telegram

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"postix/domain"
	"postix/telegram/sandbox/world"
)

// dialogOf is what the account's list of dialogs says about a chat.
func (s *sandbox) dialogOf(acc domain.Account, id int64) domain.Dialog {
	s.t.Helper()
	ds, err := s.accounts.Dialogs(s.t.Context(), acc)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, d := range ds {
		if int64(d.ID) == id {
			return d
		}
	}
	s.t.Fatalf("account %d has no dialog %d", acc.ID, id)
	return domain.Dialog{}
}

func (s *sandbox) chat(spec world.ChatSpec) int64 {
	s.t.Helper()
	id, err := s.world.AddChat(spec)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *sandbox) texts(chat int64) []string {
	s.t.Helper()
	ms, err := s.world.Messages(chat, 0, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	var out []string
	for _, m := range ms {
		if m.RandomID != 0 {
			out = append(out, m.Text)
		}
	}
	return out
}

func attempt(acc domain.Account, d domain.Dialog, randomID int64, text string) domain.Attempt {
	return domain.Attempt{AccountID: acc.ID, Dialog: d, Known: true, RandomID: randomID, Text: text, FirstAt: time.Now(), Number: 1}
}

func wantAction(t *testing.T, err error, action domain.Action, code string) *domain.SendError {
	t.Helper()
	e, ok := err.(*domain.SendError)
	if !ok || e.Action != action || e.Code != code {
		t.Fatalf("got %v, want %s (%s)", err, code, action)
	}
	return e
}

func TestSendToEachKind(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, false)
	me := s.person(alice, world.AccountSpec{})
	friend := s.person(bob, world.AccountSpec{})
	chats := []int64{friend}
	for _, spec := range []world.ChatSpec{
		{Kind: world.KindGroup, Title: "Group", Members: []int64{me, friend}},
		{Kind: world.KindSupergroup, Title: "Supergroup", Members: []int64{me}},
		{Kind: world.KindSupergroup, Title: "Forum", Forum: true, Members: []int64{me}},
		{Kind: world.KindChannel, Title: "Channel", Admins: []int64{me}},
	} {
		chats = append(chats, s.chat(spec))
	}
	if _, err := s.world.Post(world.Incoming{Chat: me, Sender: world.Profile{ID: friend}, Text: "salom"}); err != nil {
		t.Fatal(err)
	}
	acc := s.connect(alice)
	for i, chat := range chats {
		a := attempt(acc, s.dialogOf(acc, chat), int64(100+i), fmt.Sprintf("xabar %d 🚚", i))
		first, err := s.send.Send(t.Context(), a)
		if err != nil {
			t.Fatalf("%d: %v", chat, err)
		}
		if first.ID == 0 || time.Since(first.At).Abs() > 30*time.Minute {
			t.Errorf("%d: message %+v", chat, first)
		}
		s.ahead.Add(int64(time.Hour))
		again, err := s.send.Send(t.Context(), a)
		if err != nil || again != first {
			t.Errorf("%d: the same id answered %+v, %v; want %+v", chat, again, err, first)
		}
		s.ahead.Store(0)
		if got := s.texts(chat); len(got) != 1 || got[0] != a.Text {
			t.Errorf("%d: holds %q", chat, got)
		}
	}
}

// pair is an account with one supergroup to send to.
func pair(t *testing.T) (*sandbox, domain.Account, domain.Dialog) {
	s := newSandbox(t, false)
	me := s.person(alice, world.AccountSpec{})
	chat := s.chat(world.ChatSpec{Kind: world.KindSupergroup, Title: "Yuk bozori", Members: []int64{me}})
	acc := s.connect(alice)
	return s, acc, s.dialogOf(acc, chat)
}

func TestSendWhenTheConnectionDrops(t *testing.T) {
	t.Parallel()
	s, acc, d := pair(t)
	s.fault(world.Fault{Method: "messages.sendMessage", Mode: world.FaultDrop})
	first, err := s.send.Send(t.Context(), attempt(acc, d, 1, "a"))
	if err != nil || first.ID == 0 {
		t.Fatalf("before the acknowledgement: %+v, %v", first, err)
	}
	s.fault(world.Fault{Method: "messages.sendMessage", Mode: world.FaultDropAfterAck})
	_, err = s.send.Send(t.Context(), attempt(acc, d, 2, "b"))
	wantAction(t, err, domain.ActRetry, "CONNECTION_LOST")
	second, err := s.send.Send(t.Context(), attempt(acc, d, 2, "b"))
	if err != nil || second.ID <= first.ID {
		t.Fatalf("the same id again: %+v, %v", second, err)
	}
	if got := s.texts(int64(d.ID)); len(got) != 2 {
		t.Errorf("the chat holds %q", got)
	}
}

func TestSendWithoutAClearAnswer(t *testing.T) {
	t.Parallel()
	s, acc, d := pair(t)
	s.fault(world.Fault{Method: "messages.sendMessage", Mode: world.FaultAfterStore, Error: "RPC_CALL_FAIL", Code: 500})
	_, err := s.send.Send(t.Context(), attempt(acc, d, 1, "a"))
	wantAction(t, err, domain.ActRetry, "RPC_CALL_FAIL")
	if _, err := s.send.Send(t.Context(), attempt(acc, d, 1, "a")); err != nil {
		t.Error(err)
	}

	s.fault(world.Fault{Method: "messages.sendMessage", Mode: world.FaultAfterStore})
	s.send.deadline = 200 * time.Millisecond
	began := time.Now()
	_, err = s.send.Send(t.Context(), attempt(acc, d, 2, "b"))
	wantAction(t, err, domain.ActRetry, "TIMEOUT")
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the deadline held for %v", took)
	}
	s.send.deadline = callDeadline
	if _, err := s.send.Send(t.Context(), attempt(acc, d, 2, "b")); err != nil {
		t.Error(err)
	}
	if got := s.texts(int64(d.ID)); len(got) != 2 {
		t.Errorf("the chat holds %q", got)
	}
}

// While the first call is still being carried out, Telegram answers a second
// one of the same id with RANDOM_ID_DUPLICATE.
func TestSendWhileTheFirstCallIsInFlight(t *testing.T) {
	t.Parallel()
	s, acc, d := pair(t)
	s.send.deadline, s.send.duplicate = 300*time.Millisecond, 10*time.Millisecond
	s.fault(world.Fault{Method: "messages.sendMessage", Mode: world.FaultHold})
	_, err := s.send.Send(t.Context(), attempt(acc, d, 1, "a"))
	wantAction(t, err, domain.ActRetry, "TIMEOUT")
	_, err = s.send.Send(t.Context(), attempt(acc, d, 1, "a"))
	wantAction(t, err, domain.ActRetry, "RANDOM_ID_DUPLICATE")
	s.send.deadline = callDeadline
	done := make(chan error, 1)
	go func() {
		_, err := s.send.Send(t.Context(), attempt(acc, d, 1, "a"))
		done <- err
	}()
	before := s.calls("messages.sendMessage")
	s.until("asked again", func() bool { return s.calls("messages.sendMessage") > before })
	s.world.ClearFaults(0)
	if err := <-done; err != nil {
		t.Errorf("after it was let go: %v", err)
	}
	if got := s.texts(int64(d.ID)); len(got) != 1 {
		t.Errorf("the chat holds %q", got)
	}
}

func TestSendRefused(t *testing.T) {
	t.Parallel()
	s, acc, d := pair(t)
	if err := s.world.SetSlowMode(int64(d.ID), 300); err != nil {
		t.Fatal(err)
	}
	if _, err := s.send.Send(t.Context(), attempt(acc, d, 1, "a")); err != nil {
		t.Fatal(err)
	}
	_, err := s.send.Send(t.Context(), attempt(acc, d, 2, "b"))
	if e := err.(*domain.SendError); e.Action != domain.ActWaitChat || e.Wait < 290*time.Second || e.Wait > 300*time.Second {
		t.Errorf("slow mode: %+v", e)
	}
	s.fault(world.Fault{Method: "messages.sendMessage", Mode: world.FaultBefore, Error: "FLOOD_WAIT_42"})
	_, err = s.send.Send(t.Context(), attempt(acc, d, 3, "c"))
	if e := wantAction(t, err, domain.ActWaitAccount, "FLOOD_WAIT_42"); e.Wait != 42*time.Second {
		t.Errorf("wait %v", e.Wait)
	}
	if err := s.world.Kick(int64(d.ID), acc.TelegramID); err != nil {
		t.Fatal(err)
	}
	_, err = s.send.Send(t.Context(), attempt(acc, d, 4, "d"))
	wantAction(t, err, domain.ActFailPeer, "CHANNEL_PRIVATE")
	s.fault(world.Fault{Method: "messages.sendMessage", Mode: world.FaultBefore, Error: "AUTH_KEY_DUPLICATED", Code: 406})
	_, err = s.send.Send(t.Context(), attempt(acc, d, 5, "e"))
	wantAction(t, err, domain.ActDead, "AUTH_KEY_DUPLICATED")
	s.waitLink(acc, domain.LinkOff)
	if got := s.vault.recorded(); !slices.Equal(got, []string{"needs_login AUTH_KEY_DUPLICATED"}) {
		t.Errorf("recorded %q", got)
	}
}

// When Telegram refuses the program itself, senders are told.
func TestSendWhenTheProgramIsRefused(t *testing.T) {
	t.Parallel()
	s, acc, d := pair(t)
	s.fault(world.Fault{Method: "help.getConfig", Mode: world.FaultBefore, Error: "API_ID_INVALID", Times: -1})
	if err := s.world.Drop(alice); err != nil {
		t.Fatal(err)
	}
	s.waitLink(acc, domain.LinkConnecting)
	s.until("refused", func() bool {
		s.accounts.mu.Lock()
		defer s.accounts.mu.Unlock()
		return s.accounts.links[acc.ID].fault != nil
	})
	s.send.patience = 10 * time.Millisecond
	_, err := s.send.Send(t.Context(), attempt(acc, d, 1, "a"))
	wantAction(t, err, domain.ActGlobal, "API_ID_INVALID")
	s.world.ClearFaults(0)
	s.send.patience = readyPatience
	if _, err := s.send.Send(t.Context(), attempt(acc, d, 1, "a")); err != nil {
		t.Error(err)
	}
}

func TestSendWithoutADialog(t *testing.T) {
	t.Parallel()
	s, acc, d := pair(t)
	group := s.chat(world.ChatSpec{Kind: world.KindGroup, Title: "Konvoy", Members: []int64{acc.TelegramID}})
	a := attempt(acc, domain.Dialog{Peer: domain.Peer{ID: domain.PeerID(group), Kind: domain.KindGroup}}, 1, "a")
	a.Known = false
	if _, err := s.send.Send(t.Context(), a); err != nil {
		t.Errorf("a group that it has after all: %v", err)
	}
	before := s.calls("messages.sendMessage")
	a = attempt(acc, domain.Dialog{Peer: domain.Peer{ID: d.ID - 77, Kind: domain.KindSupergroup}}, 2, "b")
	a.Known = false
	_, err := s.send.Send(t.Context(), a)
	wantAction(t, err, domain.ActFailPeer, "NOT_MEMBER")
	if n := s.calls("messages.sendMessage"); n != before {
		t.Error("it was sent to all the same")
	}
}

func TestRefreshFollowsMigration(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, false)
	me := s.person(alice, world.AccountSpec{})
	group := s.chat(world.ChatSpec{Kind: world.KindGroup, Title: "Konvoy", Members: []int64{me}})
	public := s.chat(world.ChatSpec{Kind: world.KindSupergroup, Title: "Ochiq", Username: "ochiq_guruh", SlowMode: 30, Members: []int64{me}})
	acc := s.connect(alice)
	d := s.dialogOf(acc, group)
	to, err := s.world.Migrate(group)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.send.Send(t.Context(), attempt(acc, d, 1, "a"))
	wantAction(t, err, domain.ActRefresh, "CHAT_ID_INVALID")
	fresh, err := s.send.Refresh(t.Context(), attempt(acc, d, 1, "a"))
	if err != nil || int64(fresh.ID) != to || fresh.Kind != domain.KindSupergroup || !fresh.CanWrite {
		t.Fatalf("refreshed: %+v, %v", fresh, err)
	}
	if _, err := s.send.Send(t.Context(), attempt(acc, fresh, 1, "a")); err != nil {
		t.Error(err)
	}
	if old := s.dialogOf(acc, group); int64(old.MigratedTo) != to || old.CanWrite || old.DenyReason != "chat_migrated" {
		t.Errorf("the old group: %+v", old)
	}

	stale := s.dialogOf(acc, public)
	hash := stale.AccessHash
	stale.AccessHash++
	if _, err = s.send.Send(t.Context(), attempt(acc, stale, 2, "b")); err.(*domain.SendError).Action != domain.ActRefresh {
		t.Errorf("stale access hash: %v", err)
	}
	fresh, err = s.send.Refresh(t.Context(), attempt(acc, stale, 2, "b"))
	if err != nil || fresh.AccessHash != hash || fresh.SlowMode != 30*time.Second {
		t.Errorf("found by name: %+v, %v", fresh, err)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	s, acc, d := pair(t)
	a := attempt(acc, d, 1, "yuk bor: Toshkent – Buxoro")
	if _, found, err := s.send.Find(t.Context(), a); err != nil || found {
		t.Fatalf("before it was sent: %v, %v", found, err)
	}
	sent, err := s.send.Send(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 120 { // others push it onto the second page
		in := world.Incoming{Chat: int64(d.ID), Sender: world.Profile{ID: 4242, FirstName: "Begona"}, Text: a.Text}
		if i == 0 {
			in.Sender.Username = "begona"
		}
		if _, err := s.world.Post(in); err != nil {
			t.Fatal(err)
		}
	}
	later := a
	later.RandomID = 2 // the next round's message is not this one's
	if _, err := s.send.Send(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	m, found, err := s.send.Find(t.Context(), a)
	if err != nil || !found || m != sent {
		t.Errorf("found %+v, %v, %v; want %+v", m, found, err, sent)
	}
	later = a
	later.Taken = []int{sent.ID}
	if m, found, err := s.send.Find(t.Context(), later); err != nil || !found || m.ID == sent.ID {
		t.Errorf("a message that proves another delivery: %+v, %v, %v", m, found, err)
	}
	later = a
	later.Rival = time.Now().Add(time.Minute)
	if m, found, err := s.send.Find(t.Context(), later); err != nil || !found || m != sent {
		t.Errorf("before the rival was tried: %+v, %v, %v", m, found, err)
	}
	later.Rival = time.Now()
	var contested *domain.SendError
	if _, found, err := s.send.Find(t.Context(), later); found || !errors.As(err, &contested) || contested.Code != domain.CodeContested {
		t.Errorf("a message that may be the rival's proves it: %v, %v", found, err)
	}
	a.FirstAt = time.Now().Add(time.Minute)
	if _, found, err = s.send.Find(t.Context(), a); err != nil || found {
		t.Errorf("a message from before the first attempt: %v, %v", found, err)
	}
}

func TestSentMessageIsReadFromUpdates(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return time.Unix(999, 0) }
	other := &tg.UpdateNewMessage{Message: &tg.Message{ID: 8, Date: 50}}
	own := &tg.UpdateNewChannelMessage{Message: &tg.Message{ID: 7, Date: 100, Out: true}}
	for name, c := range map[string]struct {
		answer tg.UpdatesClass
		id     int
		at     int64
	}{
		"short":      {&tg.UpdateShortSentMessage{ID: 7, Date: 100}, 7, 100},
		"full":       {&tg.Updates{Updates: []tg.UpdateClass{other, &tg.UpdateMessageID{ID: 7, RandomID: 1}, own}, Date: 300}, 7, 100},
		"id only":    {&tg.Updates{Updates: []tg.UpdateClass{&tg.UpdateMessageID{ID: 7, RandomID: 1}, other}, Date: 300}, 7, 300},
		"other's id": {&tg.Updates{Updates: []tg.UpdateClass{&tg.UpdateMessageID{ID: 9, RandomID: 2}}, Date: 300}, 0, 300},
		"too long":   {&tg.UpdatesTooLong{}, 0, 999},
	} {
		if m := sentMessage(c.answer, 1, now); m.ID != c.id || m.At.Unix() != c.at {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

// Formats go out as they were typed, counted as Telegram counts.
func TestSendWithFormats(t *testing.T) {
	t.Parallel()
	s, acc, d := pair(t)
	a := attempt(acc, d, 1, "🚚 abcdefghi")
	var want []world.Entity
	for i, name := range []string{"bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "text_link", "blockquote"} {
		f, e := domain.Format{Kind: domain.FormatKinds[i], Offset: 3 + i, Length: 1}, world.Entity{Type: name, Offset: 3 + i, Length: 1}
		switch f.Kind {
		case domain.FormatPre:
			f.Language, e.Language = "go", "go"
		case domain.FormatLink:
			f.URL, e.URL = "https://a.uz/?q=1", "https://a.uz/?q=1"
		}
		a.Formats, want = append(a.Formats, f), append(want, e)
	}
	sent, err := s.send.Send(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.send.Send(t.Context(), attempt(acc, d, 2, "plain")); err != nil {
		t.Fatal(err)
	}
	ms, err := s.world.Messages(int64(d.ID), 0, 0)
	if err != nil || len(ms) < 2 {
		t.Fatalf("%+v, %v", ms, err)
	}
	got, plain := ms[len(ms)-2], ms[len(ms)-1]
	if got.Text != a.Text || !slices.Equal(got.Entities, want) {
		t.Errorf("sent %q with %+v", got.Text, got.Entities)
	}
	if plain.Text != "plain" || plain.Entities != nil {
		t.Errorf("sent %q with %+v", plain.Text, plain.Entities)
	}
	if m, found, err := s.send.Find(t.Context(), a); err != nil || !found || m != sent {
		t.Errorf("it is found as %+v, %v, %v", m, found, err)
	}
}
