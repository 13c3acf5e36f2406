package handlers

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"postix/domain"
	"postix/views"
)

const (
	liveGap  = 400 * time.Millisecond // between two pictures of one page
	liveBeat = 20 * time.Second       // a comment that keeps the line open
	liveLag  = 10 * time.Second       // a reader that takes longer is cut off
)

// Live pages at once.
const (
	maxStreams     = 1000
	maxUserStreams = 20 // of one user, who could otherwise take them all
)

// streams counts the live pages that are open. The zero value has none.
type streams struct {
	mu    sync.Mutex
	all   int
	users map[int64]int
}

// enter takes a place for a user's page, if there is one; leave gives it back.
func (s *streams) enter(user int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= maxStreams || s.users[user] >= maxUserStreams {
		return false
	}
	if s.users == nil {
		s.users = map[int64]int{}
	}
	s.all++
	s.users[user]++
	return true
}

func (s *streams) leave(user int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.users[user]--; s.users[user] == 0 {
		delete(s.users, user)
	}
}

// Live streams the newest picture of a page, as hx-partial elements, whenever
// its organization changes and at least every beat. picture may answer nil:
// nothing new. The stream ends with the session, with the browser, and when the
// process stops; a slow reader gets the newest picture, never a backlog.
func (q *Request) Live(picture func() (templ.Component, error)) error {
	user := q.Actor.User.ID
	if !q.h.live.enter(user) {
		return domain.E(domain.Unavailable, "live.full")
	}
	defer q.h.live.leave(user)
	head := q.Writer.Header()
	head.Set("Content-Type", "text/event-stream")
	head.Set("X-Accel-Buffering", "no")
	q.Status(http.StatusOK)
	if isHead(q.Ctx()) {
		return nil // nobody would read the stream
	}
	line := http.NewResponseController(q.Writer)
	news, off := q.h.Hub.Listen(q.Actor.User.OrganizationID)
	defer off()
	beat := time.NewTicker(liveBeat)
	defer beat.Stop()
	last, shell := "", newPatch()
	for {
		actor, err := q.h.SignIns.Watching(q.Ctx(), q.token())
		if err != nil {
			return nil // signed out or blocked: the browser asks again and is sent to sign in
		}
		if q.route.allowed(actor) != nil {
			return nil // he may not look any more
		}
		q.Actor = actor // what he may look at may have changed
		out, err := q.frame(&last, picture, func() (templ.Component, error) { return q.shell(shell, actor) })
		if err != nil {
			return err
		}
		_ = line.SetWriteDeadline(time.Now().Add(liveLag)) // not every writer has one
		if _, err := q.Writer.Write(out); err != nil {
			return nil // the reader has gone
		}
		if err := line.Flush(); err != nil {
			return nil
		}
		if !q.await(news, beat.C) {
			return nil
		}
	}
}

// await waits for news or the beat, and the gap at least; false when the stream is
// to end.
func (q *Request) await(news <-chan struct{}, beat <-chan time.Time) bool {
	select {
	case <-q.Ctx().Done():
		return false
	case <-q.h.Closing.Done():
		return false
	case <-time.After(liveGap):
	}
	select {
	case <-q.Ctx().Done():
		return false
	case <-q.h.Closing.Done():
		return false
	case <-news:
	case <-beat:
	}
	return true
}

// shell is the picture of what every page shows beside its own: stops, and the
// count of new notices.
func (q *Request) shell(p *patch, a domain.Actor) (templ.Component, error) {
	stops, unseen := q.h.standing(q.Ctx(), a)
	if err := p.part(q.Ctx(), views.StopsID, views.Stops(stops)); err != nil {
		return nil, err
	}
	err := p.part(q.Ctx(), views.BellID, views.Bell(unseen))
	return p.picture(), err
}

// frame is one server-sent event with all pictures, or a comment when they are
// the last ones again.
func (q *Request) frame(last *string, pictures ...func() (templ.Component, error)) ([]byte, error) {
	var b bytes.Buffer
	for _, picture := range pictures {
		c, err := picture()
		if err != nil {
			return nil, err
		}
		if c == nil {
			continue
		}
		if err := c.Render(q.Ctx(), &b); err != nil {
			return nil, err
		}
	}
	if b.Len() == 0 || b.String() == *last {
		return []byte(": beat\n\n"), nil
	}
	*last = b.String()
	var out bytes.Buffer
	for l := range strings.Lines(*last) {
		out.WriteString("data: ")
		out.WriteString(strings.TrimRight(l, "\r\n"))
		out.WriteByte('\n')
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
