package world

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// record is one change; exactly one field is set. Its JSON is the log's format.
type record struct {
	Secret   []byte       `json:"secret,omitempty"`
	User     *userRec     `json:"user,omitempty"`
	Chat     *chatRec     `json:"chat,omitempty"`
	Member   *memberRec   `json:"member,omitempty"`
	Rights   *rightsRec   `json:"rights,omitempty"`
	Migrate  *migrateRec  `json:"migrate,omitempty"`
	Block    *blockRec    `json:"block,omitempty"`
	Delete   int64        `json:"delete,omitempty"` // user
	Dialog   *dialogRec   `json:"dialog,omitempty"`
	Msg      *msgRec      `json:"msg,omitempty"`
	Edit     *editRec     `json:"edit,omitempty"`
	Phone    *phoneRec    `json:"phone,omitempty"`
	Auth     *authRec     `json:"auth,omitempty"`
	BotEvent *botEventRec `json:"bot_event,omitempty"`
	BotSeen  int64        `json:"bot_seen,omitempty"` // updates below this are confirmed
	BotSet   *botSetRec   `json:"bot_set,omitempty"`
}

type userRec struct {
	Profile
	Phone    string    `json:"phone,omitempty"`
	Password string    `json:"password,omitempty"`
	SRP      *verifier `json:"srp,omitempty"`
	Contacts []int64   `json:"contacts,omitempty"`
}

type chatRec struct {
	ChatSpec
	At int64 `json:"at"`
}

type memberRec struct {
	Chat   int64        `json:"chat"`
	User   int64        `json:"user"`
	Status memberStatus `json:"status"`
	At     int64        `json:"at"`
}

type rightsRec struct {
	Chat     int64 `json:"chat"`
	ReadOnly bool  `json:"read_only"`
	Slow     int   `json:"slow"`
}

type migrateRec struct {
	Chat int64 `json:"chat"`
	To   int64 `json:"to"`
	At   int64 `json:"at"`
}

type blockRec struct {
	By   int64 `json:"by"`
	User int64 `json:"user"`
	At   int64 `json:"at,omitempty"`
	Off  bool  `json:"off,omitempty"` // not any more
}

// dialogRec changes how an account keeps a dialog.
type dialogRec struct {
	User   int64 `json:"user"`
	Peer   int64 `json:"peer"`
	Read   int   `json:"read,omitempty"`
	Pinned *bool `json:"pinned,omitempty"`
	Folder *int  `json:"folder,omitempty"`
}

// msgRec is a message. Where an account writes to a person, Chat is the
// receiver. ReplyTo is the number of the message in the chat's own count.
type msgRec struct {
	Chat     int64     `json:"c"`
	From     int64     `json:"f"`
	At       int64     `json:"at"`
	Text     string    `json:"t,omitempty"`
	Entities tgVector  `json:"e,omitempty"`
	RandomID int64     `json:"r,omitempty"`
	ReplyTo  int       `json:"re,omitempty"`
	Action   *action   `json:"a,omitempty"`
	Markup   *Markup   `json:"m,omitempty"`
	Document *Document `json:"d,omitempty"`
	Contact  *Contact  `json:"co,omitempty"`
	Forward  *Origin   `json:"fw,omitempty"`

	Options SendOptions `json:"o,omitzero"`
}

// editRec is a message of the bot that changed, named by the bot's number.
type editRec struct {
	ID       int      `json:"id"`
	At       int64    `json:"at,omitempty"`
	Text     string   `json:"text,omitempty"`
	Entities tgVector `json:"entities,omitempty"`
	Markup   *Markup  `json:"markup,omitempty"`
	Answer   *string  `json:"answer,omitempty"` // only this changed, and Alert
	Alert    bool     `json:"alert,omitempty"`
	Gone     bool     `json:"gone,omitempty"` // deleted

	NoPreview bool `json:"no_preview,omitempty"`
}

// phoneRec says that a number without an account is known.
type phoneRec struct {
	Phone  string      `json:"phone"`
	Status PhoneStatus `json:"status"`
}

// authRec is a sign-in (Ended empty) or its end.
type authRec struct {
	Key   string `json:"key"` // hex of the key's id
	User  int64  `json:"user"`
	Hash  int64  `json:"hash,omitempty"`
	At    int64  `json:"at"`
	Ended string `json:"ended,omitempty"` // the error its calls get
}

// botEventRec is an update of the bot that is not simply a message it received:
// a pressed button, a block (Blocked) or one that was put in as it is (Raw).
type botEventRec struct {
	User    int64           `json:"user,omitempty"`
	Message int             `json:"message,omitempty"` // the bot's number
	Data    string          `json:"data,omitempty"`
	ID      string          `json:"id,omitempty"`
	Blocked *bool           `json:"blocked,omitempty"`
	At      int64           `json:"at,omitempty"`
	Raw     json.RawMessage `json:"raw,omitempty"`
}

// botSetRec is something that the bot set for itself; no value takes it back.
type botSetRec struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value,omitempty"`
}

// commit applies a record and queues it for the log. The caller holds the lock.
func (w *World) commit(r record) error {
	if err := w.apply(&r); err != nil {
		return err
	}
	w.store.add(r)
	return nil
}

