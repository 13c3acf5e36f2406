package bot

import (
	"strings"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
)

var historyCommands = []command{
	{"history", true, func(t *turn, _ string) error { return t.history(0) }},
}

var historyActions = []action{
	{"hist", nil, func(t *turn, _ []int64) error { return t.history(0) }},
	{"hist.p", []Arg{ArgNumber}, func(t *turn, a []int64) error { return t.history(a[0]) }},
	{"c", []Arg{ArgCampaign}, func(t *turn, a []int64) error { return t.showCampaign(a[0]) }},
	{"c.text", []Arg{ArgCampaign}, (*turn).sendWholeText},
	{"c.rounds", []Arg{ArgCampaign, ArgNumber, ArgNumber}, (*turn).rounds},
	{"c.states", []Arg{ArgCampaign, ArgNumber}, (*turn).chooseState},
	{"c.chats", []Arg{ArgCampaign, ArgNumber, ArgNumber, ArgNumber}, (*turn).campaignChats},
	{"c.find", []Arg{ArgCampaign}, (*turn).askChat},
	{"c.chat", []Arg{ArgCampaign, ArgPeer}, (*turn).campaignChat},
	{"c.take", []Arg{ArgCampaign, ArgPeer}, (*turn).askTakeOut},
	{"c.take.yes", []Arg{ArgCampaign, ArgPeer}, (*turn).takeOutOfCampaign},
	{"c.pause", []Arg{ArgCampaign}, (*turn).pauseCampaign},
	{"c.resume", []Arg{ArgCampaign}, (*turn).resumeCampaign},
	{"c.start", []Arg{ArgCampaign}, (*turn).askStartNow},
	{"c.start.yes", []Arg{ArgCampaign}, (*turn).startCampaign},
	{"c.cancel", []Arg{ArgCampaign}, (*turn).askCancel},
	{"c.cancel.yes", []Arg{ArgCampaign}, (*turn).cancelCampaign},
	{"c.retry", []Arg{ArgCampaign, ArgNumber}, (*turn).askRetry},
	{"c.retry.yes", []Arg{ArgCampaign, ArgNumber}, (*turn).retryFailed},
	{"c.missed", []Arg{ArgCampaign, ArgNumber}, (*turn).askMissed},
	{"c.missed.yes", []Arg{ArgCampaign, ArgNumber}, (*turn).sendMissed},
	{"c.look", []Arg{ArgCampaign}, (*turn).lookAgain},
	{"c.repeat", []Arg{ArgCampaign}, (*turn).repeatCampaign},
	{"c.repeat.yes", []Arg{ArgCampaign, ArgOrder}, (*turn).repeatInstead},
}

var historySteps = []step{
	{stepFind, (*turn).findChat},
}

// moment is what holds for every campaign now.
func (t *turn) moment() (views.Moment, error) {
	code, _, err := t.Store.SendingStopped(t.ctx)
	return views.Moment{Now: t.now(), Stopped: code, Actor: t.actor}, err
}

// history lists the campaigns that he may look at, newest first.
func (t *turn) history(page int64) error {
	m, err := t.moment()
	if err != nil {
		return err
	}
	cs, total, page, err := t.campaigns(page)
	if err != nil {
		return err
	}
	if total == 0 {
		return t.noHistory()
	}
	var b strings.Builder
	b.WriteString("<b>" + t.T("bot.history.title") + "</b>")
	var numbers []button
	for _, c := range cs {
		b.WriteString("\n\n" + t.campaignLine(m, c))
		numbers = append(numbers, press(t.T("campaign.number", "ID", c.ID), "c", c.ID))
	}
	s := screen{text: b.String(), rows: inRows(numbers, 5)}
	s.rows = append(s.rows, t.turning(total, page, "hist.p"), t.back())
	return t.show(s)
}

// campaigns reads a page of them; one that there is not becomes the nearest.
func (t *turn) campaigns(page int64) (cs []domain.Campaign, total int, at int64, err error) {
	at = min(max(page, 0), farPage)
	for {
		f := domain.CampaignFilter{Offset: int(at) * pageSize, Limit: pageSize}
		cs, total, err = t.Campaigns.Store.Campaigns(t.ctx, t.actor.Sight(), f)
		if err != nil || len(cs) > 0 || at <= lastPage(total) {
			return cs, total, at, err
		}
		at = lastPage(total)
	}
}

// farPage is beyond any list.
const farPage = 1 << 30

// noHistory explains an empty list and leads on.
func (t *turn) noHistory() error {
	s := screen{text: "<b>" + t.T("campaign.empty.title") + "</b>\n"}
	switch {
	case t.actor.User.Role == domain.RoleAdmin:
		s.text += t.T("bot.history.of_service")
	case t.actor.User.ReadOnly:
		s.text += t.T("user.you_read_only")
	default:
		s.text += t.T("campaign.empty.text")
		s.rows = append(s.rows, row(press(t.T("bot.menu.send"), "send")))
	}
	s.rows = append(s.rows, t.back())
	return t.show(s)
}

// lineBeginning is how much of a text a line of the list shows, in characters.
const lineBeginning = 60

// campaignLine is a campaign in the list.
func (t *turn) campaignLine(m views.Moment, c domain.Campaign) string {
	said := views.CampaignWords(t.ctx, m, c)
	line := "<b>" + t.T("campaign.number", "ID", c.ID) + "</b> " + name(views.Beginning(c.Text, lineBeginning), lineBeginning+1) +
		"\n" + esc(said.Word) + " · " + locale.Num(t.ctx, c.Counts.Sent) + " / " + locale.Num(t.ctx, c.Counts.Planned)
	line += "\n" + views.StartWords(t.ctx, m.Now, c) + " · " + name(c.CatalogName, 40)
	if c.UserID != t.actor.User.ID {
		line += " · " + name(c.UserName, 40)
	}
	return line
}

// inRows puts buttons beside each other.
func inRows(bs []button, most int) (rows [][]button) {
	for len(bs) > most {
		rows = append(rows, bs[:most])
		bs = bs[most:]
	}
	return append(rows, bs)
}
