package bot

import (
	"fmt"
	"strconv"
	"strings"

	"postix/domain"
	"postix/views"
	"postix/views/locale"
)

// Which deliveries a list shows, as buttons say it: all, those of one of
// [domain.DeliveryStatuses] by its place from 1, or those that can be taken out.
const (
	stateAny    = 0
	stateToCome = 99
)

// statusOf is the status that a button narrows a list down to, "" for none.
func statusOf(state int64) domain.DeliveryStatus {
	if state < 1 || state > int64(len(domain.DeliveryStatuses)) {
		return ""
	}
	return domain.DeliveryStatuses[state-1]
}

// stateWord says what a list is narrowed down to.
func (t *turn) stateWord(state int64) string {
	if state == stateToCome {
		return t.T("delivery.count.open")
	}
	if s := statusOf(state); s != "" {
		return t.T("delivery.status." + string(s))
	}
	return t.T("campaign.filter.any_status")
}

// deliveryIcons stand before the words.
var deliveryIcons = map[domain.DeliveryStatus]string{
	domain.DeliverySending: "📤", domain.DeliveryWaiting: "⏳", domain.DeliveryPlanned: "🕓", domain.DeliveryUncertain: "❔",
	domain.DeliveryFailed: "❌", domain.DeliverySent: "✅", domain.DeliverySkipped: "⏭", domain.DeliveryCancelled: "🚫", domain.DeliveryMissed: "⌛️",
}

// deliveries reads a page of them; one that there is not becomes the nearest.
func (t *turn) deliveries(id int64, f domain.DeliveryFilter, state, page int64) (ds []domain.Delivery, total int, at int64, err error) {
	at = min(max(page, 0), farPage)
	for {
		f.Offset, f.Limit = int(at)*pageSize, pageSize
		if state == stateToCome {
			ds, total, err = t.toCome(id, f)
		} else {
			f.Status = statusOf(state)
			ds, total, err = t.Campaigns.Store.Deliveries(t.ctx, t.actor.Sight(), id, f)
		}
		if err != nil || len(ds) > 0 || at <= lastPage(total) {
			return ds, total, at, err
		}
		at = lastPage(total)
	}
}

// toCome are deliveries that wait and then those whose turn comes, as one list.
func (t *turn) toCome(id int64, f domain.DeliveryFilter) (all []domain.Delivery, total int, err error) {
	for _, st := range []domain.DeliveryStatus{domain.DeliveryWaiting, domain.DeliveryPlanned} {
		g := f
		g.Status, g.Offset = st, max(0, f.Offset-total)
		ds, n, err := t.Campaigns.Store.Deliveries(t.ctx, t.actor.Sight(), id, g)
		if err != nil {
			return nil, 0, err
		}
		all, total = append(all, ds...), total+n
	}
	return all[:min(len(all), f.Limit)], total, nil
}

// campaignChats lists a campaign's messages chat by chat: of a round (0: of all), in
// one state, a page.
func (t *turn) campaignChats(args []int64) error {
	id, state := args[0], args[2]
	p, err := t.campaignPage(id)
	if err != nil {
		return err
	}
	round := min(max(args[1], 0), domain.MaxRounds)
	if statusOf(state) == "" && state != stateToCome {
		state = stateAny
	}
	ds, total, page, err := t.deliveries(id, domain.DeliveryFilter{Round: int(round)}, state, args[3])
	if err != nil {
		return err
	}
	rounds := t.T("campaign.filter.any_round")
	if round != 0 {
		rounds = t.T("campaign.round", "Number", int(round))
	}
	s := screen{text: t.chatsHead(p) + "\n" + rounds + " · " + t.stateWord(state) + ": " + locale.Num(t.ctx, total)}
	if state == stateToCome && t.actor.MayChange(p.Campaign) {
		s.text += "\n" + t.T("bot.campaign.take_out_hint")
	}
	lines, numbers := t.deliveryLines(p, ds, int(page)*pageSize, round == 0)
	s.text += lines
	if total == 0 {
		s.text += "\n\n" + t.noDeliveries(p, round, state)
	}
	s.rows = append(inRows(numbers, 5), t.turning(total, page, "c.chats", id, round, state))
	s.rows = append(s.rows, row(
		press("🔄 "+t.T("bot.campaign.refresh"), "c.chats", id, round, state, page),
		press(t.T("bot.campaign.by_state"), "c.states", id, round)))
	find := row(press("🔎 "+t.T("bot.campaign.find"), "c.find", id))
	if len(p.Rounds) > 1 {
		find = append(find, press(t.T("campaign.rounds"), "c.rounds", id, state, 0))
	}
	s.rows = append(s.rows, find)
	s.rows = append(s.rows, t.roundActs(p, int(round))...)
	s.rows = append(s.rows, t.toCampaign(id))
	return t.show(s)
}

