package telegram

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"postix/domain"
	"postix/telegram/sandbox/world"
)

// ears remember what they heard. Whoever sets refuse holds or fails them.
type ears struct {
	mu     sync.Mutex
	heard  []domain.Incoming
	most   int // in one call
	refuse func(ctx context.Context) error
}

func (e *ears) Hear(ctx context.Context, heard []domain.Incoming) error {
	e.mu.Lock()
	refuse := e.refuse
	e.mu.Unlock()
	if refuse != nil {
		if err := refuse(ctx); err != nil {
			return err
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, heard...)
	e.most = max(e.most, len(heard))
	return nil
}

func (e *ears) refusing(f func(context.Context) error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.refuse = f
}

func (e *ears) all() []domain.Incoming {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.heard)
}

// texts counts how often an account heard each text in a group.
func (e *ears) texts(accountID, chat int64) map[string]int {
	out := map[string]int{}
	for _, in := range e.all() {
		if in.AccountID == accountID && in.ChatID == chat {
			out[in.Text]++
		}
	}
	return out
}

// notebook is a PositionStore in memory.
type notebook struct {
	mu        sync.Mutex
	on        []int64
	groups    []domain.Dialog
	positions map[int64]map[domain.PeerID]domain.Position
	failing   bool
}

var errNotebook = errors.New("the notebook is shut")

func (n *notebook) Listening(context.Context) ([]int64, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.on), nil
}

func (n *notebook) Positions(_ context.Context, id int64) ([]domain.Position, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Collect(maps.Values(n.positions[id])), nil
}

func (n *notebook) SavePositions(_ context.Context, id int64, ps []domain.Position) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.failing {
		return errNotebook
	}
	if n.positions[id] == nil {
		n.positions[id] = map[domain.PeerID]domain.Position{}
	}
	for _, p := range ps {
		n.positions[id][p.PeerID] = p
	}
	return nil
}

func (n *notebook) ListenedGroups(_ context.Context, id int64) ([]domain.Dialog, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []domain.Dialog
	for _, d := range n.groups {
		if d.AccountID == id && d.Kind == domain.KindSupergroup {
			out = append(out, d)
		}
	}
	return out, nil
}

func (n *notebook) pts(accountID, peer int64) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.positions[accountID][domain.PeerID(peer)].Pts
}

// listenSandbox is a sandbox whose accounts can listen.
type listenSandbox struct {
	*sandbox
	ears  *ears
	notes *notebook
}

func newListening(t *testing.T) *listenSandbox {
	t.Helper()
	s := &listenSandbox{newSandbox(t, false), &ears{}, &notebook{positions: map[int64]map[domain.PeerID]domain.Position{}}}
	s.stop()
	s.ready = func() { s.accounts.ListenWith(s.ears, s.notes) }
	s.start()
	return s
}

// listener connects a phone and waits until it listens: then it hears whatever is
// written.
func (s *listenSandbox) listener(phone string) domain.Account {
	s.t.Helper()
	acc := s.connect(phone)
	s.notes.mu.Lock()
	s.notes.on = append(s.notes.on, acc.ID)
	s.notes.mu.Unlock()
	s.accounts.Listen(acc.ID, true)
	s.listens(acc)
	return acc
}

// listens waits until all that the account was to ask for at first is answered.
func (s *listenSandbox) listens(acc domain.Account) {
	s.t.Helper()
	s.until("listening", func() bool {
		ls := s.accounts.listener(acc.ID)
		if ls == nil {
			return false
		}
		ls.mu.Lock()
		defer ls.mu.Unlock()
		return ls.ready && ls.common.known && !ls.survey.IsZero()
	})
}

// keepDialogs stores the account's dialogs, as the product does after reading.
func (s *listenSandbox) keepDialogs(acc domain.Account) {
	s.t.Helper()
	ds, err := s.accounts.Dialogs(s.t.Context(), acc)
	if err != nil {
		s.t.Fatal(err)
	}
	s.notes.mu.Lock()
	defer s.notes.mu.Unlock()
	s.notes.groups = append(s.notes.groups, ds...)
}

