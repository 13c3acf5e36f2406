// Package ui holds the parts that pages are made of: buttons, fields, pills,
// tables, dialogs. They know nothing of the product; they take words that are
// already translated, and translate only their own few (Close, Next, …).
//
// No part writes a style attribute, an inline handler or a script: the content
// security policy allows none. What a part does beyond HTML is in js/app.js,
// tied to data attributes that are named in the part's comment, and every form
// and link works without it.
package ui

import (
	"fmt"
	"strings"

	"github.com/a-h/templ"
)

// Tone is the meaning of a colour. Colour always means state, and a part with a
// tone always has a word and an icon besides.
type Tone string

// The tones.
const (
	Neutral Tone = ""
	Active  Tone = "active" // going on right now
	Ok      Tone = "ok"
	Warn    Tone = "warn" // waiting, or worth a look
	Bad     Tone = "bad"
	Info    Tone = "info"
)

// Kind is how loud a button is.
type Kind string

// The kinds of buttons: one primary per page, plain for the rest, danger for
// the last step of a destructive act, quiet inside rows, ghost for icons.
const (
	Primary Kind = "primary"
	Plain   Kind = "plain"
	Danger  Kind = "danger"
	Quiet   Kind = "quiet"
	Ghost   Kind = "ghost"
)

// Btn describes a button, or a link that looks like one when Href is set. With
// an empty Label the button is square and Name says what it does.
type Btn struct {
	Label string
	Icon  string
	Name  string // accessible name, also the tooltip; names the thing in rows
	Kind  Kind   // Plain unless told
	Type  string // "submit" unless told
	Href  string
	Wide  bool
	Attrs templ.Attributes

	scripted bool // there is another one where no script runs
}

// withScript is the button for where scripts run.
func (b Btn) withScript() Btn {
	b.scripted = true
	return b
}

func (b Btn) class() string {
	kind := b.Kind
	if kind == "" {
		kind = Plain
	}
	class := "btn " + string(kind)
	if b.Label == "" {
		class += " square"
	}
	if b.Wide {
		class += " wide"
	}
	if b.scripted {
		class += " needs-js"
	}
	return class
}

func (b Btn) kind() string {
	if b.Type == "" {
		return "submit"
	}
	return b.Type
}

// Question is what is asked before an act that cannot be taken back. Title names
// the thing.
type Question struct {
	Title string // Delete the catalog “Toshkent”?
	Text  string // what is lost by it, may be empty
	Yes   string // the verb on the button: Delete
	Mild  bool   // nothing is lost by it: asked without the colour of danger
}

// Ask returns the attributes that make a form, or an element with hx-post, ask
// first in the shell's dialog. Without JavaScript a [PostButton] or an [AskedButton]
// asks in its place; a form without one is sent unasked.
func Ask(q Question) templ.Attributes {
	return templ.Attributes{
		"data-ask": q.Title, "data-ask-text": q.Text, "data-ask-yes": q.Yes, "data-ask-mild": q.Mild,
		"hx-confirm": q.Title,
	}
}

// asked is a word of the question that [Ask] has made attributes of.
func asked(ask templ.Attributes, name string) string {
	word, _ := ask[name].(string)
	return word
}

func yesKind(ask templ.Attributes) Kind {
	if mild, _ := ask["data-ask-mild"].(bool); mild {
		return Primary
	}
	return Danger
}

// LinkOpens returns the attributes of a link that opens the [Dialog] with that id;
// without JavaScript it leads to the same form as a page.
func LinkOpens(id string) templ.Attributes {
	return templ.Attributes{"data-opens": id, "aria-haspopup": "dialog"}
}

// join merges attributes for a part's own element; later ones win.
func join(all ...templ.Attributes) templ.Attributes {
	out := templ.Attributes{}
	for _, a := range all {
		for k, v := range a {
			out[k] = v
		}
	}
	return out
}

// initials are one or two letters for an avatar.
func initials(name string) string {
	var out []rune
	for _, word := range strings.Fields(name) {
		out = append(out, []rune(word)[0])
	}
	if len(out) > 2 {
		out = out[:2]
	}
	return strings.ToUpper(string(out))
}

func percent(f float64) string { return fmt.Sprintf("%.2f%%", f) }
