package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mymmrac/telego"

	"postix/domain"
	"postix/views/locale"
)

func TestReadInterval(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"45": 45 * time.Minute, " 45 ": 45 * time.Minute, "1:30": 90 * time.Minute, "0:45": 45 * time.Minute, "36:00": 36 * time.Hour,
		"2 soat": 2 * time.Hour, "2soat": 2 * time.Hour, "90 daqiqa": 90 * time.Minute, "2 часа": 2 * time.Hour, "1 ЧАС 30 мин.": 90 * time.Minute,
		"1 soat 30 daqiqa": 90 * time.Minute, "1,5 soat": 90 * time.Minute, "1.5 hours": 90 * time.Minute, "30 soniya": 30 * time.Second,
		"30 сек": 30 * time.Second, "3 kun": 72 * time.Hour, "1 сутки": 24 * time.Hour, "2 ҳафта": 14 * 24 * time.Hour, "10 мин": 10 * time.Minute,
		"2h": 2 * time.Hour, "yarim soat": 30 * time.Minute, "полчаса": 30 * time.Minute, "полтора часа": 90 * time.Minute, "Bir yarim soat": 90 * time.Minute,
		"ikki soat": 2 * time.Hour, "to'rt soat": 4 * time.Hour, "half an hour": 30 * time.Minute, "10 min": 10 * time.Minute, "18:30": 18*time.Hour + 30*time.Minute,
		"0": 0, "0 soat": 0, "0:00": 0, "-5": -5 * time.Minute, "-1": -time.Minute, "9999999 kun": farInterval, "99999999999": farInterval, "15m": 15 * time.Minute, "1d 2h": 26 * time.Hour, "20 дақиқа": 20 * time.Minute, "10 sec": 10 * time.Second,
		"har 2 soatda": 2 * time.Hour, "ҳар 2 соатда": 2 * time.Hour, "har soat": time.Hour, "har yarim soatda": 30 * time.Minute, "har kuni": 24 * time.Hour,
		"каждые 2 часа": 2 * time.Hour, "каждый час": time.Hour, "каждые полчаса": 30 * time.Minute, "раз в час": time.Hour, "1 раз в 2 часа": 2 * time.Hour, "один раз в сутки": 24 * time.Hour,
		"soatiga bir marta": time.Hour, "соатига бир марта": time.Hour, "2 soatda bir marta": 2 * time.Hour, "har 3 soatda bir": 3 * time.Hour, "kuniga bir marta": 24 * time.Hour,
		"every 2 hours": 2 * time.Hour, "every hour": time.Hour, "once an hour": time.Hour,
	} {
		if got, ok := readInterval(text); !ok || got != want {
			t.Errorf("%q reads as %v, %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "soat", "2 s", "1:75", "1:30:00", "-", "45 choynak", "1 soat 30", "1.5", "1,5", "٤٥", "1e3", "🚛", "ertaga 9:00", "завтра 9:00", "30.02.2027 10:00", "har", "раз в", "да 1", "soatiga 2 marta", "2 раза в час", "soatiga", "полдень"} {
		if got, ok := readInterval(text); ok {
			t.Errorf("%q reads as %v", text, got)
		}
	}
}

func TestReadRounds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"4": "4", " 4 ": "4", "4 marta": "4", "5 ta": "5", "10 раз": "10", "3 круга": "3", "uch marta": "3", "0": "0", "99999999999": "99999999999",
		"-1": "", "1.5": "", "yarim": "", "5 soat": "", "18:30": "", "🚛": "", "": "",
	} {
		got := ""
		if m := roundsForm.FindStringSubmatch(figures(text)); m != nil {
			got = m[1]
		}
		if got != want {
			t.Errorf("%q reads as %q, want %q", text, got, want)
		}
	}
}

