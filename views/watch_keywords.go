package views

import (
	"context"
	"net/url"
	"strings"

	"postix/domain"
	"postix/domain/filter"
	"postix/views/locale"
	"postix/views/ui"
)

// KeywordsPageSize is how many words of a list one page shows.
const KeywordsPageSize = 100

// KeywordsFile is the name of the file that the lists are exported to.
const KeywordsFile = "dispatcher_keywords.json"

// KeywordKind narrows a list down by what is built in.
type KeywordKind string

// The kinds.
const (
	KeywordsHeld    KeywordKind = ""        // all that the list holds
	KeywordsAdded   KeywordKind = "added"   // those that are not built in
	KeywordsRemoved KeywordKind = "removed" // built-in ones that it does not hold
)

// KeywordsPage is one of the lists of keywords.
type KeywordsPage struct {
	List   domain.KeywordList
	Kind   KeywordKind
	Search string
	Page   int
	URL    *url.URL
	Typed  string               // words to be added, as they were typed
	Done   domain.AddedKeywords // what became of those that were typed before
	Err    error

	Sizes   map[domain.KeywordList]int
	Words   []string        // of this page
	Total   int             // behind the filter
	Own     map[string]bool // words of this list that are not built in
	Removed int             // built-in ones that it does not hold
	Changed bool            // any list differs from the built-in one
}

// Show fills the page in from all lists, in the order of a language's alphabet.
func (p *KeywordsPage) Show(k filter.Keywords, lang string) {
	builtin := filter.DefaultKeywords()
	p.Sizes = map[domain.KeywordList]int{}
	for _, l := range domain.KeywordLists {
		held, given := *l.In(&k), *l.In(&builtin)
		p.Sizes[l] = len(held)
		added, removed := without(held, given), without(given, held)
		p.Changed = p.Changed || len(added)+len(removed) > 0
		if l != p.List {
			continue
		}
		p.Removed, p.Own = len(removed), map[string]bool{}
		for _, word := range added {
			p.Own[word] = true
		}
		switch p.Kind {
		case KeywordsAdded:
			held = added
		case KeywordsRemoved:
			held = removed
		}
		found := alphabetically(filter.FindKeywords(held, p.Search), lang)
		p.Total = len(found)
		p.Words, p.Page = pageOf(found, p.Page, KeywordsPageSize)
	}
}

// without are the words of a list that another has not.
func without(list, other []string) (out []string) {
	has := make(map[string]bool, len(other))
	for _, word := range other {
		has[word] = true
	}
	for _, word := range list {
		if !has[word] {
			out = append(out, word)
		}
	}
	return out
}

// ruleList is the list that a rule looks words up in.
var ruleList = map[filter.Rule]domain.KeywordList{
	filter.ProfileKeyword: domain.ProfileWords, filter.ForeignRoute: domain.PlacesAbroad, filter.MessageKeyword: domain.MessageWords,
}

// mostRefused is how many refused words are named one by one.
const mostRefused = 10

// typedDone is what became of the other words, "" where all were refused.
func (p KeywordsPage) typedDone(ctx context.Context) string {
	var said []string
	if p.Done.Added > 0 {
		said = append(said, locale.N(ctx, "watch.keywords.put", p.Done.Added))
	}
	if p.Done.Had > 0 {
		said = append(said, locale.N(ctx, "watch.keywords.had", p.Done.Had))
	}
	return strings.Join(said, " ")
}

func refusedWhy(ctx context.Context, r domain.RefusedKeyword) string {
	return locale.T(ctx, "watch.keywords.why."+r.Why, "Most", filter.MaxKeyword)
}

func keywordsURL(l domain.KeywordList) string {
	return TabKeywords.URL() + "?list=" + string(l)
}

func listName(ctx context.Context, l domain.KeywordList) string {
	return locale.T(ctx, "watch.keywords.list."+string(l))
}

func kindChoices(ctx context.Context, p KeywordsPage) []ui.Option {
	return []ui.Option{
		{Value: string(KeywordsHeld), Label: locale.T(ctx, "watch.keywords.kind.held")},
		{Value: string(KeywordsAdded), Label: locale.T(ctx, "watch.keywords.kind.added", "Count", len(p.Own))},
		{Value: string(KeywordsRemoved), Label: locale.T(ctx, "watch.keywords.kind.removed", "Count", p.Removed)},
	}
}

// flagCode is the country of a flag, which not every device can show, "" for
// another word.
func flagCode(word string) string {
	const first, last = '🇦', '🇿'
	letters := []rune(word)
	if len(letters) != 2 || letters[0] < first || letters[0] > last || letters[1] < first || letters[1] > last {
		return ""
	}
	return string([]rune{letters[0] - first + 'A', letters[1] - first + 'A'})
}

// differs reports whether the list is another than the built-in one.
func (p KeywordsPage) differs() bool { return len(p.Own)+p.Removed > 0 }

func askWords(ctx context.Context, p KeywordsPage) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "watch.keywords.remove_ask", "List", listName(ctx, p.List)), Text: locale.T(ctx, "watch.keywords.remove_text"),
		Yes: locale.T(ctx, "watch.keywords.remove"),
	}
}

func askRestore(ctx context.Context, p KeywordsPage) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "watch.keywords.restore_ask", "List", listName(ctx, p.List)),
		Text:  locale.T(ctx, "watch.keywords.restore_text", "Added", len(p.Own), "Removed", p.Removed),
		Yes:   locale.T(ctx, "watch.keywords.restore_yes"),
	}
}

func askRestoreAll(ctx context.Context) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "watch.keywords.restore_all_ask"), Text: locale.T(ctx, "watch.keywords.restore_all_text"),
		Yes: locale.T(ctx, "watch.keywords.restore_yes"),
	}
}

func askImport(ctx context.Context) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "watch.keywords.import_ask"), Text: locale.T(ctx, "watch.keywords.import_text"),
		Yes: locale.T(ctx, "watch.keywords.import"),
	}
}
