package sandbox

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strings"
	"unicode/utf16"

	"postix/telegram/sandbox/world"
)

// htmlTags are the simple tags of https://core.telegram.org/bots/api#html-style
// and the entities they make. a, pre, code, span and blockquote say more.
var htmlTags = map[string]string{
	"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
	"s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
	"code": "code", "pre": "pre", "a": "text_link", "blockquote": "blockquote", "span": "spoiler",
}

// htmlParser turns text with tags into plain text and entities.
type htmlParser struct {
	in    string
	at    int // in bytes
	out   strings.Builder
	units int // UTF-16 length of out
	open  []openTag
	found []world.Entity
}

type openTag struct {
	name   string
	entity world.Entity
}

// parseHTML returns the text without space around it, as Telegram keeps it.
func parseHTML(s string) (string, []world.Entity, error) {
	p := &htmlParser{in: s}
	for p.at < len(p.in) {
		rest := p.in[p.at:]
		switch {
		case strings.HasPrefix(rest, "</"):
			if err := p.closeTag(); err != nil {
				return "", nil, err
			}
		case rest[0] == '<':
			if err := p.openTag(); err != nil {
				return "", nil, err
			}
		default:
			n := strings.IndexByte(rest, '<')
			if n < 0 {
				n = len(rest)
			}
			p.write(html.UnescapeString(rest[:n]))
			p.at += n
		}
	}
	if n := len(p.open); n > 0 {
		return "", nil, cantParse("Can't find end tag corresponding to start tag %q", p.open[n-1].name)
	}
	// Outer entities stand before inner ones.
	slices.SortStableFunc(p.found, func(a, b world.Entity) int {
		return cmp.Or(a.Offset-b.Offset, b.Length-a.Length)
	})
	text, found := trimText(p.out.String(), p.found)
	return text, found, nil
}

// cantParse refuses a text in Telegram's words.
func cantParse(format string, args ...any) error {
	return badRequest("can't parse entities: " + fmt.Sprintf(format, args...))
}

func (p *htmlParser) write(s string) {
	p.out.WriteString(s)
	p.units += utf16Len(s)
}

// openTag reads a start tag at the current place.
func (p *htmlParser) openTag() error {
	start := p.at
	end := strings.IndexByte(p.in[p.at:], '>')
	if end < 0 {
		return cantParse("Unclosed start tag at byte offset %d", start)
	}
	name, attrs := splitTag(p.in[p.at+1 : p.at+end])
	p.at += end + 1
	kind := htmlTags[name]
	if kind == "" || name == "span" && attrs["class"] != "tg-spoiler" {
		return cantParse("Unsupported start tag %q at byte offset %d", name, start)
	}
	e := world.Entity{Type: kind, Offset: p.units}
	switch name {
	case "a":
		e = linkEntity(e, attrs["href"])
	case "blockquote":
		if _, yes := attrs["expandable"]; yes {
			e.Type = "expandable_blockquote"
		}
	case "code":
		// <pre><code class="language-go"> is one entity, the outer one.
		if n := len(p.open); n > 0 && p.open[n-1].name == "pre" && p.open[n-1].entity.Offset == p.units {
			p.open[n-1].entity.Language = strings.TrimPrefix(attrs["class"], "language-")
			e.Type = ""
		}
	}
	p.open = append(p.open, openTag{name, e})
	return nil
}

func linkEntity(e world.Entity, href string) world.Entity {
	var id int64
	if _, err := fmt.Sscanf(href, "tg://user?id=%d", &id); err == nil {
		return world.Entity{Type: "text_mention", Offset: e.Offset, UserID: id}
	}
	e.URL = href
	if href == "" {
		e.Type = ""
	}
	return e
}

func (p *htmlParser) closeTag() error {
	start := p.at
	end := strings.IndexByte(p.in[p.at:], '>')
	if end < 0 {
		return cantParse("Unclosed end tag at byte offset %d", start)
	}
	name := strings.ToLower(strings.TrimSpace(p.in[p.at+2 : p.at+end]))
	p.at += end + 1
	if len(p.open) == 0 {
		return cantParse("Unexpected end tag at byte offset %d", start)
	}
	last := p.open[len(p.open)-1]
	if name != last.name && name != "" {
		return cantParse("Unmatched end tag at byte offset %d, expected %q, found %q", start, "</"+last.name+">", "</"+name+">")
	}
	p.open = p.open[:len(p.open)-1]
	last.entity.Length = p.units - last.entity.Offset
	if last.entity.Type != "" && last.entity.Length > 0 {
		p.found = append(p.found, last.entity)
	}
	return nil
}

// splitTag reads `a href="x" class='y' flag`.
func splitTag(s string) (name string, attrs map[string]string) {
	name, s, _ = strings.Cut(strings.TrimSpace(s), " ")
	attrs = map[string]string{}
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		key, rest, hasValue := strings.Cut(s, "=")
		if !hasValue || strings.Contains(strings.TrimSpace(key), " ") {
			key, s, _ = strings.Cut(s, " ")
			attrs[strings.ToLower(key)] = ""
			continue
		}
		var value string
		if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
			value, s, _ = strings.Cut(rest[1:], rest[:1])
		} else {
			value, s, _ = strings.Cut(rest, " ")
		}
		attrs[strings.ToLower(strings.TrimSpace(key))] = html.UnescapeString(value)
	}
	return strings.ToLower(name), attrs
}

// trimText takes space away at both ends and moves the entities.
func trimText(s string, list []world.Entity) (string, []world.Entity) {
	right := strings.TrimRight(s, " \t\r\n")
	text := strings.TrimLeft(right, " \t\r\n")
	shift, length := utf16Len(right)-utf16Len(text), utf16Len(text)
	var out []world.Entity
	for _, e := range list {
		from, to := max(e.Offset-shift, 0), min(e.Offset+e.Length-shift, length)
		if from < to {
			e.Offset, e.Length = from, to-from
			out = append(out, e)
		}
	}
	return text, out
}

func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}
