package domain

import (
	"context"
	"fmt"
	"time"
)

// Action is what the product does about one of Telegram's answers. The table
// from answer to action stands in answers.go; everything else knows only the
// action.
type Action string

// The actions.
const (
	ActWaitAccount  Action = "wait_account"  // every delivery of the account waits; not an attempt
	ActWaitChat     Action = "wait_chat"     // only this chat waits; not an attempt
	ActRetry        Action = "retry"         // ambiguous: the same random id again, with back-off
	ActRefresh      Action = "refresh"       // resolve the peer again and try once more, else fail
	ActFailPeer     Action = "fail_peer"     // this delivery fails
	ActFailCampaign Action = "fail_campaign" // the text can never be sent: pause the campaign
	ActPauseAccount Action = "pause_account" // a person must resume the account
	ActDead         Action = "dead"          // the session is gone: connect again
	ActGlobal       Action = "global"        // the service's own set-up is wrong: all sending stops
)

// SendError is why a message was not confirmed. Code is Telegram's own word
// ("FLOOD_WAIT_30", "CHAT_WRITE_FORBIDDEN") or "TIMEOUT", "CONNECTION_LOST" and
// the like where there was no answer.
type SendError struct {
	Action Action
	Code   string
	Wait   time.Duration // for the two waits
	Err    error
}

// Error implements error.
func (e *SendError) Error() string { return fmt.Sprintf("%s (%s)", e.Code, e.Action) }

// Unwrap returns the cause.
func (e *SendError) Unwrap() error { return e.Err }

// Attempt is one try of a delivery: everything that sending needs, as it was
// committed before the first byte goes out.
type Attempt struct {
	DeliveryID     int64
	Claim          int64 // how often the delivery was claimed: a result is recorded for the latest claim only
	CampaignID     int64
	OrganizationID int64
	AccountID      int64
	Round          int
	Number         int // from 1; waits that Telegram asked for do not count
	RandomID       int64
	Text           string
	Formats        Formats // of the Text
	TextVersion    int
	Dialog         Dialog // without what sending does not ask for; AccessHash 0 and Known false: the account is not in it any more
	Known          bool
	Uncertain      bool      // an earlier attempt was ambiguous
	Look           bool      // its campaign was cancelled or paused meanwhile: look, do not send
	FirstAt        time.Time // of the first attempt
	UncertainAt    time.Time // when a message of it last left without an answer
	Taken          []int     // messages of this chat that other deliveries have been proved by
	Rival          time.Time // from then on a message may be that of another uncertain delivery to this chat, which is still sent again; zero: there is none
	Pace           Pace
	Bans           int // other chats that have shut the account out within BansWithin

	// Of an automatic answer to a detection, else zero:
	DetectionID int64
	Part        int       // which of the answer's messages it is, from 1,
	Parts       int       // and how many there are
	ReplyTo     int       // the message in its chat that it answers; 0: none
	Expires     time.Time // it is not sent from then on, only looked for
}

// SentMessage is Telegram's confirmation. At is Telegram's clock.
type SentMessage struct {
	ID int
	At time.Time
}

// Messenger sends from connected accounts. Every error is a [*SendError].
type Messenger interface {
	// Send sends the text under its random id. The same id to the same peer
	// answers with the first message, however often and however late.
	Send(ctx context.Context, a Attempt) (SentMessage, error)
	// Find looks whether the attempt's text stands in its chat, written by the
	// account at or after FirstAt, in a message that is not Taken. Where only one
	// stands there that may be the Rival's, the error is of action retry with
	// code CodeContested.
	Find(ctx context.Context, a Attempt) (m SentMessage, found bool, err error)
	// Refresh reads the attempt's dialog again (access hash, migration, rights).
	Refresh(ctx context.Context, a Attempt) (Dialog, error)
}

// Arrival is how long a message that left without an answer may still take to
// show up in its chat: only after it a look that finds none proves anything.
// Telegram gives no figure; calls that its servers hold end within minutes.
const Arrival = time.Hour

// Result is what became of an attempt, to be recorded in one transaction.
type Result struct {
	Attempt   Attempt
	Status    DeliveryStatus // sent, failed, waiting, uncertain or cancelled
	Reason    string
	Message   SentMessage
	DueAt     time.Time // when a waiting or uncertain one is tried again
	Undo      bool      // the attempt does not count as one
	Looked    bool      // nothing left in this attempt: what is known is of an earlier one
	Absent    bool      // with waiting: it is proved that no message of it has arrived
	PeerFails bool      // the peer refused: count it towards SkipAfter
	// What happens around the delivery, zero values meaning nothing:
	AccountReadyAt  time.Time // the account sends nothing before
	AccountWait     time.Time // Telegram asked the account for silence until then
	LongWait        bool      // that is so long that people are told
	ChatWait        time.Time // nothing goes to this chat before, because of ChatWaitReason
	ChatWaitReason  string
	AccountState    AccountState // paused or needs_login
	PauseCampaign   bool
	StopAll         bool
	RefreshedDialog *Dialog
	At              time.Time
}

// Backoff is how long an ambiguous delivery waits before its next try: 1, 2, 4
// ... 60 s, then a quarter of an hour for as long as it takes.
func Backoff(attempt int) time.Duration {
	switch {
	case attempt < 1:
		return time.Second
	case attempt <= 6:
		return time.Second << (attempt - 1)
	case attempt == 7:
		return time.Minute
	}
	return 15 * time.Minute
}

