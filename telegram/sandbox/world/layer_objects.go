package world

import (
	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// Objects as an older layer has them. An as… method returns the object itself
// where nothing changed.

// Offsets of fields that older layers do not have.
const (
	firstField = 4     // after the constructor
	moreFlags  = 4 + 4 // after the constructor and the first flags
	pollCount  = 4 + 4 + 12 + 6*4
)

type oldUser struct {
	*tg.User
	v view
}

func (o oldUser) Encode(b *bin.Buffer) error { return o.v.rewrite(b, o.User, tg.UserTypeID, 0) }

func (v view) asUser(u *tg.User) tg.UserClass {
	if v.same(tg.UserTypeID) {
		return u
	}
	return oldUser{u, v}
}

type oldChannel struct {
	*tg.Channel
	v view
}

func (o oldChannel) Encode(b *bin.Buffer) error {
	return o.v.rewrite(b, o.Channel, tg.ChannelTypeID, 0)
}

func (v view) asChannel(c *tg.Channel) tg.ChatClass {
	if v.same(tg.ChannelTypeID) {
		return c
	}
	return oldChannel{c, v}
}

type oldReply struct {
	*tg.MessageReplyHeader
	v view
}

func (o oldReply) Encode(b *bin.Buffer) error {
	return o.v.rewrite(b, o.MessageReplyHeader, tg.MessageReplyHeaderTypeID, 0)
}

func (v view) asReply(h *tg.MessageReplyHeader) tg.MessageReplyHeaderClass {
	if v.same(tg.MessageReplyHeaderTypeID) {
		return h
	}
	return oldReply{h, v}
}

type oldMessage struct {
	*tg.Message
	v view
}

func (o oldMessage) Encode(b *bin.Buffer) error {
	return o.v.rewrite(b, o.Message, tg.MessageTypeID, o.v.when(layerEntityFlags, moreFlags))
}

func (v view) asMessage(m *tg.Message) tg.MessageClass {
	if v.same(tg.MessageTypeID) {
		return m
	}
	return oldMessage{m, v}
}

type oldService struct {
	*tg.MessageService
	v view
}

func (o oldService) Encode(b *bin.Buffer) error {
	return o.v.rewrite(b, o.MessageService, tg.MessageServiceTypeID, 0)
}

func (v view) asService(m *tg.MessageService) tg.MessageClass {
	if v.same(tg.MessageServiceTypeID) {
		return m
	}
	return oldService{m, v}
}

type oldDocument struct {
	*tg.MessageMediaDocument
	v view
}

func (o oldDocument) Encode(b *bin.Buffer) error {
	return o.v.rewrite(b, o.MessageMediaDocument, tg.MessageMediaDocumentTypeID, 0)
}

func (v view) asMedia(m tg.MessageMediaClass) tg.MessageMediaClass {
	d, ok := m.(*tg.MessageMediaDocument)
	if !ok || v.same(tg.MessageMediaDocumentTypeID) {
		return m
	}
	return oldDocument{d, v}
}

type oldQuote struct {
	*tg.MessageEntityBlockquote
	v view
}

func (o oldQuote) Encode(b *bin.Buffer) error {
	return o.v.rewrite(b, o.MessageEntityBlockquote, tg.MessageEntityBlockquoteTypeID, firstField)
}

// asEntities does not change the list it is given.
func (v view) asEntities(list []tg.MessageEntityClass) []tg.MessageEntityClass {
	if v.same(tg.MessageEntityBlockquoteTypeID) {
		return list
	}
	out := make([]tg.MessageEntityClass, len(list))
	for i, e := range list {
		out[i] = e
		if q, ok := e.(*tg.MessageEntityBlockquote); ok {
			out[i] = oldQuote{q, v}
		}
	}
	return out
}

type oldDialog struct {
	*tg.Dialog
	v view
}

func (o oldDialog) Encode(b *bin.Buffer) error {
	off := b.Len()
	if err := o.v.rewrite(b, o.Dialog, tg.DialogTypeID, pollCount); err != nil {
		return err
	}
	o.v.rename(b, off, tg.PeerNotifySettingsTypeID)
	return nil
}

func (v view) asDialog(d *tg.Dialog) tg.DialogClass {
	if v.same(tg.DialogTypeID) {
		return d
	}
	return oldDialog{d, v}
}

type oldParticipant struct {
	*tg.ChatParticipant
	v view
}

func (o oldParticipant) Encode(b *bin.Buffer) error {
	return o.v.rewrite(b, o.ChatParticipant, tg.ChatParticipantTypeID, firstField)
}

func (v view) asParticipant(p *tg.ChatParticipant) tg.ChatParticipantClass {
	if v.same(tg.ChatParticipantTypeID) {
		return p
	}
	return oldParticipant{p, v}
}

type oldChatFull struct {
	tg.ChatFullClass
	v view
}

func (o oldChatFull) Encode(b *bin.Buffer) error {
	off := b.Len()
	if err := o.v.rewrite(b, o.ChatFullClass, o.TypeID(), 0); err != nil {
		return err
	}
	o.v.rename(b, off, tg.PeerNotifySettingsTypeID)
	return nil
}

func (v view) asChatFull(c tg.ChatFullClass) tg.ChatFullClass {
	if v.same(c.TypeID(), tg.PeerNotifySettingsTypeID) {
		return c
	}
	return oldChatFull{c, v}
}

// oldUserFull is users.userFull with a userFull of an older layer.
type oldUserFull struct {
	*tg.UsersUserFull
	v view
}

func (o oldUserFull) Encode(b *bin.Buffer) error {
	b.PutID(tg.UsersUserFullTypeID)
	off := b.Len()
	if err := o.v.rewrite(b, &o.FullUser, tg.UserFullTypeID, o.v.when(layerMoreFlags, moreFlags)); err != nil {
		return err
	}
	o.v.rename(b, off, tg.PeerSettingsTypeID)
	o.v.rename(b, off, tg.PeerNotifySettingsTypeID)
	if err := encoders(o.Chats).Encode(b); err != nil {
		return err
	}
	return encoders(o.Users).Encode(b)
}

func (v view) asUserFull(u *tg.UsersUserFull) bin.Encoder {
	if v.same(tg.UserFullTypeID) {
		return u
	}
	return oldUserFull{u, v}
}

// oldMessages is messages.messages, or its slice, without the vector of topics.
type oldMessages struct {
	*tg.MessagesMessages
	count int // of a slice, 0 for all
	v     view
}

func (o oldMessages) Encode(b *bin.Buffer) error {
	if o.count == 0 {
		b.PutID(o.v.nameOf(tg.MessagesMessagesTypeID))
	} else {
		b.PutID(o.v.nameOf(tg.MessagesMessagesSliceTypeID))
		b.PutUint32(0) // flags
		b.PutInt(o.count)
	}
	for _, list := range []vector{encoders(o.Messages), encoders(o.Chats), encoders(o.Users)} {
		if err := list.Encode(b); err != nil {
			return err
		}
	}
	return nil
}

// asMessages is a whole list, or a part of one that has count messages.
func (v view) asMessages(m *tg.MessagesMessages, count int) bin.Encoder {
	switch {
	case v.pre(layerTopics):
		return oldMessages{m, count, v}
	case count == 0:
		return m
	}
	return &tg.MessagesMessagesSlice{Count: count, Messages: m.Messages, Users: m.Users, Chats: m.Chats}
}
