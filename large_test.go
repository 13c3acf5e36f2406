package main

import (
	"strings"
	"testing"
	"time"
)

// TestTooLargeKeepsTheText: a form that is larger than the panel takes is not sent;
// where it was, its answer leads back to what was typed.
func TestTooLargeKeepsTheText(t *testing.T) {
	tgSide, _ := startTelegram(t)
	_, _, base := startPanel(t, tgSide.URL(), 100*time.Millisecond)
	b := newBrowser(t, base)
	b.signIn("owner@sandbox.uz")
	b.open("/admin/users/new?lang=en")
	const name = "A name that takes long to type"
	b.fill("name", name)
	const grow = `document.querySelector("form:has([name=name])").insertAdjacentHTML("beforeend", '<textarea name="more" id="more"></textarea>'); document.getElementById("more").value = "ў".repeat(200000)`
	if _, err := read[string](b, grow); err != nil {
		t.Fatal(err)
	}
	b.click("form:has([name=name]) button[type=submit]")
	b.sees("This is too much, so it was not sent.")
	kept := func() string {
		t.Helper()
		got, err := read[string](b, `document.querySelector("[name=name]")?.value ?? location.pathname`)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := kept(); got != name {
		t.Fatalf("the form holds %q", got)
	}

	if _, err := read[string](b, `document.querySelector("form:has([name=name])").submit(); ""`); err != nil { // as without a script
		t.Fatal(err)
	}
	b.sees("what you typed is still there")
	b.click("[data-back]")
	b.waits("the form", `document.querySelector("[name=name]")`)
	if got := kept(); !strings.HasPrefix(got, name) {
		t.Errorf("after Back the form holds %q", got)
	}
}

// TestLanguageKeepsTheText: what was typed is still there in the other language,
// which the panel keeps.
func TestLanguageKeepsTheText(t *testing.T) {
	tgSide, _ := startTelegram(t)
	_, _, base := startPanel(t, tgSide.URL(), 100*time.Millisecond)
	b := newBrowser(t, base)
	b.signIn("owner@sandbox.uz")
	b.open("/admin/watch/try")
	b.fill("text", "Toshkent - Moskva 22 tonna")
	b.click(`.tools .langs button[value="ru"]`)
	b.sees("Проверка текста")
	b.waits("the text", `document.querySelector("[name=text]").value.includes("22 tonna")`)
	b.open("/admin/campaigns")
	b.sees("Мониторинг")
	b.open("/admin/users/new")
	b.click("[name=read_only]")
	b.click(`.tools .langs button[value="uz"]`)
	b.sees("Yangi foydalanuvchi")
	b.waits("the tick", `document.querySelector("[name=read_only]").checked`)
}
