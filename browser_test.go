package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdlog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	cd "github.com/chromedp/chromedp"
)

// axe finds what makes a page unusable for some people. Its licence lies
// beside it.
//
//go:embed testdata/axe/axe.min.js
var axe string

// browser is a real Chromium. At the end of the test it fails on every report
// of the content security policy, console error and uncaught exception it saw.
type browser struct {
	t    *testing.T
	ctx  context.Context
	base string

	mu       sync.Mutex
	troubles []string
}

// newBrowser starts Chromium. Where there is none the test is skipped, except
// in CI.
func newBrowser(t *testing.T, base string) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("CI") != "" {
		t.Fatal("chromium is missing, and CI must not skip")
	}
	if err != nil {
		t.Skip("chromium is not in the path; install it to run the browser tests")
	}
	opts := append(cd.DefaultExecAllocatorOptions[:len(cd.DefaultExecAllocatorOptions):len(cd.DefaultExecAllocatorOptions)],
		cd.ExecPath(path), cd.NoSandbox, cd.WindowSize(1280, 900))
	alloc, stop := cd.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, end := cd.NewContext(alloc)
	t.Cleanup(end)
	b := &browser{t: t, ctx: ctx, base: base}
	b.do(cd.Evaluate[cd.Void]("0"))
	if err := cd.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, trouble := range b.troubles {
			t.Error("browser: " + trouble)
		}
		if t.Failed() {
			b.keep()
		}
	})
	return b
}

func (b *browser) hear(event any) {
	var said string
	switch e := event.(type) {
	case *cdlog.EventEntryAdded:
		// A refused form is answered 4xx on purpose, which the log calls an error.
		if e.Entry.Level != cdlog.EntryLevelError || e.Entry.Source == cdlog.EntrySourceNetwork && strings.Contains(e.Entry.Text, "status of 4") {
			return
		}
		said = e.Entry.Text + " " + e.Entry.URL
	case *runtime.EventExceptionThrown:
		said = e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			said += " " + x.Description
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type != runtime.ConsoleAPICalledTypeError {
			return
		}
		said = "console.error"
		for _, a := range e.Args {
			said += " " + string(a.Value) + a.Description
		}
	default:
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.troubles = append(b.troubles, said)
}

// keep leaves a picture of the page that a test failed on.
func (b *browser) keep() {
	dir := os.Getenv("POSTIX_TEST_PICTURES")
	if dir == "" {
		return
	}
	if png, err := cd.Run(b.ctx, cd.FullScreenshot(100)); err == nil {
		_ = os.WriteFile(dir+"/"+strings.ReplaceAll(b.t.Name(), "/", "_")+".png", png, 0o644)
	}
}

// do carries out steps and fails the test when they do not succeed in time.
func (b *browser) do(steps ...cd.Action[cd.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	if cd.FromContext(b.ctx).Target == nil { // the first step starts the browser, which must outlive it
		ctx = b.ctx
	}
	if err := cd.Do(ctx, steps...); err != nil {
		where, _ := cd.Run(b.ctx, cd.Location())
		b.t.Fatalf("at %s: %v", where, err)
	}
}

// open goes to a page. What the page before was just loading by itself may be
// aborted by it, and it by that: then it goes there again.
func (b *browser) open(path string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	for range 3 {
		err := cd.Do(ctx, cd.Navigate(b.base+path))
		if err == nil {
			return
		}
		if !strings.Contains(err.Error(), "ERR_ABORTED") {
			b.t.Fatalf("%s: %v", path, err)
		}
	}
	b.t.Fatalf("%s does not open", path)
}

// fill types a value into a field by its name, replacing what was there.
func (b *browser) fill(name, value string) {
	b.t.Helper()
	css := fmt.Sprintf(`[name=%q]:not([type=hidden])`, name)
	b.do(cd.WaitVisible(cd.CSS(css)), cd.Evaluate[cd.Void](fmt.Sprintf(`document.querySelector(%q).value = ""`, css)))
	b.do(cd.SendKeys(cd.CSS(css), value))
}

func (b *browser) choose(name, value string) {
	b.t.Helper()
	b.do(cd.SetValue(cd.CSS(fmt.Sprintf(`select[name=%q]`, name)), value))
}

func (b *browser) click(css string) {
	b.t.Helper()
	b.do(cd.WaitVisible(cd.CSS(css)), cd.Click(cd.CSS(css)))
}

// sees waits until the page says something.
func (b *browser) sees(what string) {
	b.t.Helper()
	b.waits(what, fmt.Sprintf(`document.body?.innerText.includes(%q)`, what))
}

// waits until a script is true.
func (b *browser) waits(what, script string) {
	b.t.Helper()
	end := time.Now().Add(patience)
	for {
		ok, err := read[bool](b, "!!("+script+")")
		if ok {
			return
		}
		if time.Now().After(end) {
			page, _ := read[string](b, "document.body.innerText")
			b.t.Fatalf("the page never shows %s (%v); it says\n%s", what, err, page)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func read[T any](b *browser, script string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	return cd.Run(ctx, cd.Evaluate[T](script))
}

func (b *browser) signIn(email string) {
	b.t.Helper()
	b.open("/signin")
	b.fill("email", email)
	b.fill("password", seedPassword)
	b.click(".signin-form button[type=submit]")
	b.do(cd.WaitVisible(cd.CSS(".shell")))
}

// size makes the window a desk's or a phone's.
func (b *browser) size(width, height int64) {
	b.t.Helper()
	_, err := cd.Call(b.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 760,
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// violations is what axe finds on the page, and whether it scrolls sideways.
func (b *browser) violations() []string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 60*time.Second)
	defer cancel()
	if _, err := cd.Run(ctx, cd.Evaluate[bool](`window.axe ? true : (`+"()=>{"+axe+"\nreturn true}"+`)()`)); err != nil {
		b.t.Fatal(err)
	}
	found, err := cd.Run(ctx, cd.Evaluate[[]string](`axe.run({resultTypes: ["violations"]}).then(r => {
		const out = r.violations.map(v => v.id + ": " + v.nodes.map(n => n.target.join(" ")).slice(0, 3).join(", "));
		const over = document.documentElement.scrollWidth - innerWidth;
		if (over > 0) out.push("scrolls sideways by " + over);
		return out;
	})`, cd.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	return found
}
