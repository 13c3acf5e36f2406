package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"postix/telegram/sandbox/world"
)

// Telegram is what a product must know to use the sandbox instead of Telegram.
type Telegram struct {
	DC          int    `json:"dc_id"`
	Address     string `json:"dc_address"` // HOST:PORT
	PublicKey   string `json:"public_key"` // RSA, PEM
	APIID       int    `json:"api_id"`
	APIHash     string `json:"api_hash"`
	BotToken    string `json:"bot_token"`
	BotAPI      string `json:"bot_api"` // the URL before /bot<token>
	BotUsername string `json:"bot_username"`
}

// NewAccount describes an account to add, or with another Status than active a
// number that has none.
type NewAccount struct {
	world.AccountSpec
	Status world.PhoneStatus `json:"status,omitempty"`
}

// Chat is a chat as the control API shows it.
type Chat struct {
	Type world.Kind `json:"type"`
	world.ChatInfo
}

// NewChat describes a chat to add. Type is what ChatSpec calls Kind; one of the
// two is enough.
type NewChat struct {
	Type world.Kind `json:"type,omitempty"`
	world.ChatSpec
}

// ChatRights change what ordinary members may do; a nil one stays as it is.
type ChatRights struct {
	ReadOnly *bool `json:"read_only,omitempty"`
	SlowMode *int  `json:"slow_mode,omitempty"` // seconds
}

// Incoming is a message that somebody writes. Where there is no time it is
// written now.
type Incoming struct {
	Sender  Sender    `json:"sender"`
	Text    string    `json:"text"`
	At      time.Time `json:"at,omitzero"`
	ReplyTo int       `json:"reply_to,omitempty"`
}

// Sender is a person: in JSON the number of a known one, or a whole profile.
type Sender world.Profile

// MarshalJSON implements json.Marshaler.
func (s Sender) MarshalJSON() ([]byte, error) {
	if s == (Sender{ID: s.ID}) {
		return json.Marshal(s.ID)
	}
	return json.Marshal(world.Profile(s))
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *Sender) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] != '{' {
		*s = Sender{}
		return json.Unmarshal(b, &s.ID)
	}
	return strictJSON(b, (*world.Profile)(s))
}

// Member names a member of a chat by phone or by user id.
type Member struct {
	Phone  string `json:"phone,omitempty"`
	UserID int64  `json:"user_id,omitempty"`
}

// apiError is a refusal with its HTTP status.
type apiError struct {
	status int
	text   string
}

func (e *apiError) Error() string { return e.text }

func refuse(status int, format string, args ...any) error {
	return &apiError{status, fmt.Sprintf(format, args...)}
}

func writeJSON(rw http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Errorf("encoding an answer: %w", err))
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(status)
	_, _ = rw.Write(append(b, '\n'))
}

func writeError(rw http.ResponseWriter, status int, text string) {
	writeJSON(rw, status, map[string]string{"error": text})
}

// readBody reads a JSON object of at most maxBody bytes. No body at all leaves v
// as it is.
func readBody(rw http.ResponseWriter, r *http.Request, v any) error {
	b, err := readBytes(rw, r, maxBody)
	if err != nil || len(bytes.TrimSpace(b)) == 0 {
		return err
	}
	if err := strictJSON(b, v); err != nil {
		return refuse(http.StatusBadRequest, "bad JSON: %v", err)
	}
	return nil
}

func readBytes(rw http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	defer readingTime(rw)()
	b, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, limit))
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		return nil, refuse(http.StatusRequestEntityTooLarge, "the body is larger than %d KiB", limit>>10)
	case err != nil:
		return nil, refuse(http.StatusBadRequest, "reading the body: %v", err)
	}
	return b, nil
}

// strictJSON refuses fields it does not know: a rule with a misspelt field would
// match calls that it was not meant for.
func strictJSON(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the value")
	}
	return nil
}

// queryInt reads a whole number from the query; absent is 0.
func queryInt(r *http.Request, name string) (int64, error) {
	s := r.URL.Query().Get(name)
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, refuse(http.StatusBadRequest, "%s is not a number", name)
	}
	return n, nil
}
