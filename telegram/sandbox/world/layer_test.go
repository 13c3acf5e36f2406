package world

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

func encoded(t *testing.T, e bin.Encoder) []byte {
	t.Helper()
	var b bin.Buffer
	if err := e.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Buf
}

// TestOldLayers checks what clients of older layers are pushed, by constructor.
// The ids are those of the clients' own schemas: Pyrogram and @mtproto/core
// (158), GramJS (198), mtcute (204, 227), gogram (220).
func TestOldLayers(t *testing.T) {
	e := start(t, "")
	for layer, want := range map[int][2]uint32{
		0:   {tg.UserTypeID, tg.MessageTypeID},
		158: {0x8f97c628, 0x38116ee0},
		198: {0x4b46c37e, 0x96fdbbe9},
		204: {0x020b1422, 0xeabcdd4d},
		220: {0x31774388, 0xb92f76cf},
		227: {0x31774388, 0x7600b9d3},
	} {
		pushed := make(chan *tg.Updates, 1)
		s := &fakeSession{layer: layer, push: func(m bin.Encoder) error {
			pushed <- m.(*tg.Updates)
			return nil
		}}
		e.attach(s, dilnozaID)
		_, err := e.Post(Incoming{Chat: dilnozaID, Sender: Profile{ID: firstStranger}, Text: "salom"})
		e.must(err)
		u := <-pushed
		for i, x := range []bin.Encoder{u.Users[0], u.Updates[0].(*tg.UpdateNewMessage).Message} {
			if id := binary.LittleEndian.Uint32(encoded(t, x)); id != want[i] {
				t.Errorf("layer %d: constructor %#x, want %#x", layer, id, want[i])
			}
		}
		e.Detach(s)
	}
}

// TestOldObjects checks ids and layouts of what older layers have otherwise:
// "less" is by how many bytes the object is shorter than today's.
func TestOldObjects(t *testing.T) {
	full := &tg.UsersUserFull{}
	reply := &tg.MessageReplyHeader{}
	reply.SetReplyToMsgID(7)
	inline := &Markup{Inline: [][]Button{{{Text: "Ha", CallbackData: "1"}}}}
	channel, group := &tg.Channel{Photo: &tg.ChatPhotoEmpty{}}, &tg.ChatFull{Participants: &tg.ChatParticipants{}}
	type row struct {
		layer int
		id    uint32
		less  int
	}
	for name, c := range map[string]struct {
		today bin.Encoder
		old   func(v view) bin.Encoder
		rows  []row
	}{
		"channel": {
			channel, func(v view) bin.Encoder { return v.asChannel(channel) },
			[]row{{158, 0x83259464, 0}, {198, 0xe00998b7, 0}, {220, 0x1c32b11c, 0}},
		},
		"dialog": {
			&tg.Dialog{Peer: &tg.PeerUser{}}, func(v view) bin.Encoder { return v.asDialog(&tg.Dialog{Peer: &tg.PeerUser{}}) },
			[]row{{158, 0xd58a08c6, 4}, {220, 0xd58a08c6, 4}, {227, tg.DialogTypeID, 0}},
		},
		"message": {
			&tg.Message{PeerID: &tg.PeerUser{}}, func(v view) bin.Encoder { return v.asMessage(&tg.Message{PeerID: &tg.PeerUser{}}) },
			[]row{{158, 0x38116ee0, 4}, {181, 0x94345242, 0}, {223, 0x3ae56482, 0}},
		},
		"reply": {
			reply, func(v view) bin.Encoder { return v.asReply(reply) },
			[]row{{158, 0xa6d57763, 0}, {198, 0xafbc09db, 0}, {220, 0x6917560b, 0}},
		},
		"quote": {&tg.MessageEntityBlockquote{}, func(v view) bin.Encoder {
			return v.asEntities([]tg.MessageEntityClass{&tg.MessageEntityBlockquote{}})[0]
		}, []row{{158, 0x020df5d0, 4}, {198, tg.MessageEntityBlockquoteTypeID, 0}}},
		"participant": {
			&tg.ChatParticipant{}, func(v view) bin.Encoder { return v.asParticipant(&tg.ChatParticipant{}) },
			[]row{{220, 0xc02d4007, 4}, {223, tg.ChatParticipantTypeID, 0}},
		},
		"group": {
			group, func(v view) bin.Encoder { return v.asChatFull(group) },
			[]row{{158, 0xc9d31138, 0}, {198, 0x2633421b, 0}},
		},
		"messages": {
			&tg.MessagesMessages{}, func(v view) bin.Encoder { return v.asMessages(&tg.MessagesMessages{}, 0) },
			[]row{{198, 0x8c718e87, 8}, {216, tg.MessagesMessagesTypeID, 0}},
		},
		"slice": {
			&tg.MessagesMessagesSlice{Count: 5}, func(v view) bin.Encoder { return v.asMessages(&tg.MessagesMessages{}, 5) },
			[]row{{198, 0x3a54685e, 8}, {211, 0x762b263d, 8}, {0, tg.MessagesMessagesSliceTypeID, 0}},
		},
		"user": {
			full, func(v view) bin.Encoder { return v.asUserFull(full) },
			[]row{{158, tg.UsersUserFullTypeID, 4}, {198, tg.UsersUserFullTypeID, 0}},
		},
		"keyboard": {
			tgMarkup(inline), func(v view) bin.Encoder { return v.asMarkup(inline) },
			[]row{{220, 0x48a30254, 12}, {227, 0x48a30254, 12}, {229, tg.ReplyInlineMarkupTypeID, 0}},
		},
	} {
		for _, r := range c.rows {
			today, got := encoded(t, c.today), encoded(t, c.old(view{layer: r.layer}))
			if id := binary.LittleEndian.Uint32(got); id != r.id || len(today)-len(got) != r.less {
				t.Errorf("%s in layer %d: %#x, %d bytes less; want %#x, %d", name, r.layer, id, len(today)-len(got), r.id, r.less)
			}
		}
	}
	for layer, ids := range map[int][]uint32{158: {0x93eadb53, 0xa518110d, 0xa83b0426}, 220: {0xa02bc13e, tg.PeerSettingsTypeID}} {
		got := encoded(t, view{layer: layer}.asUserFull(full))
		for _, id := range ids {
			if !bytes.Contains(got, binary.LittleEndian.AppendUint32(nil, id)) {
				t.Errorf("userFull in layer %d lacks %#x", layer, id)
			}
		}
	}
}

