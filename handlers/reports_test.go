package handlers_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"postix/domain"
	"postix/domain/filter"
	"postix/views"
)

const reportsPath = watchPath + "/reports"

var reportPaths = []string{reportsPath, reportsPath + ".csv", reportsPath + ".xlsx", watchPath + "/detections.csv", watchPath + "/detections.xlsx"}

// deskDay is the desk's today, in Tashkent.
var deskDay = time.Date(2026, 11, 20, 0, 0, 0, 0, time.FixedZone("Tashkent", 5*60*60))

// records stores detections as if the filter had found them.
func (d *watchDesk) records(js ...domain.Judged) []domain.Detection {
	d.t.Helper()
	return deskValue[[]domain.Detection](d.t)(d.store.Record(d.t.Context(), d.org.ID, js))
}

// found is a detection of the rules.
func (d *watchDesk) found(m domain.GroupMessage, at time.Time, text string, rules ...filter.Rule) domain.Judged {
	d.said++
	m.ID, m.At, m.Text = d.said, at, text
	j := domain.Judged{Incoming: domain.Incoming{OrganizationID: d.org.ID, AccountID: d.account.ID, GroupMessage: m}}
	j.Verdict = filter.Verdict{Dispatcher: len(rules) > 0, Phones: []string{"+998901234567"}}
	for i, r := range rules {
		if i == 0 {
			j.Verdict.Rule = r
		}
		j.Verdict.Hits = append(j.Verdict.Hits, filter.Hit{Rule: r, Severity: r.Severity(), Seen: "Moskva", Count: 5})
		j.Verdict.Severity = max(j.Verdict.Severity, r.Severity())
	}
	return j
}

// lines reads a file of commas, which are semicolons, without its mark.
func lines(t *testing.T, body string) [][]string {
	t.Helper()
	rest, marked := strings.CutPrefix(body, "\uFEFF")
	r := csv.NewReader(strings.NewReader(rest))
	r.Comma, r.FieldsPerRecord = ';', -1
	all, err := r.ReadAll()
	if err != nil || !marked {
		t.Fatalf("marked %t, %v in:\n%s", marked, err, body)
	}
	return all
}

func column(all [][]string, i int) (out []string) {
	for _, line := range all {
		out = append(out, line[i])
	}
	return out
}

func TestReportsAreForManagers(t *testing.T) {
	d := newWatchDesk(t)
	d.hears(dispatcher(7, "Anvar"), loadAbroad)
	for _, path := range reportPaths {
		for _, u := range []domain.User{d.member, d.admin()} {
			if got := d.browser(u, "en").get(path); got.status != http.StatusForbidden {
				t.Errorf("%s as %s: %d", path, u.Role, got.status)
			}
		}
		for _, u := range []domain.User{d.owner, d.manager} {
			got := d.browser(u, "en").get(path)
			got.wants(t, http.StatusOK)
			if !strings.HasSuffix(path, ".xlsx") {
				got.wants(t, http.StatusOK, "Anvar")
			}
		}
		other := d.browser(d.other.actor.User, "en").get(path)
		other.wants(t, http.StatusOK)
		other.lacks(t, "Anvar")
	}
}

