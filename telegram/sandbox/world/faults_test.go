package world

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gotd/td/tg"
)

func (e *env) fault(f Fault) Fault {
	e.t.Helper()
	f.Method = "messages.sendMessage"
	out, err := e.AddFault(f)
	e.must(err)
	return out
}

// sends are the journal's entries about messages: clients make other calls too,
// at moments of their own.
func (e *env) sends() (out []JournalEntry) {
	for _, j := range e.Journal(0, 0) {
		if j.Method == "messages.sendMessage" {
			out = append(out, j)
		}
	}
	return out
}

func (e *env) outcomes() (out []string) {
	for _, j := range e.sends() {
		out = append(out, j.Outcome)
	}
	return out
}

func TestFaultBefore(t *testing.T) {
	e := start(t, "")
	c := e.as(dilnoza)
	chat, other := e.chatOf(dilnoza, KindSupergroup, ""), e.chatOf(dilnoza, KindGroup, "")
	before := len(e.saved(chat))
	f := e.fault(Fault{Phone: "998 90 100 00 01", Chat: chat, Nth: 2, Times: 2, Mode: FaultBefore, Error: "FLOOD_WAIT_30"})
	if f.Code != 420 {
		t.Fatalf("code %d", f.Code)
	}
	for i, want := range []string{"", "FLOOD_WAIT", "FLOOD_WAIT", ""} {
		_, err := e.send(c, other, "x", int64(100+i))
		c.must(err)
		_, err = e.send(c, chat, "x", int64(i+1))
		if want == "" {
			c.must(err)
		} else {
			wantErr(t, err, want)
		}
	}
	if n := len(e.saved(chat)) - before; n != 2 {
		t.Fatalf("%d messages", n)
	}
	if f := e.Faults()[0]; f.Seen != 4 || f.Fired != 2 {
		t.Fatalf("rule %+v", f)
	}
	if _, err := e.AddFault(Fault{Mode: FaultBefore}); err == nil {
		t.Fatal("a rule without an error was taken")
	}
}

// TestFaultAfterStore: stored, and the client does not know.
func TestFaultAfterStore(t *testing.T) {
	e := start(t, "")
	c := e.as(dilnoza)
	chat := e.chatOf(dilnoza, KindSupergroup, "")
	e.fault(Fault{Mode: FaultAfterStore, Error: "RPC_CALL_FAIL"})
	_, err := e.send(c, chat, "bir", 1)
	wantErr(t, err, "RPC_CALL_FAIL")
	e.fault(Fault{Mode: FaultAfterStore})
	ctx, cancel := context.WithTimeout(c.ctx, 100*time.Millisecond)
	defer cancel()
	_, err = c.MessagesSendMessage(ctx, &tg.MessagesSendMessageRequest{Peer: e.input(c, chat), Message: "ikki", RandomID: 2})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("silence ended with %v", err)
	}
	for id := int64(1); id <= 2; id++ {
		_, err = e.send(c, chat, "takror", id)
		c.must(err)
	}
	list := e.saved(chat)
	if a, b := list[len(list)-2], list[len(list)-1]; a.Text != "bir" || b.Text != "ikki" {
		t.Fatalf("stored %q, %q", a.Text, b.Text)
	}
	if got := e.outcomes(); len(got) != 4 || got[0] != "after_store" || got[1] != "after_store" || got[3] != "duplicate" {
		t.Fatalf("outcomes %v", got)
	}
	if e.sends()[1].MessageID == 0 {
		t.Fatal("the journal does not name the stored message")
	}
}

// TestFaultDrop: without the acknowledgement the client sends again by itself.
func TestFaultDrop(t *testing.T) {
	e := start(t, "")
	c := e.as(dilnoza)
	chat := e.chatOf(dilnoza, KindSupergroup, "")
	before := len(e.saved(chat))
	e.fault(Fault{Mode: FaultDrop})
	_, err := e.send(c, chat, "bir", 1)
	c.must(err)
	if n := len(e.saved(chat)) - before; n != 1 {
		t.Fatalf("%d messages", n)
	}
	if got := e.outcomes(); len(got) != 2 || got[0] != "drop" || got[1] != "duplicate" {
		t.Fatalf("outcomes %v", got)
	}
}

