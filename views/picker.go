package views

import (
	"net/url"
	"strconv"
	"strings"

	"postix/domain"
)

// The ids of what the picker renews.
const (
	PickerID = "picker"
	PickedID = "picked"
)

// What a button of the picker asks for.
const (
	PickAll   = "all"
	PickNone  = "none"
	PickRange = "range"
)

// PickerPage is an account's dialogs to choose from for a catalog.
type PickerPage struct {
	Catalog  domain.Catalog
	Accounts []domain.Account
	Account  AccountNow // the zero one when there is none
	Filter   domain.DialogFilter
	Page     int
	Dialogs  []domain.DialogRow
	Total    int // behind the filter
	Picked   map[domain.PeerID]bool
	Err      error
}

// PickerURL is where chats of an account are chosen for a catalog.
func PickerURL(catalogID, accountID int64) string {
	return CatalogURL(catalogID) + "/add?account=" + itoa(accountID)
}

// LinesURL is where chats of an account are added by lines.
func LinesURL(catalogID, accountID int64) string {
	return CatalogURL(catalogID) + "/lines?account=" + itoa(accountID)
}

// URL is the address of a page of the list, with its filters.
func (p PickerPage) URL(page int) string {
	v := url.Values{"account": {itoa(p.Account.ID)}}
	if p.Filter.Search != "" {
		v.Set("search", p.Filter.Search)
	}
	if p.Filter.Kind != "" {
		v.Set("kind", string(p.Filter.Kind))
	}
	if p.Filter.Writable {
		v.Set("writable", "1")
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	return CatalogURL(p.Catalog.ID) + "/add?" + v.Encode()
}

// selectURL takes every change of the choice.
func (p PickerPage) selectURL() string { return CatalogURL(p.Catalog.ID) + "/select" }

func (p PickerPage) filtered() bool {
	return p.Filter.Search != "" || p.Filter.Kind != "" || p.Filter.Writable
}

// last reports whether no page follows.
func (p PickerPage) last() bool { return p.Page >= pages(p.Total, DialogsPageSize) }

// shown lists the rows of this page, for a form without JavaScript.
func (p PickerPage) shown() string {
	var ids []string
	for _, d := range p.Dialogs {
		if !d.InUse {
			ids = append(ids, peerValue(d.ID))
		}
	}
	return strings.Join(ids, ",")
}
