package main

import (
	"encoding/json"
	"hash/maphash"
	"strings"
	"time"

	"postix/domain/filter"
)

// badLine is what is wrong with a line.
type badLine string

func (b badLine) Error() string { return string(b) }

// messageLine is a message as people write it for the command line.
type messageLine struct {
	Reset       bool        `json:"reset"`
	ID          string      `json:"id"`
	At          messageTime `json:"at"`
	ChatID      int64       `json:"chat_id"`
	ChatTitle   string      `json:"chat_title"`
	ChatMembers int         `json:"chat_members"`
	SenderID    int64       `json:"sender_id"`
	Username    string      `json:"username"`
	FirstName   string      `json:"first_name"`
	LastName    string      `json:"last_name"`
	Bio         string      `json:"bio"`
	Text        *string     `json:"text"`
}

// messageTime is a time of RFC 3339 that may be missing.
type messageTime struct {
	time.Time
	said bool
}

// UnmarshalJSON refuses what is no time with a badLine.
func (t *messageTime) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	t.said = true
	if t.Time.UnmarshalJSON(b) != nil {
		return badLine(`"at" must be a time like 2026-01-05T09:00:00Z`)
	}
	return nil
}

// read takes a line of JSON; its error is a badLine.
func (l *messageLine) read(line []byte) error {
	*l = messageLine{}
	if err := json.Unmarshal(line, l); err != nil {
		return badLine(plainJSON(err, line))
	}
	if l.Reset {
		return nil
	}
	return l.check()
}

// check refuses a message without what it cannot be judged without.
func (l *messageLine) check() error {
	switch {
	case !l.At.said:
		return badLine(`"at" is missing`)
	case l.Text == nil:
		return badLine(`"text" is missing`)
	}
	return nil
}

// message is the line for the engine. An id may be any text; the same text gives
// the same number.
func (l *messageLine) message(ids maphash.Seed) filter.Message {
	m := filter.Message{
		At: l.At.Time, ChatID: l.ChatID, ChatTitle: l.ChatTitle, ChatMembers: l.ChatMembers, SenderID: l.SenderID,
		Username: strings.TrimPrefix(l.Username, "@"), FirstName: l.FirstName, LastName: l.LastName, Bio: l.Bio, Text: *l.Text,
	}
	if l.ID != "" {
		m.ID = int64(maphash.String(ids, l.ID) | 1)
	}
	return m
}
