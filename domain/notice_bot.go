package domain

import (
	"context"
	"time"
)

// NoticeDigest stands among the kinds that somebody may mute for what the bot tells
// in the morning. No notice is of that kind.
const NoticeDigest NoticeKind = "digest"

// BotPause is how long the bot waits at least between two messages by which it tells
// somebody something by itself.
const BotPause = time.Minute

// BotReader is somebody who talks to the bot, and what he was told by itself.
type BotReader struct {
	TelegramID, OrganizationID, UserID int64
	Told                               int64     // id of the newest notice that he was told, or that was not for him
	ToldAt                             time.Time // when he was told something; zero: never
	DigestAt                           time.Time // when his next digest is due; zero: not decided yet
}

// FreshNotices is what somebody was not told yet.
type FreshNotices struct {
	Kinds  map[NoticeKind]int // how many, without what is muted
	Total  int
	Latest []Notice // of them, the oldest first
	UpTo   int64    // the newest notice of his organization, whether it is for him or not
}

// Digest is a day in figures.
type Digest struct {
	Day          time.Time // when it began
	Campaigns    int       // of which a round began that day
	Sent, Failed int       // of these rounds, as they stand
	Detections   int
	Care         int // numbers that need somebody now
}

// Empty reports whether there was nothing that day. Numbers that need care were told
// when it happened: alone they are no reason.
func (d Digest) Empty() bool {
	return d.Campaigns == 0 && d.Sent == 0 && d.Failed == 0 && d.Detections == 0
}

// When the digest of the day before is told, in the reader's own zone. One that is
// later than its end is left out: nobody waits for it in the evening.
const (
	digestFrom = 9
	digestTo   = 21
)

// DigestOf is the day that a reader is to be told about now, if he is, and when to ask
// again.
func (r BotReader) DigestOf(now time.Time, zone *time.Location) (from, to, next time.Time, due bool) {
	here := now.In(zone)
	y, m, d := here.Date()
	next = time.Date(y, m, d, digestFrom, 0, 0, 0, zone)
	if now.Before(next) {
		return from, to, next, false
	}
	next = time.Date(y, m, d+1, digestFrom, 0, 0, 0, zone)
	due = !r.DigestAt.IsZero() && !r.DigestAt.After(now) && here.Hour() < digestTo
	return StartOfDay(y, m, d-1, zone), StartOfDay(y, m, d, zone), next, due
}

// BotNoticeStore keeps what the bot tells by itself, and to whom.
type BotNoticeStore interface {
	// BotReaders lists those whom the bot can reach, who were told nothing within
	// [BotPause], and for whom there may be something: a notice of their organization
	// that is newer than what they were told, or a digest that is due. Those who wait
	// longest come first.
	BotReaders(ctx context.Context, now time.Time, most int) ([]BotReader, error)
	// SetBotReader stores what somebody was told, unless he talks as another by now.
	SetBotReader(ctx context.Context, r BotReader) error
	// FreshNotices are those of a scope after an id, without the kinds that the reader
	// has muted; as one moment has them, and the latest few.
	FreshNotices(ctx context.Context, s Scope, readerID, after int64, most int) (FreshNotices, error)
	// Digest is a day of a scope. Detections are counted where it says so.
	Digest(ctx context.Context, s Scope, from, to time.Time, detections bool) (Digest, error)
	// BotMutes are the kinds that a user does not want to be told.
	BotMutes(ctx context.Context, organizationID, userID int64) ([]NoticeKind, error)
	SetBotMute(ctx context.Context, organizationID, userID int64, k NoticeKind, muted bool) error
}
