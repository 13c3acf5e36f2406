package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/session"
	"github.com/gotd/td/tg"

	"postix/domain"
	"postix/handlers"
	"postix/telegram/sandbox/mtproto"
	"postix/telegram/sandbox/world"
)

// benchAccount is an account that is signed in at the sandbox.
type benchAccount struct {
	ID      int64 // at the product
	Phone   string
	Profile domain.Profile
	Session []byte // as the library stores it
	Peers   []benchPeer
}

// benchPeer is one of its groups, as it addresses it.
type benchPeer struct{ ID, AccessHash int64 }

// benchTelegram is a sandbox in a process of its own, with accounts that are
// signed in. Each has groups of its own, so that a message is news to nobody and
// what is measured is sending.
type benchTelegram struct {
	page     string
	process  *process
	accounts []benchAccount
}

func newBenchTelegram(t *testing.T, accounts, groups int) *benchTelegram {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "telegram")
	b := &benchTelegram{accounts: signInAll(t, dir, accounts, groups)}
	b.process = launch(t, nil, "sandbox", "telegram", "--listen", "127.0.0.1:0", "--mtproto", "127.0.0.1:0", "--data", dir, "--log", "warn")
	b.page = "http://" + b.process.awaits(t, sandboxLine)[1]
	return b
}

// signInAll makes a sandbox's directory. Keys are put into it instead of being
// exchanged, which would cost both sides half a second of CPU for each.
func signInAll(t *testing.T, dir string, accounts, groups int) []benchAccount {
	t.Helper()
	w, err := world.Open(world.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := os.OpenFile(filepath.Join(dir, "keys.jsonl"), os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]benchAccount, accounts)
	for i := range out {
		out[i], err = signInOne(t.Context(), w, keys, i, groups)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(keys.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	return out
}

func signInOne(ctx context.Context, w *world.World, keys *os.File, n, groups int) (benchAccount, error) {
	a := benchAccount{Phone: fmt.Sprintf("+998905%06d", n), Profile: domain.Profile{FirstName: fmt.Sprintf("Yuboruvchi %d", n)}}
	id, err := w.AddAccount(world.AccountSpec{Phone: a.Phone, Profile: world.Profile{FirstName: a.Profile.FirstName}})
	if err != nil {
		return a, err
	}
	a.Profile.TelegramID = id
	for i := range groups {
		_, err := w.AddChat(world.ChatSpec{
			Kind: world.KindSupergroup, Title: fmt.Sprintf("Yuk %d %d", n, i), Members: []int64{id}, ExtraMembers: 200,
		})
		if err != nil {
			return a, err
		}
	}
	key := mtproto.RandomKey()
	if err := json.NewEncoder(keys).Encode(map[string]any{"id": key.ID[:], "value": key.Value[:], "salt": key.Salt}); err != nil {
		return a, err
	}
	if err := signKeyIn(w, key, a.Phone); err != nil {
		return a, fmt.Errorf("sign %s in: %w", a.Phone, err)
	}
	st := &session.StorageMemory{}
	data := session.Data{DC: 2, AuthKey: key.Value[:], AuthKeyID: key.ID[:], Salt: key.Salt}
	if err := (&session.Loader{Storage: st}).Save(ctx, &data); err != nil {
		return a, err
	}
	a.Session, err = st.LoadSession(ctx)
	return a, err
}

// signKeyIn signs a key in, as its client would over the wire.
func signKeyIn(w *world.World, key mtproto.AuthKey, phone string) error {
	s := wireless{key}
	var sent bin.Encoder
	ask := func(r bin.Encoder) (err error) {
		var b bin.Buffer
		if err := r.Encode(&b); err != nil {
			return err
		}
		sent, err = w.Call(s, true, &b)
		return err
	}
	if err := ask(&tg.AuthSendCodeRequest{PhoneNumber: phone, APIID: 1, APIHash: "x"}); err != nil {
		return err
	}
	info, _ := w.Account(phone)
	r := &tg.AuthSignInRequest{PhoneNumber: phone, PhoneCodeHash: sent.(*tg.AuthSentCode).PhoneCodeHash}
	r.SetPhoneCode(info.Code.Code)
	return ask(r)
}

// wireless is a connection without a wire.
type wireless struct{ key mtproto.AuthKey }

func (w wireless) AuthKeyID() [8]byte                    { return w.key.ID }
func (wireless) ID() int64                               { return 1 }
func (wireless) Layer() int                              { return 0 }
func (wireless) Push(context.Context, bin.Encoder) error { return nil }
func (wireless) Drop()                                   {}

const benchEmail = "bench@sandbox.uz"

// join gives the accounts to an organization of the product over dir, which
// sends without any gap or cap, and answers its owner. With dialogs each account
// connects once and reads its groups.
func (b *benchTelegram) join(t *testing.T, dir string, dialogs bool) domain.Actor {
	t.Helper()
	ctx := t.Context()
	a := benchApp(ctx, t, dir, b.page)
	defer a.close()
	links, unlink := context.WithCancel(ctx)
	done := make(chan error, 1)
	if dialogs {
		go func() { done <- a.clients.Run(links) }()
	} else {
		done <- nil
	}
	defer func() { unlink(); <-done }()
	who := benchOwner(t, a, noPace)
	for i := range b.accounts {
		if err := b.connect(ctx, a, who, &b.accounts[i], dialogs); err != nil {
			t.Fatal(err)
		}
	}
	return who
}

func (b *benchTelegram) connect(ctx context.Context, a *app, who domain.Actor, acc *benchAccount, dialogs bool) error {
	made, err := a.store.ConnectAccount(ctx, domain.NewAccount{
		OrganizationID: who.User.OrganizationID, UserID: who.User.ID, Phone: domain.Phone(acc.Phone),
		Profile: acc.Profile, Session: acc.Session, At: time.Now().UTC(),
	})
	if err != nil || !dialogs {
		return err
	}
	acc.ID = made.ID
	a.clients.Connect(made)
	if err := a.accounts.Refresh(ctx, made); err != nil {
		return err
	}
	rows, _, err := a.store.Dialogs(ctx, made.OrganizationID, made.ID, domain.DialogFilter{Writable: true, Limit: 1000})
	for _, r := range rows {
		if r.Kind == domain.KindSupergroup {
			acc.Peers = append(acc.Peers, benchPeer{int64(r.ID), r.AccessHash})
		}
	}
	return err
}

// benchOwner makes an organization with that pace and an owner who can sign in.
func benchOwner(t *testing.T, a *app, p domain.Pace) domain.Actor {
	t.Helper()
	o, err := a.store.CreateOrganization(t.Context(), domain.Organization{
		Name: "Oʻlchov", Zone: "UTC", Limits: domain.Limits{Accounts: 10_000}, Pace: p, CreatedAt: time.Now().UTC(),
	})
	if err != nil {
		t.Fatal(err)
	}
	u := domain.User{OrganizationID: o.ID, Role: domain.RoleOwner, Name: "Oʻlchovchi", Email: benchEmail}
	if u, err = domain.AddUser(t.Context(), a.store, handlers.NewPasswords(1), u, seedPassword, time.Now().UTC()); err != nil {
		t.Fatal(err)
	}
	return domain.Actor{User: u, Organization: o}
}