func (t *turn) toCampaign(id int64) []button {
	return row(press("« "+t.T("campaign.number", "ID", id), "c", id))
}

// chatsHead names the list, the campaign and the time.
func (t *turn) chatsHead(p views.CampaignPage) string {
	return "<b>" + t.T("campaign.number", "ID", p.Campaign.ID) + " · " + t.T("bot.campaign.chats") + "</b> · <i>" + locale.ClockSeconds(t.ctx, p.Now) + "</i>"
}

// noDeliveries says why a list is empty.
func (t *turn) noDeliveries(p views.CampaignPage, round, state int64) string {
	switch {
	case state != stateAny:
		return t.T("delivery.empty.filtered_title") + "."
	case p.Campaign.Round == 0 && p.Campaign.Status.Live():
		return t.T("delivery.empty.title") + "."
	case round == 0:
		return t.T("delivery.empty.all_title") + "."
	}
	return t.T("delivery.empty.none_text")
}

// deliveryLines are the lines of a list that begins after so many others, and the
// buttons that lead to their chats.
func (t *turn) deliveryLines(p views.CampaignPage, ds []domain.Delivery, after int, rounds bool) (lines string, numbers []button) {
	var b strings.Builder
	for i, d := range ds {
		no := after + i + 1
		fmt.Fprintf(&b, "\n\n%d. <b>%s</b>\n%s", no, chatName(d.Peer), t.deliveryState(p, d, rounds))
		numbers = append(numbers, press(strconv.Itoa(no), "c.chat", p.Campaign.ID, int64(d.Peer.ID)))
	}
	return b.String(), numbers
}

// mostDeliveryWhy is how much of a reason a line shows, in characters: a chat's own
// screen shows all of it.
const mostDeliveryWhy = 140

// deliveryState says where one message stands, when, and why.
func (t *turn) deliveryState(p views.CampaignPage, d domain.Delivery, round bool) string {
	said := views.DeliveryWords(t.ctx, p, d)
	line := deliveryIcons[d.Status] + " " + esc(said.Word)
	switch {
	case !said.Until.IsZero():
		line += ", " + t.T("bot.campaign.until", "When", locale.When(t.ctx, p.Now, said.Until))
	case d.Status == domain.DeliverySent:
		line += " " + locale.When(t.ctx, p.Now, d.SentAt)
	case !d.Status.Open():
		line += " " + locale.When(t.ctx, p.Now, d.UpdatedAt)
	}
	if round && p.Campaign.Rounds > 1 {
		line += " · " + t.T("campaign.round", "Number", d.Round)
	}
	if said.Why != "" {
		line += "\n" + ours(said.Why, mostDeliveryWhy)
	}
	return line
}

// roundActs are the buttons that send something of a round again, or after all.
func (t *turn) roundActs(p views.CampaignPage, round int) (rows [][]button) {
	id := p.Campaign.ID
	for _, r := range p.Failed() {
		if r.Number == round {
			rows = append(rows, row(t.retryButton(id, r)))
		}
	}
	for _, r := range p.Missed() {
		if r.Number == round {
			rows = append(rows, row(t.missedButton(id, r)))
		}
	}
	return rows
}

func (t *turn) retryButton(id int64, r domain.Round) button {
	return press("🔁 "+t.T("bot.campaign.retry", "Round", t.T("campaign.round", "Number", r.Number), "Count", r.Counts.Failed), "c.retry", id, int64(r.Number))
}

func (t *turn) missedButton(id int64, r domain.Round) button {
	return press("⏩ "+t.T("bot.campaign.send_missed", "Round", t.T("campaign.round", "Number", r.Number)), "c.missed", id, int64(r.Number))
}

