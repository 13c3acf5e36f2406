package filter

import (
	"math/bits"
	"math/rand/v2"
)

// tableKey are the kinds of keys: the number of somebody or something, or a hash.
type tableKey interface{ int64 | uint64 }

// index finds the numbers of a table's records by the hashes of their keys: open
// addressing, at most half full, so that a search looks at one line of memory. The
// keys themselves stand in the records only.
type index[K tableKey] struct {
	seed  [2]uint64 // phones come from strangers, who must not choose what collides
	slots []slot    // a power of two
	used  int
}

type slot struct{ hash, number uint32 } // number 0: free

const leastSlots = 64

func newIndex[K tableKey]() index[K] {
	seed := [2]uint64{rand.Uint64(), rand.Uint64() | 1} //nolint:gosec // math/rand/v2 is seeded by the system; no secret depends on it
	return index[K]{seed: seed, slots: make([]slot, leastSlots)}
}

// hash multiplies the key with a secret number and folds the product.
func (x *index[K]) hash(key K) uint32 {
	hi, lo := bits.Mul64(uint64(key)^x.seed[0], x.seed[1])
	return uint32(hi ^ lo)
}

func (x *index[K]) home(hash uint32) uint32   { return hash & uint32(len(x.slots)-1) }
func (x *index[K]) next(i uint32) uint32      { return (i + 1) & uint32(len(x.slots)-1) }
func (x *index[K]) behind(i, home uint32) int { return int((i - home) & uint32(len(x.slots)-1)) }

// put adds a number that is not there.
func (x *index[K]) put(hash, number uint32) {
	if 2*(x.used+1) > len(x.slots) {
		x.grow()
	}
	i := x.home(hash)
	for x.slots[i].number != 0 {
		i = x.next(i)
	}
	x.slots[i] = slot{hash, number}
	x.used++
}

func (x *index[K]) grow() {
	old := x.slots
	x.slots, x.used = make([]slot, 2*len(old)), 0
	for _, s := range old {
		if s.number != 0 {
			x.put(s.hash, s.number)
		}
	}
}

// remove takes a number out that is there, and moves those behind it up that were
// kept from their places.
func (x *index[K]) remove(hash, number uint32) {
	i := x.home(hash)
	for x.slots[i].number != number {
		i = x.next(i)
	}
	for j := x.next(i); x.slots[j].number != 0; j = x.next(j) {
		if x.behind(j, x.home(x.slots[j].hash)) >= x.behind(j, i) {
			x.slots[i] = x.slots[j]
			i = j
		}
	}
	x.slots[i] = slot{}
	x.used--
}
