package world

import "time"

// Kind of a chat.
type Kind string

// Kinds of chats. Forums are supergroups with ChatInfo.Forum set.
const (
	KindPrivate    Kind = "private"
	KindGroup      Kind = "group" // basic group
	KindSupergroup Kind = "supergroup"
	KindChannel    Kind = "channel" // broadcast
)

// Profile of a person, with or without an account here.
type Profile struct {
	ID        int64  `json:"id,omitempty"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name,omitempty"`
	Username  string `json:"username,omitempty"`
	Bio       string `json:"bio,omitempty"`
	Bot       bool   `json:"bot,omitempty"`
}

// AccountSpec describes an account to add: a person who can sign in.
type AccountSpec struct {
	Profile
	Phone    string `json:"phone"`              // any way of writing it
	Password string `json:"password,omitempty"` // 2FA; empty: none
	Hint     string `json:"hint,omitempty"`     // shown by clients before the password is asked
}

// PhoneStatus says what Telegram knows of a number.
type PhoneStatus string

// Statuses of phone numbers. An unknown number is answered with
// PHONE_NUMBER_UNOCCUPIED at once, a "no_account" one gets a code and is then
// asked to sign up.
const (
	PhoneActive      PhoneStatus = "active"
	PhoneDeactivated PhoneStatus = "deactivated"
	PhoneBanned      PhoneStatus = "banned"
	PhoneNoAccount   PhoneStatus = "no_account"
)

// LoginCode is a code that was sent and not used yet.
type LoginCode struct {
	Code    string    `json:"code"`
	Via     string    `json:"via"` // "app" or "sms"
	SentAt  time.Time `json:"sent_at"`
	Expires time.Time `json:"expires"`
}

// SessionInfo is one authorization of an account.
type SessionInfo struct {
	Hash      int64     `json:"hash"` // as account.getAuthorizations names it
	CreatedAt time.Time `json:"created_at"`
	Layer     int       `json:"layer,omitempty"` // of its connection, 0 when not connected
	Connected bool      `json:"connected"`       // takes updates right now
}

// AccountInfo is an account as the control API shows it.
type AccountInfo struct {
	Phone       string        `json:"phone"` // +998…
	UserID      int64         `json:"user_id,omitempty"`
	FirstName   string        `json:"first_name"`
	LastName    string        `json:"last_name,omitempty"`
	Username    string        `json:"username,omitempty"`
	Status      PhoneStatus   `json:"status"`
	Deactivated bool          `json:"deactivated"`
	HasPassword bool          `json:"has_password"`
	Password    string        `json:"password,omitempty"` // a sandbox has no secrets from its user
	Code        *LoginCode    `json:"code,omitempty"`     // pending
	Sessions    []SessionInfo `json:"sessions"`
}

// Rights says what ordinary members may not do in a chat.
type Rights struct {
	SendMessages bool `json:"send_messages"` // true: forbidden
}

// ChatSpec describes a chat to add.
type ChatSpec struct {
	ID           int64   `json:"id,omitempty"` // marked; 0: the next free one
	Kind         Kind    `json:"kind"`
	Title        string  `json:"title"`
	Username     string  `json:"username,omitempty"`
	About        string  `json:"about,omitempty"`
	SlowMode     int     `json:"slow_mode,omitempty"` // seconds
	ReadOnly     bool    `json:"read_only,omitempty"` // default rights forbid sending
	Forum        bool    `json:"forum,omitempty"`
	Members      []int64 `json:"members,omitempty"`
	Admins       []int64 `json:"admins,omitempty"`        // members who may post whatever the rights
	ExtraMembers int     `json:"extra_members,omitempty"` // counted, but nobody in particular
}

// ChatInfo is a chat as the control API shows it.
type ChatInfo struct {
	ID           int64   `json:"id"`
	Kind         Kind    `json:"kind"`
	Title        string  `json:"title"`
	Username     string  `json:"username,omitempty"`
	MembersCount int     `json:"members_count"`
	Members      []int64 `json:"members"` // known ones
	Admins       []int64 `json:"admins"`
	Kicked       []int64 `json:"kicked,omitempty"`
	Restricted   []int64 `json:"restricted,omitempty"` // members who may not send
	SlowMode     int     `json:"slow_mode,omitempty"`
	ReadOnly     bool    `json:"read_only,omitempty"`
	Forum        bool    `json:"forum,omitempty"`
	MigratedTo   int64   `json:"migrated_to,omitempty"`
	MigratedFrom int64   `json:"migrated_from,omitempty"`
	Messages     int     `json:"messages"`
}

