package telegram

import (
	"slices"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"postix/domain"
	"postix/telegram/sandbox/world"
)

func TestDialogsOfASeededWorld(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, true)
	many := s.connect("+998901000003")
	began := time.Now()
	ds, err := s.accounts.Dialogs(t.Context(), many)
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("3,000 dialogs took %v", took)
	}
	s.compare("+998901000003", ds)

	mixed := s.connect("+998901000001")
	if ds, err = s.accounts.Dialogs(t.Context(), mixed); err != nil {
		t.Fatal(err)
	}
	s.compare("+998901000001", ds)
}

// compare checks a list against what the world itself says.
func (s *sandbox) compare(phone string, ds []domain.Dialog) {
	s.t.Helper()
	want, err := s.world.Dialogs(phone)
	if err != nil {
		s.t.Fatal(err)
	}
	got := map[int64]domain.Dialog{}
	for _, d := range ds {
		if _, twice := got[int64(d.ID)]; twice {
			s.t.Errorf("%d is there twice", d.ID)
		}
		got[int64(d.ID)] = d
	}
	left := 0
	for _, w := range want {
		d, ok := got[w.ChatID]
		if w.ChatID == serviceUser {
			left++
			if ok {
				s.t.Error("the service is listed")
			}
			continue
		}
		if !ok {
			s.t.Errorf("%d %s is missing", w.ChatID, w.Title)
			continue
		}
		// That a person has blocked us is told by nobody before a message is refused.
		if d.CanWrite != (w.Refused == "") && w.Refused != "USER_IS_BLOCKED" {
			s.t.Errorf("%s %s: can write %v (%s), the world says %q", d.Kind, d.Title, d.CanWrite, d.DenyReason, w.Refused)
		}
		if d.CanWrite != (d.DenyReason == "") || d.DenyReason != "" && !slices.Contains(domain.Reasons(), d.DenyReason) {
			s.t.Errorf("%s: reason %q", d.Title, d.DenyReason)
		}
		c, isChat := s.world.Chat(w.ChatID)
		if !isChat {
			continue
		}
		if d.Title != c.Title || d.Username != c.Username && d.CanWrite || string(d.Kind) != string(c.Kind) {
			s.t.Errorf("%d: %+v, want %+v", w.ChatID, d.Peer, c)
		}
		if d.CanWrite && (d.SlowMode != time.Duration(c.SlowMode)*time.Second || d.Forum != c.Forum || d.Members != c.MembersCount) {
			s.t.Errorf("%s: slow %v, forum %v, members %d; want %+v", d.Title, d.SlowMode, d.Forum, d.Members, c)
		}
		if int64(d.MigratedTo) != c.MigratedTo {
			s.t.Errorf("%s: migrated to %d, want %d", d.Title, d.MigratedTo, c.MigratedTo)
		}
	}
	if len(ds)+left != len(want) {
		s.t.Errorf("%d dialogs, want %d without the service", len(ds), len(want))
	}
}

func TestDialogsKeepTheSilenceThatTelegramAsksFor(t *testing.T) {
	t.Parallel()
	s, acc, _ := pair(t)
	s.fault(world.Fault{Method: "messages.getDialogs", Mode: world.FaultBefore, Error: "FLOOD_WAIT_1"})
	began := time.Now()
	if _, err := s.accounts.Dialogs(t.Context(), acc); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < time.Second {
		t.Errorf("asked again after %v", took)
	}
	s.fault(world.Fault{Method: "messages.getDialogs", Mode: world.FaultBefore, Error: "FLOOD_WAIT_600"})
	_, err := s.accounts.Dialogs(t.Context(), acc)
	if e := wantKey(t, err, "telegram.wait"); e.Code != domain.Limited || e.RetryAfter != 10*time.Minute {
		t.Errorf("%+v", e)
	}
	s.fault(world.Fault{Method: "messages.getDialogs", Mode: world.FaultDropAfterAck})
	if _, err := s.accounts.Dialogs(t.Context(), acc); err != nil {
		t.Errorf("an answer that got lost: %v", err)
	}
	if _, err := s.accounts.Dialogs(t.Context(), domain.Account{ID: 99}); !domain.IsKey(err, "account.not_connected") {
		t.Errorf("an account without a client: %v", err)
	}
}

