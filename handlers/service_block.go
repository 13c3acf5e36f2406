package handlers

import (
	"net/http"
	"slices"
	"strings"

	"postix/domain"
	"postix/views"
)

// blockForm shows the form of a block, with what is there already or was typed.
func (h *Handlers) blockForm(q *Request, status int, p views.ServiceBlockPage, f views.BlockForm, wrong error) error {
	p.Form, p.Err, p.Now = f, wrong, h.Now()
	return q.Render(status, views.ServiceBlock(p))
}

// blocked sets the block that was typed, or shows the form again.
func (h *Handlers) blocked(q *Request, p views.ServiceBlockPage, said string, block func(domain.Block) error) error {
	f, b, err := readBlock(q, h.Now())
	if err == nil {
		err = block(b)
	}
	if s, again := Form(err); err != nil && again {
		return h.blockForm(q, s, p, f, err)
	}
	return q.done(err, said, p.Back)
}

func (h *Handlers) organizationBlocking(q *Request) error {
	o, err := h.organizationInPath(q)
	if err != nil {
		return err
	}
	return h.blockForm(q, http.StatusOK, views.BlockOrganizationPage(q.Ctx(), o), views.BlockedForm(q.Ctx(), o.Block), nil)
}

func (h *Handlers) organizationBlock(q *Request) error {
	o, err := h.organizationInPath(q)
	if err != nil {
		return err
	}
	return h.blocked(q, views.BlockOrganizationPage(q.Ctx(), o), "service.organization_blocked", func(b domain.Block) error {
		return h.Organizations.Block(q.Ctx(), q.Actor, o.ID, b)
	})
}

func (h *Handlers) organizationUnblock(q *Request) error {
	o, err := h.organizationInPath(q)
	if err != nil {
		return err
	}
	return q.done(h.Organizations.Unblock(q.Ctx(), q.Actor, o.ID), "service.organization_unblocked", views.OrganizationURL(o.ID))
}

func (h *Handlers) organizationUserBlocking(q *Request) error {
	o, u, err := h.organizationUserInPath(q)
	if err != nil {
		return err
	}
	return h.blockForm(q, http.StatusOK, views.BlockOrganizationUserPage(q.Ctx(), o, u.User), views.BlockedForm(q.Ctx(), u.Block), nil)
}

func (h *Handlers) organizationUserBlock(q *Request) error {
	o, u, err := h.organizationUserInPath(q)
	if err != nil {
		return err
	}
	return h.blocked(q, views.BlockOrganizationUserPage(q.Ctx(), o, u.User), "user.now_blocked", func(b domain.Block) error {
		return h.Users.Block(q.Ctx(), q.Actor, o.ID, u.ID, b)
	})
}

func (h *Handlers) organizationUserUnblock(q *Request) error {
	o, u, err := h.organizationUserInPath(q)
	if err != nil {
		return err
	}
	return q.done(h.Users.Unblock(q.Ctx(), q.Actor, o.ID, u.ID), "user.unblocked", views.OrganizationUserURL(o.ID, u.ID))
}

// phonesBlockedKept is how far back it is looked for who has blocked a number.
const phonesBlockedKept = 1000

// blockedPhones lists the numbers that nobody may connect or send with.
func (h *Handlers) blockedPhones(q *Request) error {
	all, err := h.Organizations.BlockedPhones(q.Ctx(), q.Actor)
	if err != nil {
		return err
	}
	// A number belongs to no organization: the service's own audit has it.
	acts, err := h.Audit.Audit(q.Ctx(), domain.AuditFilter{OrganizationID: q.Actor.User.OrganizationID, Event: domain.AuditPhoneBlock, Limit: phonesBlockedKept})
	if err != nil {
		return err
	}
	p := views.BlockedPhonesPage{Search: q.words("search"), Page: q.Page(), Now: h.Now(), URL: q.Context.Request.URL}
	for _, b := range all {
		if !strings.Contains(digits(string(b.Phone)), digits(p.Search)) {
			continue
		}
		shown := views.BlockedPhone{BlockedPhone: b}
		last := slices.IndexFunc(acts, func(e domain.AuditEntry) bool { return strings.HasPrefix(e.Detail, b.Phone.String()+":") })
		if last >= 0 {
			shown.By = acts[last].User
		}
		p.Phones = append(p.Phones, shown)
	}
	return q.Seg(http.StatusOK, views.BlockedPhoneList(p), views.BlockedPhones(p))
}

// digits leaves everything else out: a number is typed in many ways.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// phoneBlocking shows the form for the number in the address, or for one that is
// still to be typed.
func (h *Handlers) phoneBlocking(q *Request) error {
	phone := short(q.words("phone"), 30)
	all, err := h.Organizations.BlockedPhones(q.Ctx(), q.Actor)
	if err != nil {
		return err
	}
	var b domain.Block
	if i := slices.IndexFunc(all, func(b domain.BlockedPhone) bool { return string(b.Phone) == phone }); i >= 0 {
		b = all[i].Block
	}
	return h.blockForm(q, http.StatusOK, views.BlockPhonePage(q.Ctx(), phone), views.BlockedForm(q.Ctx(), b), nil)
}

func (h *Handlers) phoneBlock(q *Request) error {
	phone := short(strings.TrimSpace(q.PostForm("phone")), 60)
	return h.blocked(q, views.BlockPhonePage(q.Ctx(), phone), "service.phone_blocked", func(b domain.Block) error {
		return h.Organizations.BlockPhone(q.Ctx(), q.Actor, phone, b)
	})
}

func (h *Handlers) phoneUnblock(q *Request) error {
	err := h.Organizations.UnblockPhone(q.Ctx(), q.Actor, q.PostForm("phone"))
	return q.done(err, "service.phone_unblocked", views.PhonesURL)
}
