package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"

	"postix/db"
	"postix/domain"
)

// pair makes the two keys of backups by the command.
func pair(t *testing.T) (public, private string) {
	t.Helper()
	private = filepath.Join(t.TempDir(), "backup.key")
	code, out, said := command(t, nil, "", "key", "backup", "--to", private)
	public = strings.TrimSpace(out)
	if code != exitOK || !strings.HasPrefix(public, "age1") {
		t.Fatalf("%d, %q, %q", code, out, said)
	}
	return public, private
}

// backup makes one of the house and answers the file.
func (h *sealedHouse) backup(public string, more ...string) string {
	h.t.Helper()
	to := filepath.Join(h.t.TempDir(), "postix.age")
	code, _, said := command(h.t, map[string]string{"POSTIX_DATA": h.set.Data, "POSTIX_BACKUP_RECIPIENTS": public}, "", append([]string{"backup", "--to", to}, more...)...)
	if code != exitOK {
		h.t.Fatalf("backup: %d, %s", code, said)
	}
	return to
}

// files lists what stands in a directory.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	es, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range es {
		names = append(names, e.Name())
	}
	return names
}

// TestBackup: what is put back has everything, opens its sessions with its key,
// tells of the backup in its source's audit, and waits to be adopted.
func TestBackup(t *testing.T) {
	public, private := pair(t)
	h := newSealedHouse(t, 3)
	var made string
	h.with(func(running *db.Store) { // beside a process that has it open
		made = h.backup(public)
		es, err := running.Audit(t.Context(), domain.AuditFilter{Event: domain.AuditBackup})
		if err != nil || len(es) != 1 || !strings.HasPrefix(es[0].Detail, "postix.age, ") {
			t.Errorf("the audit has %+v, %v", es, err)
		}
	})
	if got := files(t, h.set.Data); slices.ContainsFunc(got, func(n string) bool { return strings.HasPrefix(n, ".") }) {
		t.Errorf("the data directory holds %q", got)
	}
	if got := files(t, filepath.Dir(made)); !slices.Equal(got, []string{"postix.age"}) {
		t.Errorf("the backup's directory holds %q", got)
	}
	if info, err := os.Stat(made); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	sealed, err := os.ReadFile(made)
	h.ok(err)
	if bytes.Contains(sealed, []byte("SQLite format")) || bytes.Contains(sealed, []byte(h.org.Name)) {
		t.Error("the backup is not encrypted")
	}
	text := unsealed(t, made, private)
	if bytes.Contains(text, []byte("session of number")) {
		t.Error("the sessions in the backup are not sealed")
	}
	key, err := os.ReadFile(h.set.KeyFile)
	h.ok(err)
	if bytes.Contains(text, bytes.TrimSpace(key)) {
		t.Error("the key is in the backup though nobody has asked for it")
	}

	dir := filepath.Join(t.TempDir(), "data")
	environ := map[string]string{"POSTIX_DATA": dir}
	code, out, said := command(t, environ, "", "restore", "--from", made, "--identity", private)
	if code != exitOK || !strings.Contains(out, "organizations: 2, users: 1, numbers: 3") || !strings.Contains(out, "It holds no key") {
		t.Fatalf("restore: %d, %q, %q", code, out, said)
	}
	if code, _, said := command(t, environ, "", "adopt", "--yes"); code != exitUsage || !strings.Contains(said, "postix.key is missing") {
		t.Fatalf("without its key: %d, %q", code, said)
	}
	h.ok(os.WriteFile(filepath.Join(dir, "postix.key"), key, 0o600))
	back := &home{t, dir}
	back.expects(false, "restored")
	if code, out, said := command(t, environ, "", "adopt", "--yes"); code != exitOK {
		t.Fatalf("adopt: %d, %q, %q", code, out, said)
	}
	back.expects(true, "adopted")
	back.inStore(func(_ settings, s *db.Store) {
		h.opens(s)
		if _, err := s.VerifyAudit(t.Context()); err != nil {
			t.Errorf("the audit: %v", err)
		}
	})
}

