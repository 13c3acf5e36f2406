package world

import (
	"slices"
	"strings"
	"time"

	"github.com/gotd/td/tg"
)

// serviceID is the user "Telegram", which writes the login codes.
const serviceID = 777000

// user is a person or a bot. Only accounts and the bot have a box.
type user struct {
	Profile
	account *account // nil: cannot sign in
	box     *box     // nil: what it receives is kept nowhere
	private []*content
	deleted bool
	blocked map[int64]int64 // whose messages it does not take, since when (ms)
}

func (u *user) blocks(id int64) bool {
	_, ok := u.blocked[id]
	return ok
}

// account is what a user needs to sign in.
type account struct {
	phone    string // digits
	password *verifier
	plain    string // the 2FA password, for the page
	contacts []int64
}

// box holds an account's private messages and basic groups, numbered per
// account, and its list of dialogs.
type box struct {
	msgs    []*message
	events  []event // pts of event i is i+2: an empty box has pts 1
	dialogs map[int64]*dialog
}

func newBox() *box { return &box{dialogs: map[int64]*dialog{}} }

func (b *box) pts() int { return len(b.events) + 1 }

// at finds a message, also one that was deleted; nil when there never was one.
func (b *box) at(id int) *message {
	if id < 1 || id > len(b.msgs) {
		return nil
	}
	return b.msgs[id-1]
}

// byID finds a message; nil when there is none.
func (b *box) byID(id int) *message {
	if m := b.at(id); m != nil && !m.deleted {
		return m
	}
	return nil
}

// event is a change that getDifference tells of.
type event struct {
	msg  *message
	edit bool
	gone bool
}

// dialog is one row of a box's list. Channels keep their messages themselves.
type dialog struct {
	msgs    []*message
	readMax int
	unread  int
	pinned  bool
	folder  int
	since   int64 // joined, ms; orders a dialog without messages
}

// content is what a message says, shared by all its copies.
type content struct {
	n        int // within its chat, from 1
	chat     int64
	from, to int64 // to: the receiver, in private
	at       int64 // ms
	text     string
	entities []tg.MessageEntityClass
	randomID int64
	replyTo  *content
	action   *action
	editedAt int64 // ms, 0 never
	markup   *Markup
	document *Document
	contact  *Contact
	forward  *Origin
	pressed  string
	answer   string
	alert    bool
	deleted  bool
	options  SendOptions
	copies   []copyID
}

// action makes a service message.
type action struct {
	Created    string `json:"created,omitempty"`     // title
	MigratedTo int64  `json:"migrated_to,omitempty"` // marked
}

type copyID struct {
	owner int64
	id    int
}

// idFor is the number of the owner's copy, 0 when there is none.
func (c *content) idFor(owner int64) int {
	if isChannel(c.chat) {
		return c.n
	}
	for _, k := range c.copies {
		if k.owner == owner {
			return k.id
		}
	}
	return 0
}

func (c *content) date() int { return int(c.at / 1000) }

// message is one copy of a content in a box or in a channel.
type message struct {
	*content
	id   int
	peer int64 // the dialog it is in, seen from the owner
	pts  int
	// editPts is the pts of the last edit, 0 when there was none, gonePts that of
	// the deletion.
	editPts, gonePts int
}

// memberStatus is how a user stands to a chat.
type memberStatus string

const (
	statusMember     memberStatus = "member"
	statusAdmin      memberStatus = "admin"
	statusRestricted memberStatus = "restricted" // may read, not send
	statusKicked     memberStatus = "kicked"
	statusLeft       memberStatus = "left"
)

func (s memberStatus) inside() bool {
	return s == statusMember || s == statusAdmin || s == statusRestricted
}

type chat struct {
	id       int64
	kind     Kind
	title    string
	username string
	about    string
	slow     int
	readOnly bool
	forum    bool
	extra    int
	created  int64 // ms
	status   map[int64]memberStatus
	boxes    []int64 // members that have a box
	inside   int     // number of statuses that are inside
	to, from int64   // migrated to, from

	log      []*content
	msgs     []*message // of channels; id and pts of msgs[i] are i+1 and i+2
	lastPost map[int64]int64
}

func (c *chat) pts() int { return len(c.msgs) + 1 }

func (c *chat) count() int { return c.inside + c.extra }

func (c *chat) setStatus(u *user, s memberStatus) {
	if c.status[u.ID].inside() {
		c.inside--
		c.boxes = slices.DeleteFunc(c.boxes, func(id int64) bool { return id == u.ID })
	}
	c.status[u.ID] = s
	if s.inside() {
		c.inside++
		if u.box != nil {
			c.boxes = append(c.boxes, u.ID)
		}
	}
}

// auth is an MTProto key's authorization.
type auth struct {
	user    int64
	hash    int64
	created int64 // ms
	ended   string
	pending int64 // right code given, password still needed
	srp     *challenge
}

// loginCode is a code on its way to a person.
type loginCode struct {
	code, hash    string
	via           string
	sent, expires time.Time
	tries         int
}

// phoneState is what the world remembers of a number beside its account.
type phoneState struct {
	status    PhoneStatus // banned or no_account, else empty
	code      *loginCode
	asked     []time.Time // sendCode calls of the last hour
	blocked   time.Time   // no signIn before
	passTries int
}

// sentKey finds a message by what its sender called it.
type sentKey struct {
	account, peer, randomID int64
}

func foldName(s string) string { return strings.ToLower(strings.TrimPrefix(s, "@")) }