func TestReadStart(t *testing.T) {
	t.Parallel()
	tashkent := time.FixedZone("", 5*3600)
	now := time.Date(2026, 11, 21, 23, 30, 0, 0, tashkent)
	at := func(y, m, d, hour, minute int) time.Time {
		return time.Date(y, time.Month(m), d, hour, minute, 0, 0, tashkent)
	}
	for text, want := range map[string]start{
		"23:45":            {at: at(2026, 11, 21, 23, 45), clockOnly: true},
		"9:05":             {at: at(2026, 11, 21, 9, 5), clockOnly: true},
		"25.11 09:00":      {at: at(2026, 11, 25, 9, 0)},
		"25.11.2026 09:00": {at: at(2026, 11, 25, 9, 0)},
		"25/11/2026, 9:00": {at: at(2026, 11, 25, 9, 0)},
		"5.01 9:00":        {at: at(2027, 1, 5, 9, 0)},
		"20.11 09:00":      {at: at(2026, 11, 20, 9, 0)},
		"31.12":            {at: at(2026, 12, 31, 0, 0), dayOnly: true},
		"Ertaga 08:00":     {at: at(2026, 11, 22, 8, 0)},
		"завтра 8:00":      {at: at(2026, 11, 22, 8, 0)},
		"эртага":           {at: at(2026, 11, 22, 0, 0), dayOnly: true},
		"29.02.2028 10:00": {at: at(2028, 2, 29, 10, 0)},
		"25.11.26 10:00":   {at: at(2026, 11, 25, 10, 0)},
		"25.11.2026 9":     {at: at(2026, 11, 25, 9, 0)},
		"ertaga soat 9 da": {at: at(2026, 11, 22, 9, 0)},
		"завтра в 9.30":    {at: at(2026, 11, 22, 9, 30)},
		"18.30":            {at: at(2026, 11, 21, 18, 30), clockOnly: true},
		"soat 9:00da":      {at: at(2026, 11, 21, 9, 0), clockOnly: true},
		"9.05":             {at: at(2027, 5, 9, 0, 0), dayOnly: true},
		"1.5":              {at: at(2027, 5, 1, 0, 0), dayOnly: true},
		"10 min":           {at: at(2026, 11, 21, 23, 40)},
		"yarim soat":       {at: at(2026, 11, 22, 0, 0)},
		"полчаса":          {at: at(2026, 11, 22, 0, 0)},
		"через час":        {at: at(2026, 11, 22, 0, 30)},
		"1,5 soat":         {at: at(2026, 11, 22, 1, 0)},
		"1 soat 30 daqiqa": {at: at(2026, 11, 22, 1, 0)},
		"2 soatdan keyin":  {at: at(2026, 11, 22, 1, 30)},
		"через 90 дней":    {at: at(2027, 2, 19, 23, 30)},
		"100 kundan keyin": {at: at(2027, 3, 1, 23, 30)},
		"10:00 25.11":      {at: at(2026, 11, 25, 10, 0)},

		"18-30": {at: at(2026, 11, 21, 18, 30), clockOnly: true}, "18–30": {at: at(2026, 11, 21, 18, 30), clockOnly: true},
		"9-00": {at: at(2026, 11, 21, 9, 0), clockOnly: true}, "25.11 18-30": {at: at(2026, 11, 25, 18, 30)}, "25-11 18-30": {at: at(2026, 11, 25, 18, 30)},
		"18-30 25.11": {at: at(2026, 11, 25, 18, 30)}, "25-11": {at: at(2026, 11, 25, 0, 0), dayOnly: true}, "ertaga 18-05": {at: at(2026, 11, 22, 18, 5)},
		"25.11 18.30": {at: at(2026, 11, 25, 18, 30)}, "10.12 11.12": {at: at(2026, 12, 10, 11, 12)}, "18.30 25.11": {at: at(2026, 11, 25, 18, 30)},
		"soat 9.05": {at: at(2026, 11, 21, 9, 5), clockOnly: true}, "9.05 утра": {at: at(2026, 11, 21, 9, 5), clockOnly: true},

		"ertaga 9ga": {at: at(2026, 11, 22, 9, 0)}, "эртага 9га": {at: at(2026, 11, 22, 9, 0)}, "ertaga soat 9 ga": {at: at(2026, 11, 22, 9, 0)},
		"эртага соат 9 га": {at: at(2026, 11, 22, 9, 0)}, "ertaga 9-ga": {at: at(2026, 11, 22, 9, 0)}, "9:00 ertaga": {at: at(2026, 11, 22, 9, 0)},
		"9 da ertaga": {at: at(2026, 11, 22, 9, 0)}, "8 da": {at: at(2026, 11, 21, 8, 0), clockOnly: true},

		"завтра в 9 утра": {at: at(2026, 11, 22, 9, 0)}, "завтра в 7 вечера": {at: at(2026, 11, 22, 19, 0)}, "в 7 часов вечера завтра": {at: at(2026, 11, 22, 19, 0)},
		"ertaga ertalab 9 da": {at: at(2026, 11, 22, 9, 0)}, "эртага эрталаб 9 да": {at: at(2026, 11, 22, 9, 0)}, "завтра в 2 часа дня": {at: at(2026, 11, 22, 14, 0)},
		"kechqurun 8 da": {at: at(2026, 11, 21, 20, 0), clockOnly: true}, "кечқурун 8 да": {at: at(2026, 11, 21, 20, 0), clockOnly: true},
		"kechqurun 20:30": {at: at(2026, 11, 21, 20, 30), clockOnly: true}, "завтра вечером": {at: at(2026, 11, 22, 0, 0), dayOnly: true},
		"kechasi 11 da": {at: at(2026, 11, 21, 23, 0), clockOnly: true}, "завтра в 2 ночи": {at: at(2026, 11, 22, 2, 0)}, "tomorrow at 7 pm": {at: at(2026, 11, 22, 19, 0)},
		"kunduzi 12 da": {at: at(2026, 11, 21, 12, 0), clockOnly: true}, "завтра в 11 дня": {at: at(2026, 11, 22, 11, 0)},

		"25 ноября 9:00": {at: at(2026, 11, 25, 9, 0)}, "25 noyabr 9:00": {at: at(2026, 11, 25, 9, 0)}, "25-noyabr": {at: at(2026, 11, 25, 0, 0), dayOnly: true},
		"25-ноябр": {at: at(2026, 11, 25, 0, 0), dayOnly: true}, "25 ноябр соат 9 да": {at: at(2026, 11, 25, 9, 0)}, "25-noyabrda soat 9 da": {at: at(2026, 11, 25, 9, 0)},
		"5 января 9:00": {at: at(2027, 1, 5, 9, 0)}, "1 mart 2027 yil 9:00": {at: at(2027, 3, 1, 9, 0)}, "в 9:00 25-го мая 2027 г.": {at: at(2027, 5, 25, 9, 0)},
		"soat 9 da 25 noyabr": {at: at(2026, 11, 25, 9, 0)}, "Nov 25, 9:00": {at: at(2026, 11, 25, 9, 0)}, "at 9 on Nov 25": {at: at(2026, 11, 25, 9, 0)},

		"dushanba 9:00": {at: at(2026, 11, 23, 9, 0)}, "душанба 9:00": {at: at(2026, 11, 23, 9, 0)}, "dushanba kuni 9 da": {at: at(2026, 11, 23, 9, 0)},
		"понедельник 9:00": {at: at(2026, 11, 23, 9, 0)}, "в понедельник в 9": {at: at(2026, 11, 23, 9, 0)}, "в среду в 7 вечера": {at: at(2026, 11, 25, 19, 0)},
		"yakshanba": {at: at(2026, 11, 22, 0, 0), dayOnly: true}, "во вторник": {at: at(2026, 11, 24, 0, 0), dayOnly: true}, "juma 10.30": {at: at(2026, 11, 27, 10, 30)},
		"shanba 23:45": {at: at(2026, 11, 28, 23, 45)}, // it is Saturday: the next one

		"hozir": {now: true}, "Ҳозир!": {now: true}, "сейчас": {now: true}, "now": {now: true},
	} {
		got, wrong := readStart(text, now, time.Time{})
		if wrong != "" || !got.at.Equal(want.at) || got.dayOnly != want.dayOnly || got.clockOnly != want.clockOnly || got.now != want.now {
			t.Errorf("%q reads as %+v, %q, want %+v", text, got, wrong, want)
		}
		if takenForCode(t, text) {
			t.Errorf("%q is taken for a code", text)
		}
	}
	for text, hour := range map[string]int{"9 часов": 9, "10 soat": 10, "07:00": 7, "7": 7, "soat 7 da": 7, "18.00": 18, "9.00": 9, "9ga": 9, "18-00": 18, "kechqurun 8": 20, "7 вечера": 19} {
		if got, wrong := readStart(text, now, at(2026, 11, 28, 0, 0)); wrong != "" || !got.at.Equal(at(2026, 11, 28, hour, 0)) || got.clockOnly {
			t.Errorf("%q on a chosen day: %+v, %q", text, got, wrong)
		}
	}
	if got, wrong := readStart("12.11", now, at(2026, 11, 28, 0, 0)); wrong != "" || !got.at.Equal(at(2026, 11, 28, 12, 11)) {
		t.Errorf("two numbers on a chosen day: %+v, %q", got, wrong)
	}
	for wrong, texts := range map[string][]string{
		startUnclear: {
			"", " ", "kecha 10:00", "2 soat", "9 часов", "9", "0", "-1", "99999999999", "0 soat", "🚛", "soat", "soon", "9:5", "9:00:00", "9:00.26", "8", "ertaga 8 9",
			"18-11", "10-11", "ertaga 9-10 da", "в 9-10", "9:00 10:00", "ertaga dushanba", "25.11 25.12 9:00", "25", "25 ga", "18 30", "1830", "2026",
			"noyabr 9:00", "noyabr", "25 30 noyabr", "har 2 soatda", "kechqurun", "ertaga 12 da kechasi", "kechqurun 9 da ertalab", "18:00 утра", "1 вечера", "полдень",
			"dushanbagacha", "следующий понедельник 9:00", "25 noyabr dekabr", "25 noyabr 20aa",
		},
		startNoDay:   {"31.02 10:00", "29.02.2027 10:00", "30.02.2027 10:00", "0.11 10:00", "10.13 10:00", "31.02", "30 fevral", "31 ноября 9:00", "30.02 18.30", "32.12"},
		startNoClock: {"24:00", "12:60", "25:00", "9:75", "ertaga 25:00", "25.11 9:75", "18.75", "18-75", "завтра в 9.75"},
	} {
		for _, text := range texts {
			if got, said := readStart(text, now, time.Time{}); said != wrong {
				t.Errorf("%q reads as %+v, %q, want %q", text, got, said, wrong)
			}
		}
	}
}