// apply changes the state. It is the only place that does, live and at replay.
func (w *World) apply(r *record) error {
	switch {
	case r.Msg != nil:
		w.applyMessage(r.Msg)
	case r.User != nil:
		w.applyUser(r.User)
	case r.Chat != nil:
		w.applyChat(r.Chat)
	case r.Member != nil:
		w.applyMember(r.Member)
	case r.Rights != nil:
		c := w.chats[r.Rights.Chat]
		c.readOnly, c.slow = r.Rights.ReadOnly, r.Rights.Slow
	case r.Migrate != nil:
		w.applyMigrate(r.Migrate)
	case r.Block != nil:
		w.applyBlock(r.Block)
	case r.Delete != 0:
		w.users[r.Delete].deleted = true
	case r.Dialog != nil:
		w.applyDialog(r.Dialog)
	case r.Edit != nil:
		w.applyEdit(r.Edit)
	case r.Phone != nil:
		w.phoneOf(r.Phone.Phone).status = r.Phone.Status
	case r.Auth != nil:
		return w.applyAuth(r.Auth)
	case r.BotEvent != nil:
		w.applyBotEvent(r.BotEvent)
	case r.BotSeen != 0:
		w.bot.confirm(r.BotSeen)
	case r.BotSet != nil:
		w.bot.set(r.BotSet)
	case r.Secret != nil:
		w.secret = r.Secret
	}
	return nil
}

func (w *World) applyUser(r *userRec) {
	u := w.users[r.ID]
	if u == nil {
		u = &user{}
		w.users[r.ID] = u
		w.userOrder = append(w.userOrder, r.ID)
	}
	u.Profile = r.Profile
	if r.Phone != "" {
		u.account = &account{phone: r.Phone, password: r.SRP, plain: r.Password, contacts: r.Contacts}
		w.byPhone[r.Phone] = u
	}
	if (r.Phone != "" || r.ID == BotID) && u.box == nil {
		u.box = newBox()
	}
	if r.Username != "" {
		w.byName[foldName(r.Username)] = r.ID
	}
	if r.ID < maxStranger {
		w.nextUser = max(w.nextUser, r.ID+1)
	}
}

func (w *World) applyChat(r *chatRec) {
	c := &chat{
		id: r.ID, kind: r.Kind, title: r.Title, username: r.Username, about: r.About, slow: r.SlowMode,
		readOnly: r.ReadOnly, forum: r.Forum, extra: r.ExtraMembers, created: r.At,
		status: make(map[int64]memberStatus, len(r.Members)), lastPost: map[int64]int64{},
	}
	w.chats[c.id] = c
	w.chatOrder = append(w.chatOrder, c.id)
	if c.username != "" {
		w.byName[foldName(c.username)] = c.id
	}
	if isChannel(c.id) {
		w.nextChannel = max(w.nextChannel, bare(c.id)+1)
	} else {
		w.nextGroup = max(w.nextGroup, bare(c.id)+1)
	}
	for _, id := range r.Members {
		w.applyMember(&memberRec{Chat: c.id, User: id, Status: statusMember, At: r.At})
	}
	for _, id := range r.Admins {
		w.applyMember(&memberRec{Chat: c.id, User: id, Status: statusAdmin, At: r.At})
	}
}

// applyMember changes a membership and with it the user's list of dialogs: who
// left a channel does not see it any more, who was kicked sees that he was.
func (w *World) applyMember(r *memberRec) {
	c, u := w.chats[r.Chat], w.users[r.User]
	if c == nil || u == nil {
		return
	}
	c.setStatus(u, r.Status)
	if u.box == nil {
		return
	}
	switch d := u.box.dialogs[c.id]; {
	case r.Status.inside() && d == nil:
		u.box.dialogs[c.id] = &dialog{since: r.At, readMax: len(c.msgs)}
	case r.Status == statusLeft && isChannel(c.id):
		delete(u.box.dialogs, c.id)
	}
}

func (w *World) applyBlock(r *blockRec) {
	u := w.users[r.By]
	if r.Off {
		delete(u.blocked, r.User)
		return
	}
	if u.blocked == nil {
		u.blocked = map[int64]int64{}
	}
	u.blocked[r.User] = r.At
}

func (w *World) applyDialog(r *dialogRec) {
	d := w.users[r.User].dialog(r.Peer, 0)
	if r.Pinned != nil {
		d.pinned = *r.Pinned
	}
	if r.Folder != nil {
		d.folder = *r.Folder
	}
	if r.Read > d.readMax {
		d.readMax = r.Read
		d.unread = 0
		for i := len(d.msgs) - 1; i >= 0 && d.msgs[i].id > r.Read; i-- {
			if d.msgs[i].from != r.User {
				d.unread++
			}
		}
	}
}

func (w *World) applyAuth(r *authRec) error {
	raw, err := hex.DecodeString(r.Key)
	if err != nil || len(raw) != 8 {
		return fmt.Errorf("bad key id %q in a record", r.Key)
	}
	k := [8]byte(raw)
	if r.Ended == "" {
		w.auths[k] = &auth{user: r.User, hash: r.Hash, created: r.At}
		return nil
	}
	if a := w.auths[k]; a != nil {
		*a = auth{ended: r.Ended}
	}
	return nil
}

func ms(t time.Time) int64 { return t.UnixMilli() }

func fromMS(v int64) time.Time { return time.UnixMilli(v).UTC() }
