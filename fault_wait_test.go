package main

import (
	"testing"
	"time"

	"postix/telegram/sandbox/world"
)

// TestFaultFloodWaitSlowModeWait makes one account and one chat of another wait,
// kills the product meanwhile, and expects not one call too early, while the
// others go on.
func TestFaultFloodWaitSlowModeWait(t *testing.T) {
	t.Parallel()
	const flood, slow = 6 * time.Second, 8 * time.Second
	h := newHouse(t, 20*time.Millisecond, loadPhones[:3]...)
	h.fault(world.Fault{Phone: loadPhones[0], Nth: 5, Mode: world.FaultBefore, Error: "FLOOD_WAIT_6"})
	h.fault(world.Fault{Phone: loadPhones[1], Nth: 5, Mode: world.FaultBefore, Error: "SLOWMODE_WAIT_8"})
	campaigns := h.sending(10)
	eventually(t, "both wait", func() bool {
		return h.number("SELECT COUNT(*) FROM accounts WHERE wait_until > 0") == 1 &&
			h.number("SELECT COUNT(*) FROM dialogs WHERE wait_until > 0") == 1
	})
	h.p.kill()
	h.start()
	h.ends()

	flooded, slowed := h.only("FLOOD_WAIT_6"), h.only("SLOWMODE_WAIT_8")
	if after := h.calls(flooded.Phone, flooded.N); after[0].At.Sub(flooded.At) < flood {
		t.Errorf("told to wait %v: %+v, and then %+v", flood, flooded, after[0])
	}
	meanwhile := 0
	for _, e := range h.calls(slowed.Phone, slowed.N) {
		early := e.At.Sub(slowed.At) < slow
		switch {
		case early && e.Chat == slowed.Chat:
			t.Errorf("told to wait %v: %+v, and then %+v", slow, slowed, e)
		case early:
			meanwhile++
		}
	}
	if meanwhile < 40 {
		t.Errorf("while one chat waited, only %d others were written to", meanwhile)
	}
	if others := h.calls(loadPhones[2], 0); others[len(others)-1].At.Sub(flooded.At) > flood {
		t.Error("an account that was not told to wait has waited")
	}
	h.truth(campaigns...)
}

// TestFaultPeerFloodFrozen limits two accounts: they pause, also across a
// restart, until a person resumes them, and the third one goes on.
func TestFaultPeerFloodFrozen(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 20*time.Millisecond, loadPhones[:3]...)
	h.fault(world.Fault{Phone: loadPhones[0], Nth: 5, Mode: world.FaultBefore, Error: "PEER_FLOOD"})
	h.fault(world.Fault{Phone: loadPhones[1], Nth: 5, Mode: world.FaultBefore, Error: "FROZEN_METHOD_INVALID", Code: 420})
	campaigns := h.sending(10)
	const paused = "SELECT COUNT(*) FROM accounts WHERE state = 'paused'"
	eventually(t, "two accounts pause", func() bool { return h.number(paused) == 2 })
	h.p.kill()
	h.start()
	eventually(t, "the third account is done", func() bool {
		return h.number("SELECT COUNT(*) FROM campaigns WHERE status = 'done'") == 1
	})
	for _, limited := range []world.JournalEntry{h.only("PEER_FLOOD"), h.only("FROZEN_METHOD_INVALID")} {
		if after := h.calls(limited.Phone, limited.N); len(after) > 0 {
			t.Errorf("%+v, and then %+v", limited, after[0])
		}
	}
	if n := h.number(paused); n != 2 {
		t.Errorf("%d accounts are paused", n)
	}
	for _, acc := range h.accounts[:2] {
		h.me.post(t, "/admin/accounts/"+id(acc.ID)+"/resume", nil)
	}
	h.ends()
	h.truth(campaigns...)
}
