package mtproto

import (
	"crypto/aes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"

	"github.com/gotd/ige"
	"github.com/gotd/td/crypto"
)

// message is the inside of an encrypted packet
// (core.telegram.org/mtproto/description#encrypted-message-encrypted-data).
type message struct {
	salt, session, id int64
	seq               int32
	body              []byte
}

const (
	outerHeader = 8 + 16            // auth_key_id, msg_key
	innerHeader = 8 + 8 + 8 + 4 + 4 // salt, session_id, message_id, seq_no, length
	minPadding  = 12
	maxPadding  = 1024
)

var (
	errMsgKey   = errors.New("msg_key does not match")
	errEnvelope = errors.New("malformed encrypted message")
)

// open decrypts what a client sent under k. token is the quick acknowledgement
// of the packet. The body is a slice of newly allocated memory.
func open(k *AuthKey, packet []byte) (m message, token uint32, err error) {
	if len(packet) < outerHeader+innerHeader+minPadding {
		return message{}, 0, errEnvelope
	}
	// The padded transport may leave up to 15 bytes of its own behind.
	data := packet[outerHeader:]
	data = data[:len(data)&^(aes.BlockSize-1)]
	var msgKey [16]byte
	copy(msgKey[:], packet[8:])

	key, iv := crypto.Keys(k.Value, msgKey, crypto.Client)
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return message{}, 0, err
	}
	plain := make([]byte, len(data))
	ige.DecryptBlocks(block, iv[:], plain, data)

	sum := msgKeyLarge(k, plain)
	if subtle.ConstantTimeCompare(sum[8:24], msgKey[:]) != 1 {
		return message{}, 0, errMsgKey
	}
	le := binary.LittleEndian
	m = message{
		salt:    int64(le.Uint64(plain)),
		session: int64(le.Uint64(plain[8:])),
		id:      int64(le.Uint64(plain[16:])),
		seq:     int32(le.Uint32(plain[24:])),
	}
	n := int64(le.Uint32(plain[28:]))
	padding := int64(len(plain)-innerHeader) - n
	if n%4 != 0 || padding < minPadding || padding > maxPadding {
		return message{}, 0, errEnvelope
	}
	m.body = plain[innerHeader : innerHeader+n : innerHeader+n]
	return m, le.Uint32(sum[:]) | 1<<31, nil
}

// msgKeyLarge is the hash over a client's padded plaintext, of which bytes 8 to
// 24 are the msg_key and the first four make the quick acknowledgement.
func msgKeyLarge(k *AuthKey, plain []byte) (sum [32]byte) {
	h := sha256.New()
	h.Write(k.Value[88:120])
	h.Write(plain)
	h.Sum(sum[:0])
	return sum
}

// seal encrypts a message for the client that holds k.
func seal(k *AuthKey, m message) ([]byte, error) {
	n := innerHeader + len(m.body)
	padding := minPadding + (aes.BlockSize-(n+minPadding)%aes.BlockSize)%aes.BlockSize
	plain := make([]byte, n+padding)
	le := binary.LittleEndian
	le.PutUint64(plain, uint64(m.salt))
	le.PutUint64(plain[8:], uint64(m.session))
	le.PutUint64(plain[16:], uint64(m.id))
	le.PutUint32(plain[24:], uint32(m.seq))
	le.PutUint32(plain[28:], uint32(len(m.body)))
	copy(plain[innerHeader:], m.body)
	_, _ = rand.Read(plain[n:])

	msgKey := crypto.MessageKey(k.Value, plain, crypto.Server)
	key, iv := crypto.Keys(k.Value, msgKey, crypto.Server)
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	out := make([]byte, outerHeader+len(plain))
	copy(out, k.ID[:])
	copy(out[8:], msgKey[:])
	ige.EncryptBlocks(block, iv[:], out[outerHeader:], plain)
	return out, nil
}
