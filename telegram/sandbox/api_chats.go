package sandbox

import (
	"cmp"
	"net/http"

	"postix/telegram/sandbox/world"
)

func shownChat(c world.ChatInfo) Chat { return Chat{Type: c.Kind, ChatInfo: c} }

func (s *Server) getChats(http.ResponseWriter, *http.Request) (any, error) {
	chats := s.world.Chats()
	out := make([]Chat, len(chats))
	for i, c := range chats {
		out[i] = shownChat(c)
	}
	return out, nil
}

func (s *Server) getChat(_ http.ResponseWriter, r *http.Request) (any, error) {
	c, err := s.chat(r)
	return shownChat(c), err
}

// chat is the group or channel that the path names.
func (s *Server) chat(r *http.Request) (world.ChatInfo, error) {
	id, err := pathID(r)
	if err != nil {
		return world.ChatInfo{}, err
	}
	c, ok := s.world.Chat(id)
	if !ok {
		return c, refuse(http.StatusNotFound, "no chat has the id %d", id)
	}
	return c, nil
}

func (s *Server) postChat(rw http.ResponseWriter, r *http.Request) (any, error) {
	var in NewChat
	if err := readBody(rw, r, &in); err != nil {
		return nil, err
	}
	in.Kind = cmp.Or(in.Type, in.Kind)
	if in.ID != 0 {
		if _, known := s.world.Chat(in.ID); known {
			return nil, refuse(http.StatusConflict, "a chat has the id %d already", in.ID)
		}
	}
	id, err := s.world.AddChat(in.ChatSpec)
	if err != nil {
		return nil, err
	}
	c, _ := s.world.Chat(id)
	return shownChat(c), nil
}

// postMigrate answers with the new supergroup.
func (s *Server) postMigrate(_ http.ResponseWriter, r *http.Request) (any, error) {
	c, err := s.chat(r)
	if err != nil {
		return nil, err
	}
	id, err := s.world.Migrate(c.ID)
	if err != nil {
		return nil, err
	}
	c, _ = s.world.Chat(id)
	return shownChat(c), nil
}

func (s *Server) postKick(rw http.ResponseWriter, r *http.Request) (any, error) {
	c, err := s.chat(r)
	if err != nil {
		return nil, err
	}
	var m Member
	if err := readBody(rw, r, &m); err != nil {
		return nil, err
	}
	if m.Phone != "" {
		a, ok := s.world.Account(m.Phone)
		if !ok {
			return nil, refuse(http.StatusNotFound, "no account has the phone %s", m.Phone)
		}
		m.UserID = a.UserID
	}
	if m.UserID == 0 {
		return nil, refuse(http.StatusBadRequest, "phone or user_id is needed")
	}
	if err := s.world.Kick(c.ID, m.UserID); err != nil {
		return nil, err
	}
	return s.getChat(rw, r)
}

func (s *Server) postRights(rw http.ResponseWriter, r *http.Request) (any, error) {
	c, err := s.chat(r)
	if err != nil {
		return nil, err
	}
	var in ChatRights
	if err := readBody(rw, r, &in); err != nil {
		return nil, err
	}
	if in.ReadOnly != nil {
		if err := s.world.SetRights(c.ID, world.Rights{SendMessages: *in.ReadOnly}); err != nil {
			return nil, err
		}
	}
	if in.SlowMode != nil {
		if err := s.world.SetSlowMode(c.ID, *in.SlowMode); err != nil {
			return nil, err
		}
	}
	return s.getChat(rw, r)
}

// getMessages answers those after ?since=ID, at most ?limit= of them. Without
// since the limit takes the newest ones.
func (s *Server) getMessages(_ http.ResponseWriter, r *http.Request) (any, error) {
	id, err := pathID(r)
	if err != nil {
		return nil, err
	}
	since, err := queryInt(r, "since")
	if err != nil {
		return nil, err
	}
	limit, err := queryInt(r, "limit")
	if err != nil {
		return nil, err
	}
	list, err := s.world.Messages(id, int(since), int(limit))
	if err != nil {
		return nil, refuse(http.StatusNotFound, "%v", err)
	}
	if list == nil {
		list = []world.MessageInfo{}
	}
	return list, nil
}

func (s *Server) postMessage(rw http.ResponseWriter, r *http.Request) (any, error) {
	id, err := pathID(r)
	if err != nil {
		return nil, err
	}
	var in Incoming
	if err := readBody(rw, r, &in); err != nil {
		return nil, err
	}
	if _, known := s.world.Chat(id); id < 0 && !known {
		return nil, refuse(http.StatusNotFound, "no chat has the id %d", id)
	}
	if in.Sender.ID == 0 {
		// The same profile twice is the same person.
		in.Sender.ID, _ = s.world.UserNamed(in.Sender.Username)
	}
	return s.world.Post(world.Incoming{Chat: id, Sender: world.Profile(in.Sender), Text: in.Text, At: in.At, ReplyTo: in.ReplyTo})
}
