package world

import (
	"time"

	"github.com/gotd/td/tg"
)

// tgMarkup is a keyboard in TL, nil when there is none.
func tgMarkup(m *Markup) tg.ReplyMarkupClass {
	switch {
	case m == nil:
		return nil
	case len(m.Inline) > 0:
		out := &tg.ReplyInlineMarkup{}
		for _, row := range m.Inline {
			var r tg.KeyboardInlineButtonRow
			for _, b := range row {
				r.Buttons = append(r.Buttons, inlineButton(b))
			}
			out.Rows = append(out.Rows, r)
		}
		return out
	case len(m.Reply) > 0:
		out := &tg.ReplyKeyboardMarkup{Resize: true, SingleUse: m.OneTime}
		for _, row := range m.Reply {
			var r tg.KeyboardButtonRow
			for _, b := range row {
				r.Buttons = append(r.Buttons, replyButton(b))
			}
			out.Rows = append(out.Rows, r)
		}
		return out
	case m.Remove:
		return &tg.ReplyKeyboardHide{}
	}
	return nil
}

func inlineButton(b Button) tg.KeyboardInlineButton {
	if b.URL != "" {
		return tg.KeyboardInlineButton{Text: b.Text, Type: &tg.InlineButtonTypeURL{URL: b.URL}}
	}
	return tg.KeyboardInlineButton{Text: b.Text, Type: &tg.InlineButtonTypeCallback{Data: []byte(b.CallbackData)}}
}

func replyButton(b Button) tg.KeyboardButton {
	if b.RequestContact {
		return tg.KeyboardButton{Text: b.Text, Type: &tg.ButtonTypeRequestPhone{}}
	}
	return tg.KeyboardButton{Text: b.Text, Type: &tg.ButtonTypeDefault{}}
}

// tgMedia is what hangs on a message, nil when nothing does.
func tgMedia(c *content) tg.MessageMediaClass {
	switch {
	case c.contact != nil:
		return &tg.MessageMediaContact{
			PhoneNumber: c.contact.Phone, FirstName: c.contact.FirstName,
			LastName: c.contact.LastName, UserID: c.contact.UserID,
		}
	case c.document != nil:
		media := &tg.MessageMediaDocument{}
		media.SetDocument(&tg.Document{
			ID: int64(c.n), DCID: dcID, Date: int(time.UnixMilli(c.at).Unix()),
			MimeType: c.document.MIME, Size: int64(len(c.document.Data)),
			Attributes: []tg.DocumentAttributeClass{&tg.DocumentAttributeFilename{FileName: c.document.Name}},
		})
		return media
	}
	return nil
}
