package telegram

import (
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"github.com/gotd/td/crypto"
	"github.com/gotd/td/session"

	"postix/domain"
	"postix/telegram/sandbox/world"
)

func TestRevokedSessionIsRecordedOnce(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, false)
	s.person(alice, world.AccountSpec{})
	acc := s.connect(alice)
	news, quit := s.hub.Listen(acc.OrganizationID)
	defer quit()
	for len(news) > 0 {
		<-news
	}
	if err := s.world.Revoke(alice); err != nil {
		t.Fatal(err)
	}
	s.waitLink(acc, domain.LinkOff)
	s.until("state recorded", func() bool { return len(s.vault.recorded()) > 0 })
	if len(news) == 0 {
		t.Error("nobody was told")
	}
	s.stop()
	if got := s.vault.recorded(); !slices.Equal(got, []string{"needs_login SESSION_REVOKED"}) {
		t.Errorf("recorded %q", got)
	}
}

// A session that ended while the program was down is found at the start.
func TestRevokedWhileStopped(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, false)
	s.person(alice, world.AccountSpec{})
	acc := s.connect(alice)
	s.stop()
	if err := s.world.Deactivate(alice); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.until("state recorded", func() bool { return len(s.vault.recorded()) > 0 })
	s.waitLink(acc, domain.LinkOff)
	if got := s.vault.recorded(); len(got) != 1 || got[0][:16] != "needs_login USER" {
		t.Errorf("recorded %q", got)
	}
}

func TestAccountsComeBackAfterARestart(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, false)
	s.person(alice, world.AccountSpec{})
	acc := s.connect(alice)
	s.stop()
	if got := s.accounts.Link(acc.ID); got != domain.LinkOff {
		t.Errorf("link after the stop: %s", got)
	}
	s.start()
	s.waitLink(acc, domain.LinkReady)
	if got := s.vault.recorded(); got != nil {
		t.Errorf("recorded %q", got)
	}
}

func TestTelegramAwayAndBack(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, false)
	s.person(alice, world.AccountSpec{})
	acc := s.connect(alice)
	s.gate.close()
	s.waitLink(acc, domain.LinkConnecting)
	s.send.patience = 50 * time.Millisecond
	_, err := s.send.Send(t.Context(), domain.Attempt{AccountID: acc.ID, Known: true, Text: "x", RandomID: 1})
	if e := sendError(t.Context(), err); e == nil || e.Action != domain.ActWaitAccount || e.Code != "NOT_CONNECTED" || e.Wait <= 0 {
		t.Errorf("send while away: %+v", e)
	}
	s.gate.open()
	s.waitLink(acc, domain.LinkReady)
	if n := s.calls("messages.sendMessage"); n != 0 {
		t.Errorf("%d calls of what never began", n)
	}
}

func TestDisconnectLogsOut(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, false)
	s.person(alice, world.AccountSpec{})
	acc := s.connect(alice)
	if err := s.accounts.Disconnect(t.Context(), acc, true); err != nil {
		t.Fatal(err)
	}
	if info, _ := s.world.Account(alice); len(info.Sessions) != 0 {
		t.Errorf("sessions left: %+v", info.Sessions)
	}
	if got := s.accounts.Link(acc.ID); got != domain.LinkOff {
		t.Errorf("link %s", got)
	}
	s.stop()
	if got := s.vault.recorded(); got != nil {
		t.Errorf("a log-out was taken for a lost session: %q", got)
	}
}

// Whoever disconnects an account does not want to hear that it must be connected
// again.
func TestDisconnectOfARevokedSession(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, false)
	s.person(alice, world.AccountSpec{})
	acc := s.connect(alice)
	s.fault(world.Fault{Method: "auth.logOut", Mode: world.FaultBefore, Error: "SESSION_REVOKED", Code: 401})
	if err := s.accounts.Disconnect(t.Context(), acc, true); err != nil {
		t.Fatal(err)
	}
	s.stop()
	if got := s.vault.recorded(); got != nil {
		t.Errorf("recorded %q", got)
	}
}

