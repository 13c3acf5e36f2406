package main

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"postix/domain"
	"postix/telegram/sandbox/world"
)

var curlForm = regexp.MustCompile(`curl -d '(.*)' (http\S+)\n`)

// TestWelcome: what a newcomer is told to try is so. The stranger's message, sent
// just as it is printed, is found, and answered once the mode is reply; the bot knows
// the member.
func TestWelcome(t *testing.T) {
	t.Parallel()
	tgSide, tg := startTelegram(t)
	a, w, base := startPanel(t, tgSide.URL(), 50*time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := a.connectSeed(ctx, w, tg); err != nil {
		t.Fatal(err)
	}
	stranger, err := strangerChat(ctx, tg)
	if err != nil || stranger.Username != seedGroup {
		t.Fatalf("the stranger's group is %+v, %v", stranger, err)
	}
	text := welcome(base, tgSide.URL(), stranger)
	curls := curlForm.FindAllStringSubmatch(text, -1)
	if len(curls) != 2 || strings.Contains(text, "⟦") || regexp.MustCompile(`\{\w+\}`).MatchString(text) {
		t.Fatal(text)
	}
	post := func(curl []string) *http.Response {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, curl[2], strings.NewReader(curl[1]))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded") // as curl does
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	write := func() (m world.MessageInfo) {
		res := post(curls[0])
		defer res.Body.Close()
		if err := json.NewDecoder(res.Body).Decode(&m); err != nil || res.StatusCode != http.StatusOK {
			t.Fatal(res.Status, err)
		}
		return m
	}
	found := func(m world.MessageInfo) (d domain.Detection) {
		eventually(t, "the message is found", func() bool {
			ds, _, err := a.watch.Store.Detections(ctx, w.owner.User.OrganizationID, domain.DetectionFilter{Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(ds, func(d domain.Detection) bool { return d.Message.ID == int64(m.ID) })
			if i >= 0 {
				d = ds[i]
			}
			return i >= 0 && d.Silence != domain.SilentStopped // until it is decided
		})
		return d
	}
	if d := found(write()); d.Silence != domain.SilentMode {
		t.Errorf("at first the filter does not only observe: %+v", d)
	}

	s, err := a.watch.Settings(ctx, w.owner)
	if err != nil {
		t.Fatal(err)
	}
	s.Mode = domain.WatchReply
	if err := a.watch.SetSettings(ctx, w.owner, s); err != nil {
		t.Fatal(err)
	}
	found(write())
	eventually(t, "the answer is in the chat", func() bool {
		list, err := tg.Messages(ctx, stranger.ID, 0)
		return err == nil && slices.ContainsFunc(list, func(m world.MessageInfo) bool { return m.Text == seedTemplate })
	})

	member := &chatter{t: t, c: tg, phone: seedMemberPhone}
	m := member.after(func() error { return post(curls[1]).Body.Close() })
	member.reads(m, w.member.User.Name)
	member.button(regexp.MustCompile(`Press "([^"]+)"`).FindStringSubmatch(text)[1])
}
