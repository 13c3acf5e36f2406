package sandbox

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"

	"postix/telegram/sandbox/world"
)

// Limits of https://core.telegram.org/bots/api#sendmessage and #senddocument,
// in UTF-16 units.
const (
	maxText    = 4096
	maxCaption = 1024
)

func (b *botAPI) self() world.Profile {
	p, _, _ := b.world.User(world.BotID)
	return p
}

func (b *botAPI) getMe(params, *http.Request) (any, error) {
	return me{user: wireUser(b.self())}, nil
}

// peer is the account that chat_id names.
func (b *botAPI) peer(p params) (world.Profile, error) {
	if !p.has("chat_id") {
		return world.Profile{}, badRequest("chat_id is empty")
	}
	u, phone, ok := b.world.User(p.chatForRule())
	if !ok || phone == "" {
		return u, badRequest("chat not found")
	}
	return u, nil
}

// find looks up a message in the account's chat with the bot.
func (b *botAPI) find(chat int64, id int) (world.BotMessage, bool) {
	_, phone, _ := b.world.User(chat)
	list, _ := b.world.BotChat(phone)
	for _, m := range list {
		if m.ID == id {
			return m, true
		}
	}
	return world.BotMessage{}, false
}

// text reads a text or caption with its formatting.
func (b *botAPI) text(p params, name, entitiesName string, limit int) (string, []world.Entity, error) {
	text := p.str(name)
	var given []entity
	if err := p.object(entitiesName, &given); err != nil {
		return "", nil, err
	}
	entities := worldEntities(given)
	switch mode := p.str("parse_mode"); strings.ToLower(mode) {
	case "":
	case "html":
		var err error
		if text, entities, err = parseHTML(text); err != nil {
			return "", nil, err
		}
	default:
		return "", nil, badRequest("the sandbox knows the parse_mode HTML only, not " + mode)
	}
	if utf16Len(text) > limit {
		if name == "caption" {
			return "", nil, badRequest("message caption is too long")
		}
		return "", nil, badRequest("message is too long")
	}
	return text, entities, nil
}

func (b *botAPI) sendMessage(p params, _ *http.Request) (any, error) {
	text, entities, err := b.text(p, "text", "entities", maxText)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(text) == "" {
		return nil, badRequest("message text is empty")
	}
	preview, err := linkPreview(p)
	if err != nil {
		return nil, err
	}
	return b.send(p, world.BotOut{Text: text, Entities: entities, SendOptions: preview})
}

