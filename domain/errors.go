package domain

import (
	"errors"
	"fmt"
	"time"
)

// Code says what kind of refusal an [Error] is; each outside (HTTP, bot,
// command line) has one table from Code to its own answer.
type Code string

// The kinds of refusal.
const (
	Invalid      Code = "invalid"      // the input cannot be taken as it is
	Unauthorized Code = "unauthorized" // not signed in, or wrong credentials
	Forbidden    Code = "forbidden"    // signed in, but not his to do
	NotFound     Code = "not_found"    // missing, or outside the actor's scope
	Conflict     Code = "conflict"     // the state has moved on, or the name is taken
	Limited      Code = "limited"      // too much or too early; see RetryAfter
	Unavailable  Code = "unavailable"  // Telegram or the storage does not answer now
)

// Error is the one error that crosses package borders on purpose. Key names the
// sentence a person reads ("error." + Key in the catalogues), never the
// sentence itself; Args fill its placeholders; Field is the form field at
// fault, or empty.
type Error struct {
	Code       Code
	Key        string
	Args       map[string]any
	Field      string
	RetryAfter time.Duration
	Err        error // the cause, for logs only
}

// Error implements error, for logs: a person reads the text behind Key.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Key, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Key)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// E makes an [Error]; args are name, value pairs.
func E(code Code, key string, args ...any) *Error {
	e := &Error{Code: code, Key: key}
	for i := 0; i+1 < len(args); i += 2 {
		if e.Args == nil {
			e.Args = map[string]any{}
		}
		e.Args[fmt.Sprint(args[i])] = args[i+1]
	}
	return e
}

// On names the form field at fault.
func (e *Error) On(field string) *Error { e.Field = field; return e }

// After tells when the same may be asked again.
func (e *Error) After(d time.Duration) *Error { e.RetryAfter = d; return e }

// Because keeps the cause for logs.
func (e *Error) Because(err error) *Error { e.Err = err; return e }

// Missing is the answer for what does not exist or is not the actor's to see.
func Missing(key string) *Error { return E(NotFound, key) }

// IsCode reports whether err is an [Error] of that kind.
func IsCode(err error, c Code) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == c
}

// IsKey reports whether err is an [Error] with that key.
func IsKey(err error, key string) bool {
	var e *Error
	return errors.As(err, &e) && e.Key == key
}
