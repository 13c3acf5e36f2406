package mtproto

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gotd/td/bin"
)

const (
	// Transport errors, sent as a packet of four bytes
	// (core.telegram.org/mtproto/mtproto-transports#transport-errors).
	codeNotFound = -404
	codeWrongDC  = -444

	maxRefusals  = 16 // packets under unknown keys, per connection
	maxExchanges = 32 // key exchanges begun, per connection
	maxSessions  = 64 // sessions open at once, per connection

	// How long a connection that the server ends waits for the client to end
	// its side. Closing with unread bytes would reset the connection, and the
	// client might lose what it was sent last.
	linger = 2 * time.Second
)

var errTooMuch = errors.New("too many attempts on one connection")

// conn is one client connection: serve reads it and executes its calls, write
// empties its outbound queue.
type conn struct {
	srv    *Server
	run    *run
	net    net.Conn
	number uint64 // in the order of accepting
	wire   transport
	out    outbox

	ctx   context.Context // ends with the connection
	abort context.CancelFunc

	calls sync.Mutex // held while a handler's OnRPC runs

	// Used by the reading goroutine only.
	exchange  exchange
	exchanges int
	refusals  int
	keyed     bool // an encrypted message has arrived
	opened    time.Time
	idle      time.Duration
	sessions  map[*Session]struct{}

	deadline sync.Mutex // guards ending and the read deadline
	ending   bool
}

func newConn(s *Server, r *run, nc net.Conn) *conn {
	c := &conn{
		srv:      s,
		run:      r,
		net:      nc,
		number:   s.lastConn.Add(1),
		opened:   time.Now(),
		idle:     s.opt.IdleTimeout,
		sessions: map[*Session]struct{}{},
	}
	c.ctx, c.abort = context.WithCancel(r.ctx)
	c.out.init()
	return c
}

