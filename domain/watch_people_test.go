package domain_test

import (
	"log/slog"
	"testing"
	"time"

	"postix/domain"
)

// TestReaderLetsNothingBeAnswered: who only looks on neither lets dispatchers be
// answered nor changes what is; to stop it and to review stay his.
func TestReaderLetsNothingBeAnswered(t *testing.T) {
	h := newHouse(t)
	w := &domain.Watch{Store: h.store, Answers: h.store, Hub: &domain.Hub{}, Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler)}
	reader := h.owner
	reader.User.ReadOnly = true
	switchTo := func(a domain.Actor, mode domain.WatchMode) error {
		s, err := w.Settings(t.Context(), a)
		ok(t, err)
		s.Mode = mode
		return w.SetSettings(t.Context(), a, s)
	}
	word := domain.CustomFilter{Block: true, Word: "yuk"}
	ok(t, w.AddCustomFilter(t.Context(), reader, word))
	ok(t, w.PutTemplate(t.Context(), h.owner, domain.Template{Text: "Salom", Active: true}))
	key(t, switchTo(reader, domain.WatchReply), "campaign.read_only")
	ok(t, switchTo(h.owner, domain.WatchReply))
	ts, err := w.Templates(t.Context(), reader)
	ok(t, err)
	word.Word = "tovar"
	for name, err := range map[string]error{
		"settings":    switchTo(reader, domain.WatchReply),
		"template":    w.PutTemplate(t.Context(), reader, domain.Template{Text: "Salom", Active: true}),
		"word":        w.AddCustomFilter(t.Context(), reader, word),
		"group":       w.SetWatching(t.Context(), reader, []domain.PeerID{-1}, true),
		"keywords":    w.RestoreKeywords(t.Context(), reader, domain.PlacesAbroad),
		"every group": w.SetAllGroups(t.Context(), reader, true),
	} {
		if !domain.IsKey(err, "campaign.read_only") {
			t.Errorf("%s: %v", name, err)
		}
	}
	ok(t, w.SetWatching(t.Context(), reader, []domain.PeerID{-1}, false))
	ok(t, w.SwitchTemplate(t.Context(), reader, ts[0].ID, false))
	key(t, w.SwitchTemplate(t.Context(), reader, ts[0].ID, true), "campaign.read_only")
	ok(t, switchTo(reader, domain.WatchOff))
}