// unsealed is all that is in a backup.
func unsealed(t *testing.T, made, private string) []byte {
	t.Helper()
	ids, err := restoreCommand{Identity: private}.identities()
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(made)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	plain, err := age.Decrypt(f, ids...)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := gzip.NewReader(plain)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(packed)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestBackupWithKey: asked for, the key is in it, and restored where there is
// none, also on another disk.
func TestBackupWithKey(t *testing.T) {
	public, private := pair(t)
	h := newSealedHouse(t, 2)
	made := h.backup(public, "--with-key")
	t.Run("on another disk", func(t *testing.T) {
		dir, key := filepath.Join(t.TempDir(), "data"), filepath.Join(otherDisk(t), "its.key")
		code, out, said := command(t, map[string]string{"POSTIX_DATA": dir, "POSTIX_KEY_FILE": key}, "", "restore", "--from", made, "--identity", private)
		if code != exitOK || !strings.Contains(out, "Its key is in "+key) {
			t.Fatalf("%d, %q, %q", code, out, said)
		}
		was, err := readKeys(h.set.KeyFile)
		h.ok(err)
		is, err := readKeys(key)
		if err != nil || len(is) != 1 || !bytes.Equal(is[0], was[0]) || !exists(filepath.Join(dir, "postix.db")) {
			t.Errorf("the key is another, or not all is restored: %v", err)
		}
		if got := files(t, filepath.Dir(key)); !slices.Equal(got, []string{"its.key"}) {
			t.Errorf("beside the key: %q", got)
		}
	})
	dir := filepath.Join(t.TempDir(), "data")
	code, out, said := command(t, map[string]string{"POSTIX_DATA": dir}, "", "restore", "--from", made, "--identity", private)
	if code != exitOK || !strings.Contains(out, "Its key is in") {
		t.Fatalf("%d, %q, %q", code, out, said)
	}
	(&home{t, dir}).inStore(func(_ settings, s *db.Store) { h.opens(s) })
}

// otherDisk is a directory to which nothing can be renamed from the usual one.
func otherDisk(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "postix-") //nolint:usetesting // that of t.TempDir is no other disk
	if err != nil {
		t.Skip("there is no memory disk here")
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	from := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(from, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(from, filepath.Join(dir, "file")); !errors.Is(err, syscall.EXDEV) {
		t.Skip("it is no other disk")
	}
	return dir
}

// TestBackupRefused: what cannot be done is said, and leaves nothing behind.
func TestBackupRefused(t *testing.T) {
	public, _ := pair(t)
	h := newSealedHouse(t, 1)
	here := t.TempDir()
	to := filepath.Join(here, "postix.age")
	with := map[string]string{"POSTIX_DATA": h.set.Data, "POSTIX_BACKUP_RECIPIENTS": public}
	none := map[string]string{"POSTIX_DATA": h.set.Data}
	for _, c := range []struct {
		environ map[string]string
		args    []string
		says    string
	}{
		{none, []string{"--to", to}, "POSTIX_BACKUP_RECIPIENTS: is empty"},
		{none, []string{"--to", to, "--recipient", "age1nonsense"}, `"age1nonsense" is no public key`},
		{map[string]string{"POSTIX_DATA": h.set.Data, "POSTIX_BACKUP_RECIPIENTS": "xyz"}, []string{"--to", to}, "POSTIX_BACKUP_RECIPIENTS: "},
		{with, []string{"--to", filepath.Join(here, "no such directory", "postix.age")}, "no such file or directory"},
		{with, []string{"--to", h.set.database()}, "is there already"},
		{with, []string{"--to", filepath.Join(h.set.database(), "postix.age")}, "not a directory"},
		{map[string]string{"POSTIX_DATA": here, "POSTIX_BACKUP_RECIPIENTS": public}, []string{"--to", to}, "there is no database"},
	} {
		code, _, said := command(t, c.environ, "", append([]string{"backup"}, c.args...)...)
		if code != exitUsage || !strings.Contains(said, c.says) {
			t.Errorf("%q: %d, %q", c.args, code, said)
		}
	}
	if got := files(t, here); len(got) != 0 {
		t.Errorf("left behind: %q", got)
	}
}

// TestRestoreRefused: a wrong key, a backup that is cut off or flipped at any
// place, and a directory in use change nothing.
func TestRestoreRefused(t *testing.T) {
	public, private := pair(t)
	_, stranger := pair(t)
	h := newSealedHouse(t, 1)
	made := h.backup(public)
	whole, err := os.ReadFile(made)
	h.ok(err)
	spoiled := filepath.Join(t.TempDir(), "spoiled.age")
	dir := filepath.Join(t.TempDir(), "data")
	refused := func(what, from, identity, says string) {
		t.Helper()
		code, _, said := command(t, map[string]string{"POSTIX_DATA": dir}, "", "restore", "--from", from, "--identity", identity)
		if code == exitOK || !strings.Contains(said, says) {
			t.Errorf("%s: %d, %q", what, code, said)
		}
		if got := files(t, dir); !slices.Equal(got, []string{"postix.lock"}) {
			t.Errorf("%s: left behind %q", what, got)
		}
	}
	refused("another key", made, stranger, "is not a key that it was encrypted to")
	refused("no key", made, made, "does not hold a private key")
	refused("no backup", private, private, "it is no backup")
	for _, n := range []int{0, 1, 100, len(whole) / 2, len(whole) - 1} {
		h.ok(os.WriteFile(spoiled, whole[:n], 0o600))
		refused("cut off", spoiled, private, "was not restored")
		flipped := slices.Clone(whole)
		flipped[n] ^= 1
		h.ok(os.WriteFile(spoiled, flipped, 0o600))
		refused("flipped", spoiled, private, "was not restored")
	}
	h.ok(os.WriteFile(spoiled, repacked(t, public, unsealed(t, made, private)), 0o600))
	refused("another database than the manifest tells of", spoiled, private, "is not the one that was backed up")

	code, _, said := command(t, map[string]string{"POSTIX_DATA": h.set.Data}, "", "restore", "--from", made, "--identity", private)
	if code != exitUsage || !strings.Contains(said, "postix.db is there; move it away first") {
		t.Errorf("a directory with a database: %d, %q", code, said)
	}
}

// repacked is the archive with one byte of its database changed, encrypted as it
// should be.
func repacked(t *testing.T, public string, archive []byte) []byte {
	t.Helper()
	at := bytes.Index(archive, []byte("SQLite format 3"))
	archive[at+4096] ^= 1
	if _, err := tar.NewReader(bytes.NewReader(archive)).Next(); err != nil {
		t.Fatal(err)
	}
	to, err := backupRecipients([]string{public})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	sealed, err := age.Encrypt(&out, to...)
	if err != nil {
		t.Fatal(err)
	}
	packed := gzip.NewWriter(sealed)
	for _, do := range []func() error{func() error { _, err := packed.Write(archive); return err }, packed.Close, sealed.Close} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// TestBackupKilled: killed at any moment, a backup has its name whole or not at
// all, and a restore has put the database back or nothing; the next one works and
// takes away what was left.
func TestBackupKilled(t *testing.T) {
	t.Parallel()
	public, private := pair(t)
	h := newSealedHouse(t, 200)
	here := t.TempDir()
	environ := append(h.environ(), "POSTIX_BACKUP_RECIPIENTS="+public)
	to := filepath.Join(here, "postix.age")
	kills := 0
	for after := time.Millisecond; !exists(to); after += after / 2 {
		killedAfter(t, after, launch(t, environ, "backup", "--to", to))
		kills++
	}
	dir := filepath.Join(t.TempDir(), "data")
	for after := time.Millisecond; !exists(filepath.Join(dir, "postix.db")); after += after / 2 {
		killedAfter(t, after, launch(t, []string{"POSTIX_DATA=" + dir}, "restore", "--from", to, "--identity", private))
		kills++
	}
	key, err := os.ReadFile(h.set.KeyFile)
	h.ok(err)
	h.ok(os.WriteFile(filepath.Join(dir, "postix.key"), key, 0o600))
	(&home{t, dir}).inStore(func(_ settings, s *db.Store) { h.opens(s) })
	h.backup(public)
	for _, name := range slices.Concat(files(t, h.set.Data), files(t, here)) {
		if strings.HasPrefix(name, ".backup") {
			t.Errorf("left behind: %s", name)
		}
	}
	t.Logf("%d kills", kills)
}

// killedAfter kills a process after a while, or sees it end before.
func killedAfter(t *testing.T, after time.Duration, p *process) {
	t.Helper()
	timer, cancel := context.WithTimeout(t.Context(), after)
	defer cancel()
	select {
	case <-timer.Done():
		p.kill()
		<-p.ended
	case <-p.ended:
	}
}

// TestBackupOfAWorkingHouse: a backup that is made while messages go out is of one
// moment. Put back and adopted it goes on, and nothing is at Telegram twice.
func TestBackupOfAWorkingHouse(t *testing.T) {
	t.Parallel()
	public, private := pair(t)
	h := newHouse(t, 100*time.Millisecond, loadPhones[0])
	h.start()
	id := h.order(0, "Yuk bor", 1, 0)
	eventually(t, "messages go out", func() bool { return len(h.calls("", 0)) >= 5 })
	made := filepath.Join(t.TempDir(), "postix.age")
	code, out, said := command(t, map[string]string{"POSTIX_DATA": h.dir, "POSTIX_BACKUP_RECIPIENTS": public}, "", "backup", "--to", made, "--with-key")
	if code != exitOK {
		t.Fatalf("%d, %q, %q", code, out, said)
	}
	then := len(h.calls("", 0))
	eventually(t, "more goes out after it", func() bool { return len(h.calls("", 0)) >= then+5 })
	h.p.kill()
	<-h.p.ended

	h.dir = filepath.Join(t.TempDir(), "data")
	environ := map[string]string{"POSTIX_DATA": h.dir}
	if code, out, said := command(t, environ, "", "restore", "--from", made, "--identity", private); code != exitOK {
		t.Fatalf("%d, %q, %q", code, out, said)
	}
	if n := h.number("SELECT COUNT(*) FROM deliveries WHERE status = 'sent'"); n < 4 || n > int64(then)+1 {
		t.Errorf("the backup has %d messages, %d had gone out", n, then)
	}
	h.waitsToBeAdopted(true)
	if code, out, said := command(t, environ, "", "adopt", "--yes"); code != exitOK {
		t.Fatalf("%d, %q, %q", code, out, said)
	}
	h.start()
	h.ends()
	h.truth(id)
}
