package domain

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"postix/domain/filter"
)

// MayWatch reports whether the actor runs the filter: owners and managers do,
// members do not see it, the service has no groups of its own, and an organization
// may be without it.
func (a Actor) MayWatch() bool { return a.CheckWatch() == nil }

// CheckWatch answers Forbidden for those who have no business with the filter
// (watch.owner_only), or no filter (limit.watch_off).
func (a Actor) CheckWatch() error {
	switch {
	case a.User.Role != RoleOwner && a.User.Role != RoleManager:
		return E(Forbidden, "watch.owner_only")
	case a.Organization.Limits.WatchOff:
		return E(Forbidden, "limit.watch_off")
	}
	return nil
}

// Settings answers how the actor's organization filters.
func (w *Watch) Settings(ctx context.Context, a Actor) (WatchSettings, error) {
	if err := a.CheckWatch(); err != nil {
		return WatchSettings{}, err
	}
	return w.Store.WatchSettings(ctx, a.User.OrganizationID)
}

// SetSettings changes them, at once and for what comes. Invalid on the field at
// fault; Conflict (watch.edited) when s.Version and s.Edition are
// not the latest; Forbidden (campaign.read_only) for an actor who only looks on, where
// dispatchers are answered.
func (w *Watch) SetSettings(ctx context.Context, a Actor, s WatchSettings) error {
	if err := a.CheckWatch(); err != nil {
		return err
	}
	if err := s.Check(); err != nil {
		return err
	}
	if s.Mode == WatchReply {
		if err := a.mayLet(); err != nil {
			return err
		}
	}
	if err := w.Store.SetWatchSettings(ctx, a.User.OrganizationID, s); err != nil {
		return err
	}
	w.forget(a.User.OrganizationID)
	return nil
}

// Check answers Invalid on the first field out of its range.
func (s WatchSettings) Check() error {
	if !slices.Contains(WatchModes, s.Mode) {
		return E(Invalid, "watch.empty").On("mode")
	}
	if err := s.checkRules(); err != nil {
		return err
	}
	if s.Reply.From < filter.Low || s.Reply.From > filter.Critical {
		return E(Invalid, "watch.empty").On("reply_from")
	}
	if s.Reply.Cooldown < time.Minute || s.Reply.Cooldown > LongestCooldown {
		return E(Invalid, "watch.window", "Least", time.Minute, "Most", LongestCooldown).On("cooldown")
	}
	for _, f := range []struct {
		field             string
		value, least, top int
	}{
		{"per_chat", s.Reply.PerChat, 1, 1000},
		{"per_sender", s.Reply.PerSender, 1, 100},
		{"per_day", s.Reply.PerDay, 1, 10_000},
		{"keep_days", s.KeepDays, 1, 730},
	} {
		if f.value < f.least || f.value > f.top {
			return E(Invalid, "watch.range", "Least", f.least, "Most", f.top).On(f.field)
		}
	}
	return nil
}

// LongestCooldown of a dispatcher; the least is a minute.
const LongestCooldown = 30 * 24 * time.Hour

// checkRules turns what the filter refuses into an error on its field.
func (s WatchSettings) checkRules() error {
	var f *filter.FieldError
	switch err := s.Rules.Validate(); {
	case !errors.As(err, &f):
		return err
	case strings.HasSuffix(f.Field, "_window"):
		return E(Invalid, "watch.window", "Least", time.Second, "Most", filter.LongestWindow).On(f.Field)
	case f.Most > 0:
		return E(Invalid, "watch.range", "Least", f.Least, "Most", f.Most).On(f.Field)
	}
	return E(Invalid, "watch.setting").On(f.Field)
}

// MayAnswer refuses an actor who only looks on what makes answers go out: he decides
// about nothing that is answered while it is.
func (w *Watch) MayAnswer(ctx context.Context, a Actor) error {
	if err := a.CheckWatch(); err != nil || !a.User.ReadOnly {
		return err
	}
	s, err := w.Store.WatchSettings(ctx, a.User.OrganizationID)
	if err == nil && s.Mode == WatchReply {
		return a.mayLet()
	}
	return err
}

