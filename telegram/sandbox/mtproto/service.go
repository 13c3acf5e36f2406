package mtproto

import (
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
)

// Not in gotd's schema.
const (
	destroyAuthKeyID     = 0xd1435160
	destroyAuthKeyOkID   = 0xf660e1d4
	destroyAuthKeyFailID = 0xea109b13
)

// constructor is a TL object without fields.
type constructor uint32

func (id constructor) Encode(b *bin.Buffer) error {
	b.PutID(uint32(id))
	return nil
}

// maxAsked bounds the messages that one msgs_state_req or msg_resend_req names.
const maxAsked = 8192

const saltLifetime = 30 * 24 * 3600 // seconds; the salt of a key never changes

// dispatch handles one message: a service message or a call. An error, which a
// malformed service message is, ends the connection.
func (c *conn) dispatch(ss *Session, k *foundKey, m message) error {
	var err error
	if m.body, err = unpack(m.body); err != nil {
		return err
	}
	b := &bin.Buffer{Buf: m.body}
	id, err := b.PeekID()
	if err != nil {
		return err
	}
	if m.id&3 != 0 {
		ss.reject(m, badLowBits)
		return nil
	}
	switch id {
	case mt.MsgsAckTypeID:
		return ss.onAck(b)
	case mt.PingRequestTypeID, mt.PingDelayDisconnectRequestTypeID:
		return c.onPing(ss, m, b)
	case mt.GetFutureSaltsRequestTypeID:
		ss.onFutureSalts(m)
	case mt.MsgsStateReqTypeID:
		return ss.onStateReq(m, b)
	case mt.MsgResendReqTypeID:
		return ss.onResendReq(m, b)
	case mt.RPCDropAnswerRequestTypeID:
		return ss.onDropAnswer(m, b)
	case mt.DestroySessionRequestTypeID:
		return c.onDestroySession(ss, b)
	case destroyAuthKeyID:
		c.onDestroyKey(ss, k)
	case mt.MsgContainerTypeID: // inside another, packed
		ss.reject(m, badContainer)
	case mt.HTTPWaitRequestTypeID, // means nothing on TCP
		mt.MsgsAllInfoTypeID, mt.MsgsStateInfoTypeID, // the server never asks
		mt.MsgDetailedInfoTypeID, mt.MsgNewDetailedInfoTypeID:
	default:
		c.onCall(ss, k, m)
	}
	return nil
}

func (s *Session) onAck(b *bin.Buffer) error {
	var ack mt.MsgsAck
	if err := ack.Decode(b); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls.acknowledge(ack.MsgIDs)
	return nil
}

func (c *conn) onPing(ss *Session, m message, b *bin.Buffer) error {
	id, _ := b.ID()
	ping, err := b.Long()
	if err != nil {
		return err
	}
	if id == mt.PingDelayDisconnectRequestTypeID {
		seconds, err := b.Int()
		if err != nil {
			return err
		}
		if d := time.Duration(seconds) * time.Second; d > 0 {
			c.idle = min(d, c.srv.opt.IdleTimeout)
		}
	}
	ss.reply(&mt.Pong{MsgID: m.id, PingID: ping})
	return nil
}

func (s *Session) onFutureSalts(m message) {
	now := int(time.Now().Unix())
	s.reply(&mt.FutureSalts{ReqMsgID: m.id, Now: now, Salts: []mt.FutureSalt{{
		ValidSince: now - maxAge, ValidUntil: now + saltLifetime, Salt: s.key.Salt,
	}}})
}

// onStateReq tells what became of messages. Who asks after a call that has been
// answered has missed the answer, so it is sent again.
func (s *Session) onStateReq(m message, b *bin.Buffer) error {
	var req mt.MsgsStateReq
	if err := req.Decode(b); err != nil {
		return err
	}
	if len(req.MsgIDs) > maxAsked {
		return errTooMuch
	}
	info := make([]byte, len(req.MsgIDs))
	var again []*call
	s.mu.Lock()
	for i, id := range req.MsgIDs {
		info[i] = s.calls.status(id)
		if ca := s.calls.byID[id]; ca != nil && ca.state == callAnswered && !ca.acked {
			again = append(again, ca)
		}
	}
	s.mu.Unlock()
	s.reply(&mt.MsgsStateInfo{ReqMsgID: m.id, Info: info})
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ca := range again {
		s.sendAnswer(ca)
	}
	return nil
}

// onResendReq sends answers again, as they were. Of other messages, which are
// not kept, it says so.
func (s *Session) onResendReq(m message, b *bin.Buffer) error {
	var req mt.MsgResendReq
	if err := req.Decode(b); err != nil {
		return err
	}
	if len(req.MsgIDs) > maxAsked {
		return errTooMuch
	}
	info := make([]byte, len(req.MsgIDs))
	missing := false
	s.mu.Lock()
	for i, id := range req.MsgIDs {
		info[i] = stateReceived
		ca := s.calls.sentAs(id)
		if ca == nil || s.conn == nil {
			info[i], missing = stateUnknown, true
			continue
		}
		_ = s.emit(message{id: ca.sent.id, seq: ca.sent.seq, body: ca.answer})
	}
	s.mu.Unlock()
	if missing {
		s.reply(&mt.MsgsStateInfo{ReqMsgID: m.id, Info: info})
	}
	return nil
}

// onDropAnswer takes back a call's answer. A call in progress goes on.
func (s *Session) onDropAnswer(m message, b *bin.Buffer) error {
	var req mt.RPCDropAnswerRequest
	if err := req.Decode(b); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var answer bin.Encoder = &mt.RPCAnswerUnknown{}
	if ca := s.calls.byID[req.ReqMsgID]; ca != nil && !ca.acked {
		switch ca.state {
		case callRunning, callSilent:
			ca.dropped = true
			answer = &mt.RPCAnswerDroppedRunning{}
		case callAnswered:
			ca.dropped = true
			answer = &mt.RPCAnswerDropped{MsgID: ca.sent.id, SeqNo: int(ca.sent.seq), Bytes: len(ca.answer)}
		}
	}
	var out bin.Buffer
	if err := answer.Encode(&out); err != nil {
		return err
	}
	_, _ = s.send(kindAnswer, true, rpcResult(m.id, out.Buf))
	return nil
}

// onDestroySession forgets another session of the same key; a session cannot
// forget itself.
func (c *conn) onDestroySession(ss *Session, b *bin.Buffer) error {
	var req mt.DestroySessionRequest
	if err := req.Decode(b); err != nil {
		return err
	}
	if req.SessionID != ss.id {
		if other, ok := c.srv.sessions.destroy(ss.key.ID, req.SessionID); ok {
			other.offline()
			ss.reply(&mt.DestroySessionOk{SessionID: req.SessionID})
			return nil
		}
	}
	ss.reply(&mt.DestroySessionNone{SessionID: req.SessionID})
	return nil
}

// onDestroyKey deletes the permanent key, and with it what is connected by it.
func (c *conn) onDestroyKey(ss *Session, k *foundKey) {
	if err := c.srv.keys.remove(k.owner); err != nil {
		c.srv.log.Error("delete authorization key", "err", err)
		ss.reply(constructor(destroyAuthKeyFailID))
		return
	}
	ss.reply(constructor(destroyAuthKeyOkID))
	for _, other := range c.srv.sessions.of(k.owner) {
		other.offline()
		other.Drop()
	}
}
