package filter

import (
	"bufio"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// sampleFile names the messages of a benchmark, JSON lines with a text; the
// labelled sample where it is empty.
const sampleFile = "POSTIX_FILTER_SAMPLE"

func sampleMessages(tb testing.TB) []Message {
	tb.Helper()
	name := os.Getenv(sampleFile)
	if name == "" {
		name = "testdata/sample.jsonl"
	}
	f, err := os.Open(name)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	var all []Message
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l struct {
			Username, Bio, Text string
			FirstName           string `json:"first_name"`
			LastName            string `json:"last_name"`
		}
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			tb.Fatal(err)
		}
		all = append(all, Message{Username: l.Username, FirstName: l.FirstName, LastName: l.LastName, Bio: l.Bio, Text: l.Text})
	}
	if err := lines.Err(); err != nil || len(all) == 0 {
		tb.Fatal("no messages: ", err)
	}
	return all
}

// otherPhones makes ten of each message, with other digits in their numbers: as
// they are, a few hundred numbers would be in all groups.
func otherPhones(sample []Message) []Message {
	var all []Message
	for i := range 10 {
		for _, m := range sample {
			m.Text = strings.ReplaceAll(m.Text, "000", strings.Repeat(strconv.Itoa(i), 3))
			all = append(all, m)
		}
	}
	return all
}

// BenchmarkCheck judges the sample's texts as messages of 100,000 senders in
// 10,000 groups, four in a second.
func BenchmarkCheck(b *testing.B) {
	sample := otherPhones(sampleMessages(b))
	e := NewEngine(DefaultSettings(), NewLexicon(DefaultKeywords()), Custom{}, Limits{})
	var m Message
	var v Verdict
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m = sample[i%len(sample)]
		m.ID, m.At = int64(i+1), start.Add(time.Duration(i)*250*time.Millisecond)
		m.SenderID, m.ChatID = int64(i*7919%100_000+1), int64(-1-i*104729%10_000)
		e.Check(&m, &v)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

// BenchmarkCheckLong judges a text as long as they get on Telegram, a piece of
// everything that makes the rules work.
func BenchmarkCheckLong(b *testing.B) {
	e := NewEngine(DefaultSettings(), NewLexicon(DefaultKeywords()), Custom{}, Limits{})
	m := Message{ID: 1, At: start, ChatID: -1, SenderID: 7, FirstName: "Botir", Text: strings.Repeat("Навоийдан 22 t 🚚 90 123 45 67\n\n", 100)}
	var v Verdict
	b.ReportAllocs()
	for b.Loop() {
		e.Check(&m, &v)
	}
	b.SetBytes(int64(len(m.Text)))
}
