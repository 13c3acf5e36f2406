package bot

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
)

// showCampaign shows a campaign; as long as anything of it is to come the message
// follows it.
func (t *turn) showCampaign(id int64) error {
	p, err := t.campaignPage(id)
	if err != nil {
		return err
	}
	s, mark := t.campaignScreen(p)
	message, err := t.place(s)
	if err != nil || !following(p.Campaign) {
		return err
	}
	return t.follow(domain.BotScreen{
		TelegramID: t.in.From, MessageID: message, OrganizationID: p.Campaign.OrganizationID, CampaignID: id,
		Shown: mark, Since: t.now(),
	})
}

// following reports whether a campaign may still change by itself.
func following(c domain.Campaign) bool {
	return c.Status.Live() || c.Counts.Open() > 0 || c.Counts.Uncertain > 0
}

// campaignPage reads a campaign as he may see it.
func (t *turn) campaignPage(id int64) (p views.CampaignPage, err error) {
	sight := t.actor.Sight()
	if p.Campaign, err = t.Campaigns.Store.Campaign(t.ctx, sight, id); err != nil {
		return p, err
	}
	if p.Moment, err = t.moment(); err != nil {
		return p, err
	}
	if err := t.caps(&p); err != nil {
		return p, err
	}
	p.Rounds, err = t.Campaigns.Store.Rounds(t.ctx, sight, id)
	return p, err
}

// caps adds those of the campaign's account, where one of them holds it up.
func (t *turn) caps(p *views.CampaignPage) error {
	if !p.Campaign.LimitUntil.After(p.Now) {
		return nil
	}
	acc, err := t.Accounts.Store.Account(t.ctx, t.actor.Sight(), p.Campaign.AccountID)
	if domain.IsCode(err, domain.NotFound) {
		return nil // of a colleague's account only the campaign is shown
	}
	pace := t.actor.Organization.Pace
	p.PerHour, _ = domain.Warming(pace.PerHour, acc.WarmAt, p.Now)
	p.PerDay, _ = domain.Warming(pace.PerDay, acc.WarmAt, p.Now)
	return err
}

// spare is what a message leaves free of its length, in UTF-16 units: for a clock
// that is written longer elsewhere.
const spare = 60

// campaignScreen is the message about a campaign. The mark is the same for as long as
// nothing of it changes but the time at which it was made.
func (t *turn) campaignScreen(p views.CampaignPage) (s screen, mark string) {
	c := p.Campaign
	var head strings.Builder
	head.WriteString(t.campaignState(p) + "\n\n" + t.campaignFacts(p))
	for _, n := range views.CampaignNotes(t.ctx, p) {
		head.WriteString("\n\nℹ️ " + esc(n))
	}
	stamp := "bot.campaign.stamp"
	if following(c) {
		stamp = "bot.campaign.live"
	}
	made := "\n\n<i>" + t.T(stamp, "Clock", locale.ClockSeconds(t.ctx, p.Now)) + "</i>"
	tail := "\n\n<b>" + t.T("campaign.message") + "</b>\n"
	text, rest, _ := rich(c.Text, c.Formats, mostUnits-units(head.String()+made+tail)-spare)
	if rest != "" {
		text += "…"
	}
	s = screen{text: head.String() + made + tail + text, rows: t.campaignButtons(p, rest != "")}
	sum := sha256.Sum256(fmt.Append(nil, head.String(), tail, text, s.rows))
	return s, hex.EncodeToString(sum[:8])
}

// campaignState is where it stands, in figures too.
func (t *turn) campaignState(p views.CampaignPage) string {
	c, n := p.Campaign, p.Campaign.Counts
	said := views.CampaignWords(t.ctx, p.Moment, c)
	var b strings.Builder
	b.WriteString("<b>" + t.T("campaign.number", "ID", c.ID) + " · " + esc(said.Word) + "</b>")
	if said.Why != "" {
		b.WriteString("\n" + ours(said.Why, mostWhy))
	}
	if !said.Until.IsZero() {
		b.WriteString("\n" + said.UntilWord + " " + locale.When(t.ctx, p.Now, said.Until))
	}
	b.WriteString("\n" + bar(n) + " " + locale.Percent(t.ctx, n.Sent, n.Planned))
	fmt.Fprintf(&b, "\n%s: <b>%s</b> / %s", t.T("delivery.count.sent"), locale.Num(t.ctx, n.Sent), locale.Num(t.ctx, n.Planned))
	for _, part := range []struct {
		key string
		n   int
	}{
		{"open", n.Open()},
		{"failed", n.Failed},
		{"uncertain", n.Uncertain},
		{"skipped", n.Skipped},
		{"missed", n.Missed},
		{"cancelled", n.Cancelled},
	} {
		if part.n > 0 {
			b.WriteString("\n" + t.T("delivery.count."+part.key) + ": " + locale.Num(t.ctx, part.n))
		}
	}
	return b.String()
}

// mostWhy is how long a reason may be, in characters: ours are shorter.
const mostWhy = 200

// barLength is how many squares a bar has.
const barLength = 10

