package mtproto_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/rand"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/proto/codec"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/transport"

	"postix/telegram/sandbox/mtproto"
)

// wire is a client made by hand: it sends what a test says and shows what
// comes back.
type wire struct {
	t       *testing.T
	conn    transport.Conn
	key     mtproto.AuthKey
	session int64
	id      int64
	seq     int32
}

func (e *env) wire(t *testing.T, k mtproto.AuthKey, session int64) *wire {
	t.Helper()
	nc, err := net.Dial("tcp", e.addr)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := transport.Intermediate.Handshake(nc)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &wire{t: t, conn: conn, key: k, session: session}
}

// next is a fresh msg_id, as of some seconds from now.
func (w *wire) next(ahead int) int64 {
	now := time.Now()
	w.id = max(w.id+4, (now.Unix()+int64(ahead))<<32|int64(now.Nanosecond())<<2)
	return w.id
}

func (w *wire) odd() int32 { w.seq += 2; return w.seq - 1 }

func (w *wire) encrypted(id int64, seq int32, body []byte) []byte {
	w.t.Helper()
	var b bin.Buffer
	if err := crypto.NewClientCipher(rand.Reader).Encrypt(w.cipherKey(), crypto.EncryptedMessageData{
		Salt: w.key.Salt, SessionID: w.session, MessageID: id, SeqNo: seq,
		MessageDataLen: int32(len(body)), MessageDataWithPadding: body,
	}, &b); err != nil {
		w.t.Fatal(err)
	}
	return b.Buf
}

func (w *wire) cipherKey() crypto.AuthKey { return crypto.AuthKey{Value: w.key.Value, ID: w.key.ID} }

func (w *wire) sendAs(id int64, seq int32, body []byte) {
	w.t.Helper()
	if err := w.conn.Send(deadline(w.t), &bin.Buffer{Buf: w.encrypted(id, seq, body)}); err != nil {
		w.t.Fatal(err)
	}
}

// call sends a call and returns its msg_id.
func (w *wire) call(body []byte) int64 {
	w.t.Helper()
	id := w.next(0)
	w.sendAs(id, w.odd(), body)
	return id
}

// recv returns the next message that is not an acknowledgement or the like.
func (w *wire) recv() (id uint32, b *bin.Buffer) {
	w.t.Helper()
	for {
		var packet bin.Buffer
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		err := w.conn.Recv(ctx, &packet)
		cancel()
		if err != nil {
			w.t.Fatal(err)
		}
		m, err := crypto.NewClientCipher(rand.Reader).DecryptFromBuffer(w.cipherKey(), &packet)
		if err != nil {
			w.t.Fatal(err)
		}
		b := &bin.Buffer{Buf: m.Data()}
		id, err := b.PeekID()
		if err != nil {
			w.t.Fatal(err)
		}
		if id != mt.NewSessionCreatedTypeID && id != mt.MsgsAckTypeID {
			return id, b
		}
	}
}

// expect receives an object of the type of into.
func (w *wire) expect(into bin.Decoder) {
	w.t.Helper()
	id, b := w.recv()
	if err := into.Decode(b); err != nil {
		w.t.Fatalf("got %#x, want %T: %v", id, into, err)
	}
}

// answer receives the answer of a call: the country in it, or its error.
func (w *wire) answer(id int64) string {
	w.t.Helper()
	var res proto.Result
	w.expect(&res)
	if res.RequestMessageID != id {
		w.t.Fatalf("answer to %d, want %d", res.RequestMessageID, id)
	}
	b := &bin.Buffer{Buf: res.Result}
	var dc tg.NearestDC
	if err := dc.Decode(b); err == nil {
		return dc.Country
	}
	var e mt.RPCError
	if err := e.Decode(&bin.Buffer{Buf: res.Result}); err != nil {
		w.t.Fatal(err)
	}
	return e.ErrorMessage
}

func encode(objects ...bin.Encoder) []byte {
	var b bin.Buffer
	for _, o := range objects {
		if err := o.Encode(&b); err != nil {
			panic(err)
		}
	}
	return b.Buf
}

var nearest = encode(&tg.HelpGetNearestDCRequest{})

func TestRepeatedCallIsAnsweredFromMemory(t *testing.T) {
	e := start(t, nil)
	k := e.key(t)
	w := e.wire(t, k, 1)
	id := w.call(nearest)
	w.answer(id)
	w.sendAs(id, w.seq-1, nearest)
	if got := w.answer(id); got != "UZ" {
		t.Fatal(got)
	}
	s := receive(t, e.opened)
	if err := s.Push(deadline(t), &tg.UpdateShort{Update: &tg.UpdateConfig{}}); err != nil {
		t.Fatal(err)
	}
	_ = w.conn.Close()
	if receive(t, e.closed) != s {
		t.Fatal("another session was closed")
	}

	// On another connection the session is the same: what was not acknowledged
	// comes by itself, and then a hint to ask for updates.
	again := e.wire(t, k, 1)
	again.sendAs(w.next(0), 0, encode(&mt.PingRequest{PingID: 7}))
	again.expect(&mt.Pong{})
	if receive(t, e.opened) != s {
		t.Fatal("another session was opened")
	}
	if got := again.answer(id); got != "UZ" {
		t.Fatal(got)
	}
	again.expect(&tg.UpdatesTooLong{})
	again.sendAs(id, w.seq-1, nearest)
	if got := again.answer(id); got != "UZ" {
		t.Fatal(got)
	}
	if n := e.count(); n != 1 {
		t.Fatalf("executed %d times", n)
	}
}

