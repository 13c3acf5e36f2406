package handlers_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"postix/domain"
	"postix/domain/filter"
)

const watchSettingsPath = watchPath + "/settings"

// set are the organization's settings as they are stored.
func (d *watchDesk) set() domain.WatchSettings {
	d.t.Helper()
	return deskValue[domain.WatchSettings](d.t)(d.store.WatchSettings(d.t.Context(), d.org.ID))
}

// watchForm is the form of the default settings, of that version.
func watchForm(version int) url.Values {
	f := url.Values{
		"version": {fmt.Sprint(version)}, "mode": {"observe"}, "groups": {"all"}, "reply_from": {"low"},
		"profile.length": {"100"}, "profile.repeated": {"10"}, "profile.emoji": {"15"}, "profile.no_letters": {"10"},
		"phone_groups": {"20"}, "phone_window": {"30"}, "phone_window_unit": {"minutes"}, "length": {"200"}, "emoji": {"3"}, "blank_lines": {"3"},
		"activity_groups": {"15"}, "activity_window": {"24"}, "activity_window_unit": {"hours"},
		"frequency_messages": {"10"}, "frequency_window": {"5"}, "frequency_window_unit": {"minutes"},
		"duplicate_window": {"20"}, "duplicate_window_unit": {"minutes"}, "duplicate_prefix": {"200"},
		"cooldown": {"1"}, "cooldown_unit": {"hours"}, "per_chat": {"10"}, "per_sender": {"4"}, "per_day": {"100"}, "keep_days": {"180"},
	}
	for _, r := range filter.Rules() {
		if r != filter.MessageKeyword {
			f.Add("rules", string(r))
		}
	}
	return f
}

// without is a form whose rule is off.
func without(f url.Values, rule filter.Rule) url.Values {
	var on []string
	for _, r := range f["rules"] {
		if r != string(rule) {
			on = append(on, r)
		}
	}
	f["rules"] = on
	return f
}

// The pages belong to the owner and the managers; what others send changes
// nothing.
func TestFilterIsSetUpByOwnerAndManagers(t *testing.T) {
	d := newWatchDesk(t)
	before := d.set()
	pages := []string{"/settings", "/keywords", "/custom", "/templates", "/groups", "/try"}
	acts := []string{
		"/settings", "/settings/replay", "/keywords", "/keywords/remove", "/keywords/return", "/keywords/restore", "/keywords/import",
		"/custom", "/custom/1/remove", "/templates", "/templates/1", "/templates/1/switch", "/templates/1/remove", "/groups", "/groups/all", "/try",
	}
	form := watchForm(before.Version)
	form.Set("words", "Moskva")
	form.Set("text", "salom")
	for _, u := range []domain.User{d.member, d.admin()} {
		b := d.browser(u, "en")
		for _, page := range append(pages, "/keywords/dispatcher_keywords.json") {
			b.get(watchPath+page).wants(t, http.StatusForbidden)
		}
		for _, act := range acts {
			b.post(watchPath+act, form).wants(t, http.StatusForbidden)
		}
	}
	if now := d.set(); !reflect.DeepEqual(now, before) {
		t.Errorf("it has become %+v", now)
	}
	for _, u := range []domain.User{d.owner, d.manager} {
		for _, lang := range []string{"uz", "uz-Cyrl", "ru", "en"} {
			b := d.browser(u, lang)
			for _, page := range pages {
				got := b.get(watchPath + page)
				got.sound(t)
				got.wants(t, http.StatusOK, `aria-current="page"`)
			}
		}
	}
}

