package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"path/filepath"
	"strings"

	"postix/telegram/sandbox/world"
)

// The objects of https://core.telegram.org/bots/api#available-types, with the
// fields that the sandbox can fill.

type user struct {
	ID        int64  `json:"id"`
	IsBot     bool   `json:"is_bot"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name,omitempty"`
	Username  string `json:"username,omitempty"`
	Language  string `json:"language_code,omitempty"`
}

type me struct {
	user
	CanJoinGroups   bool `json:"can_join_groups"`
	CanReadAll      bool `json:"can_read_all_group_messages"`
	SupportsInline  bool `json:"supports_inline_queries"`
	CanConnect      bool `json:"can_connect_to_business"`
	HasMainWebApp   bool `json:"has_main_web_app"`
	HasTopicsEnable bool `json:"has_topics_enabled"`
}

type botChat struct {
	ID        int64  `json:"id"`
	Type      string `json:"type"`
	Title     string `json:"title,omitempty"`
	FirstName string `json:"first_name,omitempty"`
	LastName  string `json:"last_name,omitempty"`
	Username  string `json:"username,omitempty"`
}

// fullChat is ChatFullInfo.
type fullChat struct {
	botChat
	Bio             string   `json:"bio,omitempty"`
	AccentColorID   int      `json:"accent_color_id"`
	MaxReactions    int      `json:"max_reaction_count"`
	AcceptedGifts   gifts    `json:"accepted_gift_types"`
	ActiveUsernames []string `json:"active_usernames,omitempty"`
}

type gifts struct {
	Unlimited bool `json:"unlimited_gifts"`
	Limited   bool `json:"limited_gifts"`
	Unique    bool `json:"unique_gifts"`
	Premium   bool `json:"premium_subscription"`
	Channels  bool `json:"gifts_from_channels"`
}

type entity struct {
	Type     string `json:"type"`
	Offset   int    `json:"offset"`
	Length   int    `json:"length"`
	URL      string `json:"url,omitempty"`
	Language string `json:"language,omitempty"`
	User     *user  `json:"user,omitempty"`
}

type document struct {
	FileID   string `json:"file_id"`
	UniqueID string `json:"file_unique_id"`
	Name     string `json:"file_name"`
	MIME     string `json:"mime_type,omitempty"`
	Size     int    `json:"file_size"`
}

type message struct {
	ID              int             `json:"message_id"`
	From            user            `json:"from"`
	Chat            botChat         `json:"chat"`
	Date            int64           `json:"date"`
	EditDate        int64           `json:"edit_date,omitempty"`
	Origin          *origin         `json:"forward_origin,omitempty"`
	ReplyTo         *message        `json:"reply_to_message,omitempty"`
	Protected       bool            `json:"has_protected_content,omitempty"`
	Text            string          `json:"text,omitempty"`
	Entities        []entity        `json:"entities,omitempty"`
	Caption         string          `json:"caption,omitempty"`
	CaptionEntities []entity        `json:"caption_entities,omitempty"`
	Document        *document       `json:"document,omitempty"`
	Contact         *contact        `json:"contact,omitempty"`
	ReplyMarkup     *inlineKeyboard `json:"reply_markup,omitempty"`
}

// origin is MessageOrigin; which fields it has depends on the type.
type origin struct {
	Type       string   `json:"type"`
	Date       int64    `json:"date"`
	User       *user    `json:"sender_user,omitempty"`
	UserName   string   `json:"sender_user_name,omitempty"`
	SenderChat *botChat `json:"sender_chat,omitempty"`
	Chat       *botChat `json:"chat,omitempty"`
	MessageID  int      `json:"message_id,omitempty"`
}

// inaccessible is what a button's message is when it was deleted.
type inaccessible struct {
	Chat botChat `json:"chat"`
	ID   int     `json:"message_id"`
	Date int     `json:"date"` // always 0
}

type contact struct {
	Phone     string `json:"phone_number"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name,omitempty"`
	UserID    int64  `json:"user_id,omitempty"`
}

type inlineKeyboard struct {
	Rows [][]inlineButton `json:"inline_keyboard"`
}