func TestBadMessages(t *testing.T) {
	e := start(t, nil)
	w := e.wire(t, e.key(t), 1)
	bad := func(what string, id int64, want int) {
		t.Helper()
		var got mt.BadMsgNotification
		w.expect(&got)
		if got.ErrorCode != want || got.BadMsgID != id {
			t.Errorf("%s: %+v, want code %d", what, got, want)
		}
	}
	id := w.call(nearest)
	w.answer(id)

	right := w.key.Salt
	w.key.Salt++
	id = w.call(nearest)
	var salt mt.BadServerSalt
	if w.expect(&salt); salt.NewServerSalt != right || salt.BadMsgID != id || salt.ErrorCode != 48 {
		t.Errorf("salt: %+v", salt)
	}
	w.key.Salt = right

	now := w.id
	for what, c := range map[string]struct {
		id   int64
		seq  int32
		body []byte
		code int
	}{
		"too old":       {now - 400<<32, 3, nearest, 16},
		"too new":       {now + 100<<32, 3, nearest, 17},
		"low bits":      {now + 401, 3, nearest, 18},
		"even seqno":    {now + 404, 4, nearest, 35},
		"low seqno":     {now + 1<<12, -9999, nearest, 32},
		"high seqno":    {now - 1<<32, 9999, nearest, 33},
		"cut container": {now + 416, 4, []byte("\xdc\xf8\xf1\x73\x02\x00\x00\x00"), 64},
	} {
		w.sendAs(c.id, c.seq, c.body)
		bad(what, c.id, c.code)
	}
	if n := e.count(); n != 1 {
		t.Errorf("%d calls executed, want 1", n)
	}

	// The connection is as good as before.
	w.next(1)
	id = w.call(nearest)
	if got := w.answer(id); got != "UZ" {
		t.Fatal(got)
	}
}

func TestContainersAndPacking(t *testing.T) {
	e := start(t, nil)
	w := e.wire(t, e.key(t), 1)
	one, two, ping := w.next(0), w.next(0), w.next(0)
	var z bytes.Buffer
	zw := zlib.NewWriter(&z)
	_, _ = zw.Write(nearest)
	_ = zw.Close()
	item := func(id int64, seq int32, body []byte) proto.Message {
		return proto.Message{ID: id, SeqNo: int(seq), Bytes: len(body), Body: body}
	}
	container := encode(&proto.MessageContainer{Messages: []proto.Message{
		item(one, w.odd(), encode(proto.GZIP{Data: nearest})),
		item(two, w.odd(), encode(&mt.GzipPacked{PackedData: z.Bytes()})),
		item(ping, w.seq, encode(&mt.PingRequest{PingID: 5})),
	}})
	w.sendAs(w.next(0), w.seq, encode(proto.GZIP{Data: container}))
	for _, id := range []int64{one, two} {
		if got := w.answer(id); got != "UZ" {
			t.Fatal(got)
		}
	}
	var pong mt.Pong
	if w.expect(&pong); pong.PingID != 5 || pong.MsgID != ping {
		t.Fatalf("%+v", pong)
	}

	// A bomb ends the connection, and nothing else.
	w.sendAs(w.next(0), w.odd(), encode(proto.GZIP{Data: make([]byte, 8<<20)}))
	if err := w.conn.Recv(deadline(t), &bin.Buffer{}); err == nil {
		t.Fatal("still connected")
	}
}

func TestServiceMessages(t *testing.T) {
	release := make(chan struct{})
	e := start(t, func(*mtproto.Request) (bin.Encoder, error) {
		return mtproto.Deferred(func(ctx context.Context) (bin.Encoder, error) {
			select {
			case <-release:
			case <-ctx.Done():
			}
			return &tg.NearestDC{Country: "UZ"}, nil
		}), nil
	})
	w := e.wire(t, e.key(t), 1)
	service := func(m bin.Encoder) int64 {
		id := w.next(0)
		w.sendAs(id, w.seq, encode(m))
		return id
	}
	running := w.call(nearest)
	dropped := w.call(nearest)

	id := service(&mt.RPCDropAnswerRequest{ReqMsgID: dropped})
	var res proto.Result
	if w.expect(&res); res.RequestMessageID != id || (&mt.RPCAnswerDroppedRunning{}).Decode(&bin.Buffer{Buf: res.Result}) != nil {
		t.Fatalf("%+v", res)
	}
	id = service(&mt.MsgsStateReq{MsgIDs: []int64{running, running - 4, id + 1<<20}})
	var info mt.MsgsStateInfo
	if w.expect(&info); info.ReqMsgID != id || !bytes.Equal(info.Info, []byte{4 | 32, 2, 3}) {
		t.Fatalf("%+v", info)
	}
	id = service(&mt.GetFutureSaltsRequest{Num: 3})
	var salts mt.FutureSalts
	if w.expect(&salts); salts.ReqMsgID != id || len(salts.Salts) != 1 || salts.Salts[0].Salt != w.key.Salt {
		t.Fatalf("%+v", salts)
	}
	service(&mt.DestroySessionRequest{SessionID: 99})
	w.expect(&mt.DestroySessionNone{})
	service(&mt.HTTPWaitRequest{})

	close(release)
	if got := w.answer(running); got != "UZ" { // and nothing for the dropped one
		t.Fatal(got)
	}
	var destroy bin.Buffer
	destroy.PutID(0xd1435160) // destroy_auth_key
	w.sendAs(w.next(0), w.odd(), destroy.Buf)
	if id, _ := w.recv(); id != 0xf660e1d4 {
		t.Fatalf("%#x", id)
	}
	if _, ok := e.keys.LoadKey(w.key.ID); ok {
		t.Fatal("key still there")
	}
}

