package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"postix/db"
	"postix/domain"
)

// Data that was put back from a backup, or copied, must not send: what happened
// after the copy is not known here, and Telegram ends a session that is used in
// two places. It is noticed by a stamp that stands both in the database and in
// a small file beside it, and grows at each start, each minute after it, and at a
// clean stop.
//
// The database is stamped first. So a process that is killed in between, or a
// full disk, leaves the database one ahead; a database from a backup is behind.
// The file also says where it was written, since a copy of everything agrees
// with itself. A machine that was put back as a whole is not noticed.

// mark is what the file holds.
type mark struct {
	ID    string `json:"id"`
	Stamp int64  `json:"stamp"`
	place
}

// place is where a file was made: a copy of it is another file. Moving it within
// a file system and a reboot change nothing.
type place struct {
	Inode   uint64 `json:"inode"`
	Born    int64  `json:"born"`    // in nanoseconds since 1970; 0: not known
	Machine string `json:"machine"` // "": not known
}

func markFile(dir string) string { return filepath.Join(dir, "installation") }

// stampEvery bounds what a restored database can lack without being noticed,
// where the program was killed.
const stampEvery = time.Minute

// unadopted says why the data waits to be adopted, in words for the log and the
// command line; "" when it is this installation's own.
func unadopted(ctx context.Context, store *db.Store, dir string) (why string, err error) {
	in, err := store.Installation(ctx)
	if err != nil {
		return "", err
	}
	m, found, err := readMark(dir)
	if err != nil {
		return "", err
	}
	if why := foreign(in, m, found); why != "" {
		return why, nil
	}
	if found {
		here, err := placeOf(markFile(dir))
		if err != nil {
			return "", err
		}
		if why := m.moved(here); why != "" {
			return why, nil
		}
	}
	switch code, _, err := store.SendingStopped(ctx); {
	case err != nil:
		return "", err
	case code == domain.CodeRestored:
		return "it was restored or copied before the last start", nil
	case code == domain.CodeDamaged:
		return "the database was found damaged", nil
	}
	return "", nil
}

// foreign compares the two stamps.
func foreign(in db.Installation, m mark, found bool) string {
	switch {
	case in.ID == "" && (!found || m.Stamp == 0):
		return "" // new, or of a program that had no stamps; or that start was interrupted
	case in.ID == "":
		return "the database is older than the file installation beside it"
	case !found:
		return "the file installation is not beside the database"
	case m.ID != in.ID:
		return "the database and the file installation are of different installations"
	case in.Stamp < m.Stamp:
		return fmt.Sprintf("the database is of %s, and was used here since", in.At.Format(time.DateTime))
	case in.Stamp > m.Stamp+1:
		return "the file installation is older than the database"
	}
	return ""
}

func (p place) moved(here place) string {
	switch {
	case p.Inode != here.Inode, p.Born != 0 && here.Born != 0 && p.Born != here.Born:
		return "the data directory is a copy"
	case p.Machine != "" && here.Machine != "" && p.Machine != here.Machine:
		return "the data directory is of another machine"
	}
	return ""
}

// stamp writes the next stamp, the first one too. Only the process that holds
// the data directory's lock may call it. Where the file cannot be written the
// database stays one ahead of it, and no more, until the file can.
func stamp(ctx context.Context, store *db.Store, dir string, now time.Time) error {
	in, err := store.Installation(ctx)
	if err != nil {
		return err
	}
	m, found, err := readMark(dir)
	if err != nil {
		return err
	}
	if in.ID == "" {
		in = newInstallation(now)
		if err := writeMark(dir, in); err != nil {
			return err
		}
	}
	if !found || in.Stamp <= m.Stamp {
		in.Stamp, in.At = in.Stamp+1, now
		if err := store.SetInstallation(ctx, in); err != nil {
			return err
		}
	}
	return writeMark(dir, in)
}

// newInstallation has the stamp 0, which the file alone has for a moment.
func newInstallation(now time.Time) db.Installation {
	return db.Installation{ID: rand.Text(), Since: now, At: now}
}

// readMark answers a mark that fits nothing for a file that says nothing.
func readMark(dir string) (m mark, found bool, err error) {
	text, err := os.ReadFile(markFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return m, false, nil
	}
	if err != nil {
		return m, false, fmt.Errorf("read the file of the installation: %w", err)
	}
	_ = json.Unmarshal(text, &m) // what it does not say fits nothing
	if m.ID == "" {
		m = mark{ID: "?", Stamp: 1}
	}
	return m, true, nil
}

// writeMark replaces the file at once or not at all.
func writeMark(dir string, in db.Installation) error {
	fresh := markFile(dir) + ".new"
	if err := writeFresh(fresh, in); err != nil {
		return errors.Join(fmt.Errorf("write the file of the installation: %w", err), removed(fresh))
	}
	if err := durableRename(fresh, markFile(dir)); err != nil {
		return fmt.Errorf("write the file of the installation: %w", err)
	}
	return nil
}

func durableRename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(to))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func writeFresh(name string, in db.Installation) error {
	if err := removed(name); err != nil { // a place of its own for each stamp
		return err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	here, err := placeOf(name)
	if err == nil {
		err = json.NewEncoder(f).Encode(mark{ID: in.ID, Stamp: in.Stamp, place: here})
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func removed(name string) error {
	if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func placeOf(name string) (place, error) {
	info, err := os.Stat(name)
	if err != nil {
		return place{}, fmt.Errorf("look at the file of the installation: %w", err)
	}
	p := place{Born: born(name), Machine: machine()}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		p.Inode = st.Ino
	}
	return p, nil
}

// machine is a hash of the machine's id. A container has none: the next one on
// the same volume may well have another.
func machine() string {
	for _, inside := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(inside); err == nil {
			return ""
		}
	}
	id, err := os.ReadFile("/etc/machine-id")
	if id = bytes.TrimSpace(id); err != nil || len(id) == 0 || string(id) == "uninitialized" {
		return ""
	}
	sum := sha256.Sum256(append([]byte("postix "), id...)) // the id itself should not leave the machine
	return hex.EncodeToString(sum[:8])
}
