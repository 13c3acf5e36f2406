package mtproto_test

import (
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"postix/telegram/sandbox/mtproto"
)

// What clients of other makes rely on.

// TestLayerIsRemembered: a client names its layer once, and reconnects with new
// sessions without naming it again.
func TestLayerIsRemembered(t *testing.T) {
	layers := make(chan int, 3)
	e := start(t, func(r *mtproto.Request) (bin.Encoder, error) {
		layers <- r.Layer
		return &tg.NearestDC{Country: "UZ"}, nil
	})
	k := e.key(t)
	first := e.wire(t, k, 1)
	first.answer(first.call(encode(&tg.InvokeWithLayerRequest{Layer: 198, Query: &tg.HelpGetNearestDCRequest{}})))
	_ = first.conn.Close()
	second := e.wire(t, k, 2)
	second.answer(second.call(nearest))
	if a, b := receive(t, layers), receive(t, layers); a != 198 || b != 198 {
		t.Fatalf("layers %d and %d", a, b)
	}
	if stored, _ := e.keys.LoadKey(k.ID); stored.Layer != 198 {
		t.Fatalf("stored layer %d", stored.Layer)
	}
}

// TestSideConnectionsAreNoDuplicate: what loads files comes on connections of
// its own, in parallel with the main one.
func TestSideConnectionsAreNoDuplicate(t *testing.T) {
	e := start(t, nil)
	k := e.key(t)
	load := encode(&tg.InvokeWithLayerRequest{Layer: tg.Layer, Query: &tg.UploadGetFileRequest{Location: &tg.InputPhotoFileLocation{}}})
	main, side := e.wire(t, k, 1), e.wire(t, k, 2)
	for range 3 {
		if got := main.answer(main.call(nearest)); got != "UZ" {
			t.Fatal(got)
		}
		if got := side.answer(side.call(load)); got != "UZ" {
			t.Fatal(got)
		}
	}
	if got := side.answer(side.call(nearest)); got != "UZ" {
		t.Fatal(got)
	}
	if got := main.answer(main.call(nearest)); got != "AUTH_KEY_DUPLICATED" {
		t.Fatal(got)
	}
}

// TestThousandCallsOutOfOrder: calls made at once arrive in any order.
func TestThousandCallsOutOfOrder(t *testing.T) {
	e := start(t, nil)
	w := e.wire(t, e.key(t), 1)
	w.answer(w.call(nearest))
	base, seq := w.next(0), w.seq
	for i := 999; i >= 0; i-- {
		w.sendAs(base+int64(i)*4, seq+int32(2*i)+1, nearest)
		if got := w.answer(base + int64(i)*4); got != "UZ" {
			t.Fatalf("call %d: %s", i, got)
		}
	}
}
