package bot

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

// says fails where an answer does not say all of that.
func says(t *testing.T, what, said string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(said, part) {
			t.Errorf("%s: %q is not said in %s", what, part, said)
		}
	}
}

// silent fails where an answer says any of that.
func silent(t *testing.T, what, said string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(said, part) {
			t.Errorf("%s: %q is said in %s", what, part, said)
		}
	}
}

// TestOwnWordsCanBeTapped: what our own words name is a link, and what a person is
// called is none.
func TestOwnWordsCanBeTapped(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	who := w.people["member"]
	limited := who.ids["limited"]
	w.exec("UPDATE accounts SET first_name = 'Ask @someone' WHERE id = ?", limited)
	w.exec("INSERT INTO notices (organization_id, kind, user_id, account_id, reason, at) VALUES (?, ?, ?, ?, 'PEER_FLOOD', ?)",
		who.actor.User.OrganizationID, domain.NoticeAccountPaused, who.ids["user"], limited, rightsNow.UnixMilli())
	for _, said := range []string{
		w.does(who, message(who.tg, "/numbers")),
		w.does(who, pressed(who.tg, press("", "num", limited).data, 7)),
		w.does(who, pressed(who.tg, press("", "send.nums", who.order.Key, 0).data, 7)),
		w.does(who, message(who.tg, "/notices")),
	} {
		says(t, "a number that is limited", said, "@SpamBot", "Ask @"+string(wordJoiner)+"someone")
	}
}

// TestNumbersLeadOn: a number that is limited leads to its screen, one that needs a
// login to the panel, and neither to where the other is mended.
func TestNumbersLeadOn(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	who := w.people["member"]
	list := pressed(who.tg, press("", "send.nums", who.order.Key, 0).data, 7)
	toNumber := fmt.Sprintf("(num:%d)", who.ids["limited"])
	said := w.does(who, list)
	says(t, "limited", said, toNumber)
	silent(t, "limited", said, w.text("bot.number.again"), w.text("bot.open_accounts"))

	w.exec("UPDATE accounts SET state = 'needs_login', reason = 'SESSION_REVOKED' WHERE id = ?", who.ids["limited"])
	said = w.does(who, list)
	says(t, "needs a login", said, w.text("bot.number.again"), w.text("bot.open_accounts"))
	silent(t, "needs a login", said, toNumber)

	w.exec("UPDATE accounts SET state = 'paused', reason = ? WHERE id = ?", domain.CodePhoneBlocked, who.ids["limited"])
	silent(t, "shut by the service", w.does(who, list), toNumber, w.text("bot.open_accounts"))
}

// TestSendSaysThatNothingGoesOut: where no number sends, that is said first, with what
// leads on; an order can be begun all the same.
func TestSendSaysThatNothingGoesOut(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	who := w.people["member"]
	w.talks(who, talk{})
	silent(t, "one number works", w.does(who, message(who.tg, "/send")), w.text("bot.number.all_idle"))

	w.talks(who, talk{})
	w.exec("UPDATE accounts SET state = 'needs_login', reason = 'SESSION_REVOKED' WHERE id = ?", who.ids["account"])
	said := w.does(who, message(who.tg, "/send"))
	says(t, "none works", said, w.text("bot.number.all_idle"), "number-of-member.", "limited-of-member.",
		fmt.Sprintf("(num:%d)", who.ids["limited"]), w.text("bot.open_accounts"))
	k, err := w.newTurn(t.Context(), incoming{From: who.tg}).conversation()
	w.ok(err)
	goesOn := press("", "send.on", k.Order.Key).data
	says(t, "none works", said, "["+w.text("bot.number.plan")+"]("+goesOn+")")
	said = w.does(who, pressed(who.tg, goesOn, 7))
	says(t, "all the same", said, "1/5", "catalog-of-member.")

	w.talks(who, talk{Order: &who.order})
	said = w.does(who, pressed(who.tg, press("", "send.anew", who.order.Key).data, 7))
	says(t, "begun anew", said, w.text("bot.number.all_idle"))
}

// TestReviewTellsTheEnd to the second where rounds follow each other within minutes,
// and not at all where nobody knows when it goes out.
func TestReviewTellsTheEnd(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	who := w.people["member"]
	o := who.order
	o.Rounds, o.Interval = 3, time.Hour+30*time.Second
	w.talks(who, talk{Order: &o})
	review := pressed(who.tg, press("", "send.sum", o.Key).data, 7)
	ends := func(said string) string {
		_, after, _ := strings.Cut(said, "<b>"+w.text("campaign.review.ends")+"</b>: ")
		line, _, _ := strings.Cut(after, "\n")
		return line
	}
	if end := ends(w.does(who, review)); strings.Count(end, ":") != 2 {
		t.Errorf("rounds of seconds end at %q", end)
	}
	o.Interval = time.Hour
	w.talks(who, talk{Order: &o})
	if end := ends(w.does(who, review)); strings.Count(end, ":") != 1 {
		t.Errorf("rounds of hours end at %q", end)
	}
	w.exec("UPDATE accounts SET state = 'needs_login' WHERE id = ?", who.ids["account"])
	said := w.does(who, review)
	if end := ends(said); end != "" || !strings.Contains(said, w.text("campaign.review.round_length")) {
		t.Errorf("of a number that needs a login it is said: %s", said)
	}
}

