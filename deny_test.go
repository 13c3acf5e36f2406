package main

import (
	"context"
	"testing"
	"time"

	"postix/domain"
)

// Who has blocked one number hears from no number of the organization again: the
// second campaign goes out without a call to him.
func TestWhoHasBlockedIsNotWrittenTo(t *testing.T) {
	tgSide, tg := startTelegram(t)
	a, w, _ := startPanel(t, tgSide.URL(), 50*time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	first := connect(ctx, t, a, tg, w.owner, dilnozaPhone)
	a.logins.Cancel(w.owner)                         // the wizard is free again
	connect(ctx, t, a, tg, w.owner, "+998901000002") // which has a password
	l, err := a.logins.Password(ctx, w.owner, "sandbox2fa")
	if err != nil {
		t.Fatal(err)
	}
	a.background.Wait()
	second := l.Account
	send := func(acc domain.Account) domain.Campaign {
		t.Helper()
		group, _, err := a.store.Dialogs(ctx, acc.OrganizationID, acc.ID, domain.DialogFilter{Chats: true, Writable: true, Limit: 1})
		if err != nil || len(group) == 0 {
			t.Fatalf("no group: %v", err)
		}
		blocker, err := a.store.DialogByUsername(ctx, acc.OrganizationID, acc.ID, "vadim_gruz")
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now().UTC()
		c, _, err := a.store.CreateCampaign(ctx, domain.Campaign{
			OrganizationID: acc.OrganizationID, UserID: w.owner.User.ID, UUID: domain.NewToken(), Token: domain.NewToken(),
			AccountID: acc.ID, CatalogName: "Sinov", Text: "Yuk bor", Rounds: 1, StartAt: now, CreatedAt: now, PlannedEnd: now,
		}, []domain.Peer{blocker.Peer, group[0].Peer})
		if err != nil {
			t.Fatal(err)
		}
		a.hub.Changed(c.OrganizationID)
		eventually(t, "the campaign is done", func() bool {
			c, err = a.store.Campaign(ctx, w.owner.Scope(), c.ID)
			return err == nil && c.Status == domain.CampaignDone
		})
		return c
	}
	if got := send(first).Counts; got.Sent != 1 || got.Failed != 1 {
		t.Errorf("the first: %+v", got)
	}
	denied, _, err := a.store.DeniedPeers(ctx, first.OrganizationID, domain.DenyFilter{})
	if err != nil || len(denied) != 1 || denied[0].Username != "vadim_gruz" || denied[0].Reason != "USER_IS_BLOCKED" {
		t.Fatalf("the list is %+v, %v", denied, err)
	}
	if got := send(second).Counts; got.Sent != 1 || got.Skipped != 1 {
		t.Errorf("the second: %+v", got)
	}
	calls := 0
	for _, e := range journalOf(t, tg) {
		if e.Method == "messages.sendMessage" && e.Chat == int64(denied[0].ID) {
			calls++
		}
	}
	if calls != 1 {
		t.Errorf("%d calls to him", calls)
	}
}
