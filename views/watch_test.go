package views

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"postix/domain"
	"postix/domain/filter"
	"postix/views/locale"
)

var watchNow = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

// Every rule and severity has its words in every language, with what was seen.
func TestRulesHaveWords(t *testing.T) {
	traits := []string{filter.TraitLong, filter.TraitRepeated, filter.TraitUnusualScript, filter.TraitEmoji, filter.TraitNoLetters}
	for _, l := range locale.Languages {
		ctx := locale.With(context.Background(), l.Code, nil)
		var words []string
		for _, r := range filter.Rules() {
			words = append(words, RuleWord(ctx, r), ruleAbout(ctx, r), SeverityWord(ctx, r.Severity()))
			if r == filter.SuspiciousProfile {
				for _, trait := range traits {
					words = append(words, HitWords(ctx, filter.Hit{Rule: r, Seen: trait, Count: 1234}))
				}
				continue
			}
			words = append(words, HitWords(ctx, filter.Hit{Rule: r, Seen: "Moskva\u202e", Count: 1234, Within: 90 * time.Minute}))
		}
		for _, w := range words {
			if w == "" || strings.ContainsAny(w, "⟦\u202e") || strings.Contains(w, "no value") {
				t.Errorf("%s: %q", l.Code, w)
			}
		}
	}
	en := locale.With(context.Background(), "en", nil)
	for want, h := range map[string]filter.Hit{
		"The text names “Moskva⟨202E⟩”.":                         {Rule: filter.ForeignRoute, Seen: "Moskva\u202e"},
		"+998901234567 was seen in 20 groups within 30 minutes.": {Rule: filter.PhoneSpam, Seen: "+998901234567", Count: 20, Within: 30 * time.Minute},
		"The name has characters of an unusual script.":          {Rule: filter.SuspiciousProfile, Seen: filter.TraitUnusualScript},
		"Messages of the sender within 5 minutes: 10.":           {Rule: filter.MessageFrequency, Count: 10, Within: 5 * time.Minute},
		"The sender wrote the same text within 20 minutes.":      {Rule: filter.DuplicateMessage, Within: 20 * time.Minute},
	} {
		if got := HitWords(en, h); got != want {
			t.Errorf("%+v says %q, want %q", h, got, want)
		}
	}
}

func found(change func(*domain.Detection)) domain.Detection {
	d := domain.Detection{
		ID: 5, Message: filter.Message{ID: 9, At: watchNow, ChatID: -1_000_000_000_001, ChatTitle: "Yuk", SenderID: 7, Text: "Moskva"},
		Severity: filter.High, Rule: filter.ForeignRoute, Hits: []filter.Hit{{Rule: filter.ForeignRoute, Severity: filter.High, Seen: "Moskva"}},
		Sender: domain.Sender{ID: 7, FirstName: "Anvar", FirstAt: watchNow, LastAt: watchNow, Detections: 1},
	}
	change(&d)
	return d
}

// What became of the answer is said in the list and on the page, in every
// language.
func TestAnswersHaveWords(t *testing.T) {
	for _, l := range locale.Languages {
		for _, s := range domain.DeliveryStatuses {
			d := found(func(d *domain.Detection) {
				d.Replies = []domain.Reply{{Text: "Salom", Peer: domain.Peer{Title: "Katta guruh"}, Status: s, Reason: "CHAT_WRITE_FORBIDDEN"}}
			})
			word := locale.T(locale.With(context.Background(), l.Code, nil), "watch.reply."+string(s))
			for name, html := range map[string]string{
				"row":  render(t, l.Code, Viewer{}, DetectionRow(DetectionsPage{Now: watchNow}, d)),
				"page": render(t, l.Code, Viewer{}, DetectionReplies(DetectionPage{Detection: d, Now: watchNow})),
			} {
				if !strings.Contains(html, word) || strings.Contains(html, "⟦") {
					t.Errorf("%s in %s does not say %q", name, l.Code, word)
				}
			}
		}
		for _, why := range []string{
			domain.SilentMode, domain.SilentSeverity, domain.SilentLate, domain.SilentCooldown, domain.SilentTemplate,
			domain.SilentGroup, domain.SilentChatDay, domain.SilentSender, domain.SilentDay,
		} {
			d := found(func(d *domain.Detection) { d.Silence = why })
			if html := render(t, l.Code, Viewer{}, DetectionReplies(DetectionPage{Detection: d, Now: watchNow})); strings.Contains(html, "⟦") {
				t.Errorf("%s in %s: %s", why, l.Code, html)
			}
		}
	}
}

