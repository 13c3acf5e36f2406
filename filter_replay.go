package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"postix/domain/filter"
)

type filterReplayCommand struct {
	filterOptions
	File string `arg:"" help:"The export; - is standard input." placeholder:"EXPORT.json"`
}

// Help implements kong.HelpProvider.
func (filterReplayCommand) Help() string {
	return "Takes the export of one chat or of a whole account, as JSON. Groups are judged; private chats and channels, service messages and posts of channels are passed over. An export has no usernames. A table of what was found follows the verdicts."
}

// Run streams the export, whatever its size.
func (c filterReplayCommand) Run(s *surroundings) error {
	e, err := c.engine()
	if err != nil {
		return err
	}
	in, err := s.open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out := newVerdictWriter(s.out)
	sum := newReplaySummary()
	var v filter.Verdict
	x := exportReader{
		json: json.NewDecoder(bufio.NewReaderSize(&patientReader{s.ctx, in, out.flush}, maxLine)),
		judge: func(m *filter.Message) error {
			e.Check(m, &v)
			sum.add(m, &v)
			return out.write(strconv.FormatInt(m.ID, 10), &v)
		},
	}
	err = x.read()
	if err != nil {
		err = fmt.Errorf("%s: at byte %d: %s", c.File, x.json.InputOffset(), plainJSON(err))
	} else {
		sum.write(out.buffer)
	}
	return errors.Join(err, out.flush())
}

// exportReader walks through an export of Telegram Desktop without holding it.
// One chat is {"name", "type", "id", "messages": [...]}; a whole account has
// such objects in chats.list and left_chats.list.
type exportReader struct {
	json  *json.Decoder
	judge func(*filter.Message) error
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
	Unix   string          `json:"date_unixtime"`
	From   string          `json:"from"`
	FromID string          `json:"from_id"`
	Text   json.RawMessage `json:"text"`
}

func (x *exportReader) read() error {
	if t, err := x.json.Token(); err != nil {
		return err
	} else if t != json.Delim('{') {
		return errors.New("not an export: no object")
	}
	found, err := x.object()
	if err == nil && !found {
		err = errors.New("not an export: no messages")
	}
	return err
}

// object reads an object whose brace is open.
func (x *exportReader) object() (found bool, err error) {
	var c exportChat
	for x.json.More() {
		t, err := x.json.Token()
		if err != nil {
			return found, err
		}
		more := false
		switch t {
		case "name":
			var name *string // deleted chats have null
			if err = x.json.Decode(&name); name != nil {
				c.Name = *name
			}
		case "type":
			err = x.json.Decode(&c.Type)
		case "id":
			err = x.json.Decode(&c.ID)
		case "messages":
			more = true
			err = x.list(func() error { return x.message(c) })
		case "chats", "left_chats":
			if t, err = x.json.Token(); err == nil && t == json.Delim('{') {
				more, err = x.object()
			}
		case "list":
			err = x.list(func() error {
				t, err := x.json.Token()
				if err == nil && t == json.Delim('{') {
					more = true
					_, err = x.object()
				}
				return err
			})
		default:
			err = x.skip()
		}
		if err != nil {
			return found, err
		}
		found = found || more
	}
	_, err = x.json.Token() // the closing brace
	return found, err
}

// list calls each for every element of a list.
func (x *exportReader) list(each func() error) error {
	t, err := x.json.Token()
	if err != nil {
		return err
	}
	if t != json.Delim('[') {
		return errors.New("not an export: a list is wanted")
	}
	for x.json.More() {
		if err := each(); err != nil {
			return err
		}
	}
	_, err = x.json.Token() // the closing bracket
	return err
}

// skip passes over a value, however large.
func (x *exportReader) skip() error {
	for depth := 0; ; {
		t, err := x.json.Token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

func (x *exportReader) message(c exportChat) error {
	var m exportMessage
	if !c.group() {
		return x.skip()
	}
	if err := x.json.Decode(&m); err != nil {
		return err
	}
	from, user := strings.CutPrefix(m.FromID, "user")
	sender, _ := strconv.ParseInt(from, 10, 64) // 0 is nobody
	if m.Type != "message" || !user || sender == 0 {
		return nil
	}
	at, err := strconv.ParseInt(m.Unix, 10, 64)
	if err != nil {
		return fmt.Errorf("message %d has no date_unixtime: export it with a newer Telegram Desktop", m.ID)
	}
	return x.judge(&filter.Message{
		ID: m.ID, At: time.Unix(at, 0), ChatID: c.ID, ChatTitle: c.Name,
		SenderID: sender, FirstName: m.From, Text: exportText(m.Text),
	})
}

// exportText joins the parts of a text.
func exportText(raw json.RawMessage) string {
	var whole string
	if json.Unmarshal(raw, &whole) == nil {
		return whole
	}
	var parts []json.RawMessage
	_ = json.Unmarshal(raw, &parts) // what is neither has no text
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
	return b.String()
}
