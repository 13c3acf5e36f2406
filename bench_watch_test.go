package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"postix/domain"
	"postix/domain/filter"
	"postix/telegram/sandbox"
	"postix/telegram/sandbox/world"
)

// The load of the benchmark of listening. Each watched group has two of the
// accounts in it: each message is heard twice and judged once. Twenty other
// accounts send a campaign, 200 messages in a second at most.
const (
	watchAccounts = 30
	watchGroups   = 150
	watchWriters  = 5000
	watchRate     = 500 // messages that strangers write in a second
	watchFor      = 15 * time.Second
	watchTurns    = 2 // in which nobody writes, and as many in which they do

	watchSenders = 20
	watchGap     = 100 * time.Millisecond
)

// watching is a process that listens and sends.
type watching struct {
	Page, Dir string
	Who       domain.Actor
	Accounts  []benchAccount
	Strangers string // address at which strangers are asked to write
}

// TestBenchWatch lets accounts listen while strangers write and others of our
// accounts send. Nothing may be lost, and sending may lose a tenth to it.
func TestBenchWatch(t *testing.T) {
	benching(t)
	b := newBenchTelegram(t, watchAccounts+watchSenders, 40)
	s := newStrangers(t, b)
	l := httptest.NewServer(s)
	defer l.Close()
	w := watching{Page: b.page, Dir: t.TempDir(), Strangers: l.URL}
	w.Who, w.Accounts = b.join(t, w.Dir, true), b.accounts
	w.prepare(t)
	var turns []watchTurn
	play(t, "watch", w, &turns)
	var sent [2]float64 // in a second, without and with
	var cpu [2]time.Duration
	var written, judged int
	var late []time.Duration
	for i, turn := range turns {
		t.Logf("wrote %d (%.0f/s), heard %d, judged %d, sent %.0f/s; CPU %v", turn.Written, float64(turn.Written)/watchFor.Seconds(),
			len(turn.Late), turn.Judged, turn.Sent, turn.CPU.Round(time.Millisecond))
		if len(turn.Late) != turn.Written {
			t.Errorf("of %d messages %d were heard", turn.Written, len(turn.Late))
		}
		sent[i%2] += turn.Sent / watchTurns
		cpu[i%2] += turn.CPU
		written, judged = written+turn.Written, judged+turn.Judged
		late = append(late, turn.Late...)
	}
	t.Logf("from being written to being recorded: p50 %v, p90 %v, p99 %v, most %v", share(late, 0.5), share(late, 0.9), share(late, 0.99), share(late, 1))
	t.Logf("sent %.0f/s while nobody writes, %.0f/s while they do; CPU for a message that two accounts hear: %v", sent[0], sent[1],
		(cpu[1]-cpu[0])/time.Duration(written))
	atLeast(t, "messages written in a second to the rate that is wanted", float64(written)/watchTurns/watchFor.Seconds()/watchRate, 0.95)
	atMost(t, "times that a message is judged", float64(judged)/float64(written), 1)
	atLeast(t, "deliveries/s while strangers write to those while nobody does", sent[1]/sent[0], 0.9)
}

// prepare makes the accounts listen, or send, at the benchmark's pace.
func (w *watching) prepare(t *testing.T) {
	t.Helper()
	_, err := beside(t, w.Dir).ExecContext(t.Context(), "UPDATE organizations SET gap_min_ms = ?, gap_max_ms = ?", watchGap.Milliseconds(), watchGap.Milliseconds())
	if err != nil {
		t.Fatal(err)
	}
	a := benchApp(t.Context(), t, w.Dir, w.Page)
	defer a.close()
	set, err := a.watch.Settings(t.Context(), w.Who)
	if err != nil {
		t.Fatal(err)
	}
	set.AllGroups = true
	if err := a.watch.SetSettings(t.Context(), w.Who, set); err != nil {
		t.Fatal(err)
	}
	for _, acc := range w.Accounts[:watchAccounts] {
		if err := a.accounts.Listen(t.Context(), w.Who, acc.ID, true); err != nil {
			t.Fatal(err)
		}
	}
	const turns, perSecond = 2*watchTurns + 2, int(time.Second / watchGap)
	s := sending{Who: w.Who, Accounts: w.Accounts[watchAccounts:]}
	s.Times = turns*int(watchFor/time.Second)*perSecond/len(s.Accounts[0].Peers) + 1
	openAll(t.Context(), t, a, s)
}

// watchTurn is a time in which strangers wrote, or nobody did.
type watchTurn struct {
	Written, Judged int
	Late            []time.Duration // from when each message was written to when it was on the disk
	Sent            float64         // of the campaigns, in a second
	CPU             time.Duration
}

