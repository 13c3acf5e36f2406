package domain

import "math/bits"

// Recent is how the latest attempts of a campaign ended, as one number that fits
// a column: a bit for each, 1 for a failure, the newest lowest, and above them
// how many are known.
type Recent int64

// A campaign is paused when more than a fifth of its last 20 attempts failed.
const (
	recentAttempts = 20
	recentFailures = recentAttempts / 5
	recentMask     = 1<<recentAttempts - 1
)

// With adds the newest attempt.
func (r Recent) With(failed bool) Recent {
	known := min(recentAttempts, int64(r)>>recentAttempts+1)
	results := int64(r) << 1 & recentMask
	if failed {
		results |= 1
	}
	return Recent(known<<recentAttempts | results)
}

// Failed is how many of the attempts failed.
func (r Recent) Failed() int { return bits.OnesCount64(uint64(r) & recentMask) }

// TooMany reports whether the campaign has to be looked after: of the last 20
// attempts, and not of fewer, more than 4 failed.
func (r Recent) TooMany() bool {
	return int64(r)>>recentAttempts == recentAttempts && r.Failed() > recentFailures
}
