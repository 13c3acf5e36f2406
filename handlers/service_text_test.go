package handlers_test

import (
	"database/sql"
	"net/http"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"postix/domain"
)

const secretText = "Maxfiy yuk Andijondan Moskvaga"

// campaignOf orders one with a text that nobody else should see.
func (p *panel) campaignOf(a domain.Actor, acc domain.Account, text string) domain.Campaign {
	p.t.Helper()
	now := time.Now().UTC()
	peers := []domain.Peer{{ID: -1_000_000_000_777, Kind: domain.KindSupergroup, Title: "Guruh"}}
	cat, err := p.store.CreateCatalog(p.t.Context(), domain.Catalog{OrganizationID: a.User.OrganizationID, UserID: a.User.ID, Name: "Maxfiy roʻyxat", CreatedAt: now, UpdatedAt: now})
	must(p.t, err)
	c, _, err := p.store.CreateCampaign(p.t.Context(), domain.Campaign{
		OrganizationID: a.User.OrganizationID, UserID: a.User.ID, UUID: domain.NewToken(), AccountID: acc.ID, CatalogID: cat.ID, CatalogName: cat.Name,
		Text: text, Rounds: 1, StartAt: now.Add(time.Hour), PlannedEnd: now.Add(2 * time.Hour), CreatedAt: now,
	}, peers)
	must(p.t, err)
	return c
}

// readings are the entries of that organization's audit about texts that were read.
func (p *panel) readings(organizationID int64) []domain.AuditEntry {
	p.t.Helper()
	es, err := p.store.Audit(p.t.Context(), domain.AuditFilter{OrganizationID: organizationID, Event: domain.AuditCampaignRead})
	must(p.t, err)
	return es
}

// TestReadingATextIsKeptFirst: a service admin sees a text only by a POST that is in
// the audit of its organization, where its owner finds it; no other page of his has
// a word of it.
func TestReadingATextIsKeptFirst(t *testing.T) {
	p := newPanel(t)
	acc := p.account(p.owner, "+998901112233", 501)
	c := p.campaignOf(p.owner, acc, secretText)
	org := "/admin/service/organizations/" + itoa(p.owner.User.OrganizationID)
	text := org + "/campaigns/" + itoa(c.ID) + "/text"
	b := p.asAdmin()
	for _, path := range []string{
		"/admin/service", org, org + "/users", org + "/users/" + itoa(p.owner.User.ID), org + "/numbers", org + "/campaigns", text,
		"/admin/audit", "/admin/audit.csv", "/admin/notices", "/admin/campaigns", "/admin/catalogs", "/admin/accounts",
	} {
		status, body := b.get(path)
		says(t, status, body, http.StatusOK)
		if strings.Contains(body, "Maxfiy") {
			t.Errorf("%s shows what the organization has written", path)
		}
	}
	for _, path := range []string{
		"/admin/campaigns/" + itoa(c.ID), "/admin/campaigns/" + itoa(c.ID) + "/text", "/admin/campaigns/" + itoa(c.ID) + "/live",
		"/admin/campaigns/new?repeat=" + itoa(c.ID), "/admin/catalogs/" + itoa(c.CatalogID), "/admin/accounts/" + itoa(acc.ID),
	} {
		if status, body := b.get(path); status != http.StatusNotFound || strings.Contains(body, "Maxfiy") {
			t.Errorf("%s answers %d", path, status)
		}
	}
	for _, search := range []string{"Andijondan", "Samarqanddan"} { // texts are not found by their words either
		if _, body := b.get(org + "/campaigns?search=" + search); !strings.Contains(body, "campaign-"+itoa(c.ID)) {
			t.Errorf("a search for %s tells something of the text", search)
		}
	}
	if got := p.readings(p.owner.User.OrganizationID); len(got) != 0 {
		t.Fatalf("kept before anything was read: %+v", got)
	}
	for range 2 { // each reading for itself
		status, body := b.post(text)
		says(t, status, body, http.StatusOK, secretText, "audit log")
	}
	got := p.readings(p.owner.User.OrganizationID)
	if len(got) != 2 || got[0].User != "Bosh" || got[0].Subject != domain.SubjectCampaign || got[0].SubjectID != c.ID || got[0].IP == "" {
		t.Errorf("kept: %+v", got)
	}
	status, body := p.as(p.owner).get("/admin/audit")
	says(t, status, body, http.StatusOK, "Read a campaign&#39;s text", "Bosh", "/admin/campaigns/"+itoa(c.ID))
	// By way of another organization there is no such campaign, and nothing is kept.
	theirs := "/admin/service/organizations/" + itoa(p.other.User.OrganizationID)
	for _, path := range []string{theirs + "/campaigns/" + itoa(c.ID) + "/text", org + "/campaigns/999/text", "/admin/service/organizations/1/campaigns/" + itoa(c.ID) + "/text"} {
		if status, body := b.post(path); status != http.StatusNotFound || strings.Contains(body, "Maxfiy") {
			t.Errorf("%s answers %d", path, status)
		}
	}
	if again := p.readings(p.owner.User.OrganizationID); len(again) != 2 || len(p.readings(p.other.User.OrganizationID)) != 0 {
		t.Errorf("refused readings are kept: %+v", again)
	}
}

// TestNoTextWithoutAudit: where the audit cannot be written, nothing is shown.
func TestNoTextWithoutAudit(t *testing.T) {
	p := newPanel(t)
	c := p.campaignOf(p.owner, p.account(p.owner, "+998901112233", 501), secretText)
	b := p.asAdmin()
	db, err := sql.Open("sqlite", p.path)
	must(t, err)
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "UPDATE settings SET value = x'00' WHERE key = 'audit_key'"); err != nil {
		t.Fatal(err)
	}
	status, body := b.post("/admin/service/organizations/" + itoa(p.owner.User.OrganizationID) + "/campaigns/" + itoa(c.ID) + "/text")
	if status < 500 || strings.Contains(body, "Maxfiy") {
		t.Errorf("answered %d, with the text %v", status, strings.Contains(body, "Maxfiy"))
	}
}