// SetWatching chooses groups, or leaves them out, which may be done also by somebody
// who only looks on.
func (w *Watch) SetWatching(ctx context.Context, a Actor, peers []PeerID, on bool) error {
	if err := a.CheckWatch(); err != nil || len(peers) == 0 {
		return err
	}
	if on {
		if err := w.MayAnswer(ctx, a); err != nil {
			return err
		}
	}
	if err := w.Store.SetWatching(ctx, a.User.OrganizationID, peers, on); err != nil {
		return err
	}
	w.forget(a.User.OrganizationID)
	return nil
}

// Bounds of what people type for the filter.
const (
	maxCustomWord = 60
	maxNote       = 200
)

// AddCustomFilter adds a word or a sender. Invalid (watch.empty,
// watch.long).
func (w *Watch) AddCustomFilter(ctx context.Context, a Actor, c CustomFilter) error {
	if err := w.MayAnswer(ctx, a); err != nil {
		return err
	}
	c, err := c.clean()
	if err != nil {
		return err
	}
	c.At = w.Now().UTC()
	if err := w.Store.AddCustomFilter(ctx, a.User.OrganizationID, a.User.ID, c); err != nil {
		return err
	}
	w.forget(a.User.OrganizationID)
	return nil
}

// clean takes off the blanks around it and refuses what is empty, too long or
// without a letter.
func (c CustomFilter) clean() (CustomFilter, error) {
	c.Word, c.Note = strings.TrimSpace(c.Word), strings.TrimSpace(c.Note)
	switch {
	case c.SenderID == 0 && c.Word == "":
		return c, E(Invalid, "watch.empty").On("word")
	case utf8.RuneCountInString(c.Word) > maxCustomWord:
		return c, E(Invalid, "watch.long", "Most", maxCustomWord).On("word")
	case c.SenderID == 0 && filter.CheckKeyword(c.Word) != nil: // it would be found nowhere
		return c, E(Invalid, "watch.keyword", "Word", c.Word).On("word")
	case utf8.RuneCountInString(c.Note) > maxNote:
		return c, E(Invalid, "watch.long", "Most", maxNote).On("note")
	}
	return c, nil
}

// RemoveCustomFilter removes one.
func (w *Watch) RemoveCustomFilter(ctx context.Context, a Actor, id int64) error {
	if err := w.MayAnswer(ctx, a); err != nil {
		return err
	}
	if err := w.Store.RemoveCustomFilter(ctx, a.User.OrganizationID, id); err != nil {
		return err
	}
	w.forget(a.User.OrganizationID)
	return nil
}

// MaxTemplates is how many templates an organization may have.
const MaxTemplates = 100

// PutTemplate stores a text that detections are answered with; ID 0 makes a new
// one. Invalid as for the text of a campaign, Forbidden
// (campaign.read_only) where one who only looks on would let it be sent.
func (w *Watch) PutTemplate(ctx context.Context, a Actor, t Template) error {
	if err := a.CheckWatch(); err != nil {
		return err
	}
	if t.Active {
		if err := a.mayLet(); err != nil {
			return err
		}
	}
	text, err := CleanText(t.Text)
	if err != nil {
		return err
	}
	if all, err := w.Store.Templates(ctx, a.User.OrganizationID); err != nil || t.ID == 0 && len(all) >= MaxTemplates {
		return cmp.Or(err, error(E(Conflict, "watch.templates_full", "Most", MaxTemplates)))
	}
	t.Text, t.At = text, w.Now().UTC()
	if err := w.Store.PutTemplate(ctx, a.User.OrganizationID, t); err != nil {
		return err
	}
	w.forget(a.User.OrganizationID)
	return nil
}

