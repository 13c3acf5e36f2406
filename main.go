// Postix schedules messages from an organization's own Telegram accounts to the
// chats they are in. This package holds the commands and joins the parts.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // zones must not depend on the machine

	"github.com/alecthomas/kong"

	"postix/domain"
	"postix/handlers"
)

// version is set when a release is built.
var version = "dev"

// commands is the command line.
type commands struct {
	Serve   serveCommand   `cmd:"" help:"Run the panel and send what is due."`
	Sandbox sandboxCommand `cmd:"" help:"Run everything on a Telegram of its own, to try it out."`
	User    userCommand    `cmd:"" help:"Users of the service itself."`
	Org     orgCommand     `cmd:"" name:"organization" help:"Organizations that use the service."`
	Filter  filterCommand  `cmd:"" help:"Judge messages as the dispatcher filter does."`
	Key     keyCommand     `cmd:"" help:"The key that seals Telegram sessions."`
	Audit   auditCommand   `cmd:"" help:"What was kept of who did what."`
	Backup  backupCommand  `cmd:"" help:"Write an encrypted copy of everything."`
	Restore restoreCommand `cmd:"" help:"Put a backup back into an empty data directory."`
	Adopt   adoptCommand   `cmd:"" help:"Confirm that restored or copied data is used here only."`
	Routes  routesCommand  `cmd:"" help:"List the panel's addresses and who may call them."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// Exit codes.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2 // wrong settings or arguments, a used port, a directory that cannot be written
)

// surroundings is what a command sees of the process.
type surroundings struct {
	ctx         context.Context
	in          io.Reader
	out, errOut io.Writer
	environ     map[string]string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	s := &surroundings{ctx, os.Stdin, os.Stdout, os.Stderr, environment()}
	code := s.run(os.Args[1:])
	stop()
	os.Exit(code)
}

// run parses and carries out one command line.
func (s *surroundings) run(args []string) (code int) {
	var c commands
	done := false
	p := kong.Must(&c,
		kong.Name("postix"),
		kong.Description("Sends your messages to your Telegram chats, once and on time.\n\n"+settingsHelp),
		kong.Writers(s.out, s.errOut),
		kong.Exit(func(int) { done = true }),
		kong.Bind(s),
		kong.ShortUsageOnError(),
	)
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := p.Parse(args)
	switch {
	case done:
		return exitOK
	case err != nil:
		_, _ = fmt.Fprintf(s.errOut, "postix: %v\nSee: postix --help\n", err)
		return exitUsage
	}
	return s.exit(k.Run())
}

// exit says one clear sentence for an error.
func (s *surroundings) exit(err error) int {
	if err == nil {
		return exitOK
	}
	var bad badSettings
	if errors.As(err, &bad) {
		for _, line := range bad {
			_, _ = fmt.Fprintln(s.errOut, "postix:", line)
		}
		return exitUsage
	}
	var e *domain.Error
	if errors.As(err, &e) {
		_, _ = fmt.Fprintln(s.errOut, "postix:", plain(e))
		return exitUsage
	}
	_, _ = fmt.Fprintln(s.errOut, "postix:", err)
	return exitError
}

type serveCommand struct{}

// Help implements kong.HelpProvider.
func (serveCommand) Help() string { return settingsHelp }

// Run serves until it is told to stop.
func (serveCommand) Run(s *surroundings) error {
	set, err := loadSettings(s.environ)
	if err != nil {
		return err
	}
	log := newLogger(s.errOut, set.Log)
	lock, err := set.hold()
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	l, err := listen(s.ctx, set.Listen, "POSTIX_LISTEN")
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	tg, page, err := joinTelegram(s.ctx, set, log)
	if err != nil {
		return err
	}
	a, err := open(s.ctx, set, tg, log)
	if err != nil {
		return err
	}
	defer a.close()
	a.sandboxURL = page
	if a.botAt, err = joinBot(s.ctx, set); err != nil {
		return err
	}
	if n, err := a.store.CountUsers(s.ctx); err == nil && n == 0 {
		log.Warn("there is no user yet; make the first with: postix user add")
	}
	return a.run(s.ctx, l)
}

type routesCommand struct {
	JSON bool `help:"As JSON: method, path, permission, params."`
}

// Run prints the registry.
func (c routesCommand) Run(s *surroundings) error {
	if c.JSON {
		e := json.NewEncoder(s.out)
		e.SetIndent("", "  ")
		return e.Encode(handlers.Routes())
	}
	for _, r := range handlers.Routes() {
		if _, err := fmt.Fprintf(s.out, "%-4s  %-48s  %s\n", r.Method, r.Path, r.Permission); err != nil {
			return err
		}
	}
	return nil
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(s *surroundings) error {
	_, err := fmt.Fprintln(s.out, "postix", version)
	return err
}

func environment() map[string]string {
	m := map[string]string{}
	for _, kv := range os.Environ() {
		k, v, _ := strings.Cut(kv, "=")
		m[k] = v
	}
	return m
}
