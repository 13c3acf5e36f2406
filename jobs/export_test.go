package jobs

import "time"

// SetDrain shortens what deliveries in flight have at the end of Run.
func (j *Jobs) SetDrain(d time.Duration) { j.drain = d }
