package views

import (
	"context"
	"net/url"
	"strings"
	"time"

	"postix/domain"
	"postix/domain/filter"
	"postix/views/locale"
	"postix/views/ui"
)

// How much of a list one page shows.
const (
	CustomPageSize = 100
	GroupsPageSize = 100
)

// CustomPage is the organization's own words and senders.
type CustomPage struct {
	Now    time.Time
	URL    *url.URL
	Search string
	Page   int
	Form   CustomForm
	Hint   WatchHint

	Filters []domain.CustomFilter // of this page
	Total   int                   // behind the search
}

// CustomForm adds a word or a sender.
type CustomForm struct {
	Act, Kind   string // as they were sent
	Value, Note string
	Err         error

	Tried *domain.Changed // what the filter would have made of the last day, nil where nobody asked
	Now   time.Time
}

// Show fills the page in from all filters.
func (p *CustomPage) Show(all []domain.CustomFilter) {
	var found []domain.CustomFilter
	search := strings.ToLower(p.Search)
	for _, f := range all {
		if strings.Contains(strings.ToLower(customValue(f)+"\n"+f.Note+"\n"+f.UserName), search) {
			found = append(found, f)
		}
	}
	p.Total = len(found)
	p.Filters, p.Page = pageOf(found, p.Page, CustomPageSize)
}

// customValue is the word, or the sender's id.
func customValue(f domain.CustomFilter) string {
	if f.SenderID != 0 {
		return itoa(f.SenderID)
	}
	return f.Word
}

// Values of the form's choices.
const (
	CustomBlock  = "block"
	CustomAllow  = "allow"
	CustomWord   = "word"
	CustomSender = "sender"
)

// TriedFilterID is what trying a filter renews: its form with the answer.
const TriedFilterID = "add"

// fits counts the messages of the last day that the tried filter decides.
func (f CustomForm) fits() int {
	if f.Act == CustomAllow {
		return f.Tried.LostN
	}
	hits := f.Tried.Rules[filter.CustomFilter]
	return hits[1] - hits[0]
}

// known counts those of them that are detections without it.
func (f CustomForm) known() int {
	if f.Act == CustomAllow {
		return 0
	}
	return f.fits() - f.Tried.GainedN
}

func customActs(ctx context.Context) []ui.Option {
	return []ui.Option{
		{Value: CustomBlock, Label: locale.T(ctx, "watch.custom.block"), Hint: locale.T(ctx, "watch.custom.block_about")},
		{Value: CustomAllow, Label: locale.T(ctx, "watch.custom.allow"), Hint: locale.T(ctx, "watch.custom.allow_about")},
	}
}

func customKinds(ctx context.Context) []ui.Option {
	return []ui.Option{
		{Value: CustomWord, Label: locale.T(ctx, "watch.custom.word")},
		{Value: CustomSender, Label: locale.T(ctx, "watch.custom.sender")},
	}
}

func askUncustom(ctx context.Context, f domain.CustomFilter) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "watch.custom.remove_ask", "Name", ui.Visible(customValue(f))),
		Text:  locale.T(ctx, "watch.custom.remove_text"), Yes: locale.T(ctx, "watch.custom.remove"),
	}
}

// TemplatesPage is the texts that detections are answered with.
type TemplatesPage struct {
	Now       time.Time
	Mode      domain.WatchMode
	Hint      WatchHint
	Templates []domain.Template
	Form      TemplateForm // of a new one
}

// active counts the templates that may be sent.
func (p TemplatesPage) active() (n int) {
	for _, t := range p.Templates {
		if t.Active {
			n++
		}
	}
	return n
}

// TemplateForm is the text of a template as it is typed; Template.ID is 0 for a
// new one.
type TemplateForm struct {
	Template domain.Template
	Text     string
	Now      time.Time
	Err      error
}

// TemplateURL is the address of a template's page.
func TemplateURL(id int64) string { return TabTemplates.URL() + "/" + itoa(id) }

func (f TemplateForm) action() string {
	if f.Template.ID == 0 {
		return TabTemplates.URL()
	}
	return TemplateURL(f.Template.ID)
}

func askTemplate(ctx context.Context, t domain.Template) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "watch.template.remove_ask", "Name", ui.Visible(beginning(t.Text, 40))),
		Text:  locale.T(ctx, "watch.template.remove_text"), Yes: locale.T(ctx, "watch.template.remove"),
	}
}

// The elements that a tick renews.
const (
	WatchedCountID = "watched"      // how many groups are chosen
	WatchedNoneID  = "watched-none" // that none is
)

// WatchGroupsPage is the groups of the accounts that listen.
type WatchGroupsPage struct {
	URL    *url.URL
	Search string
	Page   int
	All    bool // every group is listened to
	Chosen int  // of all groups
	Hint   WatchHint

	Ears      []domain.Account // those that listen and that the viewer may see
	OtherEars int              // the others that listen

	Groups []domain.WatchedGroup // of this page
	Total  int                   // behind the search
}

// Acts on all groups that were found.
const (
	GroupsChoose = "choose"
	GroupsLeave  = "leave"
)

func askAllGroups(ctx context.Context) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "watch.groups.all_ask"), Text: locale.T(ctx, "watch.groups.all_text"), Yes: locale.T(ctx, "watch.groups.all_yes"), Mild: true,
	}
}
