package world

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gotd/td/tg"
)

// reopen stops serving and goes on with the folder, as after a restart.
func reopen(t *testing.T, dir string, use func(e *env)) {
	t.Helper()
	t.Run("open", func(t *testing.T) { use(start(t, dir)) })
}

// TestRestart: clients stay signed in and find everything again.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	var c *client
	var chat int64
	var first tg.UpdatesClass
	var chats []ChatInfo
	var dialogs []DialogInfo
	remember := func(e *env) {
		var err error
		chats = e.Chats()
		dialogs, err = e.Dialogs(dilnoza)
		e.must(err)
	}
	reopen(t, dir, func(e *env) {
		c = e.as(dilnoza)
		chat = e.chatOf(dilnoza, KindSupergroup, "")
		var err error
		first, err = c.MessagesSendMessage(c.ctx, &tg.MessagesSendMessageRequest{
			Peer: e.input(c, chat), Message: "salom, 5 t", RandomID: 31,
			Entities: []tg.MessageEntityClass{&tg.MessageEntityBold{Offset: 0, Length: 5}},
		})
		c.must(err)
		e.must(e.Kick(e.chatOf(dilnoza, KindGroup, ""), dilnozaID))
		_, err = e.Migrate(e.chatOf(dilnoza, KindGroup, ""))
		e.must(err)
		_, err = e.Post(Incoming{Chat: chat, Sender: Profile{FirstName: "Yangi", Username: "yangi_odam"}, Text: "kim boradi", ReplyTo: 1})
		e.must(err)
		e.must(e.Deactivate(bekzod))
		_, err = c.MessagesReadHistory(c.ctx, &tg.MessagesReadHistoryRequest{Peer: e.input(c, sardorID)})
		c.must(err)
		c.stop()
		remember(e)
	})
	reopen(t, dir, func(e *env) {
		oldChats, oldDialogs := chats, dialogs
		remember(e)
		for i, old := range oldChats {
			if now := chats[i]; !reflect.DeepEqual(old, now) {
				t.Errorf("chat was %+v, is %+v", old, now)
			}
		}
		if !slices.Equal(oldDialogs, dialogs) {
			t.Error("the list of dialogs changed")
		}
		if a, _ := e.Account(bekzod); !a.Deactivated {
			t.Error("the deleted account is back")
		}
		c = e.run(c.st)
		again, err := e.send(c, chat, "salom, 5 t", 31)
		c.must(err)
		id1, at1 := sentID(t, first)
		id2, at2 := sentID(t, again)
		if id1 != id2 || at1 != at2 {
			t.Fatalf("message %d at %d was %d at %d", id2, at2, id1, at1)
		}
		m := again.(*tg.Updates).Updates[1].(*tg.UpdateNewChannelMessage).Message.(*tg.Message)
		if len(m.Entities) != 1 || m.Entities[0].GetLength() != 5 {
			t.Fatalf("entities %v", m.Entities)
		}
		c.stop()
	})
}

// TestTornLine: what a crash left unfinished is cut off, the rest stays.
func TestTornLine(t *testing.T) {
	dir := t.TempDir()
	reopen(t, dir, func(e *env) {
		_, err := e.Post(Incoming{Chat: dilnozaID, Sender: Profile{ID: firstStranger}, Text: "saqlanadi"})
		e.must(err)
	})
	for _, name := range []string{"world.jsonl", "keys.jsonl"} {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		// Longer than what will be written over it.
		_, _ = f.WriteString(`{"msg":{"t":"` + strings.Repeat("x", 1<<16))
		_ = f.Close()
	}
	for range 2 { // the second time over what was written after the cut
		reopen(t, dir, func(e *env) {
			before := len(e.saved(dilnozaID))
			if list := e.saved(dilnozaID); list[before-1].Text != "saqlanadi" {
				t.Fatalf("last message %q", list[before-1].Text)
			}
			_, err := e.Post(Incoming{Chat: dilnozaID, Sender: Profile{ID: firstStranger}, Text: "saqlanadi"})
			e.must(err)
			e.key(nil)
		})
	}
}

// TestKilled: what a call was answered for is in the file at once, without any
// orderly end.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	w, err := Open(Options{Dir: dir, key: testKey()})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Seed(); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if _, err := w.Post(Incoming{Chat: dilnozaID, Sender: Profile{ID: firstStranger}, Text: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = w.Close() })
	_ = w.lock.Close() // as the end of the process does
	w.lock = nil
	reopen(t, dir, func(e *env) {
		if list := e.saved(dilnozaID); list[len(list)-1].Text != "99" {
			t.Fatalf("last message %q", list[len(list)-1].Text)
		}
	})
}

// TestConcurrentSends: many clients at once, every message once, numbered
// without gaps.
func TestConcurrentSends(t *testing.T) {
	e := start(t, t.TempDir())
	const clients, each = 8, 40
	chat := e.Chats()[len(e.Chats())-1].ID // one of the load groups
	before := len(e.saved(chat))
	var wg sync.WaitGroup
	for i := range clients {
		c := e.as(fmt.Sprintf("+9989010000%d", 11+i))
		wg.Go(func() {
			for n := range each {
				for range 2 {
					if _, err := e.send(c, chat, "yuk", int64(n+1)); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	list := e.saved(chat)[before:]
	seen := map[[2]int64]bool{}
	for i, m := range list {
		seen[[2]int64{m.SenderID, m.RandomID}] = true
		if m.ID != before+i+1 {
			t.Fatalf("message %d has number %d", before+i+1, m.ID)
		}
	}
	if len(list) != clients*each || len(seen) != clients*each {
		t.Fatalf("%d messages, %d different", len(list), len(seen))
	}
}
