package main

import (
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"postix/domain"
	"postix/telegram/sandbox/world"
)

// TestFaultConnectionDropped closes connections before and after the
// acknowledgement of a message, and between messages.
func TestFaultConnectionDropped(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 30*time.Millisecond, loadPhones[:3]...)
	before := h.fault(world.Fault{Phone: loadPhones[0], Nth: 5, Times: 2, Mode: world.FaultDrop})
	after := h.fault(world.Fault{Phone: loadPhones[1], Nth: 5, Times: 2, Mode: world.FaultDropAfterAck})
	campaigns := h.sending(20)
	if err := h.tg.Drop(t.Context(), loadPhones[2]); err != nil {
		t.Fatal(err)
	}
	h.fired(before)
	h.fired(after)
	h.p.awaits(t, regexp.MustCompile(`status=uncertain code=(`+domain.CodeLost+`|`+domain.CodeCanceled+`)`))
	h.ends()
	for _, outcome := range []string{"drop", "drop_after_ack"} {
		if n := h.repeated(outcome); n == 0 {
			t.Errorf("no message that was lost by %s was asked for again", outcome)
		}
	}
	h.truth(campaigns...)
}

// repeated is how many messages whose first call ended like this were asked for
// again and found.
func (h *house) repeated(outcome string) (n int) {
	h.t.Helper()
	first := map[int64]bool{}
	for _, e := range h.calls("", 0) {
		if e.Outcome == outcome {
			first[e.RandomID] = true
		}
		if e.Outcome == "duplicate" && first[e.RandomID] {
			n++
		}
	}
	return n
}

// TestFaultNoAnswer lets one message be stored and never answered, and another
// be stored only long after the product has stopped waiting for it. Both are
// uncertain, are shown so, and then turn out sent.
func TestFaultNoAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 30*time.Millisecond, loadPhones[:2]...)
	h.fault(world.Fault{Phone: loadPhones[0], Nth: 5, Mode: world.FaultAfterStore})
	h.fault(world.Fault{Phone: loadPhones[1], Nth: 5, Mode: world.FaultHold})
	campaigns := h.sending(10)
	silent, held := h.only("after_store").RandomID, h.only("hold").RandomID
	eventually(t, "the held one is uncertain", func() bool { return h.is(held, domain.DeliveryUncertain) })
	if page := h.me.get(t, "/admin/campaigns/"+id(campaigns[1])+"?status=uncertain"); !strings.Contains(page, `data-st="uncertain"`) {
		t.Errorf("the page does not show it:\n%s", page)
	}
	h.p.awaits(t, regexp.MustCompile(`status=uncertain code=`+domain.CodeTimeout))
	eventually(t, "the silent one is known to be sent", func() bool { return h.is(silent, domain.DeliverySent) })
	if h.is(held, domain.DeliverySent) {
		t.Error("a message that Telegram has not stored is called sent")
	}
	h.clearFaults()
	h.ends()
	h.truth(campaigns...)
}

// is reports whether a delivery stands there.
func (h *house) is(randomID int64, st domain.DeliveryStatus) bool {
	h.t.Helper()
	return h.number("SELECT COUNT(*) FROM deliveries WHERE random_id = ? AND status = ?", randomID, string(st)) == 1
}

// TestFaultHalfOpen stops Telegram for longer than the product waits, with the
// connections left open: what was written to them arrives later.
func TestFaultHalfOpen(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 30*time.Millisecond, loadPhones[:2]...)
	campaigns := h.sending(20)
	h.signalTelegram(syscall.SIGSTOP)
	const uncertain = "SELECT COUNT(DISTINCT account_id) FROM deliveries WHERE status = 'uncertain' OR status = 'sending' AND uncertain_at > 0"
	eventually(t, "both accounts are uncertain about a message", func() bool {
		h.reads(campaigns[0])
		return h.number(uncertain) == 2
	})
	h.signalTelegram(syscall.SIGCONT)
	h.ends()
	h.truth(campaigns...)
}

func (h *house) signalTelegram(s syscall.Signal) {
	h.t.Helper()
	if err := h.side.Process.Signal(s); err != nil {
		h.t.Fatal(err)
	}
}
