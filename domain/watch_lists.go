package domain

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"postix/domain/filter"
)

// KeywordList is one of an organization's lists of keywords.
type KeywordList string

// The lists.
const (
	ProfileWords KeywordList = "profile"
	PlacesAbroad KeywordList = "places"
	MessageWords KeywordList = "message"
)

// KeywordLists are all, as people look for them.
var KeywordLists = []KeywordList{PlacesAbroad, ProfileWords, MessageWords}

// In is the list itself, nil for a name of none.
func (l KeywordList) In(k *filter.Keywords) *[]string {
	switch l {
	case ProfileWords:
		return &k.Username
	case PlacesAbroad:
		return &k.Places
	case MessageWords:
		return &k.Message
	}
	return nil
}

// editTries is how often an edit meets somebody else's before it gives up.
const editTries = 5

// edit changes the settings that hold, again when somebody else was quicker.
func (w *Watch) edit(ctx context.Context, a Actor, change func(*WatchSettings) error) error {
	for try := 1; ; try++ {
		s, err := w.Settings(ctx, a)
		if err != nil {
			return err
		}
		if err := change(&s); err != nil {
			return err
		}
		if err = w.SetSettings(ctx, a, s); try == editTries || !IsKey(err, "watch.edited") {
			return err
		}
	}
}

// editKeywords is edit for one list; NotFound for a name of none.
func (w *Watch) editKeywords(ctx context.Context, a Actor, l KeywordList, change func([]string) ([]string, error)) error {
	return w.edit(ctx, a, func(s *WatchSettings) (err error) {
		list := l.In(&s.Keywords)
		if list == nil {
			return Missing("watch.missing")
		}
		*list, err = change(*list)
		return err
	})
}

// AddedKeywords is what became of words that were typed.
type AddedKeywords struct {
	Added, Had int // had: they were in the list before
	Refused    []RefusedKeyword
}

// RefusedKeyword is a word that no list may hold.
type RefusedKeyword struct {
	Word string
	Why  string // a key below "watch.keywords.why."
}

// Why a word is refused.
const (
	KeywordLong   = "long"   // more than [filter.MaxKeyword] characters
	KeywordSigns  = "signs"  // not one letter, and no flag either
	KeywordBroken = "broken" // with characters that control or hide
)

// whyNot is why no list may hold a word, "" when one may.
func whyNot(word string) string {
	switch {
	case filter.CheckKeyword(word) == nil:
		return ""
	case utf8.RuneCountInString(word) > filter.MaxKeyword:
		return KeywordLong
	case strings.ContainsFunc(word, unicode.IsControl):
		return KeywordBroken
	}
	return KeywordSigns
}

// AddKeywords adds the typed words, one on a line or between commas. A word that
// no list may hold does not keep the others out. Invalid on words (watch.empty,
// watch.keywords_full), and then nothing is added.
func (w *Watch) AddKeywords(ctx context.Context, a Actor, l KeywordList, typed string) (done AddedKeywords, err error) {
	var words []string
	for _, word := range strings.FieldsFunc(typed, func(r rune) bool { return r == '\n' || r == '\r' || r == ',' }) {
		if word = strings.Join(strings.Fields(strings.ToValidUTF8(word, "")), " "); word != "" {
			words = append(words, word)
		}
	}
	err = w.editKeywords(ctx, a, l, func(list []string) ([]string, error) {
		if len(words) == 0 {
			return nil, E(Invalid, "watch.empty").On("words")
		}
		list, done = withTyped(list, words)
		if len(list) > filter.MaxKeywords {
			return nil, E(Invalid, "watch.keywords_full", "Most", filter.MaxKeywords).On("words")
		}
		return list, nil
	})
	return done, err
}

// withTyped puts the words that may be in a list behind those that are.
func withTyped(list, words []string) ([]string, AddedKeywords) {
	var done AddedKeywords
	had := make(map[string]bool, len(list)) // in small letters
	for _, word := range list {
		had[strings.ToLower(word)] = true
	}
	list = slices.Clip(list)
	for _, word := range words {
		if why := whyNot(word); why != "" {
			done.Refused = append(done.Refused, RefusedKeyword{word, why})
			continue
		}
		low := strings.ToLower(word)
		if had[low] {
			done.Had++
			continue
		}
		had[low] = true
		list = append(list, word)
		done.Added++
	}
	return list, done
}

