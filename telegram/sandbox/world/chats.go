package world

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gotd/td/tg"
)

// slowModes are the steps that Telegram has, in seconds
// (core.telegram.org/method/channels.toggleSlowMode).
var slowModes = []int{0, 5, 10, 30, 60, 300, 900, 3600}

var errSlowMode = errors.New("slow mode is one of 0, 5, 10, 30, 60, 300, 900 and 3600 seconds")

// AddChat adds a chat. Members and Admins are ids of known users; a chat with an
// account in it appears in that account's dialogs.
func (w *World) AddChat(spec ChatSpec) (int64, error) {
	err := w.write(func() error {
		if err := w.addChat(&spec, ms(w.now())); err != nil {
			return err
		}
		by := int64(0)
		if len(spec.Admins) > 0 {
			by = spec.Admins[0]
		}
		w.commitMessage(&msgRec{Chat: spec.ID, From: by, At: ms(w.now()), Action: &action{Created: spec.Title}}, nil)
		return nil
	})
	return spec.ID, err
}

// addChat checks the spec, gives it an id and commits it.
func (w *World) addChat(spec *ChatSpec, at int64) error {
	if spec.ID == 0 && spec.Kind == KindGroup {
		spec.ID = markGroup(w.nextGroup)
	} else if spec.ID == 0 {
		spec.ID = markChannel(w.nextChannel)
	}
	switch {
	case spec.Title == "":
		return errors.New("a chat needs a title")
	case w.chats[spec.ID] != nil:
		return fmt.Errorf("chat %d exists", spec.ID)
	case spec.Kind == KindGroup && (!isGroup(spec.ID) || spec.Username != "" || spec.Forum || spec.SlowMode != 0):
		return errors.New("a basic group has a small negative id and neither username, topics nor slow mode")
	case spec.Kind != KindGroup && !isChannel(spec.ID):
		return errors.New("the id of a supergroup or channel is below -1000000000000")
	case !slices.Contains([]Kind{KindGroup, KindSupergroup, KindChannel}, spec.Kind):
		return fmt.Errorf("unknown kind of chat %q", spec.Kind)
	case !slices.Contains(slowModes, spec.SlowMode):
		return errSlowMode
	}
	for _, id := range slices.Concat(spec.Members, spec.Admins) {
		if w.users[id] == nil {
			return fmt.Errorf("user %d: %w", id, errNoUser)
		}
	}
	if err := w.freeName(spec.Username); err != nil {
		return err
	}
	rec := chatRec{ChatSpec: *spec, At: at}
	// The record is written later, and the caller may use his slices again.
	rec.Members, rec.Admins = slices.Clone(spec.Members), slices.Clone(spec.Admins)
	return w.commit(record{Chat: &rec})
}

// Chats lists all groups and channels in the order they were added.
func (w *World) Chats() []ChatInfo {
	w.mu.RLock()
	defer w.mu.RUnlock()
	out := make([]ChatInfo, 0, len(w.chatOrder))
	for _, id := range w.chatOrder {
		out = append(out, w.chats[id].info())
	}
	return out
}

// Chat finds a group or channel.
func (w *World) Chat(id int64) (ChatInfo, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	c := w.chats[id]
	if c == nil {
		return ChatInfo{}, false
	}
	return c.info(), true
}

func (c *chat) info() ChatInfo {
	out := ChatInfo{
		ID: c.id, Kind: c.kind, Title: c.title, Username: c.username, MembersCount: c.count(),
		Members: []int64{}, Admins: []int64{}, SlowMode: c.slow, ReadOnly: c.readOnly, Forum: c.forum,
		MigratedTo: c.to, MigratedFrom: c.from, Messages: len(c.log),
	}
	for id, st := range c.status {
		if st.inside() {
			out.Members = append(out.Members, id)
		}
		switch st {
		case statusAdmin:
			out.Admins = append(out.Admins, id)
		case statusRestricted:
			out.Restricted = append(out.Restricted, id)
		case statusKicked:
			out.Kicked = append(out.Kicked, id)
		}
	}
	for _, list := range [][]int64{out.Members, out.Admins, out.Restricted, out.Kicked} {
		slices.Sort(list)
	}
	return out
}

// Join makes the user an ordinary member.
func (w *World) Join(chat, user int64) error { return w.changeMember(chat, user, statusMember) }

// Leave ends a membership as if the user wished so.
func (w *World) Leave(chat, user int64) error { return w.changeMember(chat, user, statusLeft) }

