package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"postix/domain/filter"
)

// filtering is a process that judges many messages on one core.
type filtering struct {
	Sample string        // file with the texts, a labelled sample
	Pace   time.Duration // of the messages' own time between two of them
	Marks  []int         // after how many messages its memory is looked at
}

// filtered is what it used.
type filtered struct {
	Rate   float64 // messages a second, all of them
	Allocs float64 // for each message
	Bytes  []int64 // in memory at each mark, above what it is before the first message
	Stats  filter.Stats
}

const (
	filterSenders = 1_000_000
	filterGroups  = 10_000
)

// TestBenchFilter judges ten million messages from a million senders in 10,000
// groups: at a million a day, and all within three hours, when the hard caps of
// the memory have to hold.
func TestBenchFilter(t *testing.T) {
	benching(t)
	for _, c := range []struct {
		what string
		pace time.Duration
	}{
		{"a million a day", 24 * time.Hour / 1_000_000},
		{"a thousand a second", time.Millisecond},
	} {
		var f filtered
		play(t, "filter", filtering{"domain/filter/testdata/sample.jsonl", c.pace, []int{1_000_000, 10_000_000}}, &f)
		mb := func(n int64) float64 { return float64(n) / (1 << 20) }
		t.Logf("%s: %.0f messages/s on one core; %.0f MB after 1,000,000 messages, %.0f MB after 10,000,000; %+v", c.what, f.Rate, mb(f.Bytes[0]), mb(f.Bytes[1]), f.Stats)
		atLeast(t, "messages judged in a second, "+c.what, f.Rate, 400_000)
		atMost(t, "allocations for a message, "+c.what, f.Allocs, 2)
		atMost(t, "memory after 10,000,000 to 1,000,000, "+c.what, mb(f.Bytes[1])/mb(f.Bytes[0]), 1.1)
	}
}

// playFilter judges the sample's texts again and again, each time as another
// message, with a fixed mix of senders and groups.
func playFilter(t *testing.T, in []byte) any {
	s := told[filtering](t, in)
	runtime.GOMAXPROCS(1)
	sample := filterSample(t, s.Sample)
	e := filter.NewEngine(filter.DefaultSettings(), filter.NewLexicon(filter.DefaultKeywords()), filter.Custom{}, filter.Limits{})
	var out filtered
	var m filter.Message
	var v filter.Verdict
	var before, after runtime.MemStats
	base := resident(t)
	runtime.ReadMemStats(&before)
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	r := rand.New(rand.NewPCG(1, 2))
	took, n := time.Duration(0), 0
	for _, mark := range s.Marks {
		began := time.Now()
		for ; n < mark; n++ {
			m = sample[n%len(sample)]
			m.ID, m.At = int64(n+1), start.Add(time.Duration(n)*s.Pace)
			m.SenderID, m.ChatID = 1+r.Int64N(filterSenders), -1-r.Int64N(filterGroups)
			e.Check(&m, &v)
		}
		took += time.Since(began)
		out.Bytes = append(out.Bytes, resident(t)-base)
	}
	runtime.ReadMemStats(&after)
	out.Rate = float64(n) / took.Seconds()
	out.Allocs = float64(after.Mallocs-before.Mallocs) / float64(n)
	out.Stats = e.Stats()
	return out
}

// filterSample reads the texts, twenty of each with other digits.
func filterSample(t *testing.T, name string) []filter.Message {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []filter.Message
	lines := &lineReader{r: bufio.NewReaderSize(f, maxLine)}
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			return all
		}
		var l messageLine
		if err == nil {
			err = l.read(line)
		}
		if err != nil {
			t.Fatal(err)
		}
		// As they are, a few hundred numbers would be in all groups.
		for i := range 20 {
			text := strings.ReplaceAll(*l.Text, "000", fmt.Sprintf("%03d", 37*i))
			all = append(all, filter.Message{Username: l.Username, FirstName: l.FirstName, LastName: l.LastName, Bio: l.Bio, Text: text})
		}
	}
}
