package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postix/db"
	"postix/domain"
	"postix/handlers"
)

// command runs a command line in this process.
func command(t *testing.T, environ map[string]string, input string, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // a command that serves by mistake ends too
	defer cancel()
	s := &surroundings{ctx, strings.NewReader(input), &o, &e, environ}
	code = s.run(args)
	return code, o.String(), e.String()
}

// TestWrongSettings: everything that is wrong is said at once, a line each, and
// the exit code is 2.
func TestWrongSettings(t *testing.T) {
	code, _, said := command(t, map[string]string{
		"POSTIX_LISTEN": "8080", "POSTIX_ZONE": "Asia/Nowhere", "POSTIX_URL": "postix.uz", "POSTIX_LOG": "loud",
		"POSTIX_TRUSTED_PROXIES": "10.0.0.0/8,proxy", "TELEGRAM_API_ID": "x", "TELEGRAM_API_HASH": "short", "TELEGRAM_BOT_TOKEN": "1:2",
	}, "", "serve")
	if code != exitUsage {
		t.Errorf("exit code %d", code)
	}
	for _, name := range []string{"POSTIX_LISTEN", "POSTIX_ZONE", "POSTIX_URL", "POSTIX_LOG", "POSTIX_TRUSTED_PROXIES", "TELEGRAM_API_ID", "TELEGRAM_API_HASH", "TELEGRAM_BOT_TOKEN"} {
		if !strings.Contains(said, name) {
			t.Errorf("nothing is said about %s in\n%s", name, said)
		}
	}
}

func TestRefusals(t *testing.T) {
	real := map[string]string{"TELEGRAM_API_ID": "1", "TELEGRAM_API_HASH": strings.Repeat("ab", 16)}
	with := func(kv ...string) map[string]string {
		m := map[string]string{}
		for k, v := range real {
			m[k] = v
		}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return m
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("not a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	keyless := t.TempDir()
	if err := os.WriteFile(filepath.Join(keyless, "postix.db"), []byte("data"), 0o600); err != nil {
		t.Fatal(err)
	}
	baseless := t.TempDir()
	if err := os.WriteFile(filepath.Join(baseless, "postix.key"), []byte(strings.Repeat("ab", keyBytes)), 0o600); err != nil {
		t.Fatal(err)
	}
	owned := t.TempDir()
	(&home{t, owned}).inStore(func(settings, *db.Store) {})
	other := t.TempDir()
	lock, err := lockData(other)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	for name, c := range map[string]struct {
		environ map[string]string
		says    string
		args    []string
	}{
		"used port":            {with("POSTIX_DATA", t.TempDir(), "POSTIX_LISTEN", taken.Addr().String()), "address already in use", []string{"serve"}},
		"directory is a file":  {with("POSTIX_DATA", filepath.Join(file, "data")), "cannot make the directory", []string{"serve"}},
		"broken key":           {with("POSTIX_DATA", t.TempDir(), "POSTIX_KEY_FILE", file), "does not hold a key", []string{"serve"}},
		"missing key":          {with("POSTIX_DATA", keyless), "is missing", []string{"serve"}},
		"missing database":     {with("POSTIX_DATA", baseless), "put it back from a backup", []string{"serve"}},
		"second process":       {with("POSTIX_DATA", other), "another postix is running", []string{"serve"}},
		"sandbox of real keys": {with("TELEGRAM_BOT_TOKEN", ""), "no sandbox starts where real keys are", []string{"sandbox"}},
		"its Telegram side":    {map[string]string{"TELEGRAM_BOT_TOKEN": "x"}, "no sandbox starts where real keys are", []string{"sandbox", "telegram"}},
		"sandbox of real data": {nil, "holds data that no sandbox has made", []string{"sandbox", "--data", owned, "--panel", "127.0.0.1:0", "--page", "127.0.0.1:0", "--mtproto", "127.0.0.1:0"}},
		"sandbox with keys":    {with("TELEGRAM_SANDBOX", "http://127.0.0.1:1"), "together with real", []string{"serve"}},
		"webhook, no address":  {with("TELEGRAM_BOT_WEBHOOK", "true"), "TELEGRAM_BOT_WEBHOOK: needs POSTIX_URL", []string{"serve"}},
		"webhook, no token":    {with("TELEGRAM_BOT_WEBHOOK", "true"), "TELEGRAM_BOT_WEBHOOK: needs TELEGRAM_BOT_TOKEN", []string{"serve"}},
		"webhook, no https":    {with("TELEGRAM_BOT_WEBHOOK", "true"), "needs a POSTIX_URL with https", []string{"serve"}},
		"webhook, what":        {with("TELEGRAM_BOT_WEBHOOK", "perhaps"), "BotHook", []string{"serve"}},
		"no sandbox":           {map[string]string{"POSTIX_DATA": t.TempDir(), "TELEGRAM_SANDBOX": "http://127.0.0.1:1"}, "no sandbox answers", []string{"serve"}},
		"unknown command":      {nil, "unexpected argument", []string{"sevre"}},
		"sandbox on a network": {nil, "loopback", []string{"sandbox", "telegram", "--listen", "0.0.0.0:0"}},
		"panel port used":      {nil, "--panel", []string{"sandbox", "--panel", taken.Addr().String(), "--page", "127.0.0.1:0", "--mtproto", "127.0.0.1:0"}},
		"short password":       {with("POSTIX_DATA", t.TempDir()), "8", []string{"user", "add", "--email", "a@b.uz", "--name", "A", "--password", "short"}},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, said := command(t, c.environ, "", c.args...)
			if code != exitUsage || !strings.Contains(said, c.says) {
				t.Errorf("exit code %d, said %q; want code 2 and %q", code, said, c.says)
			}
		})
	}
}

