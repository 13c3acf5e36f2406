package views

import (
	"context"
	"strconv"
	"strings"
	"time"

	"postix/domain"
	"postix/views/locale"
	"postix/views/ui"
)

// ServiceHealth is how the numbers, the sending and the machine are.
type ServiceHealth struct {
	domain.Health
	Bot     string // its trouble; "none": there is no bot
	Stopped bool   // all sending is
	Numbers NumberStates
	Version string
	Started time.Time // when the program did
	Now     time.Time
}

// NumberStates counts the connected numbers of all organizations. Each counts
// once: for what keeps it from sending, or for its link to Telegram.
type NumberStates struct {
	All, Ready, Connecting, Off int
	Waits                       int // Telegram asked for silence
	Paused, NeedsLogin          int
}

// Count adds a number as it is now.
func (n *NumberStates) Count(a domain.Account, l domain.LinkState, now time.Time) {
	n.All++
	switch {
	case a.State == domain.AccountNeedsLogin:
		n.NeedsLogin++
	case a.State == domain.AccountPaused:
		n.Paused++
	case a.WaitUntil.After(now):
		n.Waits++
	case l == domain.LinkReady:
		n.Ready++
	case l == domain.LinkConnecting:
		n.Connecting++
	default:
		n.Off++
	}
}

// numberState is one line of that count.
type numberState struct {
	tone       ui.Tone
	icon, word string
	n          int
}

// states lists what there is any of; that all is well is said by the first.
func (n NumberStates) states(ctx context.Context) (out []numberState) {
	for _, s := range []numberState{
		{ui.Ok, "circle-check", "ready", n.Ready},
		{ui.Info, "loader-circle", "connecting", n.Connecting},
		{ui.Warn, "wifi-off", "off", n.Off},
		{ui.Warn, "hourglass", "waits", n.Waits},
		{ui.Warn, "circle-pause", "paused", n.Paused},
		{ui.Bad, "unplug", "needs_login", n.NeedsLogin},
	} {
		if s.n > 0 {
			s.word = locale.T(ctx, "account.standing."+s.word) + ": " + locale.Num(ctx, s.n)
			out = append(out, s)
		}
	}
	return out
}

// The delays of sending at which it is worth a word, and a loud one.
const (
	lateBelow = time.Minute // below: the beat of the queue
	lateBad   = 10 * time.Minute
)

// bot is how the Telegram bot stands.
func (h ServiceHealth) bot(ctx context.Context) standing {
	switch h.Bot {
	case "":
		return standing{Tone: ui.Ok, Icon: "circle-check", Word: locale.T(ctx, "service.health.bot.well")}
	case "none":
		return standing{Icon: "power", Word: locale.T(ctx, "service.health.bot.none")}
	}
	return standing{Tone: ui.Bad, Icon: "triangle-alert", Word: locale.T(ctx, "service.health.bot."+h.Bot)}
}

// lateness says how late the sending is.
func (h ServiceHealth) lateness(ctx context.Context) standing {
	if h.Stopped {
		return standing{Tone: ui.Warn, Icon: "octagon-pause", Word: locale.T(ctx, "service.main.stopped")}
	}
	late := h.Now.Sub(h.Late)
	if h.Late.IsZero() || late < lateBelow {
		return standing{Tone: ui.Ok, Icon: "circle-check", Word: locale.T(ctx, "service.health.on_time")}
	}
	s := standing{Tone: ui.Warn, Icon: "clock", Word: locale.T(ctx, "service.health.late", "Late", late.Truncate(time.Second)), Why: locale.T(ctx, "service.health.late_at", "N", h.LateAt)}
	if late >= lateBad {
		s.Tone = ui.Bad
	}
	return s
}

// sums says whether the figures of all campaigns come out.
func (h ServiceHealth) sums(ctx context.Context) standing {
	if h.SumsWrong == 0 {
		return standing{Tone: ui.Ok, Icon: "circle-check", Word: locale.T(ctx, "service.health.sums_right")}
	}
	return standing{Tone: ui.Bad, Icon: "triangle-alert", Word: locale.T(ctx, "service.health.sums_wrong", "N", h.SumsWrong), Why: locale.T(ctx, "service.health.sums_why")}
}

// leastFree is how much of the disk may be left before that is said loudly: the
// database needs room for a copy of itself, in a backup.
const leastFree = 1 << 30

// disk says how large the database is, and whether there is room.
func (h ServiceHealth) disk(ctx context.Context) standing {
	s := standing{Tone: ui.Ok, Icon: "circle-check", Word: locale.T(ctx, "service.health.size", "Size", bytesWords(ctx, h.Size))}
	switch {
	case h.Free < 0:
		s.Tone, s.Icon = ui.Neutral, "info"
	case h.Free < max(leastFree, h.Size):
		s.Tone, s.Icon, s.Why = ui.Bad, "triangle-alert", locale.T(ctx, "service.health.disk_full", "Free", bytesWords(ctx, h.Free))
	default:
		s.Why = locale.T(ctx, "service.health.free", "Free", bytesWords(ctx, h.Free))
	}
	return s
}

// bytesWords is a size as people say it: in MB, or GB with one decimal.
func bytesWords(ctx context.Context, n int64) string {
	const mega, giga = 1 << 20, 1 << 30
	if n < giga {
		return locale.T(ctx, "service.health.mb", "N", strconv.FormatInt((n+mega-1)/mega, 10))
	}
	size := strconv.FormatFloat(float64(n)/giga, 'f', 1, 64)
	if locale.Lang(ctx) != "en" {
		size = strings.Replace(size, ".", ",", 1)
	}
	return locale.T(ctx, "service.health.gb", "N", size)
}