func TestFilterSettingsAreStored(t *testing.T) {
	d := newWatchDesk(t)
	if _, err := d.watch.AddKeywords(t.Context(), d.actor(d.owner), domain.PlacesAbroad, "Xayoliya"); err != nil {
		t.Fatal(err)
	}
	form := without(watchForm(d.set().Version), filter.EmojiCount)
	form.Add("rules", string(filter.MessageKeyword))
	for name, value := range map[string]string{
		"mode": "reply", "groups": "chosen", "length": "250", "phone_window": "0,5", "phone_window_unit": "hours", "profile.emoji": "0",
		"reply_from": "high", "cooldown": "2", "cooldown_unit": "days", "source_first": "1", "per_chat": "11", "per_sender": "3", "per_day": "7", "keep_days": "30",
	} {
		form.Set(name, value)
	}
	d.browser(d.manager, "en").post(watchSettingsPath, form).leads(t, watchSettingsPath, "ok watch.saved")
	s := d.set()
	if s.Mode != domain.WatchReply || s.AllGroups || s.Rules.Length != 250 || s.Rules.PhoneWindow != filter.Window(30*time.Minute) ||
		s.Rules.Profile.Emoji != 0 || s.Rules.On(filter.EmojiCount) || !s.Rules.On(filter.MessageKeyword) || !s.Rules.On(filter.ForeignRoute) || s.KeepDays != 30 {
		t.Errorf("stored %+v", s)
	}
	if want := (domain.ReplySettings{From: filter.High, Cooldown: 48 * time.Hour, SourceFirst: true, PerChat: 11, PerSender: 3, PerDay: 7}); s.Reply != want {
		t.Errorf("replies %+v, want %+v", s.Reply, want)
	}
	if !slices.Contains(s.Keywords.Places, "Xayoliya") {
		t.Error("the keywords are lost")
	}
	d.browser(d.owner, "en").get(watchSettingsPath).wants(t, http.StatusOK, `value="reply" checked`, `value="chosen" checked`, `name="length" type="number" value="250"`, `name="version" value="`+fmt.Sprint(s.Version)+`"`)
	other := deskValue[domain.WatchSettings](t)(d.store.WatchSettings(t.Context(), d.other.actor.Organization.ID))
	if !reflect.DeepEqual(other, domain.DefaultWatchSettings()) {
		t.Errorf("another organization has %+v", other)
	}
}

// What was typed comes back with the range at its field, and nothing is stored.
func TestWrongFilterSettingsComeBackAsTyped(t *testing.T) {
	d := newWatchDesk(t)
	before := d.set()
	b := d.browser(d.owner, "en")
	for _, c := range []struct{ field, typed, says string }{
		{"mode", "loud", "Fill this in."},
		{"reply_from", "none", "Fill this in."},
		{"phone_groups", "0", "A number from 1 to 100 is needed."},
		{"phone_groups", "101", "A number from 1 to 100 is needed."},
		{"activity_groups", "", "A number from 1 to 100 is needed."},
		{"frequency_messages", "ten", "A number from 1 to 100 is needed."},
		{"length", "4097", "A number from 1 to 4,096 is needed."},
		{"emoji", "0", "A number from 1 to 4,096 is needed."},
		{"blank_lines", "1.5", "A number from 1 to 4,096 is needed."},
		{"duplicate_prefix", "-1", "A number from 1 to 4,096 is needed."},
		{"profile.length", "-1", "A number from 0 to 4,096 is needed."},
		{"profile.no_letters", "x", "A number from 0 to 4,096 is needed."},
		{"phone_window", "1500", "The time must lie between 1 second and 1 day."},
		{"activity_window", "0", "The time must lie between 1 second and 1 day."},
		{"frequency_window", "", "The time must lie between 1 second and 1 day."},
		{"duplicate_window_unit", "years", "The time must lie between 1 second and 1 day."},
		{"cooldown", "0.01", "The time must lie between 1 minute and 30 days."},
		{"cooldown", "721", "The time must lie between 1 minute and 30 days."},
		{"per_chat", "1001", "A number from 1 to 1,000 is needed."},
		{"per_sender", "0", "A number from 1 to 100 is needed."},
		{"per_day", "10001", "A number from 1 to 10,000 is needed."},
		{"keep_days", "731", "A number from 1 to 730 is needed."},
	} {
		for path, fragment := range map[string]bool{"": false, "/replay": true} {
			form := without(watchForm(before.Version), filter.BlankLines)
			form.Set("source_first", "1")
			form.Set(c.field, c.typed)
			got := b.post(watchSettingsPath+path, form)
			got.sound(t)
			field := strings.TrimSuffix(c.field, "_unit")
			got.wants(t, http.StatusUnprocessableEntity, c.says, `href="#`+field+`"`, `id="`+field+`-error"`,
				`value="emoji_count" checked`, `name="source_first" value="1" checked`)
			got.lacks(t, `value="blank_lines" checked`)
			if c.field != "mode" && c.field != "reply_from" && field == c.field {
				got.wants(t, http.StatusUnprocessableEntity, `value="`+c.typed+`"`)
			}
			if t.Failed() {
				t.Fatalf("at %s = %q, fragment %v", c.field, c.typed, fragment)
			}
		}
	}
	if now := d.set(); !reflect.DeepEqual(now, before) {
		t.Errorf("a refused form has made it %+v", now)
	}
}

