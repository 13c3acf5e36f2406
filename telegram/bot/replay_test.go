package bot

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

// typedAt is what is typed at a step whose stored ids are another's, and what those
// ids are: see [TestBotStoredIDs].
var typedAt = map[string]struct {
	text  string
	about string // kind of what the step is about
	via   string
}{
	"cat.name":   {"Boshqa", "catalog", ""},
	"cat.chats":  {"@chat4_of_member_", "catalog", "account"},
	stepFind:     {"group", "running", ""},
	stepCatalog:  {"catalog", "", ""},
	stepAccount:  {"number", "", ""},
	stepText:     {"Yuk bor", "", ""},
	stepRounds:   {"3", "", ""},
	stepInterval: {"2 soat", "", ""},
	stepStart:    {"18:00", "", ""},
	stepReview:   {"ha", "", ""},
}

// TestBotStoredIDs: what a conversation was about may be another's by the next word:
// then it is as if it were not there.
func TestBotStoredIDs(t *testing.T) {
	t.Parallel()
	w, lines := newRightsWorld(t), maps.Clone(typedAt)
	who := w.people["member"]
	for _, s := range steps() {
		line, ok := lines[s.name]
		if !ok {
			t.Errorf("say in typedAt what is typed at %s", s.name)
			continue
		}
		for _, key := range []string{"colleague", "far", "their member"} {
			of := w.people[key]
			talks := func(ids map[string]int64) talk {
				o := who.order
				if line.about == "" {
					o.Catalog, o.Account = ids["catalog"], ids["account"]
				}
				return talk{Step: s.name, About: ids[line.about], Via: ids[line.via], Order: &o}
			}
			said := func(k talk) string {
				w.talks(who, k)
				said := w.does(who, message(who.tg, "/send")) // what was begun is asked about
				w.talks(who, k)
				said += w.does(who, message(who.tg, line.text))
				if diff := w.changed(); len(diff) > 0 {
					t.Errorf("at %s with what is %s's the member changes %v", s.name, key, diff)
				}
				w.restore(w.changed())
				return said
			}
			none := map[string]int64{}
			for kind := range of.ids {
				none[kind] = 9_999_999
			}
			want, got := said(talks(none)), said(talks(of.ids))
			if got != want || got == "" {
				t.Errorf("at %s what is %s's is told from what there is not:\n%s\n%s", s.name, key, got, want)
			}
			w.leaks(who, "scope", got, s.name)
		}
		delete(lines, s.name)
	}
	for name := range lines {
		t.Errorf("typedAt has a line for %s, which is no step", name)
	}
}

// campaignsNow is how many there are.
func (w *rightsWorld) campaignsNow() int {
	w.t.Helper()
	return len(w.list("SELECT id FROM campaigns"))
}

// TestBotLostOnTheWay: who could order when he began, and may not when he confirms,
// orders nothing, and is not told any more of what he saw.
func TestBotLostOnTheWay(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	colleague, manager := w.people["colleague"], w.people["manager"]
	o := manager.order
	o.Catalog, o.Account = colleague.ids["catalog"], colleague.ids["account"]
	confirms := press("", "send.go", o.Key, o.mark()).data
	was := w.campaignsNow()
	at := rightsNow.UnixMilli()
	for _, fate := range []struct {
		name, query string
		args        []any
	}{
		{"no manager any more", `UPDATE users SET role = 'member' WHERE id = ?`, []any{manager.ids["user"]}},
		{"of another department", `UPDATE users SET department_id = ? WHERE id = ?`, []any{w.departments["far"], manager.ids["user"]}},
		{"looks on only", `UPDATE users SET read_only = 1 WHERE id = ?`, []any{manager.ids["user"]}},
		{"blocked", `UPDATE users SET blocked_at = ?, block_from = ? WHERE id = ?`, []any{at, at, manager.ids["user"]}},
		{"organization blocked", `UPDATE organizations SET blocked_at = ?, block_from = ? WHERE id = ?`, []any{at, at, w.orgs["ours"].ID}},
		{"removed", `UPDATE users SET deleted_at = ?, telegram_id = 0 WHERE id = ?`, []any{at, manager.ids["user"]}},
		{"another Telegram ID", `UPDATE users SET telegram_id = 6199998 WHERE id = ?`, []any{manager.ids["user"]}},
	} {
		w.talks(manager, talk{Order: &o, Step: stepReview})
		w.exec(fate.query, fate.args...)
		for _, update := range []map[string]any{pressed(manager.tg, confirms, 7), message(manager.tg, "ha")} {
			said := w.does(manager, update)
			if n := w.campaignsNow(); n != was || said == "" {
				t.Errorf("%s: %d campaigns instead of %d; he reads %q", fate.name, n, was, said)
			}
			if fate.name != "looks on only" && strings.Contains(said, "-of-colleague") {
				t.Errorf("%s: he reads %q", fate.name, said)
			}
		}
		w.restore(w.changed())
	}
	w.talks(manager, talk{Order: &o, Step: stepReview})
	if w.does(manager, pressed(manager.tg, confirms, 7)); w.campaignsNow() != was+1 {
		t.Error("nothing is ordered by whoever may: that the others order nothing says little")
	}
}