// TestOldRequests checks that methods of older layers mean what today's do.
func TestOldRequests(t *testing.T) {
	number := &bin.Buffer{} // messages.sendMessage of layer 158, in answer to 77
	number.PutID(sendMessageNumber)
	number.PutUint32(1)
	if err := (&tg.InputPeerSelf{}).Encode(number); err != nil {
		t.Fatal(err)
	}
	number.PutInt(77)
	number.PutString("salom")
	number.PutLong(5)
	for _, id := range []uint32{sendMessageNumber, 0x983f9745, 0x545cd15a} {
		b := &bin.Buffer{Buf: bytes.Clone(number.Buf)}
		if id != sendMessageNumber {
			r := &tg.MessagesSendMessageRequest{Peer: &tg.InputPeerSelf{}, Message: "salom", RandomID: 5}
			r.SetReplyTo(&tg.InputReplyToMessage{ReplyToMsgID: 77})
			r.SetEntities([]tg.MessageEntityClass{&tg.MessageEntityBold{Length: 5}})
			b = &bin.Buffer{Buf: encoded(t, r)}
			binary.LittleEndian.PutUint32(b.Buf, id)
			was := binary.LittleEndian.AppendUint32(nil, tg.InputReplyToMessageTypeID)
			b.Buf = bytes.Replace(b.Buf, was, binary.LittleEndian.AppendUint32(nil, 0x22c0f6d5), 1)
		}
		modernize(b)
		var got tg.MessagesSendMessageRequest
		if err := got.Decode(b); err != nil {
			t.Fatalf("%#x: %v", id, err)
		}
		reply, _ := got.ReplyTo.(*tg.InputReplyToMessage)
		if reply == nil || reply.ReplyToMsgID != 77 || got.Message != "salom" || got.RandomID != 5 || b.Len() != 0 {
			t.Errorf("%#x: %+v", id, got)
		}
	}

	b := &bin.Buffer{}
	b.PutID(0xf93ccba3)
	b.PutString("yuk_bozori_01")
	modernize(b)
	var resolve tg.ContactsResolveUsernameRequest
	if err := resolve.Decode(b); err != nil || resolve.Username != "yuk_bozori_01" {
		t.Errorf("resolveUsername: %+v, %v", resolve, err)
	}
}
