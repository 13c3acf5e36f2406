package domain

import (
	"strings"
	"sync"
	"time"
)

// DefaultZone is the zone of a new organization.
const DefaultZone = "Asia/Tashkent"

// Organization is the customer that uses the service.
type Organization struct {
	ID        int64
	Name      string
	Zone      string // IANA name
	Service   bool   // the one organization that service admins belong to
	Pace      Pace   // what holds: Own, and never faster than Granted
	Own       Pace   // what its owner has set
	Granted   Pace   // the fastest that the service allows it
	QuietFrom int    // minutes of the day; QuietFrom == QuietTo: no quiet hours
	QuietTo   int
	Days      Days
	Stop      Stop
	Limits    Limits
	Block     Block
	CreatedAt time.Time
}

// Location is the organization's zone; an unknown name reads as UTC.
func (o Organization) Location() *time.Location { return location(o.Zone) }

// Hours is when the organization sends.
func (o Organization) Hours() Hours {
	return Hours{QuietFrom: o.QuietFrom, QuietTo: o.QuietTo, Days: o.Days, Zone: o.Location()}
}

// KnownZone reports whether a name is that of a place's zone, or UTC: the database of
// zones has other files too.
func KnownZone(name string) bool {
	if name == "UTC" {
		return true
	}
	place, _, _ := strings.Cut(name, "/")
	if !strings.Contains(name, "/") || place == "posix" || place == "right" || len(name) > longestZone {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// locations keeps what time.LoadLocation would read anew each time.
var locations sync.Map

func location(name string) *time.Location {
	if l, ok := locations.Load(name); ok {
		return l.(*time.Location)
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		l = time.UTC
	}
	locations.Store(name, l)
	return l
}

// Stop is who has stopped an organization's sending: its owner, the service, or
// both. Each lifts only its own.
type Stop string

// The stops of an organization.
const (
	StopNone    Stop = ""
	StopOwner   Stop = "owner"
	StopService Stop = "service"
	StopBoth    Stop = "both"
)

// By reports whether the one party, StopOwner or StopService, has stopped it.
func (s Stop) By(party Stop) bool { return s == party || s == StopBoth }

// with is the stop when the party stops it too.
func (s Stop) with(party Stop) Stop {
	if s == StopNone || s == party {
		return party
	}
	return StopBoth
}

// without is what is left when the party lifts its own.
func (s Stop) without(party Stop) Stop {
	switch {
	case s == party:
		return StopNone
	case s != StopBoth:
		return s
	case party == StopOwner:
		return StopService
	}
	return StopOwner
}

// Department is a part of an organization.
type Department struct {
	ID, OrganizationID int64
	Name               string
}
