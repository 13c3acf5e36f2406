package domain

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"postix/domain/filter"
)

func TestTwins(t *testing.T) {
	var w twins
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	first := filter.Message{ID: 7, ChatID: -55, SenderID: 42, At: at, Text: "Toshkentdan Buxoroga yuk bor"}
	change := func(f func(*filter.Message)) *filter.Message { m := first; f(&m); return &m }
	if w.heard(&first) {
		t.Fatal("the first one has a twin")
	}
	if !w.heard(change(func(m *filter.Message) { m.ID = 900 })) {
		t.Error("as another account counts it, it is new")
	}
	for name, m := range map[string]*filter.Message{
		"another second": change(func(m *filter.Message) { m.At = at.Add(time.Second) }),
		"another sender": change(func(m *filter.Message) { m.SenderID++ }),
		"another chat":   change(func(m *filter.Message) { m.ChatID-- }),
		"another text":   change(func(m *filter.Message) { m.Text += "!" }),
	} {
		if w.heard(m) {
			t.Errorf("%s: taken for a twin", name)
		}
	}
	in := func(id int64, text string) *filter.Message {
		return change(func(m *filter.Message) { m.ChatID, m.ID, m.Text = -1001000000001, id, text })
	}
	if w.heard(in(7, "Yuk bor")) || w.heard(in(8, "Yuk bor")) || !w.heard(in(7, "Yuk yoʻq")) {
		t.Error("in a supergroup the id says it")
	}
	for i := range mostTwins { // at least so many are kept
		w.heard(change(func(m *filter.Message) { m.Text = fmt.Sprint(i) }))
	}
	if !w.heard(change(func(m *filter.Message) { m.Text = "0" })) {
		t.Error("forgotten too early")
	}
	if n := len(w.young) + len(w.aged); n > 2*mostTwins {
		t.Errorf("%d are kept", n)
	}
}

func TestPickTemplate(t *testing.T) {
	all := []Template{{ID: 1, Active: true}, {ID: 2}, {ID: 3, Active: true}}
	drawn := map[int64]int{}
	for r := 0.0; r < 1; r += 0.01 {
		got, ok := pickTemplate(all, 0, r)
		if !ok {
			t.Fatal("none")
		}
		drawn[got.ID]++
		if got, _ := pickTemplate(all, 3, r); got.ID != 1 {
			t.Fatalf("after 3 comes %d", got.ID)
		}
	}
	if drawn[1] < 40 || drawn[3] < 40 || drawn[2] > 0 {
		t.Errorf("drawn: %v", drawn)
	}
	if got, ok := pickTemplate(all[:1], 1, 0); !ok || got.ID != 1 {
		t.Error("the only one is not taken again")
	}
	if _, ok := pickTemplate(all[1:2], 0, 0); ok {
		t.Error("one that is switched off is taken")
	}
}

func TestRankGroups(t *testing.T) {
	seen := []Peer{{ID: -1}, {ID: -2}, {ID: -3}, {ID: -4}, {ID: -5}}
	for _, c := range []struct {
		groups int
		source PeerID
		first  bool
		want   []PeerID
	}{
		{0, -1, true, nil},
		{1, -1, false, []PeerID{-1}},
		{1, -1, true, []PeerID{-1}},
		{2, -2, false, []PeerID{-1, -2}},
		{2, -2, true, []PeerID{-2, -1}},
		{3, -3, false, []PeerID{-1, -2, -3}},
		{4, -4, false, []PeerID{-1, -3, -2, -4}},
		{5, -4, false, []PeerID{-1, -3, -2, -4, -5}},
		{5, -4, true, []PeerID{-4, -1, -2, -3, -5}},
		{5, -1, true, []PeerID{-1, -2, -3, -4, -5}},
		{5, -9, true, []PeerID{-1, -3, -2, -4, -5}}, // it may not write there
	} {
		var got []PeerID
		for _, p := range rankGroups(seen[:c.groups], c.source, c.first) {
			got = append(got, p.ID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("of %d groups, from %d (first: %v): %v, want %v", c.groups, c.source, c.first, got, c.want)
		}
	}
	for i, p := range seen {
		if p.ID != PeerID(-i-1) {
			t.Errorf("the groups it was given are %v", seen)
		}
	}
}
