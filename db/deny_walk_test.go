package db

import (
	"math/rand/v2"
	"testing"
	"time"

	"postix/domain"
)

// Whatever happens meanwhile: of a peer that is on the deny list nothing is ever
// open, so that no claim can find it, and the counters come out.
func TestDenyOnARandomWalk(t *testing.T) {
	const steps = 1500
	w := &walker{
		world: newWorld(t, 6), r: rand.New(rand.NewPCG(20260302, 1)), now: start,
		inFlight: map[int64]domain.Attempt{}, sent: map[string]int64{}, rules: map[int64]*witness{}, texts: map[int64]string{}, did: map[string]int{},
	}
	w.exec(`UPDATE organizations SET zone = 'UTC', per_hour = ?, granted_per_hour = ?, per_day = ?, granted_per_day = ?, quiet_from = ?, quiet_to = ?`,
		walkPace.PerHour, walkPace.PerHour, walkPace.PerDay, walkPace.PerDay, walkHours.QuietFrom, walkHours.QuietTo)
	w.exec("UPDATE accounts SET warm_at = 0")
	w.accounts = []domain.Account{w.account}
	w.rules[w.account.ID] = &witness{silent: map[domain.PeerID]time.Time{}}
	for i := range steps {
		what, err := w.step()
		if err == nil && i%5 == 0 {
			what, err = w.denyOrAllow()
		}
		if err == nil {
			err = sums(w.ctx, w.s)
		}
		if err != nil {
			t.Fatalf("step %d, %s: %v", i, what, err)
		}
		var open int
		w.ok(w.s.readers.QueryRowContext(w.ctx, `SELECT COUNT(*) FROM denied_ids n JOIN deliveries d
			ON d.organization_id = n.organization_id AND d.peer_id = n.peer_id AND d.status IN ('planned', 'waiting')`).Scan(&open))
		if open > 0 {
			t.Fatalf("step %d, after %s: %d open to peers on the deny list", i, what, open)
		}
	}
	var skipped int
	w.ok(w.s.readers.QueryRowContext(w.ctx, "SELECT COUNT(*) FROM deliveries WHERE status = 'skipped' AND reason = ?", domain.CodeDenied).Scan(&skipped))
	if skipped < 50 || len(w.sent) < 50 {
		t.Errorf("%d skipped, %d sent: the walk went nowhere", skipped, len(w.sent))
	}
	t.Logf("%d skipped, %d sent, %v", skipped, len(w.sent), w.did)
}

// denyOrAllow puts a peer on the list, or takes it off.
func (w *walker) denyOrAllow() (string, error) {
	p := w.peers[w.r.IntN(len(w.peers))]
	err := w.s.AllowPeer(w.ctx, w.org.ID, p.ID)
	if !domain.IsKey(err, "deny.missing") {
		return "allow", err
	}
	return "deny", w.s.DenyPeer(w.ctx, domain.DeniedPeer{Peer: p, OrganizationID: w.org.ID, UserID: w.user.ID, At: w.now})
}