func TestNarrowed(t *testing.T) {
	t.Parallel()
	all := []string{"Yuk guruhlari", "Toʻrt yoʻl", "TOSHKENT yuk", "Yangi"}
	for search, want := range map[string][]string{
		"yuk": {"Yuk guruhlari", "TOSHKENT yuk"}, "to'rt": {"Toʻrt yoʻl"}, "yuk tosh": {"TOSHKENT yuk"}, "yoq": nil, " ": all,
	} {
		if got := narrowed(all, search, func(s string) string { return s }); !slices.Equal(got, want) {
			t.Errorf("%q finds %q, want %q", search, got, want)
		}
	}
}

// TestFormatsThereAndBack: what Telegram tells of a text is what the bot says of it
// again, but for what Telegram finds by itself.
func TestFormatsThereAndBack(t *testing.T) {
	t.Parallel()
	var es []telego.MessageEntity
	for i, name := range []string{"bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "text_link", "blockquote"} {
		e := telego.MessageEntity{Type: name, Offset: i, Length: 1}
		switch name {
		case "pre":
			e.Language = "go"
		case "text_link":
			e.URL = "https://example.uz/a"
		}
		es = append(es, e)
	}
	if got := entitiesOf(formatsOf(es)); !slices.Equal(got, es) {
		t.Errorf("%+v became %+v", es, got)
	}
	if got := formatsOf([]telego.MessageEntity{{Type: "mention", Length: 3}, {Type: "custom_emoji", Length: 2}, {Type: "expandable_blockquote", Length: 3}}); len(got) != 1 || got[0].Kind != domain.FormatQuote {
		t.Errorf("%+v", got)
	}
}

