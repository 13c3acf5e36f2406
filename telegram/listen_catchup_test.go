package telegram

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"postix/domain"
	"postix/telegram/sandbox/world"
)

// twoGroups are a supergroup and a basic group with the person, which the listener
// knows.
func (s *listenSandbox) twoGroups(acc domain.Account, me int64) (super, basic int64) {
	s.t.Helper()
	super = s.supergroup("Yuk bozori", me)
	basic = s.chat(world.ChatSpec{Kind: world.KindGroup, Title: "Haydovchilar", Members: []int64{me}})
	s.hears(acc, super, s.say(super, "salom", 1))
	s.hears(acc, basic, s.say(basic, "salom", 1))
	return super, basic
}

func TestListenConnectionLost(t *testing.T) {
	t.Parallel()
	s := newListening(t)
	me := s.person(alice, world.AccountSpec{})
	acc := s.listener(alice)
	super, basic := s.twoGroups(acc, me)
	s.gate.close()
	s.waitLink(acc, domain.LinkConnecting)
	missed, private := s.say(super, "yoʻqolgan", 250), s.say(basic, "yoʻqolgan", 250)
	s.gate.open()
	s.untilHeard(acc, super, missed)
	s.untilHeard(acc, basic, private)
}

// The connection goes away in the middle of a burst, and of catching up.
func TestListenDropInABurst(t *testing.T) {
	t.Parallel()
	s := newListening(t)
	me := s.person(alice, world.AccountSpec{})
	acc := s.listener(alice)
	super, basic := s.twoGroups(acc, me)
	for _, m := range []string{"updates.getChannelDifference", "updates.getDifference", "messages.getPeerDialogs"} {
		s.fault(world.Fault{Method: m, Mode: world.FaultDrop})
		s.fault(world.Fault{Method: m, Mode: world.FaultDropAfterAck})
	}
	var want, private []string
	for i := range 10 {
		want = append(want, s.say(super, string(rune('a'+i)), 50)...)
		private = append(private, s.say(basic, string(rune('a'+i)), 10)...)
		if i == 4 {
			s.gate.close()
			s.gate.open()
		}
	}
	s.untilHeard(acc, super, want)
	s.untilHeard(acc, basic, private)
}

// Another process goes on where the last one was, also with groups it does not
// find in the stored dialogs.
func TestListenRestart(t *testing.T) {
	t.Parallel()
	s := newListening(t)
	me := s.person(alice, world.AccountSpec{})
	acc := s.listener(alice)
	super, basic := s.twoGroups(acc, me)
	quiet := s.supergroup("Jim guruh", me)
	s.keepDialogs(acc)
	s.until("the quiet group's position", func() bool { return s.notes.pts(acc.ID, quiet) == 2 })
	s.stop()
	missed, private := s.say(super, "tunda", 150), s.say(basic, "tunda", 150)
	first := s.say(quiet, "tunda", 3)
	later := s.supergroup("Keyin", me)
	s.start()
	s.untilHeard(acc, super, missed)
	s.untilHeard(acc, basic, private)
	s.hears(acc, quiet, first)
	s.hears(acc, later, s.say(later, "tongda", 3))
	if n := s.ears.texts(acc.ID, super)["salom 0"]; n != 1 {
		t.Errorf("what was heard before came %d times", n)
	}
}

// A group whose dialog has not been stored goes on where it was, with the next
// message in it.
func TestListenRestartWithoutTheDialog(t *testing.T) {
	t.Parallel()
	s := newListening(t)
	me := s.person(alice, world.AccountSpec{})
	acc := s.listener(alice)
	super, _ := s.twoGroups(acc, me)
	s.savedUpTo(acc, super, 3)
	s.stop()
	missed := s.say(super, "tunda", 3)
	s.start()
	s.listens(acc)
	s.untilHeard(acc, super, append(missed, s.say(super, "tongda", 1)...))
	if n := s.ears.texts(acc.ID, super)["salom 0"]; n != 1 {
		t.Errorf("what was heard before came %d times", n)
	}
}

// What ears refuse comes again, also after a restart: its position is not saved.
func TestListenEarsThatFail(t *testing.T) {
	t.Parallel()
	s := newListening(t)
	me := s.person(alice, world.AccountSpec{})
	acc := s.listener(alice)
	super, _ := s.twoGroups(acc, me)
	s.keepDialogs(acc)
	s.savedUpTo(acc, super, 3)
	tried := make(chan struct{}, 1)
	s.ears.refusing(func(context.Context) error {
		kick(tried)
		return errors.New("no")
	})
	texts := s.say(super, "rad", 120)
	<-tried
	<-tried
	s.stop()
	if got := s.notes.pts(acc.ID, super); got != 3 {
		t.Errorf("position %d of what was not heard", got)
	}
	s.ears.refusing(nil)
	s.start()
	s.untilHeard(acc, super, texts)
}

