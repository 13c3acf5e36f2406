package filter

import "slices"

// Report compares verdicts with what people said of the same messages.
type Report struct {
	Messages   int
	Dispatcher Tally
	Rules      map[Rule]*Tally // of the rules that hit or should have
}

// Tally counts answers by whether they were right.
type Tally struct {
	Right  int // said, and so it is
	Wrong  int // said, and it is not so
	Missed int // not said, though it is so
}

// Add compares one verdict. It reports whether the verdict and all its rules are
// right.
func (r *Report) Add(dispatcher bool, rules []Rule, v *Verdict) (right bool) {
	r.Messages++
	right = r.Dispatcher.add(dispatcher, v.Dispatcher)
	for _, rule := range Rules() {
		want := slices.Contains(rules, rule)
		got := slices.ContainsFunc(v.Hits, func(h Hit) bool { return h.Rule == rule })
		if !want && !got {
			continue
		}
		if r.Rules == nil {
			r.Rules = map[Rule]*Tally{}
		}
		t := r.Rules[rule]
		if t == nil {
			t = &Tally{}
			r.Rules[rule] = t
		}
		right = t.add(want, got) && right
	}
	return right
}

func (t *Tally) add(want, got bool) (right bool) {
	switch {
	case want && got:
		t.Right++
	case got:
		t.Wrong++
	case want:
		t.Missed++
	}
	return want == got
}

// Precision is the share of what was said that is so, 1 where nothing was said.
func (t Tally) Precision() float64 { return share(t.Right, t.Wrong) }

// Recall is the share of what is so that was said, 1 where nothing is.
func (t Tally) Recall() float64 { return share(t.Right, t.Missed) }

// F1 is the harmonic mean of the two.
func (t Tally) F1() float64 { return share(2*t.Right, t.Wrong+t.Missed) }

func share(part, rest int) float64 {
	if part+rest == 0 {
		return 1
	}
	return float64(part) / float64(part+rest)
}
