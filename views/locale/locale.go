// Package locale holds everything a person reads, in four languages, and writes
// numbers, dates and durations.
//
// The texts are in catalog/<language>/<feature>.toml. A key is dotted and flat
// however the file nests it: [account.status] connected = "…" is
// "account.status.connected". A table whose keys are all plural forms (one,
// few, many, other) is one counted text for [N]. Placeholders are {{.Name}}.
package locale

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed catalog
var catalogFS embed.FS

// Language is one the product speaks.
type Language struct {
	Code  string // BCP 47, as in <html lang> and in the cookie
	Short string // two or three letters for the switch
	Name  string // its own name for itself
}

// Languages lists them in the order people see them; the first is the default.
var Languages = []Language{
	{"uz", "Oʻz", "Oʻzbekcha"},
	{"uz-Cyrl", "Ўз", "Ўзбекча"},
	{"ru", "Рус", "Русский"},
	{"en", "Eng", "English"},
}

// Default is the language of somebody who has chosen none.
const Default = "uz"

// Known reports whether code is one of [Languages].
func Known(code string) bool { return localizers[code] != nil }

// One bundle per language: a shared one matches languages itself and takes
// uz-Cyrl for Russian.
var localizers = func() map[string]*i18n.Localizer {
	m := map[string]*i18n.Localizer{}
	for _, l := range Languages {
		messages, err := readCatalog(l.Code)
		if err != nil {
			panic(fmt.Sprintf("locale: %v", err))
		}
		tag := language.MustParse(l.Code)
		b := i18n.NewBundle(tag)
		if err := b.AddMessages(tag, messages...); err != nil {
			panic(fmt.Sprintf("locale: %s: %v", l.Code, err))
		}
		m[l.Code] = i18n.NewLocalizer(b, l.Code)
	}
	return m
}()

// readCatalog reads all files of one language. Should a key stand in two of
// them, both are there; a test forbids it.
func readCatalog(code string) ([]*i18n.Message, error) {
	names, err := fs.Glob(catalogFS, "catalog/"+code+"/*.toml")
	if err != nil {
		return nil, err
	}
	var out []*i18n.Message
	for _, name := range names {
		var tree map[string]any
		if _, err := toml.DecodeFS(catalogFS, name, &tree); err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		err := flatten("", tree, func(m *i18n.Message) { out = append(out, m) })
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
	}
	return out, nil
}

func flatten(key string, v any, add func(*i18n.Message)) error {
	switch v := v.(type) {
	case string:
		add(&i18n.Message{ID: key, Other: v})
		return nil
	case map[string]any:
		if m := plural(key, v); m != nil {
			add(m)
			return nil
		}
		for k, sub := range v {
			if key != "" {
				k = key + "." + k
			}
			if err := flatten(k, sub, add); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("%s is neither a text nor a table", key)
}

// plural returns the counted text in a table, or nil when the table is only a
// level of nesting.
func plural(key string, v map[string]any) *i18n.Message {
	m := &i18n.Message{ID: key}
	forms := map[string]*string{"one": &m.One, "few": &m.Few, "many": &m.Many, "other": &m.Other}
	for k, sub := range v {
		text, isText := sub.(string)
		form := forms[k]
		if form == nil || !isText {
			return nil
		}
		*form = text
	}
	if m.Other == "" {
		return nil
	}
	return m
}

type ctxKey struct{}

type settings struct {
	lang string
	zone *time.Location
}

// With sets the language and the zone in which everything below ctx is written.
// An unknown language becomes the default one, a nil zone UTC.
func With(ctx context.Context, lang string, zone *time.Location) context.Context {
	if !Known(lang) {
		lang = Default
	}
	if zone == nil {
		zone = time.UTC
	}
	return context.WithValue(ctx, ctxKey{}, settings{lang, zone})
}

func from(ctx context.Context) settings {
	if s, ok := ctx.Value(ctxKey{}).(settings); ok {
		return s
	}
	return settings{Default, time.UTC}
}

// Lang is the language of ctx, one of [Languages].
func Lang(ctx context.Context) string { return from(ctx).lang }

// Zone is the time zone of ctx.
func Zone(ctx context.Context) *time.Location { return from(ctx).zone }

// T is the text behind key; args are name, value pairs for its placeholders. An
// int is a number of things and is grouped, an int64 is an id and is not; a
// time.Duration and a time.Time are written out; anything else as fmt prints
// it. A key that does not exist shows itself as ⟦key⟧.
func T(ctx context.Context, key string, args ...any) string {
	return localize(ctx, &i18n.LocalizeConfig{MessageID: key, TemplateData: values(ctx, args)})
}

// N is the counted text behind key in the form that n needs; {{.Count}} is n,
// grouped. More args as in [T].
func N(ctx context.Context, key string, n int, args ...any) string {
	data := values(ctx, args)
	data["Count"] = Num(ctx, n)
	return localize(ctx, &i18n.LocalizeConfig{MessageID: key, PluralCount: n, TemplateData: data})
}

// Has reports whether key exists.
func Has(key string) bool {
	_, err := localizers[Default].Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: map[string]any{}})
	return err == nil
}

func localize(ctx context.Context, c *i18n.LocalizeConfig) string {
	s, err := localizers[Lang(ctx)].Localize(c)
	if err != nil {
		return "⟦" + c.MessageID + "⟧"
	}
	return s
}

func values(ctx context.Context, pairs []any) map[string]any {
	data := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		data[fmt.Sprint(pairs[i])] = value(ctx, pairs[i+1])
	}
	return data
}

func value(ctx context.Context, v any) any {
	switch v := v.(type) {
	case int:
		return Num(ctx, v)
	case time.Duration:
		return Duration(ctx, v)
	case time.Time:
		return DateTime(ctx, v)
	}
	return v
}
