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
	"time"
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

type userCommand struct {
	Add userAddCommand `cmd:"" help:"Add a service admin, who makes organizations and limits."`
}

type userAddCommand struct {
	Email    string `required:"" help:"Address to sign in with."`
	Name     string `required:"" help:"Name shown in the panel."`
	Password string `help:"Read from standard input when it is not given, which keeps it out of the shell's history."`
}

// Run adds a service admin to the database in POSTIX_DATA.
func (c userAddCommand) Run(s *surroundings) error {
	set, err := loadSettings(withoutTelegram(s.environ))
	if err != nil {
		return err
	}
	if c.Password == "" {
		_, _ = fmt.Fprint(s.errOut, "Password: ")
		line, err := io.ReadAll(io.LimitReader(firstLine{s.in}, 1024))
		if err != nil {
			return fmt.Errorf("reading the password: %w", err)
		}
		c.Password = strings.TrimRight(string(line), "\r\n")
	}
	store, err := openStore(s.ctx, set, newLogger(s.errOut, set.Log))
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	org, err := store.ServiceOrganization(s.ctx)
	if err != nil {
		return err
	}
	u, err := domain.AddUser(s.ctx, store, handlers.NewPasswords(1), domain.User{
		OrganizationID: org.ID, Role: domain.RoleAdmin, Name: c.Name, Email: c.Email,
	}, c.Password, time.Now())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s is a service admin now.\n", u.Email)
	return err
}

// firstLine reads up to and with the first line end.
type firstLine struct{ r io.Reader }

// Read implements io.Reader, a byte at a time.
func (f firstLine) Read(p []byte) (int, error) {
	n, err := f.r.Read(p[:1])
	if n == 1 && p[0] == '\n' {
		return 0, io.EOF
	}
	return n, err
}

func environment() map[string]string {
	m := map[string]string{}
	for _, kv := range os.Environ() {
		k, v, _ := strings.Cut(kv, "=")
		m[k] = v
	}
	return m
}

// withoutTelegram makes settings that need no Telegram pass their check.
func withoutTelegram(environ map[string]string) map[string]string {
	m := map[string]string{}
	for k, v := range environ {
		if !strings.HasPrefix(k, "TELEGRAM_") {
			m[k] = v
		}
	}
	m["TELEGRAM_SANDBOX"] = "http://127.0.0.1"
	return m
}