func TestReportPage(t *testing.T) {
	d := newWatchDesk(t)
	anvar, lola := dispatcher(7, "Anvar <b>"), dispatcher(8, "Lola")
	lola.ChatID, lola.ChatTitle = -1_000_000_000_002, "Guruh 2"
	ds := d.records(
		d.found(anvar, deskDay.Add(time.Hour), "a", filter.ForeignRoute, filter.EmojiCount),
		d.found(anvar, deskDay.Add(2*time.Hour), "b", filter.ForeignRoute),
		d.found(anvar, deskDay.Add(-48*time.Hour), "c", filter.PhoneSpam),
		d.found(lola, deskDay.Add(3*time.Hour), "d", filter.EmojiCount),
		d.found(lola, deskDay.Add(4*time.Hour), "no dispatcher's"),
	)
	for i, r := range []domain.Review{domain.ReviewRight, domain.ReviewWrong, domain.ReviewRight} {
		must(t, d.store.SetReview(t.Context(), d.org.ID, ds[i].ID, r, d.owner.ID, deskNow))
	}
	owner := d.browser(d.owner, "en")
	page := owner.get(reportsPath)
	page.sound(t)
	page.wants(t, http.StatusOK,
		`aria-current="true">7 days`, `value="2026-11-14"`, `value="2026-11-20"`,
		">5<", ">4<", "Reviewed: 3, right: 2",
		"<title>20 Nov 2026 · detections: 3 · replies: 0 · messages: 4</title>",
		"50% · right: 1, wrong: 1", "100% · right: 1, wrong: 0", "Not reviewed",
		"Anvar &lt;b&gt;", "Guruh 2", "Marked",
		"/admin/watch?from=2026-11-14&amp;rule=foreign_route&amp;to=2026-11-20",
		"/admin/watch?from=2026-11-14&amp;sender=7&amp;to=2026-11-20",
		"/admin/watch?from=2026-11-14&amp;group=-1000000000002&amp;to=2026-11-20",
		"/admin/watch/reports.csv?days=7",
	)
	page.lacks(t, "Anvar <b>", `data-mark="replies"`)
	owner.get("/admin/watch?from=2026-11-14&group=-1000000000002&to=2026-11-20").lacks(t, "Anvar")
	for _, lang := range []string{"uz", "uz-Cyrl", "ru", "en"} {
		b := d.browser(d.owner, lang)
		b.get(reportsPath + "?days=90").sound(t)
		b.get(reportsPath + "?from=2020-01-01&to=2020-01-02").sound(t)
		b.get(reportsPath + "?from=x").sound(t)
	}
	owner.get(reportsPath+"?from=2020-01-01&to=2020-01-02").wants(t, http.StatusOK, "Nothing was found in this time", "/admin/watch/reports.xlsx?from=2020-01-01&amp;to=2020-01-02")
}

// A period is made of whole days of the organization's zone.
func TestReportPeriod(t *testing.T) {
	d := newWatchDesk(t)
	var js []domain.Judged
	for i, at := range []time.Time{
		deskDay.AddDate(0, 0, -6).Add(-time.Millisecond), deskDay.AddDate(0, 0, -6), // the first of seven days
		deskDay.AddDate(0, 0, -1).Add(-time.Millisecond), deskDay.AddDate(0, 0, -1), deskDay.Add(-time.Millisecond), deskDay, // yesterday
	} {
		js = append(js, d.found(dispatcher(int64(100+i), fmt.Sprintf("Sender%d.", i)), at, "x", filter.ForeignRoute))
	}
	d.records(js...)
	for query, want := range map[string][]int{
		"":                                   {1, 2, 3, 4, 5},
		"?days=7":                            {1, 2, 3, 4, 5},
		"?days=8":                            {1, 2, 3, 4, 5}, // not one of them
		"?days=14":                           {0, 1, 2, 3, 4, 5},
		"?days=14&from=2026-11-19":           {0, 1, 2, 3, 4, 5},
		"?from=2026-11-19&to=2026-11-19":     {3, 4},
		"?from=2026-11-19":                   {3, 4, 5},
		"?to=2026-11-19":                     {3, 4},
		"?from=2026-11-20&to=2027-01-31":     {5},
		"?from=2025-11-20&to=2026-11-20":     {0, 1, 2, 3, 4, 5}, // 366 days
		"?from=2026-11-18&to=2026-11-18&x=y": {2},
	} {
		page := d.browser(d.owner, "en").get(reportsPath + query)
		page.wants(t, http.StatusOK)
		for i := range js {
			if name := fmt.Sprintf("Sender%d.", i); strings.Contains(page.body, name) != slices.Contains(want, i) {
				t.Errorf("%q: shows %s %t", query, name, !slices.Contains(want, i))
			}
		}
	}
}

