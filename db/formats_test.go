package db

import (
	"slices"
	"testing"
	"time"

	"postix/domain"
)

// everyFormat is one of each kind, in a text of at least 18 units.
func everyFormat() (fs domain.Formats) {
	for i, k := range domain.FormatKinds {
		f := domain.Format{Kind: k, Offset: i, Length: 2 * (i + 1)}
		switch k {
		case domain.FormatLink:
			f.URL = `https://a.uz/?a="b"&c=<d>'`
		case domain.FormatPre:
			f.Language = "go"
		}
		fs = append(fs, f)
	}
	return fs
}

func (w *world) formatted(rounds int, text string, fs domain.Formats) domain.Campaign {
	w.t.Helper()
	w.made++
	c, _, err := w.s.CreateCampaign(w.ctx, domain.Campaign{
		OrganizationID: w.org.ID, UserID: w.user.ID, UUID: "formatted", Token: "formatted", AccountID: w.account.ID, CatalogName: "Bozorlar",
		Text: text, Formats: fs, Rounds: rounds, Interval: time.Hour, StartAt: start, CreatedAt: start,
	}, w.peers)
	w.ok(err)
	return c
}

// Formats are those of a version of the text: what may have arrived is sent again with
// those that it had, all else with the latest.
func TestFormatsGoWithTheirText(t *testing.T) {
	w := newWorld(t, 3)
	const text = "Yuk bor: Toshkent – Buxoro"
	first, second := everyFormat(), domain.Formats{{Kind: domain.FormatItalic, Offset: 0, Length: 3}}
	c := w.formatted(2, text, first)
	listed, _, err := w.s.Campaigns(w.ctx, w.scope, domain.CampaignFilter{})
	w.ok(err)
	for name, got := range map[string]domain.Formats{
		"ordered": c.Formats, "found": w.get(c.ID).Formats, "listed": listed[0].Formats, "as a version": must(w.s.Texts(w.ctx, w.scope, c.ID))[0].Formats,
	} {
		if !slices.Equal(got, first) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	w.openDue(start)
	unsure := w.claim(start)
	if !slices.Equal(unsure.Formats, first) {
		t.Fatalf("claimed with %+v", unsure.Formats)
	}
	lost := failed(unsure, domain.ActRetry, "TIMEOUT", 0, start)
	lost.DueAt = start.Add(10 * time.Minute)
	w.settle(lost)

	// The same text from where no formats can be typed keeps them; other formats are
	// another version.
	if got := must(w.s.EditText(w.ctx, w.scope, c.ID, 1, text, nil, w.user.ID, start)); got.Texts != 1 || !slices.Equal(got.Formats, first) {
		t.Fatalf("the same text: version %d, %+v", got.Texts, got.Formats)
	}
	for range 2 { // pressed twice
		if got := must(w.s.EditText(w.ctx, w.scope, c.ID, 1, text, second, w.user.ID, start)); got.Texts != 2 || !slices.Equal(got.Formats, second) {
			t.Fatalf("other formats: version %d, %+v", got.Texts, got.Formats)
		}
	}
	refused, now := w.claimSoon(start.Add(time.Minute))
	if refused.TextVersion != 2 || !slices.Equal(refused.Formats, second) {
		t.Errorf("version %d goes out with %+v", refused.TextVersion, refused.Formats)
	}
	w.settle(failed(refused, domain.ActFailPeer, "CHAT_WRITE_FORBIDDEN", 0, now))
	again := w.claim(start.Add(11 * time.Minute))
	if again.RandomID != unsure.RandomID || again.TextVersion != 1 || !slices.Equal(again.Formats, first) {
		t.Errorf("what may have arrived is sent again as version %d with %+v", again.TextVersion, again.Formats)
	}
	now = start.Add(11 * time.Minute)
	w.settle(sent(again, 1, now))

	if got := must(w.s.EditText(w.ctx, w.scope, c.ID, 2, text, domain.Formats{}, w.user.ID, now)); got.Texts != 3 || got.Formats != nil {
		t.Errorf("without formats: version %d, %+v", got.Texts, got.Formats)
	}
	must(w.s.EditText(w.ctx, w.scope, c.ID, 3, text, second, w.user.ID, now))
	w.settle(sent(w.claim(now.Add(time.Minute)), 2, now.Add(time.Minute)))
	now = start.Add(time.Hour)
	if _, n, err := w.s.RetryFailed(w.ctx, w.scope, c.ID, 1, now); err != nil || n.Planned != 1 {
		t.Fatalf("retried %+v, %v", n, err)
	}
	for i := range 4 { // the failed one, and then the second round
		if i == 1 && w.openDue(w.get(c.ID).NextDueAt) != 1 {
			t.Fatal("the second round is not due")
		}
		now = now.Add(2 * time.Hour)
		a := w.claim(now)
		if a.TextVersion != 4 || !slices.Equal(a.Formats, second) {
			t.Errorf("%d goes out as version %d with %+v", i, a.TextVersion, a.Formats)
		}
		w.settle(sent(a, 10+i, now))
	}
	var versions []int
	for _, x := range must(w.s.Texts(w.ctx, w.scope, c.ID)) {
		versions = append(versions, len(x.Formats))
	}
	if want := []int{1, 0, 1, len(first)}; !slices.Equal(versions, want) {
		t.Errorf("formats by version: %v, want %v", versions, want)
	}
}

// A plain text is stored as it was before there were formats, and another text that is
// typed where there can be none has none.
func TestPlainTextHasNoFormats(t *testing.T) {
	w := newWorld(t, 1)
	c := w.campaign(1, 0)
	other := w.formatted(1, "Yuk bor: Toshkent – Buxoro", everyFormat())
	if n := w.number("SELECT COUNT(*) FROM campaigns WHERE formats = ''") + w.number("SELECT COUNT(*) FROM campaign_texts WHERE formats = ''"); n != 2 {
		t.Errorf("%d plain ones", n)
	}
	if c.Formats != nil {
		t.Errorf("%+v", c.Formats)
	}
	got := must(w.s.EditText(w.ctx, w.scope, other.ID, 1, "Yuk bor: Toshkent", nil, w.user.ID, start))
	if got.Formats != nil || got.Texts != 2 {
		t.Errorf("another text: version %d, %+v", got.Texts, got.Formats)
	}
}
