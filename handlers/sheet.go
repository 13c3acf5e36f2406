package handlers

import (
	"bytes"
	"io"
	"net/http"
	"time"

	"postix/domain"
	"postix/views/sheet"
)

// Sheet answers with tables in a file of that name. CSV leaves as it is written;
// a workbook is made first, a few at once, for each holds memory. What fails
// before the first byte is a page that says so, and later the download breaks
// off: nobody takes half a list for the whole. It is kept in the audit first.
func (q *Request) Sheet(name string, f sheet.Format, write func(sheet.Writer) error) error {
	if err := q.exported(name + "." + string(f)); err != nil {
		return err
	}
	head := q.Writer.Header()
	out := &download{q: q, begin: func() {
		q.made()
		head.Set("Content-Type", f.Type())
		head.Set("Content-Disposition", `attachment; filename="`+name+"."+string(f)+`"`)
	}}
	err := q.writeSheet(out, f, write)
	if err != nil && out.begun {
		q.h.Log.Error("writing a file broke off", "path", q.FullPath(), "err", err)
		panic(http.ErrAbortHandler)
	}
	return err
}

// exported keeps in the audit that a file of that name is taken.
func (q *Request) exported(file string) error {
	return q.h.Audit.Keep(q.Ctx(), domain.AuditEntry{OrganizationID: q.Actor.User.OrganizationID, Event: domain.AuditExport, Detail: file})
}

func (q *Request) writeSheet(out io.Writer, f sheet.Format, write func(sheet.Writer) error) error {
	if f == sheet.CSV {
		return fill(out, f, write)
	}
	var made bytes.Buffer
	if err := q.makeBook(&made, f, write); err != nil {
		return err
	}
	_, err := made.WriteTo(out)
	return err
}

// makeBook makes a workbook when it is its turn, which is no turn of a page: who
// waits here holds up no page.
func (q *Request) makeBook(out io.Writer, f sheet.Format, write func(sheet.Writer) error) error {
	q.made()
	select {
	case q.h.books <- struct{}{}:
		defer func() { <-q.h.books }()
	case <-q.Ctx().Done():
		return q.Ctx().Err()
	}
	return fill(out, f, write)
}

func fill(out io.Writer, f sheet.Format, write func(sheet.Writer) error) error {
	w, err := sheet.New(out, f)
	if err != nil {
		return err
	}
	if err := write(w); err != nil {
		_ = w.Close(false) // the error that counts is the one before
		return err
	}
	return w.Close(true)
}

// booksAtOnce is how many workbooks are made at once.
const booksAtOnce = 2

// download is the way to a reader who may be slow: each piece has its own
// deadline.
type download struct {
	q     *Request
	begin func()
	begun bool
}

const downloadPiece = 32 << 10

func (d *download) Write(p []byte) (n int, err error) {
	if !d.begun {
		d.begin()
		d.begun = true
	}
	line := http.NewResponseController(d.q.Writer)
	for n < len(p) && err == nil {
		_ = line.SetWriteDeadline(time.Now().Add(liveLag)) // not every writer has one
		var more int
		more, err = d.q.Writer.Write(p[n:min(len(p), n+downloadPiece)])
		n += more
	}
	return n, err
}