// playWatch is the whole product, panel and jobs included.
func playWatch(t *testing.T, in []byte) any {
	w := told[watching](t, in)
	a := benchApp(t.Context(), t, w.Dir, w.Page)
	defer a.close()
	n := &notedWatch{WatchStore: a.store, of: map[messageID]judgement{}}
	a.watch.Store = n
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.run(ctx, l) }()
	d := beside(t, w.Dir)
	eventually(t, "all accounts listen to all groups", func() bool {
		return number(t, d, "SELECT COUNT(*) FROM positions WHERE peer_id <> 0") == watchAccounts*40+2*watchGroups
	})
	w.turn(t, d, n, true) // a first one that nobody counts
	end := profile(t, "watch")
	var out []watchTurn
	for i := range 2 * watchTurns {
		out = append(out, w.turn(t, d, n, i%2 == 1))
	}
	end()
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	return out
}

func (w watching) turn(t *testing.T, d *sql.DB, n *notedWatch, write bool) (out watchTurn) {
	t.Helper()
	n.reset()
	began, cpu, sent := time.Now(), cpuTime(t), sentSoFar(t, d)
	var all []writtenMessage
	if write {
		all = ask(t, w.Strangers)
	} else {
		pauseFor(watchFor)
	}
	out.Sent = float64(sentSoFar(t, d)-sent) / time.Since(began).Seconds()
	eventually(t, "all is heard", func() bool { return n.heard() >= len(all) })
	out.CPU, out.Written = cpuTime(t)-cpu, len(all)
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, m := range all {
		if j, ok := n.of[m.ID]; ok {
			out.Late = append(out.Late, j.at.Sub(m.At))
			out.Judged += j.times
		}
	}
	return out
}

func sentSoFar(t *testing.T, d *sql.DB) int {
	t.Helper()
	return number(t, d, "SELECT SUM(sent) FROM campaigns")
}

// messageID is a message's in its group.
type messageID struct{ Chat, ID int64 }

// judgement is when a message was first on the disk, and how often it was judged.
type judgement struct {
	at    time.Time
	times int
}

// notedWatch notes what is recorded.
type notedWatch struct {
	domain.WatchStore

	mu sync.Mutex
	of map[messageID]judgement
}

// Record implements domain.WatchStore.
func (n *notedWatch) Record(ctx context.Context, organizationID int64, heard []domain.Judged) ([]domain.Detection, error) {
	found, err := n.WatchStore.Record(ctx, organizationID, heard)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, h := range heard {
		id := messageID{h.ChatID, h.ID}
		j := n.of[id]
		if j.times++; j.times == 1 {
			j.at = time.Now()
		}
		n.of[id] = j
	}
	return found, nil
}

func (n *notedWatch) reset() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.of)
}

func (n *notedWatch) heard() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.of)
}

// strangers write in the watched groups, for as long as they are asked to over
// HTTP, and answer what.
type strangers struct {
	t      *testing.T
	tg     sandbox.Client
	groups []int64
	texts  []filter.Message
	n      int // written so far
}

// writtenMessage is one, and when it was begun to be written.
type writtenMessage struct {
	ID messageID
	At time.Time
}

func newStrangers(t *testing.T, b *benchTelegram) *strangers {
	t.Helper()
	s := &strangers{
		t: t, texts: filterSample(t, "domain/filter/testdata/sample.jsonl"),
		tg: sandbox.Client{URL: b.page, HTTP: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}},
	}
	for i := range watchGroups {
		members := []int64{b.accounts[i%watchAccounts].Profile.TelegramID, b.accounts[(i+1)%watchAccounts].Profile.TelegramID}
		c, err := s.tg.AddChat(t.Context(), world.ChatSpec{Kind: world.KindSupergroup, Title: fmt.Sprintf("Yuk bozori %d", i), Members: members, ExtraMembers: 200})
		if err != nil {
			t.Fatal(err)
		}
		s.groups = append(s.groups, c.ID)
	}
	return s
}

// ServeHTTP writes for the length of a turn, 16 at once, each at its time.
func (s *strangers) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	var mu sync.Mutex
	var out []writtenMessage
	var all sync.WaitGroup
	next := make(chan int)
	for range 16 {
		all.Go(func() {
			for i := range next {
				if m, ok := s.write(r.Context(), i); ok {
					mu.Lock()
					out = append(out, m)
					mu.Unlock()
				}
			}
		})
	}
	began := time.Now()
	for i := 0; time.Since(began) < watchFor; i++ {
		pauseFor(time.Until(began.Add(time.Duration(i) * time.Second / watchRate)))
		next <- s.n
		s.n++
	}
	close(next)
	all.Wait()
	_ = json.NewEncoder(rw).Encode(out)
}

func (s *strangers) write(ctx context.Context, i int) (writtenMessage, bool) {
	text, now := s.texts[i%len(s.texts)], time.Now()
	m, err := s.tg.Post(ctx, s.groups[i%len(s.groups)], sandbox.Incoming{
		Sender: sandbox.Sender{ID: firstStranger + int64(i*7919%watchWriters), FirstName: text.FirstName, LastName: text.LastName}, Text: text.Text,
	})
	if err != nil {
		s.t.Error(err)
		return writtenMessage{}, false
	}
	return writtenMessage{messageID{s.groups[i%len(s.groups)], int64(m.ID)}, now}, true
}

// ask lets strangers write, until they have.
func ask(t *testing.T, strangers string) (out []writtenMessage) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strangers, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}
