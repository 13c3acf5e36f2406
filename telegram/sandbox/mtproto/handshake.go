package mtproto

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/mt"
)

// p_q_inner_data_temp, the older form of a request for a temporary key.
const pqInnerDataTempID = 0x3c6a84d4

// exchange is the state of one key exchange; a connection has one at a time
// (core.telegram.org/mtproto/auth_key).
type exchange struct {
	stage       stage
	nonce       bin.Int128
	serverNonce bin.Int128
	newNonce    bin.Int256
	p, q        *big.Int
	secret      *big.Int
	temp        bool
	expiresIn   time.Duration
}

type stage int

const (
	stageIdle   stage = iota
	stagePQ           // resPQ sent
	stageParams       // server_DH_params_ok sent
)

var (
	errOrder   = errors.New("key exchange out of order")
	errNonce   = errors.New("nonce mismatch")
	errWrongDC = errors.New("key exchange for another data centre")
)

// step consumes one unencrypted message and returns the answer. made is set
// when the exchange is complete and must be stored before the answer leaves.
func (s *Server) step(e *exchange, b *bin.Buffer) (answer bin.Encoder, made *AuthKey, err error) {
	id, err := b.PeekID()
	if err != nil {
		return nil, nil, err
	}
	switch id {
	case mt.ReqPqRequestTypeID, mt.ReqPqMultiRequestTypeID:
		answer, err = s.stepPQ(e, b)
	case mt.ReqDHParamsRequestTypeID:
		answer, err = s.stepParams(e, b)
	case mt.SetClientDHParamsRequestTypeID:
		answer, made, err = e.finish(b)
	case mt.MsgsAckTypeID: // some clients acknowledge resPQ; there is no answer to that
		return nil, nil, nil
	default:
		err = fmt.Errorf("unexpected unencrypted message %#x", id)
	}
	return answer, made, err
}

func (s *Server) stepPQ(e *exchange, b *bin.Buffer) (bin.Encoder, error) {
	_, _ = b.ID()
	nonce, err := b.Int128()
	if err != nil {
		return nil, err
	}
	p, q, err := newPQ()
	if err != nil {
		return nil, err
	}
	*e = exchange{stage: stagePQ, nonce: nonce, p: p, q: q}
	_, _ = rand.Read(e.serverNonce[:])
	return &mt.ResPQ{
		Nonce:                       e.nonce,
		ServerNonce:                 e.serverNonce,
		Pq:                          new(big.Int).Mul(p, q).Bytes(),
		ServerPublicKeyFingerprints: []int64{s.fingerprint},
	}, nil
}

func (s *Server) stepParams(e *exchange, b *bin.Buffer) (bin.Encoder, error) {
	var req mt.ReqDHParamsRequest
	if err := req.Decode(b); err != nil {
		return nil, err
	}
	if e.stage != stagePQ {
		return nil, errOrder
	}
	if req.Nonce != e.nonce || req.ServerNonce != e.serverNonce {
		return nil, errNonce
	}
	if req.PublicKeyFingerprint != s.fingerprint {
		return nil, fmt.Errorf("unknown RSA key %x", uint64(req.PublicKeyFingerprint))
	}
	inner, err := s.openInner(req.EncryptedData)
	if err != nil {
		return nil, err
	}
	if err := e.readInner(s.opt.DC, &bin.Buffer{Buf: inner}); err != nil {
		return nil, fmt.Errorf("read p_q_inner_data: %w", err)
	}
	secret, public, err := newDHPair()
	if err != nil {
		return nil, err
	}
	var plain bin.Buffer
	if err := (&mt.ServerDHInnerData{
		Nonce:       e.nonce,
		ServerNonce: e.serverNonce,
		G:           dhG,
		DhPrime:     dhPrime.Bytes(),
		GA:          public.Bytes(),
		ServerTime:  int(time.Now().Unix()),
	}).Encode(&plain); err != nil {
		return nil, err
	}
	key, iv := e.cipher()
	sealed, err := crypto.EncryptExchangeAnswer(rand.Reader, plain.Buf, key, iv)
	if err != nil {
		return nil, err
	}
	e.secret, e.stage = secret, stageParams
	return &mt.ServerDHParamsOk{Nonce: e.nonce, ServerNonce: e.serverNonce, EncryptedAnswer: sealed}, nil
}

