package domain

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"postix/domain/filter"
)

// Watch is the dispatcher filter at work: it judges what accounts hear, records
// dispatchers, and answers them. It is the [Ears] of the product.
type Watch struct {
	Store   WatchStore
	Answers ReplyStore
	Hub     *Hub
	Now     func() time.Time
	Rand    func() float64 // in [0, 1)
	Log     *slog.Logger

	mu    sync.Mutex
	posts map[int64]*post
	own   map[int64]bool // Telegram ids of our own accounts
	ownAt time.Time
}

var _ Ears = (*Watch)(nil)

// post is one organization's filter. What it knows of senders lives in its
// engine; after a restart the messages of the last day are read again.
type post struct {
	organizationID int64

	mu        sync.Mutex
	read      bool // the settings below are those of the store
	settings  WatchSettings
	groups    map[PeerID]bool
	groupsAt  time.Time // when they were read
	shut      bool      // it may not listen; read with the groups
	templates []Template
	engine    *filter.Engine // nil before the first message
	twins     twins
	judged    []Judged    // what could not be recorded yet: it is not judged twice
	undecided []Detection // recorded, but neither answered nor left
}

func (w *Watch) post(organizationID int64) *post {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.posts == nil {
		w.posts = map[int64]*post{}
	}
	p := w.posts[organizationID]
	if p == nil {
		p = &post{organizationID: organizationID}
		w.posts[organizationID] = p
	}
	return p
}

// forget makes the organization's filter read its settings again before the next
// message. What its engine remembers stays.
func (w *Watch) forget(organizationID int64) {
	p := w.post(organizationID)
	p.mu.Lock()
	p.read = false
	p.mu.Unlock()
	w.Hub.Progress(organizationID)
}

// Hear implements [Ears].
func (w *Watch) Hear(ctx context.Context, heard []Incoming) error {
	own, err := w.ownSenders(ctx)
	if err != nil {
		return err
	}
	for len(heard) > 0 { // an account belongs to one organization; the loop serves any caller
		n := 1
		for n < len(heard) && heard[n].OrganizationID == heard[0].OrganizationID {
			n++
		}
		if err := w.hear(ctx, w.post(heard[0].OrganizationID), own, heard[:n]); err != nil {
			return err
		}
		heard = heard[n:]
	}
	return nil
}

func (w *Watch) hear(ctx context.Context, p *post, own map[int64]bool, heard []Incoming) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := w.prepare(ctx, p); err != nil {
		return err
	}
	if p.shut {
		p.judged, p.undecided = nil, nil
		return nil
	}
	if err := w.record(ctx, p); err != nil {
		return err
	}
	if p.settings.Mode == WatchOff {
		return nil
	}
	for _, in := range heard {
		if own[in.SenderID] || !p.settings.AllGroups && !p.groups[PeerID(in.ChatID)] {
			continue
		}
		m := in.GroupMessage
		if p.twins.heard(&m) {
			continue
		}
		j := Judged{Incoming: in}
		p.engine.Check(&m, &j.Verdict)
		p.judged = append(p.judged, j)
	}
	return w.record(ctx, p)
}

// record stores what was judged, and answers the dispatchers.
func (w *Watch) record(ctx context.Context, p *post) error {
	if len(p.judged) > 0 {
		found, err := w.store(ctx, p)
		w.tell(p, found)
		p.undecided = append(p.undecided, found...)
		if err != nil {
			return err
		}
	}
	if len(p.undecided) > 0 {
		w.decide(ctx, p)
		w.Hub.Progress(p.organizationID)
	}
	return nil
}

// store records what was judged. While the storage does not answer it is kept; a
// message that it refuses by itself is left out, so that it does not hold up all
// that follow.
func (w *Watch) store(ctx context.Context, p *post) ([]Detection, error) {
	found, err := w.Store.Record(ctx, p.organizationID, p.judged)
	switch {
	case err == nil:
		p.judged = p.judged[:0]
		return found, nil
	case ctx.Err() != nil || IsCode(err, Unavailable):
		return nil, err
	}
	for len(p.judged) > 0 {
		one, err := w.Store.Record(ctx, p.organizationID, p.judged[:1])
		if err != nil && (ctx.Err() != nil || IsCode(err, Unavailable)) {
			return found, err
		}
		if err != nil {
			m := &p.judged[0].GroupMessage
			w.Log.Error("a message cannot be recorded", "organization", p.organizationID, "group", m.ChatID, "message", m.ID, "err", err)
		}
		found = append(found, one...)
		p.judged = p.judged[1:]
	}
	return found, nil
}

