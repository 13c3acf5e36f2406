package mtproto

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
)

var (
	errInternal   = tgerr.New(500, "INTERNAL")
	errMalformed  = tgerr.New(400, "INPUT_REQUEST_INVALID")
	errWaitFailed = tgerr.New(400, "MSG_WAIT_FAILED")
	errUnbound    = tgerr.New(401, "AUTH_KEY_PERM_EMPTY")
	errDuplicated = tgerr.New(406, "AUTH_KEY_DUPLICATED")
	errFlood      = tgerr.New(420, "FLOOD_WAIT_1")
)

// sideCalls may come on connections beside a client's main one, as when it loads
// several files at once: they do not make the key one that is used in two places
// (core.telegram.org/api/errors, 406).
var sideCalls = map[uint32]bool{
	tg.HelpGetConfigRequestTypeID:           true,
	tg.HelpGetCDNConfigRequestTypeID:        true,
	tg.UploadGetFileRequestTypeID:           true,
	tg.UploadGetFileHashesRequestTypeID:     true,
	tg.UploadGetWebFileRequestTypeID:        true,
	tg.UploadGetCDNFileRequestTypeID:        true,
	tg.UploadGetCDNFileHashesRequestTypeID:  true,
	tg.UploadReuploadCDNFileRequestTypeID:   true,
	tg.UploadSaveFilePartRequestTypeID:      true,
	tg.UploadSaveBigFilePartRequestTypeID:   true,
	tg.AuthExportAuthorizationRequestTypeID: true,
	tg.AuthImportAuthorizationRequestTypeID: true,
}

// onCall handles a call: it answers one seen before from memory and executes a
// new one.
func (c *conn) onCall(ss *Session, k *foundKey, m message) {
	ca, fresh := ss.begin(m)
	if !fresh {
		return
	}
	req := &Request{Session: ss, MsgID: m.id}
	if err := req.unwrap(m.body); err != nil {
		ss.fail(ca, errMalformed)
		return
	}
	if req.Layer != 0 && k.bound && req.Layer != k.layer {
		if err := c.srv.keys.announce(k.owner, req.Layer); err != nil {
			c.srv.log.Error("save the layer of a key", "err", err)
		}
		k.layer = req.Layer // for what follows in the same container
	}
	ss.note(req)
	id, _ := req.Body.PeekID()
	switch {
	case k.dead:
		ss.fail(ca, errDuplicated)
	case id == tg.AuthBindTempAuthKeyRequestTypeID:
		c.bind(ss, k, ca, req.Body)
	case !k.bound:
		ss.fail(ca, errUnbound)
	case !ss.NoUpdates() && !sideCalls[id] && c.srv.keys.speak(k.owner, c, ss, m.id):
		c.srv.condemn(k.owner)
	default:
		c.schedule(ss, ca, req)
	}
}

// begin notes a call. It is not fresh, and has been dealt with, if it was seen
// before, or cannot be accepted.
func (s *Session) begin(m message) (ca *call, fresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	reject := func(code int) {
		var b bin.Buffer
		_ = (&mt.BadMsgNotification{BadMsgID: m.id, BadMsgSeqno: int(m.seq), ErrorCode: code}).Encode(&b)
		_, _ = s.send(kindAnswer, false, b.Buf)
	}
	if ca := s.calls.byID[m.id]; ca != nil {
		switch ca.state {
		case callRunning, callSilent:
			s.acknowledge(m.id)
		case callAnswered:
			s.sendAnswer(ca)
		case callLost:
			reject(badForgotten)
		}
		return nil, false
	}
	if m.id <= s.calls.floor {
		reject(badForgotten)
		return nil, false
	}
	if code := s.order.check(m.id, m.seq); code != 0 {
		reject(code)
		return nil, false
	}
	ca = s.calls.begin(m.id)
	if s.calls.running > maxRunning {
		s.answer(ca, encodeError(errFlood), true)
		return nil, false
	}
	return ca, true
}

// note keeps what the envelopes of a call say about its session.
func (s *Session) note(req *Request) {
	if req.Layer != 0 {
		s.layer.Store(int32(req.Layer))
	}
	req.Layer = s.Layer()
	if req.NoUpdates {
		s.quiet.Store(true)
	}
	if req.client != nil {
		s.mu.Lock()
		s.client = *req.client
		s.mu.Unlock()
	}
}

// schedule executes a call, at once or when the calls that it follows have
// succeeded (core.telegram.org/api/invoking#invokeaftermsg).
func (c *conn) schedule(ss *Session, ca *call, req *Request) {
	waitFor, ok := ss.earlier(req.after)
	if !ok {
		ss.fail(ca, errWaitFailed)
		return
	}
	if len(waitFor) == 0 {
		c.execute(ss, ca, req)
		return
	}
	ss.confirm(ca)
	c.run.group.Go(func() {
		for _, before := range waitFor {
			select {
			case <-before.done:
			case <-c.ctx.Done():
				ss.lose(ca)
				return
			}
		}
		if _, ok := ss.earlier(req.after); !ok {
			ss.fail(ca, errWaitFailed)
			return
		}
		c.execute(ss, ca, req)
	})
}

