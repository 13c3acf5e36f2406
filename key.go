package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"postix/db"
)

const keyBytes = 32

// sealingKey reads the key file. A database whose key is gone must not get a
// new one in silence, nor a key whose database is gone an empty one. On the
// first start the key is made; it gets its name with kept, when the database
// stands, so that an interrupted first start is simply begun again.
func (s settings) sealingKey() (keys func() ([][]byte, error), kept func() error, err error) {
	kept = func() error { return nil }
	fresh := s.KeyFile + ".new"
	made := exists(s.database())
	switch {
	case exists(s.KeyFile):
		if !made && filepath.Dir(s.KeyFile) == filepath.Clean(s.Data) {
			return nil, nil, badSettings{fmt.Sprintf("POSTIX_DATA: %s is there, but its database %s is missing; put it back from a backup (to begin anew, move the key away)", s.KeyFile, s.database())}
		}
		return func() ([][]byte, error) { return readKeys(s.KeyFile) }, kept, nil
	case exists(fresh):
	case made:
		return nil, nil, badSettings{fmt.Sprintf("POSTIX_KEY_FILE: %s is missing, and the database %s was made with it; put the key back", s.KeyFile, s.database())}
	default:
		key := make([]byte, keyBytes)
		_, _ = rand.Read(key) // never fails since Go 1.24
		if err := os.WriteFile(fresh, []byte(hex.EncodeToString(key)+"\n"), 0o600); err != nil {
			return nil, nil, badSettings{fmt.Sprintf("POSTIX_KEY_FILE: cannot write the new key: %v", err)}
		}
	}
	keys = func() ([][]byte, error) {
		if exists(s.KeyFile) { // since kept
			return readKeys(s.KeyFile)
		}
		return readKeys(fresh)
	}
	return keys, func() error { return os.Rename(fresh, s.KeyFile) }, nil
}

// exists reports whether there is a file with anything in it.
func exists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0
}

// readKeys reads the key file. It holds one key, and while keys are exchanged a
// second line with the old one.
func readKeys(path string) ([][]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, badSettings{fmt.Sprintf("POSTIX_KEY_FILE: %v", err)}
	}
	var keys [][]byte
	for line := range strings.Lines(strings.TrimSpace(string(text))) {
		key, err := hex.DecodeString(strings.TrimSpace(line))
		if err != nil || len(key) != keyBytes {
			return nil, badSettings{fmt.Sprintf("POSTIX_KEY_FILE: %s does not hold a key (%d hexadecimal digits)", path, 2*keyBytes)}
		}
		if bytes.Equal(key, make([]byte, keyBytes)) || slices.ContainsFunc(keys, func(k []byte) bool { return bytes.Equal(k, key) }) {
			return nil, badSettings{fmt.Sprintf("POSTIX_KEY_FILE: %s holds a key of zeros, or one key twice; put the right one back", path)}
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, badSettings{fmt.Sprintf("POSTIX_KEY_FILE: %s does not hold a key (%d hexadecimal digits)", path, 2*keyBytes)}
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, badSettings{fmt.Sprintf("POSTIX_KEY_FILE: %s can be read by others; run: chmod 600 %s", path, path)}
	}
	return keys, nil
}

// writeKeys replaces a file of keys at once: it has the old ones or the new ones,
// whatever happens.
func writeKeys(path string, keys ...[]byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // readable by its owner only
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone when it got its name
	for _, k := range keys {
		if _, err := fmt.Fprintln(f, hex.EncodeToString(k)); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

type keyCommand struct {
	Rotate keyRotateCommand `cmd:"" help:"Exchange the key that seals Telegram sessions."`
	Backup keyBackupCommand `cmd:"" help:"Make a pair of keys for backups."`
}

type keyRotateCommand struct{}

// Help implements kong.HelpProvider.
func (keyRotateCommand) Help() string {
	return "Makes a new key, seals everything with it and writes it into the key file. It works beside a running postix, and when it is interrupted " +
		"the next call goes on where it was. The old key is kept in a file beside the new one, for the backups that were made with it."
}

// Run exchanges the key of the database in POSTIX_DATA. First the key file holds
// both keys, so that every process seals with the new one and opens with either;
// then what the old one has sealed is sealed anew, row by row; at last the old one
// leaves the file.
func (keyRotateCommand) Run(s *surroundings) error {
	return s.withExisting(func(store *db.Store, set settings) error {
		if err := ownKey(set.KeyFile); err != nil {
			return err
		}
		lock, err := lockFile(set.KeyFile+".lock", "another key rotate is under way")
		if err != nil {
			return err
		}
		defer func() { _ = lock.Close() }()
		keys, err := readKeys(set.KeyFile)
		if err != nil {
			return err
		}
		if len(keys) == 1 {
			fresh := make([]byte, keyBytes)
			_, _ = rand.Read(fresh) // never fails since Go 1.24
			keys = [][]byte{fresh, keys[0]}
			if err := writeKeys(set.KeyFile, keys...); err != nil {
				return fmt.Errorf("write the new key: %w", err)
			}
		}
		done, err := resealAll(s, store)
		if err != nil {
			return fmt.Errorf("%w; both keys are in %s: run it again to go on", err, set.KeyFile)
		}
		old := set.KeyFile + ".before-" + time.Now().UTC().Format("20060102-150405")
		if err := writeKeys(old, keys[1:]...); err != nil {
			return fmt.Errorf("keep the old key: %w", err)
		}
		if err := writeKeys(set.KeyFile, keys[0]); err != nil {
			return fmt.Errorf("take the old key out of the key file: %w", err)
		}
		if err := store.KeyRotated(s.ctx, done); err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "The key is exchanged; %d values are sealed with the new one. Keep a copy of %s.\n"+
			"Older backups need the old key: move %s to them, or delete it.\n", done.Renewed, set.KeyFile, old)
		if done.Broken > 0 && err == nil {
			_, err = fmt.Fprintf(s.out, "%d values opened with neither key and were left as they are: those numbers have to be connected again.\n", done.Broken)
		}
		return err
	})
}

// ownKey refuses somebody else than the owner of the key file: he could not read
// the new one, which would be ours.
func ownKey(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return badSettings{fmt.Sprintf("POSTIX_KEY_FILE: %v", err)}
	}
	if !info.Mode().IsRegular() {
		return badSettings{fmt.Sprintf("POSTIX_KEY_FILE: %s is a link; name the file that it leads to", path)}
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		return badSettings{fmt.Sprintf("%s belongs to another user, number %d; run this as that user", path, st.Uid)}
	}
	return nil
}

// resealAll goes on until nothing is left that the old key has sealed: another
// process may have sealed something in the moment the keys were exchanged.
func resealAll(s *surroundings, store *db.Store) (all db.Resealed, err error) {
	for quiet := 0; quiet < 2; quiet++ {
		r, err := store.Reseal(s.ctx)
		all.Renewed, all.Broken = all.Renewed+r.Renewed, r.Broken
		if err != nil {
			return all, err
		}
		if r.Renewed > 0 {
			quiet = -1
		}
		select {
		case <-time.After(time.Second):
		case <-s.ctx.Done():
			return all, s.ctx.Err()
		}
	}
	return all, nil
}
