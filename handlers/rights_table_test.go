package handlers_test

import (
	"slices"
	"strings"

	"postix/handlers"
	"postix/static"
)

// right is one line of the table: who may call a route, and what the ids in it
// name. Whether it is somebody's to act upon, the kind of the thing says (see
// rights_scopes_test.go), or the scope behind an @.
type right struct {
	route      string
	permission handlers.Permission
	// ids are the parameters (with a colon) and the fields that name something:
	// "=" what is out of reach is missing, "!" it is a wrong choice of the form,
	// "~" it narrows a list down to nothing; "&" goes with the others, to where they
	// lie. A quote is a value that names nothing.
	ids  string
	send string // the rest of a form that does something
	// but is what else holds: "sends" is not for those who look on only, "forced" not
	// for service admins, "home" not without a department, "hears" not without the
	// filter; "early" is for people who are not all the way in, too; "quiet" does
	// nothing that lasts, "kept" stands in the audit, "guess" may be a wrong password
	// or code, "self" leads to one's own page about oneself, "reads" shows a text to a service admin.
	but   string
	shows string // what it shows to more people than are concerned, and why it may
}

func (r right) is(word string) bool {
	for w := range strings.FieldsSeq(r.but) {
		if w == word {
			return true
		}
	}
	return false
}

// rights is the table. A route without a line fails the test, and so does a line
// without a route.
var rights = slices.Concat(signInRights, meRights, accountRights, catalogRights, campaignRights, peopleRights, settingsRights, denyRights, watchRights, serviceRights)

var signInRights = []right{
	{route: "GET /", permission: handlers.Public},
	{route: "GET /health", permission: handlers.Public},
	{route: "GET /static/*path", permission: handlers.Public, ids: ":path'" + strings.TrimPrefix(static.Path("js/app.js"), static.Prefix)},
	{route: "GET /guide", permission: handlers.Public},
	{route: "GET /signin", permission: handlers.Public},
	{route: "POST /signin", permission: handlers.Public, send: "email=nobody@example.org&password=wrong+password", but: "guess"},
	{route: "POST /telegram/bot", permission: handlers.Public, but: "quiet"},
	{route: "POST /signout", permission: handlers.Public},
	{route: "GET /set-password/:token", permission: handlers.Public, ids: ":token=link"},
	{route: "POST /set-password/:token", permission: handlers.Public, ids: ":token=link", send: "password=Suv+ichgan+quduq+72", but: "quiet"},
	{route: "GET /signin/code", permission: handlers.SignedIn, but: "early"},
	{route: "POST /signin/code", permission: handlers.SignedIn, send: "code=000000", but: "early guess quiet"},
	{route: "GET /signin/password", permission: handlers.SignedIn, but: "early"},
	{route: "POST /signin/password", permission: handlers.SignedIn, send: "current=wrong&password=Suv+ichgan+quduq+72", but: "early quiet"},
	{route: "GET /signin/totp", permission: handlers.SignedIn, but: "early"},
	{route: "POST /signin/totp", permission: handlers.SignedIn, send: "code=000000", but: "early quiet"},
}

var meRights = []right{
	{route: "GET /admin/me", permission: handlers.SignedIn},
	{route: "POST /admin/me/language", permission: handlers.SignedIn, send: "lang=ru"},
	{route: "POST /admin/me/details", permission: handlers.SignedIn, send: "name=Yangi+ism&email=yangi@example.org&own_password=Suv+ichgan+quduq+71"},
	{route: "POST /admin/me/preferences", permission: handlers.SignedIn, send: "lang=ru&zone=Asia/Samarkand"},
	{route: "POST /admin/me/totp/codes", permission: handlers.SignedIn, send: "codes_password=wrong", but: "quiet"},
	{route: "POST /admin/me/bot-link", permission: handlers.SignedIn, send: "bot_password=Suv+ichgan+quduq+71"},
	{route: "POST /admin/me/password", permission: handlers.SignedIn, send: "current=Suv+ichgan+quduq+71&password=Suv+ichgan+quduq+72"},
	{route: "POST /admin/me/totp", permission: handlers.SignedIn, but: "quiet"},
	{route: "POST /admin/me/totp/start", permission: handlers.SignedIn, send: "totp_password=wrong&code=000000", but: "quiet"},
	{route: "POST /admin/me/totp/stop", permission: handlers.SignedIn, send: "totp_password=wrong", but: "quiet forced"},
	{route: "POST /admin/me/sessions/:session/end", permission: handlers.SignedIn, ids: ":session=session"},
	{route: "POST /admin/me/sessions/end-others", permission: handlers.SignedIn},
	{route: "GET /admin/notices", permission: handlers.SignedIn},
	{route: "POST /admin/notices/seen", permission: handlers.SignedIn, send: "up_to=7999999"},
}

