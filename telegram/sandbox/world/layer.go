package world

import (
	"encoding/binary"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// The world speaks the layer of gotd (tg.Layer). Clients of an older layer know
// a handful of the constructors used here under another id. Their wire layout
// is the same as long as the newer optional fields are unset, so that replacing
// the id (and dropping one field in two of them) is all that is needed. The
// table was made from the schemas of layers 198 and 227; layers in between are
// taken to equal their newer neighbour.

const (
	layerMessage = 199 // message, dialog, messages.* changed between 198 and 227
	layerUser    = 228 // user and channel changed after 227
)

// Constructor ids of older layers.
const (
	oldUser198        = 0x4b46c37e
	oldUser227        = 0x31774388
	oldChannel198     = 0xe00998b7
	oldChannel227     = 0x1c32b11c
	oldReplyHeader198 = 0xafbc09db
	oldMessage198     = 0x96fdbbe9
	oldDialog198      = 0xd58a08c6
	oldMessages198    = 0x8c718e87
	oldSendMessage198 = 0x983f9745
	oldReplyTo198     = 0x22c0f6d5
)

func (v view) pre(layer int) bool { return v.layer != 0 && v.layer < layer }

// retag encodes an object under the constructor id of an older layer.
func retag(b *bin.Buffer, v bin.Encoder, id uint32) error {
	off := b.Len()
	if err := v.Encode(b); err != nil {
		return err
	}
	binary.LittleEndian.PutUint32(b.Buf[off:], id)
	return nil
}

type oldUser struct {
	*tg.User
	id uint32
}

func (u oldUser) Encode(b *bin.Buffer) error { return retag(b, u.User, u.id) }

func (v view) asUser(u *tg.User) tg.UserClass {
	switch {
	case v.pre(layerMessage):
		return oldUser{u, oldUser198}
	case v.pre(layerUser):
		return oldUser{u, oldUser227}
	}
	return u
}

type oldChannel struct {
	*tg.Channel
	id uint32
}

func (c oldChannel) Encode(b *bin.Buffer) error { return retag(b, c.Channel, c.id) }

func (v view) asChannel(c *tg.Channel) tg.ChatClass {
	switch {
	case v.pre(layerMessage):
		return oldChannel{c, oldChannel198}
	case v.pre(layerUser):
		return oldChannel{c, oldChannel227}
	}
	return c
}

type oldReply struct{ *tg.MessageReplyHeader }

func (r oldReply) Encode(b *bin.Buffer) error {
	return retag(b, r.MessageReplyHeader, oldReplyHeader198)
}

type oldMessage struct{ *tg.Message }

func (m oldMessage) Encode(b *bin.Buffer) error { return retag(b, m.Message, oldMessage198) }

func (v view) asMessage(m *tg.Message) tg.MessageClass {
	if !v.pre(layerMessage) {
		return m
	}
	if r, ok := m.ReplyTo.(*tg.MessageReplyHeader); ok {
		m.SetReplyTo(oldReply{r})
	}
	return oldMessage{m}
}

// asService: layer 198 has another messageService; it is told of a hole instead.
func (v view) asService(m *tg.MessageService) tg.MessageClass {
	if v.pre(layerMessage) {
		return &tg.MessageEmpty{ID: m.ID}
	}
	return m
}

type oldDialog struct{ *tg.Dialog }

func (d oldDialog) Encode(b *bin.Buffer) error {
	off := b.Len()
	if err := retag(b, d.Dialog, oldDialog198); err != nil {
		return err
	}
	// id, flags, peer, six numbers; then unread_poll_votes_count, unknown to 198
	cut := off + 4 + 4 + 12 + 6*4
	b.Buf = append(b.Buf[:cut], b.Buf[cut+4:]...)
	return nil
}

func (v view) asDialog(d *tg.Dialog) tg.DialogClass {
	if v.pre(layerMessage) {
		return oldDialog{d}
	}
	return d
}

// oldMessages is messages.messages without the vector of topics.
type oldMessages struct{ *tg.MessagesMessages }

func (m oldMessages) Encode(b *bin.Buffer) error {
	b.PutID(oldMessages198)
	for _, list := range []vector{encoders(m.Messages), encoders(m.Chats), encoders(m.Users)} {
		if err := list.Encode(b); err != nil {
			return err
		}
	}
	return nil
}

// messages is a list as the viewer's layer has it: layer 198 knows the slice and
// channel variants without topics too, and always gets the plain list.
func (v view) messages(modern bin.Encoder, plain *tg.MessagesMessages) bin.Encoder {
	if v.pre(layerMessage) {
		return oldMessages{plain}
	}
	return modern
}

func encoders[T bin.Encoder](in []T) vector {
	out := make(vector, len(in))
	for i, x := range in {
		out[i] = x
	}
	return out
}

// modernize rewrites a request of an older layer in place.
func modernize(b *bin.Buffer) {
	id, err := b.PeekID()
	if err != nil || id != oldSendMessage198 || b.Len() < 12 {
		return
	}
	binary.LittleEndian.PutUint32(b.Buf, tg.MessagesSendMessageRequestTypeID)
	const hasReply = 1
	if binary.LittleEndian.Uint32(b.Buf[4:])&hasReply == 0 {
		return
	}
	// reply_to follows the peer, whose length varies.
	in := &bin.Buffer{Buf: b.Buf[8:]}
	if _, err := tg.DecodeInputPeer(in); err != nil {
		return
	}
	if id, err := in.PeekID(); err == nil && id == oldReplyTo198 {
		binary.LittleEndian.PutUint32(in.Buf, tg.InputReplyToMessageTypeID)
	}
}