// chooseState asks which messages of a round to list.
func (t *turn) chooseState(args []int64) error {
	p, err := t.campaignPage(args[0])
	if err != nil {
		return err
	}
	round := min(max(args[1], 0), domain.MaxRounds)
	s := screen{text: t.chatsHead(p) + "\n" + t.T("bot.campaign.which_state")}
	to := func(state int64) button { return press(t.stateWord(state), "c.chats", args[0], round, state, 0) }
	states := []button{to(stateAny), to(stateToCome)}
	for i, st := range domain.DeliveryStatuses {
		b := to(int64(i + 1))
		b.label = deliveryIcons[st] + " " + b.label
		states = append(states, b)
	}
	s.rows = append(inRows(states, 2), t.toCampaign(args[0]))
	return t.show(s)
}

// rounds lists those that were opened or missed; a button leads to the messages of
// one, in the state that was chosen.
func (t *turn) rounds(args []int64) error {
	id, state := args[0], args[1]
	p, err := t.campaignPage(id)
	if err != nil {
		return err
	}
	part, page := pageOf(p.Rounds, args[2])
	var b strings.Builder
	b.WriteString("<b>" + t.T("campaign.number", "ID", id) + " · " + t.T("campaign.rounds") + "</b>")
	var numbers []button
	for _, r := range part {
		b.WriteString("\n\n" + t.roundLine(p, r))
		numbers = append(numbers, press(strconv.Itoa(r.Number), "c.chats", id, int64(r.Number), state, 0))
	}
	if words := views.ToComeWords(t.ctx, p); words != "" {
		b.WriteString("\n\n" + words)
	}
	s := screen{text: b.String(), rows: inRows(numbers, 5)}
	s.rows = append(s.rows, t.turning(len(p.Rounds), page, "c.rounds", id, state),
		row(press(t.T("campaign.filter.any_round"), "c.chats", id, 0, state, 0)), t.toCampaign(id))
	return t.show(s)
}

func (t *turn) roundLine(p views.CampaignPage, r domain.Round) string {
	said := views.RoundWords(t.ctx, p, r)
	line := fmt.Sprintf("<b>%s</b> · %s · %s / %s", t.T("campaign.round", "Number", r.Number), esc(said.Word),
		locale.Num(t.ctx, r.Counts.Sent), locale.Num(t.ctx, r.Counts.Planned))
	if r.Counts.Failed > 0 {
		line += " · " + t.N("campaign.errors", r.Counts.Failed)
	}
	if r.OpenedAt.IsZero() {
		return line + "\n" + t.T("campaign.col.planned") + ": " + locale.When(t.ctx, p.Now, r.PlannedAt)
	}
	line += "\n" + locale.When(t.ctx, p.Now, r.OpenedAt) + " – " + locale.When(t.ctx, p.Now, r.ClosedAt)
	if said.Why != "" {
		line += " · " + esc(said.Why)
	}
	return line
}

// stepFind waits for a part of a chat's name.
const stepFind = "campaign.find"

func (t *turn) askChat(args []int64) error {
	if _, err := t.Campaigns.Store.Campaign(t.ctx, t.actor.Sight(), args[0]); err != nil {
		return err
	}
	s := screen{text: t.T("bot.campaign.ask_chat")}
	s.rows = append(s.rows, t.toCampaign(args[0]))
	return t.ask(s, stepFind, args[0], 0)
}

// findChat lists the chats of the latest round that have that in their names, and
// waits for another name.
func (t *turn) findChat(text string) error {
	k, err := t.conversation()
	if err != nil {
		return err
	}
	p, err := t.campaignPage(k.About)
	if err != nil {
		return err
	}
	what := shorten(strings.TrimSpace(text), 100)
	round := p.Opened().Number
	ds, total, _, err := t.deliveries(k.About, domain.DeliveryFilter{Round: round, Search: what}, stateAny, 0)
	if err != nil {
		return err
	}
	s := screen{text: t.chatsHead(p) + "\n🔎 " + name(what, 60) + ": " + locale.Num(t.ctx, total)}
	lines, numbers := t.deliveryLines(p, ds, 0, false)
	s.text += lines
	if more := total - len(ds); more > 0 {
		s.text += "\n\n" + t.N("bot.campaign.found_more", more)
	}
	s.rows = append(inRows(numbers, 5), t.toCampaign(k.About))
	return t.show(s)
}

