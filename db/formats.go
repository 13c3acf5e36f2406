package db

import (
	"encoding/json"

	"postix/domain"
)

// storedFormat is a format as its column has it.
type storedFormat struct {
	Kind     domain.FormatKind `json:"kind"`
	Offset   int               `json:"offset"`
	Length   int               `json:"length"`
	URL      string            `json:"url,omitempty"`
	Language string            `json:"language,omitempty"`
}

// fromFormats is what is stored of formats: nothing of none.
func fromFormats(fs domain.Formats) string {
	if len(fs) == 0 {
		return ""
	}
	out := make([]storedFormat, len(fs))
	for i, f := range fs {
		out[i] = storedFormat(f)
	}
	s, _ := json.Marshal(out) // strings and numbers always have a form
	return string(s)
}

// toFormats is what was stored by fromFormats, and nil of anything else.
func toFormats(s string) domain.Formats {
	var stored []storedFormat
	if s == "" || json.Unmarshal([]byte(s), &stored) != nil {
		return nil
	}
	fs := make(domain.Formats, len(stored))
	for i, f := range stored {
		fs[i] = domain.Format(f)
	}
	return fs
}
