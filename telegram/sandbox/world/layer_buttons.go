package world

import (
	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// Keyboards before layer 229, when inline and reply buttons were one type.
const (
	oldInlineMarkup = 0x48a30254
	oldButtonRow    = 0x77608b83
)

// oldButton is a kind of button: its id with flags (layers 222 to 228) and
// before that.
type oldButton struct {
	flagged, plain uint32
	alwaysFlags    bool // it had flags even before
}

var (
	oldButtonText     = oldButton{flagged: 0x7d170cff, plain: 0xa2fa4880}
	oldButtonURL      = oldButton{flagged: 0xd80c25ec, plain: 0x258aff05}
	oldButtonPhone    = oldButton{flagged: 0x417efd8f, plain: 0xb16a6c29}
	oldButtonCallback = oldButton{flagged: 0xe62bc960, plain: 0x35bbdb6b, alwaysFlags: true}
)

func (k oldButton) put(b *bin.Buffer, v view, text string) {
	id, flags := k.flagged, true
	if v.pre(layerButtonFlags) {
		id, flags = k.plain, k.alwaysFlags
	}
	b.PutID(id)
	if flags {
		b.PutUint32(0)
	}
	b.PutString(text)
}

type oldMarkup struct {
	tg.ReplyMarkupClass
	m *Markup
	v view
}

func (o oldMarkup) Encode(b *bin.Buffer) error {
	rows, put := o.m.Inline, o.inline
	if len(rows) > 0 {
		b.PutID(oldInlineMarkup)
	} else {
		rows, put = o.m.Reply, o.reply
		b.PutID(tg.ReplyKeyboardMarkupTypeID)
		flags := bin.Fields(0)
		flags.Set(0) // resize
		if o.m.OneTime {
			flags.Set(1)
		}
		if err := flags.Encode(b); err != nil {
			return err
		}
	}
	b.PutVectorHeader(len(rows))
	for _, row := range rows {
		b.PutID(oldButtonRow)
		b.PutVectorHeader(len(row))
		for _, k := range row {
			put(b, k)
		}
	}
	return nil
}

func (o oldMarkup) inline(b *bin.Buffer, k Button) {
	if k.URL != "" {
		oldButtonURL.put(b, o.v, k.Text)
		b.PutString(k.URL)
		return
	}
	oldButtonCallback.put(b, o.v, k.Text)
	b.PutBytes([]byte(k.CallbackData))
}

func (o oldMarkup) reply(b *bin.Buffer, k Button) {
	if k.RequestContact {
		oldButtonPhone.put(b, o.v, k.Text)
		return
	}
	oldButtonText.put(b, o.v, k.Text)
}

// asMarkup is nil when there is no keyboard.
func (v view) asMarkup(m *Markup) tg.ReplyMarkupClass {
	k := tgMarkup(m)
	if k == nil || len(m.Inline)+len(m.Reply) == 0 || !v.pre(layerInlineButton) {
		return k
	}
	return oldMarkup{k, m, v}
}
