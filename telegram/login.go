package telegram

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"postix/domain"
)

// loginDeadline bounds one step of a login.
const loginDeadline = 30 * time.Second

// loginClient is one client with a key of its own that nobody is signed in to
// yet.
type loginClient struct {
	accounts *Accounts
	session  *memorySession
	deadline time.Duration
	ready    chan struct{} // closed when the client is connected for the first time
	done     chan struct{} // closed when it has stopped
	cancel   context.CancelFunc
	api      *tg.Client // set before ready is closed

	step sync.Mutex // one step at a time

	mu     sync.Mutex
	phone  domain.Phone
	hash   string // of the code that was sent last
	email  bool   // that code went by e-mail
	signed bool   // signed in, or maybe
	taken  bool   // the session lives on elsewhere
	closed bool
}

var _ domain.LoginClient = (*loginClient)(nil)

// OpenLogin starts a client for one login. It answers at once; the first step
// waits for the connection. The client ends with Keep or Close, with ctx,
// after [domain.LoginLife] or with Run, whatever comes first.
func (a *Accounts) OpenLogin(ctx context.Context) (domain.LoginClient, error) {
	if err := a.cfg.Check(); err != nil {
		return nil, err
	}
	if !a.begin() {
		return nil, domain.E(domain.Unavailable, domain.KeyLoginTimeout)
	}
	c := &loginClient{accounts: a, session: &memorySession{stored: make(chan struct{}, 1)}, deadline: loginDeadline, ready: make(chan struct{}), done: make(chan struct{})}
	// Not ctx: a login that is given up still logs out with this client.
	life, cancel := context.WithTimeout(context.WithoutCancel(ctx), domain.LoginLife+logOutDeadline)
	c.cancel = cancel
	wanted, end := context.WithTimeout(ctx, domain.LoginLife)
	a.mu.Lock()
	a.logins[c] = struct{}{}
	a.mu.Unlock()
	stop := context.AfterFunc(wanted, c.Close)
	go func() {
		defer a.work.Done()
		defer end()
		defer stop()
		defer cancel()
		defer close(c.done)
		c.run(life)
		a.mu.Lock()
		delete(a.logins, c)
		a.mu.Unlock()
	}()
	return c, nil
}

// run keeps the client going until life ends.
func (c *loginClient) run(life context.Context) {
	log := c.accounts.log
	defer func() {
		if p := recover(); p != nil {
			log.Error("panic in a login", "panic", fmt.Sprint(p))
		}
	}()
	release, err := slot(life, c.accounts.handshakes, loginDeadline)
	if err != nil {
		return
	}
	defer release()
	client := telegram.NewClient(c.accounts.cfg.APIID, c.accounts.cfg.APIHash, c.accounts.options(life, c.session))
	err = client.Run(life, func(ctx context.Context) error {
		release()
		c.api = client.API()
		close(c.ready)
		<-ctx.Done()
		return ctx.Err()
	})
	if err != nil && life.Err() == nil {
		log.Warn("login's client ended", "err", err)
	}
}

// SendCode implements [domain.LoginClient].
func (c *loginClient) SendCode(ctx context.Context, phone domain.Phone) (domain.SentCode, error) {
	return c.code(ctx, phone, func(ctx context.Context, api *tg.Client) (tg.AuthSentCodeClass, error) {
		return api.AuthSendCode(ctx, &tg.AuthSendCodeRequest{
			PhoneNumber: string(phone), APIID: c.accounts.cfg.APIID, APIHash: c.accounts.cfg.APIHash,
		})
	})
}

// ResendCode implements [domain.LoginClient]: the code goes by the next way.
func (c *loginClient) ResendCode(ctx context.Context) (domain.SentCode, error) {
	phone, hash, _ := c.asked()
	return c.code(ctx, phone, func(ctx context.Context, api *tg.Client) (tg.AuthSentCodeClass, error) {
		return api.AuthResendCode(ctx, &tg.AuthResendCodeRequest{PhoneNumber: string(phone), PhoneCodeHash: hash})
	})
}

func (c *loginClient) code(ctx context.Context, phone domain.Phone, ask func(context.Context, *tg.Client) (tg.AuthSentCodeClass, error)) (domain.SentCode, error) {
	answer, err := loginStep(ctx, c, ask)
	if err != nil {
		return domain.SentCode{}, loginError(err)
	}
	sent, ok := answer.(*tg.AuthSentCode)
	if !ok { // a payment, or a sign-in without a code, which nobody asked for
		return domain.SentCode{}, trouble(fmt.Sprintf("%T", answer), nil)
	}
	if _, ok := sent.Type.(*tg.AuthSentCodeTypeSetUpEmailRequired); ok {
		return domain.SentCode{}, trouble("EMAIL_SETUP_REQUIRED", nil)
	}
	_, email := sent.Type.(*tg.AuthSentCodeTypeEmailCode)
	c.mu.Lock()
	c.phone, c.hash, c.email = phone, sent.PhoneCodeHash, email
	c.mu.Unlock()
	return sentCode(sent), nil
}

func (c *loginClient) asked() (domain.Phone, string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.phone, c.hash, c.email
}

