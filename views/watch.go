package views

import (
	"context"

	"postix/views/locale"
)

// WatchTab is a page of the filter's section: its address below [NavWatch].
type WatchTab string

// The pages of the section, in the order of their tabs.
const (
	TabDetections WatchTab = ""
	TabReports    WatchTab = "/reports"
	TabGroups     WatchTab = "/groups"
	TabTemplates  WatchTab = "/templates"
	TabCustom     WatchTab = "/custom"
	TabKeywords   WatchTab = "/keywords"
	TabSettings   WatchTab = "/settings"
	TabTry        WatchTab = "/try"
)

// URL is the page's address.
func (t WatchTab) URL() string { return string(NavWatch) + string(t) }

// watchTabs are the tabs with their words.
func watchTabs(ctx context.Context) []struct {
	Tab  WatchTab
	Word string
} {
	word := func(key string) string { return locale.T(ctx, "watch.tab."+key) }
	return []struct {
		Tab  WatchTab
		Word string
	}{
		{TabDetections, word("detections")},
		{TabReports, word("reports")},
		{TabGroups, word("groups")},
		{TabTemplates, word("templates")},
		{TabCustom, word("custom")},
		{TabKeywords, word("keywords")},
		{TabSettings, word("settings")},
		{TabTry, word("try")},
	}
}

// mayWatch reports whether the viewer runs the filter.
func mayWatch(ctx context.Context) bool { return viewer(ctx).actor().MayWatch() }

// WatchHint is what the filter still needs before it finds anything.
type WatchHint struct {
	Off        bool // its mode
	NoAccount  bool // nobody listens
	NoGroup    bool // none is chosen
	Unanswered bool // replies are on, and there is no text for them
}

// Any reports whether something is to be done.
func (h WatchHint) Any() bool { return h != (WatchHint{}) }