func TestInvokeAfterWaits(t *testing.T) {
	held := make(chan chan error, 1)
	e := start(t, func(r *mtproto.Request) (bin.Encoder, error) {
		if !r.NoUpdates {
			return &tg.NearestDC{Country: "UZ"}, nil
		}
		return mtproto.Deferred(func(ctx context.Context) (bin.Encoder, error) {
			result := make(chan error)
			held <- result
			return &tg.NearestDC{Country: "KZ"}, <-result
		}), nil
	})
	w := e.wire(t, e.key(t), 1)
	for _, c := range []struct {
		err           error
		first, second string
	}{
		{nil, "KZ", "UZ"},
		{errors.New("no"), "INTERNAL", "MSG_WAIT_FAILED"},
	} {
		first := w.call(encode(&tg.InvokeWithoutUpdatesRequest{Query: &tg.HelpGetNearestDCRequest{}}))
		second := w.call(encode(&tg.InvokeAfterMsgRequest{MsgID: first, Query: &tg.HelpGetNearestDCRequest{}}))
		third := w.call(nearest) // waits for nobody
		if got := w.answer(third); got != "UZ" {
			t.Fatal(got)
		}
		receive(t, held) <- c.err
		if got := w.answer(first); got != c.first {
			t.Fatal(got)
		}
		if got := w.answer(second); got != c.second {
			t.Fatal(got)
		}
	}
}

func TestUnknownKey(t *testing.T) {
	e := start(t, nil)
	w := e.wire(t, mtproto.RandomKey(), 1)
	w.call(nearest)
	var code *codec.ProtocolErr
	if err := w.conn.Recv(deadline(t), &bin.Buffer{}); !errors.As(err, &code) || code.Code != 404 {
		t.Fatal(err)
	}
}

func TestReconnectIsNoDuplicate(t *testing.T) {
	e := start(t, nil)
	k := e.key(t)
	quiet := encode(&tg.InvokeWithoutUpdatesRequest{Query: &tg.HelpGetNearestDCRequest{}})
	old, secondary, fresh := e.wire(t, k, 1), e.wire(t, k, 2), e.wire(t, k, 3)
	for _, step := range []struct {
		w    *wire
		body []byte
	}{{old, nearest}, {secondary, quiet}, {fresh, nearest}, {secondary, nearest}, {fresh, nearest}, {secondary, quiet}} {
		if got := step.w.answer(step.w.call(step.body)); got != "UZ" {
			t.Fatal(got)
		}
	}
	// Sent before the new connection was there, but read after.
	late := fresh.id - 1<<32
	old.sendAs(late&^3, old.odd(), nearest)
	if got := old.answer(late &^ 3); got != "UZ" {
		t.Fatal(got)
	}
	// Two in earnest.
	if got := old.answer(old.call(nearest)); got != "AUTH_KEY_DUPLICATED" {
		t.Fatal(got)
	}
	if got := fresh.answer(fresh.call(nearest)); got != "AUTH_KEY_DUPLICATED" {
		t.Fatal(got)
	}
	// And a third that comes later hears it too.
	third := e.wire(t, k, 4)
	if got := third.answer(third.call(nearest)); got != "AUTH_KEY_DUPLICATED" {
		t.Fatal(got)
	}
}

func TestSlowReaderBlocksNobody(t *testing.T) {
	e := start(t, nil)
	w := e.wire(t, e.key(t), 1)
	w.answer(w.call(nearest)) // and never reads again
	slow := receive(t, e.opened)
	big := &tg.UpdateShortMessage{Message: string(make([]byte, 64<<10))}
	ctx, longest := deadline(t), time.Duration(0)
	for {
		began := time.Now()
		err := slow.Push(ctx, big)
		longest = max(longest, time.Since(began))
		if errors.Is(err, mtproto.ErrSlow) || errors.Is(err, mtproto.ErrGone) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if longest > 500*time.Millisecond {
		t.Errorf("a push took %v", longest)
	}
	if receive(t, e.closed) != slow {
		t.Error("another session was closed")
	}
}