// Kick removes the user for good.
func (w *World) Kick(chat, user int64) error { return w.changeMember(chat, user, statusKicked) }

// Restrict lets a member read only (forbidden), or takes that back.
func (w *World) Restrict(chat, user int64, forbidden bool) error {
	if forbidden {
		return w.changeMember(chat, user, statusRestricted)
	}
	return w.changeMember(chat, user, statusMember)
}

func (w *World) changeMember(chatID, userID int64, s memberStatus) error {
	return w.write(func() error { return w.setMember(chatID, userID, s) })
}

func (w *World) setMember(chatID, userID int64, s memberStatus) error {
	c := w.chats[chatID]
	if c == nil {
		return errNoChat
	}
	if w.users[userID] == nil {
		return errNoUser
	}
	if err := w.commit(record{Member: &memberRec{Chat: chatID, User: userID, Status: s, At: ms(w.now())}}); err != nil {
		return err
	}
	w.announceChat(c, userID)
	return nil
}

// announceChat tells the user's connections how he now stands to the chat.
func (w *World) announceChat(c *chat, userID int64) {
	u := w.users[userID]
	for _, k := range w.links.of(userID) {
		v := view{w: w, user: u, layer: k.s.Layer()}
		up := tg.UpdateClass(&tg.UpdateChannel{ChannelID: bare(c.id)})
		if c.kind == KindGroup {
			up = &tg.UpdateChat{ChatID: bare(c.id)}
		}
		_, chats := v.entities(nil, c.id)
		k.add(notice{
			ready:  &tg.Updates{Updates: []tg.UpdateClass{up}, Chats: chats, Users: []tg.UserClass{}, Date: w.unix()},
			ticket: w.store.last(),
		})
	}
}

// SetRights changes what ordinary members may do.
func (w *World) SetRights(chat int64, r Rights) error {
	return w.write(func() error {
		c := w.chats[chat]
		if c == nil {
			return errNoChat
		}
		return w.changeRights(c, rightsRec{Chat: chat, ReadOnly: r.SendMessages, Slow: c.slow})
	})
}

// SetSlowMode changes how many seconds an ordinary member waits between messages.
func (w *World) SetSlowMode(chat int64, seconds int) error {
	return w.write(func() error {
		c := w.chats[chat]
		if c == nil {
			return errNoChat
		}
		if c.kind != KindSupergroup {
			return errors.New("only supergroups have a slow mode")
		}
		if !slices.Contains(slowModes, seconds) {
			return errSlowMode
		}
		return w.changeRights(c, rightsRec{Chat: chat, ReadOnly: c.readOnly, Slow: seconds})
	})
}

func (w *World) changeRights(c *chat, r rightsRec) error {
	if err := w.commit(record{Rights: &r}); err != nil {
		return err
	}
	for _, id := range c.boxes {
		w.announceChat(c, id)
	}
	return nil
}

// Migrate turns a basic group into a supergroup with the same members and
// returns its id. The old group stays behind, closed.
func (w *World) Migrate(chat int64) (int64, error) {
	var to int64
	err := w.write(func() (err error) {
		to, err = w.migrate(chat, ms(w.now()))
		return err
	})
	return to, err
}

func (w *World) migrate(id, at int64) (int64, error) {
	c := w.chats[id]
	switch {
	case c == nil:
		return 0, errNoChat
	case c.kind != KindGroup || c.to != 0:
		return 0, errors.New("only a basic group can be migrated, and once")
	}
	info := c.info()
	spec := ChatSpec{
		Kind: KindSupergroup, Title: c.title, About: c.about, ReadOnly: c.readOnly,
		Members: info.Members, Admins: info.Admins, ExtraMembers: c.extra,
	}
	if err := w.addChat(&spec, at); err != nil {
		return 0, err
	}
	if err := w.commit(record{Migrate: &migrateRec{Chat: id, To: spec.ID, At: at}}); err != nil {
		return 0, err
	}
	by := int64(0)
	if len(info.Admins) > 0 {
		by = info.Admins[0]
	}
	act := &action{Created: c.title, MigratedTo: spec.ID}
	w.commitMessage(&msgRec{Chat: id, From: by, At: at, Action: act}, nil)
	w.commitMessage(&msgRec{Chat: spec.ID, From: by, At: at, Action: act}, nil)
	return spec.ID, nil
}

func (w *World) applyMigrate(r *migrateRec) {
	w.chats[r.Chat].to = r.To
	w.chats[r.To].from = r.Chat
}
