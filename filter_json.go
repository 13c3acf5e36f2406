package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"

	"postix/domain/filter"
)

// plainJSON says what is wrong with a text of JSON in words of the text itself:
// those of the parser name our types.
func plainJSON(err error, text []byte) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind):
		return wrongKind(kind)
	case !errors.As(err, &syntax):
		return err.Error()
	case syntax.Error() == "unexpected end of JSON input":
		return "the JSON ends too early"
	}
	before := text[:min(max(int(syntax.Offset)-1, 0), len(text))]
	return fmt.Sprintf("not valid JSON from character %d on", 1+utf8.RuneCount(before))
}

// wrongKind names a field, what it must be and what it is.
func wrongKind(e *json.UnmarshalTypeError) string {
	field := e.Field[strings.LastIndexByte(e.Field, '.')+1:] // without the structs that it lies in
	is, found := map[string]string{
		"number": "a number", "string": "text", "bool": "true or false", "array": "a list", "object": "an object", "null": "null",
	}[e.Value]
	if !found {
		is = strings.TrimPrefix(e.Value, "number ")
	}
	if field == "" {
		return "must be an object, not " + is
	}
	return fmt.Sprintf("%q must be %s, not %s", field, wantedKind(e.Type), is)
}

func wantedKind(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[filter.Rule](), t.Kind() == reflect.Slice:
		return "a list of rules"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Int, t.Kind() == reflect.Int64:
		return "a whole number"
	}
	return "text"
}

// plainStream is plainJSON for what is read bit by bit: the place is the caller's
// to say.
func plainStream(err error) string {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the file ends too early"
	case errors.As(err, &syntax):
		return "not valid JSON"
	}
	return plainFile(err)
}
