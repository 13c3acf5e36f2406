package db

import (
	"testing"
	"time"

	"postix/domain"
)

// Each bound lets its number of messages out in a day, and not one more.
func TestReplyBounds(t *testing.T) {
	for name, c := range map[string]struct {
		bounds domain.ReplySettings
		sender func(i int) int64
		why    string
	}{
		"chat":   {domain.ReplySettings{PerChat: 3, PerSender: 100, PerDay: 100}, func(i int) int64 { return int64(i) + 5 }, domain.SilentChatDay},
		"sender": {domain.ReplySettings{PerChat: 100, PerSender: 3, PerDay: 100}, func(int) int64 { return 5 }, domain.SilentSender},
		"day":    {domain.ReplySettings{PerChat: 100, PerSender: 100, PerDay: 3}, func(i int) int64 { return int64(i) + 5 }, domain.SilentDay},
	} {
		t.Run(name, func(t *testing.T) {
			w := replyWorld(t, 2)
			c.bounds.Cooldown = time.Minute
			for i := range 4 { // one of them is never sent, and does not count
				now := start.Add(time.Duration(i) * time.Hour)
				w.wantSilence(w.reply(c.sender(i), c.bounds, now, w.peers[0]), "")
				if i > 0 {
					w.settle(sent(w.claim(now), i+1, now))
				}
				must(w.s.Expire(w.ctx, now.Add(domain.ReplyWithin)))
			}
			now := start.Add(25 * time.Hour)
			before := now.Add(-time.Millisecond)
			w.wantSilence(w.reply(c.sender(4), c.bounds, before, w.peers[0]), c.why)
			if name == "chat" {
				r := w.reply(99, c.bounds, before, w.peers[0], w.peers[1])
				w.wantSilence(r, "")
				w.wantPeers(r, w.peers[1])
			}
			w.wantSilence(w.reply(c.sender(5), c.bounds, now, w.peers[0]), "") // a day after the first that counts
			o := w.second(1)
			o.ok(o.s.PutTemplate(o.ctx, o.org.ID, domain.Template{Text: "Salom", Active: true, At: start}))
			o.wantSilence(o.reply(c.sender(4), c.bounds, before, o.peers[0]), "")
		})
	}
}

// An answer in two groups is two messages, and goes to one where only one more
// may go out. What failed costs nothing.
func TestReplyBoundsCountMessages(t *testing.T) {
	for name, c := range map[string]struct {
		bounds domain.ReplySettings
		why    string
	}{
		"sender": {domain.ReplySettings{PerChat: 100, PerSender: 5, PerDay: 100}, domain.SilentSender},
		"day":    {domain.ReplySettings{PerChat: 100, PerSender: 100, PerDay: 5}, domain.SilentDay},
	} {
		t.Run(name, func(t *testing.T) {
			w := replyWorld(t, 2)
			c.bounds.Cooldown = time.Minute
			now := start
			order := func(want ...domain.Peer) {
				t.Helper()
				r := w.reply(5, c.bounds, now, w.peers[0], w.peers[1])
				w.wantSilence(r, "")
				w.wantPeers(r, want...)
				now = now.Add(time.Hour)
			}
			order(w.peers[0], w.peers[1])
			w.settle(sent(w.claim(start), 1, start))
			w.settle(failed(w.claim(start), domain.ActFailPeer, "CHAT_WRITE_FORBIDDEN", 0, start))
			order(w.peers[0], w.peers[1]) // 3 with these
			order(w.peers[0], w.peers[1]) // 5
			w.wantSilence(w.reply(5, c.bounds, now, w.peers[0], w.peers[1]), c.why)
			must(w.s.Expire(w.ctx, now)) // the four were never sent
			order(w.peers[0], w.peers[1])
			order(w.peers[0], w.peers[1])
			w.exec("UPDATE deliveries SET status = 'failed' WHERE id = (SELECT MAX(id) FROM deliveries)")
			w.exec("UPDATE rounds SET failed = failed + 1 WHERE campaign_id = (SELECT MAX(id) FROM campaigns)")
			w.exec("UPDATE campaigns SET failed = failed + 1 WHERE id = (SELECT MAX(id) FROM campaigns)")
			order(w.peers[0])
			w.wantSilence(w.reply(5, c.bounds, now, w.peers[0], w.peers[1]), c.why)
		})
	}
}

// Where groups may not be written to, the next ones are answered in, but never
// more than two.
func TestReplyFallsBack(t *testing.T) {
	w := replyWorld(t, 5)
	bounds := wide
	bounds.PerChat = 1
	w.wantSilence(w.reply(4, bounds, start, w.peers[1]), "")
	w.deny(w.peers[0])
	r := w.reply(5, bounds, start, w.peers...)
	w.wantSilence(r, "")
	w.wantPeers(r, w.peers[2], w.peers[3])
}
