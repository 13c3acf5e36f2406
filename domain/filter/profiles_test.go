package filter

import "testing"

// What was said of a profile must not outlive the settings and the lists it was
// said by.
func TestConfigureForgetsProfiles(t *testing.T) {
	e := NewEngine(DefaultSettings(), NewLexicon(DefaultKeywords()), Custom{}, Limits{})
	m := Message{At: start, SenderID: 1, FirstName: "Zarafshon", Text: "90 123 45 67"}
	var v Verdict
	for _, step := range []struct {
		words []string
		want  bool
	}{{nil, false}, {[]string{"zarafshon"}, true}, {nil, false}} {
		e.Configure(DefaultSettings(), NewLexicon(Keywords{Username: step.words}), Custom{})
		for range 2 {
			if e.Explain(&m, &v); v.Dispatcher != step.want {
				t.Errorf("words %v: dispatcher %v, want %v", step.words, v.Dispatcher, step.want)
			}
		}
	}
}
