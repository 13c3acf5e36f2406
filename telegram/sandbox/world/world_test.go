package world

import (
	"context"

	"github.com/gotd/td/bin"
)

// fakeSession is a connection without a wire.
type fakeSession struct {
	key   [8]byte
	layer int
	push  func(bin.Encoder) error
}

func (s *fakeSession) AuthKeyID() [8]byte { return s.key }
func (s *fakeSession) ID() int64          { return 1 }
func (s *fakeSession) Layer() int         { return s.layer }
func (s *fakeSession) Drop()              {}

func (s *fakeSession) Push(_ context.Context, m bin.Encoder) error {
	if s.push == nil {
		return nil
	}
	return s.push(m)
}
