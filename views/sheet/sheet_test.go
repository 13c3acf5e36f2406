package sheet

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

var noon = time.Date(2026, 3, 1, 12, 30, 5, 0, time.FixedZone("Tashkent", 5*60*60))

// write makes a file of one table.
func write(t *testing.T, f Format, rows ...[]any) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := New(&out, f)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Sheet("Roʻyxat", "Nomi", "=Soni"); err != nil {
		t.Fatal(err)
	}
	for _, cells := range rows {
		if err := w.Row(cells...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(true); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func openBook(t *testing.T, b []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// cell reads what a program shows, and of what type it is.
func cell(t *testing.T, f *excelize.File, sheet, at string) (value string, kind excelize.CellType) {
	t.Helper()
	value, err := f.GetCellValue(sheet, at)
	if err == nil {
		kind, err = f.GetCellType(sheet, at)
	}
	if err != nil {
		t.Fatal(err)
	}
	return value, kind
}

func TestCSV(t *testing.T) {
	b := write(t, CSV, []any{"Yuk; \"tez\"\nAndijon", 7, noon, ID(-1001234567890123), nil, time.Time{}})
	want := "\uFEFFNomi;'=Soni\r\n\"Yuk; \"\"tez\"\"\r\nAndijon\";7;2026-03-01 12:30:05;'-1001234567890123;;\r\n"
	if string(b) != want {
		t.Errorf("got  %q\nwant %q", b, want)
	}
}

// Tables follow each other, each but the first below its name.
func TestCSVHoldsSeveralTables(t *testing.T) {
	var out bytes.Buffer
	w, err := New(&out, CSV)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Birinchi", "@Ikkinchi"} {
		if err := w.Sheet(name, "Kun"); err != nil {
			t.Fatal(err)
		}
		if err := w.Row(1); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(true); err != nil {
		t.Fatal(err)
	}
	if want := "\uFEFFKun\r\n1\r\n\r\n'@Ikkinchi\r\nKun\r\n1\r\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

var formulas = []string{
	"=1+1", "+998901234567", "-2+3", "@SUM(A1)", "\t=1", "\n=1", " =1", "\u00a0=1", "＝1", "＋1", "－1", "＠1", "=", "-",
	`=cmd|'/C calc'!A0`, `=HYPERLINK("http://a.uz";"b")`, "-1001234567890 ",
}

// harmless is what stays as it is; unseen is what is shown: signs that turn the
// text around them, that have no width, and that a program may act on.
var (
	harmless = []string{"Yuk", "1=1", "a@b.uz", "5-6 t", "Toshkent - Andijon", "'=1", "998 90 123 45 67", "Yuk\nbor", "Кўп\t5", "👨‍👩‍👧 yuk"}
	unseen   = map[string]string{
		"ali\u202egnp.exe": "ali⟨202E⟩gnp.exe", "\u2066a\u2069": "⟨2066⟩a⟨2069⟩", "yu\u200bk": "yu⟨200B⟩k", "\uFEFFa": "⟨FEFF⟩a",
		"\u200b=1": "⟨200B⟩=1", "\u202e=1": "⟨202E⟩=1", "\x00=1": "␀=1", "\r=1": "␍=1", "a\x1b[2J": "a␛[2J", "a\u0085b": "a⟨0085⟩b", "a\xffb": "a\uFFFDb",
	}
)

// cells writes one cell and reads what a program shows of it.
var cells = map[Format]func(t *testing.T, s string) string{
	CSV: func(t *testing.T, s string) string {
		t.Helper()
		r := csv.NewReader(bytes.NewReader(write(t, CSV, []any{s, "x"})))
		r.Comma = separator
		all, err := r.ReadAll()
		if err != nil || len(all) != 2 || all[1][1] != "x" {
			t.Fatalf("%q is written as %q, %v", s, all, err)
		}
		return all[1][0]
	},
	XLSX: func(t *testing.T, s string) string {
		t.Helper()
		f := openBook(t, write(t, XLSX, []any{s, "x"}))
		formula, err := f.GetCellFormula("Roʻyxat", "A2")
		value, kind := cell(t, f, "Roʻyxat", "A2")
		if err != nil || formula != "" || kind != excelize.CellTypeInlineString {
			t.Errorf("%q is stored as %q, formula %q, type %v, %v", s, value, formula, kind, err)
		}
		return value
	},
}

// A formula stays text, also in the CSV that somebody makes of a workbook.
func TestTextsAreHarmless(t *testing.T) {
	for format, cell := range cells {
		for _, s := range formulas {
			if got := cell(t, s); got != "'"+s {
				t.Errorf("%s: %q is written as %q", format, s, got)
			}
		}
		for _, s := range harmless {
			if got := cell(t, s); got != s {
				t.Errorf("%s: %q is written as %q", format, s, got)
			}
		}
		for s, want := range unseen {
			if got := cell(t, s); got != want {
				t.Errorf("%s: %q is written as %q, want %q", format, s, got, want)
			}
		}
	}
}

func TestBook(t *testing.T) {
	f := openBook(t, write(t, XLSX, []any{"Yuk\n<tez> & \u0001", 7, noon, ID(-1001234567890), nil, time.Time{}, "", ID(-1001234567890123)}))
	for at, want := range map[string]struct {
		value string
		kind  excelize.CellType
	}{
		"A1": {"Nomi", excelize.CellTypeInlineString},
		"B1": {"'=Soni", excelize.CellTypeInlineString},
		"A2": {"Yuk\n<tez> & ␁", excelize.CellTypeInlineString},
		"B2": {"7", excelize.CellTypeUnset},
		"C2": {"2026-03-01 12:30:05", excelize.CellTypeUnset},
		"D2": {"-1001234567890", excelize.CellTypeUnset},
		"E2": {"", excelize.CellTypeUnset},
		"F2": {"", excelize.CellTypeUnset},
		"G2": {"", excelize.CellTypeUnset},
		"H2": {"'-1001234567890123", excelize.CellTypeInlineString}, // a number would lose its last digit
	} {
		if value, kind := cell(t, f, "Roʻyxat", at); value != want.value || kind != want.kind {
			t.Errorf("%s is %q of type %v, want %q of %v", at, value, kind, want.value, want.kind)
		}
	}
}

// A name that a sheet may not have, and a text that no cell can hold, are cut,
// and do not spoil the file.
func TestBookKeepsToItsLimits(t *testing.T) {
	var out bytes.Buffer
	w, err := New(&out, XLSX)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("🚚", longestText) // two units each
	for _, name := range []string{"'a/b:[c]*?'" + strings.Repeat("ʻ", 40), "Ikkinchi"} {
		if err := w.Sheet(name, "Kun"); err != nil {
			t.Fatal(err)
		}
		if err := w.Row(long); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(true); err != nil {
		t.Fatal(err)
	}
	f := openBook(t, out.Bytes())
	names := f.GetSheetList()
	if len(names) != 2 || !strings.HasPrefix(names[0], "a b (c)") || len([]rune(names[0])) != longestName || names[1] != "Ikkinchi" {
		t.Fatalf("sheets %q", names)
	}
	for _, name := range names {
		if value, _ := cell(t, f, name, "A2"); value != strings.Repeat("🚚", longestText/2) {
			t.Errorf("%s: %d characters are left", name, len([]rune(value)))
		}
	}
}

func TestOtherCellsAreRefused(t *testing.T) {
	for _, f := range []Format{CSV, XLSX} {
		w, err := New(&bytes.Buffer{}, f)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Sheet("a", "b"); err != nil {
			t.Fatal(err)
		}
		if err := w.Row(1.5); err == nil {
			t.Errorf("%s takes a cell that it cannot write", f)
		}
		if err := w.Close(false); err != nil {
			t.Error(err)
		}
	}
	if _, err := New(&bytes.Buffer{}, "pdf"); err == nil {
		t.Error("a format that does not exist is taken")
	}
}
