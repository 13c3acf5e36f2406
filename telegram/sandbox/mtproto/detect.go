package mtproto

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"io"
	"slices"
)

const (
	tagAbridged     = 0xefefefef
	tagIntermediate = 0xeeeeeeee
	tagPadded       = 0xdddddddd
)

var errNotMTProto = errors.New("not an MTProto transport")

// transport is a connection's framing, and its disguise if it has one.
type transport struct {
	framing
	in  *bufio.Reader
	out cipher.Stream // nil without obfuscation
}

// detect finds out from a client's first bytes how it talks
// (core.telegram.org/mtproto/mtproto-transports#transport-obfuscation). A plain
// transport starts with its tag, full with a length and the number zero; what
// is left is obfuscated, unless it is another protocol's greeting.
func detect(r io.Reader) (transport, error) {
	in := bufio.NewReader(r)
	head, err := in.Peek(1)
	if err != nil {
		return transport{}, err
	}
	if head[0] == tagAbridged&0xff {
		_, _ = in.Discard(1)
		return transport{framing: abridged{}, in: in}, nil
	}
	if head, err = in.Peek(4); err != nil {
		return transport{}, err
	}
	switch binary.LittleEndian.Uint32(head) {
	case tagIntermediate, tagPadded:
		_, _ = in.Discard(4)
		return transport{framing: intermediate{}, in: in}, nil
	}
	if isForeign(head) {
		return transport{}, errNotMTProto
	}
	if head, err = in.Peek(8); err != nil {
		return transport{}, err
	}
	if binary.LittleEndian.Uint32(head[4:]) == 0 {
		return transport{framing: &full{}, in: in}, nil
	}
	return deobfuscate(in)
}

// isForeign knows HTTP and TLS. Clients take care that no obfuscated header
// starts with any of these.
func isForeign(head []byte) bool {
	switch string(head) {
	case "HEAD", "POST", "GET ", "OPTI", "\x16\x03\x01\x02":
		return true
	}
	return false
}

// deobfuscate reads the 64 byte header from which both directions' AES-CTR keys
// are taken, and which names the framing inside.
func deobfuscate(in *bufio.Reader) (transport, error) {
	var init [64]byte
	if _, err := io.ReadFull(in, init[:]); err != nil {
		return transport{}, err
	}
	read, err := newCTR(init[8:56])
	if err != nil {
		return transport{}, err
	}
	reversed := slices.Clone(init[8:56])
	slices.Reverse(reversed)
	write, err := newCTR(reversed)
	if err != nil {
		return transport{}, err
	}
	read.XORKeyStream(init[:], init[:])

	t := transport{in: bufio.NewReader(cipher.StreamReader{S: read, R: in}), out: write}
	switch binary.LittleEndian.Uint32(init[56:]) {
	case tagAbridged:
		t.framing = abridged{}
	case tagIntermediate, tagPadded:
		t.framing = intermediate{}
	default:
		return transport{}, errNotMTProto
	}
	return t, nil
}

// newCTR takes 32 bytes of key and 16 of counter.
func newCTR(b []byte) (cipher.Stream, error) {
	block, err := aes.NewCipher(b[:32])
	if err != nil {
		return nil, err
	}
	return cipher.NewCTR(block, b[32:48]), nil
}
