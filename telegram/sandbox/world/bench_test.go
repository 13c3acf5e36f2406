package world

import (
	"encoding/binary"
	"sync/atomic"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// signedIn is a connection of the account without a wire.
func signedIn(b *testing.B, w *World, account int64, n int64) *fakeSession {
	b.Helper()
	s := &fakeSession{}
	binary.LittleEndian.PutUint64(s.key[:], uint64(n))
	c := &call{w: w, s: s, key: s.key}
	err := w.write(func() error {
		_, err := c.signedIn(w.users[account])
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func benchWorld(b *testing.B) *World {
	b.Helper()
	w, err := Open(Options{Dir: b.TempDir(), key: testKey()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = w.Close() })
	if err := w.Seed(); err != nil {
		b.Fatal(err)
	}
	return w
}

// BenchmarkSend: 50 clients of the ten senders, all in the same groups, with
// the log on disk and all of them listening.
func BenchmarkSend(b *testing.B) {
	w := benchWorld(b)
	chats := w.Chats()[len(w.Chats())-loadChats:]
	var clients, ids atomic.Int64
	b.SetParallelism(25)
	b.RunParallel(func(pb *testing.PB) {
		n := clients.Add(1)
		account := loadID + n%loads
		s := signedIn(b, w, account, n)
		for i := n; pb.Next(); i++ {
			chat := chats[i%loadChats].ID
			var buf bin.Buffer
			r := tg.MessagesSendMessageRequest{
				Message: inventedText(int(i)), RandomID: ids.Add(1),
				Peer: &tg.InputPeerChannel{ChannelID: bare(chat), AccessHash: w.accessHash(account, chat)},
			}
			if err := r.Encode(&buf); err != nil {
				b.Error(err)
				return
			}
			if _, err := w.Call(s, false, &buf); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkDialogsPage asks for the first hundred of 3,000.
func BenchmarkDialogsPage(b *testing.B) {
	w := benchWorld(b)
	s := signedIn(b, w, madinaID, 1)
	for b.Loop() {
		var buf bin.Buffer
		if err := (&tg.MessagesGetDialogsRequest{OffsetPeer: &tg.InputPeerEmpty{}, Limit: 100}).Encode(&buf); err != nil {
			b.Fatal(err)
		}
		if _, err := w.Call(s, true, &buf); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen reads a seeded world with 100,000 messages more.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	w, err := Open(Options{Dir: dir, key: testKey()})
	if err != nil {
		b.Fatal(err)
	}
	if err := w.Seed(); err != nil {
		b.Fatal(err)
	}
	chats := w.Chats()
	err = w.write(func() error {
		for i := range 100_000 {
			w.commitMessage(&msgRec{Chat: chats[i%len(chats)].ID, From: dilnozaID, At: ms(w.now()), Text: inventedText(i), RandomID: int64(i + 1)}, nil)
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		w, err := Open(Options{Dir: dir, key: testKey()})
		if err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
