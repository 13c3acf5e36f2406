package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"postix/domain/filter"
)

type filterScoreCommand struct {
	filterOptions
	File string `arg:"" optional:"" help:"Labelled messages; - is standard input." default:"domain/filter/testdata/sample.jsonl" placeholder:"FILE"`
}

// sample is the labelled messages of the source tree, which a binary does not
// carry.
const sample = "domain/filter/testdata/sample.jsonl"

// Help implements kong.HelpProvider.
func (filterScoreCommand) Help() string {
	return `A line is a message of filter check with what a person says of it: "dispatcher": true or false, "rules": ["foreign_route"] for the rules that should hit, and optionally a "note". Without FILE it takes the sample of the source tree, and must be run there. The answer is a page of Markdown.`
}

// labelledLine is a message with what a person says of it.
type labelledLine struct {
	messageLine
	Dispatcher *bool         `json:"dispatcher"`
	Rules      []filter.Rule `json:"rules"`
	Note       string        `json:"note"`
}

// misjudged is a line on which the filter and the person do not agree.
type misjudged struct {
	id, note  string
	want, got string
}

// Run judges all lines and prints the page. A bad line ends it: figures of a part
// would deceive.
func (c filterScoreCommand) Run(s *surroundings) error {
	e, err := c.engine()
	if err != nil {
		return err
	}
	if _, err := os.Stat(sample); c.File == sample && errors.Is(err, fs.ErrNotExist) {
		return badSettings{"there is no " + sample + " here: run this in the source tree, or name a file of your own (filter score --help shows its form)"}
	}
	in, err := s.open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	var report filter.Report
	var wrong []misjudged
	var v filter.Verdict
	ids := maphash.MakeSeed()
	lines := newLineReader(s.ctx, in, func() error { return nil })
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		var l labelledLine
		if err == nil && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if err == nil {
			err = l.read(line)
		}
		if err != nil {
			return fmt.Errorf("%s: line %d: %w", c.File, lines.n, err)
		}
		m := l.message(ids)
		e.Check(&m, &v)
		if !report.Add(*l.Dispatcher, l.Rules, &v) {
			wrong = append(wrong, misjudged{l.ID, l.Note, said(*l.Dispatcher, l.Rules), said(v.Dispatcher, hitRules(&v))})
		}
	}
	out := bufio.NewWriter(s.out)
	writeScore(out, &report, wrong)
	return out.Flush()
}

// read takes a line of JSON; its error is a badLine.
func (l *labelledLine) read(line []byte) error {
	if err := json.Unmarshal(line, l); err != nil {
		return badLine(plainJSON(err, line))
	}
	if l.Dispatcher == nil {
		return badLine(`"dispatcher" is missing`)
	}
	for _, r := range l.Rules {
		if !r.Known() {
			return badLine(fmt.Sprintf("\"rules\" names %q, and there is no such rule", r))
		}
	}
	return l.check()
}

func hitRules(v *filter.Verdict) []filter.Rule {
	var rules []filter.Rule
	for _, h := range v.Hits {
		rules = append(rules, h.Rule)
	}
	return rules
}

// said is a judgement in short.
func said(dispatcher bool, rules []filter.Rule) string {
	words := []string{}
	for _, r := range rules {
		words = append(words, string(r))
	}
	if dispatcher != (len(rules) > 0) {
		words = slices.Insert(words, 0, fmt.Sprintf("dispatcher: %v", dispatcher))
	}
	if len(words) == 0 {
		return "-"
	}
	return strings.Join(words, ", ")
}

const scoreHead = `# How well the filter judges

` + "`postix filter score`" + ` compares the filter with what people say of invented messages
(` + "`domain/filter/testdata/sample.jsonl`" + `), most of them made to be tricky. ` + "`task score`" + ` writes this
page, so that every change of the filter shows what it did. Precision is the share of what was found
that is right, recall the share of what is there that was found.

`

func writeScore(out io.Writer, r *filter.Report, wrong []misjudged) {
	printf := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format, args...) } // the buffer keeps its error
	printf("%s%d messages, %d of them of dispatchers.\n\n", scoreHead, r.Messages, r.Dispatcher.Right+r.Dispatcher.Missed)
	printf("| | right | wrong | missed | precision | recall | F1 |\n|---|---|---|---|---|---|---|\n")
	row := func(name string, t filter.Tally) {
		printf("| %s | %d | %d | %d | %.3f | %.3f | %.3f |\n", name, t.Right, t.Wrong, t.Missed, t.Precision(), t.Recall(), t.F1())
	}
	row("**dispatcher**", r.Dispatcher)
	for _, rule := range filter.Rules() {
		if t := r.Rules[rule]; t != nil {
			row(string(rule), *t)
		}
	}
	if len(wrong) == 0 {
		return
	}
	printf("\n## Not agreed\n\n| message | what it is | should be | is |\n|---|---|---|---|\n")
	cell := strings.NewReplacer("|", "\\|", "\n", " ")
	for _, w := range wrong {
		printf("| %s | %s | %s | %s |\n", cell.Replace(w.id), cell.Replace(w.note), w.want, w.got)
	}
}