var accountRights = []right{
	{route: "GET /admin/accounts", permission: handlers.SignedIn},
	{route: "GET /admin/accounts/live", permission: handlers.SignedIn},
	{route: "GET /admin/accounts/:id", permission: handlers.SignedIn, ids: ":id=account"},
	{route: "GET /admin/accounts/:id/live", permission: handlers.SignedIn, ids: ":id=account"},
	{route: "POST /admin/accounts/:id/refresh", permission: handlers.SignedIn, ids: ":id=account"},
	{route: "POST /admin/accounts/:id/resume", permission: handlers.SignedIn, ids: ":id=account", but: "quiet"},
	{route: "POST /admin/accounts/:id/disconnect", permission: handlers.SignedIn, ids: ":id=account"},
	{route: "POST /admin/accounts/:id/listen", permission: handlers.SignedIn, ids: ":id=account", send: "on=0", but: "hears"},
	{route: "GET /admin/new-telegram-users", permission: handlers.SignedIn, ids: "account=account"},
	{route: "GET /admin/new-telegram-users/:step", permission: handlers.SignedIn, ids: ":step'phone"},
	{route: "POST /admin/new-telegram-users/phone", permission: handlers.SignedIn, ids: "user=user@connects | department=department@places", send: "phone=%2B998971112233"},
	{route: "POST /admin/new-telegram-users/code", permission: handlers.SignedIn, send: "code=12345", but: "quiet"},
	{route: "POST /admin/new-telegram-users/password", permission: handlers.SignedIn, send: "password=x", but: "quiet"},
	{route: "POST /admin/new-telegram-users/resend", permission: handlers.SignedIn, but: "quiet"},
	{route: "POST /admin/new-telegram-users/cancel", permission: handlers.SignedIn, but: "quiet"},
}

var catalogRights = []right{
	{route: "GET /admin/catalogs", permission: handlers.SignedIn},
	{route: "GET /admin/catalogs/new", permission: handlers.SignedIn},
	{route: "POST /admin/catalogs", permission: handlers.SignedIn, send: "name=Yangi"},
	{route: "GET /admin/catalogs/:id", permission: handlers.SignedIn, ids: ":id=catalog, account=account"},
	{route: "GET /admin/catalogs/:id/rename", permission: handlers.SignedIn, ids: ":id=catalog"},
	{route: "POST /admin/catalogs/:id/rename", permission: handlers.SignedIn, ids: ":id=catalog", send: "name=Yangi"},
	{route: "GET /admin/catalogs/:id/copy", permission: handlers.SignedIn, ids: ":id=catalog"},
	{route: "POST /admin/catalogs/:id/copy", permission: handlers.SignedIn, ids: ":id=catalog", send: "name=Yangi"},
	{route: "POST /admin/catalogs/:id/delete", permission: handlers.SignedIn, ids: ":id=catalog"},
	{route: "POST /admin/catalogs/:id/remove", permission: handlers.SignedIn, ids: ":id=catalog, ids~peer"},
	{route: "POST /admin/catalogs/:id/retry", permission: handlers.SignedIn, ids: ":id=catalog, account=account, peer~peer", but: "quiet"},
	{route: "GET /admin/catalogs/:id/add", permission: handlers.SignedIn, ids: ":id=catalog, account=account"},
	{route: "POST /admin/catalogs/:id/add", permission: handlers.SignedIn, ids: ":id=catalog, account=account, ids+shown~new peer"},
	{route: "POST /admin/catalogs/:id/select", permission: handlers.SignedIn, ids: ":id=catalog, account=account, ids~new peer", send: "on=0", but: "quiet"},
	{route: "GET /admin/catalogs/:id/lines", permission: handlers.SignedIn, ids: ":id=catalog, account=account"},
	{route: "POST /admin/catalogs/:id/lines", permission: handlers.SignedIn, ids: ":id=catalog, account=account, lines~chat"},
}

