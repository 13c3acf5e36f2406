package domain

import "time"

// Pace is how gently each account of an organization sends. It holds for
// everything that goes out of an account.
type Pace struct {
	GapMin, GapMax time.Duration // a random gap between the two after each message
	ChatGap        time.Duration // least time between two messages to one peer, over all campaigns; 0: none
	PerHour        int           // messages in any 60 minutes; 0: no cap
	PerDay         int           // messages in any 24 hours; 0: no cap
	MinInterval    time.Duration // least time from one round's start to the next
}

// DefaultPace is gentle enough for ordinary group members. Telegram publishes no
// figures; these are what long-running senders settle on.
var DefaultPace = Pace{
	GapMin: 8 * time.Second, GapMax: 12 * time.Second, ChatGap: time.Minute,
	PerHour: 240, PerDay: 2000, MinInterval: time.Hour,
}

// Bounds of what a person may set.
const (
	LongestGap      = 10 * time.Minute
	LongestChatGap  = 24 * time.Hour
	LongestInterval = 7 * 24 * time.Hour
	MostPerHour     = 3600
	MostPerDay      = 86400
)

// Gap is one gap between two messages; r is a random number in [0, 1).
func (p Pace) Gap(r float64) time.Duration {
	return p.GapMin + time.Duration(r*float64(p.GapMax-p.GapMin))
}

// Mean is the gap to expect when a round's length is estimated.
func (p Pace) Mean() time.Duration { return (p.GapMin + p.GapMax) / 2 }

// Within is the pace, nowhere faster than the other one.
func (p Pace) Within(most Pace) Pace {
	return Pace{
		GapMin: max(p.GapMin, most.GapMin), GapMax: max(p.GapMax, most.GapMin, p.GapMin),
		ChatGap: max(p.ChatGap, most.ChatGap), MinInterval: max(p.MinInterval, most.MinInterval),
		PerHour: lesser(p.PerHour, most.PerHour), PerDay: lesser(p.PerDay, most.PerDay),
	}
}

// lesser is the stricter of two caps, where 0 is none.
func lesser(a, b int) int {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// Check answers Invalid with the form's field for what no pace can be.
func (p Pace) Check() error {
	switch {
	case p.GapMin < 0 || p.GapMin > LongestGap:
		return E(Invalid, "pace.gap", "Max", LongestGap).On("gap_min")
	case p.GapMax < p.GapMin:
		return E(Invalid, "pace.gap_order").On("gap_max")
	case p.GapMax > LongestGap:
		return E(Invalid, "pace.gap", "Max", LongestGap).On("gap_max")
	case p.ChatGap < 0 || p.ChatGap > LongestChatGap:
		return E(Invalid, "pace.chat_gap", "Max", LongestChatGap).On("chat_gap")
	case p.PerHour < 0 || p.PerHour > MostPerHour:
		return E(Invalid, "pace.per_hour", "Max", MostPerHour).On("per_hour")
	case p.PerDay < 0 || p.PerDay > MostPerDay:
		return E(Invalid, "pace.per_day", "Max", MostPerDay).On("per_day")
	case p.MinInterval < LeastInterval || p.MinInterval > LongestInterval:
		return E(Invalid, "pace.interval", "Min", LeastInterval, "Max", LongestInterval).On("min_interval")
	}
	return nil
}

// Warming up: a freshly connected account starts with a part of its caps, which
// grows every day until they are whole.
const (
	warmDays  = 7
	warmParts = warmDays + 1
)

// Warming is the cap of an account that was first connected at warm, and when it
// will rise next: the zero time when it is whole. On the first day it is a
// quarter, and an eighth more every 24 hours. A cap that is there is never 0.
func Warming(limit int, warm, now time.Time) (today int, rises time.Time) {
	if limit == 0 || warm.IsZero() {
		return limit, time.Time{}
	}
	day := int(max(0, now.Sub(warm)) / (24 * time.Hour))
	if day+2 >= warmParts {
		return limit, time.Time{}
	}
	return max(1, limit*(day+2)/warmParts), warm.Add(time.Duration(day+1) * 24 * time.Hour)
}