// bar shows counts as squares: sent, failed, uncertain, given up, to come.
func bar(n domain.Counts) string {
	var b strings.Builder
	upTo, drawn := 0, 0
	for _, part := range []struct {
		square string
		n      int
	}{
		{"🟩", n.Sent},
		{"🟥", n.Failed},
		{"🟨", n.Uncertain},
		{"⬛", n.Skipped + n.Missed + n.Cancelled},
		{"⬜", n.Open()},
	} {
		upTo += part.n
		if n.Planned <= 0 {
			continue
		}
		squares := min(upTo*barLength/n.Planned, barLength)
		b.WriteString(strings.Repeat(part.square, max(0, squares-drawn)))
		drawn = max(drawn, squares)
	}
	return b.String() + strings.Repeat("⬜", barLength-drawn)
}

// campaignFacts is what was ordered, and when it really happens.
func (t *turn) campaignFacts(p views.CampaignPage) string {
	c := p.Campaign
	rounds := t.N("campaign.rounds_count", 1)
	if c.Rounds > 1 {
		rounds = t.N("campaign.rounds_every", c.Rounds, "Interval", c.Interval)
	}
	account := c.AccountPhone.String()
	if c.AccountName != "" {
		account = name(c.AccountName, 40) + " · " + account
	}
	lines := []string{
		t.T("campaign.fact.catalog") + ": " + name(c.CatalogName, 60) + " · " + t.N("campaign.chats", c.Peers),
		t.T("campaign.col.account") + ": " + account,
	}
	if c.UserID != t.actor.User.ID {
		lines = append(lines, t.T("campaign.col.user")+": "+name(c.UserName, 60))
	}
	lines = append(lines,
		t.T("campaign.fact.rounds")+": "+rounds,
		t.T("campaign.col.start")+": "+views.StartWords(t.ctx, p.Now, c),
		t.T("campaign.col.end")+": "+views.EndWords(t.ctx, p.Now, c),
		t.T("campaign.col.last")+": "+locale.When(t.ctx, p.Now, c.LastSentAt),
	)
	if words := views.ToComeWords(t.ctx, p); words != "" && c.Rounds > 1 {
		lines = append(lines, words)
	}
	return strings.Join(lines, "\n")
}

// campaignButtons are what he may do about it; cut tells that the text is longer than
// what stands above them.
func (t *turn) campaignButtons(p views.CampaignPage, cut bool) (rows [][]button) {
	c := p.Campaign
	add := func(bs ...button) { rows = append(rows, row(bs...)) }
	add(press("🔄 "+t.T("bot.campaign.refresh"), "c", c.ID), press("📋 "+t.T("bot.campaign.chats"), "c.chats", c.ID, int64(p.Opened().Number), 0, 0))
	if len(p.Rounds) > 1 {
		add(press(t.T("campaign.rounds"), "c.rounds", c.ID, 0, 0))
	}
	if cut {
		add(press(t.T("bot.campaign.whole_text"), "c.text", c.ID))
	}
	rows = append(rows, t.campaignActs(p)...)
	if t.URL != "" {
		add(link(t.T("bot.menu.panel"), t.URL+views.CampaignURL(c.ID)))
	}
	add(press("« "+t.T("bot.history.title"), "hist"), press(t.T("bot.to_menu"), "menu"))
	return rows
}

// campaignActs are the buttons that change something.
func (t *turn) campaignActs(p views.CampaignPage) (rows [][]button) {
	c := p.Campaign
	mayChange, mayLet := t.actor.MayChange(c), p.MayLet(c)
	add := func(may bool, bs ...button) {
		if may {
			rows = append(rows, row(bs...))
		}
	}
	add(mayLet && c.Status == domain.CampaignPaused && !views.NumberGone(c), press("▶️ "+t.T("campaign.resume"), "c.resume", c.ID))
	add(mayLet && c.Status == domain.CampaignScheduled && c.StartAt.After(p.Now), press("▶️ "+t.T("campaign.start.button"), "c.start", c.ID))
	add(mayChange && c.Status.Live() && c.AccountState != domain.AccountActive, press(t.T("campaign.mend"), "num", c.AccountID))
	add(mayChange && (c.Status == domain.CampaignRunning || c.Status == domain.CampaignScheduled), press("⏸ "+t.T("campaign.pause"), "c.pause", c.ID))
	if failed := p.Failed(); len(failed) > 0 {
		add(true, t.retryButton(c.ID, failed[0]))
	}
	if missed := p.Missed(); len(missed) > 0 {
		add(true, t.missedButton(c.ID, missed[0]))
	}
	add(mayChange && c.Counts.Uncertain > 0, press("🔎 "+t.T("bot.campaign.look"), "c.look", c.ID))
	add(mayLet, press("↩️ "+t.T("campaign.repeat"), "c.repeat", c.ID))
	if opened := p.Opened(); mayChange && opened.Status == domain.RoundOpen && opened.Counts.Open() > 0 && c.Status.Live() {
		add(true, press("➖ "+t.T("bot.campaign.take_out"), "c.chats", c.ID, int64(opened.Number), stateToCome, 0))
	}
	add(mayChange && c.Cancellable(), press("🚫 "+t.T("campaign.cancel.button"), "c.cancel", c.ID))
	return rows
}

// sendWholeText sends the text alone, in as many messages as it takes.
func (t *turn) sendWholeText(args []int64) error {
	c, err := t.Campaigns.Store.Campaign(t.ctx, t.actor.Sight(), args[0])
	if err != nil {
		return err
	}
	t.done()
	for text, fs := c.Text, c.Formats; text != ""; {
		var part string
		part, text, fs = rich(text, fs, mostUnits-spare)
		if _, err := t.send(screen{text: part}); err != nil {
			return err
		}
	}
	return nil
}
