package sandbox_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/gotd/td/session"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/transport"

	"postix/telegram/sandbox"
)

// options are what GET /api/telegram says, as gotd takes it.
func options(t *testing.T, at sandbox.Telegram, keep session.Storage) telegram.Options {
	t.Helper()
	host, port, err := net.SplitHostPort(at.Address)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return telegram.Options{
		DC: at.DC, DCList: dcs.List{Options: []tg.DCOption{{ID: at.DC, IPAddress: host, Port: n, Static: true}}},
		PublicKeys:     []telegram.PublicKey{{RSA: publicKey(t, at.PublicKey)}},
		Resolver:       dcs.Plain(dcs.PlainOptions{Protocol: transport.Intermediate}),
		SessionStorage: keep, NoUpdates: true, DialTimeout: 35 * time.Second,
	}
}

func publicKey(t *testing.T, text string) *rsa.PublicKey {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatalf("not PEM: %q", text)
	}
	key, err := x509.ParsePKCS1PublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestSignInAndSend goes the whole way over the wire, then again on the same
// folder: the session, the chat and the message are still there.
func TestSignInAndSend(t *testing.T) {
	dir := t.TempDir()
	s, c := start(t, dir)
	addAccount(t, c)
	chat := addGroup(t, c)
	at, err := c.Telegram(within(t))
	if err != nil || at.APIID == 0 || at.APIHash == "" {
		t.Fatalf("addresses: %+v, %v", at, err)
	}
	keep := &session.StorageMemory{}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	client := telegram.NewClient(at.APIID, at.APIHash, options(t, at, keep))
	err = client.Run(ctx, func(ctx context.Context) error {
		if err := signIn(ctx, client, c); err != nil {
			return err
		}
		return send(ctx, client.API(), chat, "Salom, yuk bormi?", 42)
	})
	if err != nil {
		t.Fatal(err)
	}
	checkSent(t, c, chat)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	_, c = start(t, dir)
	again, err := c.Telegram(within(t))
	if err != nil || again.PublicKey != at.PublicKey {
		t.Fatalf("another key after the restart: %v", err)
	}
	client = telegram.NewClient(again.APIID, again.APIHash, options(t, again, keep))
	err = client.Run(ctx, func(ctx context.Context) error {
		self, err := client.Self(ctx)
		if err == nil && self.ID != userID {
			err = fmt.Errorf("signed in as %d", self.ID)
		}
		return err
	})
	if err != nil {
		t.Errorf("the session did not survive: %v", err)
	}
	list, err := c.Messages(within(t), chat, 0)
	if err != nil || len(list) == 0 || list[len(list)-1].RandomID != 42 {
		t.Errorf("messages after the restart: %+v, %v", list, err)
	}
}

func signIn(ctx context.Context, client *telegram.Client, c sandbox.Client) error {
	sent, err := client.Auth().SendCode(ctx, phone, auth.SendCodeOptions{})
	if err != nil {
		return err
	}
	code, err := c.Code(ctx, phone)
	if err != nil {
		return err
	}
	_, err = client.Auth().SignIn(ctx, phone, code, sent.(*tg.AuthSentCode).PhoneCodeHash)
	return err
}

func send(ctx context.Context, api *tg.Client, chat int64, text string, randomID int64) error {
	dialogs, err := api.MessagesGetDialogs(ctx, &tg.MessagesGetDialogsRequest{OffsetPeer: &tg.InputPeerEmpty{}, Limit: 100})
	if err != nil {
		return err
	}
	known, ok := dialogs.AsModified()
	if !ok {
		return fmt.Errorf("dialogs: %T", dialogs)
	}
	for _, x := range known.GetChats() {
		ch, ok := x.(*tg.Channel)
		if !ok || -1_000_000_000_000-ch.ID != chat {
			continue
		}
		_, err := api.MessagesSendMessage(ctx, &tg.MessagesSendMessageRequest{
			Peer: ch.AsInputPeer(), Message: text, RandomID: randomID,
		})
		return err
	}
	return fmt.Errorf("chat %d is not among the dialogs", chat)
}

func checkSent(t *testing.T, c sandbox.Client, chat int64) {
	t.Helper()
	entries, err := c.Journal(within(t), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, e := range entries {
		if e.Method == "messages.sendMessage" && e.Chat == chat && e.RandomID == 42 && e.Phone == phone && e.Outcome == "ok" {
			found++
		}
	}
	if found != 1 {
		t.Errorf("the journal has the message %d times: %+v", found, entries)
	}
	last := entries[len(entries)-1].N
	if rest, err := c.Journal(within(t), last, 0); err != nil || len(rest) != 0 {
		t.Errorf("after the last entry: %+v, %v", rest, err)
	}
	accounts, err := c.Accounts(within(t))
	if err != nil || len(accounts) != 1 || len(accounts[0].Sessions) != 1 || accounts[0].Code != nil {
		t.Errorf("account after sign-in: %+v, %v", accounts, err)
	}
}

func TestPublicKeyIsTheServed(t *testing.T) {
	s, c := start(t, "")
	at, err := c.Telegram(within(t))
	if err != nil || !bytes.Equal(s.PublicKey(), []byte(at.PublicKey)) || at.Address != s.MTProtoAddr() || at.BotAPI != s.URL() {
		t.Errorf("addresses: %+v, %v", at, err)
	}
}
