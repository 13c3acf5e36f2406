package filter

// marks are what happened when, for counting what is distinct within a window:
// the groups of a sender or a phone, the messages of a sender. They lie in small
// chunks that all chains share, so that a million senders with one mark each
// cost little and a few with a hundred do not cost them all.
type marks struct {
	slabs [][]chunk
	free  uint32 // the first unused chunk, linked through next; 0 for none
	most  int    // chunks there may be
	used  int
}

// chunk is a part of a chain. A mark's time is the low half of its milliseconds:
// all marks of a chain lie within 24 days of its base, which makes it whole.
type chunk struct {
	keys [perChunk]uint64
	at   [perChunk]uint32
	next uint32
}

const (
	perChunk  = 3
	chunkSlab = 1024
)

// chain is a set of marks, in no order. The first chunk may be partly filled.
type chain struct {
	first uint32
	n     uint32
}

func (p *marks) chunk(id uint32) *chunk { return &p.slabs[id/chunkSlab][id%chunkSlab] }

// filled is how many marks the first chunk of a chain holds.
func (c chain) filled() int {
	if c.n == 0 {
		return 0
	}
	return int((c.n-1)%perChunk) + 1
}

func whole(at uint32, base int64) int64 { return base + int64(int32(at-uint32(base))) }

// others counts the marks within (now-window, now] that are not the key's own.
// Key 0 equals no other.
func (p *marks) others(c chain, base int64, key uint64, now, window int64) int {
	n := 0
	for id, k := c.first, c.filled(); id != 0; k = perChunk {
		ch := p.chunk(id)
		for i := range k {
			if at := whole(ch.at[i], base); at > now-window && at <= now && (ch.keys[i] != key || key == 0) {
				n++
			}
		}
		id = ch.next
	}
	return n
}

// full reports whether the next chunk may not be there.
func (p *marks) full() bool { return p.used >= p.most }

// put marks a key at a time. The key's mark moves forward where it has one. Of
// more than MostCounted marks the oldest goes. There must be room for a chunk.
func (p *marks) put(c *chain, base int64, key uint64, now int64) {
	oldest, age := (*uint32)(nil), now
	var place *uint64
	for id, k := c.first, c.filled(); id != 0; k = perChunk {
		ch := p.chunk(id)
		for i := range k {
			at := whole(ch.at[i], base)
			if ch.keys[i] == key && key != 0 {
				if now > at {
					ch.at[i] = uint32(now)
				}
				return
			}
			if at < age {
				oldest, place, age = &ch.at[i], &ch.keys[i], at
			}
		}
		id = ch.next
	}
	switch {
	case c.n < MostCounted:
		p.push(c, key, uint32(now))
	case oldest != nil:
		*oldest, *place = uint32(now), key
	}
}

func (p *marks) push(c *chain, key uint64, at uint32) {
	i := int(c.n % perChunk)
	if i == 0 {
		id := p.take()
		p.chunk(id).next = c.first
		c.first = id
	}
	ch := p.chunk(c.first)
	ch.keys[i], ch.at[i] = key, at
	c.n++
}

// drop forgets the marks at or before a time. It walks down each chunk, so that
// the mark that fills a gap has been looked at already.
func (p *marks) drop(c *chain, base, dead int64) {
	for id, k := c.first, c.filled(); id != 0; k = perChunk {
		ch := p.chunk(id)
		next := ch.next
		for i := k - 1; i >= 0; i-- {
			if whole(ch.at[i], base) <= dead {
				ch.keys[i], ch.at[i] = p.pop(c) // nobody reads it where ch itself was taken off
			}
		}
		id = next
	}
}

// pop takes the newest mark off a chain.
func (p *marks) pop(c *chain) (key uint64, at uint32) {
	i := c.filled() - 1
	id := c.first
	ch := p.chunk(id)
	key, at = ch.keys[i], ch.at[i]
	c.n--
	if i == 0 {
		c.first = ch.next
		p.give(id)
	}
	return key, at
}

// clear forgets a chain.
func (p *marks) clear(c *chain) {
	for id := c.first; id != 0; {
		next := p.chunk(id).next
		p.give(id)
		id = next
	}
	*c = chain{}
}

func (p *marks) give(id uint32) {
	*p.chunk(id) = chunk{next: p.free}
	p.free = id
	p.used--
}

func (p *marks) take() uint32 {
	if p.free == 0 {
		first := uint32(len(p.slabs) * chunkSlab)
		p.slabs = append(p.slabs, make([]chunk, chunkSlab))
		for id := first + chunkSlab - 1; id > first; id-- {
			p.chunk(id).next, p.free = p.free, id
		}
		if first != 0 { // number 0 is none
			p.chunk(first).next, p.free = p.free, first
		}
	}
	id := p.free
	p.free = p.chunk(id).next
	p.chunk(id).next = 0
	p.used++
	return id
}
