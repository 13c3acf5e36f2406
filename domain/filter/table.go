package filter

// table keeps records under keys in the order in which they were used, with no
// pointers in it that the garbage collector would have to follow. Records lie in
// slabs and are named by a number; 0 is none.
type table[K tableKey, V any] struct {
	index          index[K]
	slabs          [][]record[K, V]
	free           uint32 // the first unused record, linked through older
	newest, oldest uint32
}

// record is one key with what is known of it.
type record[K tableKey, V any] struct {
	key          K
	last         int64 // the latest time that was seen with the key, ms
	older, newer uint32
	v            V
}

const slabSize = 512

func newTable[K tableKey, V any]() table[K, V] {
	return table[K, V]{index: newIndex[K]()}
}

func (t *table[K, V]) len() int { return t.index.used }

// at is a record by its number. It stays where it is.
func (t *table[K, V]) at(id uint32) *record[K, V] {
	return &t.slabs[id/slabSize][id%slabSize]
}

// number is that of a key's record, 0 for none.
func (t *table[K, V]) number(key K) uint32 {
	hash := t.index.hash(key)
	for i := t.index.home(hash); ; i = t.index.next(i) {
		s := t.index.slots[i]
		if s.number == 0 {
			return 0
		}
		if s.hash == hash && t.at(s.number).key == key {
			return s.number
		}
	}
}

// find is the record of a key, or nil.
func (t *table[K, V]) find(key K) *record[K, V] {
	if id := t.number(key); id != 0 {
		return t.at(id)
	}
	return nil
}

// use is the record of a key as the newest one; it is made where there is none.
func (t *table[K, V]) use(key K, now int64) *record[K, V] {
	id := t.number(key)
	if id == 0 {
		id = t.take()
		*t.at(id) = record[K, V]{key: key, last: now}
		t.index.put(t.index.hash(key), id)
	} else {
		t.unlink(id)
	}
	r := t.at(id)
	r.older, r.newer = t.newest, 0
	if t.newest != 0 {
		t.at(t.newest).newer = id
	} else {
		t.oldest = id
	}
	t.newest = id
	return r
}

// remove forgets a record.
func (t *table[K, V]) remove(id uint32) {
	t.unlink(id)
	r := t.at(id)
	t.index.remove(t.index.hash(r.key), id)
	*r = record[K, V]{older: t.free}
	t.free = id
}

func (t *table[K, V]) unlink(id uint32) {
	r := t.at(id)
	if r.newer != 0 {
		t.at(r.newer).older = r.older
	} else {
		t.newest = r.older
	}
	if r.older != 0 {
		t.at(r.older).newer = r.newer
	} else {
		t.oldest = r.newer
	}
}

// take is the number of an unused record.
func (t *table[K, V]) take() uint32 {
	if t.free == 0 {
		first := uint32(len(t.slabs) * slabSize)
		t.slabs = append(t.slabs, make([]record[K, V], slabSize))
		for id := first + slabSize - 1; id > first; id-- {
			t.at(id).older, t.free = t.free, id
		}
		if first != 0 { // number 0 is none
			t.at(first).older, t.free = t.free, first
		}
	}
	id := t.free
	t.free = t.at(id).older
	return id
}
