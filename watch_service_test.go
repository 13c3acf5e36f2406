package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"postix/db"
	"postix/domain"
)

// watchBench is the filter over a database, without Telegram: a test says what its
// accounts hear, and when.
type watchBench struct {
	t        *testing.T
	store    *db.Store
	watch    *domain.Watch
	owner    domain.Actor
	accounts []domain.Account
	groups   []domain.Peer
	now      time.Time
	n        int // messages
}

// newWatchBench has two accounts in the same three supergroups and a basic group;
// detections are answered, in all groups.
func newWatchBench(t *testing.T) *watchBench {
	t.Helper()
	b := &watchBench{t: t, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	var err error
	b.store, err = db.Open(t.Context(), db.Options{
		Path: filepath.Join(t.TempDir(), "postix.db"), Key: bytes.Repeat([]byte{7}, 32),
		Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return b.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.store.Close() })
	org, err := b.store.CreateOrganization(t.Context(), domain.Organization{Name: "Sadaf", Pace: domain.DefaultPace, Limits: domain.Limits{Accounts: 5}, CreatedAt: b.now})
	b.ok(err)
	user, err := b.store.CreateUser(t.Context(), domain.User{OrganizationID: org.ID, Role: domain.RoleOwner, Name: "Sadaf", CreatedAt: b.now}, "")
	b.ok(err)
	b.owner = domain.Actor{User: user}
	b.groups = []domain.Peer{
		{ID: -1_000_000_000_001, Kind: domain.KindSupergroup, Title: "Yuk bozori", Members: 900},
		{ID: -1_000_000_000_002, Kind: domain.KindSupergroup, Title: "Haydovchilar", Members: 500},
		{ID: -1_000_000_000_003, Kind: domain.KindSupergroup, Title: "Moskva yoʻli", Members: 100},
		{ID: -77, Kind: domain.KindGroup, Title: "Oʻzimiznikilar", Members: 40},
	}
	for i := range 2 {
		acc, err := b.store.ConnectAccount(t.Context(), domain.NewAccount{
			OrganizationID: org.ID, UserID: user.ID, Phone: domain.Phone(fmt.Sprintf("+99890000000%d", i)), Session: []byte("session"),
			Profile: domain.Profile{TelegramID: int64(100 + i), FirstName: "Ali"}, At: b.now,
		})
		b.ok(err)
		b.accounts = append(b.accounts, acc)
		b.dialogs(i, b.groups...)
		b.ok(b.store.SetListening(t.Context(), org.ID, acc.ID, true))
	}
	b.start()
	s := domain.DefaultWatchSettings()
	s.Mode, s.AllGroups = domain.WatchReply, true
	b.ok(b.watch.SetSettings(t.Context(), b.owner, s))
	b.ok(b.watch.PutTemplate(t.Context(), b.owner, domain.Template{Text: replyText, Active: true}))
	return b
}

// start begins anew, as after a restart.
func (b *watchBench) start() {
	b.watch = &domain.Watch{
		Store: b.store, Answers: b.store, Hub: &domain.Hub{}, Now: func() time.Time { return b.now },
		Rand: func() float64 { return 0 }, Log: slog.New(slog.DiscardHandler),
	}
}

func (b *watchBench) ok(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// dialogs are what an account's dialogs are now.
func (b *watchBench) dialogs(account int, ps ...domain.Peer) {
	b.t.Helper()
	ds := make([]domain.Dialog, len(ps))
	for i, p := range ps {
		ds[i] = domain.Dialog{Peer: p, AccessHash: 5, CanWrite: true}
	}
	b.ok(b.store.ReplaceDialogs(b.t.Context(), b.owner.User.OrganizationID, b.accounts[account].ID, ds, b.now))
}

// message is one that an account hears now.
func (b *watchBench) message(account int, group domain.Peer, sender int64, text string) domain.Incoming {
	b.n++
	return domain.Incoming{
		OrganizationID: b.owner.User.OrganizationID, AccountID: b.accounts[account].ID,
		GroupMessage: domain.GroupMessage{
			ID: int64(b.n), At: b.now, ChatID: int64(group.ID), ChatTitle: group.Title, ChatMembers: group.Members,
			SenderID: sender, FirstName: "Sardor", Text: text,
		},
	}
}

func (b *watchBench) hears(in ...domain.Incoming) {
	b.t.Helper()
	b.ok(b.watch.Hear(b.t.Context(), in))
}

// detections are all, oldest first.
func (b *watchBench) detections() []domain.Detection {
	b.t.Helper()
	ds, _, err := b.store.Detections(b.t.Context(), b.owner.User.OrganizationID, domain.DetectionFilter{})
	b.ok(err)
	slices.Reverse(ds)
	return ds
}

// wantOutcomes compares why each detection is silent, or in how many groups it is
// answered.
func (b *watchBench) wantOutcomes(want ...any) {
	b.t.Helper()
	var got []any
	for _, d := range b.detections() {
		if d.Silence != "" {
			got = append(got, d.Silence)
		} else {
			got = append(got, len(d.Replies))
		}
	}
	if !slices.Equal(got, want) {
		b.t.Errorf("the detections end as %v, want %v", got, want)
	}
}

// TestReplyAfterAStop: where the product ended between recording a detection and
// answering it, the next one answers while that is worth something; what is older
// says that it was stopped.
func TestReplyAfterAStop(t *testing.T) {
	b := newWatchBench(t)
	b.hears(b.message(0, b.groups[0], 1, harmlessText))
	stopped := func(sender int64) {
		t.Helper()
		in := b.message(0, b.groups[0], sender, dispatcherText)
		v, err := b.watch.Try(t.Context(), b.owner, in.GroupMessage)
		b.ok(err)
		_, err = b.store.Record(t.Context(), in.OrganizationID, []domain.Judged{{Incoming: in, Verdict: v}})
		b.ok(err)
	}
	stopped(2)
	b.now = b.now.Add(time.Second)
	stopped(3)
	b.now = b.now.Add(domain.ReplyWithin - time.Second)
	b.start()
	b.hears(b.message(0, b.groups[0], 1, harmlessText))
	b.wantOutcomes(domain.SilentStopped, 1)
	b.hears(b.message(0, b.groups[0], 1, harmlessText))
	b.start()
	b.hears(b.message(0, b.groups[0], 1, harmlessText))
	b.wantOutcomes(domain.SilentStopped, 1)
}

// shutAnswers fail while they are shut.
type shutAnswers struct {
	domain.ReplyStore
	shut bool
}

func (s *shutAnswers) Seen(ctx context.Context, organizationID, accountID, senderID int64, at time.Time) ([]domain.Peer, error) {
	if s.shut {
		return nil, errors.New("shut")
	}
	return s.ReplyStore.Seen(ctx, organizationID, accountID, senderID, at)
}

// TestReplyAfterAFailure: what could not be decided is tried again with the next
// messages, until it is too late.
func TestReplyAfterAFailure(t *testing.T) {
	b := newWatchBench(t)
	answers := &shutAnswers{b.store, true}
	b.watch.Answers = answers
	b.hears(b.message(0, b.groups[0], 1, dispatcherText))
	b.now = b.now.Add(time.Second)
	b.hears(b.message(0, b.groups[0], 2, dispatcherText))
	b.wantOutcomes(domain.SilentStopped, domain.SilentStopped)
	b.now = b.now.Add(domain.ReplyWithin - time.Second)
	answers.shut = false
	b.hears(b.message(0, b.groups[0], 9, harmlessText))
	b.wantOutcomes(domain.SilentLate, 1)
}

// TestReplyOnceForTwoAccounts: what two accounts of an organization hear is one
// detection with one answer, also in a basic group, where each counts messages its
// own way, and after a restart between the two.
func TestReplyOnceForTwoAccounts(t *testing.T) {
	for _, restart := range []bool{false, true} {
		b := newWatchBench(t)
		for i, group := range []domain.Peer{b.groups[0], b.groups[3]} {
			first := b.message(0, group, int64(i+1), dispatcherText)
			second := first
			second.AccountID = b.accounts[1].ID
			if group.Kind == domain.KindGroup {
				second.ID += 500
			}
			b.hears(first)
			if restart {
				b.start()
			}
			b.hears(second, first)
		}
		b.wantOutcomes(1, 1)
		for i, d := range b.detections() {
			if d.AccountID != b.accounts[0].ID || d.Message.ID != int64(i+1) {
				t.Errorf("detection %d is message %d of account %d", i, d.Message.ID, d.AccountID)
			}
		}
	}
}

// TestReplyGoesWhereItMay: the largest and the median group are answered in, or
// the next ones when these keep the account waiting.
func TestReplyGoesWhereItMay(t *testing.T) {
	b := newWatchBench(t)
	b.ok(b.store.DenyPeer(t.Context(), domain.DeniedPeer{Peer: b.groups[0], OrganizationID: b.owner.User.OrganizationID, At: b.now}))
	for _, g := range b.groups {
		b.hears(b.message(0, g, 5, harmlessText+g.Title))
	}
	b.hears(b.message(0, b.groups[0], 5, dispatcherText))
	b.wantOutcomes(2)
	var got []domain.PeerID
	for _, r := range b.detections()[0].Replies {
		got = append(got, r.Peer.ID)
	}
	if want := []domain.PeerID{b.groups[1].ID, b.groups[2].ID}; !slices.Equal(got, want) {
		t.Errorf("answered in %v, want %v", got, want)
	}
}

// TestWatchFollowsAMigration: a chosen group that became a supergroup is heard on,
// and answered in, once the dialogs have been read.
func TestWatchFollowsAMigration(t *testing.T) {
	b := newWatchBench(t)
	old, became := b.groups[3], b.groups[3]
	became.ID, became.Kind = -1_000_000_000_004, domain.KindSupergroup
	s, err := b.watch.Settings(t.Context(), b.owner)
	b.ok(err)
	s.AllGroups = false
	b.ok(b.watch.SetSettings(t.Context(), b.owner, s))
	b.ok(b.watch.SetWatching(t.Context(), b.owner, []domain.PeerID{old.ID}, true))
	b.hears(b.message(0, old, 1, dispatcherText), b.message(0, b.groups[0], 2, dispatcherText))
	b.wantOutcomes(1)
	ds := []domain.Dialog{{Peer: old, MigratedTo: became.ID}, {Peer: became, AccessHash: 5, CanWrite: true}}
	b.ok(b.store.ReplaceDialogs(t.Context(), b.owner.User.OrganizationID, b.accounts[0].ID, ds, b.now))
	b.now = b.now.Add(time.Minute)
	b.hears(b.message(0, became, 3, dispatcherText), b.message(0, b.groups[0], 4, dispatcherText))
	b.wantOutcomes(1, 1)
	if r := b.detections()[1].Replies[0]; r.Peer.ID != became.ID {
		t.Errorf("answered in %d", r.Peer.ID)
	}
}

// TestHearsOnAfterARefusal: a message that cannot be recorded holds up neither those
// beside it nor those that follow.
func TestHearsOnAfterARefusal(t *testing.T) {
	b := newWatchBench(t)
	bad := b.message(0, b.groups[0], 3, dispatcherText)
	bad.AccountID = 999
	b.hears(b.message(0, b.groups[0], 2, dispatcherText), bad, b.message(0, b.groups[0], 4, dispatcherText))
	b.hears(b.message(0, b.groups[0], 5, dispatcherText))
	var senders []int64
	for _, d := range b.detections() {
		senders = append(senders, d.SenderID)
	}
	if !slices.Equal(senders, []int64{2, 4, 5}) {
		t.Errorf("recorded: %v", senders)
	}
}