// Answers that stand alike are said once in a row, with their number.
func TestAlikeAnswersAreCounted(t *testing.T) {
	d := found(func(d *domain.Detection) {
		d.Replies = []domain.Reply{{Status: domain.DeliverySent}, {Status: domain.DeliveryFailed}, {Status: domain.DeliverySent}}
	})
	html := render(t, "en", Viewer{}, DetectionRow(DetectionsPage{Now: watchNow}, d))
	if strings.Count(html, "Answered") != 1 || !strings.Contains(html, "Answered: 2 groups<") || !strings.Contains(html, ">Reply failed<") {
		t.Errorf("the row says %s", html)
	}
}

// In the list a filter that only observes does not repeat so on each row.
func TestRowsDoNotRepeatTheMode(t *testing.T) {
	for why, want := range map[string]bool{domain.SilentMode: false, domain.SilentCooldown: true} {
		html := render(t, "en", Viewer{}, DetectionRow(DetectionsPage{Now: watchNow}, found(func(d *domain.Detection) { d.Silence = why })))
		if got := strings.Contains(html, locale.T(locale.With(context.Background(), "en", nil), "watch.silence."+why)); got != want {
			t.Errorf("%s is said: %v", why, got)
		}
	}
}

// The cool-down is counted down while it lasts.
func TestCooldownIsCountedDown(t *testing.T) {
	for left, want := range map[time.Duration]bool{time.Minute: true, 0: false, -time.Hour: false} {
		d := found(func(d *domain.Detection) { d.Sender.CooldownUntil = watchNow.Add(left) })
		html := render(t, "en", Viewer{}, DetectionSender(DetectionPage{Detection: d, Now: watchNow}))
		if got := strings.Contains(html, "data-until"); got != want {
			t.Errorf("with %v left it is counted down: %v", left, got)
		}
	}
}

// A sender without a name has his id, and a long name does not fill a row.
func TestSenderNames(t *testing.T) {
	nobody := found(func(d *domain.Detection) { d.Sender.FirstName = "" })
	if html := render(t, "en", Viewer{}, DetectionRow(DetectionsPage{Now: watchNow}, nobody)); !strings.Contains(html, "№7") {
		t.Error("a sender without a name is not named")
	}
	long := found(func(d *domain.Detection) { d.Sender.FirstName = strings.Repeat("x", 200) })
	if html := render(t, "en", Viewer{}, DetectionRow(DetectionsPage{Now: watchNow}, long)); strings.Contains(html, strings.Repeat("x", longName+1)) {
		t.Error("a long name stands whole in a row")
	}
}

func TestRulesBehindTheGateWereNotAsked(t *testing.T) {
	p := TryPage{Rules: filter.DefaultSettings(), Verdict: &filter.Verdict{Rule: filter.PhoneRequired}}
	_, quiet, unasked, _ := p.sorted()
	if !slices.Equal(quiet, []filter.Rule{filter.CustomFilter}) || len(unasked) == 0 {
		t.Errorf("quiet %v, not asked %v", quiet, unasked)
	}
	if got, want := render(t, "uz", Viewer{}, WatchTried(p)), fmt.Sprintf("Yana %d ta qoida tekshirilmadi", len(unasked)); !strings.Contains(got, want) {
		t.Errorf("no %q: %s", want, got)
	}
	p.Verdict = &filter.Verdict{}
	if _, quiet, unasked, _ := p.sorted(); len(quiet) < 2 || len(unasked) != 0 {
		t.Errorf("with a number: quiet %v, not asked %v", quiet, unasked)
	}
}

func TestAllowedSenderHasNoPause(t *testing.T) {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	p := DetectionPage{Now: at, Detection: domain.Detection{Sender: domain.Sender{CooldownUntil: at.Add(time.Hour)}}}
	for allowed, want := range map[bool]bool{false: true, true: false} {
		p.Sender.Allowed = allowed
		if got := render(t, "uz", Viewer{}, DetectionSender(p)); strings.Contains(got, "Javob berilmaydi") != want {
			t.Errorf("allowed %t: %s", allowed, got)
		}
	}
}

func TestTabsMarkWhereOneIs(t *testing.T) {
	html := render(t, "en", Viewer{}, WatchTabs(TabGroups))
	if n := strings.Count(html, "aria-current"); n != 1 || !strings.Contains(html, `href="/admin/watch/groups" aria-current="page"`) {
		t.Errorf("%d marked: %s", n, html)
	}
}

// The stream's address keeps the filters.
func TestDetectionStreamKeepsFilters(t *testing.T) {
	at, err := url.Parse("/admin/watch?rule=blank_lines&page=2")
	if err != nil {
		t.Fatal(err)
	}
	if got := (DetectionsPage{URL: at, Total: 70}).LiveURL(); got != "/admin/watch/live?page=2&rule=blank_lines&total=70" {
		t.Errorf("listens to %s", got)
	}
}
