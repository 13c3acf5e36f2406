package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode"

	"postix/domain/filter"
)

// replaySummary counts what a replay found.
type replaySummary struct {
	messages, dispatchers int
	hits, first           map[filter.Rule]int
	senders               map[int64]*replaySender // of dispatchers alone
}

type replaySender struct {
	id    int64
	name  string
	found int
}

func newReplaySummary() *replaySummary {
	return &replaySummary{hits: map[filter.Rule]int{}, first: map[filter.Rule]int{}, senders: map[int64]*replaySender{}}
}

func (r *replaySummary) add(m *filter.Message, v *filter.Verdict) {
	r.messages++
	r.first[v.Rule]++
	for _, h := range v.Hits {
		r.hits[h.Rule]++
	}
	if !v.Dispatcher {
		return
	}
	r.dispatchers++
	s := r.senders[m.SenderID]
	if s == nil {
		s = &replaySender{id: m.SenderID}
		r.senders[m.SenderID] = s
	}
	s.name = m.FirstName
	s.found++
}

// topSenders is how many senders the table names.
const topSenders = 10

func (r *replaySummary) write(out io.Writer) {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(cells ...any) { _, _ = fmt.Fprintln(t, cells...) } // the buffer below keeps its error
	row()
	row("messages\t", r.messages)
	row("of dispatchers\t", r.dispatchers)
	row()
	row("rule\thits\tfirst")
	for _, rule := range filter.Rules() {
		_, _ = fmt.Fprintf(t, "%s\t%d\t%d\n", rule, r.hits[rule], r.first[rule])
	}
	row()
	row("messages\tid\ttop senders")
	senders := slices.SortedFunc(maps.Values(r.senders), func(a, b *replaySender) int {
		return cmp.Or(cmp.Compare(b.found, a.found), cmp.Compare(a.id, b.id))
	})
	for _, s := range senders[:min(len(senders), topSenders)] {
		_, _ = fmt.Fprintf(t, "%d\t%d\t%s\n", s.found, s.id, harmless(s.name))
	}
	_ = t.Flush()
}

// longestName is how many characters of a name the table shows.
const longestName = 40

// harmless is a name that cannot move the cursor, turn the text round or break
// the table: what shows nothing by itself is replaced, but for the joiner within
// emoji.
func harmless(name string) string {
	runes := []rune(strings.Join(strings.Fields(name), " "))
	if len(runes) > longestName {
		runes = append(runes[:longestName-1], '…')
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) || r == '\u200d' {
			return r
		}
		return unicode.ReplacementChar
	}, string(runes))
}
