package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"postix/domain"
	"postix/domain/filter"
)

// watchHouse is a house whose accounts listen to their groups.
type watchHouse struct {
	*house
	groups []int64
	n      int // of strangers
}

// newWatchHouse does not start the product yet. Its filter observes all groups.
func newWatchHouse(t *testing.T, phones ...string) *watchHouse {
	t.Helper()
	h := &watchHouse{house: newHouse(t, 0, phones...)}
	h.set(func(s *domain.WatchSettings) { s.AllGroups = true })
	inside(t, h.dir, h.tg.URL, func(ctx context.Context, a *app) {
		for _, acc := range h.accounts {
			if err := a.accounts.Listen(ctx, h.owner, acc.ID, true); err != nil {
				t.Fatal(err)
			}
		}
		peers, err := a.store.Targets(ctx, h.owner.Scope(), h.catalogs[0].ID, h.accounts[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range peers {
			if p.Kind == domain.KindSupergroup {
				h.groups = append(h.groups, int64(p.ID))
			}
		}
	})
	return h
}

// set changes the filter of a product that does not run.
func (h *watchHouse) set(change func(*domain.WatchSettings), chosen ...domain.PeerID) {
	h.t.Helper()
	inside(h.t, h.dir, h.tg.URL, func(ctx context.Context, a *app) {
		s, err := a.watch.Settings(ctx, h.owner)
		if err != nil {
			h.t.Fatal(err)
		}
		change(&s)
		if err := a.watch.SetSettings(ctx, h.owner, s); err != nil {
			h.t.Fatal(err)
		}
		if err := a.watch.SetWatching(ctx, h.owner, chosen, true); err != nil {
			h.t.Fatal(err)
		}
	})
}

// start starts the product and waits until the accounts listen.
func (h *watchHouse) start() {
	h.t.Helper()
	h.house.start()
	h.passes(h.groups[len(h.groups)-1], harmlessText)
}

// says writes a text to a group as a stranger who has not been there before.
func (h *watchHouse) says(group int64, text string) (message int) {
	h.t.Helper()
	h.n++
	return post(h.t, h.tg, text, h.stranger(), group).ID
}

// stranger is the latest; lower ids are those of people of the sandbox, who have names.
func (h *watchHouse) stranger() int64 { return 2_000_000_000 + int64(h.n) }

// name is what the latest stranger is called.
func (h *watchHouse) name() string { return fmt.Sprintf("Haydovchi %d", h.stranger()) }

// passes is like says, and waits until every account has handed the message over,
// whatever became of it. In a supergroup only messages count.
func (h *watchHouse) passes(group int64, text string) {
	h.t.Helper()
	eventually(h.t, "the accounts listen", func() bool { return h.read(group) > 0 })
	m := int64(h.says(group, text))
	eventually(h.t, "the message is handed over", func() bool { return h.read(group) > m })
}

// read is how far all accounts have read a group.
func (h *watchHouse) read(group int64) int64 {
	h.t.Helper()
	return h.number(`SELECT COALESCE(MIN(p.pts), 0) FROM accounts a LEFT JOIN positions p ON p.account_id = a.id AND p.peer_id = ?
		WHERE a.listens = 1`, group)
}

func (h *watchHouse) heard() int64      { return h.number("SELECT COUNT(*) FROM heard") }
func (h *watchHouse) detections() int64 { return h.number("SELECT COUNT(*) FROM detections") }

// found waits until that many detections are recorded.
func (h *watchHouse) found(n int64) {
	h.t.Helper()
	eventually(h.t, fmt.Sprintf("%d detections", n), func() bool { return h.detections() == n })
}

// reads fails unless a page of the panel has the texts.
func (h *watchHouse) reads(path string, texts ...string) {
	h.t.Helper()
	page := h.me.get(h.t, path)
	for _, text := range texts {
		if !strings.Contains(page, text) {
			h.t.Errorf("%s does not say %q", path, text)
		}
	}
}

// TestWatchShows: what a stranger writes in a group stands on the panel, once,
// though two accounts are there.
func TestWatchShows(t *testing.T) {
	t.Parallel()
	h := newWatchHouse(t, loadPhones[:2]...)
	h.start()
	h.reads("/admin/watch/reports?lang=en", "Nothing was found in this time")
	h.passes(h.groups[0], harmlessText)
	h.passes(h.groups[0], dispatcherText)
	name := h.name()
	h.found(1)
	if n, says := h.heard(), int64(h.n); n != says {
		t.Errorf("%d messages were written and %d are stored", says, n)
	}
	h.reads("/admin/watch", name, "Moskva", "Route abroad")
	id := h.number("SELECT id FROM detections")
	h.reads(fmt.Sprintf("/admin/watch/detections/%d", id), name, dispatcherText)
	h.reads("/admin/watch/reports", name, "Route abroad", fmt.Sprintf("detections: 1 · replies: 0 · messages: %d", h.n))
	h.reads("/admin/watch/detections.csv", name, dispatcherText)
}

// TestWatchRemembers: a number is written in 19 groups, the product is killed,
// and the twentieth message is the first detection, for phone_spam. The other
// way round one that is written while nobody listens is heard at the start.
func TestWatchRemembers(t *testing.T) {
	t.Parallel()
	const load = "Toshkentdan Buxoroga 5 tonna yuk bor. Tel: +998 90 700 11 22"
	h := newWatchHouse(t, loadPhones[0])
	h.start()
	groups := filter.DefaultSettings().PhoneGroups
	before := h.heard()
	for i := range groups - 1 {
		h.says(h.groups[i], load)
	}
	eventually(t, "19 messages are stored", func() bool { return h.heard() == before+int64(groups)-1 })
	if n := h.detections(); n != 0 {
		t.Fatalf("%d detections in %d groups", n, groups-1)
	}
	h.p.kill()
	h.start()
	h.says(h.groups[0], load) // once more in a group that counts already
	h.passes(h.groups[0], harmlessText)
	if n := h.detections(); n != 0 {
		t.Fatalf("%d detections in %d groups after the restart", n, groups-1)
	}
	h.says(h.groups[groups-1], load)
	h.found(1)
	if n := h.number("SELECT COUNT(*) FROM detections WHERE rule = 'phone_spam' AND severity = ?", filter.Critical); n != 1 {
		t.Error("it is not for phone_spam")
	}
	h.reads("/admin/watch?lang=en&marked=1", h.name(), "Phone in many groups", "Marked")
	h.p.stop(t)

	var away []int
	for i := range 3 {
		away = append(away, h.says(h.groups[i], dispatcherText))
	}
	stored := h.heard()
	h.start()
	h.found(4)
	for i, m := range away {
		if n := h.number("SELECT COUNT(*) FROM detections WHERE chat_id = ? AND message_id = ?", h.groups[i], m); n != 1 {
			t.Errorf("message %d of group %d is there %d times", m, h.groups[i], n)
		}
	}
	h.p.kill()
	h.start()
	// What the kill let come a second time is there once; each start adds its own.
	eventually(t, "nothing is stored twice", func() bool { return h.heard() == stored+3+2 })
	if n := h.detections(); n != 4 {
		t.Errorf("%d detections after another kill", n)
	}
}

// TestWatchLeavesAlone: what nobody watches is not kept, and with the mode off
// nothing is.
func TestWatchLeavesAlone(t *testing.T) {
	t.Parallel()
	h := newWatchHouse(t, loadPhones[0])
	last := h.groups[len(h.groups)-1] // that a start writes to
	watched, other := h.groups[0], h.groups[1]
	h.set(func(s *domain.WatchSettings) { s.AllGroups = false }, domain.PeerID(watched))
	h.start()
	h.passes(other, dispatcherText)
	h.passes(watched, dispatcherText)
	h.found(1)
	if n := h.number("SELECT COUNT(*) FROM heard WHERE chat_id IN (?, ?)", other, last); n != 0 {
		t.Errorf("%d messages of groups that nobody watches are kept", n)
	}
	if n := h.number("SELECT COUNT(*) FROM detections WHERE chat_id = ?", watched); n != 1 {
		t.Error("the detection is another group's")
	}
	h.p.stop(t)

	h.set(func(s *domain.WatchSettings) { s.Mode, s.AllGroups = domain.WatchOff, true })
	kept := h.heard()
	h.start()
	h.passes(watched, dispatcherText)
	h.passes(other, dispatcherText)
	if heard, found := h.heard(), h.detections(); heard != kept || found != 1 {
		t.Errorf("with the mode off %d messages came in, and there are %d detections", heard-kept, found)
	}
}