// sendDocument takes an uploaded file. Files that Telegram has already, or would
// download, are beyond the sandbox.
func (b *botAPI) sendDocument(p params, _ *http.Request) (any, error) {
	header, err := p.file("document")
	if err != nil {
		return nil, err
	}
	f, err := header.Open()
	if err != nil {
		return nil, fmt.Errorf("opening the upload: %w", err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("reading the upload: %w", err)
	}
	if len(data) == 0 {
		return nil, badRequest("file must be non-empty")
	}
	caption, entities, err := b.text(p, "caption", "caption_entities", maxCaption)
	if err != nil {
		return nil, err
	}
	doc := &world.Document{Name: filepath.Base(header.Filename), MIME: header.Header.Get("Content-Type"), Data: data}
	if doc.MIME == "application/octet-stream" {
		doc.MIME = "" // what a client says that does not know; the name tells more
	}
	return b.send(p, world.BotOut{Text: caption, Entities: entities, Document: doc})
}

func (b *botAPI) send(p params, out world.BotOut) (any, error) {
	to, err := b.peer(p)
	if err != nil {
		return nil, err
	}
	if out.Markup, err = readMarkup(p); err != nil {
		return nil, err
	}
	if out.ReplyTo, err = b.replyTo(p, to.ID); err != nil {
		return nil, err
	}
	out.Silent, out.Protected = p.yes("disable_notification"), p.yes("protect_content")
	m, err := b.world.BotSend(to.ID, out)
	if err != nil {
		return nil, err
	}
	return b.message(m, to), nil
}

// linkPreview reads whether links are shown with a preview.
func linkPreview(p params) (world.SendOptions, error) {
	var o struct {
		Disabled bool `json:"is_disabled"`
	}
	err := p.object("link_preview_options", &o)
	return world.SendOptions{NoPreview: o.Disabled}, err
}

func (b *botAPI) replyTo(p params, chat int64) (int, error) {
	var r struct {
		MessageID int  `json:"message_id"`
		Anyway    bool `json:"allow_sending_without_reply"`
	}
	if err := p.object("reply_parameters", &r); err != nil || r.MessageID == 0 {
		return 0, err
	}
	if _, ok := b.find(chat, r.MessageID); ok {
		return r.MessageID, nil
	}
	if r.Anyway {
		return 0, nil
	}
	return 0, badRequest("message to be replied not found")
}

// target is the message that chat_id and message_id name.
func (b *botAPI) target(p params, notFound string) (world.Profile, world.BotMessage, error) {
	to, err := b.peer(p)
	if err != nil {
		return to, world.BotMessage{}, err
	}
	id, err := p.num("message_id")
	if err != nil {
		return to, world.BotMessage{}, err
	}
	m, ok := b.find(to.ID, int(id))
	if !ok {
		return to, m, badRequest(notFound)
	}
	return to, m, nil
}

func (b *botAPI) editMessageText(p params, _ *http.Request) (any, error) {
	to, m, err := b.target(p, "message to edit not found")
	if err != nil {
		return nil, err
	}
	text, entities, err := b.text(p, "text", "entities", maxText)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(text) == "" {
		return nil, badRequest("message text is empty")
	}
	preview, err := linkPreview(p)
	if err != nil {
		return nil, err
	}
	return b.edit(p, to, m, world.BotOut{Text: text, Entities: entities, SendOptions: preview})
}

func (b *botAPI) editMessageReplyMarkup(p params, _ *http.Request) (any, error) {
	to, m, err := b.target(p, "message to edit not found")
	if err != nil {
		return nil, err
	}
	return b.edit(p, to, m, world.BotOut{Text: m.Text, Entities: m.Entities, SendOptions: m.SendOptions})
}

// edit changes text and inline keyboard; without reply_markup the keyboard goes.
func (b *botAPI) edit(p params, to world.Profile, m world.BotMessage, out world.BotOut) (any, error) {
	if !m.FromBot {
		return nil, badRequest("message can't be edited")
	}
	var err error
	if out.Markup, err = readMarkup(p); err != nil {
		return nil, err
	}
	if out.Markup != nil && (len(out.Markup.Reply) > 0 || out.Markup.Remove) {
		return nil, badRequest("inline keyboard expected")
	}
	changed, err := b.world.BotEdit(to.ID, m.ID, out)
	if err != nil {
		return nil, err
	}
	return b.message(changed, to), nil
}

func (b *botAPI) deleteMessage(p params, _ *http.Request) (any, error) {
	to, m, err := b.target(p, "message to delete not found")
	if err != nil {
		return nil, err
	}
	return true, b.world.BotDelete(to.ID, m.ID)
}

func (b *botAPI) answerCallbackQuery(p params, _ *http.Request) (any, error) {
	if len([]rune(p.str("text"))) > 200 {
		return nil, badRequest("MESSAGE_TOO_LONG")
	}
	cache, err := p.num("cache_time")
	if err != nil {
		return nil, err
	}
	return true, b.world.BotCallbackAnswer(p.str("callback_query_id"), world.BotAnswer{
		Text: p.str("text"), Alert: p.yes("show_alert"), URL: p.str("url"), Cache: int(cache),
	})
}

func (b *botAPI) sendChatAction(p params, _ *http.Request) (any, error) {
	to, err := b.peer(p)
	if err != nil {
		return nil, err
	}
	if !p.has("action") {
		return nil, badRequest("wrong parameter action in request")
	}
	return true, b.world.BotMayWrite(to.ID)
}

func (b *botAPI) getChat(p params, _ *http.Request) (any, error) {
	u, err := b.peer(p)
	if err != nil {
		return nil, err
	}
	c := fullChat{botChat: wireChat(u), Bio: u.Bio, MaxReactions: 11}
	if u.Username != "" {
		c.ActiveUsernames = []string{u.Username}
	}
	return c, nil
}
