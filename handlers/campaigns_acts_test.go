package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"postix/domain"
)

func TestCampaignIsPausedAndResumed(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Yuk bor", 1, 0)
	d.open()
	d.settle(nil)
	b := d.browser(d.owner, "uz")
	path := "/admin/campaigns/" + id(c.ID)
	b.get(path).wants(t, http.StatusOK, `action="`+path+`/pause"`, "Toʻxtatib turish")
	b.post(path+"/pause", nil).leads(t, path, "ok campaign.now_paused")
	b.post(path+"/pause", nil).leads(t, path, "warn campaign.paused")
	paused := b.get(path)
	paused.wants(t, http.StatusOK, "Toʻxtab turibdi", "Qoʻlda toʻxtatib qoʻyilgan.", "Hech narsa yoʻqolmaydi", `action="`+path+`/resume"`,
		`<span class="small" title="">Yuborish toʻxtatib turilibdi.</span>`)
	paused.lacks(t, path+"/pause")
	paused.sound(t)
	b.post(path+"/resume", nil).leads(t, path, "ok campaign.resumed")
	b.post(path+"/resume", nil).leads(t, path, "warn campaign.not_paused")
	b.get(path).wants(t, http.StatusOK, "<span>Yuborilmoqda</span>")
	if got, want := sums(b.get(path).body), "5 = 1 + 0 + 0 + 0 + 0 + 0 + 4"; got != want {
		t.Errorf("the sum says %q, want %q", got, want)
	}
}

// The list's buttons lead back to the list as it was.
func TestCampaignListHasButtons(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Yuk bor", 1, time.Hour)
	done := d.order("Eski", 1, 2*time.Hour)
	b := d.browser(d.owner, "uz")
	path, list := "/admin/campaigns/"+id(c.ID), "/admin/campaigns?status=scheduled"
	b.post("/admin/campaigns/"+id(done.ID)+"/cancel", nil)
	page := b.get(list)
	page.wants(t, http.StatusOK, path+"/pause", path+"/cancel", `name="back" value="`+list+`"`)
	page.sound(t)
	all := b.get("/admin/campaigns")
	all.lacks(t, id(done.ID)+"/pause", id(done.ID)+"/cancel")
	b.post(path+"/pause", url.Values{"back": {list}}).leads(t, list, "ok campaign.now_paused")
	b.get("/admin/campaigns").wants(t, http.StatusOK, path+"/resume")
	b.post(path+"/resume", url.Values{"back": {"https://evil.example/admin/campaigns"}}).leads(t, path, "ok campaign.resumed")
	b.post(path+"/cancel", url.Values{"back": {"/admin/accounts"}}).leads(t, path, "ok campaign.now_cancelled")
}

func TestCampaignIsStartedEarly(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Yuk bor", 1, 20*time.Hour)
	b := d.browser(d.owner, "uz")
	path := "/admin/campaigns/" + id(c.ID)
	b.get(path).wants(t, http.StatusOK, `action="`+path+`/start"`, "“Yuk bor” hozir boshlansinmi?", "Reja: ertaga 11:00.")
	b.post(path+"/start", nil).leads(t, path, "ok campaign.now_started")
	d.open()
	b.post(path+"/start", nil).leads(t, path, "warn campaign.started")
	a := b.get(path)
	a.wants(t, http.StatusOK, "<span>Yuborilmoqda</span>", "Guruh 5")
	a.lacks(t, path+"/start")
}