func TestDisconnectWhileTelegramIsAway(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, false)
	s.person(alice, world.AccountSpec{})
	acc := s.connect(alice)
	s.gate.close()
	s.waitLink(acc, domain.LinkConnecting)
	began := time.Now()
	err := s.accounts.Disconnect(t.Context(), acc, true)
	wantKey(t, err, "account.not_logged_out")
	if took := time.Since(began); took > logOutPatience+20*time.Second {
		t.Errorf("took %v", took)
	}
	if got := s.accounts.Link(acc.ID); got != domain.LinkOff {
		t.Errorf("link %s", got)
	}
}

// The library replaces a key that the server does not know and would store the
// new one.
func TestUnknownKeyIsADeadSession(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, false)
	stranger := foreignSession(t)
	acc := s.vault.add(domain.Account{OrganizationID: 5}, stranger)
	s.accounts.Connect(acc)
	s.until("state recorded", func() bool { return len(s.vault.recorded()) > 0 })
	s.stop()
	if got := s.vault.recorded(); !slices.Equal(got, []string{"needs_login AUTH_KEY_UNREGISTERED"}) {
		t.Errorf("recorded %q", got)
	}
	if s.vault.saves != 0 {
		t.Error("the session was overwritten")
	}
}

func foreignSession(t *testing.T) []byte {
	t.Helper()
	return storedSession(t, foreignKey(t))
}

// foreignKey is one that no server has made.
func foreignKey(t *testing.T) *session.Data {
	t.Helper()
	var k crypto.Key
	if _, err := rand.Read(k[:]); err != nil {
		t.Fatal(err)
	}
	id := k.ID()
	return &session.Data{DC: theDC, AuthKey: k[:], AuthKeyID: id[:], Salt: 1}
}

func storedSession(t *testing.T, d *session.Data) []byte {
	t.Helper()
	m := &memorySession{}
	if err := (&session.Loader{Storage: m}).Save(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	return m.data
}

func TestPanicIsSurvived(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, false)
	s.person(alice, world.AccountSpec{})
	acc := s.connect(alice)
	s.vault.mu.Lock()
	s.vault.panics = 2
	s.vault.mu.Unlock()
	s.accounts.Connect(acc) // a new client, which reads the session again
	s.until("both panics over", func() bool { s.vault.mu.Lock(); defer s.vault.mu.Unlock(); return s.vault.panics == 0 })
	s.waitLink(acc, domain.LinkReady)
}

func TestAccountWithoutASessionStaysOff(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, false)
	acc := s.vault.add(domain.Account{OrganizationID: 5}, nil)
	s.accounts.Connect(acc)
	s.waitLink(acc, domain.LinkOff)
	s.stop()
	if got := s.vault.recorded(); got != nil {
		t.Errorf("recorded %q", got)
	}
}

func TestConnectTwiceUsesOneConnection(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, false)
	s.person(alice, world.AccountSpec{})
	acc := s.connect(alice)
	for range 3 {
		s.accounts.Connect(acc)
	}
	s.waitLink(acc, domain.LinkReady)
	if _, err := s.accounts.Dialogs(t.Context(), acc); err != nil {
		t.Error(err)
	}
	if got := s.vault.recorded(); got != nil {
		t.Errorf("recorded %q", got)
	}
}

// A client that was sent to a data centre which does not exist would try to get
// there for ever.
func TestStuckClientIsStartedAfresh(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, false)
	s.stop()
	s.ready = func() { s.accounts.stuckAfter = 300 * time.Millisecond }
	s.start()
	me := s.person(alice, world.AccountSpec{})
	chat := s.chat(world.ChatSpec{Kind: world.KindSupergroup, Title: "Yuk bozori", Members: []int64{me}})
	acc := s.connect(alice)
	a := attempt(acc, s.dialogOf(acc, chat), 1, "a")
	s.send.deadline = 200 * time.Millisecond
	s.fault(world.Fault{Method: "messages.sendMessage", Mode: world.FaultBefore, Error: "USER_MIGRATE_4", Code: 303})
	_, err := s.send.Send(t.Context(), a)
	wantAction(t, err, domain.ActRetry, "TIMEOUT")
	s.waitLink(acc, domain.LinkConnecting)
	s.waitLink(acc, domain.LinkReady)
	s.send.deadline = callDeadline
	if _, err := s.send.Send(t.Context(), a); err != nil {
		t.Error(err)
	}
	if got := s.vault.recorded(); got != nil {
		t.Errorf("recorded %q", got)
	}
}