func TestReportOfNoPeriod(t *testing.T) {
	d := newWatchDesk(t)
	d.hears(dispatcher(7, "Anvar"), loadAbroad)
	owner := d.browser(d.owner, "en")
	for query, says := range map[string]string{
		"?from=2026-11-20&to=2026-11-19": "The last day is before the first one.",
		"?from=2025-11-19&to=2026-11-20": "at most 366 days",
		"?from=2026-02-30&to=2026-11-20": "Choose a day.",
		"?from=2026-11-20&to=soon":       "Choose a day.",
		"?from=0001-01-01&to=9999-12-31": "at most 366 days",
	} {
		page := owner.get(reportsPath + query)
		page.wants(t, http.StatusUnprocessableEntity, says, `aria-invalid="true"`)
		page.lacks(t, "Anvar", "report-figures")
		from, _, _ := strings.Cut(strings.TrimPrefix(query, "?from="), "&")
		page.wants(t, http.StatusUnprocessableEntity, `value="`+from+`"`) // what was typed is not lost
		for _, f := range []string{".csv", ".xlsx"} {
			if got := owner.get(reportsPath + f + query); got.status != http.StatusUnprocessableEntity || strings.Contains(got.body, "Anvar") {
				t.Errorf("%s%s: %d", f, query, got.status)
			}
		}
	}
}

func TestReportFiles(t *testing.T) {
	d := newWatchDesk(t)
	ds := d.records(
		d.found(dispatcher(7, "=HYPERLINK(1)"), deskDay.Add(time.Hour), "a", filter.PhoneSpam, filter.ForeignRoute),
		d.found(dispatcher(8, "Lola"), deskDay.Add(-24*time.Hour), "b", filter.ForeignRoute),
	)
	must(t, d.store.SetReview(t.Context(), d.org.ID, ds[1].ID, domain.ReviewWrong, d.owner.ID, deskNow))
	got := d.browser(d.owner, "en").get(reportsPath + ".csv?from=2026-11-19&to=2026-11-20")
	all := lines(t, got.body)
	for _, want := range []string{
		"Time zone|Asia/Tashkent", "Detections|2", "Reviewed|1", "Wrong|1",
		"2026-11-19|1|1|0", "2026-11-20|1|1|0",
		"Phone in many groups|1|0|0|Not reviewed", "Route abroad|2|0|1|0",
		"'=HYPERLINK(1)|user_7|7|1|2026-11-20 01:00:00", "Lola|user_8|8|1|",
		"Guruh 1|'-1000000000001|2",
	} {
		if !slices.ContainsFunc(all, func(l []string) bool { return strings.Join(l, "|") == want }) {
			t.Errorf("no line %q in:\n%s", want, got.body)
		}
	}
	for _, lang := range []string{"uz", "uz-Cyrl", "ru", "en"} {
		body := d.browser(d.owner, lang).get(reportsPath + ".xlsx?days=90").body
		f := deskValue[*excelize.File](t)(excelize.OpenReader(bytes.NewReader([]byte(body))))
		names := f.GetSheetList()
		if len(names) != 5 {
			t.Fatalf("%s: sheets %q", lang, names)
		}
		if v := deskValue[string](t)(f.GetCellValue(names[3], "A2")); v != "'=HYPERLINK(1)" {
			t.Errorf("%s: the top sender is %q", lang, v)
		}
		if v := deskValue[string](t)(f.GetCellFormula(names[3], "A2")); v != "" {
			t.Errorf("%s: the top sender is the formula %q", lang, v)
		}
		must(t, f.Close())
	}
}