type inlineButton struct {
	Text         string `json:"text"`
	URL          string `json:"url,omitempty"`
	CallbackData string `json:"callback_data,omitempty"`
}

type update struct {
	ID       int64         `json:"update_id"`
	Message  *message      `json:"message,omitempty"`
	Callback *callback     `json:"callback_query,omitempty"`
	Status   *statusChange `json:"my_chat_member,omitempty"`

	raw json.RawMessage // in place of the three, without the id
}

type callback struct {
	ID           string `json:"id"`
	From         user   `json:"from"`
	Message      any    `json:"message"` // message or inaccessible
	ChatInstance string `json:"chat_instance"`
	Data         string `json:"data"`
}

// statusChange is ChatMemberUpdated.
type statusChange struct {
	Chat botChat   `json:"chat"`
	From user      `json:"from"`
	Date int64     `json:"date"`
	Old  botStatus `json:"old_chat_member"`
	New  botStatus `json:"new_chat_member"`
}

type botStatus struct {
	User   user   `json:"user"`
	Status string `json:"status"`
	Until  *int   `json:"until_date,omitempty"`
}

// MarshalJSON implements json.Marshaler.
func (u update) MarshalJSON() ([]byte, error) {
	type plain update
	if u.raw == nil {
		return json.Marshal(plain(u))
	}
	rest := bytes.TrimSpace(u.raw)[1:]
	if len(bytes.TrimSpace(rest)) > 1 { // not only the closing brace
		rest = append([]byte(","), rest...)
	}
	return append(fmt.Appendf(nil, `{"update_id":%d`, u.ID), rest...), nil
}

// kind is the name of the field that an update has.
func (u update) kind() string {
	switch {
	case u.raw != nil:
		return firstName(u.raw)
	case u.Callback != nil:
		return "callback_query"
	case u.Status != nil:
		return "my_chat_member"
	}
	return "message"
}

// firstName is the name of the first field of an object, empty when it has none.
func firstName(object []byte) string {
	d := json.NewDecoder(bytes.NewReader(object))
	_, _ = d.Token() // {
	t, _ := d.Token()
	name, _ := t.(string)
	return name
}

func wireUser(p world.Profile) user {
	u := user{ID: p.ID, IsBot: p.Bot, FirstName: p.FirstName, LastName: p.LastName, Username: p.Username}
	if !p.Bot {
		u.Language = "uz" // everybody in this world has his Telegram in Uzbek
	}
	return u
}

func wireChat(p world.Profile) botChat {
	return botChat{ID: p.ID, Type: "private", FirstName: p.FirstName, LastName: p.LastName, Username: p.Username}
}

// message is m as the bot is told of it; peer is the account in that chat.
func (b *botAPI) message(m world.BotMessage, peer world.Profile) message {
	from := peer
	if m.FromBot {
		from = b.self()
	}
	out := message{ID: m.ID, From: wireUser(from), Chat: wireChat(peer), Date: m.At.Unix()}
	if m.EditedAt != nil {
		out.EditDate = m.EditedAt.Unix()
	}
	if m.ReplyTo != 0 {
		if to, ok := b.find(peer.ID, m.ReplyTo); ok {
			to.ReplyTo = 0 // replies are shown one deep
			r := b.message(to, peer)
			out.ReplyTo = &r
		}
	}
	out.Protected, out.Origin = m.Protected, b.origin(m.Forward)
	if m.Document != nil {
		out.Caption, out.CaptionEntities = m.Text, b.wireEntities(m.Entities)
		out.Document = wireDocument(m)
	} else {
		out.Text, out.Entities = m.Text, b.wireEntities(m.Entities)
		if n := commandLength(m); n > 0 {
			out.Entities = append([]entity{{Type: "bot_command", Length: n}}, out.Entities...)
		}
	}
	if c := m.Contact; c != nil {
		out.Contact = &contact{c.Phone, c.FirstName, c.LastName, c.UserID}
	}
	if m.Markup != nil && len(m.Markup.Inline) > 0 {
		out.ReplyMarkup = wireKeyboard(m.Markup.Inline)
	}
	return out
}