// longNames has a catalog and a number with the longest names that there can be.
type longNames struct {
	domain.CatalogStore
	domain.AccountStore
	Store
}

var longest64 = strings.Repeat("😀", 64)

func (longNames) Catalog(context.Context, domain.Scope, int64) (domain.Catalog, error) {
	return domain.Catalog{Name: longest64}, nil
}

func (longNames) Account(context.Context, domain.Scope, int64) (domain.Account, error) {
	return domain.Account{FirstName: longest64, LastName: longest64, Phone: "+998901234567"}, nil
}

func (longNames) SendingStopped(context.Context) (string, bool, error) {
	return domain.CodeAdminStop, true, nil
}

// offline is connected to nothing.
type offline struct{ domain.Links }

func (offline) Link(int64) domain.LinkState { return domain.LinkOff }

// TestReviewFits: a review and a list of numbers fit a message in every language, with
// the longest names, every warning and a text that cannot be seen.
func TestReviewFits(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	long := longNames{}
	b := &Bot{Options: Options{
		Store: long, Catalogs: &domain.Catalogs{Store: long}, Accounts: &domain.Accounts{Store: long, Links: offline{}}, Now: func() time.Time { return now },
	}}
	days := 29*24*time.Hour + 23*time.Hour
	plan := domain.Plan{Sendable: 1, Peers: 5000, Messages: 500000, Round: days, EndsAt: now.AddDate(2, 0, 0)}
	for range domain.MaxRounds {
		plan.Times = append(plan.Times, now)
	}
	for _, key := range []string{
		"quiet_start", "round_long", "hour_cap", "day_cap", "warming", "organization_day", "slow_mode", "not_member", "no_write", "skipped",
		"deny_list", "needs_login", "account_waits", "stopped",
	} {
		w := domain.Warning{Key: key, Args: map[string]any{
			"Start": now, "Round": days, "Interval": days, "Cap": 86400, "Left": 10_000_000, "Longest": days, "Account": longest64 + " " + longest64, "Until": now,
		}}
		if slices.Contains([]string{"slow_mode", "not_member", "no_write", "skipped", "deny_list"}, key) {
			w.Args["Count"] = 5000
		}
		plan.Warnings = append(plan.Warnings, w)
	}
	o := &order{Key: 1, Catalog: 1, Account: 1, Text: strings.Repeat("\u202e", 2000), Rounds: 100, Interval: days - time.Second, Start: now, Timed: true}
	for _, l := range locale.Languages {
		turn := b.newTurn(locale.With(t.Context(), l.Code, nil), incoming{})
		turn.ctx = locale.With(t.Context(), l.Code, nil)
		facts, err := turn.reviewFacts(o, plan)
		if err != nil {
			t.Fatal(err)
		}
		warnings, err := turn.reviewWarnings(plan)
		if err != nil {
			t.Fatal(err)
		}
		said := turn.refusal(domain.E(domain.Invalid, "campaign.too_long", "Max", 2)) + turn.T("bot.send.changed") + turn.T("campaign.review.title")
		if n := units(facts + warnings + said); n > mostUnits {
			t.Errorf("%s: a review of %d units", l.Code, n)
		}
		if all := facts + warnings; strings.Contains(all, "⟦") || strings.Contains(all, "<no value>") {
			t.Errorf("%s: %s", l.Code, all)
		}
		list := 0
		for _, code := range []string{"PEER_FLOOD", "USER_DEACTIVATED", "SESSION_REVOKED", domain.CodePhoneBlocked, domain.CodePhoneFree, "FROZEN_METHOD_INVALID"} {
			for _, a := range []domain.Account{{State: domain.AccountPaused, Reason: code}, {State: domain.AccountNeedsLogin, Reason: code}, {State: domain.AccountActive, WaitUntil: now.Add(time.Hour), WaitReason: code}} {
				a.FirstName, a.LastName, a.UserName, a.UserID, a.Phone = longest64, longest64, longest64, 5, "+998901234567"
				list = max(list, units("\n\n"+turn.accountLine(a, true)))
			}
		}
		frame := turn.heading(2, "campaign.form.account") + turn.N("bot.send.found_numbers", 500, "Search", strings.Repeat("😀", longestSearch)) +
			turn.T("bot.number.again") + turn.refusal(domain.E(domain.Invalid, "campaign.nobody"))
		if n := units(frame) + pageSize*list; n > mostUnits {
			t.Errorf("%s: a list of numbers of %d units", l.Code, n)
		}
	}
}

