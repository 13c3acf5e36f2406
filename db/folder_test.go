package db

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"postix/db/sqlc"
)

// While there is always somebody who writes, the log is folded beside him and
// does not grow for ever, also without SQLite's own checkpoints.
func TestLogIsFoldedBesideTheWriter(t *testing.T) {
	w := newWorld(t, 1)
	w.exec("PRAGMA wal_autocheckpoint = 0")
	const together, each, size = 40, 60, 20_000 // 48 MB
	value := bytes.Repeat([]byte{1}, size)
	var writing sync.WaitGroup
	for n := range together {
		writing.Go(func() {
			for range each {
				err := w.s.write(w.ctx, "fill the log", func(ctx context.Context, q *sqlc.Queries) error {
					return q.PutSetting(ctx, sqlc.PutSettingParams{Key: fmt.Sprint("filler ", n), Value: value})
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	writing.Wait()
	st, err := os.Stat(w.path + "-wal")
	w.ok(err)
	if most := int64(together * each * size / 2); st.Size() > most {
		t.Errorf("the log has %d bytes, want at most %d", st.Size(), most)
	}
	t.Logf("the log has %d of %d bytes", st.Size(), together*each*size)
}
