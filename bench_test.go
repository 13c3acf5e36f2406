package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"postix/telegram"
)

// The benchmarks of docs/benchmarks.md are tests that run only when they are
// asked for. Their parts are processes of their own: this test binary, told by
// its environment which part it plays.
const (
	benchAsked   = "POSTIX_BENCH"         // any value: run the benchmarks
	benchProfile = "POSTIX_BENCH_PROFILE" // a directory for the parts' CPU profiles, or empty
	benchRole    = "POSTIX_BENCH_ROLE"
	benchIn      = "POSTIX_BENCH_IN"  // file with what the part is told, JSON
	benchOut     = "POSTIX_BENCH_OUT" // file with what it answers
)

// benching skips a benchmark that nobody has asked for.
func benching(t *testing.T) {
	t.Helper()
	if os.Getenv(benchAsked) == "" {
		t.Skipf("a benchmark: it runs with %s=1", benchAsked)
	}
}

// atLeast fails the benchmark when a ratio is below its target.
func atLeast(t *testing.T, what string, ratio, target float64) {
	t.Helper()
	t.Logf("RESULT %-52s %.2f (at least %.2f)", what, ratio, target)
	if ratio < target {
		t.Errorf("%s: %.3f is below %.2f", what, ratio, target)
	}
}

// atMost fails the benchmark when a ratio is above its target.
func atMost(t *testing.T, what string, ratio, target float64) {
	t.Helper()
	t.Logf("RESULT %-52s %.2f (at most %.2f)", what, ratio, target)
	if ratio > target {
		t.Errorf("%s: %.3f is above %.2f", what, ratio, target)
	}
}

// within fails the benchmark when something took longer than its target.
func within(t *testing.T, what string, took, target time.Duration) {
	t.Helper()
	t.Logf("RESULT %-52s %v (at most %v)", what, took.Round(10*time.Microsecond), target)
	if took > target {
		t.Errorf("%s: %v is above %v", what, took, target)
	}
}

// roles are the parts that are processes of their own.
var roles = map[string]func(t *testing.T, in []byte) any{
	"engine":         playEngine,
	"plain":          playPlain,
	"idle product":   playIdleProduct,
	"idle plain":     playIdlePlain,
	"campaigns late": playLateness,
	"filter":         playFilter,
	"watch":          playWatch,
}

// TestBenchRole is the process of one part; started by hand it does nothing.
func TestBenchRole(t *testing.T) {
	role := os.Getenv(benchRole)
	if role == "" {
		t.Skip("a part of the benchmarks")
	}
	in, err := os.ReadFile(os.Getenv(benchIn))
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(roles[role](t, in))
	if err == nil {
		err = os.WriteFile(os.Getenv(benchOut), out, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// play runs a part to its end and reads its answer into out.
func play(t *testing.T, role string, in, out any) {
	t.Helper()
	dir := t.TempDir()
	told, answer := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	b, err := json.Marshal(in)
	if err == nil {
		err = os.WriteFile(told, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBenchRole$", "-test.timeout=20m")
	c.Env = append(os.Environ(), benchRole+"="+role, benchIn+"="+told, benchOut+"="+answer)
	said, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", role, err, said)
	}
	if b, err = os.ReadFile(answer); err == nil {
		err = json.Unmarshal(b, out)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func told[T any](t *testing.T, in []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(in, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// profile writes a CPU profile of this process where it was asked for.
func profile(t *testing.T, name string) (stop func()) {
	t.Helper()
	dir := os.Getenv(benchProfile)
	if dir == "" {
		return func() {}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, fmt.Sprintf("%s-%d.pprof", name, os.Getpid())))
	if err == nil {
		err = pprof.StartCPUProfile(f)
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close()
	}
}

// cpuTime is what this process has used, in and for the kernel too.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// cpuTimeOf is what another process has used, in steps of 10 ms (proc(5)).
func cpuTimeOf(t *testing.T, pid int) time.Duration {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), ") ") // the name may hold anything
	f := strings.Fields(rest)
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// resident is how many bytes of this process are in memory, after everything
// that can be given back was.
func resident(t *testing.T) int64 {
	t.Helper()
	debug.FreeOSMemory()
	f, err := os.Open("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if f := strings.Fields(lines.Text()); len(f) == 3 && f[0] == "VmRSS:" {
			kb, _ := strconv.ParseInt(f[1], 10, 64)
			return kb << 10
		}
	}
	t.Fatal("no VmRSS")
	return 0
}

// benchApp is the product over dir, with nothing running.
func benchApp(ctx context.Context, t *testing.T, dir, page string) *app {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	set, err := loadSettings(sandboxSettings(dir, page))
	if err != nil {
		t.Fatal(err)
	}
	var cfg telegram.Config
	if page != noTelegram {
		if cfg, _, err = joinTelegram(ctx, set, log); err != nil {
			t.Fatal(err)
		}
	}
	a, err := open(ctx, set, cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// noTelegram is the address of a sandbox where none is needed.
const noTelegram = "http://127.0.0.1:1"

// share is the p-th part, in [0, 1], of the values from below.
func share[T int64 | float64 | time.Duration](values []T, p float64) T {
	s := slices.Sorted(slices.Values(values))
	return s[min(len(s)-1, int(p*float64(len(s))))]
}

func median[T int64 | float64 | time.Duration](values []T) T { return share(values, 0.5) }
