package sandbox

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"postix/telegram/sandbox/world"
)

// replyMarkup is any of the four kinds of reply_markup; which one, the field
// tells that is there.
type replyMarkup struct {
	Inline  [][]inlineButton `json:"inline_keyboard"`
	Reply   [][]replyButton  `json:"keyboard"`
	Remove  bool             `json:"remove_keyboard"`
	OneTime bool             `json:"one_time_keyboard"`
}

// replyButton may be a plain string instead of an object.
type replyButton struct {
	Text           string `json:"text"`
	RequestContact bool   `json:"request_contact"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (b *replyButton) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		return json.Unmarshal(raw, &b.Text)
	}
	type object replyButton
	return json.Unmarshal(raw, (*object)(b))
}

// readMarkup returns nil when there is none; an empty keyboard is none.
func readMarkup(p params) (*world.Markup, error) {
	if !p.has("reply_markup") {
		return nil, nil
	}
	var in replyMarkup
	if err := p.object("reply_markup", &in); err != nil {
		return nil, err
	}
	out := &world.Markup{Remove: in.Remove, OneTime: in.OneTime}
	for _, row := range in.Inline {
		var buttons []world.Button
		for _, x := range row {
			if err := checkInline(x); err != nil {
				return nil, err
			}
			buttons = append(buttons, world.Button{Text: x.Text, CallbackData: x.CallbackData, URL: x.URL})
		}
		out.Inline = append(out.Inline, buttons)
	}
	for _, row := range in.Reply {
		var buttons []world.Button
		for _, x := range row {
			if x.Text == "" {
				return nil, badRequest("keyboard button text must be non-empty")
			}
			buttons = append(buttons, world.Button{Text: x.Text, RequestContact: x.RequestContact})
		}
		out.Reply = append(out.Reply, buttons)
	}
	if len(out.Inline)+len(out.Reply) == 0 && !out.Remove {
		return nil, nil
	}
	return out, nil
}

func checkInline(x inlineButton) error {
	switch {
	case x.Text == "":
		return badRequest("inline keyboard button text must be non-empty")
	case len(x.CallbackData) > 64: // bytes
		return badRequest("BUTTON_DATA_INVALID")
	case x.CallbackData == "" && x.URL == "":
		return badRequest("text buttons are unallowed in the inline keyboard")
	case x.URL != "" && !linkable(x.URL):
		return badRequest(fmt.Sprintf("inline keyboard button URL '%s' is invalid: Wrong HTTP URL", x.URL))
	}
	return nil
}

// linkable tells whether a button may lead to an address: one of Telegram's own, or of
// the web with a dot in the name of its host.
func linkable(address string) bool {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return false
	case u.Scheme == "tg":
		return true
	}
	return (u.Scheme == "http" || u.Scheme == "https") && strings.Contains(u.Hostname(), ".")
}
