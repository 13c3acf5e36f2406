package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"

	"postix/telegram/sandbox/world"
)

func (s *Server) getAccounts(http.ResponseWriter, *http.Request) (any, error) {
	return s.world.Accounts(), nil
}

func (s *Server) getAccount(_ http.ResponseWriter, r *http.Request) (any, error) {
	return s.account(r)
}

// account is the one that the path names, with or without the plus, or what is
// known of a number without one.
func (s *Server) account(r *http.Request) (world.AccountInfo, error) {
	phone := r.PathValue("phone")
	if a, ok := s.world.Account(phone); ok {
		return a, nil
	}
	for _, a := range s.world.Accounts() {
		if strings.TrimPrefix(a.Phone, "+") == strings.TrimPrefix(phone, "+") {
			return a, nil
		}
	}
	return world.AccountInfo{}, refuse(http.StatusNotFound, "no account has the phone %s", phone)
}

func (s *Server) postAccount(rw http.ResponseWriter, r *http.Request) (any, error) {
	var in NewAccount
	if err := readBody(rw, r, &in); err != nil {
		return nil, err
	}
	if _, known := s.world.Account(in.Phone); known {
		return nil, refuse(http.StatusConflict, "the phone %s has an account already", in.Phone)
	}
	if in.Status != "" && in.Status != world.PhoneActive {
		return map[string]any{"phone": in.Phone, "status": in.Status}, s.world.SetPhone(in.Phone, in.Status)
	}
	if _, err := s.world.AddAccount(in.AccountSpec); err != nil {
		return nil, err
	}
	a, _ := s.world.Account(in.Phone)
	return a, nil
}

// accountAction does something to the account that the path names and answers
// with what it is then.
func (s *Server) accountAction(do func(phone string) error) apiHandler {
	return func(_ http.ResponseWriter, r *http.Request) (any, error) {
		a, err := s.account(r)
		if err != nil {
			return nil, err
		}
		if err := do(a.Phone); err != nil {
			return nil, err
		}
		return s.account(r)
	}
}

// getBotChat shows what the bot wrote. ?all=1 shows the account's side too.
func (s *Server) getBotChat(_ http.ResponseWriter, r *http.Request) (any, error) {
	a, err := s.account(r)
	if err != nil {
		return nil, err
	}
	all, err := s.world.BotChat(a.Phone)
	if err != nil {
		return nil, err
	}
	if r.URL.Query().Get("all") != "" {
		return all, nil
	}
	said := make([]world.BotMessage, 0, len(all))
	for _, m := range all {
		if m.FromBot {
			said = append(said, m)
		}
	}
	return said, nil
}

func (s *Server) postBotChat(rw http.ResponseWriter, r *http.Request) (any, error) {
	a, err := s.account(r)
	if err != nil {
		return nil, err
	}
	var in world.BotInput
	if err := readBody(rw, r, &in); err != nil {
		return nil, err
	}
	id, err := s.world.BotInbound(a.Phone, in)
	if err != nil {
		return nil, err
	}
	return map[string]int64{"update_id": id}, nil
}

// postBotUpdate queues what Telegram might send, as it is.
func (s *Server) postBotUpdate(rw http.ResponseWriter, r *http.Request) (any, error) {
	raw, err := readBytes(rw, r, maxUpdate)
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil || fields == nil {
		return nil, refuse(http.StatusBadRequest, "an update is a JSON object: %v", err)
	}
	if _, given := fields["update_id"]; given {
		return nil, refuse(http.StatusBadRequest, "the sandbox gives the update_id")
	}
	id, err := s.world.BotPut(raw)
	if err != nil {
		return nil, err
	}
	return map[string]int64{"update_id": id}, nil
}
