package telegram

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"postix/domain"
)

// noEars count only.
type noEars struct {
	heard chan int
}

func (e noEars) Hear(_ context.Context, heard []domain.Incoming) error {
	e.heard <- len(heard)
	return nil
}

// BenchmarkListen takes one message, as it comes out of a decrypted packet, to
// the ears, for an account in 500 supergroups.
func BenchmarkListen(b *testing.B) {
	const groups = 500
	l, _ := stillListener()
	e := noEars{make(chan int, 1)}
	l.ears, l.store = e, &notebook{positions: map[int64]map[domain.PeerID]domain.Position{}}
	pts := make([]int, groups)
	for i := range pts {
		l.newBox(channelID(int64(i+1))).begin(1, time.Time{})
		pts[i] = 1
	}
	ctx, cancel := context.WithCancel(b.Context())
	var hand sync.WaitGroup
	hand.Go(func() { l.hand(ctx) })
	sent, heard := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		i := sent % groups
		pts[i]++
		packet := encodedMessage(b, int64(i+1), pts[i])
		u, err := tg.DecodeUpdates(packet)
		if err != nil {
			b.Fatal(err)
		}
		l.take(u)
		for sent++; heard < sent-queueMost/2; {
			heard += <-e.heard
		}
	}
	for heard < sent {
		heard += <-e.heard
	}
	cancel()
	hand.Wait()
}

func encodedMessage(b *testing.B, channel int64, pts int) *bin.Buffer {
	b.Helper()
	m := &tg.Message{ID: pts, PeerID: &tg.PeerChannel{ChannelID: channel}, Date: 1_770_000_000, Message: "Toshkentdan Samarqandga 20 tonna yuk bor, mashina kerak, tel 90 000 00 00"}
	m.SetFromID(&tg.PeerUser{UserID: 42})
	u := &tg.User{ID: 42}
	u.SetFirstName("Sardor")
	u.SetUsername("cargo_sardor")
	c := &tg.Channel{ID: channel, Megagroup: true, Title: "Yuk bozori", Photo: &tg.ChatPhotoEmpty{}}
	c.SetAccessHash(1)
	var buf bin.Buffer
	err := (&tg.Updates{
		Updates: []tg.UpdateClass{&tg.UpdateNewChannelMessage{Message: m, Pts: pts, PtsCount: 1}},
		Users:   []tg.UserClass{u}, Chats: []tg.ChatClass{c},
	}).Encode(&buf)
	if err != nil {
		b.Fatal(err)
	}
	return &buf
}
