package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"os"

	"postix/domain/filter"
)

type filterCommand struct {
	Check    filterCheckCommand    `cmd:"" help:"Judge messages, one line of JSON each."`
	Replay   filterReplayCommand   `cmd:"" help:"Judge a chat export of Telegram Desktop (result.json)."`
	Score    filterScoreCommand    `cmd:"" help:"Measure precision and recall on labelled messages."`
	Settings filterSettingsCommand `cmd:"" help:"Print the default switches and thresholds, as a file for --settings."`
	Keywords filterKeywordsCommand `cmd:"" help:"Print the built-in word lists, as a file for --keywords."`
}

// filterOptions are the lists and settings that the commands judge by.
type filterOptions struct {
	Keywords string `help:"Word lists, as dispatcher_keywords.json; the built-in ones if not given (filter keywords prints them)." placeholder:"FILE"`
	Settings string `help:"Switches and thresholds as JSON; what it does not name is the default (filter settings prints them)." placeholder:"FILE"`
}

// engine is what the options say. What is wrong with them is a badSettings.
func (o filterOptions) engine() (*filter.Engine, error) {
	words, set := filter.DefaultKeywords(), filter.DefaultSettings()
	for _, f := range []struct {
		flag, name string
		parse      func([]byte) error
	}{
		{"--keywords", o.Keywords, func(b []byte) (err error) { words, err = filter.ParseKeywords(b); return err }},
		{"--settings", o.Settings, func(b []byte) (err error) { set, err = filter.ParseSettings(b); return err }},
	} {
		if f.name == "" {
			continue
		}
		b, err := os.ReadFile(f.name)
		if err != nil {
			return nil, badSettings{fmt.Sprintf("%s %s", f.flag, plainFile(err))}
		}
		if err := f.parse(b); err != nil {
			return nil, badSettings{fmt.Sprintf("%s %s: %v", f.flag, f.name, err)}
		}
	}
	return filter.NewEngine(set, filter.NewLexicon(words), filter.Custom{}, filter.Limits{}), nil
}

type filterCheckCommand struct {
	filterOptions
	File string `arg:"" optional:"" help:"File with the messages; - is standard input." default:"-" placeholder:"FILE"`
}

// Help implements kong.HelpProvider.
func (filterCheckCommand) Help() string {
	return `A message:  {"id":"m1","at":"2026-01-05T09:00:00Z","chat_id":-100123,"chat_title":"","chat_members":1200,"sender_id":42,"username":"","first_name":"","last_name":"","bio":"","text":""}
Its answer: {"id":"m1","dispatcher":false,"severity":"none","rule":"phone_required","hits":[],"phones":[]}

at and text are required. Time is the messages' own. The rule is the first that hit, phone_required where the text has no phone and nothing else may hit, or empty. Two lines with the same chat_id and id are one message, which counts once; a line without id is always another. {"reset":true} forgets what was seen and has no answer; empty lines have none either. A bad line (or one over 1 MiB) is named on standard error and nothing else comes of it, not even a reset; the exit status is 1 after all others were answered.`
}

// Run answers line by line.
func (c filterCheckCommand) Run(s *surroundings) error {
	e, err := c.engine()
	if err != nil {
		return err
	}
	in, err := s.open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out := newVerdictWriter(s.out)
	k := checking{engine: e, out: out, ids: maphash.MakeSeed()}
	lines := newLineReader(s.ctx, in, out.flush)
	bad := 0
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = k.line(line)
		}
		var broken badLine
		switch {
		case errors.As(err, &broken):
			bad++
			_, _ = fmt.Fprintf(s.errOut, "postix: line %d: %s\n", lines.n, broken)
		case err != nil:
			return out.end(err)
		}
	}
	if err := out.flush(); err != nil {
		return err
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d lines were bad", bad, lines.n)
	}
	return nil
}

// open opens a file to read, or standard input for "-".
func (s *surroundings) open(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(s.in), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, badSettings{plainFile(err)}
	}
	if i, err := f.Stat(); err == nil && i.IsDir() {
		_ = f.Close()
		return nil, badSettings{name + ": is a directory"}
	}
	return f, nil
}

// plainFile names the file and what is wrong, without the call that found it.
func plainFile(err error) string {
	var e *fs.PathError
	if errors.As(err, &e) {
		return fmt.Sprintf("%s: %v", e.Path, e.Err)
	}
	return err.Error()
}

// checking answers one line after the other.
type checking struct {
	engine  *filter.Engine
	out     *verdictWriter
	ids     maphash.Seed
	read    messageLine
	verdict filter.Verdict
}

func (k *checking) line(line []byte) error {
	if len(bytes.TrimSpace(line)) == 0 {
		return nil
	}
	if err := k.read.read(line); err != nil {
		return err
	}
	if k.read.Reset {
		k.engine.Reset()
		return nil
	}
	m := k.read.message(k.ids)
	k.engine.Check(&m, &k.verdict)
	return k.out.write(k.read.ID, &k.verdict)
}

// verdictWriter writes verdicts as lines of JSON.
type verdictWriter struct {
	buffer *bufio.Writer
	json   *json.Encoder
	line   verdictLine
}

type verdictLine struct {
	ID         string          `json:"id"`
	Dispatcher bool            `json:"dispatcher"`
	Severity   filter.Severity `json:"severity"`
	Rule       filter.Rule     `json:"rule"`
	Hits       []hitLine       `json:"hits"`
	Phones     []string        `json:"phones"`
}

type hitLine struct {
	Rule     filter.Rule     `json:"rule"`
	Severity filter.Severity `json:"severity"`
	Reason   string          `json:"reason"`
}

func newVerdictWriter(out io.Writer) *verdictWriter {
	w := &verdictWriter{buffer: bufio.NewWriterSize(out, 64<<10)}
	w.json = json.NewEncoder(w.buffer)
	w.json.SetEscapeHTML(false)
	w.line = verdictLine{Hits: []hitLine{}, Phones: []string{}} // never null
	return w
}

func (w *verdictWriter) flush() error { return w.buffer.Flush() }

// end is flush after an error. Where the writing itself has failed, that is said
// and nothing else: it is most likely the same.
func (w *verdictWriter) end(err error) error { return cmp.Or(w.flush(), err) }

func (w *verdictWriter) write(id string, v *filter.Verdict) error {
	l := &w.line
	l.ID, l.Dispatcher, l.Severity, l.Rule = id, v.Dispatcher, v.Severity, v.Rule
	l.Hits, l.Phones = l.Hits[:0], append(l.Phones[:0], v.Phones...)
	for _, h := range v.Hits {
		l.Hits = append(l.Hits, hitLine{h.Rule, h.Severity, h.String()})
	}
	return w.json.Encode(l)
}
