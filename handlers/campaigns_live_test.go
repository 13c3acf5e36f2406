package handlers_test

import (
	"bufio"
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

// deskStream reads server-sent events.
type deskStream struct {
	t      *testing.T
	events chan string
}

func (b *deskBrowser) live(path string) *deskStream {
	t := b.desk.t
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	resp, err := b.client.Do(b.request(http.MethodGet, path, nil).WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("the stream answers %d, %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	s := &deskStream{t, make(chan string, 99)}
	go func() {
		defer close(s.events)
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 1<<20)
		var event strings.Builder
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				event.WriteString(data + "\n")
			} else if lines.Text() == "" && event.Len() > 0 {
				s.events <- event.String()
				event.Reset()
			}
		}
	}()
	return s
}

// next is the next event; it fails after a while without one.
func (s *deskStream) next() deskAnswer {
	s.t.Helper()
	e, ok := <-s.events
	if !ok {
		s.t.Fatal("the stream has ended")
	}
	return deskAnswer{status: http.StatusOK, body: e}
}

var streamAddress = regexp.MustCompile(`hx-sse:connect="([^"]*)"`)

// stream is the address of a page's live stream.
func (a deskAnswer) stream(t *testing.T) string {
	t.Helper()
	m := streamAddress.FindAllStringSubmatch(a.body, -1)
	if len(m) != 1 {
		t.Fatalf("the page has %d streams, want 1", len(m))
	}
	return html.UnescapeString(m[0][1])
}

func partial(id string) string { return `<hx-partial hx-target="#` + id + `"` }

func TestCampaignListIsLive(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Yuk bor", 1, 0)
	quiet := d.order("Ertaga", 1, 20*time.Hour)
	d.open()
	row, still := partial(fmt.Sprintf("campaign-%d", c.ID)), partial(fmt.Sprintf("campaign-%d", quiet.ID))
	b := d.browser(d.owner, "uz")
	s := b.live(b.get("/admin/campaigns").stream(t))
	first := s.next()
	first.wants(t, http.StatusOK, row, still, partial("campaign-kpis"), "Yuborilmoqda")
	first.sound(t)

	d.settle(nil)
	d.hub.Changed(d.org.ID)
	second := s.next()
	second.wants(t, http.StatusOK, row, "<b>1</b> / 5")
	second.lacks(t, still) // what has not changed is left alone

	d.order("Yangi", 1, time.Hour)
	third := s.next()
	third.wants(t, http.StatusOK, partial("campaign-news"), "1 ta yangi yuborish", `href="/admin/campaigns"`)
	third.lacks(t, ">Yangi<")
}

func TestCampaignPageIsLive(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Yuk bor", 2, 0)
	b := d.browser(d.owner, "uz")
	s := b.live(b.get(fmt.Sprintf("/admin/campaigns/%d", c.ID)).stream(t))
	s.next().wants(t, http.StatusOK, partial("campaign-state"), partial("campaign-deliveries"), "Birinchi aylanish hali boshlanmagan")

	d.open()
	d.hub.Changed(d.org.ID)
	opened := s.next()
	opened.wants(t, http.StatusOK, partial("campaign-rounds"), partial("campaign-deliveries"), "Guruh 1", "Guruh 5")

	a := d.settle(nil)
	d.hub.Changed(d.org.ID)
	settled := s.next()
	settled.wants(t, http.StatusOK, partial(fmt.Sprintf("delivery-%d", a.DeliveryID)), partial("round-1"), "https://t.me/guruh_1/77")
	settled.lacks(t, partial("campaign-deliveries"), "Guruh 5")
	settled.sound(t)

	for range 4 {
		d.settle(nil)
	}
	d.openAt(deskNow.Add(time.Hour))
	d.hub.Changed(d.org.ID)
	second := s.next()
	second.wants(t, http.StatusOK, partial("delivery-news"), "2-aylanish boshlandi", partial("campaign-rounds"))
	second.lacks(t, partial("campaign-deliveries")) // the list keeps still
}

func TestCampaignPageShowsWhatHoldsItUp(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.order("Yuk bor", 1, 0)
	d.open()
	b := d.browser(d.owner, "uz")
	path := fmt.Sprintf("/admin/campaigns/%d", c.ID)
	s := b.live(b.get(path).stream(t))
	s.next().wants(t, http.StatusOK, "<span>Yuborilmoqda</span>")

	b.post(path+"/pause", nil)
	paused := s.next()
	paused.wants(t, http.StatusOK, partial("campaign-actions"), path+"/resume", partial("campaign-state"), "Toʻxtab turibdi")
	paused.sound(t)
	b.post(path+"/resume", nil)
	s.next().wants(t, http.StatusOK, path+"/pause", "<span>Yuborilmoqda</span>")

	if err := d.store.StopSending(t.Context(), domain.CodeAdminStop); err != nil {
		t.Fatal(err)
	}
	d.hub.ChangedAll()
	s.next().wants(t, http.StatusOK, partial("campaign-state"), "Xizmat administratori yuborishlarni toʻxtatgan.", "Kutmoqda")

	b.post(path+"/text", url.Values{"version": {"1"}, "text": {"Yangi matn"}})
	s.next().wants(t, http.StatusOK, partial("campaign-message"), "Yangi matn", "Matnning 2 ta varianti")
}

func TestCampaignStreamEndsWithTheSession(t *testing.T) {
	d := newCampaignDesk(t)
	b := d.browser(d.owner, "uz")
	s := b.live("/admin/campaigns/live")
	s.next()
	token, _, _ := strings.Cut(strings.TrimPrefix(b.cookie, "postix="), ";")
	if err := d.store.DeleteSession(t.Context(), domain.TokenHash(token)); err != nil {
		t.Fatal(err)
	}
	d.hub.Changed(d.org.ID)
	if e, ok := <-s.events; ok {
		t.Errorf("a signed-out browser was still sent %q", e)
	}
}