// RemoveKeywords removes words from a list; one that it does not hold is gone
// already.
func (w *Watch) RemoveKeywords(ctx context.Context, a Actor, l KeywordList, words []string) error {
	gone := make(map[string]bool, len(words))
	for _, word := range words {
		gone[word] = true
	}
	return w.editKeywords(ctx, a, l, func(list []string) ([]string, error) {
		return slices.DeleteFunc(slices.Clone(list), func(word string) bool { return gone[word] }), nil
	})
}

// ReturnKeywords puts built-in words back into a list.
func (w *Watch) ReturnKeywords(ctx context.Context, a Actor, l KeywordList, words []string) error {
	builtin := filter.DefaultKeywords()
	return w.editKeywords(ctx, a, l, func(list []string) ([]string, error) {
		return withBuiltin(list, words, *l.In(&builtin)), nil
	})
}

// withBuiltin puts built-in words back into a list: the built-in words come
// first, in their own order, and those that are not built in follow. So a list
// that has come back to the built-in one is just that, and grows with it.
func withBuiltin(list, back, builtin []string) (out []string) {
	wanted, known := map[string]bool{}, map[string]bool{}
	for _, word := range slices.Concat(list, back) {
		wanted[word] = true
	}
	for _, word := range builtin {
		known[word] = true
		if wanted[word] {
			out = append(out, word)
		}
	}
	for _, word := range list {
		if !known[word] {
			out = append(out, word)
		}
	}
	return out
}

// RestoreKeywords makes lists the built-in ones again.
func (w *Watch) RestoreKeywords(ctx context.Context, a Actor, lists ...KeywordList) error {
	return w.edit(ctx, a, func(s *WatchSettings) error {
		builtin := filter.DefaultKeywords()
		for _, l := range lists {
			list := l.In(&s.Keywords)
			if list == nil {
				return Missing("watch.missing")
			}
			*list = *l.In(&builtin)
		}
		return nil
	})
}

// ImportKeywords replaces the lists by those of a dispatcher_keywords.json.
// Invalid (watch.file. with what is wrong, a [filter.Fault], and with its line;
// watch.file_large) on file, and the old lists stay.
func (w *Watch) ImportKeywords(ctx context.Context, a Actor, file []byte) error {
	k, err := filter.ParseKeywords(file)
	var line *filter.LineError
	switch {
	case errors.As(err, &line):
		key := "watch.file." + string(line.Fault)
		return E(Invalid, key, "Line", line.Line, "Name", line.Name, "Most", line.Most).On("file").Because(err)
	case err != nil:
		return E(Invalid, "watch.file_large", "Most", filter.MaxKeywordsFile>>10).On("file").Because(err)
	}
	return w.edit(ctx, a, func(s *WatchSettings) error {
		s.Keywords = k
		return nil
	})
}

// SetAllGroups says whether every group is listened to, or those that are
// chosen.
func (w *Watch) SetAllGroups(ctx context.Context, a Actor, all bool) error {
	return w.edit(ctx, a, func(s *WatchSettings) error {
		s.AllGroups = all
		return nil
	})
}

// Groups are those that can be listened to, a page of them.
func (w *Watch) Groups(ctx context.Context, a Actor, search string, offset, limit int) ([]WatchedGroup, int, error) {
	if err := a.CheckWatch(); err != nil {
		return nil, 0, err
	}
	return w.Store.WatchedGroups(ctx, a.User.OrganizationID, search, offset, limit)
}

// CustomFilters are the organization's, newest first.
func (w *Watch) CustomFilters(ctx context.Context, a Actor) ([]CustomFilter, error) {
	if err := a.CheckWatch(); err != nil {
		return nil, err
	}
	return w.Store.CustomFilters(ctx, a.User.OrganizationID)
}

// Templates are the organization's, oldest first.
func (w *Watch) Templates(ctx context.Context, a Actor) ([]Template, error) {
	if err := a.CheckWatch(); err != nil {
		return nil, err
	}
	return w.Store.Templates(ctx, a.User.OrganizationID)
}

// Template is one of them; NotFound (watch.missing).
func (w *Watch) Template(ctx context.Context, a Actor, id int64) (Template, error) {
	all, err := w.Templates(ctx, a)
	if err != nil {
		return Template{}, err
	}
	if i := slices.IndexFunc(all, func(t Template) bool { return t.ID == id }); i >= 0 {
		return all[i], nil
	}
	return Template{}, Missing("watch.missing")
}

// SwitchTemplate lets a template be sent, or not.
func (w *Watch) SwitchTemplate(ctx context.Context, a Actor, id int64, on bool) error {
	t, err := w.Template(ctx, a, id)
	if err != nil || t.Active == on {
		return err
	}
	t.Active = on
	return w.PutTemplate(ctx, a, t)
}
