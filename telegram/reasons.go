package telegram

import (
	"slices"
	"strings"

	"github.com/gotd/td/tgerr"
)

// denials are reasons that only dialogs carry; the others are in rules.
var denials = []string{reasonMigrated, reasonClosed}

// Reasons lists every key that [ReasonKey] answers, sorted: each has a sentence
// in the catalogues.
func Reasons() []string {
	keys := append([]string{reasonUnknown}, denials...)
	for _, r := range rules {
		keys = append(keys, r.key)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// ReasonKey is the key of the sentence for a code that Telegram or this package
// gave ("SLOWMODE_WAIT_30" answers "slowmode_wait"). It takes a dialog's
// DenyReason too, which is a key already, and answers "unknown" for everything
// else.
func ReasonKey(code string) string {
	if slices.Contains(Reasons(), code) {
		return code
	}
	r, _ := lookup(tgerr.New(0, strings.ToUpper(code)).Type)
	return r.key
}
