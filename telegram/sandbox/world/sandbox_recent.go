package world

import (
	"cmp"
	"slices"
	"strings"
)

// RecentChat is a chat with its newest message. Of a private chat only ID, Kind
// and Title are known; ID is the person who has no account here.
type RecentChat struct {
	ChatInfo
	Last MessageInfo
}

// Recent lists the chats whose title contains match, in any case, the one with
// the newest message first, at most limit. It includes private conversations of
// accounts with people who have none.
func (w *World) Recent(match string, limit int) []RecentChat {
	w.mu.RLock()
	defer w.mu.RUnlock()
	match = strings.ToLower(match)
	last := w.recentPrivate(match, limit)
	for _, id := range w.chatOrder {
		c := w.chats[id]
		if len(c.log) > 0 && c.to == 0 && strings.Contains(strings.ToLower(c.title), match) {
			last[id] = c.log[len(c.log)-1]
		}
	}
	ids := make([]int64, 0, len(last))
	for id := range last {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b int64) int { return cmp.Or(cmp.Compare(last[b].at, last[a].at), cmp.Compare(a, b)) })
	ids = ids[:min(len(ids), limit)]
	out := make([]RecentChat, 0, len(ids))
	for _, id := range ids {
		r := RecentChat{Last: w.messageInfo(last[id])}
		if c := w.chats[id]; c != nil {
			r.ChatInfo = c.info()
		} else {
			r.ChatInfo = ChatInfo{ID: id, Kind: KindPrivate, Title: w.users[id].name()}
		}
		out = append(out, r)
	}
	return out
}

// recentPrivate finds the newest message of each of the last limit people who
// talked with an account in private.
func (w *World) recentPrivate(match string, limit int) map[int64]*content {
	found := map[int64]*content{}
	for _, c := range slices.Backward(w.private) {
		if len(found) >= limit {
			break
		}
		for _, id := range [...]int64{c.from, c.to} {
			u := w.users[id]
			if id == BotID || id == serviceID || u.account != nil || found[id] != nil ||
				!strings.Contains(strings.ToLower(u.name()), match) {
				continue
			}
			found[id] = c
		}
	}
	return found
}

// JournalTail returns the newest entries, oldest first.
func (w *World) JournalTail(limit int) []JournalEntry {
	w.journal.mu.Lock()
	defer w.journal.mu.Unlock()
	all := w.journal.entries
	return append([]JournalEntry{}, all[max(0, len(all)-limit):]...)
}
