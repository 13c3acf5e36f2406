package bot

import (
	"fmt"
	"strings"
	"testing"

	"postix/domain"
)

// acts are what is done once: the button, and what is said of it, and of what is done
// already. Each is tried on campaigns of their own state.
var acts = []struct{ action, of, did, is string }{
	{"c.pause", "running", "flash.campaign.now_paused", "error.campaign.paused"},
	{"c.resume", "paused", "flash.campaign.resumed", "bot.campaign.goes_on"},
	{"c.cancel.yes", "running", "flash.campaign.now_cancelled", "error.campaign.cancelled"},
	{"c.retry.yes", "running 1", "flash.campaign.retried", "bot.campaign.resent"},
	{"c.missed.yes", "missed 1", "flash.campaign.missed_sent", "flash.campaign.missed_sent"},
	{"c.take.yes", "running peer", "bot.campaign.taken", "bot.campaign.taken"},
}

// TestActDoneAlready: whoever presses a button twice, and whoever's press is handled
// again since a process has ended in the middle, reads how it stands, and no refusal.
func TestActDoneAlready(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	who := w.people["member"]
	for i, a := range acts {
		id, args := int64(7_000_000+10*i), []int64{}
		for _, k := range strings.Fields(a.of) {
			n, known := who.ids[k]
			if !known {
				n = 1
			}
			args = append(args, n)
		}
		press := pressed(who.tg, press("", a.action, args...).data, 7)
		said := func() string {
			var b strings.Builder
			for _, s := range w.api.take() {
				b.WriteString(s.String() + "\n")
			}
			return b.String()
		}
		w.begins(who, id, press)
		if got := said(); !strings.Contains(got, w.text(a.did)) {
			t.Errorf("%s is answered with %s", a.action, got)
		}
		w.handle(id, false) // the next process
		if got := said(); !strings.Contains(got, w.text(a.is)) {
			t.Errorf("%s, handled again, is answered with %s", a.action, got)
		}
		if got := w.does(who, press); !strings.Contains(got, w.text(a.is)) {
			t.Errorf("%s, pressed again, is answered with %s", a.action, got)
		}
		if ask, sure := strings.CutSuffix(a.action, ".yes"); sure && ask != "c.take" {
			if got := w.does(who, pressed(who.tg, fmt.Sprintf("%s:%d", ask, args[0])+strings.Repeat(":1", len(args)-1), 7)); !strings.Contains(got, w.text(a.is)) {
				t.Errorf("%s, where it is done, is answered with %s", ask, got)
			}
		}
		w.restore(w.changed())
	}
	ended := pressed(who.tg, press("", "c.cancel.yes", who.ids["running"]).data, 7)
	w.exec("UPDATE campaigns SET status = 'done', uncertain = 0 WHERE id = ?", who.ids["running"])
	if got := w.does(who, ended); !strings.Contains(got, w.text("error.campaign.ended")) {
		t.Errorf("cancelling what has ended is answered with %s", got)
	}
}

// TestNumberResumed: what became of a number is told, and shown; of one that goes on
// already, too.
func TestNumberResumed(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	who := w.people["member"]
	press := pressed(who.tg, press("", "num.go", who.ids["limited"]).data, 7)
	for _, word := range []string{"flash.account.resumed", "bot.number.goes_on"} {
		says(t, word, w.does(who, press), "answerCallbackQuery: "+w.text(word), "limited-of-member.")
	}
	w.exec("UPDATE accounts SET state = 'needs_login' WHERE id = ?", who.ids["limited"])
	says(t, "cut off since", w.does(who, press), "answerCallbackQuery: "+w.text("error.account.not_paused"), w.text("bot.number.again"))
}

// TestRepeatKeepsTheDraft: what is being put together is asked about before something
// else takes its place, and only what was asked about goes.
func TestRepeatKeepsTheDraft(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	who := w.people["member"]
	running := who.ids["running"]
	stands := func() *order {
		t.Helper()
		k, err := w.newTurn(t.Context(), incoming{From: who.tg}).conversation()
		if err != nil {
			t.Fatal(err)
		}
		return k.Order
	}
	asks := func(data string) {
		t.Helper()
		was := stands()
		if said := w.does(who, pressed(who.tg, data, 7)); !strings.Contains(said, w.text("bot.send.resume")) || !strings.Contains(said, was.Text) {
			t.Errorf("%s with a draft is answered with %s", data, said)
		}
		if o := stands(); o == nil || o.Key != was.Key || o.Text != was.Text {
			t.Errorf("the draft is %+v", o)
		}
	}
	begins := func(data string) {
		t.Helper()
		if said := w.does(who, pressed(who.tg, data, 7)); !strings.Contains(said, w.text("campaign.review.title")) || !strings.Contains(said, "running-of-member.") {
			t.Errorf("%s is answered with %s", data, said)
		}
		if o := stands(); o == nil || o.Text != "running-of-member." {
			t.Errorf("the draft is %+v", o)
		}
	}
	asks(press("", "c.repeat", running).data)
	asks(press("", "c.repeat.yes", running, who.order.Key+1).data)
	instead := press("", "c.repeat.yes", running, who.order.Key).data
	begins(instead)
	was := stands().Key
	for _, data := range []string{press("", "c.repeat", running).data, instead} { // what stands there is just that
		if begins(data); stands().Key != was {
			t.Errorf("%s begins another order like it", data)
		}
	}
	changed := *stands()
	changed.Rounds++
	w.talks(who, talk{Order: &changed})
	asks(press("", "c.repeat", running).data)
	asks(instead) // the press of an order that is gone
	w.talks(who, talk{})
	begins(press("", "c.repeat", running).data)
}

// TestReviewLooksAsTyped: the text in a review has its formats, cut within none.
func TestReviewLooksAsTyped(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	who := w.people["member"]
	o := who.order
	o.Text = "Yuk bor " + strings.Repeat("<&> ", domain.MaxText/5)
	o.Formats = domain.Formats{{Kind: domain.FormatQuote, Length: 3000}, {Kind: domain.FormatBold, Length: 3}, {Kind: domain.FormatItalic, Offset: 4, Length: 2000}}
	w.talks(who, talk{Order: &o})
	for _, data := range []string{"send.sum", "send.text"} {
		said := w.does(who, pressed(who.tg, press("", data, o.Key).data, 7))
		quote, _, _ := strings.Cut(said[max(0, strings.Index(said, "<blockquote>")):], "</blockquote>")
		if !strings.HasPrefix(quote, "<blockquote><b>Yuk</b> <i>bor &lt;&amp;&gt; ") || !strings.HasSuffix(quote, "</i>…") || strings.Count(quote, "<blockquote>") != 1 {
			t.Errorf("%s shows %s", data, quote)
		}
		if n := units(strings.TrimPrefix(quote, "<blockquote>")); n > reviewText {
			t.Errorf("%s shows %d units", data, n)
		}
	}
	if said := w.does(who, message(who.tg, "/send")); !strings.Contains(said, "<b>Yuk</b> <i>bor ") {
		t.Errorf("the draft is shown as %s", said)
	}
}

// TestNumbersNameTheirUsers: who sees the numbers of others reads whose each is.
func TestNumbersNameTheirUsers(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	manager, member := w.people["manager"], w.people["member"]
	if said := w.does(manager, message(manager.tg, "/numbers")); !strings.Contains(said, "person-of-member.") || strings.Contains(said, "person-of-manager.") {
		t.Errorf("the manager reads %s", said)
	}
	if said := w.does(member, message(member.tg, "/numbers")); strings.Contains(said, "person-of-") {
		t.Errorf("the member reads %s", said)
	}
}
