package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"postix/db"
	"postix/domain"
	"postix/handlers"
	"postix/views"
)

type userCommand struct {
	Add  userAddCommand  `cmd:"" help:"Add a service admin."`
	Link userLinkCommand `cmd:"" help:"Make a link by which somebody sets his password."`
}

type userAddCommand struct {
	Email    string `required:"" help:"Address to sign in with."`
	Name     string `required:"" help:"Name shown in the panel."`
	Password string `help:"Better left out: it is then read from standard input, and neither the shell's history nor the list of processes has it."`
}

// Run adds a service admin to the database in POSTIX_DATA.
func (c userAddCommand) Run(s *surroundings) error {
	return s.withStore(func(store *db.Store, _ settings) error {
		org, err := store.ServiceOrganization(s.ctx)
		if err != nil {
			return err
		}
		return s.addUser(store, domain.User{OrganizationID: org.ID, Role: domain.RoleAdmin, Name: c.Name, Email: c.Email}, c.Password, "a service admin")
	})
}

type userLinkCommand struct {
	Email string `required:"" help:"Address he signs in with."`
}

// Help implements kong.HelpProvider.
func (userLinkCommand) Help() string {
	return "For somebody who has lost his password, or the phone of his second step and its recovery codes. The link works for a day and once; " +
		"using it switches the second step off and signs him out everywhere."
}

// Run makes the link for a user in the database in POSTIX_DATA.
func (c userLinkCommand) Run(s *surroundings) error {
	return s.withExisting(func(store *db.Store, set settings) error {
		a, _, err := store.UserByEmail(s.ctx, strings.ToLower(strings.TrimSpace(c.Email)))
		if err != nil {
			return err
		}
		token, link := domain.NewPasswordLink(time.Now().UTC())
		if err := store.PutPasswordLink(s.ctx, a.User, link); err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.out, strings.TrimSuffix(set.URL, "/")+views.SetPasswordURL+token)
		return err
	})
}

type orgCommand struct {
	Add orgAddCommand `cmd:"" help:"Add an organization with its first owner."`
}

type orgAddCommand struct {
	Name          string `required:"" help:"Name of the organization."`
	OwnerEmail    string `required:"" help:"Address its owner signs in with."`
	OwnerName     string `required:"" help:"Name of its owner."`
	OwnerPassword string `help:"Better left out: it is then read from standard input, and neither the shell's history nor the list of processes has it."`
	Zone          string `help:"Its time zone; POSTIX_ZONE when it is not given."`
	Numbers       int    `help:"How many Telegram numbers it may connect." default:"50"`
}

// Run adds an organization to the database in POSTIX_DATA. An owner that cannot
// be added leaves no organization behind.
func (c orgAddCommand) Run(s *surroundings) error {
	name, err := domain.CleanName(c.Name, "name", 100)
	if err != nil {
		return err
	}
	if c.Zone != "" && !domain.KnownZone(c.Zone) {
		return badSettings{fmt.Sprintf("--zone: %q is not a time zone such as %s", c.Zone, domain.DefaultZone)}
	}
	limits := domain.Limits{Accounts: c.Numbers}
	if c.Numbers < 1 || limits.Check(domain.Limits{}) != nil {
		return badSettings{fmt.Sprintf("--numbers: must be from 1 to %d", domain.MostAccounts)}
	}
	return s.withStore(func(store *db.Store, set settings) error {
		if c.Zone == "" {
			c.Zone = set.Zone
		}
		if err := s.askPassword(&c.OwnerPassword); err != nil {
			return err
		}
		owner, err := domain.CheckUser(handlers.NewPasswords(1), domain.User{Role: domain.RoleOwner, Name: c.OwnerName, Email: c.OwnerEmail}, c.OwnerPassword)
		if err != nil {
			return err
		}
		if _, _, err := store.UserByEmail(s.ctx, owner.Email); err == nil {
			return domain.E(domain.Conflict, "user.email_taken")
		}
		org, err := store.CreateOrganization(s.ctx, domain.Organization{
			Name: name, Zone: c.Zone, Pace: domain.DefaultPace, Limits: limits, CreatedAt: time.Now().UTC(),
		})
		if err != nil {
			return err
		}
		owner.OrganizationID = org.ID
		return s.addUser(store, owner, c.OwnerPassword, "the owner of "+name)
	})
}

// withStore opens the database in POSTIX_DATA; Telegram's settings are not
// needed for that.
func (s *surroundings) withStore(do func(*db.Store, settings) error) error {
	set, err := loadSettings(withoutTelegram(s.environ))
	if err != nil {
		return err
	}
	if err := set.prepareData(); err != nil {
		return err
	}
	lock, err := lockData(set.Data)
	set.InUse = err != nil // a server that runs is no hindrance
	store, err := openStore(s.ctx, set, newLogger(s.errOut, "warn"))
	if lock != nil {
		_ = lock.Close() // it was for making the database
	}
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	return do(store, set)
}

// withExisting is withStore where there is a database already: a directory that
// was mistyped must not become a new installation.
func (s *surroundings) withExisting(do func(*db.Store, settings) error) error {
	set, err := loadSettings(withoutTelegram(s.environ))
	if err != nil {
		return err
	}
	if !exists(set.database()) {
		return badSettings{fmt.Sprintf("POSTIX_DATA: there is no database %s", set.database())}
	}
	return s.withStore(do)
}

func (s *surroundings) addUser(store *db.Store, u domain.User, password, what string) error {
	if err := s.askPassword(&password); err != nil {
		return err
	}
	u, err := domain.AddUser(s.ctx, store, handlers.NewPasswords(1), u, password, time.Now())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s is %s now.\n", u.Email, what)
	return err
}

// askPassword reads a line from standard input when there is no password yet.
// It asks for it only where somebody sits at a terminal.
func (s *surroundings) askPassword(password *string) error {
	if *password != "" {
		return nil
	}
	if f, ok := s.in.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			_, _ = fmt.Fprint(s.errOut, "Password: ")
		}
	}
	line, err := io.ReadAll(io.LimitReader(firstLine{s.in}, 1024))
	if err != nil {
		return fmt.Errorf("reading the password: %w", err)
	}
	*password = strings.TrimRight(string(line), "\r\n")
	return nil
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