func TestMissedRoundIsSentAfterAll(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Yuk bor", 1, time.Minute)
	d.openAt(deskNow.Add(40 * time.Minute))
	b := d.browser(d.owner, "uz")
	path := "/admin/campaigns/" + id(c.ID)
	send := path + "/rounds/1/send"
	missed := b.get(path)
	missed.wants(t, http.StatusOK, "Vaqti oʻtib ketdi", "5 ta xabarning vaqti oʻtib ketdi", "Hali xabar yoʻq", "hozir yuborish mumkin.", `action="`+send+`"`, "1-aylanish hozir yuborilsinmi?")
	missed.sound(t)
	b.post(send, nil).leads(t, path, "ok campaign.missed_sent")
	b.post(send, nil).leads(t, path, "warn campaign.round_open")
	for range d.peers {
		d.settle(nil)
	}
	sent := b.get(path)
	sent.wants(t, http.StatusOK, "kech boshlandi", "<span>Tugadi</span>")
	sent.lacks(t, send)
	b.post(send, nil).leads(t, path, "warn campaign.round_not_missed")
	b.post(path+"/rounds/7/send", nil).leads(t, path, "warn campaign.round_not_missed")
	b.post(path+"/rounds/x/send", nil).wants(t, http.StatusNotFound)
	if got, want := sums(sent.body), "5 = 5 + 0 + 0 + 0 + 0 + 0 + 0"; got != want {
		t.Errorf("the sum says %q, want %q", got, want)
	}
}

func TestMissedRoundsKeepTheirDistance(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Yuk bor", 2, time.Hour)
	d.openAt(deskNow.Add(3 * time.Hour))
	b := d.browser(d.owner, "uz")
	path := "/admin/campaigns/" + id(c.ID)
	b.post(path+"/rounds/1/send", nil).leads(t, path, "ok campaign.missed_sent")
	for range d.peers {
		d.settle(nil)
	}
	b.post(path+"/rounds/2/send", nil).leads(t, path, "warn campaign.missed_early")
}

func TestFailedMessagesAreSentAgain(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Yuk bor", 1, 0)
	d.open()
	for range 2 {
		d.settle(&domain.SendError{Action: domain.ActFailPeer, Code: "CHAT_RESTRICTED"})
	}
	for range 3 {
		d.settle(nil)
	}
	b := d.browser(d.owner, "uz")
	path := "/admin/campaigns/" + id(c.ID)
	failed := b.get(path)
	failed.wants(t, http.StatusOK, "1-aylanishda 2 ta xabar yuborilmadi", "Qayta yuborish (2)", path+"?round=1&amp;status=failed#deliveries", `action="`+path+`/rounds/1/retry"`)
	failed.sound(t)
	b.post(path+"/rounds/1/retry", nil).leads(t, path, "ok campaign.retried")
	b.post(path+"/rounds/1/retry", nil).leads(t, path, "warn campaign.none_failed")
	again := b.get(path)
	again.lacks(t, "/retry")
	if got, want := sums(again.body), "5 = 3 + 0 + 0 + 0 + 0 + 0 + 2"; got != want {
		t.Errorf("the sum says %q, want %q", got, want)
	}
}

// What is uncertain of a campaign that is done is given up from the list too.
func TestUncertainMessagesAreGivenUp(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Yuk bor", 1, 0)
	d.open()
	for range 4 {
		d.settle(nil)
	}
	d.settle(&domain.SendError{Action: domain.ActRetry, Code: "TIMEOUT"})
	b := d.browser(d.owner, "uz")
	path := "/admin/campaigns/" + id(c.ID)
	for _, at := range []string{path, "/admin/campaigns"} {
		done := b.get(at)
		done.wants(t, http.StatusOK, "<span>Tugadi</span>", `action="`+path+`/cancel"`, "1 ta noaniq xabar faqat tekshiriladi, qayta yuborilmaydi.")
		done.lacks(t, `action="`+path+`/pause"`)
		done.sound(t)
	}
	b.post(path+"/cancel", nil).leads(t, path, "ok campaign.now_cancelled")
	b.get(path).lacks(t, `action="`+path+`/cancel"`)
}

func TestUncertainMessagesAreLookedFor(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Yuk bor", 1, 0)
	d.open()
	d.settle(&domain.SendError{Action: domain.ActRetry, Code: "TIMEOUT"})
	b := d.browser(d.owner, "uz")
	path := "/admin/campaigns/" + id(c.ID)
	b.get(path).wants(t, http.StatusOK, "1 ta xabar noaniq", `action="`+path+`/look"`)
	for range 2 {
		b.post(path+"/look", nil).leads(t, path, "ok campaign.looking")
	}
}

