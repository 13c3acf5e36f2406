package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
)

// Telegram takes files up to 50 MB from bots; the sandbox keeps them in its log.
const (
	maxBotBody = 1 << 20
	maxBotFile = 20 << 20
)

// params are a method's parameters, however they were passed.
// https://core.telegram.org/bots/api#making-requests
type params struct {
	values map[string]string // of other types than string: their JSON
	form   *multipart.Form
}

func (p params) close() {
	if p.form != nil {
		_ = p.form.RemoveAll()
	}
}

func readParams(rw http.ResponseWriter, r *http.Request) (params, error) {
	defer readingTime(rw)()
	p := params{values: map[string]string{}}
	for k, v := range r.URL.Query() {
		p.values[k] = v[0]
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	limit := int64(maxBotBody)
	if kind == "multipart/form-data" {
		limit = maxBotFile + maxBotBody
	}
	r.Body = http.MaxBytesReader(rw, r.Body, limit)
	var err error
	switch kind {
	case "application/json":
		err = p.readJSON(r.Body)
	case "multipart/form-data":
		if err = r.ParseMultipartForm(maxBotBody); err == nil { //nolint:gosec // the body is bounded above
			p.form = r.MultipartForm
			p.take(p.form.Value)
		}
	default:
		if err = r.ParseForm(); err == nil {
			p.take(r.PostForm)
		}
	}
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		return p, &botFail{Code: http.StatusRequestEntityTooLarge, Description: "Request Entity Too Large"}
	}
	if err != nil {
		return p, badRequest("can't parse the request: " + err.Error())
	}
	return p, nil
}

func (p params) take(values map[string][]string) {
	for k, v := range values {
		p.values[k] = v[0]
	}
}

func (p params) readJSON(body io.Reader) error {
	b, err := io.ReadAll(body)
	if err != nil || len(b) == 0 {
		return err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil {
		return err
	}
	for k, raw := range fields {
		var s string
		switch {
		case string(raw) == "null":
		case json.Unmarshal(raw, &s) == nil:
			p.values[k] = s
		default:
			p.values[k] = string(raw)
		}
	}
	return nil
}

func (p params) str(name string) string { return p.values[name] }

func (p params) has(name string) bool { return p.values[name] != "" }

// num is a whole number; absent is 0.
func (p params) num(name string) (int64, error) {
	s := p.values[name]
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, badRequest(name + " must be a number")
	}
	return n, nil
}

func (p params) yes(name string) bool {
	s := strings.ToLower(p.values[name])
	return s == "true" || s == "1" || s == "yes"
}

// object reads a parameter that is JSON; an absent one leaves v as it is.
func (p params) object(name string, v any) error {
	s := p.values[name]
	if s == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(s), v); err != nil {
		return badRequest(fmt.Sprintf("can't parse %s JSON object", name))
	}
	return nil
}

// chatForRule is the chat a fault rule may name; 0 when there is none.
func (p params) chatForRule() int64 {
	id, _ := strconv.ParseInt(p.values["chat_id"], 10, 64)
	return id
}

// file returns an uploaded file that is passed under that name, directly or as
// attach://<name>.
func (p params) file(name string) (*multipart.FileHeader, error) {
	if p.form == nil {
		return nil, badRequest("there is no " + name + " in the request")
	}
	field := name
	if s, ok := strings.CutPrefix(p.values[name], "attach://"); ok {
		field = s
	}
	files := p.form.File[field]
	if len(files) == 0 {
		return nil, badRequest("there is no " + name + " in the request")
	}
	if files[0].Size > maxBotFile {
		return nil, &botFail{Code: http.StatusRequestEntityTooLarge, Description: "Request Entity Too Large"}
	}
	return files[0], nil
}