// RemoveTemplate removes one; what was sent with it stays.
func (w *Watch) RemoveTemplate(ctx context.Context, a Actor, id int64) error {
	if err := a.CheckWatch(); err != nil {
		return err
	}
	if err := w.Store.RemoveTemplate(ctx, a.User.OrganizationID, id); err != nil {
		return err
	}
	w.forget(a.User.OrganizationID)
	return nil
}

// Review notes what the actor says of a detection, also a second time.
func (w *Watch) Review(ctx context.Context, a Actor, id int64, r Review) error {
	if err := a.CheckWatch(); err != nil {
		return err
	}
	if r != ReviewRight && r != ReviewWrong && r != ReviewNone {
		return E(Invalid, "watch.empty").On("review")
	}
	err := w.Store.SetReview(ctx, a.User.OrganizationID, id, r, a.User.ID, w.Now().UTC())
	w.Hub.Progress(a.User.OrganizationID)
	return err
}

// ReviewSender notes what the actor says of all detections of a detection's
// sender that nobody has reviewed yet, and answers how many these were.
func (w *Watch) ReviewSender(ctx context.Context, a Actor, id int64, r Review) (int, error) {
	if err := a.CheckWatch(); err != nil {
		return 0, err
	}
	if r != ReviewRight && r != ReviewWrong {
		return 0, E(Invalid, "watch.empty").On("review")
	}
	org := a.User.OrganizationID
	d, err := w.Store.Detection(ctx, org, id)
	if err != nil {
		return 0, err
	}
	n, err := w.Store.SetReviews(ctx, org, d.SenderID, r, a.User.ID, w.Now().UTC())
	w.Hub.Progress(org)
	return n, err
}

// Try judges a message as if it came now, with what is known of its sender, and
// remembers nothing. Invalid as for the text of a campaign.
func (w *Watch) Try(ctx context.Context, a Actor, m filter.Message) (filter.Verdict, error) {
	var v filter.Verdict
	if err := a.CheckWatch(); err != nil {
		return v, err
	}
	text, err := CleanText(m.Text)
	if err != nil {
		return v, err
	}
	m.Text = text
	p := w.post(a.User.OrganizationID)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := w.prepare(ctx, p); err != nil {
		return v, err
	}
	if m.At.IsZero() {
		m.At = w.Now().UTC()
	}
	p.engine.Explain(&m, &v)
	return v, nil
}

// SenderList is the list that a sender of messages stands on.
type SenderList string

// The lists of senders.
const (
	ListNone  SenderList = ""
	ListAllow SenderList = "allow" // is never a dispatcher
	ListBlock SenderList = "block" // always is one
)

// ListSender puts the sender of a detection on a list, and takes him off the
// other; what stands there already stays.
func (w *Watch) ListSender(ctx context.Context, a Actor, detectionID int64, list SenderList) error {
	if err := a.CheckWatch(); err != nil {
		return err
	}
	if list != ListNone && list != ListAllow && list != ListBlock {
		return E(Invalid, "watch.empty").On("list")
	}
	org := a.User.OrganizationID
	d, err := w.Store.Detection(ctx, org, detectionID)
	if err != nil {
		return err
	}
	listed, err := w.Store.CustomFilters(ctx, org)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(listed, func(f CustomFilter) bool { return f.SenderID == d.SenderID })
	if i >= 0 && (list == ListBlock && listed[i].Block || list == ListAllow && !listed[i].Block) {
		return nil
	}
	if i >= 0 {
		if err := w.RemoveCustomFilter(ctx, a, listed[i].ID); err != nil {
			return err
		}
	}
	if list == ListNone {
		return nil
	}
	note := []rune(d.Sender.Name())
	return w.AddCustomFilter(ctx, a, CustomFilter{Block: list == ListBlock, SenderID: d.SenderID, Note: string(note[:min(len(note), maxNote)])})
}
