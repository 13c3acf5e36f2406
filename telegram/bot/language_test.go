package bot

import "testing"

// TestAdoptLanguage: whoever has chosen no language keeps that of his Telegram, once,
// and nothing else of him changes.
func TestAdoptLanguage(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	who := w.people["member"]
	for _, c := range []struct{ chosen, telegram, want string }{
		{"", "ru", "ru"},
		{"", "en-GB", "en"},
		{"", "uz-Cyrl", "uz-Cyrl"},
		{"", "uz", ""}, // the default
		{"", "de", ""},
		{"", "", ""},
		{"uz", "ru", "uz"},
		{"en", "ru", "en"},
	} {
		w.exec("UPDATE users SET lang = ?, zone = 'Asia/Samarkand' WHERE id = ?", c.chosen, who.ids["user"])
		for range 2 {
			a, err := w.Access.Actor(t.Context(), who.tg)
			w.ok(err)
			turn := w.newTurn(t.Context(), incoming{Kind: kindText, From: who.tg, Lang: c.telegram})
			turn.as(a)
			turn.adoptLanguage()
			if turn.actor.User.Lang != c.want {
				t.Errorf("%+v: the turn goes on in %q", c, turn.actor.User.Lang)
			}
		}
		if got := w.list("SELECT lang || ' ' || zone FROM users WHERE id = ?", who.ids["user"])[0]; got != c.want+" Asia/Samarkand" {
			t.Errorf("%+v: stored as %q", c, got)
		}
	}
	if others := w.list("SELECT name FROM users WHERE lang <> 'en' AND id <> ?", who.ids["user"]); len(others) > 0 {
		t.Errorf("others changed, too: %q", others)
	}
}

// TestComesInTheirLanguage: the first message stores it, and what is told later is in it.
func TestComesInTheirLanguage(t *testing.T) {
	t.Parallel()
	w := newRightsWorld(t)
	who := w.people["member"]
	w.exec("UPDATE users SET lang = '' WHERE id = ?", who.ids["user"])
	update := message(who.tg, "/menu")
	update["message"].(map[string]any)["from"].(map[string]any)["language_code"] = "ru"
	w.does(who, update)
	a, err := w.Access.Actor(t.Context(), who.tg)
	if w.ok(err); langOf(a) != "ru" {
		t.Errorf("he is told in %q", langOf(a))
	}
}