// looked is what a campaign that somebody may look at shows of itself.
const looked = "person@sight, user@sight, number@sight, account@sight, catalog@sight, group@sight, chat@sight"

var campaignRights = []right{
	{route: "GET /admin/campaigns", permission: handlers.SignedIn, ids: "user~user@sight, account~account@sight", shows: looked},
	{route: "GET /admin/campaigns/live", permission: handlers.SignedIn, ids: "rows~running@sight, user~user@sight, account~account@sight", shows: looked},
	{route: "GET /admin/campaigns/new", permission: handlers.SignedIn, ids: "repeat=running, catalog~catalog, account~account"},
	{route: "POST /admin/campaigns/new", permission: handlers.SignedIn, ids: "catalog=catalog, account=account", send: "text=Yuk&rounds=1", but: "quiet sends"},
	{route: "POST /admin/campaigns", permission: handlers.SignedIn, ids: "catalog=catalog, account=account", send: "token=tokentokentokentoken&text=Yuk&rounds=1", but: "sends"},
	{route: "GET /admin/campaigns/:id", permission: handlers.SignedIn, ids: ":id=running@sight", shows: looked},
	{route: "GET /admin/campaigns/:id/live", permission: handlers.SignedIn, ids: ":id=running@sight", shows: looked},
	{route: "GET /admin/campaigns/:id/text", permission: handlers.SignedIn, ids: ":id=running"},
	{route: "POST /admin/campaigns/:id/text", permission: handlers.SignedIn, ids: ":id=running", send: "version=1&text=Boshqa", but: "sends"},
	{route: "POST /admin/campaigns/:id/start", permission: handlers.SignedIn, ids: ":id=scheduled", but: "sends"},
	{route: "POST /admin/campaigns/:id/pause", permission: handlers.SignedIn, ids: ":id=running"},
	{route: "POST /admin/campaigns/:id/resume", permission: handlers.SignedIn, ids: ":id=paused", but: "sends"},
	{route: "POST /admin/campaigns/:id/cancel", permission: handlers.SignedIn, ids: ":id=running"},
	{route: "POST /admin/campaigns/:id/look", permission: handlers.SignedIn, ids: ":id=running"},
	{route: "POST /admin/campaigns/:id/rounds/:round/send", permission: handlers.SignedIn, ids: ":id=missed, :round'1", but: "sends"},
	{route: "POST /admin/campaigns/:id/rounds/:round/retry", permission: handlers.SignedIn, ids: ":id=running, :round'1", but: "sends"},
	{route: "POST /admin/campaigns/:id/deliveries/cancel", permission: handlers.SignedIn, ids: ":id=running, ids~delivery"},
}

