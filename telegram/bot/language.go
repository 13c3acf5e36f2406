package bot

import "postix/views/locale"

// adoptLanguage stores the language of his Telegram for somebody who has chosen none:
// what the bot tells by itself is then in it, too. The default is not stored: he reads
// in that anyway, and no other tells it from a language that we do not have.
func (t *turn) adoptLanguage() {
	lang := locale.Pick("", t.in.Lang)
	if t.actor.User.Lang != "" || lang == locale.Default {
		return
	}
	if err := t.Security.Prefer(t.ctx, t.actor, lang, t.actor.User.Zone); err != nil {
		t.Log.Warn("storing the language of somebody's Telegram", "err", err)
		return
	}
	t.actor.User.Lang = lang
}
