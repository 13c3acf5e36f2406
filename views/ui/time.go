package ui

import (
	"strconv"
	"time"
)

// machine is the time as <time datetime> wants it.
func machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// millis is what the countdown in app.js reads.
func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
