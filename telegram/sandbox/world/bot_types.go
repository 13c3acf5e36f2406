package world

import "time"

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
	// Answer is what the bot last said to a button pressed on this message.
	Answer string `json:"answer,omitempty"`
}

// BotOut is what the bot sends.
type BotOut struct {
	Text     string
	Entities []Entity
	Markup   *Markup
	ReplyTo  int
	Document *Document
}

// BotCallback is a pressed inline button.
type BotCallback struct {
	ID      string     `json:"id"`
	Data    string     `json:"data"`
	Message BotMessage `json:"message"`
}

// BotUpdate is what happened to the bot: a message or a pressed button.
type BotUpdate struct {
	ID       int64        `json:"update_id"`
	From     Profile      `json:"from"`
	Message  *BotMessage  `json:"message,omitempty"`
	Callback *BotCallback `json:"callback,omitempty"`
}

// BotInput is what an account does to the bot: writes, presses the button with
// that Callback data under MessageID (0: the last message that has it), or
// shares its phone number.
type BotInput struct {
	Text      string `json:"text,omitempty"`
	Callback  string `json:"callback,omitempty"`
	MessageID int    `json:"message_id,omitempty"`
	Contact   bool   `json:"contact,omitempty"`
}

// BotError is a refusal of the Bot API.
type BotError struct {
	Code        int // as HTTP
	Description string
}

func (e *BotError) Error() string { return e.Description }
