package views

import (
	"context"
	"time"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// ServicePage is what service admins look after.
type ServicePage struct {
	Stopped       string // why all sending is stopped: a code; "" when it is not
	Organizations []domain.OrganizationAtWork
}

// OrganizationPage is one of them, with how fast it may be.
type OrganizationPage struct {
	Organization domain.Organization
	Granted      PaceForm
	Owners       []domain.User
	AccountLimit string // as it is typed
	Link         *GivenLink
	Now          time.Time
	Err          error // of the granted pace
	LimitErr     error
}

// GivenLink is a link by which an owner sets his password, shown once.
type GivenLink struct {
	Owner domain.User
	URL   string
}

// NewOrganizationPage is the form for an organization with its owner.
type NewOrganizationPage struct {
	Form         domain.NewOrganization // the password is never shown again
	AccountLimit string                 // as it is typed
	Err          error
}

// SetPasswordURL begins the address of a link by which a user sets his password.
const SetPasswordURL = "/set-password/"

// OrganizationURL is the address of an organization's page.
func OrganizationURL(id int64) string { return string(NavService) + "/organizations/" + itoa(id) }

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
