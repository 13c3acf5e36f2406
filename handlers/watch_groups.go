package handlers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"postix/domain"
	"postix/domain/filter"
	"postix/views"
	"postix/views/ui"
)

func (h *Handlers) watchedGroups(q *Request) error {
	p, err := h.groupsPage(q)
	if err != nil {
		return err
	}
	return q.Seg(http.StatusOK, views.WatchedGroupList(p), views.WatchedGroups(p))
}

func (h *Handlers) groupsPage(q *Request) (p views.WatchGroupsPage, err error) {
	p = views.WatchGroupsPage{URL: q.Context.Request.URL, Search: q.words("search"), Page: q.Page()}
	s, err := h.Watch.Settings(q.Ctx(), q.Actor)
	if err != nil {
		return p, err
	}
	p.All = s.AllGroups
	if p.Chosen, err = h.chosenGroups(q); err != nil {
		return p, err
	}
	if p.Hint, err = h.watchHint(q); err != nil {
		return p, err
	}
	if err = h.ears(q, &p); err != nil {
		return p, err
	}
	p.Groups, p.Total, err = h.Watch.Groups(q.Ctx(), q.Actor, p.Search, (p.Page-1)*views.GroupsPageSize, views.GroupsPageSize)
	return p, err
}

// ears finds the accounts that listen. Those that a manager does not see are
// only counted.
func (h *Handlers) ears(q *Request, p *views.WatchGroupsPage) error {
	mine, err := h.Accounts.Store.Accounts(q.Ctx(), q.Actor.Scope())
	if err != nil {
		return err
	}
	all, err := h.Accounts.Store.Accounts(q.Ctx(), domain.Scope{OrganizationID: q.Actor.User.OrganizationID})
	if err != nil {
		return err
	}
	deaf := func(a domain.Account) bool { return !a.Listens || a.State == domain.AccountDisconnected }
	p.Ears = slices.DeleteFunc(mine, deaf)
	p.OtherEars = len(slices.DeleteFunc(all, deaf)) - len(p.Ears)
	return nil
}

func (h *Handlers) chosenGroups(q *Request) (int, error) {
	chosen, err := h.Watch.Store.Watching(q.Ctx(), q.Actor.User.OrganizationID)
	return len(chosen), err
}

// watchedGroupsChoose keeps the choice: boxes ticked one by one ("on"), all that
// a search finds ("all"), or the boxes of a whole page.
func (h *Handlers) watchedGroupsChoose(q *Request) error {
	form := q.Context.Request.PostForm
	ids := q.peers("ids")
	if form.Has("on") {
		return h.watchedGroupsTick(q, ids)
	}
	var err error
	switch all := form.Get("all"); all {
	case views.GroupsChoose, views.GroupsLeave:
		err = h.chooseFound(q, short(strings.TrimSpace(form.Get("search")), 200), all == views.GroupsChoose)
	case "":
		err = h.choosePage(q, ids)
	default:
		return domain.E(domain.Invalid, "watch.unknown").On("all")
	}
	if domain.IsKey(err, "watch.missing") { // left meanwhile, and then none of them is chosen
		q.Flash(ui.Warn, "watch.groups_gone")
		return q.Go(q.back(views.TabGroups.URL()))
	}
	return q.done(err, "watch.groups_saved", q.back(views.TabGroups.URL()))
}

// watchedGroupsTick keeps boxes that were ticked one by one.
func (h *Handlers) watchedGroupsTick(q *Request, ids []domain.PeerID) error {
	on, err := q.onOff("on")
	if err != nil {
		return err
	}
	if err := h.Watch.SetWatching(q.Ctx(), q.Actor, ids, on); err != nil {
		return err
	}
	s, err := h.Watch.Settings(q.Ctx(), q.Actor)
	if err != nil {
		return err
	}
	n, err := h.chosenGroups(q)
	if err != nil {
		return err
	}
	return q.Render(http.StatusOK, templ.Join(
		views.Morph(views.WatchedCountID, views.WatchedCount(n)),
		views.Morph(views.WatchedNoneID, views.WatchedNone(!s.AllGroups && n == 0)),
	))
}

