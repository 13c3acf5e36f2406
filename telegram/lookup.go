package telegram

import (
	"context"
	"errors"

	"github.com/gotd/td/tg"

	"postix/domain"
)

// errNoPeer means that Telegram does not show the peer to the account.
var errNoPeer = &domain.SendError{Action: domain.ActFailPeer, Code: domain.CodeNotMember}

// Refresh implements [domain.Messenger]: it asks Telegram for the attempt's
// dialog by its id and, when that is not enough, by its username. For a group
// that has become a supergroup it answers the supergroup's dialog, whose id is
// another one.
func (m *Messenger) Refresh(ctx context.Context, a domain.Attempt) (domain.Dialog, error) {
	d, err := call(ctx, m.accounts, a.AccountID, m.patience, m.deadline, func(ctx context.Context, api *tg.Client) (domain.Dialog, error) {
		return m.accounts.lookup(ctx, api, a.Dialog)
	})
	switch {
	case errors.Is(err, errNotReady):
		return domain.Dialog{}, notConnected(err)
	case err != nil:
		return domain.Dialog{}, sendError(ctx, err)
	}
	d.AccountID, d.SeenAt = a.AccountID, m.accounts.now().UTC()
	if d.Members == 0 {
		d.Members = a.Dialog.Members
	}
	return d, nil
}

func (a *Accounts) lookup(ctx context.Context, api *tg.Client, old domain.Dialog) (domain.Dialog, error) {
	d, err := a.lookupID(ctx, api, old)
	if err == nil || old.Username == "" {
		return d, err
	}
	if e := sendError(ctx, err); e.Action != domain.ActRefresh && e.Action != domain.ActFailPeer {
		return d, err
	}
	if found, nameErr := a.lookupName(ctx, api, old); nameErr == nil {
		return found, nil
	}
	return d, err
}

func (a *Accounts) lookupID(ctx context.Context, api *tg.Client, old domain.Dialog) (domain.Dialog, error) {
	if isUser(old.ID) {
		us, err := api.UsersGetUsers(ctx, []tg.InputUserClass{&tg.InputUser{UserID: bare(old.ID), AccessHash: old.AccessHash}})
		if err != nil {
			return domain.Dialog{}, err
		}
		return a.found(ctx, api, old.ID, us, nil)
	}
	var answer tg.MessagesChatsClass
	var err error
	if isChannel(old.ID) {
		answer, err = api.ChannelsGetChannels(ctx, []tg.InputChannelClass{inputChannel(old)})
	} else {
		answer, err = api.MessagesGetChats(ctx, []int64{bare(old.ID)})
	}
	if err != nil {
		return domain.Dialog{}, err
	}
	cs := answer.GetChats()
	if to := migratedTo(cs); to != nil {
		return a.lookupID(ctx, api, domain.Dialog{Peer: domain.Peer{ID: channelID(to.ChannelID)}, AccessHash: to.AccessHash})
	}
	return a.found(ctx, api, old.ID, nil, cs)
}

func migratedTo(cs []tg.ChatClass) *tg.InputChannel {
	for _, c := range cs {
		if g, ok := c.(*tg.Chat); ok {
			if to, ok := g.MigratedTo.(*tg.InputChannel); ok {
				return to
			}
		}
	}
	return nil
}

func (a *Accounts) lookupName(ctx context.Context, api *tg.Client, old domain.Dialog) (domain.Dialog, error) {
	p, err := api.ContactsResolveUsername(ctx, &tg.ContactsResolveUsernameRequest{Username: old.Username})
	if err != nil {
		return domain.Dialog{}, err
	}
	return a.found(ctx, api, old.ID, p.Users, p.Chats) // the name may have passed to somebody else
}

// found is the peer's dialog out of an answer, with its slow mode.
func (a *Accounts) found(ctx context.Context, api *tg.Client, id domain.PeerID, us []tg.UserClass, cs []tg.ChatClass) (domain.Dialog, error) {
	users, chats := entities(us, cs)
	if u := users[id]; u != nil {
		if d, ok := userDialog(u); ok {
			return d, nil
		}
		return domain.Dialog{}, errNoPeer
	}
	d, slow, ok := chatDialog(chats[id])
	if !ok {
		return d, errNoPeer
	}
	if !slow {
		return d, nil
	}
	now := a.now().UTC()
	if wait, known := a.slow.get(id, now); known {
		d.SlowMode = wait
		return d, nil
	}
	wait, err := a.slow.ask(ctx, api, d, now)
	if refused(err) {
		return d, nil // as good as not knowing
	}
	d.SlowMode = wait
	return d, err
}
