package handlers

import (
	"net/http"
	"strings"

	"postix/domain"
	"postix/views"
)

// blockForm shows the form of a block, with what is there already or was typed.
func (h *Handlers) blockForm(q *Request, status int, p views.BlockPage, f views.BlockForm, wrong error) error {
	p.Form, p.Err, p.Now = f, wrong, h.Now()
	return q.Render(status, views.Block(p))
}

// blocking shows the form with the block that is there.
func (h *Handlers) blocking(q *Request, p views.BlockPage) error {
	return h.blockForm(q, http.StatusOK, p, views.BlockedForm(q.Ctx(), p.Was), nil)
}

// blocked sets the block that was typed, or shows the form again.
func (h *Handlers) blocked(q *Request, p views.BlockPage, said string, block func(domain.Block) error) error {
	f, b, err := readBlock(q, p.Was, h.Now())
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
	return h.blocking(q, views.BlockOrganizationPage(q.Ctx(), o))
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
	return h.blocking(q, views.BlockOrganizationUserPage(q.Ctx(), o, u.User))
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

// blockedPhones lists the numbers that nobody may connect or send with.
func (h *Handlers) blockedPhones(q *Request) error {
	all, err := h.Organizations.BlockedPhones(q.Ctx(), q.Actor)
	if err != nil {
		return err
	}
	p := views.BlockedPhonesPage{Search: q.words("search"), Page: q.Page(), Now: h.Now(), URL: q.Context.Request.URL}
	for _, b := range all {
		if strings.Contains(digits(string(b.Phone)), digits(p.Search)) {
			p.Phones = append(p.Phones, b)
		}
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
	p, err := h.phoneBlockPage(q, short(q.words("phone"), 30))
	if err != nil {
		return err
	}
	return h.blocking(q, p)
}

func (h *Handlers) phoneBlock(q *Request) error {
	phone := short(strings.TrimSpace(q.PostForm("phone")), 60)
	p, err := h.phoneBlockPage(q, phone)
	if err != nil {
		return err
	}
	return h.blocked(q, p, "service.phone_blocked", func(b domain.Block) error {
		return h.Organizations.BlockPhone(q.Ctx(), q.Actor, phone, b)
	})
}

// phoneBlockPage is the page for a number as it was typed, with its block.
func (h *Handlers) phoneBlockPage(q *Request, typed string) (views.BlockPage, error) {
	blocks, err := h.phoneBlocks(q)
	phone, wrong := domain.ParsePhone(typed)
	if was := blocks[phone]; wrong == nil && was.Planned() {
		return views.BlockPhonePage(q.Ctx(), string(phone), was), err
	}
	return views.BlockPhonePage(q.Ctx(), typed, domain.Block{}), err
}

// phoneBlocks are the blocks of numbers.
func (h *Handlers) phoneBlocks(q *Request) (map[domain.Phone]domain.Block, error) {
	all, err := h.Organizations.BlockedPhones(q.Ctx(), q.Actor)
	blocks := make(map[domain.Phone]domain.Block, len(all))
	for _, b := range all {
		blocks[b.Phone] = b.Block
	}
	return blocks, err
}

func (h *Handlers) phoneUnblock(q *Request) error {
	err := h.Organizations.UnblockPhone(q.Ctx(), q.Actor, q.PostForm("phone"))
	return q.done(err, "service.phone_unblocked", views.PhonesURL)
}