// A paused campaign says how it can go on.
func TestRefusedTextIsMended(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Yuk bor", 1, 0)
	d.open()
	d.settle(&domain.SendError{Action: domain.ActFailCampaign, Code: "ENTITY_BOUNDS_INVALID"})
	b := d.browser(d.owner, "uz")
	path := "/admin/campaigns/" + id(c.ID)
	b.get(path).wants(t, http.StatusOK, "Toʻxtab turibdi", "Matn bezagida xato bor.", "Telegram matnni qabul qilmadi", `href="`+path+`/text"`, path+"/rounds/1/retry", path+"/resume")
	b.post(path+"/text", url.Values{"version": {"1"}, "text": {"Tuzatilgan matn"}}).leads(t, path, "ok campaign.text_saved")
	b.post(path+"/rounds/1/retry", nil).leads(t, path, "ok campaign.retried")
	b.post(path+"/resume", nil).leads(t, path, "ok campaign.resumed")
	if a := d.settle(nil); a.Text != "Tuzatilgan matn" || a.TextVersion != 2 {
		t.Errorf("goes on with version %d, %q", a.TextVersion, a.Text)
	}
}

// Of each round what failed can be sent again, but for chats that have just had
// another one.
func TestFailedMessagesOfAnEarlierRound(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Yuk bor", 2, 0)
	refused := &domain.SendError{Action: domain.ActFailPeer, Code: "CHAT_RESTRICTED"}
	for round, failed := range []int{2, 1} {
		d.openAt(deskNow.Add(time.Duration(round) * time.Hour))
		for i := range d.peers {
			if i < failed {
				d.settle(refused)
			} else {
				d.settle(nil)
			}
		}
	}
	b := d.browser(d.owner, "uz")
	path := "/admin/campaigns/" + id(c.ID)
	page := b.get(path)
	page.wants(t, http.StatusOK, "2-aylanishda 1 ta xabar yuborilmadi", "Boshqa aylanishlarda yana 2 ta xabar yuborilmagan.",
		"1-aylanishdagi 2 ta yuborilmagan xabar qayta yuborilsinmi?", "oradan 1 soat oʻtishi kerak", `action="`+path+`/rounds/1/retry"`, `action="`+path+`/rounds/2/retry"`)
	page.sound(t)
	b.post(path+"/rounds/1/retry", nil).leads(t, path, "ok campaign.retried_some")
	b.post(path+"/rounds/1/retry", nil).leads(t, path, "warn campaign.retry_early")
	b.post(path+"/rounds/2/retry", nil).leads(t, path, "warn campaign.retry_early")
	if a := d.settle(nil); a.Round != 1 || a.Dialog.ID != d.peers[0].ID {
		t.Errorf("sent again as %+v", a)
	}
	if got, want := sums(b.get(path).body), "10 = 8 + 2 + 0 + 0 + 0 + 0 + 0"; got != want {
		t.Errorf("the sum says %q, want %q", got, want)
	}
	b.post(path+"/rounds/7/retry", nil).leads(t, path, "warn campaign.none_failed")
	b.post(path+"/rounds/x/retry", nil).wants(t, http.StatusNotFound)
}