// serve runs the connection to its end. A nil error is an ordinary one.
func (c *conn) serve() (err error) {
	stop := context.AfterFunc(c.ctx, func() { _ = c.net.Close() })
	var writer sync.WaitGroup
	defer func() {
		if p := recover(); p != nil {
			c.srv.log.Error("panic on a connection", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
		c.abort()
		stop()
		_ = c.net.Close()
		writer.Wait()
		c.leave()
	}()

	if err := c.extend(); err != nil {
		return err
	}
	if c.wire, err = detect(c.net); err != nil {
		return ordinary(fmt.Errorf("detect transport: %w", err))
	}
	writer.Go(c.write)
	for {
		if err := c.extend(); err != nil {
			return ordinary(err)
		}
		packet, quick, err := c.wire.read(c.wire.in)
		if err != nil {
			return ordinary(fmt.Errorf("read: %w", err))
		}
		if c.isEnding() {
			continue // the client has not noticed yet
		}
		if err := c.packet(packet, quick); err != nil {
			return err
		}
	}
}

// ordinary takes out the errors by which connections end every day.
func ordinary(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// extend sets the deadline of the next read.
func (c *conn) extend() error {
	c.deadline.Lock()
	defer c.deadline.Unlock()
	switch {
	case c.ending:
		return nil
	case c.keyed:
		return c.net.SetReadDeadline(time.Now().Add(c.idle))
	default:
		return c.net.SetReadDeadline(c.opened.Add(c.srv.opt.HandshakeTimeout))
	}
}

// hangUp ends the connection after what is queued has been written. Nothing is
// read or queued any more.
func (c *conn) hangUp() {
	c.deadline.Lock()
	defer c.deadline.Unlock()
	if c.ending {
		return
	}
	c.ending = true
	_ = c.net.SetReadDeadline(time.Now().Add(linger))
	c.out.close()
}

func (c *conn) isEnding() bool {
	if c.ctx.Err() != nil {
		return true
	}
	c.deadline.Lock()
	defer c.deadline.Unlock()
	return c.ending
}

// write empties the outbox into the connection, several packets at a time.
func (c *conn) write() {
	defer c.abortUnlessEnding()
	var buf []byte
	for {
		items, more := c.out.take(c.ctx)
		for len(items) > 0 {
			buf = buf[:0]
			for len(items) > 0 && len(buf) < 64<<10 {
				buf = items[0].appendTo(c.wire.framing, buf)
				items = items[1:]
			}
			if c.wire.out != nil {
				c.wire.out.XORKeyStream(buf, buf)
			}
			_ = c.net.SetWriteDeadline(time.Now().Add(c.srv.opt.WriteTimeout))
			if _, err := c.net.Write(buf); err != nil {
				c.abort()
				return
			}
		}
		if !more {
			break
		}
		if cap(buf) > 256<<10 {
			buf = nil
		}
	}
	if half, ok := c.net.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	} else {
		c.abort()
	}
}

func (c *conn) abortUnlessEnding() {
	if !c.isEnding() {
		c.abort()
	}
}

// send queues a packet. A client that lets the queue fill up is cut off.
func (c *conn) send(packet []byte) error {
	err := c.out.put(outgoing{packet: packet})
	if errors.Is(err, ErrSlow) {
		c.abort()
	}
	return err
}

// packet handles one packet. An error ends the connection.
func (c *conn) packet(packet []byte, quick bool) error {
	if len(packet) < 8+8+4 {
		return errPacketSize
	}
	id := [8]byte(packet)
	if id == ([8]byte{}) {
		return c.plain(packet)
	}
	key, ok := c.srv.keys.find(id)
	if !ok {
		if c.refusals++; c.refusals > maxRefusals {
			return errTooMuch
		}
		c.refuse(codeNotFound) // the client may start a key exchange right here
		return nil
	}
	m, token, err := open(&key.AuthKey, packet)
	if err != nil {
		return err
	}
	c.keyed = true
	if err := c.message(key, m); err != nil {
		return err
	}
	if quick {
		_ = c.out.put(outgoing{token: token})
	}
	return nil
}

// plain handles an unencrypted message: a step of a key exchange.
func (c *conn) plain(packet []byte) error {
	b := &bin.Buffer{Buf: packet[8+8:]}
	n, err := b.Int()
	if err != nil {
		return err
	}
	if n < 4 || n > b.Len() {
		return errPacketSize
	}
	if c.exchange.stage == stageIdle {
		if c.exchanges++; c.exchanges > maxExchanges {
			return errTooMuch
		}
	}
	answer, made, err := c.srv.step(&c.exchange, &bin.Buffer{Buf: b.Buf[:n]})
	if err != nil {
		code := int32(codeNotFound)
		if errors.Is(err, errWrongDC) {
			code = codeWrongDC
		}
		c.refuse(code)
		c.hangUp()
		c.srv.log.Debug("key exchange failed", "err", err)
		return nil
	}
	if made != nil {
		if err := c.store(*made); err != nil {
			return err
		}
	}
	if answer == nil {
		return nil
	}
	return c.sendPlain(answer)
}

// store keeps the key that an exchange has made.
func (c *conn) store(k AuthKey) error {
	if c.exchange.temp {
		c.srv.keys.addTemporary(k, time.Now().Add(c.exchange.expiresIn))
		return nil
	}
	if err := c.srv.opt.Keys.SaveKey(k); err != nil {
		c.srv.log.Error("save authorization key", "err", err)
		return fmt.Errorf("save authorization key: %w", err)
	}
	return nil
}

func (c *conn) sendPlain(answer bin.Encoder) error {
	var body bin.Buffer
	if err := answer.Encode(&body); err != nil {
		return err
	}
	var out bin.Buffer
	out.PutLong(0)
	out.PutLong(c.srv.nextID(kindAnswer))
	out.PutInt(body.Len())
	out.Put(body.Buf)
	_ = c.send(out.Buf)
	return nil
}

func (c *conn) refuse(code int32) {
	_ = c.send(binary.LittleEndian.AppendUint32(nil, uint32(code)))
}

// leave takes the ended connection's sessions offline.
func (c *conn) leave() {
	for ss := range c.sessions {
		ss.detach(c)
	}
	c.srv.keys.silence(c)
}
