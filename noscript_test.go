package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cd "github.com/chromedp/chromedp"

	"postix/domain"
)

// TestAskedWithoutScript: where no script runs, the Enter key on a tick box does not
// send the form past its question, and behind the question it is sent.
func TestAskedWithoutScript(t *testing.T) {
	tgSide, _ := startTelegram(t)
	a, w, base := startPanel(t, tgSide.URL(), 100*time.Millisecond)
	words := func() int {
		t.Helper()
		s, err := a.store.WatchSettings(t.Context(), w.owner.Organization.ID)
		if err != nil {
			t.Fatal(err)
		}
		return len(*domain.ProfileWords.In(&s.Keywords))
	}
	b := newBrowser(t, base)
	b.signIn("owner@sandbox.uz")
	if _, err := cd.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	b.open("/admin/watch/keywords?list=profile&lang=en")
	had := words()
	b.click(".words input")
	b.do(cd.SendKeys(cd.CSS(".words input"), "\r"))
	b.click(".bulk .plain-ask > summary")
	b.click(".bulk .plain-ask input")
	if got := words(); got != had {
		t.Fatalf("%d of %d words are left before anybody has agreed", got, had)
	}
	b.mu.Lock()
	b.troubles = slices.DeleteFunc(b.troubles, func(said string) bool { return strings.Contains(said, "is not focusable") }) // what Enter has come to
	b.mu.Unlock()
	b.click(".bulk .plain-ask button")
	b.waits("the page again", `!document.querySelector(".words :checked")`)
	if got := words(); got != had-1 {
		t.Errorf("%d of %d words are left", got, had)
	}
}

// TestStreamsBringNoSecondButton: what is for browsers without a script is parsed out
// of a live page's stream as if there were none, and is not shown.
func TestStreamsBringNoSecondButton(t *testing.T) {
	tgSide, _ := startTelegram(t)
	_, w, base := startPanel(t, tgSide.URL(), 100*time.Millisecond)
	b := newBrowser(t, base)
	b.signIn("admin@sandbox.uz")
	b.open("/admin/service?lang=en")
	signIn(t, base, "admin@sandbox.uz").post(t, fmt.Sprintf("/admin/service/organizations/%d/stop", w.owner.Organization.ID), nil)
	b.waits("that it is stopped", `document.querySelector("#organization-rows form.inline[action$='/resume']")`)
	shown, err := read[int](b, `document.querySelectorAll("noscript > *").length`)
	if err != nil || shown != 0 {
		t.Errorf("%d parts for browsers without a script are shown: %v", shown, err)
	}
}

// TestEnterChoosesNothingMore: the Enter key on a tick box of a long list presses no
// button of its form.
func TestEnterChoosesNothingMore(t *testing.T) {
	tgSide, tg := startTelegram(t)
	a, w, base := startPanel(t, tgSide.URL(), 100*time.Millisecond)
	if err := a.connectSeed(t.Context(), w, tg); err != nil {
		t.Fatal(err)
	}
	chosen := func() map[domain.PeerID]bool {
		t.Helper()
		ids, err := a.store.Watching(t.Context(), w.owner.Organization.ID)
		if err != nil {
			t.Fatal(err)
		}
		return ids
	}
	if err := a.watch.SetWatching(t.Context(), w.owner, slices.Collect(maps.Keys(chosen())), false); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, base)
	b.signIn("owner@sandbox.uz")
	b.open("/admin/watch/groups")
	b.do(cd.SendKeys(cd.CSS("#group-rows input"), "\r"))
	b.click("#group-rows li:last-child input") // is kept at once
	b.waits("a choice", `!document.querySelector("#watched b").textContent.startsWith("0")`)
	if n := len(chosen()); n != 1 {
		t.Errorf("%d groups are chosen", n)
	}
}
