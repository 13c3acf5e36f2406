package domain

import (
	"context"
	"time"
)

// Location is the zone in which the actor reads and types times: his own, or that
// of his organization.
func (a Actor) Location() *time.Location {
	if zone, err := time.LoadLocation(a.User.Zone); err == nil && a.User.Zone != "" {
		return zone
	}
	return a.Organization.Location()
}

// longestZone is well beyond the names that there are, in bytes.
const longestZone = 60

// Prefer stores in which language and zone the actor reads, "" for the zone of his
// organization. The caller knows the languages. Invalid (me.zone) on "zone".
func (s *Security) Prefer(ctx context.Context, a Actor, lang, zone string) error {
	if zone != "" && !KnownZone(zone) {
		return E(Invalid, "me.zone").On("zone")
	}
	a.User.Lang, a.User.Zone = lang, zone
	return s.Store.SetPreferences(ctx, a.User)
}