// TestOtherKey: a key that is not the database's is named as what is wrong.
func TestOtherKey(t *testing.T) {
	environ := map[string]string{"POSTIX_DATA": t.TempDir(), "TELEGRAM_API_ID": "1", "TELEGRAM_API_HASH": strings.Repeat("ab", 16), "POSTIX_LISTEN": "127.0.0.1:0"}
	add := []string{"user", "add", "--email", "a@b.uz", "--name", "A", "--password", "long enough"}
	if code, _, said := command(t, environ, "", add...); code != exitOK {
		t.Fatal(said)
	}
	if err := os.WriteFile(filepath.Join(environ["POSTIX_DATA"], "postix.key"), []byte(strings.Repeat("ab", keyBytes)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"serve"}, {"adopt"}, add} {
		code, _, said := command(t, environ, "", args...)
		if code != exitUsage || !strings.Contains(said, "POSTIX_KEY_FILE: the key is not the one this database was made with") {
			t.Errorf("%s: exit code %d, said %q", args[0], code, said)
		}
	}
}

// TestUserAdd makes the first service admin, with the password from standard
// input, and a key file that only its owner can read.
func TestUserAdd(t *testing.T) {
	dir := t.TempDir()
	environ := map[string]string{"POSTIX_DATA": dir}
	add := []string{"user", "add", "--email", "Admin@Postix.uz", "--name", "Admin"}
	code, out, said := command(t, environ, "long enough\n", add...)
	if code != exitOK || !strings.Contains(out, "admin@postix.uz") {
		t.Fatalf("exit code %d, out %q, said %q", code, out, said)
	}
	if info, err := os.Stat(filepath.Join(dir, "postix.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v", info, err)
	}
	if code, _, said := command(t, environ, "long enough\n", add...); code != exitUsage || !strings.Contains(said, "postix:") {
		t.Errorf("the same address again: exit code %d, said %q", code, said)
	}
}

// TestOrganizationAdd makes an organization whose owner can sign in.
func TestOrganizationAdd(t *testing.T) {
	dir := t.TempDir()
	environ := map[string]string{"POSTIX_DATA": dir}
	add := []string{"organization", "add", "--name", "Silk Yoʻl", "--owner-email", "Owner@silk.uz", "--owner-name", "Akmal", "--zone", "Asia/Samarkand"}
	code, out, said := command(t, environ, "long enough\n", add...)
	if code != exitOK || !strings.Contains(out, "owner@silk.uz") {
		t.Fatalf("exit code %d, out %q, said %q", code, out, said)
	}
	s := readStore(t, dir)
	a, hash, err := s.UserByEmail(t.Context(), "owner@silk.uz")
	if err != nil || a.User.Role != domain.RoleOwner || a.Organization.Name != "Silk Yoʻl" {
		t.Fatalf("%+v, %v", a, err)
	}
	if ok, err := handlers.NewPasswords(1).Match(t.Context(), "long enough", hash); !ok || err != nil {
		t.Errorf("the password does not match: %v", err)
	}
	_ = s.Close()
	if code, _, _ := command(t, environ, "long enough\n", add...); code != exitUsage {
		t.Errorf("the same address again: exit code %d", code)
	}
	add[len(add)-1] = "Asia/Nowhere"
	if code, _, said := command(t, environ, "long enough\n", add...); code != exitUsage || !strings.Contains(said, "zone") {
		t.Errorf("an unknown zone: exit code %d, said %q", code, said)
	}
	for _, numbers := range []string{"0", "10001", "99999999"} {
		code, _, said := command(t, environ, "long enough\n", "organization", "add", "--name", "Uzum", "--owner-email", "owner@uzum.uz", "--owner-name", "Aziz", "--numbers", numbers)
		if code != exitUsage || !strings.Contains(said, "--numbers: must be from 1 to 10000") {
			t.Errorf("%s numbers: exit code %d, said %q", numbers, code, said)
		}
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"sandbox", "--help"}, {"sandbox", "telegram", "--help"}, {"user", "add", "--help"}, {"routes", "--help"}, {}} {
		if code, out, _ := command(t, nil, "", args...); code != exitOK || !strings.Contains(out, "Usage:") {
			t.Errorf("%v: exit code %d, out %q", args, code, out)
		}
	}
}
