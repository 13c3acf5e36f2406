package main

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"postix/telegram"
	"postix/telegram/sandbox"
)

type sandboxCommand struct {
	All      sandboxAllCommand      `cmd:"" default:"withargs" help:"Run everything (this is what postix sandbox does; see its flags with --help)."`
	Telegram sandboxTelegramCommand `cmd:"" help:"Run the Telegram side alone, for a postix serve with TELEGRAM_SANDBOX."`
}

type sandboxAllCommand struct {
	Data    string        `help:"Keep everything in this directory; otherwise it is gone at the end." placeholder:"DIR"`
	Panel   string        `help:"Address of the panel." default:"127.0.0.1:8080"`
	Page    string        `help:"Address of the sandbox's page, control API and Bot API." default:"127.0.0.1:8081"`
	MTProto string        `name:"mtproto" help:"Address of the sandbox's data centre." default:"127.0.0.1:8443"`
	Gap     time.Duration `help:"Mean time between two messages of one account." default:"500ms"`
	Log     string        `help:"debug, info, warn or error." enum:"debug,info,warn,error" default:"warn"`
}

// Run starts the Telegram side and the product on it, in one process.
func (c sandboxAllCommand) Run(s *surroundings) error {
	if c.Gap < 0 || c.Gap > time.Hour {
		return badSettings{"--gap: must lie between 0s and 1h"}
	}
	if err := s.madeUp(); err != nil {
		return err
	}
	dir := c.Data
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "postix-sandbox-"); err != nil {
			return badSettings{fmt.Sprintf("--data: cannot make a temporary directory: %v", err)}
		}
		defer func() { _ = os.RemoveAll(dir) }()
	}
	lock, err := settings{Data: dir}.hold()
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	if _, err := os.Stat(filepath.Join(dir, "telegram")); err != nil && exists(settings{Data: dir}.database()) {
		return badSettings{fmt.Sprintf("--data: %s holds data that no sandbox has made; name another directory", dir)}
	}
	log := newLogger(s.errOut, c.Log)
	panel, err := listen(s.ctx, c.Panel, "--panel")
	if err != nil {
		return err
	}
	defer func() { _ = panel.Close() }()
	if !panel.Addr().(*net.TCPAddr).IP.IsLoopback() {
		return badSettings{"--panel: the sandbox is for this machine only; use 127.0.0.1"}
	}
	// The Telegram side ends after the product, which still has to log its last
	// deliveries.
	side, end := context.WithCancel(context.WithoutCancel(s.ctx))
	defer end()
	tgSide, err := startTelegramSide(side, sandbox.Options{
		MTProto: c.MTProto, HTTP: c.Page, Dir: filepath.Join(dir, "telegram"), Seed: true, Logger: log,
	})
	if err != nil {
		return err
	}
	defer func() { _ = tgSide.Close() }()

	set, err := loadSettings(map[string]string{"POSTIX_DATA": dir, "POSTIX_LISTEN": c.Panel, "TELEGRAM_SANDBOX": tgSide.URL(), "POSTIX_LOG": c.Log})
	if err != nil {
		return err
	}
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
	w, err := a.seed(s.ctx, c.Gap)
	if err != nil {
		return fmt.Errorf("filling the sandbox: %w", err)
	}
	client := sandbox.Client{URL: tgSide.URL()}
	stranger, err := strangerChat(s.ctx, client)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprint(s.out, welcome("http://"+panel.Addr().String(), page, stranger))
	if w.fresh {
		a.background.Go(func() { a.seedAccount(w, client, func() { _, _ = fmt.Fprint(s.out, listening) }) })
	}
	return a.run(s.ctx, panel)
}

type sandboxTelegramCommand struct {
	Listen  string `help:"Address of the page, control API and Bot API." default:"127.0.0.1:8081"`
	MTProto string `name:"mtproto" help:"Address of the data centre." default:"127.0.0.1:8443"`
	Data    string `help:"Keep its state in this directory." placeholder:"DIR"`
	Log     string `help:"debug, info, warn or error." enum:"debug,info,warn,error" default:"info"`
}

// Run runs the Telegram side alone until it is told to stop.
func (c sandboxTelegramCommand) Run(s *surroundings) error {
	if err := s.madeUp(); err != nil {
		return err
	}
	srv, err := startTelegramSide(s.ctx, sandbox.Options{
		MTProto: c.MTProto, HTTP: c.Listen, Dir: c.Data, Seed: true, Logger: newLogger(s.errOut, c.Log),
	})
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(s.out, "Sandbox Telegram: %s (data centre %s)\nJoin it with: TELEGRAM_SANDBOX=%s postix serve\n", srv.URL(), srv.MTProtoAddr(), srv.URL())
	return srv.Wait()
}

// madeUp refuses a sandbox where the keys to the real Telegram are set: nothing
// in production should have its doors.
func (s *surroundings) madeUp() error {
	for _, name := range []string{"TELEGRAM_API_ID", "TELEGRAM_API_HASH", "TELEGRAM_BOT_TOKEN"} {
		if s.environ[name] != "" {
			return badSettings{name + ": is set, and no sandbox starts where real keys are; unset it"}
		}
	}
	return nil
}

// startTelegramSide turns what a person can mend (addresses, the directory)
// into clear words.
func startTelegramSide(ctx context.Context, o sandbox.Options) (*sandbox.Server, error) {
	srv, err := sandbox.Start(ctx, o)
	if err != nil {
		return nil, badSettings{err.Error()}
	}
	return srv, nil
}

// joinTelegram is the one place that knows which Telegram it is: the real one,
// or a sandbox that is asked for its three addresses.
func joinTelegram(ctx context.Context, set settings, log *slog.Logger) (cfg telegram.Config, page string, err error) {
	cfg = telegram.Config{APIID: set.APIID, APIHash: set.APIHash, Version: version, Logger: log}
	if set.Sandbox == "" {
		return cfg, "", cfg.Check()
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	url := strings.TrimRight(set.Sandbox, "/")
	t, err := sandbox.Client{URL: url}.Telegram(ctx)
	if err != nil {
		return cfg, "", badSettings{fmt.Sprintf("TELEGRAM_SANDBOX: no sandbox answers at %s (start one with: postix sandbox telegram)", url)}
	}
	cfg.APIID, cfg.APIHash, cfg.DC = t.APIID, t.APIHash, t.Address
	if cfg.PublicKey, err = publicKey(t.PublicKey); err != nil {
		return cfg, "", err
	}
	return cfg, url, cfg.Check()
}

// botAddress is where the bot's calls go, and as which bot.
type botAddress struct{ token, api string }

// joinBot tells which bot is ours: the one of the settings, or of the sandbox.
func joinBot(ctx context.Context, set settings) (botAddress, error) {
	if set.Sandbox == "" {
		return botAddress{token: set.BotToken}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	t, err := sandbox.Client{URL: strings.TrimRight(set.Sandbox, "/")}.Telegram(ctx)
	return botAddress{t.BotToken, t.BotAPI}, err
}

func publicKey(text string) (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("the sandbox's public key is not PEM")
	}
	if k, err := x509.ParsePKCS1PublicKey(block.Bytes); err == nil {
		return k, nil
	}
	k, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("reading the sandbox's public key: %w", err)
	}
	rsaKey, ok := k.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("the sandbox's public key is not RSA")
	}
	return rsaKey, nil
}
