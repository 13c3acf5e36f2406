package world

import (
	"cmp"
	"slices"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// A page of a list never has more entries, whatever the client asks for.
const maxPage = 100

func dialogMethods(reg registry) {
	on(reg, reading, (*call).getDialogs)
	on(reg, reading, (*call).getPeerDialogs)
	on(reg, reading, (*call).getPinnedDialogs)
	on(reg, reading, func(c *call, _ *tg.MessagesGetDialogFiltersRequest) (bin.Encoder, error) {
		if c.mine().pre(layerMoreFlags) {
			return vector{}, nil
		}
		return &tg.MessagesDialogFilters{Filters: []tg.DialogFilterClass{}}, nil
	})
}

// row is a dialog with what orders it.
type row struct {
	peer int64
	d    *dialog
	top  *message
	date int
}

func (r row) topID() int {
	if r.top == nil {
		return 0
	}
	return r.top.id
}

// compareRows orders dialogs, newest first; all three parts are what a client
// gives back as the offset of the next page.
func compareRows(a, b row) int {
	return cmp.Or(cmp.Compare(b.date, a.date), cmp.Compare(b.topID(), a.topID()), cmp.Compare(b.peer, a.peer))
}

func (w *World) row(peer int64, d *dialog) row {
	r := row{peer: peer, d: d, top: w.top(peer, d), date: int(d.since / 1000)}
	if r.top != nil {
		r.date = r.top.date()
	}
	return r
}

// rows are the dialogs of the account that keep accepts, in order.
func (w *World) rows(u *user, keep func(*dialog) bool) []row {
	out := make([]row, 0, len(u.box.dialogs))
	for peer, d := range u.box.dialogs {
		if keep(d) {
			out = append(out, w.row(peer, d))
		}
	}
	slices.SortFunc(out, compareRows)
	return out
}

// getDialogs pages by date, id and peer of the last dialog seen: dialogs that
// moved to the top meanwhile do not shift the others. Pinned ones head the first
// page only. https://core.telegram.org/api/offsets
func (c *call) getDialogs(r *tg.MessagesGetDialogsRequest) (bin.Encoder, error) {
	folder, one := r.GetFolderID()
	rows := c.w.rows(c.user, func(d *dialog) bool { return !one || d.folder == folder })
	total := len(rows)
	first := r.OffsetDate == 0 && r.OffsetID == 0 && inputID(c.user.ID, r.OffsetPeer) == 0
	var pinned []row
	rows = slices.DeleteFunc(rows, func(x row) bool {
		if x.d.pinned {
			pinned = append(pinned, x)
		}
		return x.d.pinned
	})
	switch {
	case !first:
		rows = c.afterOffset(rows, r)
	case !r.ExcludePinned:
		rows = append(pinned, rows...)
	}
	limit := r.Limit
	if limit <= 0 || limit > maxPage {
		limit = maxPage
	}
	if first && len(rows) <= limit {
		ds, ms, us, cs := c.dialogs(rows)
		return &tg.MessagesDialogs{Dialogs: ds, Messages: ms, Users: us, Chats: cs}, nil
	}
	ds, ms, us, cs := c.dialogs(rows[:min(limit, len(rows))])
	return &tg.MessagesDialogsSlice{Count: total, Dialogs: ds, Messages: ms, Users: us, Chats: cs}, nil
}

// afterOffset are the rows behind the one that the client saw last.
func (c *call) afterOffset(rows []row, r *tg.MessagesGetDialogsRequest) []row {
	at := row{peer: inputID(c.user.ID, r.OffsetPeer), date: r.OffsetDate}
	if r.OffsetID != 0 {
		at.top = &message{id: r.OffsetID}
	}
	if d := c.user.box.dialogs[at.peer]; d != nil && at.date == 0 {
		at = c.w.row(at.peer, d)
	}
	n, found := slices.BinarySearchFunc(rows, at, compareRows)
	if found {
		n++
	}
	return rows[n:]
}

func (c *call) dialogs(rows []row) ([]tg.DialogClass, []tg.MessageClass, []tg.UserClass, []tg.ChatClass) {
	v := c.mine()
	ds := make([]tg.DialogClass, 0, len(rows))
	ms := make([]tg.MessageClass, 0, len(rows))
	tops, peers := make([]*message, 0, len(rows)), make([]int64, 0, len(rows))
	for _, x := range rows {
		ds = append(ds, v.tgDialog(x))
		peers = append(peers, x.peer)
		if x.top != nil {
			ms = append(ms, v.tgMessage(x.top))
			tops = append(tops, x.top)
		}
	}
	us, cs := v.entities(tops, peers...)
	return ds, ms, us, cs
}

func (v view) tgDialog(x row) tg.DialogClass {
	t := &tg.Dialog{
		Peer: tgPeer(x.peer), TopMessage: x.topID(), Pinned: x.d.pinned,
		ReadInboxMaxID: x.d.readMax, ReadOutboxMaxID: x.topID(), UnreadCount: x.d.unread,
	}
	if isChannel(x.peer) {
		t.SetPts(v.w.chats[x.peer].pts())
		t.UnreadCount = max(x.topID()-x.d.readMax, 0)
	}
	if x.d.folder != 0 {
		t.SetFolderID(x.d.folder)
	}
	return v.asDialog(t)
}

func (c *call) getPeerDialogs(r *tg.MessagesGetPeerDialogsRequest) (bin.Encoder, error) {
	var rows []row
	for _, in := range r.Peers {
		p, ok := in.(*tg.InputDialogPeer)
		if !ok {
			continue
		}
		peer, err := c.peer(p.Peer)
		if err != nil {
			return nil, err
		}
		d := c.user.box.dialogs[peer]
		if d == nil {
			d = &dialog{} // Telegram describes a dialog that is not there as an empty one
		}
		rows = append(rows, c.w.row(peer, d))
	}
	ds, ms, us, cs := c.dialogs(rows)
	return &tg.MessagesPeerDialogs{Dialogs: ds, Messages: ms, Users: us, Chats: cs, State: c.state()}, nil
}

func (c *call) getPinnedDialogs(r *tg.MessagesGetPinnedDialogsRequest) (bin.Encoder, error) {
	rows := c.w.rows(c.user, func(d *dialog) bool { return d.pinned && d.folder == r.FolderID })
	ds, ms, us, cs := c.dialogs(rows)
	return &tg.MessagesPeerDialogs{Dialogs: ds, Messages: ms, Users: us, Chats: cs, State: c.state()}, nil
}
