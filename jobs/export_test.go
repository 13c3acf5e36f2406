package jobs

import "time"

// SetDrain shortens what deliveries in flight have at the end of Run.
func (j *Jobs) SetDrain(d time.Duration) { j.drain = d }

// SetArrival shortens how long a message may take to show up.
func (j *Jobs) SetArrival(d time.Duration) { j.arrival = d }
