package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"postix/domain/filter"
)

// exportReader walks through an export of Telegram Desktop without holding it.
// One chat is {"name", "type", "id", "messages": [...]}; a whole account has
// such objects in chats.list and left_chats.list.
type exportReader struct {
	json  *json.Decoder
	judge func(*filter.Message) error
	odd   func(what string) // a part that is not as it should be and is passed over
}

func newExportReader(in *bufio.Reader) *exportReader {
	if start, _ := in.Peek(3); string(start) == "\ufeff" {
		_, _ = in.Discard(3)
	}
	return &exportReader{json: json.NewDecoder(in)}
}

// exportChat is what stands before a chat's messages.
type exportChat struct {
	Name, Type string
	ID         int64
}

// group reports whether the chat is one that the filter is for. A chat of no
// type is believed to be.
func (c exportChat) group() bool { return c.Type == "" || strings.Contains(c.Type, "group") }

// exportMessage is a message of the export. Text is a string, or a list of
// strings and of objects with a text.
type exportMessage struct {
	ID     int64           `json:"id"`
	Type   string          `json:"type"`
	Unix   json.RawMessage `json:"date_unixtime"` // a string of digits; old exports have none
	Date   string          `json:"date"`          // of the exporter's clock, without its zone
	From   string          `json:"from"`
	FromID string          `json:"from_id"`
	Text   json.RawMessage `json:"text"`
}

// read reads the export to its end, and reports whether there were messages in
// it. Its error is one after which nothing can be read.
func (x *exportReader) read() (found bool, err error) {
	t, err := x.json.Token()
	if err != nil {
		return false, err
	}
	if t != json.Delim('{') {
		return false, errors.New("not an export: it must be an object")
	}
	found, err = x.object()
	if err != nil {
		return found, err
	}
	if !found {
		return false, errors.New("not an export: it has no messages")
	}
	return true, x.end()
}

// end expects that nothing follows.
func (x *exportReader) end() error {
	var syntax *json.SyntaxError
	_, err := x.json.Token()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err == nil, errors.As(err, &syntax):
		return errors.New("something follows the end of the export")
	}
	return err
}

// object reads an object whose brace is open: the export, its chats, one chat.
func (x *exportReader) object() (found bool, err error) {
	var c exportChat
	seen := map[string]bool{}
	for x.json.More() {
		t, err := x.json.Token()
		if err != nil {
			return found, err
		}
		key, _ := t.(string)
		switch key {
		case "name", "type", "id", "messages", "chats", "left_chats", "list":
			if seen[key] {
				x.strange("%q stands twice in one object", key)
			}
			seen[key] = true
		}
		more, err := x.field(&c, key)
		found = found || more
		if err != nil {
			return found, err
		}
	}
	_, err = x.json.Token() // the closing brace
	return found, err
}

// field reads the value of one field.
func (x *exportReader) field(c *exportChat, key string) (found bool, err error) {
	switch key {
	case "name": // null in deleted chats
		err = x.value(key, &c.Name)
	case "type":
		err = x.value(key, &c.Type)
	case "id":
		err = x.value(key, &c.ID)
	case "messages":
		return true, x.list(key, func(n int) error { return x.message(*c, n) })
	case "chats", "left_chats":
		return x.objectOf(key)
	case "list":
		err = x.list(key, func(int) error {
			more, err := x.objectOf("a chat")
			found = found || more
			return err
		})
	default:
		err = x.skip()
	}
	return found, err
}

func (x *exportReader) strange(format string, args ...any) {
	x.odd(fmt.Sprintf("up to byte %d: ", x.json.InputOffset()) + fmt.Sprintf(format, args...))
}

// value reads a field of a chat.
func (x *exportReader) value(field string, into any) error {
	err := x.json.Decode(into)
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		kind.Field = field
		x.strange("in a chat, %s", wrongKind(kind))
		return nil
	}
	return err
}

// objectOf reads an object.
func (x *exportReader) objectOf(name string) (found bool, err error) {
	t, err := x.json.Token()
	if err != nil || t == json.Delim('{') {
		if err == nil {
			found, err = x.object()
		}
		return found, err
	}
	x.strange("%s must be an object", name)
	return false, x.rest(t)
}

// list calls each for every element of a list, with its number from 1.
func (x *exportReader) list(name string, each func(n int) error) error {
	t, err := x.json.Token()
	if err != nil {
		return err
	}
	if t != json.Delim('[') {
		x.strange("%q must be a list", name)
		return x.rest(t)
	}
	for n := 1; x.json.More(); n++ {
		if err := each(n); err != nil {
			return err
		}
	}
	_, err = x.json.Token() // the closing bracket
	return err
}

// skip passes over a value, however large.
func (x *exportReader) skip() error {
	t, err := x.json.Token()
	if err != nil {
		return err
	}
	return x.rest(t)
}

// rest passes over what is left of a value that began with the token.
func (x *exportReader) rest(t json.Token) (err error) {
	for depth := 0; ; {
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		if t, err = x.json.Token(); err != nil {
			return err
		}
	}
}

// message reads one message, the nth of its chat.
func (x *exportReader) message(c exportChat, n int) error {
	if !c.group() {
		return x.skip()
	}
	var m *exportMessage // null stays nil
	err := x.json.Decode(&m)
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind):
		x.strange("message %d of %q: %s", n, c.Name, wrongKind(kind))
		return nil
	case err != nil:
		return err
	case m == nil:
		x.strange("message %d of %q: must be an object, not null", n, c.Name)
		return nil
	}
	from, user := strings.CutPrefix(m.FromID, "user")
	if m.Type != "message" && m.Type != "" || !user {
		return nil
	}
	sender, err := strconv.ParseInt(from, 10, 64)
	at, dated := m.at()
	text, readable := exportText(m.Text)
	switch {
	case err != nil || sender <= 0:
		x.strange("message %d of %q: \"from_id\" must be like user123", n, c.Name)
	case !dated:
		x.strange("message %d of %q: it has neither \"date_unixtime\" nor \"date\"", n, c.Name)
	case !readable:
		x.strange("message %d of %q: \"text\" must be text or a list", n, c.Name)
	default:
		return x.judge(&filter.Message{
			ID: m.ID, At: at, ChatID: c.ID, ChatTitle: c.Name, SenderID: sender, FirstName: m.From, Text: text,
		})
	}
	return nil
}

// at is when the message was written. The rules look at differences alone: where
// there is only a date it does not matter of which zone.
func (m *exportMessage) at() (at time.Time, ok bool) {
	if seconds, err := strconv.ParseInt(strings.Trim(string(m.Unix), `"`), 10, 64); err == nil {
		return time.Unix(seconds, 0), true
	}
	at, err := time.Parse("2006-01-02T15:04:05", m.Date)
	return at, err == nil
}

// exportText joins the parts of a text.
func exportText(raw json.RawMessage) (text string, ok bool) {
	var parts []json.RawMessage
	if len(raw) == 0 || json.Unmarshal(raw, &text) == nil {
		return text, true
	}
	if json.Unmarshal(raw, &parts) != nil {
		return "", false
	}
	var b strings.Builder
	for _, p := range parts {
		var s string
		var entity struct{ Text string }
		if json.Unmarshal(p, &s) == nil {
			b.WriteString(s)
		} else if json.Unmarshal(p, &entity) == nil {
			b.WriteString(entity.Text)
		}
	}
	return b.String(), true
}
