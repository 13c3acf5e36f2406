package domain

import (
	"context"
	"time"
)

// LoginStep is where a login stands.
type LoginStep string

// The steps of a login. Starting means that Telegram has been asked for a code
// and has not answered yet.
const (
	StepStarting LoginStep = "starting"
	StepCode     LoginStep = "code"
	StepPassword LoginStep = "password"
	StepDone     LoginStep = "done"
	StepFailed   LoginStep = "failed"
)

// What a login may do and how long.
const (
	LoginLife      = 10 * time.Minute // one live client, on its own context
	LoginTries     = 3                // wrong codes, and wrong passwords
	CodesPerHour   = 3                // code requests for one phone
	CodesPerHourBy = 20               // code requests of one user
	CodesPerHourOf = 60               // code requests of one organization
	CodesApart     = 60 * time.Second // between two code requests for one phone
)

// CodeWay is where Telegram says the code went.
type CodeWay string

// The ways of a code.
const (
	WayApp   CodeWay = "app"
	WaySMS   CodeWay = "sms"
	WayCall  CodeWay = "call"
	WayEmail CodeWay = "email"
	WayOther CodeWay = "other"
)

// SentCode is what Telegram said about the code it sent.
type SentCode struct {
	Way      CodeWay
	Length   int           // digits; 0: not told
	NextWay  CodeWay       // "" when there is no further way
	NextWait time.Duration // before the next way may be asked for
}

// Login is one person's way through the wizard, as a page shows it.
type Login struct {
	ID           string
	Phone        Phone
	UserID       int64 // the user the account is for; 0: a new one
	DepartmentID int64
	Reconnect    int64 // the account that is connected again, or 0
	Step         LoginStep
	Code         SentCode
	ResendAt     time.Time // when the next way may be asked for; zero: there is none
	Hint         string    // of the 2FA password, typed by its owner: hostile until escaped
	TriesLeft    int
	Err          *Error // what went wrong last, or nil
	Account      Account
	ExpiresAt    time.Time
}

// Ended reports whether nothing more can happen to the login.
func (l Login) Ended() bool { return l.Step == StepDone || l.Step == StepFailed }

// Keys of the errors that a [LoginClient] answers with; the table "Login" of
// the product's handling of Telegram's errors decides which.
const (
	KeyPhoneInvalid    = "login.phone_invalid"
	KeyPhoneBanned     = "login.phone_banned"
	KeyPhoneUnknown    = "login.phone_unknown" // no Telegram on this number
	KeyLoginFlood      = "login.flood"         // RetryAfter is set
	KeyCodeInvalid     = "login.code_invalid"
	KeyCodeExpired     = "login.code_expired"
	KeyPasswordNeeded  = "login.password_needed" // Args["Hint"]
	KeyPasswordInvalid = "login.password_invalid"
	KeyNoMoreWays      = "login.no_more_ways"
	KeyLoginTimeout    = "login.timeout" // Telegram did not answer
	KeyLoginTrouble    = "login.trouble" // anything else; Args["Code"]
)

// LoginClient is one live Telegram client that is not signed in yet. Its
// methods answer an [Error] with one of the keys above; each has a deadline of
// its own.
type LoginClient interface {
	SendCode(ctx context.Context, phone Phone) (SentCode, error)
	ResendCode(ctx context.Context) (SentCode, error)
	SignIn(ctx context.Context, code string) (Profile, error)
	Password(ctx context.Context, password string) (Profile, error)
	// Session answers the session of a client that has signed in: a secret.
	Session(ctx context.Context) ([]byte, error)
	// Keep ends the client and leaves its session alive. When it returns, another
	// client may use the session.
	Keep()
	// Close ends the client; one that signed in and was not kept logs out.
	Close()
}

// CodeRequests is when codes were asked for, oldest first: for a phone, whoever
// asked, by a user, and by his whole organization.
type CodeRequests struct {
	Phone, User, Organization []time.Time
	Refused                   time.Time // Telegram refuses the phone until then
}

// LoginStore keeps what must outlive a login.
type LoginStore interface {
	// MayConnect refuses a number that is blocked, or whose user is (0: a new one's):
	// Conflict (phone.blocked, account.user_blocked), Forbidden
	// (organization.blocked); and one for which there is no place: Conflict
	// (account.limit).
	MayConnect(ctx context.Context, organizationID, userID int64, p Phone) error
	// AccountByPhone looks in every organization; NotFound when the number is
	// not connected anywhere.
	AccountByPhone(ctx context.Context, p Phone) (Account, error)
	// CodeRequests says what was asked for since then.
	CodeRequests(ctx context.Context, organizationID, userID int64, p Phone, since time.Time) (CodeRequests, error)
	AddCodeRequest(ctx context.Context, organizationID, userID int64, p Phone, at time.Time) error
	RefusePhone(ctx context.Context, p Phone, until time.Time) error
	// ConnectAccount stores the account, its sealed session and, when asked, its
	// user and first catalog, in one transaction. It answers Conflict
	// (phone.taken, account.other_user, account.limit), and Forbidden (login.rights)
	// where By is blocked or removed by now, or [User.SameRights] says no.
	ConnectAccount(ctx context.Context, n NewAccount) (Account, error)
}