// TestBotReplay: a button pressed again, or one of another order, orders nothing more.
func TestBotReplay(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	who, was := w.people["member"], w.campaignsNow()
	confirms := press("", "send.go", who.order.Key, who.order.mark()).data
	w.does(who, pressed(who.tg, "lang.set:3", 7)) // what is being put together outlives that
	w.does(who, message(who.tg, "/language"))
	first := w.does(who, pressed(who.tg, confirms, 7))
	if n := w.campaignsNow(); n != was+1 {
		t.Fatalf("%d campaigns instead of %d: %s", n, was+1, first)
	}
	made := w.list("SELECT MAX(id) FROM campaigns")[0]
	for range 2 {
		if again := w.does(who, pressed(who.tg, confirms, 7)); !strings.Contains(again, made) {
			t.Errorf("pressed again it does not show campaign %s: %s", made, again)
		}
	}
	w.talks(who, talk{Order: &who.order}) // another one is being put together
	for _, data := range []string{
		press("", "send.go", w.people["colleague"].order.Key, who.order.mark()).data,
		press("", "send.go", who.order.Key+1, who.order.mark()).data,
		press("", "send.sum", 1).data,
	} {
		if said := w.does(who, pressed(who.tg, data, 7)); !strings.Contains(said, w.text("bot.send.old")) {
			t.Errorf("%s is answered with %s", data, said)
		}
	}
	changed := press("", "send.go", who.order.Key, who.order.mark()+1).data // of a text before this one
	if said := w.does(who, pressed(who.tg, changed, 7)); !strings.Contains(said, w.text("bot.send.changed")) {
		t.Errorf("a button to confirm something else: %s", said)
	}
	if n := w.campaignsNow(); n != was+1 {
		t.Errorf("%d campaigns instead of %d", n, was+1)
	}
	stands := func() string { // of the campaign, and what was written down of it
		return strings.Join(w.list(`SELECT c.status || ' ' || c.cancelled || ' ' || (SELECT COUNT(*) FROM audit) || ' ' || (SELECT COUNT(*) FROM notices)
			FROM campaigns c WHERE c.id = ?`, who.ids["running"]), "")
	}
	began := stands()
	cancel := press("", "c.cancel.yes", who.ids["running"]).data
	w.does(who, pressed(who.tg, cancel, 7))
	ended := stands()
	if said := w.does(who, pressed(who.tg, cancel, 7)); said == "" || ended == began || stands() != ended {
		t.Errorf("cancelled again, the campaign went from %s over %s to %s: %s", began, ended, stands(), said)
	}
}

// TestBotForged: data that no button of ours has changes nothing, and is answered.
func TestBotForged(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	who := w.people["owner"]
	id := who.ids["running"]
	old := w.text("bot.old_button")
	for _, data := range []string{
		"x", "C:1", "c", "c:", ":", "::", "c::", "c:1:2", "c.cancel.yes", "c.cancel.yes:", "c.cancel.yes:x", "c.cancel.yes: 1", "c.cancel.yes:1 ",
		"c.cancel.yes:0x10", "c.cancel.yes:1e3", "c.cancel.yes:1.0", "c.cancel.yes:9223372036854775808", "c.cancel.yes:१", "c.cancel.yes:" + strings.Repeat("1", 50),
		fmt.Sprintf("c.cancel.yes:%d:1", id), fmt.Sprintf("c.cancel.yes%d", id), fmt.Sprintf("c.cancel.yes\x00:%d", id), fmt.Sprintf(" c.cancel.yes:%d", id),
		fmt.Sprintf("c.take.yes:%d", id), "cat.drop.yes", "send.go", "send.go:1", "send.go:1:2:3", "as", "as:", "cat.name", "campaign.find", stepReview, "menu:1", "lang.set:uz",
		strings.Repeat("z", 64), strings.Repeat("\xff", 20), "'; DROP TABLE users; --", "<b>", "\u202emenu", strings.Repeat(":", 64), strings.Repeat("🚚", 16),
	} {
		said := w.does(who, pressed(who.tg, data, 7))
		if !strings.Contains(said, old) || strings.Count(said, "\n") != 1 {
			t.Errorf("%q is answered with %q", data, said)
		}
		if diff := w.changed(); len(diff) > 0 {
			t.Errorf("%q changes %v", data, diff)
			w.restore(diff)
		}
	}
	if said := w.does(who, pressed(who.tg, strings.Repeat("z", 65), 7)); said != "" {
		t.Errorf("more than a button holds is answered with %q", said)
	}
}

