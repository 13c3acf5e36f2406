package main

import (
	"strconv"
	"testing"

	"postix/db"
	"postix/domain"
	"postix/telegram/sandbox"
	"postix/telegram/sandbox/world"
)

// compare holds what the panel says of campaigns against what stands in
// Telegram's chats, row by row. They are all that ever was ordered, and every
// delivery must be final; uncertain is left only what nobody can prove, because
// its account is dead.
func compare(t *testing.T, tg sandbox.Client, s *db.Store, who domain.Actor, campaigns ...int64) {
	t.Helper()
	c := &comparison{t: t, tg: tg, claimed: map[int64]bool{}}
	rows := map[int64][]domain.Delivery{}
	chats := map[int64]bool{}
	for _, id := range campaigns {
		ds, total, err := s.Deliveries(t.Context(), who.Scope(), id, domain.DeliveryFilter{})
		if err != nil || total != len(ds) {
			t.Fatalf("%d of %d deliveries, %v", len(ds), total, err)
		}
		rows[id] = ds
		for _, d := range ds {
			chats[int64(d.Peer.ID)] = true
		}
	}
	c.read(chats)
	for _, id := range campaigns {
		campaign, err := s.Campaign(t.Context(), who.Scope(), id)
		if err != nil {
			t.Fatal(err)
		}
		rounds, err := s.Rounds(t.Context(), who.Scope(), id)
		if err != nil {
			t.Fatal(err)
		}
		c.campaign(campaign, rounds, rows[id])
	}
	for randomID, m := range c.arrived {
		if !c.claimed[randomID] {
			t.Errorf("nobody ordered %+v", m)
		}
	}
}

type comparison struct {
	t       *testing.T
	tg      sandbox.Client
	arrived map[int64]world.MessageInfo // what stands at Telegram, by random id
	became  map[int64]int64             // the supergroups that groups have become
	claimed map[int64]bool              // random ids of deliveries
}

// read collects every message that an account of ours has written: into these
// chats, those that they have become, and those that were ever written to.
func (c *comparison) read(chats map[int64]bool) {
	c.t.Helper()
	for _, e := range journalOf(c.t, c.tg) {
		if e.Method == "messages.sendMessage" && e.Chat != 0 {
			chats[e.Chat] = true
		}
	}
	all, err := c.tg.Chats(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	c.became = map[int64]int64{}
	for _, ch := range all {
		if chats[ch.ID] && ch.MigratedTo != 0 {
			c.became[ch.ID] = ch.MigratedTo
		}
	}
	for _, to := range c.became {
		chats[to] = true
	}
	c.arrived = map[int64]world.MessageInfo{}
	for chat := range chats {
		ms, err := c.tg.Messages(c.t.Context(), chat, 0)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, m := range ms {
			if m.RandomID == 0 {
				continue
			}
			if first, twice := c.arrived[m.RandomID]; twice {
				c.t.Errorf("Telegram has %d twice: %+v and %+v", m.RandomID, first, m)
			}
			c.arrived[m.RandomID] = m
		}
	}
}

func (c *comparison) campaign(campaign domain.Campaign, rounds []domain.Round, ds []domain.Delivery) {
	c.t.Helper()
	counts := domain.Counts{Planned: campaign.Counts.Planned}
	for _, d := range ds {
		c.delivery(campaign, d)
		count(c.t, &counts, campaign, d)
	}
	left := campaign.Rounds - campaign.Round // never opened: counted, without rows
	var sum domain.Counts
	for _, r := range rounds {
		if r.Status == domain.RoundMissed {
			counts.Missed += campaign.Peers
		}
		sum.Planned += r.Counts.Planned
		sum.Sent += r.Counts.Sent
		sum.Failed += r.Counts.Failed
		sum.Cancelled += r.Counts.Cancelled
		sum.Missed += r.Counts.Missed
		sum.Skipped += r.Counts.Skipped
		sum.Uncertain += r.Counts.Uncertain
	}
	counts.Cancelled += left * campaign.Peers
	sum.Cancelled += left * campaign.Peers
	sum.Planned += left * campaign.Peers
	if counts != campaign.Counts || campaign.Counts.Open() != 0 {
		c.t.Errorf("campaign %d counts %+v, its deliveries %+v", campaign.ID, campaign.Counts, counts)
	}
	if sum != campaign.Counts {
		c.t.Errorf("campaign %d counts %+v, its rounds %+v", campaign.ID, campaign.Counts, sum)
	}
}

func (c *comparison) delivery(campaign domain.Campaign, d domain.Delivery) {
	c.t.Helper()
	m, arrived := c.arrived[d.RandomID]
	there := m.ChatID == int64(d.Peer.ID) || m.ChatID == c.became[int64(d.Peer.ID)]
	switch {
	case c.claimed[d.RandomID]:
		c.t.Errorf("two deliveries share the id %d", d.RandomID)
	case d.Status == domain.DeliverySent && !arrived:
		c.t.Errorf("round %d of %d to %d is called sent and is not at Telegram", d.Round, campaign.ID, d.Peer.ID)
	case d.Status != domain.DeliverySent && d.Status != domain.DeliveryUncertain && arrived:
		c.t.Errorf("round %d of %d to %d is at Telegram and is called %s", d.Round, campaign.ID, d.Peer.ID, d.Status)
	case d.Status == domain.DeliverySent && (!there || m.MessageID != d.MessageID || m.At.Unix() != d.SentAt.Unix() || m.Text != campaign.Text):
		c.t.Errorf("round %d of %d to %d: the panel says message %d at %v, Telegram %+v", d.Round, campaign.ID, d.Peer.ID, d.MessageID, d.SentAt, m)
	}
	c.claimed[d.RandomID] = true
}

func count(t *testing.T, c *domain.Counts, of domain.Campaign, d domain.Delivery) {
	t.Helper()
	switch d.Status {
	case domain.DeliveryUncertain:
		if of.AccountState != domain.AccountNeedsLogin {
			t.Errorf("round %d to %d is left uncertain (%s)", d.Round, d.Peer.ID, d.Reason)
		}
		c.Uncertain++
	case domain.DeliverySent:
		c.Sent++
	case domain.DeliveryFailed:
		c.Failed++
	case domain.DeliveryCancelled:
		c.Cancelled++
	case domain.DeliverySkipped:
		c.Skipped++
	case domain.DeliveryMissed:
		c.Missed++
	default:
		t.Errorf("round %d to %d is left %s (%s)", d.Round, d.Peer.ID, d.Status, d.Reason)
	}
}

func journalOf(t *testing.T, tg sandbox.Client) []world.JournalEntry {
	t.Helper()
	all, err := tg.Journal(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func id(n int64) string { return strconv.FormatInt(n, 10) }

// sends lists the calls of sendMessage that Telegram stored a message for.
func sends(t *testing.T, tg sandbox.Client) []world.JournalEntry {
	t.Helper()
	var out []world.JournalEntry
	for _, e := range journalOf(t, tg) {
		if e.Method == "messages.sendMessage" && e.Outcome == "ok" {
			out = append(out, e)
		}
	}
	return out
}
