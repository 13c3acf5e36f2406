package handlers

import (
	"sync"
	"time"

	"postix/domain"
)

// Bounds of what is kept ticked.
const (
	maxPicks  = 500            // selections of all people together
	picksLife = 12 * time.Hour // after the last tick: a session's life
)

// picks keeps what people have ticked in the pickers, since a search or another
// page takes the boxes away. It is a convenience of this process: a restart
// forgets the ticks and nothing else.
type picks struct {
	now func() time.Time
	mu  sync.Mutex
	all map[pickKey]*pick
}

// pickKey is one person filling one catalog from one account.
type pickKey struct{ user, catalog, account int64 }

type pick struct {
	ids  map[domain.PeerID]bool
	used time.Time
}

func newPicks(now func() time.Time) *picks { return &picks{now: now, all: map[pickKey]*pick{}} }

// ids are the ticked ones, in no order.
func (p *picks) ids(k pickKey) []domain.PeerID {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []domain.PeerID
	if s := p.all[k]; s != nil {
		for id := range s.ids {
			out = append(out, id)
		}
	}
	return out
}

// set ticks or unticks. More than a catalog holds is not taken.
func (p *picks) set(k pickKey, on bool, ids ...domain.PeerID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.all[k]
	if s == nil {
		if !on || len(ids) == 0 {
			return
		}
		p.sweep()
		s = &pick{ids: map[domain.PeerID]bool{}}
		p.all[k] = s
	}
	s.used = p.now()
	for _, id := range ids {
		if !on {
			delete(s.ids, id)
		} else if len(s.ids) < domain.MaxCatalogPeers {
			s.ids[id] = true
		}
	}
}

// clear forgets a selection.
func (p *picks) clear(k pickKey) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.all, k)
}

// sweep makes room for one more: what is old goes, and if need be the oldest.
func (p *picks) sweep() {
	var oldest pickKey
	for k, s := range p.all {
		if p.now().Sub(s.used) > picksLife {
			delete(p.all, k)
		} else if o := p.all[oldest]; o == nil || s.used.Before(o.used) {
			oldest = k
		}
	}
	if len(p.all) >= maxPicks {
		delete(p.all, oldest)
	}
}
