package main

import (
	"testing"
	"time"

	"postix/domain"
	"postix/telegram/sandbox"
)

// TestFaultChatMigratedKickedClosed changes three chats in the middle of a round:
// a group becomes a supergroup, a member is thrown out, a chat is closed for
// writing. That touches those chats only, and in the next round, too.
func TestFaultChatMigratedKickedClosed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 40*time.Millisecond, dilnozaPhone)
	h.start()
	c := h.order(0, "Fargʻonadan Buxoroga 5 tonna yuk bor", 2, 10*time.Second)
	eventually(t, "messages go out", func() bool { return len(h.calls("", 0)) >= 5 })
	migrated := h.stillPlanned(domain.KindGroup, 1)
	kicked, closed := h.stillPlanned(domain.KindSupergroup, 1), h.stillPlanned(domain.KindSupergroup, 2)
	if _, err := h.tg.Migrate(t.Context(), migrated); err != nil {
		t.Fatal(err)
	}
	if err := h.tg.Kick(t.Context(), kicked, sandbox.Member{Phone: dilnozaPhone}); err != nil {
		t.Fatal(err)
	}
	readOnly := true
	if err := h.tg.SetRights(t.Context(), closed, sandbox.ChatRights{ReadOnly: &readOnly}); err != nil {
		t.Fatal(err)
	}
	h.ends()
	peers := int64(h.catalogs[0].Peers)
	if n := h.number("SELECT sent FROM campaigns WHERE id = ?", c); n != 2*peers-4 {
		t.Errorf("%d of %d messages were sent", n, 2*peers)
	}
	for _, peer := range []int64{kicked, closed} {
		if n := h.number("SELECT COUNT(*) FROM deliveries WHERE peer_id = ? AND status = 'failed' AND reason <> ''", peer); n != 2 {
			t.Errorf("%d deliveries to %d have failed, with a reason", n, peer)
		}
	}
	if n := h.number("SELECT COUNT(*) FROM accounts WHERE state = 'active' AND wait_until = 0"); n != 1 {
		t.Error("the account was held up")
	}
	h.truth(c)
}

// stillPlanned is the n-th last chat of that kind that nothing was sent to yet.
func (h *house) stillPlanned(kind domain.PeerKind, n int) int64 {
	h.t.Helper()
	return h.number(`SELECT p.peer_id FROM deliveries d JOIN campaign_peers p ON p.campaign_id = d.campaign_id AND p.peer_id = d.peer_id
		WHERE d.status = 'planned' AND p.kind = ? ORDER BY d.position DESC LIMIT 1 OFFSET ?`, string(kind), n-1)
}