func (h *Handlers) chooseFound(q *Request, search string, on bool) error {
	found, _, err := h.Watch.Groups(q.Ctx(), q.Actor, search, 0, 0)
	if err != nil {
		return err
	}
	ids := make([]domain.PeerID, len(found))
	for i, g := range found {
		ids[i] = g.ID
	}
	return h.Watch.SetWatching(q.Ctx(), q.Actor, ids, on)
}

// choosePage takes over the boxes of a page that was sent as a whole.
func (h *Handlers) choosePage(q *Request, ticked []domain.PeerID) error {
	left := map[domain.PeerID]bool{}
	for _, id := range q.peers("shown") {
		left[id] = true
	}
	for _, id := range ticked {
		delete(left, id)
	}
	if err := h.Watch.SetWatching(q.Ctx(), q.Actor, ticked, true); err != nil {
		return err
	}
	var off []domain.PeerID
	for id := range left {
		off = append(off, id)
	}
	return h.Watch.SetWatching(q.Ctx(), q.Actor, off, false)
}

func (h *Handlers) watchedGroupsAll(q *Request) error {
	all, err := q.onOff("all")
	if err != nil {
		return err
	}
	key := "watch.groups_chosen"
	if all {
		key = "watch.groups_all"
	}
	return q.done(h.Watch.SetAllGroups(q.Ctx(), q.Actor, all), key, views.TabGroups.URL())
}

// tryGroupChoices is how many groups a tried message can stand in.
const tryGroupChoices = 100

func (h *Handlers) tryPage(q *Request) (p views.TryPage, err error) {
	s, err := h.Watch.Settings(q.Ctx(), q.Actor)
	if err != nil {
		return p, err
	}
	p.Rules = s.Rules
	p.Groups, _, err = h.Watch.Groups(q.Ctx(), q.Actor, "", 0, tryGroupChoices)
	return p, err
}

func (h *Handlers) try(q *Request) error {
	p, err := h.tryPage(q)
	if err != nil {
		return err
	}
	return q.Render(http.StatusOK, views.WatchTryPage(p))
}

// tryMessage judges what was typed, and stores nothing.
func (h *Handlers) tryMessage(q *Request) error {
	p, err := h.tryPage(q)
	if err != nil {
		return err
	}
	typed := func(name string) string { return short(strings.TrimSpace(q.PostForm(name)), 1000) }
	p.Form = views.TryForm{
		Text: q.PostForm("text"), FirstName: typed("first_name"), LastName: typed("last_name"), Username: typed("username"),
		Bio: typed("bio"), Group: domain.PeerID(q.FormInt64("group")), Sender: typed("sender"),
	}
	status := http.StatusOK
	if g := q.PostForm("group"); g != "" && p.Form.Group >= 0 { // a group's id is negative
		p.Err = domain.E(domain.Invalid, "watch.unknown").On("group")
	} else {
		p.Verdict, p.Err = h.judge(q, p.Form)
	}
	if p.Err != nil {
		var again bool
		if status, again = Form(p.Err); !again {
			return p.Err
		}
		q.Header("HX-Reswap", "outerMorph show:top") // where it says what is wrong
	}
	return q.Seg(status, views.WatchTried(p), views.WatchTryPage(p))
}

func (h *Handlers) judge(q *Request, f views.TryForm) (*filter.Verdict, error) {
	m := filter.Message{
		ChatID: int64(f.Group), Username: strings.TrimPrefix(f.Username, "@"), FirstName: f.FirstName, LastName: f.LastName,
		Bio: f.Bio, Text: f.Text,
	}
	if f.Sender != "" {
		var err error
		if m.SenderID, err = senderID(f.Sender); err != nil {
			return nil, domain.E(domain.Invalid, "watch.sender_id").On("sender")
		}
	}
	v, err := h.Watch.Try(q.Ctx(), q.Actor, m)
	if err != nil {
		return nil, err
	}
	return &v, nil
}
