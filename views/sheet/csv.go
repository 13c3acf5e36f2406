package sheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"
)

// The semicolon is the list separator of Windows in Uzbek and in Russian, where
// the comma is the decimal sign: programs there put a line with commas into one
// cell. The byte order mark tells them that the file is UTF-8.
const (
	separator = ';'
	byteOrder = "\uFEFF"
)

type csvFile struct {
	w     *csv.Writer
	begun bool
}

func newCSV(w io.Writer) (*csvFile, error) {
	if _, err := io.WriteString(w, byteOrder); err != nil {
		return nil, err
	}
	c := &csvFile{w: csv.NewWriter(w)}
	c.w.Comma, c.w.UseCRLF = separator, true
	return c, nil
}

func (c *csvFile) Sheet(name string, head ...string) error {
	if c.begun {
		for _, line := range [][]string{{""}, {safe(name)}} {
			if err := c.w.Write(line); err != nil {
				return err
			}
		}
	}
	c.begun = true
	cells := make([]any, len(head))
	for i, h := range head {
		cells[i] = h
	}
	return c.Row(cells...)
}

func (c *csvFile) Row(cells ...any) error {
	line := make([]string, len(cells))
	for i, cell := range cells {
		switch v := cell.(type) {
		case nil:
		case string:
			line[i] = safe(v)
		case int:
			line[i] = strconv.Itoa(v)
		case ID:
			line[i] = safe(strconv.FormatInt(int64(v), 10))
		case time.Time:
			if !v.IsZero() {
				line[i] = v.Format(layout)
			}
		default:
			return fmt.Errorf("a cell cannot hold %T", cell)
		}
	}
	return c.w.Write(line)
}

func (c *csvFile) Close(bool) error {
	c.w.Flush()
	return c.w.Error()
}
