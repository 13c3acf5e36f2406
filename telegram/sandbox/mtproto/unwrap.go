package mtproto

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/tg"
)

const (
	maxUnpacked = 2 << 20 // bytes out of one gzip_packed
	maxWrappers = 12      // around one call
)

var (
	errBomb     = errors.New("gzip_packed unpacks to too much")
	errWrappers = errors.New("too many wrappers around a call")
)

// Request is one call, taken out of its envelopes.
type Request struct {
	Session   *Session
	MsgID     int64
	Layer     int         // as Session.Layer
	NoUpdates bool        // this call came in invokeWithoutUpdates
	Body      *bin.Buffer // the call itself

	after  []int64 // calls that must have succeeded before
	client *ClientInfo
}

// unpack undoes gzip_packed, and leaves other bytes alone. Some clients pack
// with zlib, which Telegram takes too.
func unpack(body []byte) ([]byte, error) {
	b := bin.Buffer{Buf: body}
	id, short := b.PeekID()
	if short != nil || id != mt.GzipPackedTypeID {
		return body, nil //nolint:nilerr // what is too short to be packed is not packed
	}
	_, _ = b.ID()
	packed, err := b.Bytes()
	if err != nil {
		return nil, err
	}
	var r io.Reader
	if bytes.HasPrefix(packed, []byte{0x1f, 0x8b}) {
		r, err = gzip.NewReader(bytes.NewReader(packed))
	} else {
		r, err = zlib.NewReader(bytes.NewReader(packed))
	}
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(r, maxUnpacked+1))
	if err != nil {
		return nil, err
	}
	if len(out) > maxUnpacked {
		return nil, errBomb
	}
	return out, nil
}

// unwrap takes body's call out of the invokeWith... and initConnection around
// it (core.telegram.org/api/invoking) and notes what they say.
func (r *Request) unwrap(body []byte) error {
	b := &bin.Buffer{Buf: body}
	for range maxWrappers {
		id, err := b.PeekID()
		if err != nil {
			return err
		}
		done, err := r.unwrapOne(id, b)
		if err != nil {
			return err
		}
		if done {
			r.Body = b
			return nil
		}
	}
	return errWrappers
}

// unwrapOne consumes one envelope; done says that there was none.
func (r *Request) unwrapOne(id uint32, b *bin.Buffer) (done bool, err error) {
	switch id {
	case tg.InitConnectionRequestTypeID:
		return false, r.initConnection(b)
	case mt.GzipPackedTypeID:
		out, err := unpack(b.Buf)
		b.ResetTo(out)
		return false, err
	}
	call := b.Buf
	_, _ = b.ID()
	switch id {
	case tg.InvokeWithLayerRequestTypeID:
		r.Layer, err = b.Int()
	case tg.InvokeWithoutUpdatesRequestTypeID:
		r.NoUpdates = true
	case tg.InvokeAfterMsgRequestTypeID:
		var earlier int64
		earlier, err = b.Long()
		r.after = append(r.after, earlier)
	case tg.InvokeAfterMsgsRequestTypeID:
		err = r.invokeAfterMsgs(b)
	case tg.InvokeWithMessagesRangeRequestTypeID:
		err = (&tg.MessageRange{}).Decode(b)
	case tg.InvokeWithTakeoutRequestTypeID:
		_, err = b.Long()
	default:
		b.Buf = call
		return true, nil
	}
	return false, err
}

func (r *Request) invokeAfterMsgs(b *bin.Buffer) error {
	n, err := b.VectorHeader()
	if err != nil {
		return err
	}
	for range n {
		earlier, err := b.Long()
		if err != nil {
			return err
		}
		r.after = append(r.after, earlier)
	}
	return nil
}

// rest stands for a wrapped call: decoding it consumes nothing.
type rest struct{}

func (rest) Encode(*bin.Buffer) error { return errors.New("not to be encoded") }
func (rest) Decode(*bin.Buffer) error { return nil }

func (r *Request) initConnection(b *bin.Buffer) error {
	q := tg.InitConnectionRequest{Query: rest{}}
	if err := q.Decode(b); err != nil {
		return err
	}
	r.client = &ClientInfo{
		APIID:         q.APIID,
		DeviceModel:   q.DeviceModel,
		SystemVersion: q.SystemVersion,
		AppVersion:    q.AppVersion,
		LangCode:      q.LangCode,
	}
	return nil
}
