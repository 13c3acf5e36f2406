package world

import (
	"bytes"
	"encoding/binary"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// oldRequests are methods under the ids that they had since layer 158.
var oldRequests = map[uint32]struct {
	today uint32
	bare  bool // without the flags that today's has first
}{
	0x545cd15a: {today: tg.MessagesSendMessageRequestTypeID},
	0xfe05dc9a: {today: tg.MessagesSendMessageRequestTypeID},
	0xfbf2340a: {today: tg.MessagesSendMessageRequestTypeID},
	0x983f9745: {today: tg.MessagesSendMessageRequestTypeID},
	0xdff8042c: {today: tg.MessagesSendMessageRequestTypeID},
	0x280d096f: {today: tg.MessagesSendMessageRequestTypeID},
	0x1cc20387: {today: tg.MessagesSendMessageRequestTypeID},
	0xf19ed96d: {today: tg.MessagesGetDialogFiltersRequestTypeID},
	0x25939651: {today: tg.UpdatesGetDifferenceRequestTypeID},
	0x24b524c5: {today: tg.ChannelsJoinChannelRequestTypeID},
	0x3ef1a9bf: {today: tg.AuthResendCodeRequestTypeID, bare: true},
	0x80eee427: {today: tg.AuthSignUpRequestTypeID, bare: true},
	0xf93ccba3: {today: tg.ContactsResolveUsernameRequestTypeID, bare: true},
	0xf57c350f: {today: tg.ContactsGetBlockedRequestTypeID, bare: true},
}

// sendMessageNumber is messages.sendMessage before layer 160, which named the
// answered message by its number alone.
const sendMessageNumber = 0x1cc20387

// modernize rewrites a request of an older layer as one of today.
func modernize(b *bin.Buffer) {
	id, err := b.PeekID()
	if err != nil {
		return
	}
	old, ok := oldRequests[id]
	if !ok && id != tg.MessagesSendMessageRequestTypeID {
		return
	}
	if ok {
		head := binary.LittleEndian.AppendUint32(nil, old.today)
		if old.bare {
			head = binary.LittleEndian.AppendUint32(head, 0)
		}
		b.ResetTo(append(head, b.Buf[4:]...))
	}
	if !ok || old.today == tg.MessagesSendMessageRequestTypeID {
		modernizeReply(b, id == sendMessageNumber)
		modernizeQuotes(b)
	}
}

// oldReplies are the older ids of inputReplyToMessage; the layout is the same.
var oldReplies = map[uint32]bool{0x869fbe10: true, 0xb07038b0: true, 0x22c0f6d5: true, 0x073ec805: true, 0x9c5386e4: true}

// modernizeReply rewrites reply_to of messages.sendMessage, which follows the
// peer, whose length varies.
func modernizeReply(b *bin.Buffer, number bool) {
	const (
		hasReply = 1 << 0
		hasTop   = 1 << 9 // top_msg_id, in the form with the number
	)
	if b.Len() < 8 {
		return
	}
	flags := binary.LittleEndian.Uint32(b.Buf[4:])
	if flags&hasReply == 0 && !(number && flags&hasTop != 0) {
		return
	}
	in := &bin.Buffer{Buf: b.Buf[8:]}
	if _, err := tg.DecodeInputPeer(in); err != nil || in.Len() < 4 {
		return
	}
	if !number {
		if id, err := in.PeekID(); err == nil && oldReplies[id] {
			binary.LittleEndian.PutUint32(in.Buf, tg.InputReplyToMessageTypeID)
		}
		return
	}
	reply := &tg.InputReplyToMessage{}
	rest := &bin.Buffer{Buf: in.Buf}
	if flags&hasReply != 0 {
		reply.ReplyToMsgID, _ = rest.Int()
	}
	if flags&hasTop != 0 {
		top, _ := rest.Int()
		reply.SetTopMsgID(top)
	}
	out := &bin.Buffer{}
	out.Put(b.Buf[:b.Len()-in.Len()])
	binary.LittleEndian.PutUint32(out.Buf[4:], flags&^hasTop|hasReply)
	_ = reply.Encode(out)
	out.Put(rest.Buf)
	b.ResetTo(out.Buf)
}

// modernizeQuotes gives quotes the flags that they have since layer 181. Their
// old id holds a byte that UTF-8 never does, so that no text looks like it.
func modernizeQuotes(b *bin.Buffer) {
	old := binary.LittleEndian.AppendUint32(nil, 0x020df5d0)
	if !bytes.Contains(b.Buf, old) {
		return
	}
	today := binary.LittleEndian.AppendUint32(nil, tg.MessageEntityBlockquoteTypeID)
	b.ResetTo(bytes.ReplaceAll(b.Buf, old, append(today, 0, 0, 0, 0)))
}
