package telegram

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gotd/td/tg"

	"postix/domain"
)

// How an account's dialogs are read. Telegram publishes no figures; a pause
// between calls keeps a long list from looking like a machine gun.
const (
	dialogsPerPage = 100 // the most Telegram gives
	dialogsPace    = 30 * time.Millisecond
	dialogsLife    = 10 * time.Minute
	floodPatience  = time.Minute // a longer silence ends the reading
	readTries      = 3           // of a call whose answer got lost; reading twice harms nobody
)

// The folders of the list of dialogs: the main one and the archive.
// Source: https://core.telegram.org/api/folders#peer-folders
var folders = []int{0, 1}

// Dialogs reads all of the account's dialogs, archived ones too, in Telegram's
// order. Silences that Telegram asks for are kept, up to a minute each. Its
// errors are of kind Conflict (account.not_connected), Limited (telegram.wait)
// and Unavailable (telegram.trouble).
func (a *Accounts) Dialogs(ctx context.Context, acc domain.Account) ([]domain.Dialog, error) {
	ctx, stop := context.WithTimeout(ctx, dialogsLife)
	defer stop()
	if a.Link(acc.ID) == domain.LinkOff {
		return nil, domain.E(domain.Conflict, "account.not_connected")
	}
	r := &dialogReader{accounts: a, account: acc, at: a.now().UTC(), seen: map[domain.PeerID]bool{}}
	for _, f := range folders {
		if err := r.folder(ctx, f); err != nil {
			return nil, readError(ctx, fmt.Errorf("read dialogs: %w", err))
		}
	}
	if err := r.denyBlocked(ctx); err != nil {
		return nil, readError(ctx, fmt.Errorf("read blocked people: %w", err))
	}
	if err := r.slowModes(ctx); err != nil {
		return nil, readError(ctx, fmt.Errorf("read slow modes: %w", err))
	}
	a.dialogsRead(acc.ID, r.list)
	return r.list, nil
}

// dialogReader collects one account's dialogs.
type dialogReader struct {
	accounts *Accounts
	account  domain.Account
	at       time.Time
	list     []domain.Dialog
	slow     []int // places in list whose slow mode has to be asked for
	seen     map[domain.PeerID]bool
}

// folder reads one folder page by page, until a page brings nothing new.
func (r *dialogReader) folder(ctx context.Context, folder int) error {
	req := &tg.MessagesGetDialogsRequest{OffsetPeer: &tg.InputPeerEmpty{}, Limit: dialogsPerPage}
	req.SetFolderID(folder)
	for {
		answer, err := read(ctx, r.accounts, r.account.ID, func(ctx context.Context, api *tg.Client) (tg.MessagesDialogsClass, error) {
			return api.MessagesGetDialogs(ctx, req)
		})
		if err != nil {
			return err
		}
		page, ok := answer.AsModified()
		if !ok {
			return fmt.Errorf("unexpected answer %T", answer)
		}
		fresh := r.add(page)
		if _, all := answer.(*tg.MessagesDialogs); all || !fresh || !next(req, page) {
			return nil
		}
		sleep(ctx, dialogsPace)
	}
}

// add takes the dialogs of a page and reports whether any peer was new.
func (r *dialogReader) add(page tg.ModifiedMessagesDialogs) (fresh bool) {
	users, chats := entities(page.GetUsers(), page.GetChats())
	for _, dc := range page.GetDialogs() {
		row, ok := dc.(*tg.Dialog)
		if !ok {
			continue
		}
		id := peerID(row.Peer)
		if r.seen[id] {
			continue
		}
		r.seen[id], fresh = true, true
		var d domain.Dialog
		var slow bool
		if u := users[id]; u != nil {
			d, ok = userDialog(u)
		} else {
			d, slow, ok = chatDialog(chats[id])
		}
		if !ok {
			continue
		}
		d.AccountID, d.SeenAt = r.account.ID, r.at
		if slow {
			r.slow = append(r.slow, len(r.list))
		}
		r.list = append(r.list, d)
	}
	return fresh
}

// entities puts what came along with an answer under marked ids.
func entities(us []tg.UserClass, cs []tg.ChatClass) (map[domain.PeerID]*tg.User, map[domain.PeerID]tg.ChatClass) {
	users := make(map[domain.PeerID]*tg.User, len(us))
	for _, u := range us {
		if u, ok := u.(*tg.User); ok {
			users[domain.PeerID(u.ID)] = u
		}
	}
	chats := make(map[domain.PeerID]tg.ChatClass, len(cs))
	for _, c := range cs {
		switch c := c.(type) {
		case *tg.Chat, *tg.ChatForbidden:
			chats[groupID(c.GetID())] = c
		case *tg.Channel, *tg.ChannelForbidden:
			chats[channelID(c.GetID())] = c
		}
	}
	return users, chats
}