// What the page does not send is refused, however it came about: a choice that
// there is not, a field twice, a field left out.
func TestForgedFilterSettingsAreRefused(t *testing.T) {
	d := newWatchDesk(t)
	before := d.set()
	b := d.browser(d.owner, "en")
	type change func(url.Values)
	set := func(name string, values ...string) change { return func(f url.Values) { f[name] = values } }
	for name, c := range map[string]struct {
		field string
		do    change
	}{
		"a rule that there is not":     {"rules", func(f url.Values) { f.Add("rules", "zz") }},
		"a rule twice":                 {"rules", func(f url.Values) { f.Add("rules", string(filter.EmojiCount)) }},
		"an empty rule":                {"rules", func(f url.Values) { f.Add("rules", "") }},
		"groups that there are not":    {"groups", set("groups", "zz")},
		"no groups":                    {"groups", set("groups")},
		"groups twice":                 {"groups", set("groups", "all", "chosen")},
		"a tick of another value":      {"source_first", set("source_first", "zz")},
		"a tick twice":                 {"source_first", set("source_first", "1", "1")},
		"two modes":                    {"mode", set("mode", "observe", "reply")},
		"no mode":                      {"mode", set("mode")},
		"two severities":               {"reply_from", set("reply_from", "low", "high")},
		"no severity":                  {"reply_from", set("reply_from")},
		"a number twice":               {"length", set("length", "200", "300")},
		"a number left out":            {"profile.emoji", set("profile.emoji")},
		"a time twice":                 {"cooldown", set("cooldown", "1", "2")},
		"two units":                    {"phone_window", set("phone_window_unit", "minutes", "hours")},
		"no unit":                      {"phone_window", set("phone_window_unit")},
		"a number behind many zeros":   {"length", set("length", strings.Repeat("0", 17)+"200x")},
		"a unit behind its twenty":     {"cooldown", set("cooldown_unit", "hours               x")},
		"a version that is no number":  {"", set("version", "zz")},
		"two versions":                 {"", set("version", "1", "1")},
		"no version":                   {"", set("version")},
		"a version before the first":   {"", set("version", "-1")},
		"a mode of another letter":     {"mode", set("mode", "Observe")},
		"a severity that there is not": {"reply_from", set("reply_from", "zz")},
	} {
		form := watchForm(before.Version)
		c.do(form)
		for _, path := range []string{"", "/replay"} {
			got := b.post(watchSettingsPath+path, form)
			got.sound(t)
			if c.field == "" {
				got.wants(t, http.StatusUnprocessableEntity, "Reload the page")
			} else {
				got.wants(t, http.StatusUnprocessableEntity, `href="#`+c.field+`"`, `id="`+c.field+`"`, `id="`+c.field+`-error"`)
			}
			if t.Failed() {
				t.Fatalf("at %s, %q", name, path)
			}
		}
	}
	if now := d.set(); !reflect.DeepEqual(now, before) {
		t.Errorf("a forged form has made it %+v", now)
	}
}

// Every number says what it counts and what is usual.
func TestFilterSettingsSayTheirUnits(t *testing.T) {
	d := newWatchDesk(t)
	page := d.browser(d.owner, "en").get(watchSettingsPath)
	page.wants(t, http.StatusOK, "Usually 20 groups.", "Usually 30 minutes.", "Usually 200 characters.", "Usually 3 emoji.", "Usually 3 lines.", "Usually 15 groups.",
		"Usually 1 day.", "Usually 10 messages.", "Usually 1 hour.", "Usually 4 messages.", "Usually 180 days.", "in the mode “Observe and reply” only")
	if got, want := strings.Count(page.body, "Usually "), strings.Count(page.body, `type="number"`); got != want {
		t.Errorf("%d of %d numbers say what is usual", got, want)
	}
}