func TestListenEarsThatPanic(t *testing.T) {
	t.Parallel()
	s := newListening(t)
	me := s.person(alice, world.AccountSpec{})
	acc := s.listener(alice)
	times := 0
	s.ears.refusing(func(context.Context) error {
		if times++; times < 3 {
			panic("ouch")
		}
		return nil
	})
	chat := s.supergroup("Yuk bozori", me)
	s.hears(acc, chat, s.say(chat, "yuk", 3))
}

// While ears are busy only so much is kept; the rest is asked for afterwards.
func TestListenSlowEarsBoundMemory(t *testing.T) {
	t.Parallel()
	s := newListening(t)
	me := s.person(alice, world.AccountSpec{})
	acc := s.listener(alice)
	super, _ := s.twoGroups(acc, me)
	entered, release := make(chan struct{}, 1), make(chan struct{})
	s.ears.refusing(func(ctx context.Context) error {
		kick(entered)
		select {
		case <-release:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	ls := s.accounts.listener(acc.ID)
	kept := func() (queue, ahead, want int) {
		ls.mu.Lock()
		defer ls.mu.Unlock()
		return len(ls.queue), ls.ahead, ls.boxes[domain.PeerID(super)].want
	}
	var texts []string
	for i := range 25 { // what is pushed slowly enough is not left for the difference
		texts = append(texts, s.say(super, fmt.Sprint("sekin ", i), 100)...)
		s.until("it was pushed", func() bool { _, _, want := kept(); return want == 3+len(texts) })
	}
	<-entered
	if queue, ahead, _ := kept(); queue < queueMost || queue > queueMost+differenceMost || ahead > aheadMost {
		t.Errorf("%d queued, %d ahead", queue, ahead)
	}
	close(release)
	s.untilHeard(acc, super, texts)
	s.savedUpTo(acc, super, 2503)
	if deaf := s.accounts.Deaf(); len(deaf) != 0 {
		t.Errorf("deaf: %v", deaf)
	}
}

// What Telegram no longer gives is counted.
func TestListenTooLongAgo(t *testing.T) {
	t.Parallel()
	s := newListening(t)
	me := s.person(alice, world.AccountSpec{})
	acc := s.listener(alice)
	super, _ := s.twoGroups(acc, me)
	s.gate.close()
	s.waitLink(acc, domain.LinkConnecting)
	s.say(super, "juda koʻp", 3100)
	s.gate.open()
	s.until("the loss is counted", func() bool { return s.accounts.Deaf()[acc.ID] == 3100 })
	s.untilHeard(acc, super, s.say(super, "yangi", 3))
	s.savedUpTo(acc, super, 3106)
}

func TestListenFloodWaitIsKept(t *testing.T) {
	t.Parallel()
	s := newListening(t)
	me := s.person(alice, world.AccountSpec{})
	acc := s.listener(alice)
	super, _ := s.twoGroups(acc, me)
	other := s.supergroup("Boshqa", me)
	s.hears(acc, other, s.say(other, "salom", 1))
	s.gate.close()
	s.waitLink(acc, domain.LinkConnecting)
	missed, there := s.say(super, "yuk", 5), s.say(other, "yuk", 5)
	s.fault(world.Fault{Method: "updates.getChannelDifference", Mode: world.FaultBefore, Error: "FLOOD_WAIT_1"})
	s.gate.open()
	s.untilHeard(acc, super, missed)
	s.untilHeard(acc, other, there)
	told := slices.IndexFunc(s.world.Journal(0, 0), func(e world.JournalEntry) bool { return e.Outcome == "FLOOD_WAIT_1" })
	journal := s.world.Journal(0, 0)[told:]
	for _, e := range journal[1:] {
		asks := e.Method == "updates.getChannelDifference" || e.Method == "updates.getDifference" || e.Method == "messages.getPeerDialogs"
		if asks && e.At.Sub(journal[0].At) < time.Second {
			t.Errorf("%s for %d came %v after it was told to wait", e.Method, e.Chat, e.At.Sub(journal[0].At))
		}
	}
}

// asked are the times of a supergroup's differences.
func (s *listenSandbox) asked(chat int64) (at []time.Time) {
	for _, e := range s.world.Journal(0, 0) {
		if e.Method == "updates.getChannelDifference" && e.Chat == chat {
			at = append(at, e.At)
		}
	}
	return at
}

// A group that Telegram refuses is left alone until the dialogs are read again,
// and spoils nothing for the others.
func TestListenRefusedGroup(t *testing.T) {
	t.Parallel()
	s := newListening(t)
	me := s.person(alice, world.AccountSpec{})
	acc := s.listener(alice)
	super, _ := s.twoGroups(acc, me)
	other := s.supergroup("Boshqa", me)
	s.hears(acc, other, s.say(other, "salom", 1))
	s.gate.close()
	s.waitLink(acc, domain.LinkConnecting)
	missed, fine := s.say(super, "yuk", 5), s.say(other, "yuk", 5)
	s.fault(world.Fault{Method: "updates.getChannelDifference", Chat: super, Mode: world.FaultBefore, Error: "CHANNEL_PRIVATE", Code: 406})
	s.fault(world.Fault{Method: "messages.getPeerDialogs", Mode: world.FaultBefore, Error: "CHANNEL_INVALID", Code: 400})
	s.gate.open()
	s.untilHeard(acc, other, fine)
	s.until("the refusal", func() bool { return s.world.Faults()[0].Fired == 1 })
	s.until("left alone", func() bool {
		ls := s.accounts.listener(acc.ID)
		ls.mu.Lock()
		defer ls.mu.Unlock()
		return ls.boxes[domain.PeerID(super)].gone
	})
	asked := len(s.asked(super))
	if _, err := s.accounts.Dialogs(t.Context(), acc); err != nil {
		t.Fatal(err)
	}
	s.untilHeard(acc, super, missed)
	if n := len(s.asked(super)); n != asked+1 {
		t.Errorf("asked %d times after the refusal, want once after the dialogs", n-asked)
	}
}

// Telegram may name a supergroup in its shortest form, without an access hash
// that is good for anything.
func TestListenGroupWithoutAccessHash(t *testing.T) {
	t.Parallel()
	s := newListening(t)
	me := s.person(alice, world.AccountSpec{})
	chat := s.supergroup("Yuk bozori", me)
	acc := s.listener(alice)
	s.gate.close()
	s.waitLink(acc, domain.LinkConnecting)
	texts := s.say(chat, "yuk", 3)
	s.gate.open()
	s.waitLink(acc, domain.LinkReady)
	s.accounts.overhear(acc.ID, &tg.Updates{
		Updates: []tg.UpdateClass{&tg.UpdateNewChannelMessage{Pts: 3, PtsCount: 1, Message: &tg.Message{
			ID: 2, PeerID: &tg.PeerChannel{ChannelID: bare(domain.PeerID(chat))}, FromID: &tg.PeerUser{UserID: 42}, Message: "yuk 0",
		}}},
		Chats: []tg.ChatClass{&tg.Channel{Min: true, Megagroup: true, ID: bare(domain.PeerID(chat)), AccessHash: 1, Title: "Yuk bozori"}},
	})
	s.hears(acc, chat, texts)
}

// Who leaves a group and comes back hears what is written from then on.
func TestListenKickedAndBack(t *testing.T) {
	t.Parallel()
	s := newListening(t)
	me := s.person(alice, world.AccountSpec{})
	acc := s.listener(alice)
	super, _ := s.twoGroups(acc, me)
	out := func() bool {
		ls := s.accounts.listener(acc.ID)
		ls.mu.Lock()
		defer ls.mu.Unlock()
		return ls.boxes[domain.PeerID(super)].gone
	}
	if err := s.world.Kick(super, me); err != nil {
		t.Fatal(err)
	}
	s.until("it is out", out)
	s.say(super, "sensiz", 3)
	if err := s.world.Join(super, me); err != nil {
		t.Fatal(err)
	}
	s.until("it is back", func() bool { return !out() })
	s.untilHeard(acc, super, s.say(super, "birga", 3))
}

// A position that Telegram refuses is given up, and what is written from then on
// is heard.
func TestListenPositionRefused(t *testing.T) {
	t.Parallel()
	s := newListening(t)
	me := s.person(alice, world.AccountSpec{})
	acc := s.listener(alice)
	super, basic := s.twoGroups(acc, me)
	s.gate.close()
	s.waitLink(acc, domain.LinkConnecting)
	s.say(super, "yoʻqolgan", 3)
	s.say(basic, "yoʻqolgan", 3)
	for _, m := range []string{"updates.getChannelDifference", "updates.getDifference"} {
		s.fault(world.Fault{Method: m, Mode: world.FaultBefore, Error: "PERSISTENT_TIMESTAMP_INVALID", Code: 400})
	}
	s.gate.open()
	s.until("both positions are given up", func() bool { return s.accounts.Deaf()[acc.ID] == 2 })
	s.listens(acc)
	s.untilHeard(acc, super, s.say(super, "yangi", 3))
	s.untilHeard(acc, basic, s.say(basic, "yangi", 3))
	if n := s.ears.texts(acc.ID, super)["yoʻqolgan 0"] + s.ears.texts(acc.ID, basic)["yoʻqolgan 0"]; n != 0 {
		t.Errorf("what the refused positions are before was heard %d times", n)
	}
}