// say posts n texts of a stranger, named after what.
func (s *listenSandbox) say(chat int64, what string, n int) (texts []string) {
	s.t.Helper()
	for i := range n {
		text := fmt.Sprintf("%s %d", what, i)
		if _, err := s.world.Post(world.Incoming{Chat: chat, Sender: carrier, Text: text}); err != nil {
			s.t.Fatal(err)
		}
		texts = append(texts, text)
	}
	return texts
}

var carrier = world.Profile{ID: 42, FirstName: "Sardor", LastName: "Aliyev", Username: "cargo_sardor"}

// hears waits until the account heard all of the texts in the group, each once.
func (s *listenSandbox) hears(acc domain.Account, chat int64, texts []string) {
	s.t.Helper()
	s.untilHeard(acc, chat, texts)
	got := s.ears.texts(acc.ID, chat)
	for text, n := range got {
		if n != 1 || !slices.Contains(texts, text) {
			s.t.Errorf("%q was heard %d times", text, n)
		}
	}
}

func (s *listenSandbox) untilHeard(acc domain.Account, chat int64, texts []string) {
	s.t.Helper()
	s.until(fmt.Sprintf("%d texts are heard", len(texts)), func() bool {
		got := s.ears.texts(acc.ID, chat)
		for _, text := range texts {
			if got[text] == 0 {
				return false
			}
		}
		return true
	})
}

func (s *listenSandbox) savedUpTo(acc domain.Account, peer int64, pts int) {
	s.t.Helper()
	s.until(fmt.Sprintf("position of %d", peer), func() bool { return s.notes.pts(acc.ID, peer) == pts })
}

func (s *listenSandbox) supergroup(title string, members ...int64) int64 {
	return s.chat(world.ChatSpec{Kind: world.KindSupergroup, Title: title, Members: members, ExtraMembers: 1200})
}

// A supergroup that the listener has never heard of, and 500 messages at once.
func TestListenBurstInANewGroup(t *testing.T) {
	t.Parallel()
	s := newListening(t)
	me := s.person(alice, world.AccountSpec{})
	acc := s.listener(alice)
	for i := range 3 {
		chat := s.supergroup(fmt.Sprint("Yuk bozori ", i), me)
		texts := s.say(chat, "yuk", 500)
		s.hears(acc, chat, texts)
		s.savedUpTo(acc, chat, 502) // the group's own beginning is an event too
	}
	if s.ears.most > batchMost {
		t.Errorf("%d messages in one call", s.ears.most)
	}
	if deaf := s.accounts.Deaf(); len(deaf) != 0 {
		t.Errorf("deaf: %v", deaf)
	}
}

func TestListenSaysWhoWroteWhere(t *testing.T) {
	t.Parallel()
	s := newListening(t)
	me := s.person(alice, world.AccountSpec{})
	acc := s.listener(alice)
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	chat := s.supergroup("Yuk bozori", me)
	if _, err := s.world.Post(world.Incoming{Chat: chat, Sender: carrier, Text: "Toshkent - Buxoro", At: at}); err != nil {
		t.Fatal(err)
	}
	s.hears(acc, chat, []string{"Toshkent - Buxoro"})
	want := domain.Incoming{OrganizationID: 5, AccountID: acc.ID, GroupMessage: domain.GroupMessage{
		ID: 2, At: at, ChatID: chat, ChatTitle: "Yuk bozori", ChatMembers: 1201,
		SenderID: 42, Username: "cargo_sardor", FirstName: "Sardor", LastName: "Aliyev", Text: "Toshkent - Buxoro",
	}}
	if got := s.ears.all()[0]; got != want {
		t.Errorf("heard %+v\nwant  %+v", got, want)
	}
}

func TestListenTwoAccountsInOneGroup(t *testing.T) {
	t.Parallel()
	s := newListening(t)
	a, b := s.person(alice, world.AccountSpec{}), s.person(bob, world.AccountSpec{})
	first, second := s.listener(alice), s.listener(bob)
	chat := s.supergroup("Yuk bozori", a, b)
	texts := s.say(chat, "yuk", 20)
	s.hears(first, chat, texts)
	s.hears(second, chat, texts)
}

