package telegram

import (
	"time"

	"github.com/gotd/td/tg"

	"postix/domain"
)

// sentMessage reads the message's number and time out of the answer to
// messages.sendMessage. Any answer that is no error confirms the message; one
// that names no message leaves the number 0, and one without a time the time of
// now. A repeated random id answers with the first message, so the time is the
// message's and not the answer's.
// Source: https://core.telegram.org/api/updates#message-related-event-sequences
func sentMessage(answer tg.UpdatesClass, randomID int64, now func() time.Time) domain.SentMessage {
	switch u := answer.(type) {
	case *tg.UpdateShortSentMessage:
		return domain.SentMessage{ID: u.ID, At: unix(u.Date)}
	case *tg.UpdateShort:
		return fromUpdates([]tg.UpdateClass{u.Update}, randomID, unix(u.Date))
	case *tg.Updates:
		return fromUpdates(u.Updates, randomID, unix(u.Date))
	case *tg.UpdatesCombined:
		return fromUpdates(u.Updates, randomID, unix(u.Date))
	}
	return domain.SentMessage{At: now().UTC()}
}

func fromUpdates(us []tg.UpdateClass, randomID int64, at time.Time) domain.SentMessage {
	m := domain.SentMessage{At: at}
	for _, u := range us {
		if id, ok := u.(*tg.UpdateMessageID); ok && id.RandomID == randomID {
			m.ID = id.ID
		}
	}
	for _, u := range us {
		if msg := newMessage(u); msg != nil && (m.ID == 0 || msg.ID == m.ID) {
			return domain.SentMessage{ID: msg.ID, At: unix(msg.Date)}
		}
	}
	return m
}

// newMessage is the message of an update that brings one of our own, or nil.
func newMessage(u tg.UpdateClass) *tg.Message {
	var in tg.MessageClass
	switch u := u.(type) {
	case *tg.UpdateNewMessage:
		in = u.Message
	case *tg.UpdateNewChannelMessage:
		in = u.Message
	}
	if m, ok := in.(*tg.Message); ok && m.Out {
		return m
	}
	return nil
}

func unix(seconds int) time.Time { return time.Unix(int64(seconds), 0).UTC() }