// mostOfChat is how many messages to one chat its screen shows: the newest.
const mostOfChat = 10

// campaignChat shows what became of a campaign in one chat.
func (t *turn) campaignChat(args []int64) error {
	p, ds, err := t.toChat(args[0], args[1], t.actor.Sight())
	if err != nil {
		return err
	}
	s := screen{text: "<b>" + chatName(ds[0].Peer) + "</b>\n" + t.T("delivery.kind."+string(ds[0].Peer.Kind)) + " · " + t.T("campaign.number", "ID", args[0])}
	for _, d := range ds[:min(len(ds), mostOfChat)] {
		s.text += "\n\n" + t.deliveryState(p, d, true)
	}
	for _, d := range ds {
		if at := d.MessageLink(); at != "" {
			s.rows = append(s.rows, row(link(t.T("bot.campaign.open_message"), at)))
			break
		}
	}
	if len(canTakeOut(p, ds)) > 0 {
		s.rows = append(s.rows, row(press("➖ "+t.T("bot.campaign.take_chat"), "c.take", args[0], args[1])))
	}
	back := press("« "+t.T("bot.campaign.chats"), "c.chats", args[0], int64(p.Opened().Number), stateAny, 0)
	s.rows = append(s.rows, row(back), t.toCampaign(args[0]))
	return t.show(s)
}

// toChat reads a campaign's messages to one chat, newest round first; NotFound where
// there are none.
func (t *turn) toChat(id, peer int64, sc domain.Scope) (p views.CampaignPage, ds []domain.Delivery, err error) {
	if peer == 0 {
		return p, nil, domain.Missing("campaign.missing")
	}
	ds, _, err = t.Campaigns.Store.Deliveries(t.ctx, sc, id, domain.DeliveryFilter{Peer: domain.PeerID(peer), Limit: domain.MaxRounds})
	if err == nil && len(ds) == 0 {
		err = domain.Missing("campaign.missing")
	}
	if err != nil {
		return p, nil, err
	}
	p, err = t.campaignPage(id)
	return p, ds, err
}

// canTakeOut are the ids of those that he may take out.
func canTakeOut(p views.CampaignPage, ds []domain.Delivery) (ids []int64) {
	for _, d := range ds {
		if p.MayTakeOut(d) {
			ids = append(ids, d.ID)
		}
	}
	return ids
}

// askTakeOut asks before what was not sent to a chat is cancelled.
func (t *turn) askTakeOut(args []int64) error {
	p, ds, err := t.toChat(args[0], args[1], t.actor.Scope())
	if err != nil {
		return err
	}
	if len(canTakeOut(p, ds)) == 0 {
		return t.takenOut(args, ds, 0, nil)
	}
	s := screen{text: "<b>" + t.T("bot.campaign.ask_take", "Name", name(ds[0].Peer.Title, longestTitle)) + "</b>\n\n" + t.T("bot.campaign.take_text")}
	s.rows = append(s.rows, row(press(t.T("bot.campaign.take_yes"), "c.take.yes", args[0], args[1])), row(press(t.T("ask.no"), "c.chat", args[0], args[1])))
	return t.show(s)
}

func (t *turn) takeOutOfCampaign(args []int64) error {
	p, ds, err := t.toChat(args[0], args[1], t.actor.Scope())
	if err != nil {
		return err
	}
	n, err := t.Campaigns.CancelDeliveries(t.ctx, t.actor, args[0], canTakeOut(p, ds))
	return t.takenOut(args, ds, n, err)
}

// takenOut tells how many of the messages were, now or before, and shows the chat.
func (t *turn) takenOut(args []int64, ds []domain.Delivery, n int, err error) error {
	if err != nil {
		return err
	}
	said := t.alert
	word := "bot.campaign.nothing_taken"
	if n > 0 || ds[0].Status == domain.DeliveryCancelled {
		said, word = t.note, "bot.campaign.taken"
	}
	if err := said(t.T(word)); err != nil {
		return err
	}
	return t.campaignChat(args)
}
