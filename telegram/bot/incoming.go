package bot

import (
	"encoding/json"
	"errors"
	"regexp"

	"github.com/mymmrac/telego"

	"postix/domain"
)

// incoming is what is kept of an update until it is handled.
type incoming struct {
	Kind      kind                   `json:"kind"`
	From      int64                  `json:"from"`
	Lang      string                 `json:"lang,omitempty"` // of his Telegram
	MessageID int                    `json:"message,omitempty"`
	Text      string                 `json:"text,omitempty"`
	Entities  []telego.MessageEntity `json:"entities,omitempty"`
	Long      bool                   `json:"long,omitempty"`   // Text was longer than any message and is cut
	Secret    bool                   `json:"secret,omitempty"` // it looked like a code, and was not kept
	Link      []byte                 `json:"link,omitempty"`   // hash of the token that came with /start, which is not kept
	Data      string                 `json:"data,omitempty"`   // of the button
	PressID   string                 `json:"press,omitempty"`
	Forward   *forward               `json:"forward,omitempty"`
}

// kind is what has happened.
type kind string

const (
	kindText  kind = "text"
	kindOther kind = "other" // a message without a text: a photo, a voice, …
	kindEdit  kind = "edit"  // a text of his was changed
	kindPress kind = "press"
	kindGone  kind = "gone" // he has shut the bot out
	kindBack  kind = "back" // and let it in again
)

// forward is where a forwarded message comes from, as far as Telegram tells.
type forward struct {
	Chat     int64  `json:"chat,omitempty"` // a marked id; 0: a person, or not told
	Username string `json:"username,omitempty"`
	Title    string `json:"title,omitempty"`
}

// telegramItself is the account by which Telegram sends its own messages, such as
// login codes.
const telegramItself = 777000

// codeForm is what a login code looks like, also with gaps that somebody has put into
// it: five or six digits (https://core.telegram.org/api/auth).
var codeForm = regexp.MustCompile(`^(?:[^\d\pL]{0,3}\d){5,6}[^\d\pL]*$`)

// dayClockForm is a day with its time or its year, a time with its day, or a length to
// the second, which an order may wait for: some have as many digits as a code.
var dayClockForm = regexp.MustCompile(`^\s*(?:` + dayForms + `[\s,]+` + clockForms + `|` + clockForms + `[\s,]+` + dayForms +
	`|[0-3]?\d[./](?:0?[1-9]|1[0-2])[./](?:20\d\d|[23]\d)|\d{1,2}:[0-5]\d:[0-5]\d)\s*$`)

const (
	dayForms   = `[0-3]?\d[./-](?:0?[1-9]|1[0-2])`
	clockForms = `[0-2]?\d(?:[:.-][0-5]\d)?`
)

// codeSaid is a text of a code alone with the word for it before it: what is longer may
// be an advert with the code of a load or of a town.
var codeSaid = regexp.MustCompile(`(?i)^[^\d\pL]*(?:code|kod(?:i|im|ingiz)?|код(?:и|им|ингиз)?)(?:[^\d\pL]+(?:is|это))?[^\d\pL]*(?:[^\d\pL]{0,3}\d){5,6}[^\d\pL]*$`)

// telegramSays is a line in which Telegram itself tells a code, in one of its
// languages, whatever follows.
var telegramSays = regexp.MustCompile(`(?im)^[^\d\pL\n]*(?:(?:your|ваш|sizning|сизнинг) )?` +
	`(?:(?:telegram )?login code|telegram code|(?:telegram(?:ga)? )?kirish kod(?:i|ingiz)|telegram kodi|(?:telegram(?:га)? )?кириш код(?:и|ингиз)|` +
	`код (?:для входа(?: в)?|подтверждения)(?: telegram)?|код telegram)` +
	`[^\d\pL\n]*\d{5,6}(?:[^\d]|$)`)

// longest bounds what is kept of a text, in bytes: more than any message has.
const longest = 4 * (domain.MaxText + 1)

