package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
)

// maxLine is the longest line that is read, in bytes.
const maxLine = 1 << 20

// lineReader reads lines of bounded length.
type lineReader struct {
	r *bufio.Reader
	n int // of the line that was read last, from 1
}

// newLineReader reads until the context ends. It calls pause before it waits for
// more input.
func newLineReader(ctx context.Context, in io.Reader, pause func() error) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(&patientReader{ctx, in, pause}, maxLine+2)} // with \r\n
}

// next is the next line without its end, valid until the one after. A line that is too long is a
// badLine; at the end of the input comes io.EOF.
func (l *lineReader) next() ([]byte, error) {
	line, err := l.r.ReadSlice('\n')
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) && (len(line) == 0 || !errors.Is(err, io.EOF)) {
		return nil, err
	}
	l.n++
	line = bytes.TrimRight(line, "\r\n")
	long := len(line) > maxLine
	for errors.Is(err, bufio.ErrBufferFull) {
		long = true
		_, err = l.r.ReadSlice('\n')
	}
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case long:
		return nil, badLine("longer than 1 MiB")
	case l.n == 1:
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	return line, nil
}

// patientReader ends waiting for input when the context ends: a read from a
// terminal cannot be taken back.
type patientReader struct {
	ctx   context.Context
	in    io.Reader
	pause func() error
}

// Read implements io.Reader.
func (p *patientReader) Read(b []byte) (int, error) {
	if err := p.pause(); err != nil {
		return 0, err
	}
	type answer struct {
		n   int
		err error
	}
	read := make(chan answer, 1)
	go func() {
		n, err := p.in.Read(b)
		read <- answer{n, err}
	}()
	select {
	case a := <-read:
		return a.n, a.err
	case <-p.ctx.Done():
		return 0, errors.New("interrupted")
	}
}
