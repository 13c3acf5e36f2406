package world

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"postix/telegram/sandbox/mtproto"
)

// Serve answers MTProto clients on l until ctx ends, and closes l. Clients are
// told that data centre 2 is at the address of l. A world serves once.
func (w *World) Serve(ctx context.Context, l net.Listener) error {
	at, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return fmt.Errorf("serving MTProto on %s: not a TCP address", l.Addr())
	}
	w.mu.Lock()
	w.dc = tg.DCOption{ID: dcID, IPAddress: at.IP.String(), Port: at.Port, Static: true, Ipv6: at.IP.To4() == nil}
	w.mu.Unlock()
	s, err := mtproto.New(mtproto.Options{DC: dcID, Key: w.keys.rsa, Keys: keyStore{w}, Handler: handler{w}, Logger: w.log})
	if err != nil {
		return fmt.Errorf("starting the MTProto server: %w", err)
	}
	return s.Serve(ctx, l)
}

// handler puts the world behind the wire.
type handler struct{ w *World }

func (h handler) OnRPC(_ context.Context, r *mtproto.Request) (bin.Encoder, error) {
	res, err := h.w.Call(r.Session, r.NoUpdates || r.Session.NoUpdates(), r.Body)
	if d, ok := res.(Deferred); ok {
		return mtproto.Deferred(func(ctx context.Context) (bin.Encoder, error) {
			res, err := d(ctx)
			return res, wireErr(err)
		}), nil
	}
	return res, wireErr(err)
}

func (handler) OnSession(*mtproto.Session) {}

func (h handler) OnClose(s *mtproto.Session) { h.w.Detach(s) }

func wireErr(err error) error {
	switch {
	case errors.Is(err, ErrDrop):
		return mtproto.ErrDrop
	case errors.Is(err, ErrSilent):
		return mtproto.ErrSilent
	}
	return err
}

// keyStore keeps the wire's keys in the world's folder.
type keyStore struct{ w *World }

func (k keyStore) LoadKey(id [8]byte) (mtproto.AuthKey, bool) {
	s, ok := k.w.keys.load(id)
	if !ok {
		return mtproto.AuthKey{}, false
	}
	return mtproto.AuthKey{ID: id, Value: [256]byte(s.Value), Salt: s.Salt, Layer: s.Layer}, true
}

func (k keyStore) SaveKey(key mtproto.AuthKey) error {
	return k.w.keys.put(storedKey{ID: key.ID[:], Value: key.Value[:], Salt: key.Salt, Layer: key.Layer})
}

// DeleteKey also ends the authorization that the key had.
func (k keyStore) DeleteKey(id [8]byte) error {
	err := k.w.write(func() error { return k.w.end(id, "AUTH_KEY_UNREGISTERED") })
	return errors.Join(err, k.w.keys.put(storedKey{ID: id[:]}))
}