var peopleRights = []right{
	{route: "GET /admin/users", permission: handlers.Manager, ids: "department~department@department"},
	{route: "GET /admin/users/new", permission: handlers.Manager, ids: "department~department", but: "home"},
	{route: "POST /admin/users", permission: handlers.Manager, ids: "department!department@places", send: sendUser, but: "home"},
	{route: "GET /admin/users/:id", permission: handlers.Manager, ids: ":id=user"},
	{route: "POST /admin/users/:id", permission: handlers.Manager, ids: ":id=user@managed, department!department@places", send: sendUser},
	{route: "GET /admin/users/:id/edit", permission: handlers.Manager, ids: ":id=user@managed", but: "self"},
	{route: "GET /admin/users/:id/block", permission: handlers.Manager, ids: ":id=user@managed"},
	{route: "POST /admin/users/:id/block", permission: handlers.Manager, ids: ":id=user@managed", send: sendBlock},
	{route: "POST /admin/users/:id/unblock", permission: handlers.Manager, ids: ":id=user@managed", but: "quiet"},
	{route: "POST /admin/users/:id/link", permission: handlers.Manager, ids: ":id=user@managed"},
	{route: "POST /admin/users/:id/bot-link", permission: handlers.Manager, ids: ":id=user@managed"},
	{route: "GET /admin/users/:id/remove", permission: handlers.Manager, ids: ":id=user@managed"},
	{route: "POST /admin/users/:id/remove", permission: handlers.Manager, ids: ":id=user@managed", send: "log_out=1"},
	{route: "GET /admin/departments", permission: handlers.Owner},
	{route: "POST /admin/departments", permission: handlers.Owner, send: "name=Yangi"},
	{route: "GET /admin/departments/new", permission: handlers.Owner},
	{route: "GET /admin/departments/:id/rename", permission: handlers.Owner, ids: ":id=department"},
	{route: "POST /admin/departments/:id/rename", permission: handlers.Owner, ids: ":id=department", send: "name=Yangi"},
	{route: "POST /admin/departments/:id/remove", permission: handlers.Owner, ids: ":id=department"},
	{route: "GET /admin/limits", permission: handlers.Owner},
	{route: "POST /admin/limits/requests", permission: handlers.Owner, send: "kind=accounts&wanted=200&note=Kerak"},
	{route: "POST /admin/limits/requests/:id/withdraw", permission: handlers.Owner, ids: ":id=request"},
}

const (
	sendUser  = "name=Yangi&email=yangi@example.org&role=member"
	sendPace  = "gap_min=9&gap_max=13&per_hour=10&per_day=20&chat_gap=60&chat_gap_unit=minutes&min_interval=2&min_interval_unit=hours"
	sendBlock = "reason=Shikoyat&length=week"
)

var settingsRights = []right{
	{route: "GET /admin/settings", permission: handlers.SignedIn},
	{route: "GET /admin/settings/words", permission: handlers.Owner},
	{route: "POST /admin/settings", permission: handlers.Owner, send: sendPace + "&days=1"},
	{route: "POST /admin/settings/zone", permission: handlers.Owner, send: "zone=Asia/Tokyo"},
	{route: "POST /admin/settings/stop", permission: handlers.Owner},
	{route: "POST /admin/settings/resume", permission: handlers.Owner, but: "quiet"},
	{route: "GET /admin/audit", permission: handlers.Auditor, ids: "user~user@audited, organization~organization@audited"},
	{route: "GET /admin/audit.csv", permission: handlers.Auditor, ids: "user~user@audited, organization~organization@audited", but: "kept"},
}

var denyRights = []right{
	{route: "GET /admin/deny-list", permission: handlers.Manager, send: "find=group", shows: "person@run"},
	{route: "GET /admin/deny-list/add", permission: handlers.Manager, ids: "peer=peer, campaign&running"},
	{route: "POST /admin/deny-list", permission: handlers.Manager, ids: "peer=peer, campaign&running", send: "reason=Kerak+emas"},
	{route: "POST /admin/deny-list/:peer/remove", permission: handlers.Manager, ids: ":peer=denied peer"},
}

// watched are the groups that an organization's numbers hear: the filter is one
// for the whole of it.
const watched = "group@run, chat@run, peer@run"