// earlier returns those of the calls that are still in progress. It is false if
// one has failed or never arrived; of those forgotten the best is assumed.
func (s *Session) earlier(ids []int64) (running []*call, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		ca := s.calls.byID[id]
		switch {
		case ca == nil && id > s.calls.floor, ca != nil && (ca.failed || ca.state == callSilent):
			return nil, false
		case ca != nil && ca.state == callRunning:
			running = append(running, ca)
		}
	}
	return running, true
}

// execute gives the call to the handler.
func (c *conn) execute(ss *Session, ca *call, req *Request) {
	c.calls.Lock()
	defer c.calls.Unlock()
	if c.isEnding() {
		ss.lose(ca)
		return
	}
	res, err := c.guard(func() (bin.Encoder, error) { return c.srv.opt.Handler.OnRPC(c.run.ctx, req) })
	later, ok := res.(Deferred)
	if !ok || err != nil {
		c.complete(ss, ca, res, err)
		return
	}
	ss.confirm(ca)
	c.run.group.Go(func() {
		res, err := c.guard(func() (bin.Encoder, error) { return later(c.run.ctx) })
		c.complete(ss, ca, res, err)
	})
}

// guard turns a panic into an error.
func (c *conn) guard(f func() (bin.Encoder, error)) (res bin.Encoder, err error) {
	defer func() {
		if p := recover(); p != nil {
			c.srv.log.Error("panic in a call", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			res, err = nil, errInternal
		}
	}()
	return f()
}

// complete does what the handler's result asks for.
func (c *conn) complete(ss *Session, ca *call, res bin.Encoder, err error) {
	var known *tgerr.Error
	switch {
	case errors.Is(err, ErrDrop):
		ss.lose(ca)
		c.hangUp()
		return
	case errors.Is(err, ErrSilent):
		ss.silence(ca)
		return
	case errors.As(err, &known):
		ss.fail(ca, known)
		return
	case err != nil && c.run.ctx.Err() != nil && errors.Is(err, context.Canceled):
		ss.lose(ca) // the server is closing
		return
	case err == nil:
		var b bin.Buffer
		_, err = c.guard(func() (bin.Encoder, error) { return nil, b.Encode(res) })
		if err == nil {
			ss.finish(ca, b.Buf, false)
			return
		}
	}
	c.srv.log.Error("call failed", "type", fmt.Sprintf("%T", res), "err", err)
	ss.fail(ca, errInternal)
}

// finish answers a call, once: a second answer is ignored.
func (s *Session) finish(ca *call, result []byte, failed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer(ca, result, failed)
}

func (s *Session) fail(ca *call, e *tgerr.Error) { s.finish(ca, encodeError(e), true) }

// answer is finish for a caller that holds s.mu.
func (s *Session) answer(ca *call, result []byte, failed bool) {
	if s.calls.finish(ca, rpcResult(ca.id, result), failed) && !ca.dropped {
		s.sendAnswer(ca)
	}
}

// sendAnswer sends the answer of a call, for the first time or again. The
// caller holds s.mu.
func (s *Session) sendAnswer(ca *call) {
	m, err := s.send(kindAnswer, true, ca.answer)
	if err != nil {
		return // sent when the client is back
	}
	m.body = nil
	ca.sent, ca.sentOn = m, s.conn
}

// lose gives a call up: whether it was executed is not known.
func (s *Session) lose(ca *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls.end(ca, callLost)
}

// silence acknowledges a call that will not be answered.
func (s *Session) silence(ca *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acknowledge(ca.id)
	s.calls.end(ca, callSilent)
}

// confirm acknowledges a call whose answer will take a while.
func (s *Session) confirm(ca *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acknowledge(ca.id)
}

// acknowledge tells the client that a message has arrived. The caller holds s.mu.
func (s *Session) acknowledge(id int64) {
	var b bin.Buffer
	_ = (&mt.MsgsAck{MsgIDs: []int64{id}}).Encode(&b)
	_, _ = s.send(kindAnswer, false, b.Buf)
}

func rpcResult(id int64, result []byte) []byte {
	b := bin.Buffer{Buf: make([]byte, 0, 12+len(result))}
	b.PutID(mt.RPCResultTypeID)
	b.PutLong(id)
	b.Put(result)
	return b.Buf
}

func encodeError(e *tgerr.Error) []byte {
	var b bin.Buffer
	_ = (&mt.RPCError{ErrorCode: e.Code, ErrorMessage: e.Message}).Encode(&b)
	return b.Buf
}

// condemn ends a permanent key that is used in two places: whatever is in
// progress under it is answered 406, and whatever comes later too.
func (s *Server) condemn(owner [8]byte) {
	s.log.Warn("one authorization key on two connections, deleted", "key", hex.EncodeToString(owner[:]))
	if err := s.keys.kill(owner); err != nil {
		s.log.Error("delete authorization key", "err", err)
	}
	for _, ss := range s.sessions.of(owner) {
		ss.mu.Lock()
		ss.closed = true
		running := ss.calls.inProgress()
		ss.mu.Unlock()
		for _, ca := range running {
			ss.fail(ca, errDuplicated)
		}
		ss.offline()
	}
}
