// Package sheet writes tables that people open in a spreadsheet program, as CSV
// or XLSX. It takes words that are already translated.
//
// Nothing that a stranger wrote becomes a formula (OWASP, CSV injection) or turns
// the text around it: an apostrophe stands before a text that a program could
// take for a formula, and controls that nobody sees are shown. A caller who wants
// no apostrophes writes what begins with a plus or an at sign without it.
package sheet

import (
	"fmt"
	"io"
	"time"
)

// Format is how a table is written.
type Format string

// The formats.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// Type is the format's media type.
func (f Format) Type() string {
	if f == XLSX {
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	return "text/csv; charset=utf-8; header=present"
}

// ID is a number that nobody counts with. A workbook shows all its digits, where a
// spreadsheet program would write 1E+12; in CSV one below zero is a text, which
// does the same.
type ID int64

// Writer takes tables row by row. A cell is a string, an int, an [ID] or a
// [time.Time], which is written as the wall clock of its own zone; nil, "" and
// the zero time leave the cell empty.
type Writer interface {
	// Sheet begins a table. In a workbook it is a sheet of that name, cut where the
	// name is too long for one; in CSV the tables stand one below the other, each
	// but the first with its name above it.
	Sheet(name string, head ...string) error
	Row(cells ...any) error
	// Close finishes the file. It is to be called in any case, and once; ok false
	// gives up what is not written yet.
	Close(ok bool) error
}

// New writes a file of that format. CSV is written as it comes, a workbook when
// it is closed.
func New(w io.Writer, f Format) (Writer, error) {
	switch f {
	case CSV:
		return newCSV(w)
	case XLSX:
		return newBook(w)
	}
	return nil, fmt.Errorf("no table is written as %q", f)
}

// layout is a time as every spreadsheet program reads it, whatever the language.
const layout = time.DateTime
