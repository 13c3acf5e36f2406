package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"postix/domain"
)

// settings are read from the environment, once.
type settings struct {
	Listen  string   `env:"POSTIX_LISTEN" envDefault:"127.0.0.1:8080"`
	URL     string   `env:"POSTIX_URL"`
	Data    string   `env:"POSTIX_DATA" envDefault:"data"`
	KeyFile string   `env:"POSTIX_KEY_FILE"`
	Zone    string   `env:"POSTIX_ZONE" envDefault:"Asia/Tashkent"`
	Proxies []string `env:"POSTIX_TRUSTED_PROXIES"`
	Log     string   `env:"POSTIX_LOG" envDefault:"info"`
	Backup  []string `env:"POSTIX_BACKUP_RECIPIENTS"`

	API      string `env:"TELEGRAM_API_ID"`
	APIID    int    // API as a number
	APIHash  string `env:"TELEGRAM_API_HASH"`
	BotToken string `env:"TELEGRAM_BOT_TOKEN"`
	BotHook  bool   `env:"TELEGRAM_BOT_WEBHOOK"`
	Sandbox  string `env:"TELEGRAM_SANDBOX"`

	InUse bool // another process works on the data directory
}

const settingsHelp = `Settings (environment):
  POSTIX_LISTEN           address of the panel (127.0.0.1:8080)
  POSTIX_URL              address people type, such as https://postix.example.uz; https makes cookies secure
  POSTIX_DATA             directory of the database (data)
  POSTIX_KEY_FILE         file of the key that seals Telegram sessions (postix.key in the data directory)
  POSTIX_ZONE             time zone of new organizations (Asia/Tashkent)
  POSTIX_TRUSTED_PROXIES  addresses or networks whose X-Forwarded-For is believed, with commas
  POSTIX_LOG              debug, info, warn or error (info)
  POSTIX_BACKUP_RECIPIENTS  public keys (age1...) that backups are encrypted to, with commas
  TELEGRAM_API_ID         from https://my.telegram.org
  TELEGRAM_API_HASH       from https://my.telegram.org
  TELEGRAM_BOT_TOKEN      from @BotFather; without it there is no bot
  TELEGRAM_BOT_WEBHOOK    true: Telegram brings the bot's updates to POSTIX_URL, instead of being asked for them
  TELEGRAM_SANDBOX        address of a running sandbox, instead of the three above
`

// badSettings is everything that is wrong with the settings, said at once.
type badSettings []string

func (b badSettings) Error() string { return strings.Join(b, "\n") }

var (
	tokenForm = regexp.MustCompile(`^\d+:[\w-]{35}$`)
	hashForm  = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)
)

// loadSettings reads and checks all settings; its error is a badSettings.
func loadSettings(environ map[string]string) (settings, error) {
	var s settings
	var bad badSettings
	if err := env.ParseWithOptions(&s, env.Options{Environment: environ}); err != nil {
		return s, badSettings{err.Error()}
	}
	s.APIID, _ = strconv.Atoi(s.API) // 0 is refused below
	say := func(wrong bool, format string, args ...any) {
		if wrong {
			bad = append(bad, fmt.Sprintf(format, args...))
		}
	}
	_, _, err := net.SplitHostPort(s.Listen)
	say(err != nil, "POSTIX_LISTEN: %q is not host:port", s.Listen)
	_, err = time.LoadLocation(s.Zone)
	say(err != nil || s.Zone == "", "POSTIX_ZONE: %q is not a time zone such as %s", s.Zone, domain.DefaultZone)
	u, err := url.Parse(s.URL)
	say(s.URL != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https"), "POSTIX_URL: %q is not an http(s) address", s.URL)
	var level slog.Level
	say(level.UnmarshalText([]byte(s.Log)) != nil, "POSTIX_LOG: %q is not debug, info, warn or error", s.Log)
	for _, p := range s.Proxies {
		_, _, err := net.ParseCIDR(p)
		say(err != nil && net.ParseIP(p) == nil, "POSTIX_TRUSTED_PROXIES: %q is neither an address nor a network", p)
	}
	_, err = backupRecipients(s.Backup)
	say(err != nil, "POSTIX_BACKUP_RECIPIENTS: %v", err)
	say(s.BotHook && !s.secure() && s.Sandbox == "", "TELEGRAM_BOT_WEBHOOK: needs a POSTIX_URL with https, where Telegram can reach the panel")
	say(s.BotHook && s.URL == "", "TELEGRAM_BOT_WEBHOOK: needs POSTIX_URL")
	say(s.BotHook && s.BotToken == "" && s.Sandbox == "", "TELEGRAM_BOT_WEBHOOK: needs TELEGRAM_BOT_TOKEN")
	say(s.BotToken != "" && !tokenForm.MatchString(s.BotToken), "TELEGRAM_BOT_TOKEN: does not look like a bot's token")
	if s.Sandbox != "" {
		say(s.API != "" || s.APIHash != "" || s.BotToken != "", "TELEGRAM_SANDBOX: must not be set together with real Telegram keys")
		u, err := url.Parse(s.Sandbox)
		say(err != nil || u.Host == "", "TELEGRAM_SANDBOX: %q is not an address such as http://127.0.0.1:8081", s.Sandbox)
	} else {
		say(s.APIID <= 0, "TELEGRAM_API_ID: must be the number from https://my.telegram.org")
		say(!hashForm.MatchString(s.APIHash), "TELEGRAM_API_HASH: must be 32 hexadecimal digits from https://my.telegram.org")
	}
	if s.KeyFile == "" {
		s.KeyFile = filepath.Join(s.Data, "postix.key")
	}
	if bad != nil {
		return s, bad
	}
	return s, nil
}

func (s settings) database() string { return filepath.Join(s.Data, "postix.db") }

func (s settings) secure() bool { return strings.HasPrefix(s.URL, "https://") }

// prepareData makes the data directory and proves that it can be written.
func (s settings) prepareData() error {
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return badSettings{fmt.Sprintf("POSTIX_DATA: cannot make the directory: %v", err)}
	}
	f, err := os.CreateTemp(s.Data, ".write-*")
	if err != nil {
		return badSettings{fmt.Sprintf("POSTIX_DATA: cannot write into the directory: %v", err)}
	}
	_ = f.Close()
	return os.Remove(f.Name())
}
