package sandbox_test

import (
	"context"
	"net/http"
	"testing"
	"time"
	"unicode/utf16"

	"go.uber.org/goleak"

	"postix/telegram/sandbox"
	"postix/telegram/sandbox/world"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a sandbox on free ports until the test ends. The world has one
// account and one supergroup.
const (
	phone  = "+998901112233"
	userID = int64(5001)
)

var group = world.ChatSpec{Kind: world.KindSupergroup, Title: "Yuk bor", Members: []int64{userID}}

func start(t *testing.T, dir string) (*sandbox.Server, sandbox.Client) {
	t.Helper()
	s, err := sandbox.Start(t.Context(), sandbox.Options{MTProto: "127.0.0.1:0", HTTP: "127.0.0.1:0", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing the sandbox: %v", err)
		}
	})
	// A client of its own, so that no idle connection outlives the test.
	hc := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(hc.CloseIdleConnections)
	return s, sandbox.Client{URL: s.URL(), HTTP: hc}
}

func addAccount(t *testing.T, c sandbox.Client) {
	t.Helper()
	spec := world.AccountSpec{Phone: "998 90 111-22-33", Profile: world.Profile{ID: userID, FirstName: "Dilshod"}}
	if _, err := c.AddAccount(within(t), spec); err != nil {
		t.Fatal(err)
	}
}

func addGroup(t *testing.T, c sandbox.Client) int64 {
	t.Helper()
	ch, err := c.AddChat(within(t), group)
	if err != nil {
		t.Fatal(err)
	}
	return ch.ID
}

// within is a context that ends a call that hangs.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// eventually polls until the condition holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never happened: %s", what)
}

// cut takes a piece of a text by UTF-16 units, as entities count.
func cut(s string, offset, length int) string {
	units := utf16.Encode([]rune(s))
	return string(utf16.Decode(units[offset : offset+length]))
}
