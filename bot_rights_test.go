package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"postix/domain"
	"postix/telegram/sandbox/world"
)

// TestBotOutside: as Telegram brings it, a forged press of another's things is refused
// like one of what there is not, and nobody is answered but people in private.
func TestBotOutside(t *testing.T) {
	t.Parallel()
	_, tg := startTelegram(t)
	a, w, _ := startPanel(t, tg.URL, time.Second)
	member := &chatter{t: t, c: tg, phone: seedMemberPhone}
	foreign, err := a.store.CreateCatalog(t.Context(), domain.Catalog{OrganizationID: w.owner.User.OrganizationID, UserID: w.owner.User.ID, Name: "Rahbarniki"})
	if err != nil {
		t.Fatal(err)
	}
	menu := member.says("/menu")
	press := func(data string) string {
		t.Helper()
		return member.after(func() error {
			return tg.BotDo(t.Context(), seedMemberPhone, world.BotInput{Callback: data, MessageID: menu.ID, Forged: true})
		}).Answer
	}
	gone := press("cat.drop.yes:999999")
	press("menu:1") // which is answered in other words
	if got := press(fmt.Sprintf("cat.drop.yes:%d", foreign.ID)); got != gone || gone == "" {
		t.Errorf("another's catalog is answered with %q, one that there is not with %q", got, gone)
	}
	if _, err := a.store.Catalog(t.Context(), w.owner.Scope(), foreign.ID); err != nil {
		t.Errorf("another's catalog: %v", err)
	}

	const me = 7000004
	from := fmt.Sprintf(`"from":{"id":%d,"is_bot":false,"first_name":"B"}`, me)
	for _, update := range []string{
		`{"message":{"message_id":900,"date":1,"text":"/menu",` + from + `,"chat":{"id":-100123,"type":"supergroup","title":"Yuk"}}}`,
		`{"channel_post":{"message_id":901,"date":1,"text":"/menu","chat":{"id":-100124,"type":"channel","title":"Yuk"}}}`,
		`{"edited_message":{"message_id":902,"date":1,"text":"/menu",` + from + fmt.Sprintf(`,"chat":{"id":%d,"type":"private"}}}`, me),
		fmt.Sprintf(`{"message":{"message_id":903,"date":1,"text":"/menu","chat":{"id":%d,"type":"private"}}}`, me),
		`{"callback_query":{"id":"5","data":"menu","chat_instance":"1","inline_message_id":"x",` + from + `}}`,
	} {
		before := len(member.said())
		if _, err := tg.BotPut(t.Context(), json.RawMessage(update)); err != nil {
			t.Fatal(err)
		}
		said := member.says("/guide") // by then the update before it was handled
		if after := len(member.said()); after != before+1 || strings.Contains(said.Text, w.member.User.Name) {
			t.Errorf("%s is answered: %d messages instead of %d", update, after, before+1)
		}
	}
}