// maxWait is the longest silence that an account keeps by itself; a longer one
// pauses it until a person resumes it.
const maxWait = 24 * time.Hour

// Chats that shut an account out one after the other are Telegram's first sign
// that it is seen as a spammer.
const (
	BansToPause = 3
	BansWithin  = time.Hour
)

// SettleSent is the result of an attempt that Telegram confirmed; r in [0, 1) draws the gap.
func SettleSent(a Attempt, m SentMessage, now time.Time, r float64) Result {
	res := Result{Attempt: a, Status: DeliverySent, Message: m, At: now, AccountReadyAt: now.Add(a.Pace.Gap(r))}
	res.chatGap()
	return res
}

// SettleFound is the result of an attempt of which an earlier one's message was
// found in its chat.
func SettleFound(a Attempt, m SentMessage, now time.Time, r float64) Result {
	res := Result{Attempt: a, Status: DeliverySent, Message: m, At: now, Looked: true, AccountReadyAt: now.Add(a.Pace.Gap(r))}
	// Telegram's time is in whole seconds.
	if free := m.At.Add(time.Second + a.Pace.ChatGap); a.Pace.ChatGap > 0 && free.After(now) {
		res.ChatWait, res.ChatWaitReason = free, CodeChatGap
	}
	return res
}

// SettleInterrupted is the result of an attempt of which nobody knows any more,
// because the process ended under it. Its message may have left a moment ago.
func SettleInterrupted(a Attempt, now time.Time) Result {
	res := Result{
		Attempt: a, Status: DeliveryUncertain, Reason: CodeInterrupted, DueAt: now, At: now,
		AccountReadyAt: now.Add(a.Pace.GapMin),
	}
	res.chatGap()
	return res
}

// Unsent is the result of an attempt in which no message left.
func (r Result) Unsent() Result {
	r.Looked = true
	if r.ChatWaitReason == CodeChatGap {
		r.ChatWait, r.ChatWaitReason = time.Time{}, ""
	}
	return r
}

// Left reports whether a message left in this attempt, or may have: what counts
// towards the caps.
func (r Result) Left() bool {
	return !r.Looked && (r.Status == DeliverySent || r.Status == DeliveryUncertain && !r.Undo)
}

// Ended is how an attempt ended, as far as it says something about its campaign:
// ok is false for one that is still open, and for the refusal of a chat that was
// known not to take messages when it was tried.
func (r Result) Ended(status DeliveryStatus) (failed, ok bool) {
	expected := r.Attempt.Known && !r.Attempt.Dialog.CanWrite
	failed = status == DeliveryFailed
	return failed, status == DeliverySent || failed && !expected
}

// chatGap keeps the chat quiet after a message that has left, or may have. The
// delivery itself, sent again under its random id, is the same message and does
// not wait for it.
func (r *Result) chatGap() {
	if g := r.Attempt.Pace.ChatGap; g > 0 {
		r.ChatWait, r.ChatWaitReason = r.At.Add(g), CodeChatGap
	}
}

// unnamedWait is how long to be silent when Telegram does not say.
const unnamedWait = time.Minute

// SettleError is the result of an attempt that was not confirmed; r in [0, 1)
// draws the gap and the margin that is added to Telegram's waits.
func SettleError(a Attempt, e *SendError, now time.Time, r float64) Result {
	gap := now.Add(a.Pace.Gap(r))
	if e.Wait == 0 && (e.Action == ActWaitAccount || e.Action == ActWaitChat) {
		named := *e
		named.Wait = unnamedWait
		e = &named
	}
	margin := time.Second + time.Duration(r*float64(4*time.Second))
	res := Result{Attempt: a, Reason: e.Code, At: now}
	back := DeliveryWaiting // where a delivery goes that is tried again
	if a.Uncertain {
		back = DeliveryUncertain
	}
	switch e.Action {
	case ActWaitAccount:
		res.Status, res.Undo = back, true
		res.AccountWait = now.Add(e.Wait + margin)
		res.DueAt = res.AccountWait
		if e.Wait > maxWait {
			res.AccountState = AccountPaused // which people are told too
		} else {
			res.LongWait = e.Wait >= LongWait
		}
	case ActWaitChat:
		res.Status, res.Undo = back, true
		res.ChatWait, res.ChatWaitReason = now.Add(e.Wait+margin), e.Code
		res.DueAt = res.ChatWait
		res.AccountReadyAt = gap
	case ActFailPeer, ActRefresh:
		// That what is answered is gone says nothing about the chat.
		res.Status, res.PeerFails, res.AccountReadyAt = DeliveryFailed, e.Code != CodeReplyGone, gap
		if e.Code == CodeBanned && a.Bans+1 >= BansToPause {
			res.AccountState = AccountPaused
		}
	case ActFailCampaign:
		res.Status, res.PauseCampaign, res.AccountReadyAt = DeliveryFailed, true, gap
	case ActPauseAccount:
		res.Status, res.Undo, res.AccountState, res.DueAt = back, true, AccountPaused, now
	case ActDead:
		res.Status, res.Undo, res.AccountState, res.DueAt = back, true, AccountNeedsLogin, now
	case ActGlobal:
		res.Status, res.Undo, res.StopAll, res.DueAt = back, true, true, now
	default: // ActRetry, and whatever is unknown: ambiguous, never failed
		res.Status = DeliveryUncertain
		res.DueAt = now.Add(Backoff(a.Number))
		res.AccountReadyAt = gap
		res.chatGap()
	}
	return res
}
