package handlers_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"postix/domain"
	"postix/domain/filter"
	"postix/handlers"
)

const (
	watchPath = "/admin/watch"
	// loadAbroad is what the filter's default settings take for a dispatcher's.
	loadAbroad = "Toshkentdan Moskvaga yuk bor, 22 tonna. Tel +998 90 123 45 67"
)

// watchDesk is a desk with the dispatcher filter at work. The member's account
// listens, and all groups are watched.
type watchDesk struct {
	*campaignDesk
	watch   *domain.Watch
	tg      *fakeTelegram
	manager domain.User
	said    int64 // messages so far: the id of the last one
}

func newWatchDesk(t *testing.T) *watchDesk {
	t.Helper()
	d := &watchDesk{campaignDesk: newCampaignDesk(t), tg: &fakeTelegram{}}
	now := func() time.Time { return deskNow }
	d.watch = &domain.Watch{Store: d.store, Answers: d.store, Hub: d.hub, Now: now, Rand: func() float64 { return 0 }, Log: slog.New(slog.DiscardHandler)}
	d.url = withService(t, d.store, d.hub, handlers.Options{
		Now: now, Campaigns: d.campaigns, Watch: d.watch, Reports: d.store,
		Accounts: &domain.Accounts{Store: d.store, Dialogs: d.store, Links: d.tg, Hub: d.hub, Now: now},
	})
	dep := deskValue[domain.Department](t)(d.store.AddDepartment(t.Context(), domain.Department{OrganizationID: d.org.ID, Name: "Savdo"}))
	d.manager = deskValue[domain.User](t)(d.store.CreateUser(t.Context(), domain.User{
		OrganizationID: d.org.ID, DepartmentID: dep.ID, Role: domain.RoleManager, Name: "Lola", CreatedAt: deskNow,
	}, ""))
	must(t, d.store.SetListening(t.Context(), d.org.ID, d.account.ID, true))
	s := domain.DefaultWatchSettings()
	s.AllGroups = true
	must(t, d.watch.SetSettings(t.Context(), d.actor(d.owner), s))
	return d
}

// dispatcher is a sender of messages.
func dispatcher(id int64, name string) domain.GroupMessage {
	return domain.GroupMessage{SenderID: id, FirstName: name, Username: fmt.Sprintf("user_%d", id), ChatID: -1_000_000_000_001, ChatTitle: "Guruh 1", ChatMembers: 1200}
}

// hears lets the account hear what somebody writes, and answers the detections,
// newest first.
func (d *watchDesk) hears(m domain.GroupMessage, text string) []domain.Detection {
	d.t.Helper()
	d.said++
	m.ID, m.Text = d.said, text
	if m.At.IsZero() {
		m.At = deskNow.Add(-time.Hour + time.Duration(d.said)*time.Second)
	}
	must(d.t, d.watch.Hear(d.t.Context(), []domain.Incoming{{OrganizationID: d.org.ID, AccountID: d.account.ID, GroupMessage: m}}))
	ds, _, err := d.store.Detections(d.t.Context(), d.org.ID, domain.DetectionFilter{})
	must(d.t, err)
	return ds
}

// spams is a number that stands in as many groups as phone_spam wants.
func (d *watchDesk) spams(m domain.GroupMessage) {
	d.t.Helper()
	for i := range filter.DefaultSettings().PhoneGroups {
		m.ChatID, m.ChatTitle = -1_000_000_000_100-int64(i), fmt.Sprintf("Yuk %d", i)
		d.hears(m, loadAbroad)
	}
}