// commandLength is the length of the command that a message to the bot begins
// with, 0 for none. Telegram marks it without being asked.
func commandLength(m world.BotMessage) int {
	word, _, _ := strings.Cut(strings.ReplaceAll(m.Text, "\n", " "), " ")
	name, _, _ := strings.Cut(word, "@")
	if m.FromBot || !strings.HasPrefix(word, "/") || !commandName(strings.ToLower(name)) {
		return 0
	}
	return utf16Len(word)
}

func (b *botAPI) update(u world.BotUpdate) update {
	out := update{ID: u.ID}
	if u.Message != nil {
		m := b.message(*u.Message, u.From)
		out.Message = &m
	}
	if c := u.Callback; c != nil {
		out.Callback = &callback{
			ID: c.ID, From: wireUser(u.From), Message: b.message(c.Message, u.From),
			ChatInstance: fmt.Sprint(u.From.ID), Data: c.Data,
		}
		if c.Message.Deleted {
			out.Callback.Message = inaccessible{Chat: wireChat(u.From), ID: c.Message.ID}
		}
	}
	if u.Block != nil {
		out.Status = b.statusChange(*u.Block, u.From)
	}
	out.raw = u.Raw
	return out
}

func (b *botAPI) statusChange(c world.BotBlock, by world.Profile) *statusChange {
	self, forever := wireUser(b.self()), 0
	here, gone := botStatus{User: self, Status: "member"}, botStatus{User: self, Status: "kicked", Until: &forever}
	out := &statusChange{Chat: wireChat(by), From: wireUser(by), Date: c.At.Unix(), Old: gone, New: here}
	if c.Blocked {
		out.Old, out.New = here, gone
	}
	return out
}

// origin is nil when the message was not forwarded.
func (b *botAPI) origin(o *world.Origin) *origin {
	if o == nil {
		return nil
	}
	out := &origin{Type: string(o.Type), Date: o.At.Unix()}
	switch o.Type {
	case world.OriginUser:
		p, _, _ := b.world.User(o.ID)
		u := wireUser(p)
		u.Language = "" // only who writes shows it
		out.User = &u
	case world.OriginHidden:
		out.UserName = o.Name
	case world.OriginChat:
		out.SenderChat = b.wireGroup(o.ID)
	case world.OriginChannel:
		out.Chat, out.MessageID = b.wireGroup(o.ID), o.Message
	}
	return out
}

func (b *botAPI) wireGroup(id int64) *botChat {
	c, _ := b.world.Chat(id)
	return &botChat{ID: id, Type: string(c.Kind), Title: c.Title, Username: c.Username}
}

func (b *botAPI) wireEntities(list []world.Entity) []entity {
	var out []entity
	for _, e := range list {
		w := entity{Type: e.Type, Offset: e.Offset, Length: e.Length, URL: e.URL, Language: e.Language}
		if e.UserID != 0 {
			p, _, _ := b.world.User(e.UserID)
			p.ID = e.UserID
			u := wireUser(p)
			w.User = &u
		}
		out = append(out, w)
	}
	return out
}

func worldEntities(list []entity) []world.Entity {
	var out []world.Entity
	for _, e := range list {
		w := world.Entity{Type: e.Type, Offset: e.Offset, Length: e.Length, URL: e.URL, Language: e.Language}
		if e.User != nil {
			w.UserID = e.User.ID
		}
		out = append(out, w)
	}
	return out
}

func wireDocument(m world.BotMessage) *document {
	d := m.Document
	kind := d.MIME
	if kind == "" {
		kind = mime.TypeByExtension(filepath.Ext(d.Name))
	}
	id := fmt.Sprintf("sandbox-document-%d", m.ID)
	return &document{FileID: id, UniqueID: id, Name: d.Name, MIME: kind, Size: len(d.Data)}
}

func wireKeyboard(rows [][]world.Button) *inlineKeyboard {
	k := &inlineKeyboard{Rows: make([][]inlineButton, len(rows))}
	for i, row := range rows {
		for _, x := range row {
			k.Rows[i] = append(k.Rows[i], inlineButton{x.Text, x.URL, x.CallbackData})
		}
	}
	return k
}
