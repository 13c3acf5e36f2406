package world

import (
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf16"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// tgVector is a list of entities that goes into the log in TL encoding.
type tgVector []tg.MessageEntityClass

// MarshalJSON implements json.Marshaler.
func (v tgVector) MarshalJSON() ([]byte, error) {
	var b bin.Buffer
	b.PutVectorHeader(len(v))
	for _, e := range v {
		if err := e.Encode(&b); err != nil {
			return nil, err
		}
	}
	return json.Marshal(b.Buf)
}

// UnmarshalJSON implements json.Unmarshaler.
func (v *tgVector) UnmarshalJSON(data []byte) error {
	var b bin.Buffer
	if err := json.Unmarshal(data, &b.Buf); err != nil {
		return err
	}
	n, err := b.VectorHeader()
	if err != nil {
		return err
	}
	for range n {
		e, err := tg.DecodeMessageEntity(&b)
		if err != nil {
			return err
		}
		*v = append(*v, e)
	}
	return nil
}

// utf16Len is the length Telegram counts.
func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// entityName gives the Bot API's name for a type of entity.
func entityName(e tg.MessageEntityClass) Entity {
	out := Entity{Offset: e.GetOffset(), Length: e.GetLength()}
	switch x := e.(type) {
	case *tg.MessageEntityBold:
		out.Type = "bold"
	case *tg.MessageEntityItalic:
		out.Type = "italic"
	case *tg.MessageEntityUnderline:
		out.Type = "underline"
	case *tg.MessageEntityStrike:
		out.Type = "strikethrough"
	case *tg.MessageEntitySpoiler:
		out.Type = "spoiler"
	case *tg.MessageEntityCode:
		out.Type = "code"
	case *tg.MessageEntityPre:
		out.Type, out.Language = "pre", x.Language
	case *tg.MessageEntityBlockquote:
		out.Type = "blockquote"
		if x.Collapsed {
			out.Type = "expandable_blockquote"
		}
	case *tg.MessageEntityTextURL:
		out.Type, out.URL = "text_link", x.URL
	case *tg.MessageEntityMentionName:
		out.Type, out.UserID = "text_mention", x.UserID
	case *tg.InputMessageEntityMentionName:
		out.Type = "text_mention"
	case *tg.MessageEntityURL:
		out.Type = "url"
	case *tg.MessageEntityEmail:
		out.Type = "email"
	case *tg.MessageEntityMention:
		out.Type = "mention"
	case *tg.MessageEntityHashtag:
		out.Type = "hashtag"
	case *tg.MessageEntityPhone:
		out.Type = "phone_number"
	case *tg.MessageEntityBotCommand:
		out.Type = "bot_command"
	default:
		out.Type = "unknown"
	}
	return out
}

func apiEntities(in []tg.MessageEntityClass) []Entity {
	var out []Entity
	for _, e := range in {
		out = append(out, entityName(e))
	}
	return out
}

// checkEntities refuses what no client would send with the text.
func checkEntities(text string, list []Entity) error {
	size := utf16Len(text)
	if len(list) > maxEntities {
		return fmt.Errorf("a message has at most %d entities", maxEntities)
	}
	for i, e := range list {
		switch {
		case e.Offset < 0 || e.Length < 1 || e.Offset > size || e.Length > size-e.Offset:
			return fmt.Errorf("entity %d is not within the text, which has %d UTF-16 units", i, size)
		case len(tgEntities([]Entity{e})) == 0:
			return fmt.Errorf("entity %d: unknown type %q", i, e.Type)
		case e.Type == "text_link" && e.URL == "":
			return fmt.Errorf("entity %d needs a url", i)
		case e.Type == "text_mention" && e.UserID == 0:
			return fmt.Errorf("entity %d needs a user_id", i)
		}
	}
	return nil
}

// tgEntities turns entities of the Bot API into TL; unknown types are left out,
// as it does.
func tgEntities(in []Entity) tgVector {
	var out tgVector
	for _, e := range in {
		o, l := e.Offset, e.Length
		switch e.Type {
		case "bold":
			out = append(out, &tg.MessageEntityBold{Offset: o, Length: l})
		case "italic":
			out = append(out, &tg.MessageEntityItalic{Offset: o, Length: l})
		case "underline":
			out = append(out, &tg.MessageEntityUnderline{Offset: o, Length: l})
		case "strikethrough":
			out = append(out, &tg.MessageEntityStrike{Offset: o, Length: l})
		case "spoiler":
			out = append(out, &tg.MessageEntitySpoiler{Offset: o, Length: l})
		case "code":
			out = append(out, &tg.MessageEntityCode{Offset: o, Length: l})
		case "pre":
			out = append(out, &tg.MessageEntityPre{Offset: o, Length: l, Language: e.Language})
		case "blockquote", "expandable_blockquote":
			out = append(out, &tg.MessageEntityBlockquote{Offset: o, Length: l, Collapsed: e.Type != "blockquote"})
		case "text_link":
			out = append(out, &tg.MessageEntityTextURL{Offset: o, Length: l, URL: e.URL})
		case "text_mention":
			out = append(out, &tg.MessageEntityMentionName{Offset: o, Length: l, UserID: e.UserID})
		case "url":
			out = append(out, &tg.MessageEntityURL{Offset: o, Length: l})
		case "email":
			out = append(out, &tg.MessageEntityEmail{Offset: o, Length: l})
		case "mention":
			out = append(out, &tg.MessageEntityMention{Offset: o, Length: l})
		case "hashtag":
			out = append(out, &tg.MessageEntityHashtag{Offset: o, Length: l})
		case "phone_number":
			out = append(out, &tg.MessageEntityPhone{Offset: o, Length: l})
		}
	}
	return out
}

// sortedEntities are the entities in the order clients show them.
func sortedEntities(in []tg.MessageEntityClass) tgVector {
	out := slices.Clone(in)
	slices.SortStableFunc(out, func(a, b tg.MessageEntityClass) int { return a.GetOffset() - b.GetOffset() })
	return out
}
