package world

import (
	"encoding/json"
	"time"
)

// The world's own bot.
const (
	BotID       int64 = 7000000001
	BotUsername       = "postix_sandbox_bot"
	BotToken          = "7000000001:AAF-sandbox_sandbox_sandbox_sandbox"
)

// Button of a keyboard. An inline one has CallbackData or URL, a reply one at
// most RequestContact.
type Button struct {
	Text           string `json:"text"`
	CallbackData   string `json:"callback_data,omitempty"`
	URL            string `json:"url,omitempty"`
	RequestContact bool   `json:"request_contact,omitempty"`
}

// Markup is the keyboard under a message (Inline) or of a chat (Reply).
type Markup struct {
	Inline  [][]Button `json:"inline,omitempty"`
	Reply   [][]Button `json:"reply,omitempty"`
	Remove  bool       `json:"remove,omitempty"` // takes the reply keyboard away
	OneTime bool       `json:"one_time,omitempty"`
}

// Document that the bot sent.
type Document struct {
	Name string `json:"name"`
	MIME string `json:"mime,omitempty"`
	Data []byte `json:"data"`
}

// Contact that an account shared with the bot.
type Contact struct {
	Phone     string `json:"phone"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name,omitempty"`
	UserID    int64  `json:"user_id,omitempty"`
}

// SendOptions are how a message of the bot is to arrive.
type SendOptions struct {
	Silent    bool `json:"silent,omitempty"`
	Protected bool `json:"protected,omitempty"`  // may not be forwarded
	NoPreview bool `json:"no_preview,omitempty"` // of its links
}

// Origin is where a forwarded message comes from, as the bot is told. ID is a
// user's or a marked chat's, 0 for somebody who hides his account; Message is a
// channel post's number.
type Origin struct {
	Type    OriginType `json:"type"`
	ID      int64      `json:"id,omitempty"`
	Name    string     `json:"name"`
	Message int        `json:"message,omitempty"`
	At      time.Time  `json:"at"`
}

// OriginType is named as in the Bot API.
type OriginType string

// Types of origins (core.telegram.org/bots/api#messageorigin).
const (
	OriginUser    OriginType = "user"
	OriginHidden  OriginType = "hidden_user"
	OriginChat    OriginType = "chat" // written in the name of a group
	OriginChannel OriginType = "channel"
)

// BotMessage is a message between the bot and an account. ID is the bot's.
type BotMessage struct {
	ID       int        `json:"id"`
	ChatID   int64      `json:"chat_id"` // the account's user id
	FromBot  bool       `json:"from_bot"`
	At       time.Time  `json:"at"`
	EditedAt *time.Time `json:"edited_at,omitempty"`
	Text     string     `json:"text"` // caption of a document
	Entities []Entity   `json:"entities,omitempty"`
	Markup   *Markup    `json:"markup,omitempty"`
	Document *Document  `json:"document,omitempty"`
	Contact  *Contact   `json:"contact,omitempty"`
	ReplyTo  int        `json:"reply_to,omitempty"`
	Forward  *Origin    `json:"forward,omitempty"`
	// Pressed is the data of the button that was last pressed under this message,
	// Answer what the bot last said to one, with Alert in a window of its own.
	Pressed string `json:"pressed,omitempty"`
	Answer  string `json:"answer,omitempty"`
	Alert   bool   `json:"alert,omitempty"`
	SendOptions
	// Deleted is only ever set where an update is older than the deletion.
	Deleted bool `json:"-"`
}

// BotOut is what the bot sends.
type BotOut struct {
	Text     string
	Entities []Entity
	Markup   *Markup
	ReplyTo  int
	Document *Document
	SendOptions
}

// BotCallback is a pressed inline button.
type BotCallback struct {
	ID      string     `json:"id"`
	Data    string     `json:"data"`
	Message BotMessage `json:"message"`
}

// BotBlock says that an account blocked the bot, or ended that.
type BotBlock struct {
	Blocked bool
	At      time.Time
}

// BotUpdate is what happened to the bot: a message, a pressed button, a block, or
// whatever was put in as it is (Raw, an object without update_id).
type BotUpdate struct {
	ID       int64        `json:"update_id"`
	From     Profile      `json:"from"`
	Message  *BotMessage  `json:"message,omitempty"`
	Callback *BotCallback `json:"callback,omitempty"`
	Block    *BotBlock    `json:"-"`

	Raw json.RawMessage `json:"-"`
}

// BotInput is the one thing that an account does to the bot: it writes Text,
// forwards, presses the button with that Callback data under MessageID (0: the
// last message that has it), shares its phone number, blocks or unblocks.
type BotInput struct {
	Text string `json:"text,omitempty"`
	// Entities format Text, or the text of Forward.
	Entities  []Entity    `json:"entities,omitempty"`
	Forward   *BotForward `json:"forward,omitempty"`
	Callback  string      `json:"callback,omitempty"`
	MessageID int         `json:"message_id,omitempty"`
	// Forged presses a button that the message does not have, as a client that
	// somebody wrote himself can. MessageID is needed; the message may be deleted.
	Forged  bool  `json:"forged,omitempty"`
	Contact bool  `json:"contact,omitempty"`
	Block   *bool `json:"block,omitempty"`
}

// BotForward is what an account passes on to the bot: a message of a chat that it
// is in, by MessageInfo.ID, or the Text of a private message from User, or from
// somebody called Name who hides his account.
type BotForward struct {
	Chat    int64  `json:"chat,omitempty"`
	Message int    `json:"message,omitempty"`
	User    int64  `json:"user,omitempty"`
	Name    string `json:"name,omitempty"`
	Text    string `json:"text,omitempty"`
}

// BotError is a refusal of the Bot API.
type BotError struct {
	Code        int // as HTTP
	Description string
}

func (e *BotError) Error() string { return e.Description }
