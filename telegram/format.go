package telegram

import (
	"github.com/gotd/td/tg"

	"postix/domain"
)

// messageEntities are formats as Telegram takes them.
func messageEntities(fs domain.Formats) []tg.MessageEntityClass {
	out := make([]tg.MessageEntityClass, 0, len(fs))
	for _, f := range fs {
		if e := messageEntity(f); e != nil {
			out = append(out, e)
		}
	}
	return out
}

func messageEntity(f domain.Format) tg.MessageEntityClass {
	switch f.Kind {
	case domain.FormatBold:
		return &tg.MessageEntityBold{Offset: f.Offset, Length: f.Length}
	case domain.FormatItalic:
		return &tg.MessageEntityItalic{Offset: f.Offset, Length: f.Length}
	case domain.FormatUnderline:
		return &tg.MessageEntityUnderline{Offset: f.Offset, Length: f.Length}
	case domain.FormatStrike:
		return &tg.MessageEntityStrike{Offset: f.Offset, Length: f.Length}
	case domain.FormatSpoiler:
		return &tg.MessageEntitySpoiler{Offset: f.Offset, Length: f.Length}
	case domain.FormatCode:
		return &tg.MessageEntityCode{Offset: f.Offset, Length: f.Length}
	case domain.FormatPre:
		return &tg.MessageEntityPre{Offset: f.Offset, Length: f.Length, Language: f.Language}
	case domain.FormatLink:
		return &tg.MessageEntityTextURL{Offset: f.Offset, Length: f.Length, URL: f.URL}
	case domain.FormatQuote:
		return &tg.MessageEntityBlockquote{Offset: f.Offset, Length: f.Length}
	}
	return nil
}