// SignIn implements [domain.LoginClient]. A 2FA password that is needed answers
// KeyPasswordNeeded with the hint its owner wrote.
func (c *loginClient) SignIn(ctx context.Context, code string) (domain.Profile, error) {
	phone, hash, email := c.asked()
	req := &tg.AuthSignInRequest{PhoneNumber: string(phone), PhoneCodeHash: hash}
	if email {
		req.SetEmailVerification(&tg.EmailVerificationCode{Code: code})
	} else {
		req.SetPhoneCode(code)
	}
	p, err := c.enter(ctx, func(ctx context.Context, api *tg.Client) (tg.AuthAuthorizationClass, error) {
		return api.AuthSignIn(ctx, req)
	})
	if !tgerr.Is(err, "SESSION_PASSWORD_NEEDED") {
		return p, loginError(err)
	}
	pw, err := loginStep(ctx, c, func(ctx context.Context, api *tg.Client) (*tg.AccountPassword, error) {
		return api.AccountGetPassword(ctx)
	})
	if err != nil {
		return p, loginError(err)
	}
	return p, domain.E(domain.Unauthorized, domain.KeyPasswordNeeded, "Hint", pw.Hint)
}

// Password implements [domain.LoginClient]. The password itself never leaves
// the process. Source: https://core.telegram.org/api/srp
func (c *loginClient) Password(ctx context.Context, password string) (domain.Profile, error) {
	p, err := c.enter(ctx, func(ctx context.Context, api *tg.Client) (tg.AuthAuthorizationClass, error) {
		pw, err := api.AccountGetPassword(ctx)
		if err != nil {
			return nil, err
		}
		proof, err := auth.PasswordHash([]byte(password), pw.SRPID, pw.SRPB, pw.SecureRandom, pw.CurrentAlgo)
		if err != nil {
			return nil, err
		}
		return api.AuthCheckPassword(ctx, proof)
	})
	return p, loginError(err)
}

// enter makes a call that signs in when it succeeds.
func (c *loginClient) enter(ctx context.Context, ask func(context.Context, *tg.Client) (tg.AuthAuthorizationClass, error)) (domain.Profile, error) {
	c.setSigned(true) // until the answer says otherwise: it may get lost
	answer, err := loginStep(ctx, c, ask)
	if err != nil {
		if refused(err) || errors.Is(err, errNotReady) {
			c.setSigned(false)
			return domain.Profile{}, err
		}
		return c.self(ctx, err) // lost, or an error of the server's: it may have worked
	}
	a, ok := answer.(*tg.AuthAuthorization)
	if !ok { // authorizationSignUpRequired: accounts are made in Telegram, not here
		c.setSigned(false)
		return domain.Profile{}, domain.E(domain.NotFound, domain.KeyPhoneUnknown)
	}
	if u, ok := a.User.(*tg.User); ok {
		return profile(u), nil
	}
	return c.self(ctx, fmt.Errorf("unexpected user %T", a.User))
}

func (c *loginClient) setSigned(signed bool) {
	c.mu.Lock()
	c.signed = signed
	c.mu.Unlock()
}

func (c *loginClient) isSigned() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.signed
}

// self is whoever is signed in, or the error that raised the question.
func (c *loginClient) self(ctx context.Context, why error) (domain.Profile, error) {
	us, err := loginStep(ctx, c, func(ctx context.Context, api *tg.Client) ([]tg.UserClass, error) {
		return api.UsersGetUsers(ctx, []tg.InputUserClass{&tg.InputUserSelf{}})
	})
	if err == nil && len(us) == 1 {
		if u, ok := us[0].(*tg.User); ok {
			return profile(u), nil
		}
	}
	return domain.Profile{}, why
}

func profile(u *tg.User) domain.Profile {
	return domain.Profile{TelegramID: u.ID, FirstName: name(u.FirstName), LastName: name(u.LastName), Username: username(u.Username, u.Usernames)}
}

// Session implements [domain.LoginClient].
func (c *loginClient) Session(ctx context.Context) ([]byte, error) {
	c.step.Lock()
	defer c.step.Unlock()
	if !c.usable() {
		return nil, domain.E(domain.Conflict, domain.KeyLoginTimeout)
	}
	ctx, cancel := context.WithTimeout(ctx, c.deadline)
	defer cancel()
	data, err := c.session.wait(ctx)
	if err != nil {
		return nil, trouble("SESSION_MISSING", err)
	}
	return data, nil
}

func (c *loginClient) usable() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.signed && !c.closed
}

// Keep implements [domain.LoginClient].
func (c *loginClient) Keep() {
	c.mu.Lock()
	c.taken = true
	c.mu.Unlock()
	c.cancel()
	<-c.done
}

// Close implements [domain.LoginClient]. It returns at once; logging out goes on
// behind, for at most a few seconds.
func (c *loginClient) Close() {
	c.mu.Lock()
	first, out := !c.closed, c.signed && !c.taken
	c.closed = true
	c.mu.Unlock()
	if !first {
		return
	}
	if !out {
		c.cancel()
		return
	}
	go func() {
		defer c.cancel()
		c.step.Lock() // a sign-in under way ends first
		defer c.step.Unlock()
		if c.isSigned() && c.live() {
			c.logOut()
		}
	}()
}

func (c *loginClient) logOut() {
	ctx, stop := context.WithTimeout(context.Background(), logOutDeadline)
	defer stop()
	if _, err := c.api.AuthLogOut(ctx); err != nil {
		c.accounts.log.Warn("unused login not logged out", "err", err)
	}
}
