package world

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
)

// store is the append-only log. Records are queued in the order in which they
// were applied; whoever needs his on disk writes everybody's.
type store struct {
	mu     sync.Mutex // queue
	queue  []record
	queued uint64

	wmu     sync.Mutex    // file; taken before mu
	f       *os.File      // nil: memory only
	written atomic.Uint64 // tickets up to this one
	err     error
	buf     bytes.Buffer
}

// openStore reads the log and hands every record to apply, in order. A last
// line that a crash left unfinished is cut off.
func openStore(path string, apply func(*record) error) (*store, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	whole, err := replay(f, apply)
	if err == nil {
		err = f.Truncate(whole)
	}
	if err == nil {
		_, err = f.Seek(whole, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading the log %s: %w", path, err), f.Close())
	}
	return &store{f: f}, nil
}

// chunk is a number of whole lines and, later, the records in them.
type chunk struct {
	lines []byte
	recs  []record
	err   error
	done  chan struct{}
}

const chunkSize = 1 << 20

// replay returns the length of the part of r that consists of whole lines.
// Decoding is most of the work, so that several goroutines share it.
func replay(r io.Reader, apply func(*record) error) (int64, error) {
	work := make(chan *chunk)
	order := make(chan *chunk, 2*runtime.GOMAXPROCS(0))
	for range runtime.GOMAXPROCS(0) {
		go func() {
			for c := range work {
				c.recs, c.err = decodeLines(c.lines)
				close(c.done)
			}
		}()
	}
	var readErr error
	go func() {
		defer close(order)
		defer close(work)
		readErr = splitChunks(r, func(c *chunk) { order <- c; work <- c })
	}()
	var whole int64
	var failed error
	for c := range order {
		<-c.done
		if failed == nil {
			failed = c.err
		}
		for i := 0; i < len(c.recs) && failed == nil; i++ {
			failed = apply(&c.recs[i])
		}
		whole += int64(len(c.lines))
	}
	return whole, errors.Join(failed, readErr)
}

func splitChunks(r io.Reader, emit func(*chunk)) error {
	br := bufio.NewReaderSize(r, chunkSize)
	var rest []byte
	for {
		buf := make([]byte, len(rest)+chunkSize)
		copy(buf, rest)
		n, err := io.ReadFull(br, buf[len(rest):])
		buf = buf[:len(rest)+n]
		if end := bytes.LastIndexByte(buf, '\n') + 1; end > 0 {
			emit(&chunk{lines: buf[:end:end], done: make(chan struct{})})
			buf = buf[end:]
		}
		rest = buf
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		}
	}
}

func decodeLines(b []byte) ([]record, error) {
	recs := make([]record, 0, bytes.Count(b, []byte{'\n'}))
	for line := range bytes.Lines(b) {
		var r record
		if err := json.Unmarshal(line, &r); err != nil {
			return recs, fmt.Errorf("bad record: %w", err)
		}
		recs = append(recs, r)
	}
	return recs, nil
}

// add queues a record and returns its ticket for flush. The caller holds the
// world's lock, so that the order here is the order of the changes.
func (s *store) add(r record) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queued++
	if s.f != nil {
		s.queue = append(s.queue, r)
	}
	return s.queued
}

// last is the ticket of the newest record.
func (s *store) last() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queued
}

// flush returns when the record with that ticket, and all before it, have been
// handed to the operating system.
func (s *store) flush(ticket uint64) error {
	if s.f == nil || s.written.Load() >= ticket {
		return nil
	}
	s.wmu.Lock()
	defer s.wmu.Unlock()
	if s.err != nil || s.written.Load() >= ticket {
		return s.err
	}
	s.mu.Lock()
	recs, upTo := s.queue, s.queued
	s.queue = nil
	s.mu.Unlock()
	s.buf.Reset()
	enc := json.NewEncoder(&s.buf)
	enc.SetEscapeHTML(false)
	for i := range recs {
		if err := enc.Encode(&recs[i]); err != nil { //nolint:gosec // the world's own secrets, in its own file
			s.err = fmt.Errorf("encoding a record: %w", err)
			return s.err
		}
	}
	if _, err := s.f.Write(s.buf.Bytes()); err != nil {
		// Half a batch may be there: nothing more is written after it, and no
		// call is answered as done from here on.
		s.err = fmt.Errorf("writing the log: %w", err)
		return s.err
	}
	s.written.Store(upTo)
	return nil
}

func (s *store) close() error {
	err := s.flush(s.last())
	s.wmu.Lock()
	defer s.wmu.Unlock()
	if s.f == nil {
		return err
	}
	err = errors.Join(err, s.f.Close())
	if s.err == nil {
		s.err = os.ErrClosed
	}
	return err
}
