package main

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is the product, or its sandbox, as a process of its own.
type process struct {
	*exec.Cmd
	url   string        // of what it serves
	took  time.Duration // from its start until it was ready
	said  *output
	ended chan struct{} // closed when it has ended
	err   error         // then: how
}

var readyLine = regexp.MustCompile(`msg=ready panel=(\S+)`)

// serve starts the product on dir and waits until it is ready. More settings are
// given as KEY=value.
func serve(t *testing.T, dir, page string, more ...string) *process {
	t.Helper()
	began := time.Now()
	p := launchServe(t, dir, page, more...)
	p.url = p.awaits(t, readyLine)[1]
	p.took = time.Since(began)
	return p
}

// launchServe does not wait.
func launchServe(t *testing.T, dir, page string, more ...string) *process {
	t.Helper()
	for k, v := range sandboxSettings(dir, page) {
		more = append(more, k+"="+v)
	}
	return launch(t, more, "serve")
}

// launch starts a command of the product. It is killed at the end of the test.
func launch(t *testing.T, environ []string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0], args...), said: &output{changed: make(chan struct{})}, ended: make(chan struct{})}
	p.Env = append([]string{asPostix + "=1", "PATH=" + os.Getenv("PATH")}, environ...)
	p.Stdout, p.Stderr = p.said, p.said
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("the end of what %q said:\n%s", strings.Join(args, " "), p.said.tail())
		}
	})
	return p
}

// awaits waits until the process says something, and answers it.
func (p *process) awaits(t *testing.T, form *regexp.Regexp) []string {
	t.Helper()
	limit := time.After(patience)
	for {
		m, changed := p.said.find(form)
		if m != nil {
			return m
		}
		select {
		case <-changed:
		case <-p.ended:
			t.Fatalf("it ended (%v) and has not said %s:\n%s", p.err, form, p.said.tail())
		case <-limit:
			t.Fatalf("it has not said %s:\n%s", form, p.said.tail())
		}
	}
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.Process.Kill()
	_ = p.Process.Signal(syscall.SIGCONT) // one that was stopped cannot be waited for
	<-p.ended
}

// stop asks the process to end, expects it to do so well, and answers how long
// that took.
func (p *process) stop(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	_ = p.Process.Signal(syscall.SIGTERM)
	<-p.ended
	if p.err != nil {
		t.Errorf("after SIGTERM: %v", p.err)
	}
	return time.Since(began)
}

// output keeps what a process says.
type output struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{} // closed and replaced at each change
}

// Write implements io.Writer.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.changed)
	o.changed = make(chan struct{})
	return o.text.Write(b)
}

// find answers the first match, and what closes when there is more to look at.
func (o *output) find(form *regexp.Regexp) (match []string, changed <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return form.FindStringSubmatch(o.text.String()), o.changed
}

func (o *output) tail() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.text.String()
	return s[max(0, len(s)-4000):]
}

func (o *output) count(form *regexp.Regexp) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(form.FindAllString(o.text.String(), -1))
}
