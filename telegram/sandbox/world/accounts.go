package world

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gotd/td/tg"
)

var (
	errNoAccount = errors.New("no account with this phone number")
	errNoUser    = errors.New("no such user")
	errNoChat    = errors.New("no such chat")
)

// AddAccount adds a person who can sign in. The phone and the username must be free.
func (w *World) AddAccount(spec AccountSpec) (int64, error) {
	rec, err := spec.record()
	if err != nil {
		return 0, err
	}
	err = w.write(func() error { return w.addUser(rec) })
	return rec.ID, err
}

// record derives the password's verifier, which takes a while: not under the lock.
func (a AccountSpec) record() (*userRec, error) {
	digits, err := cleanPhone(a.Phone)
	if err != nil {
		return nil, err
	}
	rec := &userRec{Profile: a.Profile, Phone: digits, Password: a.Password}
	if a.Password != "" {
		rec.SRP, err = newVerifier(a.Password, a.Hint)
	}
	return rec, err
}

// AddUser adds a person who cannot sign in here. Without an ID it gets one.
func (w *World) AddUser(p Profile) (int64, error) {
	rec := &userRec{Profile: p}
	err := w.write(func() error { return w.addUser(rec) })
	return rec.ID, err
}

func (w *World) addUser(r *userRec) error {
	if r.ID == 0 {
		r.ID = w.nextUser
	}
	switch {
	case r.ID < 0:
		return errors.New("a user's id is positive")
	case r.FirstName == "":
		return errors.New("a user needs a first_name")
	case w.users[r.ID] != nil:
		return fmt.Errorf("user %d exists", r.ID)
	case r.Phone != "" && w.byPhone[r.Phone] != nil:
		return fmt.Errorf("phone +%s is taken", r.Phone)
	}
	if err := w.freeName(r.Username); err != nil {
		return err
	}
	return w.commit(record{User: r})
}

func (w *World) freeName(name string) error {
	if _, taken := w.byName[foldName(name)]; taken && name != "" {
		return fmt.Errorf("username @%s is taken", name)
	}
	return nil
}

// SetPhone says what Telegram knows of a number that has no account: PhoneBanned
// or PhoneNoAccount.
func (w *World) SetPhone(phone string, s PhoneStatus) error {
	digits, err := cleanPhone(phone)
	if err != nil {
		return err
	}
	if s != PhoneBanned && s != PhoneNoAccount {
		return fmt.Errorf("a number without an account cannot be %q", s)
	}
	return w.write(func() error {
		if w.byPhone[digits] != nil {
			return fmt.Errorf("phone +%s has an account", digits)
		}
		return w.commit(record{Phone: &phoneRec{Phone: digits, Status: s}})
	})
}

// Accounts lists the accounts in the order they were added, then the other
// known numbers.
func (w *World) Accounts() []AccountInfo {
	w.mu.RLock()
	defer w.mu.RUnlock()
	out := []AccountInfo{}
	for _, id := range w.userOrder {
		if u := w.users[id]; u.account != nil {
			out = append(out, w.accountInfo(u))
		}
	}
	var rest []string
	for digits, p := range w.phones {
		if w.byPhone[digits] == nil && p.status != "" {
			rest = append(rest, digits)
		}
	}
	slices.Sort(rest)
	for _, digits := range rest {
		out = append(out, AccountInfo{
			Phone: "+" + digits, Status: w.phones[digits].status, Code: w.codeInfo(digits),
			Sessions: []SessionInfo{},
		})
	}
	return out
}

// Account finds an account by its phone, written in any way.
func (w *World) Account(phone string) (AccountInfo, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	u, err := w.accountUser(phone)
	if err != nil {
		return AccountInfo{}, false
	}
	return w.accountInfo(u), true
}

func (w *World) accountUser(phone string) (*user, error) {
	digits, err := cleanPhone(phone)
	if err != nil {
		return nil, err
	}
	u := w.byPhone[digits]
	if u == nil {
		return nil, errNoAccount
	}
	return u, nil
}

