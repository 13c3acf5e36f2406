package main

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"postix/db"
)

// A backup is a tar archive, compressed, and encrypted with age (https://age-encryption.org):
// the manifest, the database and, if asked for, the file of its key. Its parts
// can be taken out with age and tar alone.
const (
	backupManifest = "manifest.json"
	backupDatabase = "postix.db"
	backupKey      = "postix.key"
)

// manifest says what a backup holds, so that a restore can tell that it is all
// there.
type manifest struct {
	Version string           `json:"version"` // of the program
	Schema  int64            `json:"schema"`
	At      time.Time        `json:"at"`
	Size    int64            `json:"size"` // of the database, in bytes
	SHA256  string           `json:"sha256"`
	Rows    map[string]int64 `json:"rows"`
}

type backupCommand struct {
	To        string   `required:"" help:"File to write; it must not exist." placeholder:"FILE"`
	Recipient []string `help:"Public key (age1...) that may read it, instead of those in POSTIX_BACKUP_RECIPIENTS." placeholder:"KEY"`
	WithKey   bool     `help:"Put the key file in as well: then the backup alone gives full access to all Telegram accounts."`
}

// Help implements kong.HelpProvider.
func (backupCommand) Help() string {
	return "Works beside a running postix and does not hold it up. Only who has the private key of a recipient can read the file; postix key backup makes such a pair. " +
		"Keep the key file of the sessions (POSTIX_KEY_FILE) in another place: without it the numbers in a backup have to be connected again."
}

// Run writes the backup under another name first: what has the name is whole.
func (c backupCommand) Run(s *surroundings) error {
	return s.withExisting(func(store *db.Store, set settings) error {
		if len(c.Recipient) > 0 {
			set.Backup = c.Recipient
		}
		to, err := backupRecipients(set.Backup)
		if err != nil {
			return badSettings{fmt.Sprintf("--recipient: %v", err)}
		}
		if len(to) == 0 {
			return badSettings{"POSTIX_BACKUP_RECIPIENTS: is empty, and a backup holds other people's Telegram accounts; name a public key (postix key backup makes one)"}
		}
		if _, err := os.Lstat(c.To); err == nil {
			return badSettings{fmt.Sprintf("--to: %s is there already; nothing was written", c.To)}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return badSettings{fmt.Sprintf("--to: %v", err)}
		}
		lock, err := lockFile(filepath.Join(set.Data, "backup.lock"), "another backup is under way")
		if err != nil {
			return err
		}
		defer func() { _ = lock.Close() }()
		m, size, err := c.write(s, set, to)
		if err != nil {
			return err
		}
		if err := store.BackupMade(s.ctx, fmt.Sprintf("%s, %d bytes", filepath.Base(c.To), size)); err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "%s: %d bytes; %s\n", c.To, size, m)
		if !c.WithKey && err == nil {
			_, err = fmt.Fprintf(s.out, "It does not hold %s, which opens the Telegram sessions in it: keep a copy of that in another place.\n", set.KeyFile)
		}
		return err
	})
}

// String tells what is in it.
func (m manifest) String() string {
	return fmt.Sprintf("%s, organizations: %d, users: %d, numbers: %d, campaigns: %d, deliveries: %d",
		m.At.Format(time.RFC3339), m.Rows["organizations"], m.Rows["users"], m.Rows["accounts"], m.Rows["campaigns"], m.Rows["deliveries"])
}

// write makes the file.
func (c backupCommand) write(s *surroundings, set settings, to []age.Recipient) (m manifest, size int64, err error) {
	plain := filepath.Join(set.Data, ".backup.db") // never beside the backup, which may lie on a share
	if err := removed(plain); err != nil {         // of one that was killed
		return m, 0, err
	}
	defer func() { err = errors.Join(err, removed(plain)) }()
	shot, err := db.TakeSnapshot(s.ctx, set.database(), plain)
	if err != nil {
		return m, 0, err
	}
	m = manifest{Version: version, Schema: shot.Schema, At: time.Now().UTC().Truncate(time.Second), Rows: shot.Rows}
	if m.Size, m.SHA256, err = fileSum(plain); err != nil {
		return m, 0, err
	}
	part := c.To + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return m, 0, badSettings{fmt.Sprintf("--to: %v", err)}
	}
	defer func() { err = errors.Join(err, removed(part)) }()
	files := []backupFile{{backupDatabase, plain}}
	if c.WithKey {
		files = append(files, backupFile{backupKey, set.KeyFile})
	}
	err = seal(f, to, m, files)
	if err == nil {
		err = f.Sync()
	}
	info, statErr := f.Stat()
	if err = errors.Join(err, statErr, f.Close()); err != nil {
		return m, 0, fmt.Errorf("write %s: %w", c.To, err)
	}
	return m, info.Size(), durableRename(part, c.To)
}

// fileSum is the size of a file and its hash.
func fileSum(path string) (size int64, hash string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return size, hex.EncodeToString(h.Sum(nil)), err
}

type backupFile struct{ name, path string }

// seal writes an archive of the files that only the recipients can read.
func seal(w io.Writer, to []age.Recipient, m manifest, files []backupFile) error {
	sealed, err := age.Encrypt(w, to...)
	if err != nil {
		return err
	}
	packed := gzip.NewWriter(sealed)
	archive := tar.NewWriter(packed)
	text, err := json.MarshalIndent(m, "", "\t")
	if err != nil {
		return err
	}
	head := func(name string, size int64) *tar.Header {
		return &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o600, Size: size, ModTime: m.At}
	}
	if err := archive.WriteHeader(head(backupManifest, int64(len(text)))); err != nil {
		return err
	}
	if _, err := archive.Write(text); err != nil {
		return err
	}
	for _, file := range files {
		if err := packFile(archive, head, file); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), packed.Close(), sealed.Close())
}

func packFile(archive *tar.Writer, head func(string, int64) *tar.Header, file backupFile) error {
	f, err := os.Open(file.path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := archive.WriteHeader(head(file.name, info.Size())); err != nil {
		return err
	}
	_, err = io.Copy(archive, f)
	return err
}

// backupRecipients are those who may read a backup.
func backupRecipients(keys []string) ([]age.Recipient, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	to, err := age.ParseRecipients(strings.NewReader(strings.Join(keys, "\n")))
	if err != nil {
		return nil, fmt.Errorf("%q is no public key of age, such as age1... (%w)", strings.Join(keys, ","), err)
	}
	return to, nil
}

type keyBackupCommand struct {
	To string `required:"" help:"File for the private key; it must not exist." placeholder:"FILE"`
}

// Help implements kong.HelpProvider.
func (keyBackupCommand) Help() string {
	return "Writes a private key into the file and prints the public one for POSTIX_BACKUP_RECIPIENTS. Keep the file away from this machine: " +
		"it is needed to restore only. Without it no backup can be read, by nobody."
}

// Run makes an identity of age.
func (c keyBackupCommand) Run(s *surroundings) error {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(c.To, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return badSettings{fmt.Sprintf("--to: %v", err)}
	}
	_, err = fmt.Fprintf(f, "# public key: %s\n%s\n", id.Recipient(), id)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", c.To, err)
	}
	_, err = fmt.Fprintln(s.out, id.Recipient())
	return err
}
