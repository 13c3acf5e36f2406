package domain

import (
	"context"
	"time"
)

// AuditEvent is what people do and what is kept of it. Its sentence stands in the
// catalogues below "audit.event.".
type AuditEvent string

// The events that are kept.
const (
	AuditSignIn       AuditEvent = "signin"        // all the way in
	AuditSignInBegun  AuditEvent = "signin_begun"  // the password was right, the code is missing
	AuditSignInFailed AuditEvent = "signin_failed" // not throttled; of nobody when the e-mail is not known
	AuditSignOut      AuditEvent = "signout"
	AuditSessionsEnd  AuditEvent = "sessions_end" // of a user's other browsers
	AuditPassword     AuditEvent = "password"
	AuditSecondStep   AuditEvent = "second_step" // of older entries: the code that a sign-in lacked
	AuditTOTPOn       AuditEvent = "totp_on"
	AuditTOTPOff      AuditEvent = "totp_off"

	AuditRecoveryCodes AuditEvent = "recovery_codes" // new ones, the old ones are dead
	AuditPreferences   AuditEvent = "preferences"    // language and zone

	AuditAccountConnect    AuditEvent = "account_connect"
	AuditAccountDisconnect AuditEvent = "account_disconnect"
	AuditAccountResume     AuditEvent = "account_resume"
	AuditAccountListen     AuditEvent = "account_listen"
	AuditAccountDeafen     AuditEvent = "account_deafen"

	AuditCampaignCreate AuditEvent = "campaign_create"
	AuditCampaignCancel AuditEvent = "campaign_cancel"
	AuditCampaignPause  AuditEvent = "campaign_pause"
	AuditCampaignResume AuditEvent = "campaign_resume"
	AuditCampaignSend   AuditEvent = "campaign_send" // now, or what was missed
	AuditCampaignRetry  AuditEvent = "campaign_retry"
	AuditCampaignText   AuditEvent = "campaign_text"
	AuditCampaignPeer   AuditEvent = "campaign_peer" // cancelled for one peer
	AuditCampaignRead   AuditEvent = "campaign_read" // its text, by a service admin

	AuditDenyAdd    AuditEvent = "deny_add"
	AuditDenyRemove AuditEvent = "deny_remove"

	AuditWatchSettings AuditEvent = "watch_settings"
	AuditWatchGroups   AuditEvent = "watch_groups"
	AuditCustomAdd     AuditEvent = "custom_add"
	AuditCustomRemove  AuditEvent = "custom_remove"
	AuditTemplatePut   AuditEvent = "template_put"
	AuditTemplateDrop  AuditEvent = "template_remove"

	AuditServiceStop   AuditEvent = "service_stop"
	AuditServiceResume AuditEvent = "service_resume"

	AuditOrganizationCreate AuditEvent = "organization_create"
	AuditOrganizationEdit   AuditEvent = "organization_edit" // its name or zone
	AuditOrganizationStop   AuditEvent = "organization_stop"
	AuditOrganizationResume AuditEvent = "organization_resume"
	AuditOrganizationGrant  AuditEvent = "organization_grant"
	AuditOrganizationPace   AuditEvent = "organization_pace"
	AuditOrganizationLimit  AuditEvent = "organization_limit"

	AuditLimitAsk      AuditEvent = "limit_ask"
	AuditLimitWithdraw AuditEvent = "limit_withdraw"
	AuditLimitGrant    AuditEvent = "limit_grant"
	AuditLimitRefuse   AuditEvent = "limit_refuse"

	AuditOrganizationBlock   AuditEvent = "organization_block"
	AuditOrganizationUnblock AuditEvent = "organization_unblock"
	AuditPhoneBlock          AuditEvent = "phone_block" // of a number, wherever it is connected
	AuditPhoneUnblock        AuditEvent = "phone_unblock"

	AuditUserCreate  AuditEvent = "user_create"
	AuditUserBlock   AuditEvent = "user_block" // also when it begins by itself
	AuditUserUnblock AuditEvent = "user_unblock"
	AuditUserEdit    AuditEvent = "user_edit"
	AuditUserRemove  AuditEvent = "user_remove"
	AuditUserLink    AuditEvent = "user_link"     // made, by which he sets his password
	AuditUserBotLink AuditEvent = "user_bot_link" // made, by which he gets into the bot
	AuditUserBot     AuditEvent = "user_bot"      // he talks to the bot from now on
	AuditExport      AuditEvent = "export"
	AuditAdopt       AuditEvent = "adopt"
	AuditKeyRotate   AuditEvent = "key_rotate"
	AuditBackup      AuditEvent = "backup"
)

// What is done about departments.
const (
	AuditDepartmentAdd    AuditEvent = "department_add"
	AuditDepartmentRename AuditEvent = "department_rename"
	AuditDepartmentRemove AuditEvent = "department_remove"
)