func (w *World) accountInfo(u *user) AccountInfo {
	a := AccountInfo{
		Phone: "+" + u.account.phone, UserID: u.ID, FirstName: u.FirstName, LastName: u.LastName,
		Username: u.Username, Status: w.status(u.account.phone), Deactivated: u.deleted,
		HasPassword: u.account.password != nil, Password: u.account.plain,
		Code: w.codeInfo(u.account.phone), Sessions: []SessionInfo{},
	}
	linked := w.links.of(u.ID)
	for _, k := range w.keysOf(u.ID) {
		s := SessionInfo{Hash: w.auths[k].hash, CreatedAt: fromMS(w.auths[k].created)}
		for _, l := range linked {
			if l.s.AuthKeyID() == k {
				s.Connected, s.Layer = true, l.s.Layer()
			}
		}
		a.Sessions = append(a.Sessions, s)
	}
	return a
}

func (w *World) codeInfo(digits string) *LoginCode {
	p := w.phones[digits]
	if p == nil || p.code == nil || !w.now().Before(p.code.expires) {
		return nil
	}
	return &LoginCode{Code: p.code.code, Via: p.code.via, SentAt: p.code.sent.UTC(), Expires: p.code.expires.UTC()}
}

// Revoke ends all sessions of the account, as another of its devices does: every
// call they make is answered with SESSION_REVOKED.
func (w *World) Revoke(phone string) error {
	return w.write(func() error {
		u, err := w.accountUser(phone)
		if err != nil {
			return err
		}
		for _, k := range w.keysOf(u.ID) {
			if err := w.end(k, "SESSION_REVOKED"); err != nil {
				return err
			}
		}
		return nil
	})
}

// Deactivate deletes the account: its sessions get USER_DEACTIVATED, others see
// a deleted account.
func (w *World) Deactivate(phone string) error {
	return w.write(func() error {
		u, err := w.accountUser(phone)
		if err != nil || u.deleted {
			return err
		}
		if err := w.commit(record{Delete: u.ID}); err != nil {
			return err
		}
		w.links.send(u.ID, nil, notice{ready: &tg.UpdatesTooLong{}, ticket: w.store.last()})
		return nil
	})
}

// Drop closes the account's connections that take updates. It ends no session.
func (w *World) Drop(phone string) error {
	w.mu.RLock()
	u, err := w.accountUser(phone)
	w.mu.RUnlock()
	if err != nil {
		return err
	}
	for _, k := range w.links.of(u.ID) {
		k.s.Drop()
	}
	return nil
}

// Block makes the user "by" refuse what the other user writes to him. The bot is
// told when it is the other one.
func (w *World) Block(user, by int64) error {
	return w.write(func() error { return w.setBlock(user, by, true) })
}

func (w *World) setBlock(user, by int64, blocked bool) error {
	if w.users[user] == nil || w.users[by] == nil {
		return errNoUser
	}
	if w.users[by].blocks(user) == blocked {
		return nil
	}
	at := ms(w.now())
	err := w.commit(record{Block: &blockRec{By: by, User: user, At: at, Off: !blocked}})
	if err != nil || user != BotID {
		return err
	}
	return w.commit(record{BotEvent: &botEventRec{User: by, Blocked: &blocked, At: at}})
}

// Dialogs lists what the account's dialog list holds, in its order.
func (w *World) Dialogs(phone string) ([]DialogInfo, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	u, err := w.accountUser(phone)
	if err != nil {
		return nil, err
	}
	out := []DialogInfo{}
	for _, r := range w.rows(u, func(*dialog) bool { return true }) {
		d := DialogInfo{ChatID: r.peer, Kind: KindPrivate}
		if c := w.chats[r.peer]; c != nil {
			d.Kind, d.Title, d.Username = c.kind, c.title, c.username
		} else {
			p := w.users[r.peer]
			d.Title, d.Username = p.name(), p.Username
		}
		if err := w.mayWrite(u, r.peer); err != nil {
			d.Refused = outcomeOf(err)
		}
		out = append(out, d)
	}
	return out, nil
}

// name as people see it.
func (u *user) name() string {
	switch {
	case u == nil:
		return ""
	case u.LastName == "":
		return u.FirstName
	}
	return u.FirstName + " " + u.LastName
}
