package mtproto

import (
	"crypto/aes"
	"encoding/binary"
	"errors"
	"time"

	"github.com/gotd/ige"
	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
)

var (
	errNotTemporary  = tgerr.New(400, "TEMP_AUTH_KEY_EMPTY")
	errBindMessage   = tgerr.New(400, "ENCRYPTED_MESSAGE_INVALID")
	errBindExpired   = tgerr.New(400, "EXPIRES_AT_INVALID")
	errBoundTo       = tgerr.New(400, "TEMP_AUTH_KEY_ALREADY_BOUND")
	errBindMalformed = errors.New("malformed binding message")
)

// bind answers auth.bindTempAuthKey, with which a client with perfect forward
// secrecy ties the temporary key it speaks under to its permanent one
// (core.telegram.org/method/auth.bindTempAuthKey).
func (c *conn) bind(ss *Session, k *foundKey, ca *call, body *bin.Buffer) {
	var req tg.AuthBindTempAuthKeyRequest
	if err := req.Decode(body); err != nil {
		ss.fail(ca, errMalformed)
		return
	}
	owner, failure := c.checkBinding(ss, k, ca.id, &req)
	if failure != nil {
		ss.fail(ca, failure)
		return
	}
	ss.mu.Lock()
	ss.owner = owner
	ss.mu.Unlock()
	var yes bin.Buffer
	yes.PutBool(true)
	ss.finish(ca, yes.Buf, false)
	k.owner, k.bound = owner, true // for what follows in the same container
	ss.online()
}

func (c *conn) checkBinding(ss *Session, k *foundKey, msgID int64, req *tg.AuthBindTempAuthKeyRequest) (owner [8]byte, _ *tgerr.Error) {
	if !k.temporary {
		return owner, errNotTemporary
	}
	binary.LittleEndian.PutUint64(owner[:], uint64(req.PermAuthKeyID))
	permanent, ok := c.srv.opt.Keys.LoadKey(owner)
	if !ok {
		return owner, errBindMessage
	}
	id, inner, err := openBinding(&permanent, req.EncryptedMessage)
	if err != nil {
		return owner, errBindMessage
	}
	want := crypto.BindAuthKeyInner{
		Nonce:         req.Nonce,
		TempAuthKeyID: int64(binary.LittleEndian.Uint64(k.ID[:])),
		PermAuthKeyID: req.PermAuthKeyID,
		TempSessionID: ss.id,
		ExpiresAt:     req.ExpiresAt,
	}
	if id != msgID || inner != want {
		return owner, errBindMessage
	}
	expires := time.Unix(int64(req.ExpiresAt), 0)
	if !expires.After(time.Now()) {
		return owner, errBindExpired
	}
	if !c.srv.keys.bind(k.ID, owner, expires) {
		return owner, errBoundTo
	}
	return owner, nil
}

// openBinding decrypts the inside of a binding, which alone still uses MTProto
// 1.0: msg_key is from SHA-1 over the message without its padding, and instead
// of salt and session there are 16 random bytes.
func openBinding(k *AuthKey, data []byte) (msgID int64, inner crypto.BindAuthKeyInner, err error) {
	const head = 16 + 8 + 4 + 4
	if len(data) < outerHeader+head || (len(data)-outerHeader)%aes.BlockSize != 0 || [8]byte(data) != k.ID {
		return 0, inner, errBindMalformed
	}
	msgKey := bin.Int128(data[8:outerHeader])
	key, iv := crypto.KeysV1(k.Value, msgKey)
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return 0, inner, err
	}
	plain := make([]byte, len(data)-outerHeader)
	ige.DecryptBlocks(block, iv[:], plain, data[outerHeader:])

	n := int64(binary.LittleEndian.Uint32(plain[28:]))
	if head+n > int64(len(plain)) || crypto.MessageKeyV1(plain[:head+n]) != msgKey {
		return 0, inner, errBindMalformed
	}
	err = inner.Decode(&bin.Buffer{Buf: plain[head : head+n]})
	return int64(binary.LittleEndian.Uint64(plain[16:])), inner, err
}
