package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"postix/domain"
)

// TestFaultTelegramDown takes Telegram away in the middle of a campaign, and lets
// it be away when the product starts: the panel works, and sending goes on when
// Telegram is back.
func TestFaultTelegramDown(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 50*time.Millisecond, loadPhones[:2]...)
	campaigns := h.sending(20)
	h.side.kill()
	h.works(campaigns[0], 2*time.Second)
	h.startTelegram()
	h.ends()
	h.p.stop(t)

	known, err := h.tg.Telegram(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// The product asks the sandbox where its data centre is; the real one is known.
	guide := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(known)
	}))
	defer guide.Close()
	h.side.kill()
	h.p = serve(t, h.dir, guide.URL)
	h.me.base = h.p.url
	if h.p.took > readyWithin {
		t.Errorf("ready only after %v", h.p.took)
	}
	for i := range h.accounts {
		campaigns = append(campaigns, h.order(i, "tonna yuk bor", 1, 0))
	}
	h.works(campaigns[2], time.Second)
	eventually(t, "the pages can say why nothing goes out", func() bool {
		h.reads(campaigns[2])
		return h.number("SELECT COUNT(*) FROM deliveries WHERE status = 'waiting' AND reason = ?", domain.CodeNotConnected) == 2
	})
	if n := h.number("SELECT COUNT(*) FROM deliveries WHERE status IN ('failed', 'uncertain')"); n != 0 {
		t.Errorf("%d deliveries have failed or are uncertain, though nothing was sent", n)
	}
	h.startTelegram()
	h.ends()
	h.truth(campaigns...)
}

// works looks at the panel for a while.
func (h *house) works(campaign int64, d time.Duration) {
	h.t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); pauseFor(50 * time.Millisecond) {
		h.reads(campaign)
		h.me.get(h.t, "/admin/accounts")
	}
}