var watchRights = []right{
	{route: "GET /admin/watch", permission: handlers.Watcher, ids: "sender~sender", shows: watched},
	{route: "GET /admin/watch/live", permission: handlers.Watcher, ids: "sender~sender"},
	{route: "GET /admin/watch/detections/:id", permission: handlers.Watcher, ids: ":id=detection"},
	{route: "GET /admin/watch/detections/:id/live", permission: handlers.Watcher, ids: ":id=detection"},
	{route: "POST /admin/watch/detections/:id/review", permission: handlers.Watcher, ids: ":id=detection", send: "review=right"},
	{route: "POST /admin/watch/detections/:id/review/rest", permission: handlers.Watcher, ids: ":id=detection", send: "review=right"},
	{route: "POST /admin/watch/detections/:id/sender", permission: handlers.Watcher, ids: ":id=detection", send: "list=block"},
	{route: "GET /admin/watch/detections.csv", permission: handlers.Watcher, ids: "sender~sender", but: "kept"},
	{route: "GET /admin/watch/detections.xlsx", permission: handlers.Watcher, ids: "sender~sender", but: "kept"},
	{route: "GET /admin/watch/reports", permission: handlers.Watcher},
	{route: "GET /admin/watch/reports.csv", permission: handlers.Watcher, but: "kept"},
	{route: "GET /admin/watch/reports.xlsx", permission: handlers.Watcher, but: "kept"},
	{route: "GET /admin/watch/settings", permission: handlers.Watcher},
	{route: "POST /admin/watch/settings", permission: handlers.Watcher, send: "mode=off", but: "quiet"},
	{route: "POST /admin/watch/settings/replay", permission: handlers.Watcher, but: "quiet"},
	{route: "GET /admin/watch/keywords", permission: handlers.Watcher},
	{route: "POST /admin/watch/keywords", permission: handlers.Watcher, send: "list=places&words=Xayoliya"},
	{route: "POST /admin/watch/keywords/remove", permission: handlers.Watcher, send: "list=places&words=Moskva"},
	{route: "POST /admin/watch/keywords/return", permission: handlers.Watcher, send: "list=places&words=Moskva", but: "quiet"},
	{route: "POST /admin/watch/keywords/restore", permission: handlers.Watcher},
	{route: "POST /admin/watch/keywords/import", permission: handlers.Watcher, but: "quiet"},
	{route: "GET /admin/watch/keywords/dispatcher_keywords.json", permission: handlers.Watcher, but: "kept"},
	{route: "GET /admin/watch/custom", permission: handlers.Watcher, ids: "sender~sender", shows: "person@run"},
	{route: "POST /admin/watch/custom", permission: handlers.Watcher, send: "act=block&kind=word&word=yangi"},
	{route: "POST /admin/watch/custom/try", permission: handlers.Watcher, send: "act=block&kind=word&word=yangi", but: "quiet", shows: "person@run"},
	{route: "POST /admin/watch/custom/:id/remove", permission: handlers.Watcher, ids: ":id=custom filter"},
	{route: "GET /admin/watch/templates", permission: handlers.Watcher},
	{route: "POST /admin/watch/templates", permission: handlers.Watcher, send: "text=Salom"},
	{route: "GET /admin/watch/templates/:id", permission: handlers.Watcher, ids: ":id=template"},
	{route: "POST /admin/watch/templates/:id", permission: handlers.Watcher, ids: ":id=template", send: "text=Salom"},
	{route: "POST /admin/watch/templates/:id/switch", permission: handlers.Watcher, ids: ":id=template", send: "on=0"},
	{route: "POST /admin/watch/templates/:id/remove", permission: handlers.Watcher, ids: ":id=template"},
	{route: "GET /admin/watch/groups", permission: handlers.Watcher, shows: watched},
	{route: "POST /admin/watch/groups", permission: handlers.Watcher, ids: "ids~peer@run", send: "on=1"},
	{route: "POST /admin/watch/groups/all", permission: handlers.Watcher, send: "all=0"},
	{route: "GET /admin/watch/try", permission: handlers.Watcher, shows: watched},
	{route: "POST /admin/watch/try", permission: handlers.Watcher, send: "text=Salom", but: "quiet", shows: watched},
}

