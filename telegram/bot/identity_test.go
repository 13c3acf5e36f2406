package bot

import (
	"encoding/json"
	"testing"

	"postix/domain"
)

// TestBotPrivateOnly: nobody is answered but people in their own private chat, and
// nothing else is stored.
func TestBotPrivateOnly(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	who := w.people["member"]
	changed := func(update map[string]any, change func(part, from, chat map[string]any)) map[string]any {
		for _, part := range update {
			p := part.(map[string]any)
			in := p
			if m, ok := p["message"].(map[string]any); ok {
				in = m
			}
			change(p, p["from"].(map[string]any), in["chat"].(map[string]any))
		}
		return update
	}
	in := func(kind string, id int64) func(part, from, chat map[string]any) {
		return func(_, _, chat map[string]any) { chat["type"], chat["id"], chat["title"] = kind, id, "Yuk" }
	}
	another := func(of map[string]any) map[string]any { return of["message"].(map[string]any) }
	var alike []map[string]any
	for _, make := range []func() map[string]any{
		func() map[string]any { return message(who.tg, "/menu") },
		func() map[string]any { return pressed(who.tg, "menu", 7) },
	} {
		alike = append(alike,
			changed(make(), in("group", -100)), changed(make(), in("supergroup", -1_000_000_000_100)), changed(make(), in("channel", -1_000_000_000_101)),
			changed(make(), in("private", 6_100_002)), changed(make(), in("private", 0)), changed(make(), in("group", who.tg)), changed(make(), in("", who.tg)),
			changed(make(), func(_, from, _ map[string]any) { from["is_bot"] = true }),
			changed(make(), func(_, from, _ map[string]any) { from["id"] = 6_100_002 }),
			changed(make(), func(_, from, chat map[string]any) { from["id"], chat["id"] = -5, -5 }),
			changed(make(), func(_, from, chat map[string]any) { from["id"], chat["id"] = 0, 0 }),
			changed(make(), func(part, _, _ map[string]any) { delete(part, "from") }),
		)
	}
	alike = append(alike,
		changed(pressed(who.tg, "menu", 7), func(part, _, _ map[string]any) { delete(part, "message"); part["inline_message_id"] = "AbC" }),
		changed(pressed(who.tg, "menu", 7), func(part, _, _ map[string]any) { part["inline_message_id"] = "AbC"; part["message"] = nil }),
		changed(pressed(who.tg, "menu", 7), func(part, _, _ map[string]any) {
			delete(part, "data")
			part["message"] = nil
			part["game_short_name"] = "x"
		}),
	)
	for _, kind := range []string{
		"channel_post", "edited_channel_post", "business_message", "edited_business_message", "guest_message", "reinvented_message",
	} {
		alike = append(alike, map[string]any{kind: another(message(who.tg, "/menu"))})
	}
	from := another(message(who.tg, ""))["from"]
	alike = append(
		alike,
		map[string]any{"inline_query": map[string]any{"id": "1", "from": from, "query": "/menu", "offset": ""}},
		map[string]any{"chosen_inline_result": map[string]any{"result_id": "1", "from": from, "query": "/menu"}},
		map[string]any{"chat_join_request": map[string]any{"chat": map[string]any{"id": -100, "type": "group"}, "from": from, "user_chat_id": who.tg, "date": 1}},
		map[string]any{"my_chat_member": map[string]any{
			"chat": map[string]any{"id": -100, "type": "group"}, "from": from, "date": 1,
			"old_chat_member": map[string]any{"status": "left", "user": from}, "new_chat_member": map[string]any{"status": "kicked", "user": from, "until_date": 0},
		}},
		map[string]any{},
	)
	people := w.list("SELECT telegram_id || ' ' || gone_at || step || draft FROM bot_people ORDER BY 1")
	for _, update := range alike {
		w.updates++
		brings(t, w.Bot, who.tg, w.updates, update)
		if said := w.api.take(); len(said) > 0 {
			t.Errorf("%s is answered with %s", raw(t, update), said)
		}
		w.log.take() // some of them cannot be read
	}
	if n := w.list("SELECT COUNT(*) FROM bot_updates")[0]; n != "0" {
		t.Errorf("%s of them are stored", n)
	}
	if now := w.list("SELECT telegram_id || ' ' || gone_at || step || draft FROM bot_people ORDER BY 1"); len(now) != len(people) || now[0] != people[0] {
		t.Errorf("conversations are %q instead of %q", now, people)
	}
	if diff := w.changed(); len(diff) > 0 {
		t.Errorf("they have changed %v", diff)
	}
	if said := w.does(who, message(who.tg, "/menu")); said == "" {
		t.Error("he is not answered in private either")
	}
}

// TestBotForwardedCommand: what somebody else has written is no command of whoever
// forwards it, and lets him in as nobody.
func TestBotForwardedCommand(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	member, stranger, owner := w.people["member"], w.people["stranger"], w.people["owner"]
	forwarded := func(who *tryer, text string) map[string]any {
		update := message(who.tg, text)
		update["message"].(map[string]any)["forward_origin"] = json.RawMessage(`{"type":"hidden_user","date":1,"sender_user_name":"X"}`)
		return update
	}
	w.talks(member, talk{Step: stepRounds, Order: &member.order})
	w.does(member, forwarded(member, "/cancel"))
	k, err := w.store.BotTalk(t.Context(), member.tg)
	if w.ok(err); k.Step != stepRounds {
		t.Errorf("forwarded, /cancel is carried out: the bot waits at %q", k.Step)
	}
	token, link := domain.NewBotLink(rightsNow)
	w.ok(w.store.PutBotLink(t.Context(), owner.actor.User, link))
	want := w.does(stranger, message(stranger.tg, "/menu"))
	if said := w.does(stranger, forwarded(stranger, "/start "+token)); said != want {
		t.Errorf("forwarded, a link is answered with %q", said)
	}
	if n := w.list("SELECT COUNT(*) FROM bot_links WHERE user_id = ?", owner.ids["user"])[0]; n != "1" {
		t.Error("forwarded, a link is used up")
	}
}
