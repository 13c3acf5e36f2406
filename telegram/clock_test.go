package telegram

import (
	"testing"
	"time"

	"postix/domain"
	"postix/telegram/sandbox/world"
)

// A machine whose clock is wrong connects, its messages have Telegram's time,
// and are found by it.
func TestWrongClock(t *testing.T) {
	t.Parallel()
	for _, wrong := range []time.Duration{time.Hour, -time.Hour, 24 * time.Hour, -24 * time.Hour} {
		t.Run(wrong.String(), func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t, false)
			me := s.person(alice, world.AccountSpec{})
			chat := s.chat(world.ChatSpec{Kind: world.KindSupergroup, Title: "Yuk bozori", Members: []int64{me}})
			s.stop()
			s.wrong.Store(int64(wrong))
			s.start()
			acc := s.connect(alice)
			a := attempt(acc, s.dialogOf(acc, chat), 1, "Toshkent – Andijon")
			a.FirstAt = s.accounts.now()
			sent, err := s.send.Send(t.Context(), a)
			if err != nil || time.Since(sent.At).Abs() > time.Minute {
				t.Fatalf("sent at %v, %v", sent.At, err)
			}
			if found, ok, err := s.send.Find(t.Context(), a); err != nil || !ok || found != sent {
				t.Errorf("found %+v, %v, %v", found, ok, err)
			}
		})
	}
}

// A machine that has slept is behind: its accounts connect again all the same.
func TestClockThatFallsBehind(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, false)
	s.person(alice, world.AccountSpec{})
	acc := s.connect(alice)
	s.stop()
	s.ready = func() { s.accounts.clockAgain = time.Millisecond }
	s.start()
	s.waitLink(acc, domain.LinkReady)
	s.accounts.clock.set(time.Now().Add(-time.Hour))
	if err := s.world.Drop(alice); err != nil {
		t.Fatal(err)
	}
	s.until("its clock is right again", func() bool { return s.accounts.ahead().Abs() < clockWrong })
	s.waitLink(acc, domain.LinkReady)
	if _, err := s.accounts.Dialogs(t.Context(), acc); err != nil {
		t.Error(err)
	}
}
