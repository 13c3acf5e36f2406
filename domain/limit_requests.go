package domain

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// LimitRequests is how owners ask for higher limits and service admins answer.
type LimitRequests struct {
	Store LimitStore
	Watch Watcher // may be nil where nobody listens
	Hub   *Hub
	Now   func() time.Time
}

// LimitRequest is what an owner asks for.
type LimitRequest struct {
	ID, OrganizationID int64
	UserID             int64 // who asks
	Kind               LimitKind
	Wanted             int
	Note               string
	At                 time.Time
	Status             RequestStatus
	Given              int    // what a granted one came to
	Answer             string // of the service; may be empty
	AnsweredAt         time.Time

	Organization Organization // for pages, as it is now
	User         string
}

// RequestStatus is where a request stands.
type RequestStatus string

// The statuses of a request.
const (
	RequestOpen      RequestStatus = "open"
	RequestGranted   RequestStatus = "granted"
	RequestRefused   RequestStatus = "refused"
	RequestWithdrawn RequestStatus = "withdrawn"
)

// MaxRequestNote is the longest note or answer, in characters.
const MaxRequestNote = 500

// LimitStore keeps requests.
type LimitStore interface {
	LimitUse(ctx context.Context, organizationID int64, now time.Time) (LimitUse, error)
	// LimitRequests lists an organization's requests, the newest first.
	LimitRequests(ctx context.Context, organizationID int64, most int) ([]LimitRequest, error)
	// OpenLimitRequests lists those of all organizations, the oldest first.
	OpenLimitRequests(ctx context.Context) ([]LimitRequest, error)
	// AnsweredLimitRequests lists those of all that were answered, the latest answer
	// first.
	AnsweredLimitRequests(ctx context.Context, most int) ([]LimitRequest, error)
	CountOpenLimitRequests(ctx context.Context) (int, error)
	// LimitRequest answers NotFound (limit.missing).
	LimitRequest(ctx context.Context, id int64) (LimitRequest, error)
	// AskLimit answers Conflict (limit.asked) where one of its kind is open.
	AskLimit(ctx context.Context, r LimitRequest) error
	// AnswerLimit ends an open request as its Status says, and sets the limit of a
	// granted one to Given, all in one transaction. Conflict (limit.answered) for
	// one that is not open any more.
	AnswerLimit(ctx context.Context, r LimitRequest, by int64) error
}

// Ask asks the service for a higher limit. Invalid on the field at fault,
// Conflict (limit.asked) while one of its kind is open, (limit.none) where there
// is nothing to ask for.
func (s *LimitRequests) Ask(ctx context.Context, a Actor, k LimitKind, wanted int, note string) error {
	if a.User.Role != RoleOwner {
		return E(Forbidden, "service.owner_only")
	}
	if !slices.Contains(LimitKinds, k) {
		return E(Invalid, "limit.kind").On("kind")
	}
	if k == LimitWatch {
		wanted = 1
	}
	now, open := a.Organization.Limit(k)
	if open {
		return E(Conflict, "limit.none")
	}
	if err := higher(k, now, wanted); err != nil {
		return err
	}
	note, err := cleanNote(note, "note")
	if err != nil {
		return err
	}
	err = s.Store.AskLimit(ctx, LimitRequest{
		OrganizationID: a.User.OrganizationID, UserID: a.User.ID, Kind: k, Wanted: wanted, Note: note, At: s.Now().UTC(),
	})
	s.Hub.Changed(a.User.OrganizationID)
	return err
}

// higher answers Invalid on "wanted" for what asks for no more than there is.
func higher(k LimitKind, now, wanted int) error {
	if err := checkLimit(k, wanted); err != nil {
		return on(err, "wanted")
	}
	if k == LimitInterval && wanted >= now {
		return E(Invalid, "limit.wanted_less").On("wanted")
	}
	if k != LimitInterval && wanted <= now {
		return E(Invalid, "limit.wanted", "Limit", now).On("wanted")
	}
	return nil
}

