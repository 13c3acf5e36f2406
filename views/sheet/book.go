package sheet

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// What a workbook allows.
const (
	longestName = 31     // of a sheet, in characters
	longestText = 32_767 // of a cell, in UTF-16 units
	exactNumber = 1e15   // it keeps fifteen digits
)

type book struct {
	out            io.Writer
	file           *excelize.File
	head, when, id int // styles
	sheet          *excelize.StreamWriter
	row, made      int
}

// newBook holds a few megabytes at most: what is more waits in a temporary file
// until the workbook is written.
func newBook(w io.Writer) (*book, error) {
	b := &book{out: w, file: excelize.NewFile()}
	layout := "yyyy-mm-dd hh:mm:ss"
	var err error
	if b.head, err = b.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}}); err != nil {
		return nil, err
	}
	if b.when, err = b.file.NewStyle(&excelize.Style{CustomNumFmt: &layout}); err != nil {
		return nil, err
	}
	b.id, err = b.file.NewStyle(&excelize.Style{NumFmt: 1}) // all digits, and nothing between them
	return b, err
}

func (b *book) Sheet(name string, head ...string) (err error) {
	if err := b.flush(); err != nil {
		return err
	}
	name = sheetName(name)
	if b.made == 0 {
		err = b.file.SetSheetName(b.file.GetSheetName(0), name)
	} else {
		_, err = b.file.NewSheet(name)
	}
	if err != nil {
		return fmt.Errorf("begin the sheet %q: %w", name, err)
	}
	b.made++
	b.row = 0
	if b.sheet, err = b.file.NewStreamWriter(name); err != nil {
		return fmt.Errorf("begin the sheet %q: %w", name, err)
	}
	if err := b.sheet.SetColWidth(1, max(1, len(head)), 20); err != nil {
		return err
	}
	if err := b.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	cells := make([]any, len(head))
	for i, h := range head {
		cells[i] = excelize.Cell{StyleID: b.head, Value: text(h)}
	}
	return b.write(cells)
}

func (b *book) Row(cells ...any) error {
	line := make([]any, len(cells))
	for i, cell := range cells {
		switch v := cell.(type) {
		case nil, int:
			line[i] = v
		case string:
			line[i] = text(v)
		case ID:
			line[i] = b.number(v)
		case time.Time:
			if !v.IsZero() {
				line[i] = excelize.Cell{StyleID: b.when, Value: v}
			}
		default:
			return fmt.Errorf("a cell cannot hold %T", cell)
		}
	}
	return b.write(line)
}

// number is an id with all its digits, as text where a number would lose some.
func (b *book) number(v ID) any {
	if v <= -exactNumber || v >= exactNumber {
		return text(strconv.FormatInt(int64(v), 10))
	}
	return excelize.Cell{StyleID: b.id, Value: int64(v)}
}

func (b *book) write(cells []any) error {
	b.row++
	return b.sheet.SetRow("A"+strconv.Itoa(b.row), cells)
}

func (b *book) flush() error {
	if b.sheet == nil {
		return nil
	}
	return b.sheet.Flush()
}

func (b *book) Close(ok bool) error {
	err := b.flush()
	if ok && err == nil {
		err = b.file.Write(b.out)
	}
	if closed := b.file.Close(); err == nil { // removes temporary files
		err = closed
	}
	return err
}

// sheetName leaves out what a sheet's name may not hold.
func sheetName(s string) string {
	s = strings.Trim(strings.NewReplacer(":", " ", `\`, " ", "/", " ", "?", " ", "*", " ", "[", "(", "]", ")").Replace(s), "' ")
	if utf8.RuneCountInString(s) > longestName {
		s = string([]rune(s)[:longestName])
	}
	return s
}

// text is a harmless text, without what no cell can hold, cut at the end of a
// character.
func text(s string) any {
	if s = safe(s); s == "" {
		return nil
	}
	units := 0
	for i, r := range s {
		if r > 0xFFFF {
			units++
		}
		if units++; units > longestText {
			return s[:i]
		}
	}
	return s
}