// openInner undoes RSA_PAD, or the padding with SHA-1 that came before it and
// that older clients still use.
func (s *Server) openInner(data []byte) ([]byte, error) {
	if len(data) > 256 {
		return nil, errors.New("encrypted_data too long")
	}
	if inner, err := crypto.DecodeRSAPad(data, s.opt.Key); err == nil {
		return inner, nil
	}
	inner, err := crypto.RSADecryptHashed(data, s.opt.Key)
	if err != nil {
		return nil, errors.New("encrypted_data cannot be decrypted")
	}
	return inner, nil
}

// readInner takes the client's part of the secret out of p_q_inner_data. b may
// have padding behind it.
func (e *exchange) readInner(dc int, b *bin.Buffer) error {
	id, err := b.ID()
	if err != nil {
		return err
	}
	var pq [3]*big.Int
	for i := range pq {
		v, err := b.Bytes()
		if err != nil {
			return err
		}
		pq[i] = new(big.Int).SetBytes(v)
	}
	if pq[1].Cmp(e.p) != 0 || pq[2].Cmp(e.q) != 0 || pq[0].Cmp(new(big.Int).Mul(e.p, e.q)) != 0 {
		return errors.New("pq is not factored")
	}
	if err := e.checkNonces(b); err != nil {
		return err
	}
	if e.newNonce, err = b.Int256(); err != nil {
		return err
	}
	switch id {
	case mt.PQInnerDataTypeID, mt.PQInnerDataDCTypeID, pqInnerDataTempID, mt.PQInnerDataTempDCTypeID:
	default:
		return fmt.Errorf("unexpected %#x", id)
	}
	if id == mt.PQInnerDataDCTypeID || id == mt.PQInnerDataTempDCTypeID {
		if err := checkDC(b, dc); err != nil {
			return err
		}
	}
	if e.temp = id == pqInnerDataTempID || id == mt.PQInnerDataTempDCTypeID; !e.temp {
		return nil
	}
	seconds, err := b.Int()
	if err != nil {
		return err
	}
	if seconds <= 0 {
		return errors.New("expires_in is not positive")
	}
	e.expiresIn = time.Duration(seconds) * time.Second
	return nil
}

// checkDC accepts dc itself, its test twin (10000 higher) and its media twin
// (negative).
func checkDC(b *bin.Buffer, dc int) error {
	got, err := b.Int()
	if err != nil {
		return err
	}
	if max(got, -got)%10000 != dc {
		return errWrongDC
	}
	return nil
}

func (e *exchange) checkNonces(b *bin.Buffer) error {
	nonce, err := b.Int128()
	if err != nil {
		return err
	}
	serverNonce, err := b.Int128()
	if err != nil {
		return err
	}
	if nonce != e.nonce || serverNonce != e.serverNonce {
		return errNonce
	}
	return nil
}

func (e *exchange) cipher() (key, iv []byte) {
	return crypto.TempAESKeys(e.newNonce.BigInt(), e.serverNonce.BigInt())
}

func (e *exchange) finish(b *bin.Buffer) (bin.Encoder, *AuthKey, error) {
	var req mt.SetClientDHParamsRequest
	if err := req.Decode(b); err != nil {
		return nil, nil, err
	}
	if e.stage != stageParams {
		return nil, nil, errOrder
	}
	if req.Nonce != e.nonce || req.ServerNonce != e.serverNonce {
		return nil, nil, errNonce
	}
	key, iv := e.cipher()
	plain, err := crypto.DecryptExchangeAnswer(req.EncryptedData, key, iv)
	if err != nil {
		return nil, nil, err
	}
	var inner mt.ClientDHInnerData
	if err := inner.Decode(&bin.Buffer{Buf: plain}); err != nil {
		return nil, nil, err
	}
	if inner.Nonce != e.nonce || inner.ServerNonce != e.serverNonce {
		return nil, nil, errNonce
	}
	gb := new(big.Int).SetBytes(inner.GB)
	if !inDHRange(gb) {
		return nil, nil, errors.New("g_b out of range")
	}
	k := &AuthKey{}
	new(big.Int).Exp(gb, e.secret, dhPrime).FillBytes(k.Value[:])
	k.ID = keyID(&k.Value)
	k.Salt = int64(binary.LittleEndian.Uint64(e.newNonce[:8]) ^ binary.LittleEndian.Uint64(e.serverNonce[:8]))
	e.stage = stageIdle
	return &mt.DhGenOk{
		Nonce:         e.nonce,
		ServerNonce:   e.serverNonce,
		NewNonceHash1: crypto.NonceHash1(e.newNonce, k.Value),
	}, k, nil
}
