package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"postix/domain"
)

const (
	formattedText = `Yuk <b>bor</b> 🚚 & narxi "maxfiy": bosing`
	formattedLink = `https://a.uz/?a="b"&c=<script>alert(1)</script>`
	formattedHTML = `<strong>Yuk</strong> &lt;b&gt;<em>bor</em>&lt;/b&gt; 🚚 &amp; narxi &#34;<span data-format="spoiler" title="Yashirin matn: Telegramda bosilganda ochiladi">maxfiy</span>&#34;: ` +
		`<a href="https://a.uz/?a=&#34;b&#34;&amp;c=&lt;script&gt;alert(1)&lt;/script&gt;" rel="noopener noreferrer nofollow" target="_blank">bosing</a> ` +
		`<span data-format="address">(https://a.uz/?a=&#34;b&#34;&amp;c=&lt;script&gt;alert(1)&lt;/script&gt;)</span></p>`
)

// formats are those of formattedText.
func formats() domain.Formats {
	return domain.Formats{
		{Kind: domain.FormatBold, Offset: 0, Length: 3},
		{Kind: domain.FormatItalic, Offset: 7, Length: 3},
		{Kind: domain.FormatSpoiler, Offset: 27, Length: 6},
		{Kind: domain.FormatLink, Offset: 36, Length: 6, URL: formattedLink},
	}
}

// orderFormatted makes a campaign as the bot does.
func (d *campaignDesk) orderFormatted(startsIn time.Duration) domain.Campaign {
	d.t.Helper()
	c, _, err := d.campaigns.Create(d.t.Context(), d.actor(d.owner), domain.Draft{
		Token: domain.NewToken(), CatalogID: d.catalog.ID, AccountID: d.account.ID, Text: formattedText, Formats: formats(), Rounds: 1, StartAt: deskNow.Add(startsIn),
	})
	must(d.t, err)
	return c
}

// The text is shown with its formats, and nothing in it is taken for HTML.
func TestCampaignShowsFormats(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.orderFormatted(time.Hour)
	b, path := d.browser(d.owner, "uz"), "/admin/campaigns/"+id(c.ID)
	page := b.get(path)
	page.wants(t, http.StatusOK, `<p dir="auto">`+formattedHTML)
	page.sound(t)
	page.lacks(t, "<script>alert", "<b>bor")

	b.post(path+"/text", url.Values{"version": {"1"}, "text": {"Yuk yoʻq"}}).leads(t, path, "ok campaign.text_saved")
	page = b.get(path)
	page.wants(t, http.StatusOK, `<p class="version" dir="auto">`+formattedHTML, `<p dir="auto">Yuk yoʻq</p>`, `<p class="version" dir="auto">Yuk yoʻq</p>`)
	page.sound(t)
	if n := strings.Count(page.body, "data-format=\"spoiler\""); n != 1 {
		t.Errorf("%d spoilers", n)
	}
}

// Where the text can be changed, the page says before that its formats go, if it has
// any; saved as it is, it keeps them.
func TestEditOfAFormattedText(t *testing.T) {
	d := newCampaignDesk(t)
	c, plain := d.orderFormatted(time.Hour), d.order("Yuk bor", 1, time.Hour)
	b, path := d.browser(d.owner, "uz"), "/admin/campaigns/"+id(c.ID)
	const note = "Bu yerda matnni oʻzgartirsangiz, u bezaksiz yuboriladi."
	form := b.get(path + "/text")
	form.wants(t, http.StatusOK, note, `data-mirror="text">`+formattedHTML)
	form.sound(t)
	b.get("/admin/campaigns/"+id(plain.ID)+"/text").lacks(t, note)

	same := strings.ReplaceAll("  "+formattedText+"\n", "\n", "\r\n")
	b.post(path+"/text", url.Values{"version": {"1"}, "text": {same}}).leads(t, path, "ok campaign.text_saved")
	if got := d.find(c.ID); got.Texts != 1 || !slices.Equal(got.Formats, formats()) {
		t.Fatalf("saved as it was: version %d, %+v", got.Texts, got.Formats)
	}
	wrong := b.post(path+"/text", url.Values{"version": {"1"}, "text": {" "}})
	wrong.wants(t, http.StatusUnprocessableEntity, note)
	wrong.lacks(t, "data-format")
	b.post(path+"/text", url.Values{"version": {"1"}, "text": {formattedText + "!"}}).leads(t, path, "ok campaign.text_saved")
	if got := d.find(c.ID); got.Texts != 2 || got.Formats != nil {
		t.Errorf("changed: version %d, %+v", got.Texts, got.Formats)
	}
	b.get(path+"/text").lacks(t, note)
}

// A campaign that is ordered again keeps the formats for as long as its text is not
// changed; those of somebody else's nobody gets.
func TestRepeatOfAFormattedText(t *testing.T) {
	d := newCampaignDesk(t)
	c := d.orderFormatted(time.Hour)
	const note = "u bezaksiz yuboriladi"
	b := d.browser(d.owner, "uz")
	b.get("/admin/campaigns/new?repeat="+id(c.ID)).wants(t, http.StatusOK, note, formattedHTML, `name="repeat" value="`+id(c.ID)+`"`)
	fields := d.campaignFields()
	fields.Set("repeat", id(c.ID))
	order := func(text string, twice bool) domain.Campaign {
		fields.Set("token", domain.NewToken())
		fields.Set("text", text)
		at := b.post("/admin/campaigns", fields).to
		if again := b.post("/admin/campaigns", fields).to; twice && again != at {
			t.Errorf("pressed twice it leads to %q and %q", at, again)
		}
		for _, got := range d.all() {
			if "/admin/campaigns/"+id(got.ID) == at {
				return got
			}
		}
		t.Fatalf("no campaign at %q", at)
		return c
	}
	fields.Set("text", formattedText)
	review := b.post("/admin/campaigns/new", fields)
	review.wants(t, http.StatusOK, formattedHTML, `name="repeat" value="`+id(c.ID)+`"`)
	if got := order(formattedText, true); !slices.Equal(got.Formats, formats()) {
		t.Errorf("ordered again with %+v", got.Formats)
	}
	fields.Set("text", formattedText+"!")
	b.post("/admin/campaigns/new", fields).lacks(t, "data-format")
	if got := order(formattedText+"!", true); got.Formats != nil {
		t.Errorf("another text has %+v", got.Formats)
	}
	fields.Set("repeat", "999999")
	if got := order(formattedText, false); got.Formats != nil {
		t.Errorf("of a campaign that is not there it has %+v", got.Formats)
	}
	theirs := d.browser(d.member, "uz")
	fields.Set("text", formattedText)
	fields.Set("repeat", id(c.ID))
	theirs.post("/admin/campaigns/new", fields).lacks(t, "data-format")
}

func (d *campaignDesk) find(id int64) domain.Campaign {
	d.t.Helper()
	c, err := d.store.Campaign(d.t.Context(), domain.Scope{OrganizationID: d.org.ID}, id)
	must(d.t, err)
	return c
}