var serviceRights = []right{
	{route: "GET /admin/service", permission: handlers.Admin},
	{route: "POST /admin/service/stop", permission: handlers.Admin},
	{route: "POST /admin/service/resume", permission: handlers.Admin, but: "quiet"},
	{route: "GET /admin/service/organizations/new", permission: handlers.Admin},
	{route: "POST /admin/service/organizations/new", permission: handlers.Admin, send: "name=Yangi&zone=Asia/Tashkent&owner_name=Ega&email=ega@example.org&account_limit=3"},
	{route: "GET /admin/service/live", permission: handlers.Admin, ids: "rows~organization"},
	{route: "GET /admin/service/organizations/:id", permission: handlers.Admin, ids: ":id=organization"},
	{route: "POST /admin/service/organizations/:id", permission: handlers.Admin, ids: ":id=organization", send: "name=Yangi&zone=Asia/Tokyo"},
	{route: "POST /admin/service/organizations/:id/limits", permission: handlers.Admin, ids: ":id=organization", send: "user_limit=7&account_limit=7&campaigns_per_day=0&messages_per_day=0"},
	{route: "POST /admin/service/organizations/:id/stop", permission: handlers.Admin, ids: ":id=organization"},
	{route: "POST /admin/service/organizations/:id/resume", permission: handlers.Admin, ids: ":id=organization", but: "quiet"},
	{route: "POST /admin/service/organizations/:id/granted", permission: handlers.Admin, ids: ":id=organization", send: sendPace},
	{route: "GET /admin/service/organizations/:id/block", permission: handlers.Admin, ids: ":id=organization"},
	{route: "POST /admin/service/organizations/:id/block", permission: handlers.Admin, ids: ":id=organization", send: sendBlock},
	{route: "POST /admin/service/organizations/:id/unblock", permission: handlers.Admin, ids: ":id=organization", but: "quiet"},
	{route: "GET /admin/service/organizations/:id/users", permission: handlers.Admin, ids: ":id=organization"},
	{route: "GET /admin/service/organizations/:id/users/:user", permission: handlers.Admin, ids: ":id=organization, :user=user@service"},
	{route: "POST /admin/service/organizations/:id/users/:user", permission: handlers.Admin, ids: ":id=organization, :user=owner", send: "name=Yangi+ism&email=yangi@example.org"},
	{route: "GET /admin/service/organizations/:id/users/:user/block", permission: handlers.Admin, ids: ":id=organization, :user=user@service"},
	{route: "POST /admin/service/organizations/:id/users/:user/block", permission: handlers.Admin, ids: ":id=organization, :user=user@service", send: sendBlock},
	{route: "POST /admin/service/organizations/:id/users/:user/unblock", permission: handlers.Admin, ids: ":id=organization, :user=user@service", but: "quiet"},
	{route: "POST /admin/service/organizations/:id/users/:user/link", permission: handlers.Admin, ids: ":id=organization, :user=owner"},
	{route: "GET /admin/service/organizations/:id/numbers", permission: handlers.Admin, ids: ":id=organization"},
	{route: "GET /admin/service/organizations/:id/campaigns", permission: handlers.Admin, ids: ":id=organization"},
	{route: "GET /admin/service/organizations/:id/campaigns/:campaign/text", permission: handlers.Admin, ids: ":id=organization, :campaign=running@service"},
	{route: "POST /admin/service/organizations/:id/campaigns/:campaign/text", permission: handlers.Admin, ids: ":id=organization, :campaign=running@service", but: "reads"},
	{route: "GET /admin/service/numbers", permission: handlers.Admin},
	{route: "GET /admin/service/numbers/block", permission: handlers.Admin},
	{route: "POST /admin/service/numbers/block", permission: handlers.Admin, send: "phone=%2B998931112233&" + sendBlock},
	{route: "POST /admin/service/numbers/unblock", permission: handlers.Admin, send: "phone=%2B998931234567"},
	{route: "GET /admin/service/requests", permission: handlers.Admin},
	{route: "POST /admin/service/requests/:id/grant", permission: handlers.Admin, ids: ":id=request@service", send: "value=150"},
	{route: "POST /admin/service/requests/:id/refuse", permission: handlers.Admin, ids: ":id=request@service", send: "answer=Keyinroq"},
}