// readUpdate takes the parts out of an update that the bot has to do with. Nothing of
// groups, channels and other bots is kept: it answers false.
// Its errors say nothing of what stands in the update: that may be a code.
func readUpdate(raw []byte) (id int64, in incoming, ok bool, err error) {
	defer func() {
		if recover() != nil { // it would come again after the next start
			ok, err = false, errUnknownForm
		}
	}()
	var n struct {
		ID int64 `json:"update_id"`
	}
	if err := json.Unmarshal(raw, &n); err != nil || n.ID <= 0 {
		return 0, in, false, errors.New("an update without a number")
	}
	id = n.ID
	var u telego.Update
	if err := json.Unmarshal(raw, &u); err != nil {
		return id, in, false, errUnknownForm
	}
	switch {
	case u.Message != nil:
		in, ok = readMessage(u.Message)
	case u.EditedMessage != nil:
		in, ok = readMessage(u.EditedMessage)
		ok = ok && in.Kind == kindText && in.Link == nil
		in.Kind = kindEdit
	case u.CallbackQuery != nil:
		in, ok = readPress(u.CallbackQuery)
	case u.MyChatMember != nil:
		in, ok = readMember(u.MyChatMember)
	}
	return id, in, ok, nil
}

var errUnknownForm = errors.New("an update of a form that is not known")

// private reports whether a chat is that of one person with the bot.
func private(c telego.Chat, from *telego.User) bool {
	return from != nil && !from.IsBot && from.ID > 0 && c.Type == telego.ChatTypePrivate && c.ID == from.ID
}

func readMessage(m *telego.Message) (in incoming, ok bool) {
	if !private(m.Chat, m.From) {
		return in, false
	}
	in = incoming{Kind: kindText, From: m.From.ID, Lang: m.From.LanguageCode, MessageID: m.MessageID, Text: m.Text, Entities: m.Entities}
	origin, fromTelegram := readOrigin(m.ForwardOrigin)
	in.Forward = origin
	switch {
	case fromTelegram, looksLikeCode(m.Text):
		in.Secret, in.Text, in.Entities = true, "", nil
	case startsByLink(m.Text):
		_, token := splitCommand(m.Text)
		in.Text, in.Entities = "/start", nil
		if in.Forward == nil { // otherwise somebody else may have written it, to let him in as whom he likes
			in.Link = domain.TokenHash(token)
		}
	case m.Text == "" && in.Forward == nil:
		in.Kind = kindOther
	case len(m.Text) > longest:
		in.Long, in.Text, in.Entities = true, "", nil
	}
	return in, true
}

// looksLikeCode reports whether a text may be a login code, which is not kept.
func looksLikeCode(text string) bool {
	return codeForm.MatchString(text) && !dayClockForm.MatchString(text) || codeSaid.MatchString(text) || telegramSays.MatchString(text)
}

// startsByLink reports whether a text is what a link into the bot makes Telegram send
// (https://core.telegram.org/bots/features#deep-linking).
func startsByLink(text string) bool {
	cmd, token := splitCommand(text)
	return cmd == "start" && token != ""
}

func readOrigin(o telego.MessageOrigin) (f *forward, fromTelegram bool) {
	switch o := o.(type) {
	case nil:
		return nil, false
	case *telego.MessageOriginChannel:
		return &forward{Chat: o.Chat.ID, Username: o.Chat.Username, Title: o.Chat.Title}, false
	case *telego.MessageOriginChat:
		return &forward{Chat: o.SenderChat.ID, Username: o.SenderChat.Username, Title: o.SenderChat.Title}, false
	case *telego.MessageOriginUser:
		return &forward{}, o.SenderUser.ID == telegramItself
	}
	return &forward{}, false
}

func readPress(c *telego.CallbackQuery) (in incoming, ok bool) {
	if c.Message == nil || len(c.Data) > mostData || !private(c.Message.GetChat(), &c.From) {
		return in, false
	}
	return incoming{
		Kind: kindPress, From: c.From.ID, Lang: c.From.LanguageCode, MessageID: c.Message.GetMessageID(), Data: c.Data, PressID: c.ID,
	}, true
}

func readMember(m *telego.ChatMemberUpdated) (in incoming, ok bool) {
	if !private(m.Chat, &m.From) || m.NewChatMember == nil {
		return in, false
	}
	in = incoming{Kind: kindBack, From: m.From.ID, Lang: m.From.LanguageCode}
	if m.NewChatMember.MemberStatus() == telego.MemberStatusBanned {
		in.Kind = kindGone
	}
	return in, true
}
