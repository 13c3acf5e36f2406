package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"postix/domain"
	"postix/telegram/sandbox/world"
)

// The crowd, by what each does. The bot calls Telegram about people no more than
// twenty times in a second: these 170 people take it some ten.
const (
	crowdStrangers = 90 // are told their Telegram ID
	crowdStarters  = 30 // members who come in for the first time
	crowdPressers  = 20 // press a button
	crowdTalkers   = 20 // write three times
	crowdLeavers   = 10 // write, and block the bot at once

	crowdGap     = 240 * time.Millisecond // mean, between two messages of one account
	crowdStretch = 40                     // calls, which take two seconds
)

// TestBotCrowd lets a crowd write to the bot at once, while two accounts send and the
// panel is read. Everybody is answered once and in the order in which he wrote, though
// the chat of the first one hangs. Every message of the campaigns arrives once, none
// too early, and they do not stop while the crowd is answered. The panel answers with
// the right pages.
func TestBotCrowd(t *testing.T) {
	t.Parallel()
	h := newHouse(t, crowdGap, loadPhones[:2]...)
	c := h.gather()
	h.start()
	c.comeIn()
	campaigns := []int64{h.order(0, "Birinchi yuk", 1, 0), h.order(1, "Ikkinchi yuk", 1, 0)}
	panel := h.readOn("Birinchi yuk", "Ikkinchi yuk")
	eventually(t, "both accounts send", func() bool { return len(h.calls(loadPhones[0], 0)) > 0 && len(h.calls(loadPhones[1], 0)) > 0 })
	first, calls := c.all[0], 0
	for _, v := range c.all[1:] {
		calls += len(v.kind.calls)
	}

	hangs := h.botFault("sendMessage", world.Fault{Phone: first.phone, Mode: world.FaultHold, Times: -1})
	c.write(first)
	h.fired(hangs)
	c.write(c.all[1:]...)
	eventually(t, "others are answered", func() bool { return c.listen() >= 2*crowdStretch })
	if n := h.firings(hangs); n > 1 { // it hangs for longer than that takes
		t.Fatalf("others wait for a chat that hangs, or its next message does not: %d calls", n)
	}
	eventually(t, "all others are answered", func() bool { return c.listen() >= calls })
	h.clearFaults()
	h.handled()
	panel()

	c.listen()
	c.answered()
	c.between(loadPhones[:2]...)
	h.ends()
	c.spaced(loadPhones[:2]...)
	if n := h.number("SELECT COUNT(*) FROM campaigns WHERE status = 'done' AND sent = planned"); n != 2 {
		t.Errorf("%d campaigns have sent all", n)
	}
	h.truth(campaigns...)
}