func TestFaultDropAfterAck(t *testing.T) {
	e := start(t, "")
	c := e.as(dilnoza)
	chat := e.chatOf(dilnoza, KindSupergroup, "")
	before := len(e.saved(chat))
	e.fault(Fault{Mode: FaultDropAfterAck})
	_, err := e.send(c, chat, "bir", 1)
	if err == nil || c.ctx.Err() != nil {
		t.Fatalf("the call ended with %v", err)
	}
	_, err = e.send(c, chat, "bir", 1)
	c.must(err)
	if n := len(e.saved(chat)) - before; n != 1 {
		t.Fatalf("%d messages", n)
	}
	if got := e.outcomes(); got[0] != "drop_after_ack" || got[len(got)-1] != "duplicate" {
		t.Fatalf("outcomes %v", got)
	}
}

// TestFaultHold: the call waits, its id is in flight, others go on.
func TestFaultHold(t *testing.T) {
	e := start(t, "")
	c := e.as(dilnoza)
	chat, other := e.chatOf(dilnoza, KindSupergroup, ""), e.chatOf(dilnoza, KindGroup, "")
	before := len(e.saved(chat))
	f := e.fault(Fault{Chat: chat, Mode: FaultHold})
	type answer struct {
		u   tg.UpdatesClass
		err error
	}
	answered := make(chan answer, 1)
	go func() {
		u, err := e.send(c, chat, "kutadi", 1)
		answered <- answer{u, err}
	}()
	eventually(t, "held", func() bool { return e.Faults()[0].Held == 1 })
	_, err := e.send(c, other, "oʻtadi", 2)
	c.must(err)
	_, err = e.send(c, chat, "kutadi", 1)
	wantErr(t, err, "RANDOM_ID_DUPLICATE")
	if n := len(e.saved(chat)) - before; n != 0 {
		t.Fatalf("%d messages before the release", n)
	}
	if e.ClearFaults(f.ID) != 1 || len(e.Faults()) != 0 {
		t.Fatal("the rule was not cleared")
	}
	a := <-answered
	c.must(a.err)
	again, err := e.send(c, chat, "kutadi", 1)
	c.must(err)
	id1, _ := sentID(t, a.u)
	id2, _ := sentID(t, again)
	if n := len(e.saved(chat)) - before; n != 1 || id1 != id2 {
		t.Fatalf("%d messages, numbers %d and %d", n, id1, id2)
	}
	for _, j := range e.Journal(0, 0) {
		if j.Outcome == "hold" && j.MessageID != id1 {
			t.Fatalf("the journal names message %d", j.MessageID)
		}
	}
}

// TestFaultHoldOutlivesClient: a held call happens although its client is gone.
func TestFaultHoldOutlivesClient(t *testing.T) {
	e := start(t, "")
	c := e.as(dilnoza)
	chat := e.chatOf(dilnoza, KindSupergroup, "")
	before := len(e.saved(chat))
	e.fault(Fault{Mode: FaultHold})
	go func() { _, _ = e.send(c, chat, "kutadi", 1) }()
	eventually(t, "held", func() bool { return e.Faults()[0].Held == 1 })
	c.stop()
	e.ClearFaults(0)
	eventually(t, "stored", func() bool { return len(e.saved(chat)) == before+1 })
}

func TestFaultDelay(t *testing.T) {
	e := start(t, "")
	c := e.as(dilnoza)
	e.fault(Fault{Mode: FaultDelay, DelayMS: 150})
	begin := time.Now()
	_, err := e.send(c, e.chatOf(dilnoza, KindSupergroup, ""), "kech", 1)
	c.must(err)
	if d := time.Since(begin); d < 150*time.Millisecond {
		t.Fatalf("answered after %v", d)
	}
}

// TestFaultOnLogin matches by the phone of somebody who is not signed in.
func TestFaultOnLogin(t *testing.T) {
	e := start(t, "")
	_, err := e.AddFault(Fault{Method: "auth.sendCode", Phone: bekzod, Mode: FaultBefore, Error: "PHONE_PASSWORD_FLOOD"})
	e.must(err)
	c := e.guest()
	_, err = c.sendCode(dilnoza)
	c.must(err)
	_, err = c.sendCode(bekzod)
	wantErr(t, err, "PHONE_PASSWORD_FLOOD")
}
