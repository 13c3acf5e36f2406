package handlers_test

import (
	"testing"

	"postix/domain"
	"postix/domain/filter"
)

// TestWhatIfAnotherFilter compares with one more word or sender. The figures add
// up, and what is allowed is in none of them.
func TestWhatIfAnotherFilter(t *testing.T) {
	d := newWatchDesk(t)
	d.hears(dispatcher(1, "Sardor"), loadAbroad)
	d.hears(dispatcher(2, "Lola"), "Toshkentdan Buxoroga 5 tonna yuk bor. Tel +998 90 123 45 68")
	d.hears(dispatcher(2, "Lola"), "Buxoroga ikkita mashina. Tel +998 90 123 45 69")
	d.hears(dispatcher(3, "Aziz"), "Salom, Buxoro")
	owner := d.actor(d.owner)
	for name, c := range map[string]struct {
		filter                      domain.CustomFilter
		before, after, gained, lost int
		allowed                     [2]int
		hits                        map[filter.Rule][2]int
	}{
		"a word":             {domain.CustomFilter{Block: true, Word: " Buxoro "}, 1, 3, 2, 0, [2]int{}, map[filter.Rule][2]int{filter.ForeignRoute: {1, 1}, filter.CustomFilter: {0, 2}}},
		"a sender":           {domain.CustomFilter{Block: true, SenderID: 3}, 1, 2, 1, 0, [2]int{}, map[filter.Rule][2]int{filter.ForeignRoute: {1, 1}, filter.CustomFilter: {0, 1}}},
		"an allowed sender":  {domain.CustomFilter{SenderID: 1}, 1, 0, 0, 1, [2]int{0, 1}, map[filter.Rule][2]int{filter.ForeignRoute: {1, 0}}},
		"an allowed word":    {domain.CustomFilter{Word: "tonna"}, 1, 0, 0, 1, [2]int{0, 1}, map[filter.Rule][2]int{filter.ForeignRoute: {1, 0}}},
		"one that is no one": {domain.CustomFilter{Block: true, SenderID: 99}, 1, 1, 0, 0, [2]int{}, map[filter.Rule][2]int{filter.ForeignRoute: {1, 1}}},
	} {
		got := deskValue[domain.Changed](t)(d.watch.WhatIfCustom(t.Context(), owner, c.filter))
		if got.Messages != 4 || got.Before != c.before || got.After != c.after || got.GainedN != c.gained || got.LostN != c.lost || got.Allowed != c.allowed {
			t.Errorf("%s: %+v", name, got)
		}
		if len(got.Gained) != c.gained || len(got.Lost) != c.lost || got.Before+got.GainedN-got.LostN != got.After {
			t.Errorf("%s does not add up: %+v", name, got)
		}
		for rule, n := range c.hits {
			if got.Rules[rule] != n {
				t.Errorf("%s: %s hits %v, want %v", name, rule, got.Rules[rule], n)
			}
		}
		for _, m := range got.Lost {
			if !m.Before.Dispatcher || m.After.Dispatcher || !m.After.Allowed || len(m.After.Hits) == 0 {
				t.Errorf("%s: %q is said to be lost from %+v to %+v", name, m.Text, m.Before, m.After)
			}
		}
	}
	if list := deskValue[[]domain.CustomFilter](t)(d.store.CustomFilters(t.Context(), d.org.ID)); len(list) > 0 {
		t.Errorf("it was saved: %+v", list)
	}
	_, err := d.watch.WhatIfCustom(t.Context(), owner, domain.CustomFilter{Word: "  "})
	if !domain.IsKey(err, "watch.empty") {
		t.Errorf("an empty word: %v", err)
	}
	if _, err := d.watch.WhatIfCustom(t.Context(), d.actor(d.member), domain.CustomFilter{SenderID: 1}); !domain.IsKey(err, "watch.owner_only") {
		t.Errorf("a member: %v", err)
	}
}

// What has become an account of ours since is judged no more.
func TestWhatIfLeavesOurOwnOut(t *testing.T) {
	d := newWatchDesk(t)
	const later = 4711
	d.hears(dispatcher(later, "Sardor"), loadAbroad)
	s, owner := d.set(), d.actor(d.owner)
	if got := deskValue[domain.Changed](t)(d.watch.WhatIf(t.Context(), owner, s)); got.Messages != 1 || got.Before != 1 {
		t.Fatalf("a stranger: %+v", got)
	}
	deskValue[domain.Account](t)(d.store.ConnectAccount(t.Context(), domain.NewAccount{
		OrganizationID: d.org.ID, UserID: d.owner.ID, Phone: "+998907777777",
		Profile: domain.Profile{TelegramID: later, FirstName: "Sardor"}, Session: []byte("s"), At: deskNow,
	}))
	d.watch.Connected()
	if got := deskValue[domain.Changed](t)(d.watch.WhatIf(t.Context(), owner, s)); got.Messages != 0 || got.Before != 0 {
		t.Errorf("our own: %+v", got)
	}
}
