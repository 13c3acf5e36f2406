package main

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"filippo.io/age"

	"postix/db"
)

type restoreCommand struct {
	From     string `required:"" help:"The backup." placeholder:"FILE"`
	Identity string `required:"" help:"File of the private key that it was encrypted to." placeholder:"FILE"`
}

// Help implements kong.HelpProvider.
func (restoreCommand) Help() string {
	return "POSTIX_DATA must have no database. The backup is read and checked whole before the database gets its name: until then nothing is changed. " +
		"Afterwards nothing is sent until postix adopt confirms that the data is used here only."
}

// Run puts a backup back.
func (c restoreCommand) Run(s *surroundings) error {
	set, err := loadSettings(withoutTelegram(s.environ))
	if err != nil {
		return err
	}
	lock, err := set.hold()
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	for _, name := range []string{set.database(), set.database() + "-wal"} {
		if exists(name) {
			return badSettings{fmt.Sprintf("POSTIX_DATA: %s is there; move it away first, nothing was changed", name)}
		}
	}
	ids, err := c.identities()
	if err != nil {
		return err
	}
	m, key, err := c.putBack(s, set, ids)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "Restored into %s: %s\n%s\nNothing is sent before: postix adopt\n", set.Data, m, key)
	return err
}

// putBack answers what the backup held, and what there is to know about its key.
func (c restoreCommand) putBack(s *surroundings, set settings, ids []age.Identity) (m manifest, key string, err error) {
	fresh := filepath.Join(set.Data, ".restore") // on the same disk, so that it only has to be renamed
	if err := os.RemoveAll(fresh); err != nil {  // of one that was killed
		return m, "", err
	}
	if err := os.Mkdir(fresh, 0o700); err != nil {
		return m, "", fmt.Errorf("restore: %w", err)
	}
	defer func() { _ = os.RemoveAll(fresh) }()
	m, withKey, err := c.unpack(ids, fresh)
	if err == nil {
		err = m.holds(s, filepath.Join(fresh, backupDatabase))
	}
	if err != nil {
		return m, "", fmt.Errorf("%s was not restored: %w; nothing was changed", c.From, err)
	}
	if key, err = c.placeKey(set, fresh, withKey); err != nil {
		return m, "", fmt.Errorf("put the key in its place: %w; nothing was changed", err)
	}
	// No database is of that installation: it waits to be adopted.
	if err := writeMark(set.Data, db.Installation{ID: "restored", Stamp: 1}); err != nil {
		return m, "", err
	}
	if err := durableRename(filepath.Join(fresh, backupDatabase), set.database()); err != nil {
		return m, "", fmt.Errorf("put the database in its place: %w", err)
	}
	return m, key, nil
}

func (c restoreCommand) identities() ([]age.Identity, error) {
	f, err := os.Open(c.Identity)
	if err != nil {
		return nil, badSettings{fmt.Sprintf("--identity: %v", err)}
	}
	defer f.Close()
	ids, err := age.ParseIdentities(f)
	if err != nil {
		return nil, badSettings{fmt.Sprintf("--identity: %s does not hold a private key of age (AGE-SECRET-KEY-1...)", c.Identity)}
	}
	return ids, nil
}

// unpack writes the files of a backup into a directory and answers what it should
// hold.
func (c restoreCommand) unpack(ids []age.Identity, dir string) (m manifest, withKey bool, err error) {
	f, err := os.Open(c.From)
	if err != nil {
		return m, false, err
	}
	defer f.Close()
	plain, err := age.Decrypt(f, ids...)
	var other *age.NoIdentityMatchError
	if errors.As(err, &other) {
		return m, false, fmt.Errorf("%s is not a key that it was encrypted to", c.Identity)
	}
	if err != nil {
		return m, false, fmt.Errorf("it is no backup, or not whole (%w)", err)
	}
	packed, err := gzip.NewReader(plain)
	if err != nil {
		return m, false, fmt.Errorf("it is no backup, or not whole (%w)", err)
	}
	archive := tar.NewReader(packed)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return m, false, fmt.Errorf("it is not whole (%w)", err)
		}
		switch h.Name {
		case backupManifest:
			err = json.NewDecoder(io.LimitReader(archive, 1<<20)).Decode(&m)
		case backupDatabase:
			err = unpackFile(filepath.Join(dir, backupDatabase), archive)
		case backupKey:
			withKey = true
			err = unpackFile(filepath.Join(dir, backupKey), io.LimitReader(archive, 1<<20))
		}
		if err != nil {
			return m, false, fmt.Errorf("%s: %w", h.Name, err)
		}
	}
	if _, err := io.Copy(io.Discard, packed); err != nil { //nolint:gosec // to the end: only there it is known to be whole
		return m, false, fmt.Errorf("it is not whole (%w)", err)
	}
	return m, withKey, nil
}

func unpackFile(name string, r io.Reader) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// holds checks that the database is the one that the manifest tells of.
func (m manifest) holds(s *surroundings, path string) error {
	size, hash, err := fileSum(path)
	if err != nil {
		return fmt.Errorf("it holds no database (%w)", err)
	}
	if size != m.Size || hash != m.SHA256 {
		return errors.New("its database is not the one that was backed up")
	}
	is, err := db.LookAt(s.ctx, path)
	if err != nil {
		return err
	}
	for table, n := range m.Rows {
		if is.Rows[table] != n {
			return fmt.Errorf("it has %d %s instead of %d", is.Rows[table], table, n)
		}
	}
	return nil
}

// placeKey puts the key in its place, if the backup has one, and says what there
// is to know about it. The place may be on another disk: the key is written there
// anew.
func (c restoreCommand) placeKey(set settings, fresh string, has bool) (string, error) {
	switch there := exists(set.KeyFile); {
	case there && has:
		return fmt.Sprintf("The key in the backup was left out: %s is there.", set.KeyFile), nil
	case there:
		return fmt.Sprintf("Its Telegram sessions are opened with %s.", set.KeyFile), nil
	case !has:
		return fmt.Sprintf("It holds no key: before the start, put the key file that belonged to it at %s.", set.KeyFile), nil
	}
	keys, err := readKeys(filepath.Join(fresh, backupKey))
	if err != nil {
		return "", err
	}
	if err := writeKeys(set.KeyFile, keys...); err != nil {
		return "", err
	}
	return fmt.Sprintf("Its key is in %s.", set.KeyFile), nil
}