func (w *Watch) tell(p *post, found []Detection) {
	for _, d := range found {
		w.Log.Info("dispatcher detected", "organization", p.organizationID, "detection", d.ID, "sender", d.SenderID,
			"group", d.ChatID, "rule", d.Rule, "severity", d.Severity)
		if d.Severity == filter.Critical {
			w.Log.Warn("critical dispatcher", "organization", p.organizationID, "detection", d.ID, "sender", d.SenderID)
		}
	}
}

// decide answers detections or notes why not. What it cannot is tried again with
// the next messages, while an answer is worth something.
func (w *Watch) decide(ctx context.Context, p *post) {
	p.undecided = slices.DeleteFunc(p.undecided, func(d Detection) bool {
		err := w.answer(ctx, p, d)
		if err != nil { // the detection stands
			w.Log.Error("answer a dispatcher", "detection", d.ID, "err", err)
		}
		return err == nil || w.late(d)
	})
}

// late reports whether an answer to a detection is worth nothing any more.
func (w *Watch) late(d Detection) bool { return !w.Now().Before(d.At.Add(ReplyWithin)) }

// groupsFresh is how old the list of the chosen groups may be: one that became a
// supergroup stands there under its new id after its account's dialogs were read.
const groupsFresh = time.Minute

// prepare reads the settings where they have changed, and at the first message
// what was heard before.
func (w *Watch) prepare(ctx context.Context, p *post) error {
	now := w.Now()
	if p.read && now.Sub(p.groupsAt) < groupsFresh && !now.Before(p.groupsAt) {
		return nil
	}
	groups, err := w.Store.Watching(ctx, p.organizationID)
	if err != nil {
		return err
	}
	may, err := w.Store.MayListen(ctx, p.organizationID)
	if err != nil {
		return err
	}
	p.groups, p.groupsAt, p.shut = groups, now, !may
	if p.read {
		return nil
	}
	s, err := w.Store.WatchSettings(ctx, p.organizationID)
	if err != nil {
		return err
	}
	custom, err := w.custom(ctx, p.organizationID)
	if err != nil {
		return err
	}
	templates, err := w.Store.Templates(ctx, p.organizationID)
	if err != nil {
		return err
	}
	lexicon := filter.NewLexicon(s.Keywords)
	if p.engine == nil {
		// The program may have ended between recording and answering.
		undecided, err := w.Answers.Undecided(ctx, p.organizationID, w.Now().UTC().Add(-ReplyWithin))
		if err != nil {
			return err
		}
		engine := filter.NewEngine(s.Rules, lexicon, custom, filter.Limits{})
		err = w.Store.Heard(ctx, p.organizationID, w.Now().UTC(), func(m filter.Message) error {
			p.twins.heard(&m)
			engine.Remember(&m)
			return nil
		})
		if err != nil {
			return err
		}
		p.engine, p.undecided = engine, undecided
	} else {
		p.engine.Configure(s.Rules, lexicon, custom)
	}
	p.settings, p.templates, p.read = s, templates, true
	return nil
}

func (w *Watch) custom(ctx context.Context, organizationID int64) (filter.Custom, error) {
	var c filter.Custom
	list, err := w.Store.CustomFilters(ctx, organizationID)
	for _, f := range list {
		c = with(c, f)
	}
	return c, err
}

// with adds an organization's own word or sender.
func with(c filter.Custom, f CustomFilter) filter.Custom {
	switch {
	case f.SenderID != 0 && f.Block:
		c.BlockSenders = append(c.BlockSenders, f.SenderID)
	case f.SenderID != 0:
		c.AllowSenders = append(c.AllowSenders, f.SenderID)
	case f.Block:
		c.BlockWords = append(c.BlockWords, f.Word)
	default:
		c.AllowWords = append(c.AllowWords, f.Word)
	}
	return c
}

// Connected makes the filter know an account that has just been connected: it is
// not judged.
func (w *Watch) Connected() {
	w.mu.Lock()
	w.ownAt = time.Time{}
	w.mu.Unlock()
}

// ownFresh is how old the list of our own accounts may be.
const ownFresh = 30 * time.Second

func (w *Watch) ownSenders(ctx context.Context) (map[int64]bool, error) {
	now := w.Now()
	w.mu.Lock()
	own, fresh := w.own, !w.ownAt.IsZero() && now.Sub(w.ownAt) < ownFresh && !now.Before(w.ownAt)
	w.mu.Unlock()
	if fresh {
		return own, nil
	}
	own, err := w.Store.OwnSenders(ctx)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.own, w.ownAt = own, now
	w.mu.Unlock()
	return own, nil
}