// Somebody else's change is told, what was typed stays, and saving again takes
// it.
func TestFilterSettingsTellOfAnotherChange(t *testing.T) {
	d := newWatchDesk(t)
	mine, theirs := watchForm(d.set().Version), watchForm(d.set().Version)
	theirs.Set("length", "300")
	theirs.Set("mode", "off")
	d.browser(d.manager, "en").post(watchSettingsPath, without(theirs, filter.ForeignRoute)).leads(t, watchSettingsPath, "ok watch.saved")
	mine.Set("keep_days", "90")
	b := d.browser(d.owner, "en")
	got := b.post(watchSettingsPath, mine)
	got.sound(t)
	got.wants(t, http.StatusConflict, "Somebody has changed the settings meanwhile", "Mode: Off", "Route abroad: off", "Long message – Characters: 300",
		"Days that detections are kept: 180", `name="keep_days" type="number" value="90"`, fmt.Sprintf(`name="version" value="%d"`, d.set().Version))
	got.lacks(t, "Many emoji:", "Groups:")
	if s := d.set(); s.Rules.Length != 300 || s.KeepDays != 180 {
		t.Fatalf("an old form was stored: %+v", s)
	}
	mine.Set("version", fmt.Sprint(d.set().Version))
	b.post(watchSettingsPath, mine).leads(t, watchSettingsPath, "ok watch.saved")
	if s := d.set(); s.Rules.Length != 200 || s.KeepDays != 90 || s.Mode != domain.WatchObserve {
		t.Errorf("stored %+v", s)
	}
}

// TestWhatIf compares the form with what holds over the messages of the last
// day, and saves nothing.
func TestWhatIf(t *testing.T) {
	d := newWatchDesk(t)
	b := d.browser(d.owner, "en")
	before := d.set()
	b.post(watchSettingsPath+"/replay", watchForm(before.Version)).wants(t, http.StatusOK, "Nothing to compare")
	d.hears(dispatcher(1, "Sardor"), loadAbroad)
	d.hears(dispatcher(2, "Lola"), "Toshkentdan Buxoroga <b>5</b> tonna yuk bor. Tel +998 90 123 45 68")
	d.hears(dispatcher(3, "Aziz"), "Salom")
	form := without(watchForm(before.Version), filter.ForeignRoute)
	form.Set("length", "30")
	got := b.post(watchSettingsPath+"/replay", form)
	got.sound(t)
	// Both are long enough now; the one abroad is a detection for another reason.
	got.wants(t, http.StatusOK, "<dd>No rule hits.</dd>", "<dd>Characters in the text:")
	got.wants(t, http.StatusOK, "3 messages of the last 24 hours", "1 → 2", "Would become detections", "&lt;b&gt;5&lt;/b&gt;", "Lola", "Guruh 1",
		"Route abroad", "−1", "Long message", "+2", "<html", `name="length" type="number" value="30"`)
	got.lacks(t, "Would no longer be detections", "Moskvaga", "Salom", `value="foreign_route" checked`)
	off := without(watchForm(before.Version), filter.ForeignRoute)
	lost := b.post(watchSettingsPath+"/replay", off)
	lost.wants(t, http.StatusOK, "1 → 0", "Would no longer be detections", "Moskvaga")
	lost.wants(t, http.StatusOK, "<dd>The text names “Moskvaga”.</dd>", "<dd>No rule hits.</dd>")
	lost.lacks(t, "Would become detections")
	same := b.post(watchSettingsPath+"/replay", watchForm(before.Version))
	same.wants(t, http.StatusOK, "1 → 1", "No message would be judged otherwise.")
	asleep := watchForm(before.Version)
	asleep.Set("mode", "off")
	b.post(watchSettingsPath+"/replay", asleep).wants(t, http.StatusOK, "1 → 0", "The filter is off.")
	chosen := watchForm(before.Version)
	chosen.Set("groups", "chosen")
	b.post(watchSettingsPath+"/replay", chosen).wants(t, http.StatusOK, "1 → 0", "This group is not listened to.")
	if now := d.set(); !reflect.DeepEqual(now, before) {
		t.Errorf("it was saved: %+v", now)
	}
	r := b.request(http.MethodPost, watchSettingsPath+"/replay", off)
	r.Header.Set("HX-Request", "true")
	res := deskValue[*http.Response](t)(b.client.Do(r))
	defer func() { _ = res.Body.Close() }()
	body := string(deskValue[[]byte](t)(io.ReadAll(res.Body)))
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(body, `<form id="watch-form"`) || !strings.Contains(body, "1 → 0") {
		t.Errorf("the fragment: %d %.80s", res.StatusCode, body)
	}
	must(t, d.watch.AddCustomFilter(t.Context(), d.actor(d.owner), domain.CustomFilter{SenderID: 1}))
	allowed := b.post(watchSettingsPath+"/replay", form)
	// The allowed one is in no figure, and the page says so.
	allowed.wants(t, http.StatusOK, "0 → 1", "Rules hit 1 message that is not counted", "+1")
	allowed.lacks(t, "Route abroad</th>", "Moskvaga", "+2")
}
