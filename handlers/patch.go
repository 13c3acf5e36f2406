package handlers

import (
	"context"
	"strings"

	"github.com/a-h/templ"

	"postix/views"
)

// patch makes the pictures of one live stream: parts of a page that are morphed
// in place. A part that looks as it did in the picture before is left out, so
// that what a person is reading or ticking is touched only when it has changed.
type patch struct {
	seen  map[string]string // what the page shows, by element id
	parts []templ.Component
}

func newPatch() *patch { return &patch{seen: map[string]string{}} }

// part renews the element with that id.
func (p *patch) part(ctx context.Context, id string, c templ.Component) error {
	html, err := render(ctx, c)
	if err != nil {
		return err
	}
	if p.seen[id] != html {
		p.seen[id] = html
		p.parts = append(p.parts, views.Morph(id, templ.Raw(html)))
	}
	return nil
}

// row is an element of a list.
type row struct {
	id   string
	part templ.Component
}

// list renews the rows of a list one by one, and the list as a whole when other
// rows belong into it than before.
func (p *patch) list(ctx context.Context, id string, whole templ.Component, rows []row) error {
	var ids strings.Builder
	for _, r := range rows {
		ids.WriteString(r.id + " ")
	}
	same := p.seen[id] == ids.String() && len(rows) > 0
	if !same {
		html, err := render(ctx, whole)
		if err != nil {
			return err
		}
		if len(rows) > 0 || p.seen[id] != html {
			p.parts = append(p.parts, views.Morph(id, templ.Raw(html)))
		}
		p.seen[id] = ids.String()
		if len(rows) == 0 {
			p.seen[id] = html
		}
	}
	for _, r := range rows {
		if same {
			if err := p.part(ctx, r.id, r.part); err != nil {
				return err
			}
			continue
		}
		html, err := render(ctx, r.part)
		if err != nil {
			return err
		}
		p.seen[r.id] = html
	}
	return nil
}

// picture is everything that has changed since the last one, nil for nothing.
func (p *patch) picture() templ.Component {
	if len(p.parts) == 0 {
		return nil
	}
	c := templ.Join(p.parts...)
	p.parts = nil
	return c
}

func render(ctx context.Context, c templ.Component) (string, error) {
	var b strings.Builder
	err := c.Render(ctx, &b)
	return b.String(), err
}