// DialogInfo is one row of an account's dialog list.
type DialogInfo struct {
	ChatID   int64  `json:"chat_id"`
	Kind     Kind   `json:"kind"`
	Title    string `json:"title"`
	Username string `json:"username,omitempty"`
	// Refused names the error a message to this chat would get for a lasting
	// reason; empty when it would be delivered. Slow mode is no such reason.
	Refused string `json:"refused,omitempty"`
}

// MessageInfo is a message as the control API shows it.
type MessageInfo struct {
	// ID counts the chat's messages from 1. In supergroups and channels it is
	// what clients see; elsewhere every account numbers messages for itself.
	ID int `json:"id"`
	// MessageID is the number the sender's own client saw; 0 when the sender has
	// no account here.
	MessageID  int       `json:"message_id,omitempty"`
	ChatID     int64     `json:"chat_id"`
	At         time.Time `json:"at"`
	SenderID   int64     `json:"sender_id"`
	SenderName string    `json:"sender_name"`
	To         int64     `json:"to,omitempty"` // receiver of a private message
	Text       string    `json:"text"`
	Entities   []Entity  `json:"entities,omitempty"`
	RandomID   int64     `json:"random_id,omitempty,string"`
	ReplyTo    int       `json:"reply_to,omitempty"` // ID in this chat
}

// Entity is a span of formatted text with the field names of the Bot API.
// Offset and Length count UTF-16 units.
type Entity struct {
	Type     string `json:"type"`
	Offset   int    `json:"offset"`
	Length   int    `json:"length"`
	URL      string `json:"url,omitempty"`
	Language string `json:"language,omitempty"`
	UserID   int64  `json:"user_id,omitempty"`
}

// FaultMode says at which moment a call goes wrong.
type FaultMode string

// Modes of faults.
const (
	FaultBefore       FaultMode = "before"         // refused with Error, not executed
	FaultAfterStore   FaultMode = "after_store"    // executed; then Error, or silence when Error is empty
	FaultDrop         FaultMode = "drop"           // executed; connection closed before the acknowledgement
	FaultDropAfterAck FaultMode = "drop_after_ack" // executed and acknowledged; closed before the answer
	FaultHold         FaultMode = "hold"           // acknowledged; executed and answered when the rule is cleared
	FaultDelay        FaultMode = "delay"          // acknowledged; executed and answered DelayMS later
)

// Fault is a rule: which calls go wrong, and how. Empty Method, Phone and Chat
// match every call.
type Fault struct {
	ID      int64     `json:"id"` // given by AddFault
	Method  string    `json:"method,omitempty"`
	Phone   string    `json:"phone,omitempty"`
	Chat    int64     `json:"chat,omitempty"`
	Nth     int       `json:"nth,omitempty"`   // first matching call it fires on, from 1; 0 is 1
	Times   int       `json:"times,omitempty"` // how often it fires; 0 is once, negative until cleared
	Mode    FaultMode `json:"mode"`
	Error   string    `json:"error,omitempty"`    // such as FLOOD_WAIT_30
	Code    int       `json:"code,omitempty"`     // 0: the usual one of Error
	DelayMS int       `json:"delay_ms,omitempty"` // of FaultDelay
	Seen    int       `json:"seen"`               // matching calls so far
	Fired   int       `json:"fired"`
	Held    int       `json:"held"` // calls waiting right now
}

// JournalEntry is one call the world received.
type JournalEntry struct {
	N         int64     `json:"n"`
	At        time.Time `json:"at"` // of arrival
	Phone     string    `json:"phone,omitempty"`
	Method    string    `json:"method"`
	Chat      int64     `json:"chat,omitempty"`
	RandomID  int64     `json:"random_id,omitempty,string"`
	Outcome   string    `json:"outcome"` // ok, duplicate, the error's name, or the mode of the fault
	MessageID int       `json:"message_id,omitempty"`
}
