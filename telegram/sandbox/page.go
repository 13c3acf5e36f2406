package sandbox

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"postix/telegram/sandbox/world"
)

//go:embed assets
var assets embed.FS

var pageTemplate = template.Must(template.New("page.html").Funcs(template.FuncMap{
	"clock":   clock,
	"signed":  func(n int64) string { return strconv.FormatInt(n, 10) },
	"visible": visible,
}).ParseFS(assets, "assets/page.html"))

// How much of everything the page shows.
const (
	pageChats    = 30
	pageMessages = 40
	pageJournal  = 30
)

func assetServer() http.Handler { return http.FileServerFS(assets) }

// getPage renders everything. The page's script asks for it once a second, which
// the ETag makes cheap for the browser.
func (s *Server) getPage(rw http.ResponseWriter, r *http.Request) {
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, s.page(r)); err != nil {
		s.log.Error("sandbox page", "error", err)
		http.Error(rw, "the page failed; the sandbox's log says why", http.StatusInternalServerError)
		return
	}
	sum := sha256.Sum256(b.Bytes())
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	rw.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		rw.WriteHeader(http.StatusNotModified)
		return
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = rw.Write(b.Bytes())
}

// page is what the template shows.
type page struct {
	Telegram Telegram
	World    string // differs between worlds
	Query    string // of the chat list
	Codes    []world.AccountInfo
	Accounts []world.AccountInfo
	Phone    string // of the account whose bot chat is open
	Chats    []chatRow
	Chat     *chatView
	Bot      *botView
	Presets  []presetGroup
	Faults   []faultRow
	Journal  []world.JournalEntry
}

type chatRow struct {
	world.RecentChat
	Link string
	Open bool
}

type chatView struct {
	world.ChatInfo
	Messages []chatMessage
}

type chatMessage struct {
	world.MessageInfo
	Ours bool // written by an account
}

type faultRow struct {
	world.Fault
	What string
	Left string
}

func (s *Server) page(r *http.Request) page {
	q := r.URL.Query()
	key := sha256.Sum256(s.PublicKey())
	p := page{Telegram: s.telegram(), World: hex.EncodeToString(key[:6]), Query: q.Get("q"), Phone: q.Get("account"), Accounts: s.world.Accounts(), Presets: presets}
	for _, a := range p.Accounts {
		if a.Code != nil {
			p.Codes = append(p.Codes, a)
		}
	}
	if _, ok := s.world.Account(p.Phone); !ok {
		p.Phone = firstActive(p.Accounts)
	}
	recent := s.world.Recent(p.Query, pageChats)
	open, _ := strconv.ParseInt(q.Get("chat"), 10, 64)
	if open == 0 && len(recent) > 0 {
		open = recent[0].ID
	}
	for _, c := range recent {
		p.Chats = append(p.Chats, chatRow{RecentChat: c, Open: c.ID == open, Link: pageLink(c.ID, p.Phone, p.Query, "chat")})
	}
	p.Chat = s.chatView(open)
	p.Bot = s.botView(p.Phone)
	for _, f := range s.world.Faults() {
		if f.Times >= 0 && f.Fired >= f.Times && f.Held == 0 {
			continue // used up
		}
		p.Faults = append(p.Faults, faultRow{Fault: f, What: faultWords(f), Left: faultLeft(f)})
	}
	p.Journal = s.journalTail()
	return p
}

func firstActive(list []world.AccountInfo) string {
	for _, a := range list {
		if a.Status == world.PhoneActive {
			return a.Phone
		}
	}
	return ""
}

func pageLink(chat int64, phone, query, place string) string {
	v := make([]string, 0, 3)
	if chat != 0 {
		v = append(v, fmt.Sprintf("chat=%d", chat))
	}
	if phone != "" {
		v = append(v, "account="+template.URLQueryEscaper(phone))
	}
	if query != "" {
		v = append(v, "q="+template.URLQueryEscaper(query))
	}
	return "/?" + strings.Join(v, "&") + "#" + place
}

// chatView is a chat with its newest messages, nil when there is none. A
// person's private conversation counts as a chat.
func (s *Server) chatView(id int64) *chatView {
	list, err := s.world.Messages(id, 0, pageMessages)
	if err != nil {
		return nil
	}
	v := &chatView{}
	if c, ok := s.world.Chat(id); ok {
		v.ChatInfo = c
	} else {
		u, _, _ := s.world.User(id)
		v.ChatInfo = world.ChatInfo{ID: id, Kind: world.KindPrivate, Title: strings.TrimSpace(u.FirstName + " " + u.LastName), Username: u.Username}
	}
	for _, m := range list {
		_, phone, _ := s.world.User(m.SenderID)
		v.Messages = append(v.Messages, chatMessage{MessageInfo: m, Ours: phone != ""})
	}
	return v
}

// journalTail is the newest calls, newest first.
func (s *Server) journalTail() []world.JournalEntry {
	tail := s.world.JournalTail(pageJournal)
	for i, j := 0, len(tail)-1; i < j; i, j = i+1, j-1 {
		tail[i], tail[j] = tail[j], tail[i]
	}
	return tail
}

// tashkent is where the page is read; it shows the same times as the panel,
// whatever zone the machine keeps.
var tashkent = time.FixedZone("Asia/Tashkent", 5*60*60)

// clock is the time of day, with the day when it is not the last one.
func clock(t time.Time) string {
	if time.Since(t) > 20*time.Hour {
		return t.In(tashkent).Format("02.01 15:04")
	}
	return t.In(tashkent).Format("15:04:05")
}

// visible shows the characters that could hide or turn what a stranger wrote:
// controls as their pictures, marks of direction as the replacement character.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < 0x20:
			return 0x2400 + r
		case r == 0x7f:
			return 0x2421
		case r >= 0x80 && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0x61c:
			return 0xfffd
		}
		return r
	}, s)
}
