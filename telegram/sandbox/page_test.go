package sandbox_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	cdlog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	cd "github.com/chromedp/chromedp"

	"postix/telegram/sandbox"
	"postix/telegram/sandbox/world"
)

// browser starts Chromium and fails the test on anything it complains of, CSP
// reports included.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" && os.Getenv("CI") != "" {
		t.Fatal("Chromium is missing, and CI must not skip")
	}
	if path == "" {
		t.Skip("Chromium is not installed")
	}
	opts := append(cd.DefaultExecAllocatorOptions[:], cd.ExecPath(path), cd.NoSandbox, cd.WindowSize(1280, 900))
	for _, f := range []string{
		"disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync",
	} {
		opts = append(opts, cd.Flag(f, true))
	}
	allocator, stop := cd.NewExecAllocator(t.Context(), opts...)
	ctx, closeTab := cd.NewContext(allocator)
	t.Cleanup(func() {
		closeTab()
		stop()
		cd.FromContext(ctx).Allocator.Wait()
	})
	if err := cd.Do(ctx); err != nil {
		t.Fatal(err)
	}
	watchConsole(ctx, t)
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func watchConsole(ctx context.Context, t *testing.T) {
	t.Helper()
	var mu sync.Mutex
	var seen []string
	err := cd.Listen(ctx, func(ev any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := ev.(type) {
		case *cdlog.EventEntryAdded:
			seen = append(seen, e.Entry.Text)
		case *runtime.EventExceptionThrown:
			seen = append(seen, e.ExceptionDetails.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		if len(seen) > 0 {
			t.Errorf("the browser complains: %q", seen)
		}
	})
}

// shows waits until the element contains the text.
func shows(ctx context.Context, t *testing.T, selector, text string) {
	t.Helper()
	eventually(t, selector+" shows "+text, func() bool {
		got, err := cd.Run(ctx, cd.Text(cd.CSS(selector)))
		return err == nil && strings.Contains(got, text)
	})
}

// TestPage plays the other side: what happens appears without a reload, and the
// page's buttons and boxes do what they say.
func TestPage(t *testing.T) {
	ctx := browser(t)
	s, c, bot := started(t)
	if err := cd.Do(ctx, cd.Navigate(s.URL()+"/"), cd.WaitVisible(cd.CSS("[data-live=chats]"))); err != nil {
		t.Fatal(err)
	}
	id := addGroup(t, c)
	shows(ctx, t, "[data-live=chat]", group.Title) // the first chat opens by itself

	if _, err := c.Post(within(t), id, sandbox.Incoming{Sender: sandbox.Sender{FirstName: "Aziz"}, Text: "Yuk bor"}); err != nil {
		t.Fatal(err)
	}
	shows(ctx, t, "[data-live=chat]", "Yuk bor")
	newer, err := c.AddChat(within(t), world.ChatSpec{Kind: world.KindGroup, Title: "Yangiroq"})
	if err != nil {
		t.Fatal(err)
	}
	shows(ctx, t, "[data-live=chats]", newer.Title)
	shows(ctx, t, "[data-live=chat]", group.Title)

	writing := []cd.Action[cd.Void]{
		cd.SendKeys(cd.CSS("[data-as=message] [name=text]"), "<b>Men begonaman</b>"),
		cd.Click(cd.CSS("[data-as=message] button")),
	}
	if err := cd.Do(ctx, writing...); err != nil {
		t.Fatal(err)
	}
	shows(ctx, t, "[data-live=chat]", "<b>Men begonaman</b>")
	if list, err := c.Messages(within(t), id, 0); err != nil || list[len(list)-1].Text != "<b>Men begonaman</b>" {
		t.Errorf("written into another chat: %+v, %v", list, err)
	}

	if _, err := bot.SendMessage(within(t), botMessage("Tayyor", "ready:1")); err != nil {
		t.Fatal(err)
	}
	shows(ctx, t, "[data-live=bot]", "Tayyor")
	if err := cd.Do(ctx, cd.Click(cd.CSS("[data-callback='ready:1']"))); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the press reaches the bot", func() bool {
		list := s.World().BotUpdates(0, 0)
		return len(list) > 0 && list[len(list)-1].Callback != nil
	})
	shows(ctx, t, "[data-live=bot]", "pressed ready:1")
	typed := world.BotInput{Text: "Yuk bor", Entities: []world.Entity{{Type: "bold", Offset: 4, Length: 3}}}
	if err := c.BotDo(within(t), phone, typed); err != nil {
		t.Fatal(err)
	}
	shows(ctx, t, "[data-live=bot] .e-bold", "bor")
	if err := c.BotDo(within(t), phone, world.BotInput{Forward: &world.BotForward{Name: "Kimdir", Text: "Yashirin"}}); err != nil {
		t.Fatal(err)
	}
	shows(ctx, t, "[data-live=bot]", "Forwarded from Kimdir")
	for _, blocked := range []string{"true", "false"} {
		if err := cd.Do(ctx, cd.Click(cd.CSS("[data-block="+blocked+"]"))); err != nil {
			t.Fatal(err)
		}
		eventually(t, "blocked is "+blocked, func() bool { return s.World().BotBlocked(userID) == (blocked == "true") })
		shows(ctx, t, "[data-live=bot]", map[string]string{"true": "Unblock", "false": "Block the bot"}[blocked])
	}

	if err := cd.Do(ctx, cd.Click(cd.CSS("[data-fault]"))); err != nil {
		t.Fatal(err)
	}
	shows(ctx, t, "[data-live=faults]", "FLOOD_WAIT_30")
	if f := s.World().Faults(); len(f) != 1 || f[0].Method != "messages.sendMessage" || f[0].Mode != world.FaultBefore || f[0].Times != 1 {
		t.Errorf("the button added %+v", f)
	}
	if err := cd.Do(ctx, cd.Click(cd.CSS("[data-delete='/api/faults']"))); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the rule is gone", func() bool { return len(s.World().Faults()) == 0 })

	if _, err := s.World().AddFault(world.Fault{Method: "bot.sendMessage", Mode: world.FaultBefore, Error: "USER_IS_BLOCKED"}); err != nil {
		t.Fatal(err)
	}
	shows(ctx, t, "[data-live=faults]", "USER_IS_BLOCKED")
	if _, err := bot.SendMessage(within(t), botMessage("Yana", "again:1")); err == nil {
		t.Error("the fault did not fire")
	}
	shows(ctx, t, "[data-live=faults]", "None") // a rule that is used up leaves the list
}
