package views

import (
	"context"
	"net/url"
	"strings"
	"time"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// OrganizationsPageSize is how many organizations one page shows.
const OrganizationsPageSize = 50

// The ids of what the stream of the service page renews.
const (
	ServiceFiguresID = "service-figures"
	ServiceHealthID  = "service-health"
)

// OrganizationRowID is the id of an organization's row.
func OrganizationRowID(id int64) string { return "organization-" + itoa(id) }

// ServicePage is what service admins look after.
type ServicePage struct {
	Stopped string // why all sending is stopped: a code; "" when it is not
	Asked   int    // requests for higher limits that wait for an answer
	List    domain.OrganizationList
	Filter  domain.OrganizationFilter
	Page    int
	Health  ServiceHealth
	Now     time.Time
	URL     *url.URL // with the filters
}

// LiveURL is the address of the page's stream.
func (p ServicePage) LiveURL() string {
	u := *p.URL
	u.Path = string(NavService) + "/live"
	rows := make([]string, len(p.List.Page))
	for i, o := range p.List.Page {
		rows[i] = itoa(o.ID)
	}
	return with(&u, "rows", strings.Join(rows, ","))
}

func organizationSorts(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, s := range domain.OrganizationSorts {
		key := string(s)
		if s == domain.SortName {
			key = "name"
		}
		out = append(out, ui.Option{Value: string(s), Label: locale.T(ctx, "service.sort."+key)})
	}
	return out
}

// organizationLook is how an organization stands: shut out, stopped, or sending.
func organizationLook(ctx context.Context, o domain.Organization) standing {
	switch b := o.Block; {
	case b.Active():
		return standing{Tone: ui.Bad, Icon: "ban", Word: locale.T(ctx, "service.state.blocked"), Until: b.Until, UntilWord: locale.T(ctx, "user.state.until")}
	case b.Planned():
		return standing{Tone: ui.Warn, Icon: "calendar-clock", Word: locale.T(ctx, "user.state.planned"), Until: b.From, UntilWord: locale.T(ctx, "user.state.from")}
	}
	look := ownSwitch(ctx, o.Stop)
	return standing{Tone: look.tone, Icon: look.icon, Word: look.word}
}

// weekWords are what went out within the week, and how much failed.
func weekWords(ctx context.Context, o domain.OrganizationFigures) string {
	words := locale.T(ctx, "service.week", "N", o.Week.Sent)
	if failed := failedWords(ctx, o); failed != "" {
		words += ", " + failed
	}
	return words
}

// failedWords say how much of the week failed; "" where nothing did.
func failedWords(ctx context.Context, o domain.OrganizationFigures) string {
	if o.Week.Failed == 0 {
		return ""
	}
	share := locale.Percent(ctx, o.Week.Failed, o.Week.Sent+o.Week.Failed)
	if o.FailedShare() < 0.01 {
		share = locale.T(ctx, "service.below_one")
	}
	return locale.T(ctx, "service.failed_share", "Share", share)
}

// failedTone warns where much fails.
func failedTone(o domain.OrganizationFigures) ui.Tone {
	switch s := o.FailedShare(); {
	case s >= 0.2:
		return ui.Bad
	case s >= 0.05:
		return ui.Warn
	}
	return ui.Neutral
}

// mainSwitch is the one of all sending; liftable tells whether a person lifts
// its stop here.
func mainSwitch(ctx context.Context, code string) (look switchLook, liftable bool) {
	stopped := switchLook{tone: ui.Bad, icon: "octagon-pause", word: locale.T(ctx, "service.main.stopped")}
	switch code {
	case "":
		return switchLook{ui.Ok, "circle-check", locale.T(ctx, "service.main.on"), locale.T(ctx, "service.main.on_text")}, false
	case domain.CodeAdminStop:
		stopped.text, liftable = locale.T(ctx, "service.main.admin"), true
	case domain.CodeRestored:
		stopped.text = locale.T(ctx, "service.main.restored", "Command", "postix adopt")
	case domain.CodeDamaged:
		stopped.text = Reason(ctx, code)
	default:
		stopped.text, liftable = locale.T(ctx, "service.main.telegram", "Code", code), true
	}
	return stopped, liftable
}

func askStopAll(ctx context.Context) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "service.ask.stop_all"), Text: locale.T(ctx, "service.ask.stop_all_text"), Yes: locale.T(ctx, "service.stop_all"),
	}
}

func askResumeAll(ctx context.Context) ui.Question {
	return ui.Question{
		Title: locale.T(ctx, "service.ask.resume_all"), Text: locale.T(ctx, "service.ask.resume_text"), Yes: locale.T(ctx, "service.resume_all"), Mild: true,
	}
}
