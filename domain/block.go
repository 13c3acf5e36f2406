package domain

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Block shuts a user, an organization or a number out. It begins and ends by
// itself, within [BlocksEvery] of its times: a campaign that it has paused stays
// paused when it ends, until a person lets it go on.
type Block struct {
	Reason    string    // "": a removal has begun
	From      time.Time // zero: there is none
	Until     time.Time // zero: for good
	Since     time.Time // when it took effect; zero: it has not begun
	ByService bool      // only a service admin lifts it
}

// BlocksEvery is how often blocks that begin or end are looked for.
const BlocksEvery = time.Minute

// MaxBlockReason is the longest reason, in characters.
const MaxBlockReason = 300

// Planned reports whether there is a block, also one that has not begun.
func (b Block) Planned() bool { return !b.From.IsZero() }

// Active reports whether it shuts out now.
func (b Block) Active() bool { return !b.Since.IsZero() }

// MayChange refuses anybody else a change of a user's block that is the service's:
// Forbidden (user.blocked_by_service).
func (b Block) MayChange(byService bool) error {
	if b.ByService && !byService {
		return E(Forbidden, "user.blocked_by_service")
	}
	return nil
}

// Over is the block in the place of the one that was there: one in effect stays so,
// with another reason and end, and one whose time has come takes effect now.
func (b Block) Over(was Block, now time.Time) Block {
	switch {
	case was.Active():
		b.From, b.Since = was.From, was.Since
	case !b.From.After(now):
		b.Since = now
	default:
		b.Since = time.Time{}
	}
	return b
}

// clean is the block as it is stored: one without a beginning begins now. Invalid
// on "reason", "from" or "until".
func (b Block) clean(now time.Time) (Block, error) {
	b.Reason = strings.TrimSpace(lineEnds.Replace(strings.ToValidUTF8(b.Reason, "")))
	if strings.TrimFunc(b.Reason, invisible) == "" {
		return b, E(Invalid, "block.reason").On("reason")
	}
	for line := range strings.SplitSeq(b.Reason, "\n") {
		if hasHidden([]rune(line)) {
			return b, E(Invalid, "name.hidden").On("reason")
		}
	}
	if utf8.RuneCountInString(b.Reason) > MaxBlockReason {
		return b, E(Invalid, "block.reason_long", "Max", MaxBlockReason).On("reason")
	}
	if b.From.IsZero() || b.From.Before(now) {
		b.From = now
	}
	b.From, b.Since = b.From.UTC(), time.Time{}
	if b.From.After(now.Add(MaxAhead)) {
		return b, E(Invalid, "block.from_far").On("from")
	}
	if b.Until.IsZero() {
		return b, nil
	}
	if b.Until = b.Until.UTC(); !b.Until.After(b.From) {
		return b, E(Invalid, "block.until").On("until")
	}
	return b, nil
}