func TestRights(t *testing.T) {
	t.Parallel()
	never := tg.ChatBannedRights{SendMessages: true}
	admin := tg.ChatAdminRights{ChangeInfo: true}
	post := tg.ChatAdminRights{PostMessages: true}
	with := func(c tg.Channel, a *tg.ChatAdminRights) *tg.Channel {
		if a != nil {
			c.SetAdminRights(*a)
		}
		return &c
	}
	for name, c := range map[string]struct {
		chat   tg.ChatClass
		reason string
		slow   bool
	}{
		"member":                {with(tg.Channel{Megagroup: true, SlowmodeEnabled: true}, nil), "", true},
		"admin of a slow group": {with(tg.Channel{Megagroup: true, SlowmodeEnabled: true}, &admin), "", false},
		"silent group":          {with(tg.Channel{Megagroup: true, DefaultBannedRights: never}, nil), "chat_write_forbidden", false},
		"admin of a silent one": {with(tg.Channel{Megagroup: true, DefaultBannedRights: never}, &admin), "", false},
		"text forbidden":        {with(tg.Channel{Megagroup: true, DefaultBannedRights: tg.ChatBannedRights{SendPlain: true}}, nil), "chat_write_forbidden", false},
		"silenced":              {with(tg.Channel{Megagroup: true, BannedRights: never}, nil), "chat_write_forbidden", false},
		"left":                  {with(tg.Channel{Megagroup: true, Left: true}, nil), "not_member", false},
		"reader of a channel":   {with(tg.Channel{Broadcast: true}, nil), "chat_admin_required", false},
		"editor of a channel":   {with(tg.Channel{Broadcast: true}, &admin), "chat_admin_required", false},
		"author of a channel":   {with(tg.Channel{Broadcast: true}, &post), "", false},
		"owner of a channel":    {&tg.Channel{Broadcast: true, Creator: true}, "", false},
		"paid":                  {with(tg.Channel{Megagroup: true, SendPaidMessagesStars: 5}, nil), "payment_required", false},
		"forbidden channel":     {&tg.ChannelForbidden{Megagroup: true}, "not_member", false},
		"forbidden group":       {&tg.ChatForbidden{}, "not_member", false},
		"left group":            {&tg.Chat{Left: true}, "not_member", false},
		"closed group":          {&tg.Chat{Deactivated: true}, "chat_deactivated", false},
		"silent basic group":    {&tg.Chat{DefaultBannedRights: never}, "chat_write_forbidden", false},
		"own silent group":      {&tg.Chat{DefaultBannedRights: never, Creator: true}, "", false},
	} {
		d, slow, ok := chatDialog(c.chat)
		if !ok || d.DenyReason != c.reason || d.CanWrite != (c.reason == "") || c.reason == "" && slow != c.slow {
			t.Errorf("%s: %v, %q, slow %v", name, ok, d.DenyReason, slow)
		}
	}
	for name, u := range map[string]*tg.User{"self": {ID: 5, Self: true}, "service": {ID: 777000}} {
		if _, ok := userDialog(u); ok {
			t.Errorf("%s is listed", name)
		}
	}
	if d, ok := userDialog(&tg.User{ID: 5, Deleted: true}); !ok || d.CanWrite || d.Title != "#5" {
		t.Errorf("a deleted person: %+v", d)
	}
	if d, ok := userDialog(&tg.User{ID: 5, Bot: true, FirstName: "B", Usernames: []tg.Username{{Username: "off"}, {Username: "on_bot", Active: true}}}); !ok ||
		d.Kind != domain.KindBot || !d.CanWrite || d.Username != "on_bot" {
		t.Errorf("a bot: %+v", d)
	}
}

func TestMarkedIDs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id   domain.PeerID
		want tg.InputPeerClass
	}{
		{42, &tg.InputPeerUser{UserID: 42, AccessHash: 9}},
		{-42, &tg.InputPeerChat{ChatID: 42}},
		{-1000000000042, &tg.InputPeerChannel{ChannelID: 42, AccessHash: 9}},
		{-1001900000001, &tg.InputPeerChannel{ChannelID: 1900000001, AccessHash: 9}},
	} {
		got := inputPeer(domain.Dialog{Peer: domain.Peer{ID: c.id}, AccessHash: 9})
		if got.String() != c.want.String() {
			t.Errorf("%d: %s", c.id, got)
		}
	}
}