// Who is switched on again goes on where he was; who does not listen hears nothing.
func TestListenOnAndOff(t *testing.T) {
	t.Parallel()
	s := newListening(t)
	a, b := s.person(alice, world.AccountSpec{}), s.person(bob, world.AccountSpec{})
	acc, other := s.listener(alice), s.connect(bob)
	chat := s.supergroup("Yuk bozori", a, b)
	texts := s.say(chat, "bir", 5)
	s.hears(acc, chat, texts)
	s.savedUpTo(acc, chat, 7)
	s.accounts.Listen(acc.ID, false)
	if s.accounts.listener(acc.ID) != nil {
		t.Error("switched off, it listens")
	}
	s.keepDialogs(acc)
	texts = append(texts, s.say(chat, "ikki", 5)...)
	if got := s.ears.texts(acc.ID, chat); len(got) != 5 {
		t.Errorf("heard while off: %v", got)
	}
	s.accounts.Listen(acc.ID, true)
	s.hears(acc, chat, texts)
	if got := s.ears.texts(other.ID, chat); len(got) != 0 {
		t.Errorf("an account that does not listen heard %v", got)
	}
}

// Everything that is no message of a person in a group is dropped.
func TestListenDropsTheRest(t *testing.T) {
	t.Parallel()
	s := newListening(t)
	me := s.person(alice, world.AccountSpec{})
	acc := s.listener(alice)
	chat := s.supergroup("Yuk bozori", me)
	basic := s.chat(world.ChatSpec{Kind: world.KindGroup, Title: "Haydovchilar", Members: []int64{me}})
	channel := s.chat(world.ChatSpec{Kind: world.KindChannel, Title: "Eʼlonlar", Members: []int64{me}})
	for _, in := range []world.Incoming{
		{Chat: me, Sender: carrier, Text: "private"},
		{Chat: me, Sender: world.Profile{ID: serviceUser}, Text: "service"},
		{Chat: me, Sender: world.Profile{ID: me}, Text: "saved"},
		{Chat: chat, Sender: world.Profile{FirstName: "B", Username: "some_bot", Bot: true}, Text: "bot"},
		{Chat: basic, Sender: world.Profile{FirstName: "B", Username: "other_bot", Bot: true}, Text: "bot"},
		{Chat: chat, Sender: world.Profile{ID: serviceUser}, Text: "service"},
		{Chat: chat, As: chat, Text: "anonymous admin"},
		{Chat: chat, As: channel, Text: "linked post"},
		{Chat: channel, Sender: carrier, Text: "post"},
		{Chat: chat, Sender: world.Profile{ID: me}, Text: "own"},
		{Chat: chat, Sender: carrier, Text: "  \n"},
	} {
		if _, err := s.world.Post(in); err != nil {
			t.Fatalf("%q: %v", in.Text, err)
		}
	}
	s.hears(acc, chat, s.say(chat, "yuk", 1))
	s.hears(acc, basic, s.say(basic, "yuk", 1))
	s.savedUpTo(acc, chat, 9)
	if got := s.ears.all(); len(got) != 2 {
		t.Errorf("heard %+v", got)
	}
	if s.notes.pts(acc.ID, channel) != 0 {
		t.Error("a channel is followed")
	}
}

// What the account itself sends is no gap in what it hears.
func TestListenOwnMessagesAreNoGap(t *testing.T) {
	t.Parallel()
	s := newListening(t)
	me := s.person(alice, world.AccountSpec{})
	acc := s.listener(alice)
	chat := s.supergroup("Yuk bozori", me)
	s.hears(acc, chat, s.say(chat, "bir", 1))
	d := s.dialogOf(acc, chat)
	s.savedUpTo(acc, chat, 3)
	s.listens(acc)
	before := s.calls("updates.getChannelDifference")
	for i := range 3 {
		if _, err := s.send.Send(t.Context(), attempt(acc, d, int64(i+1), "oʻzim")); err != nil {
			t.Fatal(err)
		}
	}
	s.untilHeard(acc, chat, s.say(chat, "ikki", 1))
	s.savedUpTo(acc, chat, 7)
	if n := s.calls("updates.getChannelDifference"); n != before {
		t.Errorf("%d differences asked for", n-before)
	}
	if got := s.ears.texts(acc.ID, chat); got["oʻzim"] != 0 {
		t.Errorf("heard itself: %v", got)
	}
}