// AuditEvents are all events, in the order in which one chooses from them.
var AuditEvents = []AuditEvent{
	AuditSignIn, AuditSignInBegun, AuditSignInFailed, AuditSignOut, AuditSessionsEnd, AuditPassword, AuditSecondStep, AuditTOTPOn, AuditTOTPOff, AuditRecoveryCodes, AuditPreferences, AuditAccountConnect, AuditAccountDisconnect, AuditAccountResume,
	AuditAccountListen, AuditAccountDeafen, AuditCampaignCreate, AuditCampaignCancel, AuditCampaignPause,
	AuditCampaignResume, AuditCampaignSend, AuditCampaignRetry, AuditCampaignText, AuditCampaignPeer, AuditCampaignRead, AuditDenyAdd,
	AuditDenyRemove, AuditWatchSettings, AuditWatchGroups, AuditCustomAdd, AuditCustomRemove, AuditTemplatePut,
	AuditTemplateDrop, AuditServiceStop, AuditServiceResume, AuditOrganizationCreate, AuditOrganizationEdit, AuditOrganizationStop,
	AuditOrganizationResume, AuditOrganizationGrant, AuditOrganizationPace, AuditOrganizationLimit,
	AuditLimitAsk, AuditLimitWithdraw, AuditLimitGrant, AuditLimitRefuse, AuditUserCreate, AuditUserLink, AuditUserBotLink, AuditUserBot, AuditUserBlock, AuditUserUnblock, AuditUserEdit, AuditUserRemove,
	AuditDepartmentAdd, AuditDepartmentRename, AuditDepartmentRemove, AuditOrganizationBlock, AuditOrganizationUnblock, AuditPhoneBlock, AuditPhoneUnblock, AuditExport, AuditAdopt, AuditKeyRotate, AuditBackup,
}

// OfService reports whether the event is kept of the service alone, and of no
// organization.
func (e AuditEvent) OfService() bool {
	switch e {
	case AuditServiceStop, AuditServiceResume, AuditPhoneBlock, AuditPhoneUnblock, AuditAdopt, AuditKeyRotate, AuditBackup:
		return true
	}
	return false
}

// Subject is the kind of thing that an event happened to.
type Subject string

// The subjects.
const (
	SubjectNone         Subject = ""
	SubjectOrganization Subject = "organization"
	SubjectUser         Subject = "user"
	SubjectDepartment   Subject = "department"
	SubjectAccount      Subject = "account"
	SubjectCampaign     Subject = "campaign"
	SubjectPeer         Subject = "peer"
)

// AuditEntry is one event that was kept. It holds no text of a message, no code, no
// password and no key.
type AuditEntry struct {
	ID             int64
	OrganizationID int64 // that it concerns
	Organization   string
	At             time.Time
	UserID         int64 // who; 0: a command on the machine, or the service itself
	User           string
	IP             string
	Event          AuditEvent
	Subject        Subject
	SubjectID      int64
	Detail         string // a name, a reason, a figure; may be empty
	Phone          Phone  // for pages, of a SubjectAccount
}

// MayAudit reports whether the actor reads the audit: an owner that of his
// organization, an admin that of all.
func (a Actor) MayAudit() bool { return a.User.Role == RoleOwner || a.User.Role == RoleAdmin }

// AuditFilter narrows a list of entries; zero fields do not.
type AuditFilter struct {
	OrganizationID int64
	UserID         int64
	Event          AuditEvent
	From, To       time.Time // To excluded
	Before         int64     // only older ones, by id
	Limit          int
}

// AuditStore reads what was kept. Writing is the stores' own: an entry is part
// of the transaction of what it tells.
type AuditStore interface {
	// Audit lists the newest first.
	Audit(ctx context.Context, f AuditFilter) ([]AuditEntry, error)
	// AuditOrganizations lists the names of all, the service's own first.
	AuditOrganizations(ctx context.Context) ([]Organization, error)
	// Keep adds an entry for what changes nothing by itself, such as an export.
	// Who did it is taken from ctx, unless the entry says; without an organization
	// it concerns the service.
	Keep(ctx context.Context, e AuditEntry) error
}

type actingKey struct{}

type acting struct {
	userID int64
	ip     string
}

// Acting says who does what is done with the context, for the audit.
func Acting(ctx context.Context, a Actor, ip string) context.Context {
	return context.WithValue(ctx, actingKey{}, acting{a.User.ID, ip})
}

// WhoActs is what [Acting] said; zero for the service itself.
func WhoActs(ctx context.Context) (userID int64, ip string) {
	w, _ := ctx.Value(actingKey{}).(acting)
	return w.userID, w.ip
}
