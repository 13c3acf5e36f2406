package handlers

import (
	"testing"
	"time"

	"postix/domain"
)

func TestPicksAreBounded(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	p := newPicks(func() time.Time { return now })
	first, second := pickKey{1, 1, 1}, pickKey{1, 1, 2}
	p.set(first, true, 1, 2)
	now = now.Add(time.Second)
	for i := range int64(maxPicks) {
		p.set(pickKey{2, i, 1}, true, 1)
	}
	if len(p.all) > maxPicks || len(p.ids(first)) != 0 {
		t.Errorf("%d selections, the oldest has %v", len(p.all), p.ids(first))
	}
	for i := range domain.MaxCatalogPeers + 10 {
		p.set(second, true, domain.PeerID(i+1))
	}
	if n := len(p.ids(second)); n != domain.MaxCatalogPeers {
		t.Errorf("%d are ticked", n)
	}
	p.set(second, false, 1)
	if n := len(p.ids(second)); n != domain.MaxCatalogPeers-1 {
		t.Errorf("%d are ticked after one was taken back", n)
	}
	now = now.Add(picksLife + time.Second)
	p.set(first, true, 1)
	if len(p.all) != 1 {
		t.Errorf("%d selections are left after their time", len(p.all))
	}
}