// Raises answers Invalid on "value" for a limit that gives the organization no more
// than it has (limit.given, limit.given_less, limit.given_open): a request that is
// granted takes nothing away.
func (o Organization) Raises(k LimitKind, value int) error {
	now, open := o.Limit(k)
	unlimited := value == 0 && (k == LimitCampaigns || k == LimitMessages)
	switch {
	case k == LimitWatch || unlimited:
		return nil
	case open:
		return E(Invalid, "limit.given_open").On("value")
	case k == LimitInterval && value >= now:
		return E(Invalid, "limit.given_less").On("value")
	case k != LimitInterval && value <= now:
		return E(Invalid, "limit.given", "Limit", now).On("value")
	}
	return nil
}

// checkLimit answers Invalid (limit.number, limit.interval) for what no
// organization gets.
func checkLimit(k LimitKind, value int) error {
	if k != LimitInterval {
		return Limits{}.With(k, value).Check(Limits{})
	}
	if d := time.Duration(value) * time.Second; value < 0 || d < LeastInterval || d > LongestInterval {
		return E(Invalid, "limit.interval", "Min", LeastInterval, "Max", LongestInterval)
	}
	return nil
}

func cleanNote(note, field string) (string, error) {
	note = strings.TrimSpace(strings.ToValidUTF8(note, ""))
	if utf8.RuneCountInString(note) > MaxRequestNote {
		return "", E(Invalid, "limit.note", "Max", MaxRequestNote).On(field)
	}
	return note, nil
}

// Withdraw takes an open request back. NotFound (limit.missing), Conflict
// (limit.answered).
func (s *LimitRequests) Withdraw(ctx context.Context, a Actor, id int64) error {
	if a.User.Role != RoleOwner {
		return E(Forbidden, "service.owner_only")
	}
	r, err := s.Store.LimitRequest(ctx, id)
	if err == nil && r.OrganizationID != a.User.OrganizationID {
		err = Missing("limit.missing")
	}
	if err != nil {
		return err
	}
	r.Status, r.AnsweredAt = RequestWithdrawn, s.Now().UTC()
	err = s.Store.AnswerLimit(ctx, r, a.User.ID)
	s.Hub.Changed(r.OrganizationID)
	return err
}

// Grant gives what is asked for, or another value. Invalid on "value" or
// "answer", NotFound (limit.missing), Conflict (limit.answered).
func (s *LimitRequests) Grant(ctx context.Context, a Actor, id int64, value int, answer string) error {
	r, err := s.toAnswer(ctx, a, id, answer)
	if err != nil {
		return err
	}
	if r.Kind == LimitWatch {
		value = 1
	}
	if err := checkLimit(r.Kind, value); err != nil {
		return on(err, "value")
	}
	r.Status, r.Given = RequestGranted, value
	if err := s.Store.AnswerLimit(ctx, r, a.User.ID); err != nil {
		return err
	}
	return limitsChanged(ctx, s.Watch, s.Hub, r.OrganizationID)
}

// Refuse answers no. Invalid on "answer", NotFound (limit.missing), Conflict
// (limit.answered).
func (s *LimitRequests) Refuse(ctx context.Context, a Actor, id int64, answer string) error {
	r, err := s.toAnswer(ctx, a, id, answer)
	if err != nil {
		return err
	}
	r.Status = RequestRefused
	err = s.Store.AnswerLimit(ctx, r, a.User.ID)
	s.Hub.Changed(r.OrganizationID)
	return err
}

func (s *LimitRequests) toAnswer(ctx context.Context, a Actor, id int64, answer string) (r LimitRequest, err error) {
	if a.User.Role != RoleAdmin {
		return r, E(Forbidden, "service.admin_only")
	}
	if r, err = s.Store.LimitRequest(ctx, id); err != nil {
		return r, err
	}
	if r.Status != RequestOpen { // whatever was filled in
		return r, E(Conflict, "limit.answered")
	}
	r.AnsweredAt = s.Now().UTC()
	r.Answer, err = cleanNote(answer, "answer")
	return r, err
}
