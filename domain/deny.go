package domain

import (
	"context"
	"strings"
	"time"
)

// DenyList is what people do with an organization's deny list: a peer on it is
// never written to, by any of the organization's accounts. A user or bot who
// has blocked one of them comes onto it by itself.
type DenyList struct {
	Store DenyStore
	Hub   *Hub
	Now   func() time.Time
}

// DeniedPeer is a peer on the deny list.
type DeniedPeer struct {
	Peer
	OrganizationID int64
	Reason         string // Telegram's code; of a person what he wrote, which may be nothing
	UserID         int64  // who put it there; 0: an answer of Telegram's did
	UserName       string // for pages
	At             time.Time
}

// KnownPeer is a peer that an account of the organization has.
type KnownPeer struct {
	Peer
	Denied bool // it is on the deny list already
}

// DenyFilter narrows the deny list down. Zero fields do not narrow.
type DenyFilter struct {
	Search string // in title and @username
	Offset int
	Limit  int
}

// DenyStore keeps deny lists.
type DenyStore interface {
	// DeniedPeers lists those of an organization, newest first.
	DeniedPeers(ctx context.Context, organizationID int64, f DenyFilter) (ps []DeniedPeer, total int, err error)
	// KnownPeer finds a peer among the dialogs and the catalogs of the scope, and
	// in one of its campaigns if campaignID is not 0; NotFound (deny.unknown).
	KnownPeer(ctx context.Context, s Scope, campaignID int64, id PeerID) (Peer, error)
	// KnownPeers lists the peers of the scope's dialogs in which the search is
	// found, by title.
	KnownPeers(ctx context.Context, s Scope, search string, limit int) ([]KnownPeer, error)
	// DenyPeer puts a peer on the list. In the same transaction all open deliveries
	// of the organization to it become skipped, but for one in flight, which ends
	// truthfully. Conflict (deny.already).
	DenyPeer(ctx context.Context, p DeniedPeer) error
	// AllowPeer takes it off the list: rounds that open from then on write to it
	// again. NotFound (deny.missing).
	AllowPeer(ctx context.Context, organizationID int64, id PeerID) error
}

const (
	maxDenyReason = 200
	maxKnownPeers = 30
)

// MayDeny reports whether the actor may see and change the deny list.
func (a Actor) MayDeny() bool { return a.User.Role == RoleOwner || a.User.Role == RoleManager }

// Add puts a peer on the list that the actor's accounts or catalogs have, or one
// of his campaigns if campaignID is not 0. The reason may be empty. NotFound
// (deny.unknown), Conflict (deny.already).
func (s *DenyList) Add(ctx context.Context, a Actor, campaignID int64, id PeerID, reason string) error {
	if !a.MayDeny() {
		return E(Forbidden, "deny.managers_only")
	}
	if reason = strings.TrimSpace(reason); reason != "" {
		var err error
		if reason, err = CleanName(reason, "reason", maxDenyReason); err != nil {
			return err
		}
	}
	p, err := s.Peer(ctx, a, campaignID, id)
	if err != nil {
		return err
	}
	err = s.Store.DenyPeer(ctx, DeniedPeer{
		Peer: p, OrganizationID: a.User.OrganizationID, Reason: reason, UserID: a.User.ID, At: s.Now().UTC(),
	})
	if err == nil {
		s.Hub.Changed(a.User.OrganizationID)
	}
	return err
}

// Peer is one that the actor may put on the list: see [DenyList.Add].
func (s *DenyList) Peer(ctx context.Context, a Actor, campaignID int64, id PeerID) (Peer, error) {
	if !a.MayDeny() {
		return Peer{}, E(Forbidden, "deny.managers_only")
	}
	return s.Store.KnownPeer(ctx, a.Scope(), campaignID, id)
}

// Remove takes a peer off the list. NotFound (deny.missing).
func (s *DenyList) Remove(ctx context.Context, a Actor, id PeerID) error {
	if !a.MayDeny() {
		return E(Forbidden, "deny.managers_only")
	}
	err := s.Store.AllowPeer(ctx, a.User.OrganizationID, id)
	if err == nil {
		s.Hub.Changed(a.User.OrganizationID)
	}
	return err
}

// Find lists the peers of the actor's dialogs in which the search is found; an
// empty search finds none.
func (s *DenyList) Find(ctx context.Context, a Actor, search string) ([]KnownPeer, error) {
	if strings.TrimSpace(search) == "" {
		return nil, nil
	}
	return s.Store.KnownPeers(ctx, a.Scope(), search, maxKnownPeers)
}

// Denies reports whether an answer of Telegram's puts the user or bot who it is
// about on the deny list: he has blocked the account, or it him.
func Denies(code string) bool {
	_, reason, _ := AnswerTo(code)
	return reason == ReasonBlocked
}
