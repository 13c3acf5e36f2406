package bot

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
)

// wide is as much of a text from elsewhere as makes the most of each character.
func wide(n int) string { return strings.Repeat("\u202e", n) }

// longestCampaign needs a person's eye in every way at once, and has the longest names.
func longestCampaign(text string) views.CampaignPage {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	far := now.AddDate(1, 2, 3)
	c := domain.Campaign{
		ID: 1 << 62, OrganizationID: 1, UserID: 2, CatalogName: wide(200), Text: text, Rounds: 100, Interval: 29*24*time.Hour + 23*time.Hour,
		StartAt: now.AddDate(-1, 0, 0), Peers: 1_000_000, Status: domain.CampaignPaused, Reason: "UNKNOWN_" + strings.Repeat("X", 500),
		Round: 3, RecentFailed: 20, SumsWrong: true, PlannedEnd: far, LastSentAt: now.AddDate(-1, 0, 0), StartedAt: now.AddDate(-1, 0, 1),
		Counts:   domain.Counts{Planned: 100_000_000, Sent: 20_000_000, Failed: 20_000_000, Cancelled: 1_000_000, Missed: 3_000_000, Skipped: 1_000_000, Uncertain: 1_000_000},
		UserName: wide(200), AccountName: wide(200), AccountPhone: "+998901234567",
	}
	p := views.CampaignPage{Campaign: c}
	p.Now = now
	p.Actor = domain.Actor{User: domain.User{ID: 1, OrganizationID: 1, Role: domain.RoleOwner}}
	for n := 3; n > 0; n-- {
		p.Rounds = append(p.Rounds, domain.Round{
			Number: n, Status: domain.RoundOpen, PlannedAt: now, OpenedAt: now.Add(time.Duration(n) * time.Hour), Late: true,
			Counts: domain.Counts{Planned: 1_000_000, Failed: 500_000},
		})
	}
	return p
}

// takes fails where the Bot API would not take a screen.
func takes(t *testing.T, what string, s screen) {
	t.Helper()
	if n := units(s.text); n > mostUnits {
		t.Errorf("%s: %d units", what, n)
	}
	if strings.Contains(s.text, "⟦") {
		t.Errorf("%s: a text is missing: %s", what, s.text)
	}
	for _, r := range s.rows {
		for _, b := range r {
			if len(b.data) > mostData || len([]rune(b.label)) > mostLabel || b.label == "" {
				t.Errorf("%s: a button %q %q", what, b.label, b.data)
			}
		}
	}
}

func screenTurn(lang string, p views.CampaignPage) *turn {
	b := &Bot{Options: Options{URL: "https://panel.example"}}
	t := b.newTurn(context.Background(), incoming{From: 1})
	t.ctx, t.actor = locale.With(t.ctx, lang, time.UTC), p.Actor
	return t
}

// A campaign's message and its lists fit with the longest names, texts and figures, in
// every language.
func TestCampaignFits(t *testing.T) {
	for _, l := range locale.Languages {
		for _, text := range []string{"Salom", strings.Repeat("я", domain.MaxText), strings.Repeat("🚛", domain.MaxText/2), wide(domain.MaxText), strings.Repeat("א", domain.MaxText)} {
			for _, status := range domain.CampaignStatuses {
				p := longestCampaign(text)
				p.Campaign.Status = status
				bt := screenTurn(l.Code, p)
				s, _ := bt.campaignScreen(p)
				takes(t, fmt.Sprintf("%s, %s", l.Code, status), s)
				if whole := len(s.rows) > 0 && strings.Contains(fmt.Sprint(s.rows), "c.text"); whole != (text != "Salom") {
					t.Errorf("%s: offered to show all of a text of %d bytes: %v", l.Code, len(text), whole)
				}
			}
		}
		p := longestCampaign("Salom")
		bt := screenTurn(l.Code, p)
		for _, status := range domain.DeliveryStatuses {
			var ds []domain.Delivery
			for range pageSize {
				ds = append(ds, domain.Delivery{
					CampaignID: 1, Round: 100, Status: status, Reason: p.Campaign.Reason, DueAt: p.Now.AddDate(1, 0, 0), SentAt: p.Now.AddDate(-1, 0, 0),
					UpdatedAt: p.Now.AddDate(-1, 0, 0), Peer: domain.Peer{ID: -1 << 62, Title: wide(300), Username: strings.Repeat("W", 32)},
				})
			}
			lines, numbers := bt.deliveryLines(p, ds, 1<<30, true)
			head := bt.chatsHead(p) + strings.Repeat("x", 400) // what stands above and below, with room to spare
			takes(t, fmt.Sprintf("%s, %s", l.Code, status), screen{text: head + lines, rows: inRows(numbers, 5)})
		}
		list := ""
		for range pageSize {
			p := longestCampaign(strings.Repeat("я", domain.MaxText))
			list += "\n\n" + bt.campaignLine(p.Moment, p.Campaign)
		}
		takes(t, l.Code+", the list", screen{text: list + strings.Repeat("x", 200)})
	}
}

// What is left over of a text goes on in the next message, with its formats.
func TestRichParts(t *testing.T) {
	fs := domain.Formats{
		{Kind: domain.FormatBold, Offset: 0, Length: 6},
		{Kind: domain.FormatItalic, Offset: 4, Length: 4},
		{Kind: domain.FormatLink, Offset: 8, Length: 2, URL: `https://example.uz/?a="<&`},
		{Kind: domain.FormatPre, Offset: 10, Length: 2, Language: "go"},
	}
	for most, want := range map[int][]string{
		12: {`<b>a&lt;🚛<i>de</i></b><i>fg</i><a href="https://example.uz/?a=&#34;&lt;&amp;">hi</a><pre><code class="language-go">jk</code></pre>`},
		5:  {`<b>a&lt;🚛<i>d</i></b>`, `<b><i>e</i></b><i>fg</i><a href="https://example.uz/?a=&#34;&lt;&amp;">hi</a>`, `<pre><code class="language-go">jk</code></pre>`},
		3:  {`<b>a&lt;</b>`, `<b>🚛<i>d</i></b>`, `<b><i>e</i></b><i>fg</i>`, `<a href="https://example.uz/?a=&#34;&lt;&amp;">hi</a><pre><code class="language-go">j</code></pre>`, `<pre><code class="language-go">k</code></pre>`},
	} {
		var got []string
		for text, left := "a<🚛defghijk", fs; text != ""; {
			var part string
			part, text, left = rich(text, left, most)
			got = append(got, part)
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("parts of %d units:\n%s\nwant\n%s", most, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// The squares of a bar are always as many.
func TestBar(t *testing.T) {
	for want, c := range map[string]domain.Counts{
		"⬜⬜⬜⬜⬜⬜⬜⬜⬜⬜": {},
		"🟩🟩🟩🟩🟩🟩🟩🟩🟩🟩": {Planned: 7, Sent: 7},
		"🟩🟩🟩🟥🟨⬛⬛⬛⬜⬜": {Planned: 100, Sent: 30, Failed: 10, Uncertain: 10, Skipped: 10, Missed: 10, Cancelled: 10},
		"🟩🟩🟩🟩🟩🟩🟩🟩🟩⬜": {Planned: 1000, Sent: 999},
	} {
		if got := bar(c); got != want {
			t.Errorf("%+v: %s, want %s", c, got, want)
		}
	}
}
