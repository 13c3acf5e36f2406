package locale

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

var tashkent = time.FixedZone("UZT", 5*3600)

func in(lang string) context.Context { return With(context.Background(), lang, tashkent) }

func TestPick(t *testing.T) {
	for _, c := range []struct{ cookie, accept, want string }{
		{"", "", "uz"},
		{"ru", "en", "ru"},
		{"xx", "en", "en"},
		{"", "ru-RU,ru;q=0.9,en-US;q=0.8", "ru"},
		{"", "en-US;q=0.3, ru;q=0.7", "ru"},
		{"", "uz-Cyrl-UZ,ru;q=0.9", "uz-Cyrl"},
		{"", "uz-UZ, ru", "uz"},
		{"", "fr-FR, de;q=0.9", "uz"},
		{"", "fr, en;q=0.4", "en"},
		{"", "ru;q=0, en;q=0.1", "en"},
		{"", "ru;q=high, ;;,", "uz"},
	} {
		if got := Pick(c.cookie, c.accept); got != c.want {
			t.Errorf("Pick(%q, %q) = %s, want %s", c.cookie, c.accept, got, c.want)
		}
	}
}

func TestPluralForms(t *testing.T) {
	for _, c := range []struct {
		lang string
		n    int
		want string
	}{
		{"ru", 1, "1 минута"},
		{"ru", 2, "2 минуты"},
		{"ru", 5, "5 минут"},
		{"ru", 11, "11 минут"},
		{"ru", 21, "21 минута"},
		{"ru", 1002, "1\u00a0002 минуты"},
		{"en", 1, "1 minute"},
		{"en", 0, "0 minutes"},
		{"uz", 1, "1 daqiqa"},
		{"uz", 7, "7 daqiqa"},
		{"uz-Cyrl", 1, "1 дақиқа"},
		{"uz-Cyrl", 7, "7 дақиқа"},
	} {
		if got := N(in(c.lang), "time.minutes", c.n); got != c.want {
			t.Errorf("%s %d: %q, want %q", c.lang, c.n, got, c.want)
		}
	}
}

func TestAMissingKeyShowsItself(t *testing.T) {
	if got := T(in("en"), "no.such.key"); got != "⟦no.such.key⟧" {
		t.Error(got)
	}
	if got := N(in("ru"), "no.such.key", 3); got != "⟦no.such.key⟧" {
		t.Error(got)
	}
}

// Counts are grouped, ids are not, times are in the zone of the context.
func TestArguments(t *testing.T) {
	ctx := in("en")
	at := time.Date(2026, 11, 20, 19, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		arg  any
		want string
	}{
		{4096, "4,096"},
		{int64(104200), "104200"},
		{90 * time.Second, "1 minute 30 seconds"},
		{at, "21 Nov 2026 00:30"},
		{"<b>", "<b>"},
	} {
		if got := T(ctx, "time.tomorrow", "Clock", c.arg); got != "tomorrow "+c.want {
			t.Errorf("%v: %q", c.arg, got)
		}
	}
}

func TestFormats(t *testing.T) {
	uz, en := in("uz"), in("en")
	at := time.Date(2026, 11, 20, 4, 5, 6, 0, time.UTC)
	now := at.Add(-2 * time.Hour)
	for _, c := range []struct{ got, want string }{
		{Num(uz, 1234567), "1\u00a0234\u00a0567"},
		{Num(uz, -1000), "−1\u00a0000"},
		{Num(uz, 999), "999"},
		{Percent(uz, 999, 1000), "99\u00a0%"},
		{Percent(en, 1, 1), "100%"},
		{Percent(en, 0, 0), "0%"},
		{Date(uz, at), "20.11.2026"},
		{Date(en, at), "20 Nov 2026"},
		{Clock(uz, at), "09:05"},
		{Exact(uz, at), "20.11.2026 09:05:06 (+05:00)"},
		{DateTime(uz, time.Time{}), "—"},
		{When(uz, now, at), "09:05"},
		{When(uz, now.AddDate(0, 0, -1), at), "ertaga 09:05"},
		{When(en, now.AddDate(0, 0, 1), at), "yesterday 09:05"},
		{When(uz, now.AddDate(0, 0, 9), at), "20.11.2026 09:05"},
		{Duration(uz, 26*time.Hour), "1 kun 2 soat"},
		{Duration(en, 2*time.Hour+5*time.Second), "2 hours"},
		{Duration(en, 400*time.Millisecond), "0 seconds"},
		{Duration(en, -time.Hour), "0 seconds"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// At half past midnight in Tashkent it is still yesterday in UTC.
func TestWhenCountsDaysInTheReadersZone(t *testing.T) {
	now := time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC) // 23:00 there
	if got, want := When(in("uz"), now, now.Add(90*time.Minute)), "ertaga 00:30"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestErrorSentences(t *testing.T) {
	ctx := in("en")
	general := T(ctx, "error.unexpected")
	if got := Error(ctx, errors.New("sql: no rows")); got != general {
		t.Errorf("a stranger's error shows %q", got)
	}
	if got := Error(ctx, domain.E(domain.Invalid, "no.such.key")); got != general {
		t.Errorf("an unknown key shows %q", got)
	}
	refused := fmt.Errorf("saving: %w", domain.E(domain.Invalid, "text.long", "Units", 5000, "Max", 4096).On("text"))
	if got := Error(ctx, refused); !strings.Contains(got, "5,000") || !strings.Contains(got, "4,096") {
		t.Errorf("got %q", got)
	}
	if FieldError(ctx, refused, "text") == "" || FieldError(ctx, refused, "name") != "" || FormError(ctx, refused) != "" {
		t.Error("the sentence is not at its field alone")
	}
	if FormError(ctx, nil) != "" || FieldError(ctx, nil, "") != "" {
		t.Error("no error has a sentence")
	}
}
