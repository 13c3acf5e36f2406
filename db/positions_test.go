package db

import (
	"slices"
	"testing"

	"postix/domain"
)

func TestPositions(t *testing.T) {
	w := newWorld(t, 2)
	o := w.second(1)
	first := []domain.Position{{PeerID: w.peers[0].ID, Pts: 5}, {Pts: 9, Qts: 2, Date: 1_770_000_000}}
	w.ok(w.s.SavePositions(w.ctx, w.account.ID, first))
	w.ok(w.s.SavePositions(w.ctx, w.account.ID, []domain.Position{{PeerID: w.peers[0].ID, Pts: 6}, {PeerID: w.peers[1].ID, Pts: 1}}))
	want := []domain.Position{{PeerID: w.peers[1].ID, Pts: 1}, {PeerID: w.peers[0].ID, Pts: 6}, first[1]}
	if got := must(w.s.Positions(w.ctx, w.account.ID)); !slices.Equal(got, want) {
		t.Errorf("positions %+v", got)
	}
	if got := must(w.s.Positions(w.ctx, o.account.ID)); len(got) != 0 {
		t.Errorf("another account has %+v", got)
	}
	wantKey(t, w.s.SavePositions(w.ctx, 999, first), domain.NotFound, "watch.missing")
}

func TestListening(t *testing.T) {
	w := newWorld(t, 1)
	o := w.second(1)
	if got := must(w.s.Listening(w.ctx)); len(got) != 0 {
		t.Errorf("at first %v listen", got)
	}
	w.listen()
	o.listen()
	must(w.s.SetAccountState(w.ctx, w.org.ID, w.account.ID, domain.AccountPaused, "PEER_FLOOD", start))
	if got := must(w.s.Listening(w.ctx)); !slices.Equal(got, []int64{w.account.ID, o.account.ID}) {
		t.Errorf("%v listen", got)
	}
	must(w.s.SetAccountState(w.ctx, w.org.ID, w.account.ID, domain.AccountNeedsLogin, "", start))
	if got := must(w.s.Listening(w.ctx)); !slices.Equal(got, []int64{o.account.ID}) {
		t.Errorf("without a session %v listen", got)
	}
	w.ok(w.s.SetListening(w.ctx, o.org.ID, o.account.ID, false))
	if got := must(w.s.Listening(w.ctx)); len(got) != 0 {
		t.Errorf("switched off, %v listen", got)
	}
}

func TestListenedGroups(t *testing.T) {
	w := newWorld(t, 1)
	o := w.second(1)
	w.listDialogs(w.account.ID, domain.Peer{ID: -5, Kind: domain.KindGroup, Title: "a"}, w.peers[0],
		domain.Peer{ID: -1_000_000_000_500, Kind: domain.KindChannel, Title: "b"}, domain.Peer{ID: 5, Kind: domain.KindUser, Title: "c"})
	for _, acc := range []domain.Account{w.account, o.account} {
		ds := must(w.s.ListenedGroups(w.ctx, acc.ID))
		if len(ds) != 1 || ds[0].Peer != w.peers[0] || ds[0].AccessHash != int64(w.peers[0].ID)*3 || ds[0].AccountID != acc.ID {
			t.Errorf("the supergroups of %d are %+v", acc.ID, ds)
		}
	}
}
