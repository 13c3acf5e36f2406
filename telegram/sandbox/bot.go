package sandbox

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"postix/telegram/sandbox/world"
)

// botAPI answers as https://core.telegram.org/bots/api for the world's one bot,
// which talks to the world's accounts in private and is in no group.
type botAPI struct {
	world   *world.World
	log     *slog.Logger
	methods map[string]botMethod

	mu   sync.Mutex
	poll poll
	hook hookState
}

// botMethod is one method. What it returns becomes "result".
type botMethod func(p params, r *http.Request) (any, error)

func newBotAPI(w *world.World, log *slog.Logger) *botAPI {
	b := &botAPI{world: w, log: log, hook: hookState{changed: make(chan struct{})}}
	b.methods = map[string]botMethod{
		"getMe":                  b.getMe,
		"getUpdates":             b.getUpdates,
		"setWebhook":             b.setWebhook,
		"deleteWebhook":          b.deleteWebhook,
		"getWebhookInfo":         b.getWebhookInfo,
		"sendMessage":            b.sendMessage,
		"sendDocument":           b.sendDocument,
		"sendChatAction":         b.sendChatAction,
		"editMessageText":        b.editMessageText,
		"editMessageReplyMarkup": b.editMessageReplyMarkup,
		"deleteMessage":          b.deleteMessage,
		"answerCallbackQuery":    b.answerCallbackQuery,
		"setMyCommands":          b.setMyCommands,
		"getMyCommands":          b.getMyCommands,
		"deleteMyCommands":       b.deleteMyCommands,
		"setMyDescription":       b.setText("description", 512),
		"getMyDescription":       b.getText("description"),
		"setMyShortDescription":  b.setText("short_description", 120),
		"getMyShortDescription":  b.getText("short_description"),
		"setChatMenuButton":      b.setChatMenuButton,
		"getChatMenuButton":      b.getChatMenuButton,
		"getChat":                b.getChat,
	}
	return b
}

// method finds one by its name, whose case does not matter.
func (b *botAPI) method(name string) (string, botMethod) {
	for n, m := range b.methods {
		if strings.EqualFold(n, name) {
			return n, m
		}
	}
	return "", nil
}

// botFail is a refusal in Telegram's form.
type botFail struct {
	Code        int
	Description string
	RetryAfter  int // seconds, 0: none
}

func (e *botFail) Error() string { return e.Description }

func badRequest(text string) error {
	return &botFail{Code: http.StatusBadRequest, Description: "Bad Request: " + text}
}

// serve answers /bot<token>/<method>.
func (b *botAPI) serve(rw http.ResponseWriter, r *http.Request) {
	token, name, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/bot"), "/")
	name, m := b.method(name)
	switch {
	case !ok || m == nil && token == world.BotToken:
		writeBotError(rw, &botFail{Code: http.StatusNotFound, Description: "Not Found"})
		return
	case token != world.BotToken:
		writeBotError(rw, &botFail{Code: http.StatusUnauthorized, Description: "Unauthorized"})
		return
	}
	p, err := readParams(rw, r)
	if err != nil {
		writeBotError(rw, err)
		return
	}
	defer p.close()
	b.call(rw, r, name, m, p)
}

// call executes a method, unless a fault rule has other plans for it.
func (b *botAPI) call(rw http.ResponseWriter, r *http.Request, name string, m botMethod, p params) {
	chat := p.chatForRule()
	fault := b.world.BotFault("bot."+name, chat)
	switch {
	case fault == nil:
	case fault.Mode == world.FaultBefore:
		b.note(name, chat, fault.Error, nil)
		writeFault(rw, fault)
		return
	case fault.Mode == world.FaultHold, fault.Mode == world.FaultDelay:
		if !fault.Wait(r.Context()) {
			panic(http.ErrAbortHandler)
		}
	}
	result, err := m(p, r)
	b.note(name, chat, outcome(err, fault), result)
	if err != nil {
		writeBotError(rw, err)
		return
	}
	if fault != nil {
		afterwards(rw, r, fault)
	}
	writeJSON(rw, http.StatusOK, map[string]any{"ok": true, "result": result})
}

// afterwards spoils the answer of a call that was executed. It returns when the
// rule is not about the answer.
func afterwards(rw http.ResponseWriter, r *http.Request, f *world.BotFault) {
	switch f.Mode {
	case world.FaultAfterStore:
		if f.Error != "" {
			writeFault(rw, f)
		} else {
			<-r.Context().Done()
		}
		panic(http.ErrAbortHandler)
	case world.FaultDropAfterAck:
		rw.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(rw).Flush()
		panic(http.ErrAbortHandler)
	case world.FaultDrop:
		panic(http.ErrAbortHandler)
	}
}

// note puts a call into the journal. Polls that brought nothing are left out:
// they come for ever.
func (b *botAPI) note(name string, chat int64, outcome string, result any) {
	if updates, ok := result.([]update); ok && len(updates) == 0 {
		return
	}
	id := 0
	if m, ok := result.(message); ok {
		id = m.ID
	}
	b.world.NoteBotCall("bot."+name, chat, outcome, id)
}

func outcome(err error, fault *world.BotFault) string {
	switch {
	case err != nil:
		return asBotFail(err).Description
	case fault != nil:
		return string(fault.Mode)
	}
	return "ok"
}

func asBotFail(err error) *botFail {
	var fail *botFail
	if errors.As(err, &fail) {
		return fail
	}
	var refused *world.BotError
	if errors.As(err, &refused) {
		return &botFail{Code: refused.Code, Description: refused.Description}
	}
	return &botFail{Code: http.StatusBadRequest, Description: "Bad Request: " + err.Error()}
}

func writeBotError(rw http.ResponseWriter, err error) {
	fail := asBotFail(err)
	body := map[string]any{"ok": false, "error_code": fail.Code, "description": fail.Description}
	if fail.RetryAfter > 0 {
		body["parameters"] = map[string]int{"retry_after": fail.RetryAfter}
		rw.Header().Set("Retry-After", strconv.Itoa(fail.RetryAfter))
	}
	writeJSON(rw, fail.Code, body)
}

// writeFault answers what a rule says, put into the words of the Bot API:
// FLOOD_WAIT_30 is 429 with retry_after, MALFORMED half of an answer, any other
// error keeps its name.
func writeFault(rw http.ResponseWriter, f *world.BotFault) {
	if f.Error == "MALFORMED" {
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(http.StatusOK)
		_, _ = rw.Write([]byte(`{"ok":true,"result":{"message_id":`))
		return
	}
	if s, ok := strings.CutPrefix(f.Error, "FLOOD_WAIT_"); ok {
		if n, err := strconv.Atoi(s); err == nil && n > 0 {
			writeBotError(rw, &botFail{http.StatusTooManyRequests, "Too Many Requests: retry after " + s, n})
			return
		}
	}
	switch code := f.Code; {
	case f.Error == "USER_IS_BLOCKED":
		writeBotError(rw, &botFail{Code: http.StatusForbidden, Description: "Forbidden: bot was blocked by the user"})
	case code >= http.StatusInternalServerError:
		writeBotError(rw, &botFail{Code: code, Description: http.StatusText(code)})
	case code > http.StatusBadRequest && http.StatusText(code) != "":
		writeBotError(rw, &botFail{Code: code, Description: http.StatusText(code) + ": " + f.Error})
	default: // codes that HTTP does not know
		writeBotError(rw, badRequest(f.Error))
	}
}
