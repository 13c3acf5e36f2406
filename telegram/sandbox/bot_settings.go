package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// What the bot sets for itself is kept in the world under keys that begin with
// the name of the thing and go on with the scope and the language.

// keep stores a setting; nil takes it back.
func (b *botAPI) keep(key string, v any) (any, error) {
	if v == nil {
		return true, b.world.SetBotSetting(key, nil)
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("keeping %s: %w", key, err)
	}
	return true, b.world.SetBotSetting(key, raw)
}

// kept reads a setting into v, which stays as it is where there is none.
func (b *botAPI) kept(key string, v any) {
	if raw := b.world.BotSetting(key); raw != nil {
		if err := json.Unmarshal(raw, v); err != nil {
			b.log.Error("sandbox bot setting", "key", key, "error", err)
		}
	}
}

// language reads a language_code: two small letters, or none for all languages
// that have nothing of their own.
func language(p params) (string, error) {
	code := p.str("language_code")
	if len(code) != 0 && len(code) != 2 || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz") != "" {
		return "", badRequest("invalid language code specified")
	}
	return code, nil
}

type botCommand struct {
	Command     string `json:"command"`
	Description string `json:"description"`
}

// commandsKey names the list of a scope and language.
// https://core.telegram.org/bots/api#botcommandscope
func (b *botAPI) commandsKey(p params) (string, error) {
	scope := struct {
		Type   string      `json:"type"`
		ChatID json.Number `json:"chat_id"`
		UserID int64       `json:"user_id"`
	}{Type: "default"}
	if err := p.object("scope", &scope); err != nil {
		return "", err
	}
	switch scope.Type {
	case "default", "all_private_chats", "all_group_chats", "all_chat_administrators":
		scope.ChatID, scope.UserID = "", 0
	case "chat":
		scope.UserID = 0
		id, _ := scope.ChatID.Int64()
		if _, phone, ok := b.world.User(id); !ok || phone == "" {
			return "", badRequest("chat not found")
		}
	case "chat_administrators", "chat_member":
		return "", badRequest("chat not found") // the bot is in no group
	default:
		return "", badRequest("can't parse BotCommandScope: Unsupported type specified")
	}
	code, err := language(p)
	return strings.Join([]string{"commands", scope.Type, scope.ChatID.String(), code}, " "), err
}

func (b *botAPI) setMyCommands(p params, _ *http.Request) (any, error) {
	key, err := b.commandsKey(p)
	if err != nil {
		return nil, err
	}
	var list []botCommand
	if err := p.object("commands", &list); err != nil {
		return nil, err
	}
	if len(list) > 100 {
		return nil, badRequest("BOT_COMMANDS_TOO_MUCH")
	}
	for _, c := range list {
		if !commandName(c.Command) {
			return nil, badRequest("BOT_COMMAND_INVALID")
		}
		if n := len([]rune(c.Description)); n < 1 || n > 256 {
			return nil, badRequest("BOT_COMMAND_DESCRIPTION_INVALID")
		}
	}
	return b.keep(key, list)
}

// commandName tells whether s is a command of 1-32 small letters, digits and
// underscores. https://core.telegram.org/bots/api#botcommand
func commandName(s string) bool {
	s = strings.TrimPrefix(s, "/")
	return len(s) >= 1 && len(s) <= 32 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

func (b *botAPI) getMyCommands(p params, _ *http.Request) (any, error) {
	key, err := b.commandsKey(p)
	list := []botCommand{}
	b.kept(key, &list)
	return list, err
}

func (b *botAPI) deleteMyCommands(p params, _ *http.Request) (any, error) {
	key, err := b.commandsKey(p)
	if err != nil {
		return nil, err
	}
	return b.keep(key, nil)
}

// setText is the method that sets a text of the bot's profile, of at most limit
// characters, in one language.
func (b *botAPI) setText(name string, limit int) botMethod {
	return func(p params, _ *http.Request) (any, error) {
		code, err := language(p)
		if err != nil {
			return nil, err
		}
		if len([]rune(p.str(name))) > limit {
			return nil, badRequest("BOT_" + strings.ToUpper(name) + "_TOO_LONG")
		}
		if !p.has(name) {
			return b.keep(name+" "+code, nil)
		}
		return b.keep(name+" "+code, p.str(name))
	}
}

func (b *botAPI) getText(name string) botMethod {
	return func(p params, _ *http.Request) (any, error) {
		code, err := language(p)
		text := ""
		b.kept(name+" "+code, &text)
		return map[string]string{name: text}, err
	}
}

// menuButton is MenuButton. https://core.telegram.org/bots/api#menubutton
type menuButton struct {
	Type   string  `json:"type"`
	Text   string  `json:"text,omitempty"`
	WebApp *webApp `json:"web_app,omitempty"`
}

type webApp struct {
	URL string `json:"url"`
}

// menuKey names the button of a private chat, or the one of all others.
func (b *botAPI) menuKey(p params) (string, error) {
	if !p.has("chat_id") {
		return "menu_button", nil
	}
	u, err := b.peer(p)
	return "menu_button " + strconv.FormatInt(u.ID, 10), err
}

func (b *botAPI) setChatMenuButton(p params, _ *http.Request) (any, error) {
	key, err := b.menuKey(p)
	if err != nil {
		return nil, err
	}
	button := menuButton{Type: "default"}
	if err := p.object("menu_button", &button); err != nil {
		return nil, err
	}
	switch button.Type {
	case "default", "commands":
		button = menuButton{Type: button.Type}
	case "web_app":
		if button.Text == "" || button.WebApp == nil || !strings.HasPrefix(button.WebApp.URL, "https://") {
			return nil, badRequest("BUTTON_INVALID")
		}
	default:
		return nil, badRequest("can't parse menu button: Unsupported menu button type")
	}
	return b.keep(key, button)
}

func (b *botAPI) getChatMenuButton(p params, _ *http.Request) (any, error) {
	key, err := b.menuKey(p)
	button := menuButton{Type: "default"}
	b.kept(key, &button)
	return button, err
}