func TestOrderMark(t *testing.T) {
	t.Parallel()
	o := order{Key: 1, Token: "a", Catalog: 1, Account: 2, Text: "Yuk", Rounds: 2, Interval: time.Hour, Timed: true}
	seen := map[int64]string{o.mark(): "the first"}
	for name, change := range map[string]func(*order){
		"catalog": func(o *order) { o.Catalog = 3 }, "account": func(o *order) { o.Account = 3 }, "text": func(o *order) { o.Text = "Yuk!" },
		"formats": func(o *order) { o.Formats = domain.Formats{{Kind: domain.FormatBold, Length: 3}} },
		"rounds":  func(o *order) { o.Rounds = 3 }, "interval": func(o *order) { o.Interval++ }, "start": func(o *order) { o.Start = time.UnixMilli(5) },
	} {
		other := o
		change(&other)
		if was, known := seen[other.mark()]; known {
			t.Errorf("another %s has the mark of %s", name, was)
		}
		seen[other.mark()] = name
	}
	if kept := fmt.Sprint(o.mark()); len("send.go:")+13+1+len(kept) > mostData {
		t.Errorf("the mark %s does not fit a button", kept)
	}
}

func TestSplitCommand(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"/send": {"send", ""}, "/Start@postix_bot abc": {"start", "abc"}, "/send  x y ": {"send", "x y"}, "/start\nabc": {"start", "abc"},
		"// Yuk bor": {}, "/": {}, "/ send": {}, "salom /send": {}, "/yuk-bor": {}, "": {},
	} {
		if name, rest := splitCommand(text); name != want[0] || rest != want[1] {
			t.Errorf("%q is %q with %q", text, name, rest)
		}
	}
}