func TestTextIsChanged(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Yuk bor", 2, 0)
	d.open()
	d.settle(nil)
	b := d.browser(d.owner, "uz")
	path := "/admin/campaigns/" + id(c.ID)
	form := b.get(path + "/text")
	form.wants(t, http.StatusOK, "Yuk bor</textarea>", `name="version" value="1"`, "hali yuborilmagan 9 ta xabarga", "1 ta xabar avvalgi matn bilan ketgan")
	form.sound(t)
	b.post(path+"/text", url.Values{"version": {"1"}, "text": {"  "}}).wants(t, http.StatusUnprocessableEntity, "Xabar matnini yozing.", `name="version" value="1"`)
	fields := url.Values{"version": {"1"}, "text": {"Yuk yoʻq <b>"}}
	for range 2 { // a second click is the same wish
		b.post(path+"/text", fields).leads(t, path, "ok campaign.text_saved")
	}
	d.settle(nil)
	page := b.get(path)
	page.wants(t, http.StatusOK, "Matnning 2 ta varianti", "<bdi>Sardor</bdi>", "Yuk yoʻq &lt;b&gt;", "1-matn", "2-matn")
	page.sound(t)

	theirs := b.post(path+"/text", url.Values{"version": {"1"}, "text": {"Mening matnim"}})
	theirs.wants(t, http.StatusConflict, "Mening matnim</textarea>", "Siz yozayotganda matn oʻzgardi.", "Sardor matnni oʻzgartirdi (15:00):", "Yuk yoʻq &lt;b&gt;", `name="version" value="2"`)
	theirs.sound(t)
	b.post(path+"/text", url.Values{"version": {"2"}, "text": {"Mening matnim"}}).leads(t, path, "ok campaign.text_saved")
	if a := d.settle(nil); a.Text != "Mening matnim" || a.TextVersion != 3 {
		t.Errorf("sent version %d, %q", a.TextVersion, a.Text)
	}

	b.post(path+"/cancel", nil)
	ended := b.post(path+"/text", url.Values{"version": {"3"}, "text": {"Kech qoldi"}})
	ended.wants(t, http.StatusConflict, "Kech qoldi</textarea>", "allaqachon yakunlangan", "Shu matn bilan yangi yuborish", `formaction="/admin/campaigns/new"`)
	ended.sound(t)
	b.get(path+"/text").leads(t, path, "warn campaign.ended")
	fields = url.Values{"edit": {"1"}, "catalog": {id(d.catalog.ID)}, "account": {id(d.account.ID)}, "rounds": {"2"}, "every": {"1"}, "unit": {"hours"}, "text": {"Kech qoldi"}}
	b.post("/admin/campaigns/new", fields).wants(t, http.StatusOK, "Kech qoldi</textarea>", `name="rounds" type="number" value="2"`, `value="`+id(d.catalog.ID)+`" selected`)
}

// The page names the cap as the account has it on that day: a quarter of the
// organization's on its first.
func TestCapIsNamed(t *testing.T) {
	d := newCampaignDesk(t)
	pace := domain.DefaultPace
	pace.PerHour = 8
	d.org = deskValue[domain.Organization](t)(d.store.CreateOrganization(t.Context(), domain.Organization{
		Name: "Yangi", Zone: domain.DefaultZone, Pace: pace, Limits: domain.Limits{Accounts: 1}, CreatedAt: deskNow,
	}))
	d.owner = d.user(d.org, domain.RoleOwner, "Nodira")
	d.account, d.catalog = d.equip(d.org, d.owner, d.owner, "+998900000001")
	c := d.order("Yuk bor", 1, 0)
	d.open()
	for range 2 {
		d.settle(nil)
	}
	turn, err := d.store.Claim(t.Context(), d.account.ID, deskNow.Add(30*time.Second))
	if err != nil || turn.Attempt != nil {
		t.Fatalf("the cap lets %v out (%v)", turn.Attempt, err)
	}
	b := d.browser(d.owner, "uz")
	page := b.get("/admin/campaigns/" + id(c.ID))
	page.wants(t, http.StatusOK, "Kutmoqda", "<small>Raqamning soatlik cheklovi: 2 ta xabar.</small>", `<span class="small" title="">Raqamning soatlik cheklovi: 2 ta xabar.</span>`,
		fmt.Sprintf(`data-until="%d"`, deskNow.Add(time.Hour).UnixMilli()))
	page.sound(t)
	b.get("/admin/campaigns").wants(t, http.StatusOK, "Raqam soatlik cheklovga yetdi.", "data-until=")
}
