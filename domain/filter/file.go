package filter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Fault is what can be wrong with a file of keywords or settings.
type Fault string

// The faults. In brackets is what Name of the [LineError] holds.
const (
	FaultUTF8    Fault = "utf8"    // it is not UTF-8
	FaultJSON    Fault = "json"    // it is not JSON
	FaultEnd     Fault = "end"     // it ends too early, or is empty
	FaultAfter   Fault = "after"   // something follows its object
	FaultObject  Fault = "object"  // there is no object (the field, "" for the file)
	FaultUnknown Fault = "unknown" // there is no such field (the field)
	FaultTwice   Fault = "twice"   // a field stands there twice (the field)
	FaultList    Fault = "list"    // there is no list of words (the field)
	FaultMany    Fault = "many"    // there are more than Most words (the field)
	FaultText    Fault = "text"    // something in a list is no text in quotes (the field)
	FaultEmpty   Fault = "empty"   // a word is empty (the field)
	FaultLong    Fault = "long"    // a word has more than Most characters (the word)
	FaultControl Fault = "control" // a word holds control characters (the field)
	FaultLetter  Fault = "letter"  // a word has no letter (the word)
	FaultValue   Fault = "value"   // a setting cannot be that (the field)
)

// LineError is what is wrong with a file, and where. Err says it in English and
// without the line; Fault, Name and Most are for a sentence in another language.
type LineError struct {
	Line  int // from 1
	Fault Fault
	Name  string // a field or a word as it stands in the file, a long word shortened; "" where the fault is about neither
	Most  int    // for the faults that have a bound, else 0
	Err   error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns what is wrong.
func (e *LineError) Unwrap() error { return e.Err }

// jsonFile is read piece by piece, so that one knows where one stands when
// something is wrong. Its methods answer a [*LineError].
type jsonFile struct {
	data []byte
	dec  *json.Decoder
}

// openJSON takes a file that holds one JSON value. Reading its pieces cannot
// fail any more but for their types.
func openJSON(b []byte) (*jsonFile, error) {
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	if i := invalidUTF8(b); i >= 0 {
		return nil, &LineError{Line: lineAt(b, i), Fault: FaultUTF8, Err: errors.New("not UTF-8")}
	}
	d := json.NewDecoder(bytes.NewReader(b))
	var whole json.RawMessage
	err := d.Decode(&whole)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		i := int(syntax.Offset) - 1
		return nil, &LineError{Line: lineAt(b, i), Fault: FaultJSON, Err: fmt.Errorf("not valid JSON from character %d on", columnAt(b, i))}
	case err != nil:
		return nil, &LineError{Line: lineAt(b, len(bytes.TrimSpace(b))), Fault: FaultEnd, Err: errors.New("the file ends too early")}
	}
	end := int(d.InputOffset())
	if rest := bytes.TrimSpace(b[end:]); len(rest) > 0 {
		i := end + bytes.Index(b[end:], rest)
		return nil, &LineError{Line: lineAt(b, i), Fault: FaultAfter, Err: errors.New("something follows the end of the object")}
	}
	f := &jsonFile{data: b, dec: json.NewDecoder(bytes.NewReader(b))}
	f.dec.UseNumber()
	return f, nil
}

// fault is an error at the piece that was read last.
func (f *jsonFile) fault(what Fault, name string, most int, format string, args ...any) error {
	return &LineError{lineAt(f.data, int(f.dec.InputOffset())-1), what, name, most, fmt.Errorf(format, args...)}
}

// object calls field with each name of an object; field reads the value. The
// object is called name, "" for that of the whole file; one within it may be
// null, as a map that was never made is written.
func (f *jsonFile) object(name string, field func(name string) error) error {
	t, _ := f.dec.Token()
	switch {
	case t == json.Delim('{'):
	case name == "":
		return f.fault(FaultObject, name, 0, "not a JSON object")
	case t == nil:
		return nil
	default:
		return f.fault(FaultObject, name, 0, "%q must be an object", name)
	}
	seen := map[string]bool{}
	for f.dec.More() {
		t, _ := f.dec.Token()
		key, _ := t.(string)
		if seen[key] {
			return f.fault(FaultTwice, key, 0, "%q stands there twice", key)
		}
		seen[key] = true
		if err := field(key); err != nil {
			return err
		}
	}
	_, err := f.dec.Token()
	return err
}

func (f *jsonFile) unknown(name string) error {
	return f.fault(FaultUnknown, name, 0, "unknown field %q", name)
}

// lineAt is the line of a byte, from 1.
func lineAt(data []byte, offset int) int {
	return 1 + bytes.Count(data[:min(max(offset, 0), len(data))], []byte("\n"))
}

// columnAt is which character of its line a byte is in, from 1.
func columnAt(data []byte, offset int) int {
	before := data[:min(max(offset, 0), len(data))]
	return 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
}

func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}
