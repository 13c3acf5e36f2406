package domain

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// DeliveryStatus is where one message stands.
//
//	planned -> sending -> sent | failed | waiting | uncertain
//	planned, waiting -> cancelled | missed | skipped
//	waiting, uncertain -> sending
type DeliveryStatus string

// The statuses of a delivery. Planned, waiting and sending are open. Uncertain
// means that Telegram may or may not have the message: it ends by proof only,
// which is the same random id sent again, or the message seen in the chat.
const (
	DeliveryPlanned   DeliveryStatus = "planned"
	DeliverySending   DeliveryStatus = "sending"
	DeliverySent      DeliveryStatus = "sent"
	DeliveryFailed    DeliveryStatus = "failed"
	DeliveryWaiting   DeliveryStatus = "waiting"
	DeliveryUncertain DeliveryStatus = "uncertain"
	DeliveryCancelled DeliveryStatus = "cancelled"
	DeliveryMissed    DeliveryStatus = "missed"
	DeliverySkipped   DeliveryStatus = "skipped"
)

// DeliveryStatuses lists all, in the order people read them.
var DeliveryStatuses = []DeliveryStatus{
	DeliverySending, DeliveryWaiting, DeliveryPlanned, DeliveryUncertain, DeliveryFailed,
	DeliverySent, DeliverySkipped, DeliveryCancelled, DeliveryMissed,
}

// Open reports whether the delivery is still to come.
func (s DeliveryStatus) Open() bool {
	return s == DeliveryPlanned || s == DeliveryWaiting || s == DeliverySending
}

// Delivery is one message to one peer in one round.
type Delivery struct {
	ID, CampaignID int64
	Round          int // from 1
	Peer           Peer
	Status         DeliveryStatus
	Reason         string // Telegram's code or a key of ours; the page says it in words
	RandomID       int64
	MessageID      int
	Attempts       int
	DueAt          time.Time
	SentAt         time.Time // by Telegram's clock
	UpdatedAt      time.Time
	Late           bool
	Text           int // version of the text it was last tried with; 0: not tried yet
}

// MessageLink is the message's address on t.me, or "" when it has none: only
// messages in channels and supergroups have one.
func (d Delivery) MessageLink() string { return messageLink(d.Peer, d.MessageID) }

// Counts is how many deliveries of a campaign stand where.
type Counts struct {
	Planned   int // all that were ordered: peers times rounds
	Sent      int
	Failed    int
	Cancelled int
	Missed    int
	Skipped   int
	Uncertain int
}

// Open is what is still to come: planned is the sum of the others and it.
func (c Counts) Open() int {
	return c.Planned - c.Sent - c.Failed - c.Cancelled - c.Missed - c.Skipped - c.Uncertain
}

// Done is what needs nothing more.
func (c Counts) Done() int { return c.Planned - c.Open() - c.Uncertain }

// RandomID is the id under which Telegram recognises a repeated message. It
// depends on what the delivery is, so that a round that is planned again after
// a restored backup carries the same ids. retry counts how often a person had
// the failed delivery sent again: that is a new message. It is never zero.
func RandomID(key []byte, campaignUUID string, round int, accountID int64, peer PeerID, retry int) int64 {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(campaignUUID))
	var b [32]byte
	binary.BigEndian.PutUint64(b[:], uint64(round))
	binary.BigEndian.PutUint64(b[8:], uint64(accountID))
	binary.BigEndian.PutUint64(b[16:], uint64(peer))
	binary.BigEndian.PutUint64(b[24:], uint64(retry))
	if retry == 0 {
		m.Write(b[:24])
	} else {
		m.Write(b[:])
	}
	id := int64(binary.BigEndian.Uint64(m.Sum(nil)))
	if id == 0 {
		id = 1
	}
	return id
}