// next moves the offsets behind a page's last dialog; false when there is none
// to go on from. Source: https://core.telegram.org/api/offsets
func next(req *tg.MessagesGetDialogsRequest, page tg.ModifiedMessagesDialogs) bool {
	rows := page.GetDialogs()
	for i := len(rows) - 1; i >= 0; i-- {
		row, ok := rows[i].(*tg.Dialog)
		if !ok {
			continue
		}
		id := peerID(row.Peer)
		date, ok := messageDate(page.GetMessages(), id, row.TopMessage)
		if !ok {
			continue
		}
		users, chats := entities(page.GetUsers(), page.GetChats())
		d := domain.Dialog{Peer: domain.Peer{ID: id}}
		switch c := chats[id].(type) {
		case *tg.Channel:
			d.AccessHash = c.AccessHash
		case *tg.ChannelForbidden:
			d.AccessHash = c.AccessHash
		}
		if u := users[id]; u != nil {
			d.AccessHash = u.AccessHash
		}
		req.OffsetPeer, req.OffsetID, req.OffsetDate = inputPeer(d), row.TopMessage, date
		return true
	}
	return false
}

func messageDate(ms []tg.MessageClass, peer domain.PeerID, id int) (date int, ok bool) {
	for _, m := range ms {
		if m, ok := m.AsNotEmpty(); ok && m.GetID() == id && peerID(m.GetPeerID()) == peer {
			return m.GetDate(), true
		}
	}
	return 0, false
}

// denyBlocked marks people whom the account has blocked: Telegram refuses
// messages to them, and only this list tells. A refusal to list them is no reason
// to lose the dialogs.
func (r *dialogReader) denyBlocked(ctx context.Context) error {
	blocked := map[domain.PeerID]bool{}
	for offset := 0; ; {
		answer, err := read(ctx, r.accounts, r.account.ID, func(ctx context.Context, api *tg.Client) (tg.ContactsBlockedClass, error) {
			return api.ContactsGetBlocked(ctx, &tg.ContactsGetBlockedRequest{Offset: offset, Limit: dialogsPerPage})
		})
		if _, refused := asRefusal(err); refused {
			r.accounts.log.Debug("blocked people not listed", "account", r.account.ID, "err", err)
			return nil
		}
		if err != nil {
			return err
		}
		for _, b := range answer.GetBlocked() {
			blocked[peerID(b.PeerID)] = true
		}
		slice, more := answer.(*tg.ContactsBlockedSlice)
		offset += len(answer.GetBlocked())
		if !more || len(slice.Blocked) == 0 || offset >= slice.Count {
			break
		}
		sleep(ctx, dialogsPace)
	}
	for i := range r.list {
		if blocked[r.list[i].ID] && r.list[i].CanWrite {
			deny(&r.list[i], domain.ReasonBlocked)
		}
	}
	return nil
}

// read makes a call that may be made twice: it keeps the silences that Telegram
// asks for and asks again when an answer got lost.
func read[T any](ctx context.Context, a *Accounts, accountID int64, f func(context.Context, *tg.Client) (T, error)) (T, error) {
	for try := 1; ; try++ {
		v, err := call(ctx, a, accountID, readyPatience, callDeadline, f)
		if err == nil || ctx.Err() != nil || errors.Is(err, errNotReady) {
			return v, err
		}
		e := sendError(ctx, err)
		switch {
		case e.Action == domain.ActWaitAccount && e.Wait <= floodPatience:
			a.log.Info("Telegram asks for silence", "account", accountID, "wait", e.Wait)
			sleep(ctx, e.Wait+time.Second)
		case e.Action == domain.ActRetry && try < readTries && !refused(err):
			sleep(ctx, time.Duration(try)*time.Second)
		default:
			return v, err
		}
	}
}

// readError is what a person is told when reading fails.
func readError(ctx context.Context, err error) error {
	if errors.Is(err, errNotReady) {
		return domain.E(domain.Unavailable, "telegram.trouble", "Code", domain.CodeNotConnected).Because(err)
	}
	e := sendError(ctx, err)
	switch e.Action {
	case domain.ActWaitAccount:
		return domain.E(domain.Limited, "telegram.wait").After(e.Wait).Because(err)
	case domain.ActDead:
		return domain.E(domain.Conflict, "account.not_connected").Because(err)
	}
	return domain.E(domain.Unavailable, "telegram.trouble", "Code", e.Code).Because(err)
}
