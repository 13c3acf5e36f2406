package sandbox_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"postix/telegram/sandbox"
	"postix/telegram/sandbox/world"
)

func TestAddressesAreChecked(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for _, c := range []struct{ mtproto, http, want string }{
		{"0.0.0.0:0", "127.0.0.1:0", "not on loopback"},
		{"127.0.0.1:0", "192.168.1.5:0", "not on loopback"},
		{"127.0.0.1:0", ":0", "not on loopback"},
		{"127.0.0.1:0", taken.Addr().String(), "already in use"},
		{"127.0.0.1", "127.0.0.1:0", "not HOST:PORT"},
	} {
		s, err := sandbox.Start(t.Context(), sandbox.Options{MTProto: c.mtproto, HTTP: c.http})
		if err == nil {
			_ = s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s and %s: %v, want %q", c.mtproto, c.http, err, c.want)
		}
	}
}

func TestChatsAndMessages(t *testing.T) {
	_, c := start(t, "")
	addAccount(t, c)
	id := addGroup(t, c)
	stranger := sandbox.Sender{FirstName: "Bekzod", Username: "bekzod_yuk", Bio: "Dispetcher"}
	first, err := c.Post(within(t), id, sandbox.Incoming{Sender: stranger, Text: "Toshkent - Samarqand 20 t"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Post(within(t), id, sandbox.Incoming{Sender: stranger, Text: "Yuk ketdi", ReplyTo: first.ID})
	if err != nil {
		t.Fatal(err)
	}
	byID, err := c.Post(within(t), id, sandbox.Incoming{Sender: sandbox.Sender{ID: first.SenderID}, Text: "Yana yuk"})
	if err != nil {
		t.Fatal(err)
	}
	if again.SenderID != first.SenderID || byID.SenderName != "Bekzod" || again.ReplyTo != first.ID {
		t.Errorf("one profile became several people: %+v %+v %+v", first, again, byID)
	}
	list, err := c.Messages(within(t), id, first.ID)
	if err != nil || len(list) != 2 || list[0].Text != "Yuk ketdi" {
		t.Errorf("messages after the first: %+v, %v", list, err)
	}

	slow, readOnly := 30, true
	if err := c.SetRights(within(t), id, sandbox.ChatRights{SlowMode: &slow, ReadOnly: &readOnly}); err != nil {
		t.Fatal(err)
	}
	if err := c.Kick(within(t), id, sandbox.Member{Phone: strings.TrimPrefix(phone, "+")}); err != nil {
		t.Fatal(err)
	}
	chats, err := c.Chats(within(t))
	if err != nil || len(chats) != 1 {
		t.Fatalf("chats: %+v, %v", chats, err)
	}
	got := chats[0]
	if got.ID != id || got.Type != world.KindSupergroup || got.SlowMode != 30 || !got.ReadOnly || len(got.Kicked) != 1 || len(got.Members) != 0 {
		t.Errorf("chat after the changes: %+v", got)
	}

	old, err := c.AddChat(within(t), world.ChatSpec{Kind: world.KindGroup, Title: "Eski guruh", Members: []int64{userID}})
	if err != nil {
		t.Fatal(err)
	}
	moved, err := c.Migrate(within(t), old.ID)
	if err != nil || moved.MigratedFrom != old.ID || moved.Type != world.KindSupergroup {
		t.Errorf("migrated: %+v, %v", moved, err)
	}
}

func TestAccounts(t *testing.T) {
	_, c := start(t, "")
	addAccount(t, c)
	_, err := c.AddAccount(within(t), world.AccountSpec{Phone: phone, Profile: world.Profile{FirstName: "Ikkinchi"}})
	wantStatus(t, "same phone twice", err, http.StatusConflict)
	wantStatus(t, "unknown phone", c.Revoke(within(t), "+998900000000"), http.StatusNotFound)
	if err := c.Revoke(within(t), strings.TrimPrefix(phone, "+")); err != nil {
		t.Errorf("phone without plus: %v", err)
	}
	if err := c.Deactivate(within(t), phone); err != nil {
		t.Fatal(err)
	}
	list, err := c.Accounts(within(t))
	if err != nil || len(list) != 1 || !list[0].Deactivated || list[0].UserID != userID {
		t.Errorf("accounts: %+v, %v", list, err)
	}
}

func TestFaultsOverHTTP(t *testing.T) {
	_, c := start(t, "")
	one, err := c.AddFault(within(t), world.Fault{Method: "messages.sendMessage", Mode: world.FaultBefore, Error: "FLOOD_WAIT_30"})
	if err != nil || one.ID == 0 || one.Code != 420 {
		t.Fatalf("added: %+v, %v", one, err)
	}
	if _, err := c.AddFault(within(t), world.Fault{Mode: world.FaultHold, Times: -1}); err != nil {
		t.Fatal(err)
	}
	if err := c.ClearFaults(within(t), one.ID); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, "cleared twice", c.ClearFaults(within(t), one.ID), http.StatusNotFound)
	if list, err := c.Faults(within(t)); err != nil || len(list) != 1 {
		t.Errorf("left: %+v, %v", list, err)
	}
	if err := c.ClearFaults(within(t), 0); err != nil {
		t.Fatal(err)
	}
	_, err = c.AddFault(within(t), world.Fault{Mode: "sometimes"})
	wantStatus(t, "unknown mode", err, http.StatusBadRequest)
}

func wantStatus(t *testing.T, what string, err error, status int) {
	t.Helper()
	var refused *sandbox.ClientError
	if !errors.As(err, &refused) || refused.Status != status || refused.Text == "" {
		t.Errorf("%s: %v, want status %d", what, err, status)
	}
}

// TestHostileRequests sends what no honest client does.
func TestHostileRequests(t *testing.T) {
	s, c := start(t, "")
	addAccount(t, c)
	mebibyte := `{"title":"` + strings.Repeat("a", 1<<20) + `"}`
	for _, x := range []struct {
		name, method, path, body string
		header                   map[string]string
		want                     int
	}{
		{name: "1 MiB body", method: "POST", path: "/api/chats", body: mebibyte, want: 413},
		{name: "not JSON", method: "POST", path: "/api/faults", body: `{"mode":`, want: 400},
		{name: "two values", method: "POST", path: "/api/faults", body: `{"mode":"drop"} {}`, want: 400},
		{name: "misspelt field", method: "POST", path: "/api/faults", body: `{"mode":"drop","metod":"x"}`, want: 400},
		{name: "wrong type", method: "POST", path: "/api/chats", body: `[1]`, want: 400},
		{name: "foreign host", method: "GET", path: "/api/accounts", header: map[string]string{"Host": "evil.example"}, want: 403},
		{name: "host that looks local", method: "GET", path: "/", header: map[string]string{"Host": "127.0.0.1.evil.example"}, want: 403},
		{
			name: "post from another site", method: "POST", path: "/api/faults", body: `{"mode":"drop"}`,
			header: map[string]string{"Sec-Fetch-Site": "cross-site"}, want: 403,
		},
		{
			name: "post from another port", method: "POST", path: "/api/faults", body: `{"mode":"drop"}`,
			header: map[string]string{"Origin": "http://127.0.0.1:1"}, want: 403,
		},
		{
			name: "bot call from another site", method: "GET", path: "/bot" + world.BotToken + "/getUpdates",
			header: map[string]string{"Sec-Fetch-Site": "cross-site"}, want: 403,
		},
		{name: "no such call", method: "GET", path: "/api/secrets", want: 404},
		{name: "wrong method", method: "PUT", path: "/api/chats", want: 405},
		{name: "no such chat", method: "POST", path: "/api/chats/-100999/messages", body: `{"sender":5001,"text":"x"}`, want: 404},
		{name: "not an id", method: "GET", path: "/api/chats/abc/messages", want: 404},
		{name: "bad since", method: "GET", path: "/api/journal?since=x", want: 400},
		{name: "empty post", method: "POST", path: "/api/accounts/" + phone + "/bot", want: 400},
		{
			name: "1 MiB and more to the bot", method: "POST", path: "/bot" + world.BotToken + "/sendMessage",
			body: mebibyte, header: map[string]string{"Content-Type": "application/json"}, want: 413,
		},
	} {
		req, err := http.NewRequestWithContext(within(t), x.method, s.URL()+x.path, strings.NewReader(x.body))
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range x.header {
			req.Header.Set(k, v)
		}
		req.Host = x.header["Host"]
		res, err := c.HTTP.Do(req)
		if err != nil {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode != x.want {
			t.Errorf("%s: status %d, want %d: %.200s", x.name, res.StatusCode, x.want, body)
		}
		if !json.Valid(body) || !bytes.Contains(body, []byte(`"error`)) {
			t.Errorf("%s: not a JSON error: %.200s", x.name, body)
		}
	}
	if list, err := c.Faults(within(t)); err != nil || len(list) != 0 {
		t.Errorf("a refused request changed something: %+v, %v", list, err)
	}
}

func TestPageEscapesWhatStrangersWrite(t *testing.T) {
	s, c := start(t, "")
	addAccount(t, c)
	id := addGroup(t, c)
	evil := `<script>alert(1)</script>` + "\u202egnp.exe" + "\x1b[31m"
	if _, err := c.Post(within(t), id, sandbox.Incoming{Sender: sandbox.Sender{FirstName: evil}, Text: evil}); err != nil {
		t.Fatal(err)
	}
	if err := c.BotSay(within(t), phone, evil); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(within(t), http.MethodGet, s.URL()+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("page: %d, %v", res.StatusCode, err)
	}
	if n := bytes.Count(body, []byte("&lt;script&gt;alert(1)")); n < 3 {
		t.Errorf("the text is shown %d times, want it in the list, in the chat and with the bot", n)
	}
	for _, raw := range []string{"<script>alert", "\u202e", "\x1b", " style=", " onclick"} {
		if bytes.Contains(body, []byte(raw)) {
			t.Errorf("the page contains %q", raw)
		}
	}
	if csp := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("policy: %q", csp)
	}
	req.Header.Set("If-None-Match", res.Header.Get("ETag"))
	if res, err = c.HTTP.Do(req); err != nil || res.StatusCode != http.StatusNotModified {
		t.Errorf("nothing changed: %v, %v", res.StatusCode, err)
	}
	_ = res.Body.Close()
}
