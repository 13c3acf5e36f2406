package telegram

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gotd/td/tg"

	"postix/domain"
)

// know takes the supergroups of the account's dialogs, and forgives those that
// Telegram refused to tell of.
func (l *listener) know(dialogs []domain.Dialog) {
	for _, d := range dialogs {
		if d.Kind != domain.KindSupergroup || d.AccessHash == 0 || d.DenyReason == domain.ReasonNotMember {
			continue
		}
		b := l.boxes[d.ID]
		if b == nil {
			b = l.newBox(d.ID)
		}
		b.hash, b.title, b.gone = d.AccessHash, d.Title, false
		if d.Members > 0 {
			b.members = d.Members
		}
	}
}

// dialogsRead tells the listener of an account what its dialogs are now.
func (a *Accounts) dialogsRead(accountID int64, dialogs []domain.Dialog) {
	ls := a.listener(accountID)
	if ls == nil {
		return
	}
	ls.mu.Lock()
	ls.know(dialogs)
	ls.mu.Unlock()
	ls.stale()
}

// surveyAll asks where all supergroups are, a hundred at a time, so that only
// those that have moved need a difference.
func (l *listener) surveyAll(ctx context.Context) {
	l.mu.Lock()
	var all []*box
	for _, b := range l.boxes {
		if !b.gone && b.hash != 0 {
			all = append(all, b)
		}
	}
	l.mu.Unlock()
	for part := range slices.Chunk(all, dialogsPerPage) {
		if !l.surveySome(ctx, part) {
			return
		}
		sleep(ctx, differencePace)
	}
}

// surveySome is false when the survey has to wait. One supergroup that the
// account cannot see spoils the answer for all: then each half is asked for.
func (l *listener) surveySome(ctx context.Context, boxes []*box) bool {
	l.mu.Lock()
	peers := make([]tg.InputDialogPeerClass, len(boxes))
	for i, b := range boxes {
		peers[i] = &tg.InputDialogPeer{Peer: &tg.InputPeerChannel{ChannelID: bare(b.id), AccessHash: b.hash}}
	}
	l.mu.Unlock()
	answer, err := call(ctx, l.accounts, l.account.ID, readyPatience, callDeadline, func(ctx context.Context, api *tg.Client) (*tg.MessagesPeerDialogs, error) {
		return api.MessagesGetPeerDialogs(ctx, peers)
	})
	if e := sendError(ctx, err); refused(err) && e.Action != domain.ActWaitAccount && len(boxes) > 1 {
		half := len(boxes) / 2
		sleep(ctx, differencePace)
		return l.surveySome(ctx, boxes[:half]) && l.surveySome(ctx, boxes[half:])
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if err == nil {
		l.surveyed(boxes, answer, now)
		return true
	}
	if refused(err) {
		l.refuse(boxes[0], boxes[0].want, err, now)
		if now.Before(l.rest) {
			l.survey = l.rest
			return false
		}
		return true
	}
	wait := differenceWait
	if !errors.Is(err, errNotReady) {
		wait = failedMost
	}
	l.survey = now.Add(wait)
	for _, b := range boxes {
		if !b.due.IsZero() {
			b.due = now.Add(wait)
		}
	}
	return false
}

// surveyed compares where the supergroups are with what is known.
func (l *listener) surveyed(boxes []*box, answer *tg.MessagesPeerDialogs, now time.Time) {
	l.meet(answer.Users, answer.Chats)
	at := map[domain.PeerID]int{}
	for _, d := range answer.Dialogs {
		if d, ok := d.(*tg.Dialog); ok {
			at[peerID(d.Peer)] = d.Pts
		}
	}
	for _, b := range boxes {
		pts := at[b.id]
		switch {
		case pts == 0:
			b.gone, b.due = true, time.Time{}
		case !b.known && b.pts == 0:
			b.begin(pts, now)
		case pts > b.pts:
			b.want = max(b.want, pts)
			b.askBy(now)
		}
	}
	kick(l.more)
}

// lookUp finds the access hashes of supergroups that Telegram named without: what
// was written in a moment ago is on the first page of the dialogs.
func (l *listener) lookUp(ctx context.Context) {
	for _, folder := range folders {
		req := &tg.MessagesGetDialogsRequest{OffsetPeer: &tg.InputPeerEmpty{}, Limit: dialogsPerPage}
		req.SetFolderID(folder)
		answer, err := call(ctx, l.accounts, l.account.ID, readyPatience, callDeadline, func(ctx context.Context, api *tg.Client) (tg.MessagesDialogsClass, error) {
			return api.MessagesGetDialogs(ctx, req)
		})
		if err != nil {
			l.accounts.log.Debug("dialogs not read", "account", l.account.ID, "err", err)
			if e := sendError(ctx, err); e.Action == domain.ActWaitAccount {
				l.mu.Lock()
				l.rest = time.Now().Add(e.Wait + time.Second)
				l.mu.Unlock()
			}
			return
		}
		if page, ok := answer.AsModified(); ok {
			l.mu.Lock()
			l.meet(page.GetUsers(), page.GetChats())
			l.mu.Unlock()
		}
		sleep(ctx, differencePace)
	}
}