// TestBotIDMoves: whose Telegram ID it is, is asked for at each word.
func TestBotIDMoves(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	ctx := t.Context()
	member, stranger := w.people["member"], w.people["stranger"]
	nobody := func(who *tryer) string {
		return strings.ReplaceAll(w.does(stranger, message(stranger.tg, "/menu")), fmt.Sprint(stranger.tg), fmt.Sprint(who.tg))
	}
	w.talks(member, talk{Step: stepText, Order: &member.order})

	w.ok(w.store.BlockUser(ctx, member.actor.User, domain.Block{Reason: "Taʼtilda", From: rightsNow}, rightsNow))
	for _, text := range []string{"Boshqa matn", "/send", "/cancel"} {
		if said := w.does(member, message(member.tg, text)); !strings.Contains(said, "Taʼtilda") || strings.Contains(said, "-of-") {
			t.Errorf("blocked, he says %q and reads %q", text, said)
		}
	}
	if k, err := w.store.BotTalk(ctx, member.tg); err != nil || !strings.Contains(k.Draft, member.order.Text) {
		t.Errorf("what he has said while he was blocked counts: %v, %v", k, err)
	}
	w.restore(w.changed())

	// In the panel his ID is given to a colleague.
	colleague := w.people["colleague"]
	w.exec("UPDATE users SET telegram_id = 0 WHERE id = ?", member.ids["user"])
	if said := w.does(member, message(member.tg, "/cats")); said != nobody(member) {
		t.Errorf("without the ID he reads %q", said)
	}
	w.exec("UPDATE users SET telegram_id = ? WHERE id = ?", member.tg, colleague.ids["user"])
	said := w.does(member, message(member.tg, "/menu"))
	if !strings.Contains(said, "person-of-colleague.") || strings.Contains(said, "person-of-member.") {
		t.Errorf("with a colleague's ID he reads %q", said)
	}
	if said := w.does(colleague, message(colleague.tg, "/menu")); said != nobody(colleague) {
		t.Errorf("whose ID it was reads %q", said)
	}
	if said := w.does(member, pressed(member.tg, press("", "send.sum", member.order.Key).data, 7)); !strings.Contains(said, w.text("bot.send.old")) {
		t.Errorf("the order of the one before him is there: %q", said)
	}
	w.restore(w.changed())
}

// TestBotTwoOrganizations: whom two organizations know is one of them at a time, as he
// has chosen, and no claim of another takes him over.
func TestBotTwoOrganizations(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	both, other, member := w.people["elsewhere"], w.people["his other"], w.people["member"]

	w.exec("UPDATE users SET telegram_id = ? WHERE id = ?", member.tg, w.people["their member"].ids["user"]) // a claim
	if said := w.does(member, message(member.tg, "/menu")); !strings.Contains(said, "organization-of-ours.") || strings.Contains(said, "organization-of-theirs.") {
		t.Errorf("another organization has typed in his ID, and he reads %q", said)
	}

	w.exec("DELETE FROM bot_people WHERE telegram_id = ?", both.tg)
	for _, update := range []map[string]any{
		message(both.tg, "/menu"), message(both.tg, "/catalogs"), message(both.tg, "salom"), pressed(both.tg, "cats", 7),
		pressed(both.tg, press("", "cat", both.ids["catalog"], 0).data, 7), pressed(both.tg, press("", "c.cancel.yes", other.ids["running"]).data, 7),
	} {
		said := w.does(both, update)
		if !strings.Contains(said, "organization-of-ours.") || !strings.Contains(said, "organization-of-theirs.") || strings.Contains(said, "catalog-of") {
			t.Errorf("before he has chosen he reads %q", said)
		}
	}
	for _, id := range []int64{member.ids["user"], 9_999_999, 0, -1} {
		if said := w.does(both, pressed(both.tg, press("", "as", id).data, 7)); strings.Contains(said, "-of-") {
			t.Errorf("he chooses to be %d and reads %q", id, said)
		}
	}
	if n := w.list("SELECT COUNT(*) FROM bot_people WHERE telegram_id = ?", both.tg)[0]; n != "0" {
		t.Error("he is in without having chosen")
	}
	for _, as := range []*tryer{other, both, other} {
		not := other
		if as == other {
			not = both
		}
		w.does(both, pressed(both.tg, press("", "as", as.ids["user"]).data, 7))
		said := w.does(both, message(both.tg, "/catalogs"))
		if !strings.Contains(said, fmt.Sprint(as.ids["catalog"])) || strings.Contains(said, fmt.Sprint(not.ids["catalog"])) {
			t.Errorf("as %s he reads %q", as.key, said)
		}
		for _, data := range []string{press("", "cat", not.ids["catalog"], 0).data, press("", "c.cancel.yes", not.ids["running"]).data} {
			if said := w.does(both, pressed(both.tg, data, 7)); !strings.Contains(said, w.text("bot.gone")) {
				t.Errorf("as %s he presses %s and reads %q", as.key, data, said)
			}
		}
	}
	w.ok(w.store.BlockUser(t.Context(), other.actor.User, domain.Block{Reason: "Taʼtilda", From: rightsNow}, rightsNow.Add(time.Second)))
	if said := w.does(both, message(both.tg, "/catalogs")); !strings.Contains(said, "Taʼtilda") || strings.Contains(said, "catalog-of") {
		t.Errorf("blocked in one of them he reads %q", said)
	}
}