// The file of detections holds what the list shows, with its filters.
func TestDetectionsFile(t *testing.T) {
	d := newWatchDesk(t)
	ds := d.records(
		d.found(dispatcher(7, "+Anvar"), deskDay.Add(time.Hour), "=1+1; yuk\nbor\u202e", filter.PhoneSpam, filter.ForeignRoute),
		d.found(dispatcher(8, "Lola"), deskDay.Add(-24*time.Hour), "yuk", filter.ForeignRoute),
		d.found(dispatcher(9, "Zafar"), deskDay.Add(2*time.Hour), "uy", filter.EmojiCount),
	)
	must(t, d.store.NoteSilence(t.Context(), d.org.ID, ds[0].ID, domain.SilentMode))
	owner := d.browser(d.owner, "en")
	all := lines(t, owner.get(watchPath+"/detections.csv").body)
	if got := column(all, 4); !slices.Equal(got, []string{"Sender", "Zafar", "'+Anvar", "Lola"}) {
		t.Errorf("senders %q", got)
	}
	want := []string{
		"2026-11-20 01:00:00", "Critical", "Phone in many groups, Route abroad", "", "'+Anvar", "user_7", "7", "2026-11-20 01:00:00",
		"Guruh 1", "'-1000000000001", "'=1+1; yuk\nbor⟨202E⟩", "998 90 123 45 67", "Not reviewed", "", "Replies are switched off.",
	}
	got := all[2]
	if saw := got[3]; !strings.Contains(saw, "Moskva") {
		t.Errorf("they saw %q", saw)
	}
	got[3] = ""
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for query, want := range map[string][]string{
		"?rule=foreign_route":            {"'+Anvar", "Lola"},
		"?search=yuk":                    {"'+Anvar", "Lola"},
		"?from=2026-11-20&to=2026-11-20": {"Zafar", "'+Anvar"},
		"?severity=critical":             {"'+Anvar"},
		"?marked=1":                      {"'+Anvar"},
		"?sender=9":                      {"Zafar"},
		"?review=right":                  nil,
		"?page=2":                        {"Zafar", "'+Anvar", "Lola"},
	} {
		if got := column(lines(t, owner.get(watchPath+"/detections.csv"+query).body), 4)[1:]; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	f := deskValue[*excelize.File](t)(excelize.OpenReader(strings.NewReader(owner.get(watchPath + "/detections.xlsx?sender=7").body)))
	rows := deskValue[[][]string](t)(f.GetRows("Detections"))
	if len(rows) != 2 || rows[1][4] != "'+Anvar" || rows[1][10] != "'=1+1; yuk\nbor⟨202E⟩" || rows[1][6] != "7" || rows[1][9] != "-1000000000001" {
		t.Errorf("rows %q", rows)
	}
	must(t, f.Close())
}

func TestFilesAreDownloads(t *testing.T) {
	d := newWatchDesk(t)
	b := d.browser(d.owner, "uz")
	for path, want := range map[string][2]string{
		reportsPath + ".csv?days=7":    {"text/csv; charset=utf-8; header=present", `attachment; filename="report-2026-11-14_2026-11-20.csv"`},
		watchPath + "/detections.xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", `attachment; filename="detections-2026-11-20.xlsx"`},
	} {
		res := deskValue[*http.Response](t)(b.client.Do(b.request(http.MethodGet, path, nil)))
		must(t, res.Body.Close())
		if got := [2]string{res.Header.Get("Content-Type"), res.Header.Get("Content-Disposition")}; got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
		if res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", path, res.Header)
		}
	}
}

// A file holds as many detections as it may, and says so when there are more.
func TestDetectionsFileIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("stores 50,000 detections")
	}
	d := newWatchDesk(t)
	fill := func(n int) {
		for n > 0 {
			js := make([]domain.Judged, min(n, 1000))
			for i := range js {
				js[i] = d.found(dispatcher(7, "Anvar"), deskDay.Add(time.Duration(d.said)*time.Millisecond), fmt.Sprint("yuk ", d.said), filter.ForeignRoute)
			}
			n -= len(d.records(js...))
		}
	}
	owner := d.browser(d.owner, "en")
	fill(views.MostInFile)
	all := lines(t, owner.get(watchPath+"/detections.csv").body)
	if texts := column(all, 10); len(all) != 1+views.MostInFile || len(slices.Compact(slices.Sorted(slices.Values(texts)))) != len(texts) {
		t.Errorf("%d lines, or one twice", len(all))
	}
	fill(1)
	all = lines(t, owner.get(watchPath+"/detections.csv").body)
	if last := all[len(all)-1]; len(all) != 2+views.MostInFile || len(last) != 1 || !strings.HasPrefix(last[0], "Only the newest 50,000 of 50,001") {
		t.Errorf("%d lines, the last is %q", len(all), last)
	}
}
