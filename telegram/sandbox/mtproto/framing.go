package mtproto

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math/bits"
)

// maxPacket bounds what a client may send at once. Telegram itself takes
// messages of up to 1 MiB; the rest is for the envelope.
const maxPacket = 1<<20 + 4096

var (
	errPacketSize = errors.New("packet length out of range")
	errChecksum   = errors.New("packet checksum or number does not match")
)

// framing cuts a connection into packets, in one of the forms of
// core.telegram.org/mtproto/mtproto-transports. read is called from one
// goroutine and the others from one, possibly another.
type framing interface {
	// read returns the next packet, in memory of its own, and whether the
	// client wants a quick acknowledgement of it.
	read(*bufio.Reader) (packet []byte, quick bool, err error)
	// appendPacket appends a framed packet to dst. Its length is a multiple of 4.
	appendPacket(dst, packet []byte) []byte
	// appendToken appends a quick acknowledgement to dst.
	appendToken(dst []byte, token uint32) []byte
}

// readBody reads n bytes. Memory grows with what arrives, not with what was
// announced: a length costs its sender nothing.
func readBody(r io.Reader, n int) ([]byte, error) {
	if n <= 0 || n > maxPacket {
		return nil, errPacketSize
	}
	var b bytes.Buffer
	b.Grow(min(n, 4096))
	if _, err := io.CopyN(&b, r, int64(n)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func readUint32(r io.Reader) (uint32, error) {
	var b [4]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(b[:]), nil
}

const quickBit = 1 << 31

// intermediate is the framing with a four byte length. The padded form differs
// in what the client appends to its packets, which open() and the length inside
// plain messages take off; the server's own padding is of zero bytes.
type intermediate struct{}

func (intermediate) read(r *bufio.Reader) ([]byte, bool, error) {
	n, err := readUint32(r)
	if err != nil {
		return nil, false, err
	}
	packet, err := readBody(r, int(n&^quickBit))
	return packet, n&quickBit != 0, err
}

func (intermediate) appendPacket(dst, packet []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(packet)))
	return append(dst, packet...)
}

func (intermediate) appendToken(dst []byte, token uint32) []byte {
	return binary.LittleEndian.AppendUint32(dst, token)
}

// abridged is the framing with a length of one or four bytes, in words.
type abridged struct{}

func (abridged) read(r *bufio.Reader) ([]byte, bool, error) {
	first, err := r.ReadByte()
	if err != nil {
		return nil, false, err
	}
	n := int(first & 0x7f)
	if n == 0x7f {
		var b [4]byte
		if _, err := io.ReadFull(r, b[:3]); err != nil {
			return nil, false, err
		}
		n = int(binary.LittleEndian.Uint32(b[:]))
	}
	packet, err := readBody(r, n*4)
	return packet, first&0x80 != 0, err
}

func (abridged) appendPacket(dst, packet []byte) []byte {
	n := uint32(len(packet) / 4)
	if n < 0x7f {
		dst = append(dst, byte(n))
	} else {
		dst = binary.LittleEndian.AppendUint32(dst, n<<8|0x7f)
	}
	return append(dst, packet...)
}

// A token has its highest bit set, and here it must come first: that is what
// tells it from a length.
func (abridged) appendToken(dst []byte, token uint32) []byte {
	return binary.LittleEndian.AppendUint32(dst, bits.ReverseBytes32(token))
}

// full is the framing with a number and a checksum; it has no quick
// acknowledgements.
type full struct{ received, sent uint32 }

const fullOverhead = 12 // length, number, CRC32

func (f *full) read(r *bufio.Reader) ([]byte, bool, error) {
	n, err := readUint32(r)
	if err != nil {
		return nil, false, err
	}
	if n <= fullOverhead || n > maxPacket+fullOverhead {
		return nil, false, errPacketSize
	}
	body, err := readBody(r, int(n)-4)
	if err != nil {
		return nil, false, err
	}
	end := len(body) - 4
	sum := crc32.NewIEEE()
	_, _ = sum.Write(binary.LittleEndian.AppendUint32(nil, n))
	_, _ = sum.Write(body[:end])
	if binary.LittleEndian.Uint32(body) != f.received || binary.LittleEndian.Uint32(body[end:]) != sum.Sum32() {
		return nil, false, errChecksum
	}
	f.received++
	return body[4:end], false, nil
}

func (f *full) appendPacket(dst, packet []byte) []byte {
	start := len(dst)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(packet)+fullOverhead))
	dst = binary.LittleEndian.AppendUint32(dst, f.sent)
	dst = append(dst, packet...)
	f.sent++
	return binary.LittleEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
}

func (*full) appendToken(dst []byte, _ uint32) []byte { return dst }