// firings is how often a fault has fired.
func (h *house) firings(f world.Fault) int {
	h.t.Helper()
	all, err := h.tg.Faults(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return all[slices.IndexFunc(all, func(x world.Fault) bool { return x.ID == f.ID })].Fired
}

// botCrowd is everybody at the bot at once.
type botCrowd struct {
	*house
	all   []*guest
	of    map[int64]*guest     // by Telegram ID
	calls []world.JournalEntry // all that Telegram has received since they write
	since int64                // the last of them, or the last one before
}

// guest is one of a crowd.
type guest struct {
	*chatter
	kind  guestKind
	id    int64
	name  string
	calls []world.JournalEntry // of the bot, about him
}

// guestKind is what somebody of a crowd does, and what the bot makes of it.
type guestKind struct {
	people        int
	member, known bool // known: he was there before
	does          []world.BotInput
	calls         []string                // which methods the bot calls about him, in this order
	hears         func(v *guest) []string // what its newest messages say then, oldest first; nil: he does not listen
}

func guestKinds() []guestKind {
	send, edit, leave := "bot.sendMessage", "bot.editMessageText", true
	start := world.BotInput{Text: "/start"}
	return []guestKind{
		{
			people: crowdTalkers, member: true, known: true, does: []world.BotInput{{Text: "/language"}, {Text: "/catalogs"}, {Text: "/menu"}}, calls: []string{send, send, send},
			hears: func(v *guest) []string { return []string{"Qaysi tilda ishlaymiz", "Kataloglar", v.name + ", xodim"} },
		},
		{
			people: crowdStrangers, does: []world.BotInput{start}, calls: []string{send},
			hears: func(v *guest) []string { return []string{"Telegram ID: " + id(v.id)} },
		},
		{
			people: crowdStarters, member: true, does: []world.BotInput{start}, calls: []string{send},
			hears: func(v *guest) []string { return []string{v.name + "! Botga xush kelibsiz"} },
		},
		{
			people: crowdPressers, member: true, known: true, does: []world.BotInput{{Callback: "lang"}}, calls: []string{edit},
			hears: func(*guest) []string { return []string{"Qaysi tilda ishlaymiz"} },
		},
		{people: crowdLeavers, member: true, does: []world.BotInput{start, {Block: &leave}}, calls: []string{send}},
	}
}

// gather makes the accounts of a crowd, and the members of the organization among them.
func (h *house) gather() *botCrowd {
	h.t.Helper()
	c := &botCrowd{house: h, of: map[int64]*guest{}}
	for _, k := range guestKinds() {
		for range k.people {
			n := len(c.all)
			v := &guest{chatter: &chatter{t: h.t, c: h.tg, phone: fmt.Sprintf("+99895%07d", n)}, kind: k, name: fmt.Sprintf("Mijoz %d", n)}
			a, err := h.tg.AddAccount(h.t.Context(), world.AccountSpec{Phone: v.phone, Profile: world.Profile{FirstName: v.name}})
			v.ok(err)
			v.id = a.UserID
			c.all = append(c.all, v)
			c.of[v.id] = v
		}
	}
	h.inStore(func(ctx context.Context, a *app) {
		for _, v := range c.all {
			if !v.kind.member {
				continue
			}
			_, err := a.store.CreateUser(ctx, domain.User{
				OrganizationID: h.owner.User.OrganizationID, Role: domain.RoleMember, Name: v.name, TelegramID: v.id, CreatedAt: time.Now().UTC(),
			}, "")
			v.ok(err)
		}
	})
	return c
}

// comeIn lets those in who were there before.
func (c *botCrowd) comeIn() {
	c.t.Helper()
	n := 0
	for _, v := range c.all {
		if v.kind.known {
			v.say("/start")
			n++
		}
	}
	eventually(c.t, "they are let in", func() bool { return c.listen() == n })
	c.handled()
	for _, v := range c.all {
		v.calls = nil
	}
	c.calls, c.since = nil, c.last()
}

// write lets some of them do what they do, all at once.
func (c *botCrowd) write(some ...*guest) {
	var all sync.WaitGroup
	for _, v := range some {
		all.Go(func() {
			for _, in := range v.kind.does {
				if err := v.c.BotDo(c.t.Context(), v.phone, in); err != nil {
					c.t.Errorf("%s: %v", v.name, err)
				}
			}
		})
	}
	all.Wait()
}

// listen reads on in the journal and answers how often the bot has called about them.
func (c *botCrowd) listen() (answers int) {
	c.t.Helper()
	more := c.journal(c.since)
	for _, e := range more {
		c.since = e.N
		if v := c.guest(e); v != nil {
			v.calls = append(v.calls, e)
		}
	}
	c.calls = append(c.calls, more...)
	for _, v := range c.all {
		answers += len(v.calls)
	}
	return answers
}

// guest is whom a call of the bot answers; nil: it answers none of them.
func (c *botCrowd) guest(e world.JournalEntry) *guest {
	if strings.HasPrefix(e.Method, "bot.") {
		return c.of[e.Chat]
	}
	return nil
}

// answered expects that the bot has called about each what it should, in the right
// order and nothing besides, and that he can read it.
func (c *botCrowd) answered() {
	c.t.Helper()
	presses := 0
	for _, v := range c.all {
		var methods []string
		for _, e := range v.calls {
			methods = append(methods, e.Method)
		}
		if !slices.Equal(methods, v.kind.calls) {
			c.t.Errorf("%s (%s) is answered by %q, want %q", v.name, v.phone, methods, v.kind.calls)
		}
		if v.kind.does[0].Callback != "" {
			presses++
		}
		if v.kind.hears == nil {
			continue
		}
		said, want := v.said(), v.kind.hears(v)
		for i, m := range said[max(0, len(said)-len(want)):] {
			v.reads(m, want[i])
		}
	}
	if n := len(c.botCalls("answerCallbackQuery", 0)); n != presses {
		c.t.Errorf("%d answers to %d presses", n, presses)
	}
	if n := c.number("SELECT COUNT(*) FROM bot_people WHERE gone_at > 0"); n != crowdLeavers {
		c.t.Errorf("%d of %d are known to have left", n, crowdLeavers)
	}
}

// between expects that each account went on sending while the crowd was answered, as
// long as it had anything to send, which is half of that time at least: in every
// stretch of the answers, and a quarter of what its gap allows over all.
func (c *botCrowd) between(phones ...string) {
	c.t.Helper()
	var at []int // where in c.calls the answers are
	for i, e := range c.calls {
		if c.guest(e) != nil {
			at = append(at, i)
		}
	}
	for _, phone := range phones {
		sends := func(e world.JournalEntry) bool { return e.Method == "messages.sendMessage" && e.Phone == phone }
		stretches, beside := 0, 0
		for s := range slices.Chunk(at, crowdStretch) {
			from, to := s[0], s[len(s)-1]
			if len(s) < crowdStretch || !slices.ContainsFunc(c.calls[to:], sends) {
				break
			}
			n := 0
			for _, e := range c.calls[from:to] {
				if sends(e) {
					n++
				}
			}
			if n == 0 {
				c.t.Errorf("%s sends nothing between %v and %v", phone, c.calls[from].At, c.calls[to].At)
			}
			stretches, beside = stretches+1, beside+n
		}
		if stretches < len(at)/crowdStretch/2 {
			c.t.Fatalf("%s has sent beside %d of %d answers", phone, stretches*crowdStretch, len(at))
		}
		took := c.calls[at[stretches*crowdStretch-1]].At.Sub(c.calls[at[0]].At)
		c.t.Logf("%s: %d messages beside %d answers in %v", phone, beside, stretches*crowdStretch, took)
		if least := int(took / (crowdGap * 4 / 3) / 4); beside < least {
			c.t.Errorf("%s has sent %d messages in %v, want %d at least", phone, beside, took, least)
		}
	}
}

// spaced expects that no account has sent before its gap was over.
func (c *botCrowd) spaced(phones ...string) {
	c.t.Helper()
	for _, phone := range phones {
		calls := c.house.calls(phone, 0)
		for i := 1; i < len(calls); i++ {
			if d := calls[i].At.Sub(calls[i-1].At); d < crowdGap*2/3-5*time.Millisecond { // as the calls arrive
				c.t.Errorf("%s sent two messages within %v", phone, d)
			}
		}
	}
}

// reader is somebody who looks at one page of the panel again and again.
type reader struct {
	*browserless
	path  string
	shows []string
	sent  int // what the page has said last of a campaign
	asked int
}

// readOn has some people at the panel until it is ended; then it expects that they
// have been answered, and with the right pages.
func (h *house) readOn(texts ...string) (end func()) {
	h.t.Helper()
	admin := signIn(h.t, h.p.url, "admin@sandbox.uz")
	all := []*reader{
		{browserless: h.me, path: "/admin/campaigns", shows: texts},
		{browserless: h.me, path: "/admin/campaigns/1", shows: texts[:1]},
		{browserless: h.me, path: "/admin/users", shows: []string{"Mijoz "}},
		{browserless: admin, path: "/admin/service", shows: []string{"Ishlayapti"}},
	}
	done := make(chan struct{})
	var reading sync.WaitGroup
	for _, r := range all {
		reading.Go(func() {
			for again := time.NewTicker(50 * time.Millisecond); ; {
				select {
				case <-done:
					again.Stop()
					return
				case <-again.C:
					if err := r.look(h.t.Context()); err != nil && h.t.Context().Err() == nil {
						h.t.Errorf("%s: %v", r.path, err)
					}
				}
			}
		})
	}
	end = sync.OnceFunc(func() {
		close(done)
		reading.Wait()
		for _, r := range all {
			if r.asked == 0 {
				h.t.Errorf("nobody has asked for %s", r.path)
			}
		}
	})
	h.t.Cleanup(end)
	return end
}

var sentOnPage = regexp.MustCompile(`aria-valuenow="(\d+)"`)

// look asks for the page: it is there, shows what it should, and of a campaign no fewer
// messages than before.
func (r *reader) look(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+r.path, nil)
	if err != nil {
		return err
	}
	res, err := r.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	r.asked++
	if res.StatusCode != http.StatusOK || res.Request.URL.Path != r.path {
		return fmt.Errorf("%d at %s", res.StatusCode, res.Request.URL.Path)
	}
	for _, part := range r.shows {
		if !strings.Contains(string(page), part) {
			return fmt.Errorf("%q is missing in %s", part, page)
		}
	}
	if m := sentOnPage.FindSubmatch(page); m != nil && r.path == "/admin/campaigns/1" {
		sent, _ := strconv.Atoi(string(m[1]))
		if sent < r.sent {
			return fmt.Errorf("%d messages are sent, and before it were %d", sent, r.sent)
		}
		r.sent = sent
	}
	return nil
}
