package ui

import (
	"context"
	"strings"

	"postix/views/locale"
)

// Part is a stretch of a [Progress] bar. Kind picks its fill: "sent",
// "sending", "uncertain", "skipped", "failed" or "cancelled"; "waiting" is the
// empty track.
type Part struct {
	Kind, Label string
	N           int
}

type segment struct{ kind, x, width string }

// segments lays the parts side by side in percents with a thin gap. A small
// part stays visible: one failure in three thousand still shows, at the cost of
// the widest one. Waiting takes no ink.
func segments(parts []Part) []segment {
	const gap, least = 0.4, 0.8
	total := sum(parts)
	if total == 0 {
		return nil
	}
	widths, widest, used, shown := make([]float64, len(parts)), 0, 0.0, 0
	for i, p := range parts {
		if p.N == 0 || p.Kind == "waiting" {
			continue
		}
		widths[i] = max(least, float64(p.N)*100/float64(total))
		used += widths[i]
		shown++
		if widths[i] > widths[widest] {
			widest = i
		}
	}
	if over := used + gap*float64(max(0, shown-1)) - 100; over > 0 {
		widths[widest] -= over
	}
	var out []segment
	x := 0.0
	for i, p := range parts {
		if widths[i] > 0 {
			out = append(out, segment{p.Kind, percent(x), percent(widths[i])})
			x += widths[i] + gap
		}
	}
	return out
}

func sum(parts []Part) (n int) {
	for _, p := range parts {
		n += p.N
	}
	return n
}

// settled counts all that is no longer waiting.
func settled(parts []Part) int {
	n := 0
	for _, p := range parts {
		if p.Kind != "waiting" {
			n += p.N
		}
	}
	return n
}

// describe says the bar in words, for those who hear it.
func describe(ctx context.Context, parts []Part) string {
	var words []string
	for _, p := range parts {
		if p.N > 0 {
			words = append(words, p.Label+": "+locale.Num(ctx, p.N))
		}
	}
	return strings.Join(words, ", ")
}
