package sandbox

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"postix/telegram/sandbox/world"
)

// Bodies of the control API may have this many bytes.
const maxBody = 256 << 10

// An update that is put in as it is may have more.
const maxUpdate = 2 << 20

// Any number and text will do at sign-in; these are what the product is given.
const (
	apiID   = 10001
	apiHash = "5a6e4d2f8b0c4e7f9a1b3c5d7e9f0a2b"
)

// routes is everything the sandbox answers over HTTP. All mutating requests are
// POST or DELETE but those of the Bot API, whose methods take GET as well.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	api := func(pattern string, h apiHandler) { mux.Handle(pattern, h) }

	api("GET /api/health", s.getHealth)
	api("GET /api/telegram", s.getTelegram)

	api("GET /api/accounts", s.getAccounts)
	api("POST /api/accounts", s.postAccount)
	api("GET /api/accounts/{phone}", s.getAccount)
	api("POST /api/accounts/{phone}/revoke", s.accountAction(s.world.Revoke))
	api("POST /api/accounts/{phone}/deactivate", s.accountAction(s.world.Deactivate))
	api("POST /api/accounts/{phone}/drop", s.accountAction(s.world.Drop))
	api("GET /api/accounts/{phone}/bot", s.getBotChat)
	api("POST /api/accounts/{phone}/bot", s.postBotChat)

	api("POST /api/bot/updates", s.postBotUpdate)

	api("GET /api/chats", s.getChats)
	api("POST /api/chats", s.postChat)
	api("GET /api/chats/{id}", s.getChat)
	api("POST /api/chats/{id}/migrate", s.postMigrate)
	api("POST /api/chats/{id}/kick", s.postKick)
	api("POST /api/chats/{id}/rights", s.postRights)
	api("GET /api/chats/{id}/messages", s.getMessages)
	api("POST /api/chats/{id}/messages", s.postMessage)

	api("GET /api/faults", s.getFaults)
	api("POST /api/faults", s.postFault)
	api("DELETE /api/faults", s.deleteFaults)
	api("GET /api/journal", s.getJournal)
	mux.HandleFunc("/api/", func(rw http.ResponseWriter, r *http.Request) { unknownRoute(mux, rw, r) })

	mux.HandleFunc("GET /{$}", s.getPage)
	mux.Handle("GET /assets/", assetServer())
	mux.HandleFunc("/", func(rw http.ResponseWriter, r *http.Request) {
		// The token is part of the first segment, which no pattern can split.
		if strings.HasPrefix(r.URL.Path, "/bot") {
			s.bot.serve(rw, r)
			return
		}
		writeError(rw, http.StatusNotFound, "there is nothing here")
	})
	return guard(s.log, mux)
}

// apiHandler answers a value as JSON or an error; nil becomes {}.
type apiHandler func(rw http.ResponseWriter, r *http.Request) (any, error)

func (h apiHandler) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	v, err := h(rw, r)
	var refused *apiError
	switch {
	case errors.As(err, &refused):
		writeError(rw, refused.status, refused.text)
	case err != nil:
		// What the world refuses is always something the caller asked wrongly.
		writeError(rw, http.StatusBadRequest, err.Error())
	case v == nil:
		writeJSON(rw, http.StatusOK, struct{}{})
	default:
		writeJSON(rw, http.StatusOK, v)
	}
}

// unknownRoute tells a wrong method from a wrong path.
func unknownRoute(mux *http.ServeMux, rw http.ResponseWriter, r *http.Request) {
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = m
		if _, p := mux.Handler(other); p != "/api/" {
			rw.Header().Add("Allow", m)
		}
	}
	if rw.Header().Get("Allow") != "" {
		writeError(rw, http.StatusMethodNotAllowed, r.Method+" is not for this path")
		return
	}
	writeError(rw, http.StatusNotFound, "no such call")
}

func (s *Server) getHealth(http.ResponseWriter, *http.Request) (any, error) {
	return map[string]string{"status": "ok"}, nil
}

func (s *Server) getTelegram(http.ResponseWriter, *http.Request) (any, error) {
	return s.telegram(), nil
}

func (s *Server) telegram() Telegram {
	return Telegram{
		DC: 2, Address: s.MTProtoAddr(), PublicKey: string(s.PublicKey()), APIID: apiID, APIHash: apiHash,
		BotToken: world.BotToken, BotAPI: s.URL(), BotUsername: world.BotUsername,
	}
}

func (s *Server) getFaults(http.ResponseWriter, *http.Request) (any, error) {
	return s.world.Faults(), nil
}

func (s *Server) postFault(rw http.ResponseWriter, r *http.Request) (any, error) {
	var f world.Fault
	if err := readBody(rw, r, &f); err != nil {
		return nil, err
	}
	return s.world.AddFault(f)
}

func (s *Server) deleteFaults(_ http.ResponseWriter, r *http.Request) (any, error) {
	id, err := queryInt(r, "id")
	if err != nil {
		return nil, err
	}
	n := s.world.ClearFaults(id)
	if id != 0 && n == 0 {
		return nil, refuse(http.StatusNotFound, "no fault has the number %d", id)
	}
	return map[string]int{"cleared": n}, nil
}

func (s *Server) getJournal(_ http.ResponseWriter, r *http.Request) (any, error) {
	since, err := queryInt(r, "since")
	if err != nil {
		return nil, err
	}
	limit, err := queryInt(r, "limit")
	if err != nil {
		return nil, err
	}
	return s.world.Journal(since, int(limit)), nil
}

// pathID reads the marked id of a chat.
func pathID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id == 0 {
		return 0, refuse(http.StatusNotFound, "%q is not the id of a chat", r.PathValue("id"))
	}
	return id, nil
}
