package main

import (
	"bufio"
	"fmt"
	"strconv"

	"postix/domain/filter"
)

type filterReplayCommand struct {
	filterOptions
	File    string `arg:"" help:"The export; - is standard input." placeholder:"EXPORT.json"`
	Summary string `help:"Where the table goes: stdout, stderr or none." enum:"stdout,stderr,none" default:"stdout"`
}

// Help implements kong.HelpProvider.
func (filterReplayCommand) Help() string {
	return `Takes the export of one chat or of a whole account, as JSON. Groups are judged; private chats and channels, service messages and posts of channels are passed over. An export has no usernames. Messages that have only a date, as in old exports, are judged as if it were UTC.

The answers are lines as those of filter check. An empty line and a table of what was found follow them; no line of these begins with "{".

A message that is not as it should be is named on standard error and passed over, and the exit status is 1 in the end.`
}

// Run streams the export, whatever its size.
func (c filterReplayCommand) Run(s *surroundings) error {
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
	sum := newReplaySummary()
	var v filter.Verdict
	odd := 0
	x := newExportReader(bufio.NewReaderSize(&patientReader{s.ctx, in, out.flush}, maxLine))
	x.judge = func(m *filter.Message) error {
		e.Check(m, &v)
		sum.add(m, &v)
		return out.write(strconv.FormatInt(m.ID, 10), &v)
	}
	x.odd = func(what string) {
		odd++
		_, _ = fmt.Fprintf(s.errOut, "postix: %s: %s\n", c.File, what)
	}
	found, err := x.read()
	if found {
		c.summarize(s, out, sum)
	}
	if err != nil {
		err = fmt.Errorf("%s: at byte %d: %s", c.File, x.json.InputOffset(), plainStream(err))
	} else if odd > 0 {
		err = fmt.Errorf("%s: %d parts of it are not as they should be", c.File, odd)
	}
	return out.end(err)
}

// summarize writes the table, behind the verdicts where it goes with them.
func (c filterReplayCommand) summarize(s *surroundings, out *verdictWriter, sum *replaySummary) {
	switch c.Summary {
	case "stdout":
		sum.write(out.buffer)
	case "stderr":
		sum.write(s.errOut)
	}
}
