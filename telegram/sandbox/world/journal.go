package world

import (
	"sort"
	"sync"
)

// The journal keeps this many entries; the oldest go first.
const journalSize = 500_000

// journal lists the calls received. Its mutex is taken last.
type journal struct {
	mu      sync.Mutex
	last    int64
	entries []JournalEntry // by N, without gaps
}

// add numbers an entry and appends it.
func (j *journal) add(e JournalEntry) int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	e.N = j.last
	if len(j.entries) >= journalSize+journalSize/5 {
		j.entries = append([]JournalEntry(nil), j.entries[len(j.entries)-journalSize:]...)
	}
	j.entries = append(j.entries, e)
	return e.N
}

// stored completes the entry of a call that was executed after it was noted.
func (j *journal) stored(n int64, messageID int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.entries) == 0 {
		return
	}
	if i := int(n - j.entries[0].N); i >= 0 && i < len(j.entries) {
		j.entries[i].MessageID = messageID
	}
}

// Journal returns the entries after number since, oldest first, at most limit;
// 0 is no limit. An entry is added when its call was executed; that of a held
// or delayed call at its arrival, and gets its MessageID later.
func (w *World) Journal(since int64, limit int) []JournalEntry {
	w.journal.mu.Lock()
	defer w.journal.mu.Unlock()
	all := w.journal.entries
	if len(all) > journalSize {
		all = all[len(all)-journalSize:]
	}
	from := sort.Search(len(all), func(i int) bool { return all[i].N > since })
	all = all[from:]
	if limit > 0 && len(all) > limit {
		all = all[:limit]
	}
	return append([]JournalEntry{}, all...)
}
