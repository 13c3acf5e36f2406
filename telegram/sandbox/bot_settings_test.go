package sandbox_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mymmrac/telego"
	tu "github.com/mymmrac/telego/telegoutil"
)

// TestBotCommands: every scope and language has a list of its own.
func TestBotCommands(t *testing.T) {
	_, _, bot := started(t)
	list := func(name string) []telego.BotCommand {
		return []telego.BotCommand{{Command: name, Description: "Izoh"}}
	}
	private, own := tu.ScopeAllPrivateChats(), tu.ScopeChat(tu.ID(userID))
	set := []struct {
		scope telego.BotCommandScope
		lang  string
		name  string
	}{{nil, "", "bir"}, {nil, "uz", "ikki"}, {private, "", "uch"}, {private, "ru", "tort"}, {own, "", "besh"}}
	for _, s := range set {
		err := bot.SetMyCommands(within(t), &telego.SetMyCommandsParams{Commands: list(s.name), Scope: s.scope, LanguageCode: s.lang})
		if err != nil {
			t.Fatal(err)
		}
	}
	get := func(scope telego.BotCommandScope, lang string) []telego.BotCommand {
		t.Helper()
		got, err := bot.GetMyCommands(within(t), &telego.GetMyCommandsParams{Scope: scope, LanguageCode: lang})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for _, s := range set {
		if got := get(s.scope, s.lang); !slices.Equal(got, list(s.name)) {
			t.Errorf("%s: %+v", s.name, got)
		}
	}
	if got := get(own, "uz"); len(got) != 0 {
		t.Errorf("never set: %+v", got)
	}
	if err := bot.DeleteMyCommands(within(t), &telego.DeleteMyCommandsParams{Scope: private, LanguageCode: "ru"}); err != nil {
		t.Fatal(err)
	}
	if len(get(private, "ru")) != 0 || len(get(private, "")) != 1 {
		t.Error("deleting took another list, or none")
	}
	refused := []telego.SetMyCommandsParams{
		{Commands: list("x"), LanguageCode: "uzb"},
		{Commands: list("x"), Scope: tu.ScopeChat(tu.ID(1))},
		{Commands: list("Katta")},
		{Commands: slices.Repeat(list("x"), 101)},
	}
	for _, p := range refused {
		if bot.SetMyCommands(within(t), &p) == nil {
			t.Errorf("taken: %+v", p)
		}
	}
}

func TestBotProfile(t *testing.T) {
	_, _, bot := started(t)
	for lang, text := range map[string]string{"": "Bot", "uz": "Yuklar uchun bot"} {
		if err := bot.SetMyDescription(within(t), &telego.SetMyDescriptionParams{Description: text, LanguageCode: lang}); err != nil {
			t.Fatal(err)
		}
		if err := bot.SetMyShortDescription(within(t), &telego.SetMyShortDescriptionParams{ShortDescription: text + "!", LanguageCode: lang}); err != nil {
			t.Fatal(err)
		}
	}
	if d, err := bot.GetMyDescription(within(t), &telego.GetMyDescriptionParams{LanguageCode: "uz"}); err != nil || d.Description != "Yuklar uchun bot" {
		t.Errorf("description %+v, %v", d, err)
	}
	if d, err := bot.GetMyShortDescription(within(t), nil); err != nil || d.ShortDescription != "Bot!" {
		t.Errorf("short description %+v, %v", d, err)
	}
	if d, err := bot.GetMyDescription(within(t), &telego.GetMyDescriptionParams{LanguageCode: "ru"}); err != nil || d.Description != "" {
		t.Errorf("description %+v, %v", d, err)
	}
	if bot.SetMyDescription(within(t), &telego.SetMyDescriptionParams{Description: strings.Repeat("я", 513)}) == nil {
		t.Error("a description of 513 characters was taken")
	}
	menu := func(chat int64) telego.MenuButton {
		t.Helper()
		b, err := bot.GetChatMenuButton(within(t), &telego.GetChatMenuButtonParams{ChatID: chat})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if err := bot.SetChatMenuButton(within(t), &telego.SetChatMenuButtonParams{MenuButton: &telego.MenuButtonCommands{Type: "commands"}}); err != nil {
		t.Fatal(err)
	}
	if err := bot.SetChatMenuButton(within(t), &telego.SetChatMenuButtonParams{
		ChatID: userID, MenuButton: &telego.MenuButtonWebApp{Type: "web_app", Text: "Panel", WebApp: telego.WebAppInfo{URL: "https://example.org"}},
	}); err != nil {
		t.Fatal(err)
	}
	if b := menu(0); b.ButtonType() != "commands" {
		t.Errorf("button %+v", b)
	}
	if b, ok := menu(userID).(*telego.MenuButtonWebApp); !ok || b.Text != "Panel" || b.WebApp.URL != "https://example.org" {
		t.Errorf("button of the chat %+v", b)
	}
}

// TestBotSendOptions: how a message is to arrive is kept with it.
func TestBotSendOptions(t *testing.T) {
	_, c, bot := started(t)
	m, err := bot.SendMessage(within(t), botMessage("https://example.org", "1").
		WithLinkPreviewOptions(&telego.LinkPreviewOptions{IsDisabled: true}).WithDisableNotification().WithProtectContent())
	if err != nil || !m.HasProtectedContent {
		t.Fatalf("sent %+v, %v", m, err)
	}
	said, err := c.BotSaid(within(t), phone)
	if err != nil || !said[0].Silent || !said[0].Protected || !said[0].NoPreview {
		t.Errorf("arrived %+v, %v", said, err)
	}
	if _, err := bot.EditMessageText(within(t), &telego.EditMessageTextParams{ChatID: tu.ID(userID), MessageID: m.MessageID, Text: "https://example.com"}); err != nil {
		t.Fatal(err)
	}
	if said, err := c.BotSaid(within(t), phone); err != nil || said[0].NoPreview || !said[0].Protected {
		t.Errorf("edited %+v, %v", said, err)
	}
	if err := c.BotPress(within(t), phone, "1"); err == nil {
		t.Error("the keyboard stayed")
	}
}