// TestNoticesSayWhose: who sees the notices of others reads whose each is, and comes to
// the number that one is about.
func TestNoticesSayWhose(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	manager, member := w.people["manager"], w.people["member"]
	w.exec("DELETE FROM notices WHERE user_id NOT IN (?, ?, ?)", manager.ids["user"], member.ids["user"], w.people["far"].ids["user"])
	said := w.does(manager, message(manager.tg, "/notices"))
	says(t, "the manager's list", said, "person-of-member.", fmt.Sprintf("(num:%d)", member.ids["account"]), fmt.Sprintf("(num:%d)", manager.ids["account"]))
	silent(t, "the manager's list", said, "person-of-manager.", fmt.Sprintf("(num:%d)", w.people["far"].ids["account"]))
	said = w.does(member, message(member.tg, "/notices"))
	says(t, "the member's list", said, fmt.Sprintf("(num:%d)", member.ids["account"]))
	silent(t, "the member's list", said, "person-of-")

	n := domain.Notice{Kind: domain.NoticeNeedsLogin, AccountID: member.ids["account"], UserID: member.ids["user"], At: rightsNow}
	one := func(who *tryer) string { return fmt.Sprint(w.oneNotice(t.Context(), who.actor, n).rows) }
	says(t, "told by itself", one(manager), fmt.Sprintf("num:%d", n.AccountID))
	says(t, "told of what is not his", one(w.people["far"]), " nums ")
}

// TestHistorySaysWhatHasNotStarted: the list says of a start what the campaign's own
// screen says.
func TestHistorySaysWhatHasNotStarted(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	who := w.people["member"]
	w.exec("UPDATE campaigns SET status = 'cancelled' WHERE id = ?", who.ids["scheduled"])
	said := w.does(who, message(who.tg, "/history"))
	says(t, "the list", said, w.text("campaign.not_started"))
	said = w.does(who, pressed(who.tg, press("", "c", who.ids["scheduled"]).data, 7))
	says(t, "the screen", said, w.text("campaign.not_started"))
}

// forwards is a message that somebody forwards, from there.
func forwards(who *tryer, origin string) map[string]any {
	update := message(who.tg, "Yuk bor")
	update["message"].(map[string]any)["forward_origin"] = json.RawMessage(origin)
	return update
}

// TestForwardIntoCatalog: who forwards a message reads of the chat alone, and can end.
func TestForwardIntoCatalog(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	who := w.people["member"]
	enough := "[" + w.text("bot.catalog.enough") + "](" + press("", "cat", who.ids["catalog"], 0).data + ")"
	waits := talk{Step: "cat.chats", About: who.ids["catalog"], Via: who.ids["account"]}
	w.talks(who, waits)
	said := w.does(who, forwards(who, `{"type":"channel","date":1,"message_id":5,"chat":{"id":-1005,"type":"channel","title":"Yuk kanali"}}`))
	says(t, "a channel", said, "sendMessage: ▫️ Yuk kanali", enough)
	w.talks(who, waits)
	said = w.does(who, forwards(who, `{"type":"hidden_user","date":1,"sender_user_name":"X"}`))
	says(t, "a person", said, w.text("bot.catalog.no_origin"), enough)
	w.talks(who, waits)
	says(t, "a line", w.does(who, message(who.tg, "@nobody_at_all")), "<b>", enough)
}

// TestBlockedCode: a code is taken out of the chat, and answered, whoever sends it.
func TestBlockedCode(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	who := w.people["blocked"]
	said := w.does(who, message(who.tg, "5 4 3 2 1"))
	says(t, "a code of somebody who is blocked", said, "deleteMessage", w.text("bot.code"), "Holiday")
	silent(t, "a code of somebody who is blocked", said, "(menu)", w.text("bot.open_accounts"))
}

// TestServiceAdminsReadWhy there are neither catalogs nor numbers for them.
func TestServiceAdminsReadWhy(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	who := w.people["admin"]
	said := w.does(who, message(who.tg, "/catalogs"))
	says(t, "/catalogs", said, w.text("bot.catalog.admin"), "(menu)")
	silent(t, "/catalogs", said, "(cat.new)")
	said = w.does(who, message(who.tg, "/numbers"))
	says(t, "/numbers", said, w.text("bot.number.admin"), "(menu)")
	silent(t, "/numbers", said, w.text("account.connect"))
}

// TestLinkOpenedAgain: who has come in by a link reads that, and not that it is dead.
func TestLinkOpenedAgain(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	who := w.people["member"]
	token, link := domain.NewBotLink(rightsNow)
	w.ok(w.store.PutBotLink(t.Context(), who.actor.User, link))
	w.does(who, message(who.tg, "/start "+token))
	w.does(who, message(who.tg, "/menu"))
	said := w.does(who, message(who.tg, "/start "+token))
	says(t, "his own", said, w.text("bot.link_yours"), "(send)")
	silent(t, "his own", said, w.text("error.bot.link_dead"))
	other, _ := domain.NewBotLink(rightsNow)
	says(t, "another's", w.does(who, message(who.tg, "/start "+other)), w.text("error.bot.link_dead"))
}
