package telegram

import (
	"strconv"
	"strings"

	"github.com/gotd/td/tg"

	"postix/domain"
)

// channelBase is what marked ids add to a channel's number.
// Source: https://core.telegram.org/api/bots/ids
const channelBase = 1_000_000_000_000

func groupID(id int64) domain.PeerID   { return domain.PeerID(-id) }
func channelID(id int64) domain.PeerID { return domain.PeerID(-channelBase - id) }

// bare is the number that MTProto uses for a marked id.
func bare(id domain.PeerID) int64 {
	switch {
	case id > 0:
		return int64(id)
	case id > -channelBase:
		return int64(-id)
	}
	return int64(-id) - channelBase
}

func isUser(id domain.PeerID) bool    { return id > 0 }
func isChannel(id domain.PeerID) bool { return id < -channelBase }

// peerID is the marked id of a peer; 0 for none.
func peerID(p tg.PeerClass) domain.PeerID {
	switch p := p.(type) {
	case *tg.PeerUser:
		return domain.PeerID(p.UserID)
	case *tg.PeerChat:
		return groupID(p.ChatID)
	case *tg.PeerChannel:
		return channelID(p.ChannelID)
	}
	return 0
}

// inputPeer names a dialog to Telegram.
func inputPeer(d domain.Dialog) tg.InputPeerClass {
	id := bare(d.ID)
	switch {
	case isUser(d.ID):
		return &tg.InputPeerUser{UserID: id, AccessHash: d.AccessHash}
	case isChannel(d.ID):
		return &tg.InputPeerChannel{ChannelID: id, AccessHash: d.AccessHash}
	}
	return &tg.InputPeerChat{ChatID: id}
}

func inputChannel(d domain.Dialog) tg.InputChannelClass {
	return &tg.InputChannel{ChannelID: bare(d.ID), AccessHash: d.AccessHash}
}

// serviceUser is "Telegram", which writes the login codes.
const serviceUser = 777000

// userDialog is a person or a bot as a dialog; false for whom nobody sends
// campaigns to: oneself ("Saved Messages") and the service.
func userDialog(u *tg.User) (domain.Dialog, bool) {
	if u.Self || u.ID == serviceUser {
		return domain.Dialog{}, false
	}
	d := domain.Dialog{
		Peer: domain.Peer{
			ID: domain.PeerID(u.ID), Kind: domain.KindUser, Username: username(u.Username, u.Usernames),
			Title: name(strings.TrimSpace(u.FirstName + " " + u.LastName)),
		},
		AccessHash: u.AccessHash, CanWrite: true,
	}
	if u.Bot {
		d.Kind = domain.KindBot
	}
	if d.Title == "" { // deleted people have no name
		d.Title = fallbackTitle(d.Peer)
	}
	switch {
	case u.Deleted:
		deny(&d, domain.ReasonDeleted)
	case u.SendPaidMessagesStars > 0:
		deny(&d, domain.ReasonPaid)
	}
	return d, true
}

func fallbackTitle(p domain.Peer) string {
	if p.Username != "" {
		return "@" + p.Username
	}
	return "#" + strconv.FormatInt(bare(p.ID), 10)
}

// chatDialog is a group, supergroup or channel as a dialog, and whether its slow
// mode has to be asked for. It answers false for what is no place to send to:
// an empty answer, and a channel's direct messages.
func chatDialog(c tg.ChatClass) (d domain.Dialog, slow, ok bool) {
	switch c := c.(type) {
	case *tg.Chat:
		return basicGroup(c), false, true
	case *tg.ChatForbidden:
		d = domain.Dialog{Peer: domain.Peer{ID: groupID(c.ID), Kind: domain.KindGroup, Title: name(c.Title)}}
		deny(&d, domain.ReasonNotMember)
		return d, false, true
	case *tg.ChannelForbidden:
		d = domain.Dialog{Peer: domain.Peer{ID: channelID(c.ID), Kind: channelKind(c.Broadcast), Title: name(c.Title)}, AccessHash: c.AccessHash}
		deny(&d, domain.ReasonNotMember)
		return d, false, !c.Monoforum
	case *tg.Channel:
		d, slow = channel(c)
		return d, slow, !c.Monoforum
	}
	return d, false, false
}

func basicGroup(c *tg.Chat) domain.Dialog {
	d := domain.Dialog{
		Peer:     domain.Peer{ID: groupID(c.ID), Kind: domain.KindGroup, Title: name(c.Title), Members: c.ParticipantsCount},
		CanWrite: true,
	}
	_, admin := c.GetAdminRights()
	if to, ok := c.MigratedTo.(*tg.InputChannel); ok {
		d.MigratedTo = channelID(to.ChannelID)
	}
	switch {
	case d.MigratedTo != 0:
		deny(&d, domain.ReasonMigrated)
	case c.Deactivated:
		deny(&d, domain.ReasonClosed)
	case c.Left:
		deny(&d, domain.ReasonNotMember)
	case !c.Creator && !admin && silenced(c.DefaultBannedRights):
		deny(&d, domain.ReasonForbidden)
	}
	return d
}

// channel is a supergroup or channel. Rights as in
// https://core.telegram.org/api/rights: an admin is above the defaults, and slow
// mode does not hold for him.
func channel(c *tg.Channel) (d domain.Dialog, slow bool) {
	d = domain.Dialog{
		Peer: domain.Peer{
			ID: channelID(c.ID), Kind: channelKind(c.Broadcast), Title: name(c.Title),
			Username: username(c.Username, c.Usernames), Members: c.ParticipantsCount,
		},
		AccessHash: c.AccessHash, CanWrite: true, Forum: c.Forum,
	}
	rights, admin := c.GetAdminRights()
	admin = admin || c.Creator
	switch {
	case c.Left, c.BannedRights.ViewMessages:
		deny(&d, domain.ReasonNotMember)
	case c.Broadcast && !c.Creator && !rights.PostMessages:
		deny(&d, domain.ReasonAdmin)
	case silenced(c.BannedRights), !admin && silenced(c.DefaultBannedRights):
		deny(&d, domain.ReasonForbidden)
	case !admin && c.Gigagroup:
		deny(&d, domain.ReasonAdmin)
	case !admin && c.SendPaidMessagesStars > 0:
		deny(&d, domain.ReasonPaid)
	}
	return d, c.SlowmodeEnabled && !admin
}

func channelKind(broadcast bool) domain.PeerKind {
	if broadcast {
		return domain.KindChannel
	}
	return domain.KindSupergroup
}

func silenced(r tg.ChatBannedRights) bool { return r.SendMessages || r.SendPlain }

func deny(d *domain.Dialog, reason string) { d.CanWrite, d.DenyReason = false, reason }

// username is the name that links work with: since several names can be bought,
// the plain field may be empty.
func username(plain string, all []tg.Username) string {
	if plain != "" {
		return public(plain)
	}
	for _, u := range all {
		if u.Active {
			return public(u.Username)
		}
	}
	return ""
}
