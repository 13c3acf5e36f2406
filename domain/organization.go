package domain

import "time"

// DefaultZone is the zone of a new organization.
const DefaultZone = "Asia/Tashkent"

// Organization is the customer that uses the service.
type Organization struct {
	ID           int64
	Name         string
	Zone         string // IANA name
	Service      bool   // the one organization that service admins belong to
	Pace         Pace
	AccountLimit int // accounts that may be connected at once
	CreatedAt    time.Time
}

// Location is the organization's zone; an unknown name reads as UTC.
func (o Organization) Location() *time.Location {
	l, err := time.LoadLocation(o.Zone)
	if err != nil {
		return time.UTC
	}
	return l
}

// Pace is how fast one account may send: a random gap between GapMin and GapMax
// after each message, and at least MinInterval from one round's start to the
// next.
type Pace struct {
	GapMin, GapMax time.Duration
	MinInterval    time.Duration
}

// DefaultPace is gentle enough for ordinary group members: Telegram publishes
// no figure; 8 to 12 seconds is what long-running senders settle on.
var DefaultPace = Pace{GapMin: 8 * time.Second, GapMax: 12 * time.Second, MinInterval: time.Minute}

// Gap is one gap between two messages; r is a random number in [0, 1).
func (p Pace) Gap(r float64) time.Duration {
	return p.GapMin + time.Duration(r*float64(p.GapMax-p.GapMin))
}

// Mean is the gap to expect when a round's length is estimated.
func (p Pace) Mean() time.Duration { return (p.GapMin + p.GapMax) / 2 }

// Department is a part of an organization.
type Department struct {
	ID, OrganizationID int64
	Name               string
}
