package world

import (
	"context"
	"strings"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// TestOneWorldPerFolder: a second world is refused as long as the first is open.
func TestOneWorldPerFolder(t *testing.T) {
	dir := t.TempDir()
	first, err := Open(Options{Dir: dir, key: testKey()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: dir, key: testKey()}); err == nil || !strings.Contains(err.Error(), "another sandbox") {
		t.Fatalf("second world: %v", err)
	}
	for range 2 { // closing twice is harmless
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
	}
	again, err := Open(Options{Dir: dir, key: testKey()})
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestPanicsEndNothing: neither one in a push nor one in a held call.
func TestPanicsEndNothing(t *testing.T) {
	e := start(t, "")
	pushed := make(chan bin.Encoder, 1)
	first := true
	s := &fakeSession{push: func(m bin.Encoder) error {
		if first {
			first = false
			panic("push")
		}
		pushed <- m
		return nil
	}}
	e.attach(s, dilnozaID)
	defer e.Detach(s)
	eventually(t, "a push after the panic", func() bool {
		_, err := e.Post(Incoming{Chat: dilnozaID, Sender: Profile{ID: firstStranger}, Text: "salom"})
		e.must(err)
		select {
		case m := <-pushed:
			_, ok := m.(*tg.Updates)
			return ok
		default:
			return false
		}
	})

	held := e.later(&rule{Fault: Fault{Mode: FaultDelay, DelayMS: 1}}, func(context.Context) (bin.Encoder, error) { panic("call") })
	_, err := held(context.Background())
	wantErr(t, err, "INTERNAL")
}
