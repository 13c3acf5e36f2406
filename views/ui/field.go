package ui

import "github.com/a-h/templ"

// Input describes one form field. Its id is ID, or Name when ID is empty.
type Input struct {
	ID, Name string
	Label    string
	Type     string // "text" unless told
	Value    string
	Hint     string
	Error    string // why the last value was refused; ties the text to the field
	Optional bool   // says so beside the label; all others are required
	Attrs    templ.Attributes
}

// Option is one choice of a [Select] or of [Choices].
type Option struct {
	Value, Label string
	Hint         string // second line, Choices only
	Disabled     bool
}

func (f Input) id() string {
	if f.ID != "" {
		return f.ID
	}
	return f.Name
}

func (f Input) kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

// aria ties the hint and the error to the control.
func (f Input) aria() templ.Attributes {
	a := templ.Attributes{}
	if !f.Optional {
		a["required"] = true
	}
	described := ""
	if f.Hint != "" {
		described = f.id() + "-hint"
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
		if described != "" {
			described += " "
		}
		described += f.id() + "-error"
	}
	if described != "" {
		a["aria-describedby"] = described
	}
	return join(a, f.Attrs)
}
