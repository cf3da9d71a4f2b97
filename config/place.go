package config

import (
	"cmp"
	"errors"
	"slices"
	"strings"
)

// Place makes complaints of what plugins say while they are made or started: each
// stands at the section that it names. What is Errors already stays.
func (p *Plan) Place(err error) Errors {
	list := p.place(err)
	slices.SortStableFunc(list, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(slices.Index(p.Files, a.Pos.File), slices.Index(p.Files, b.Pos.File)),
			cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col))
	})
	return list
}

func (p *Plan) place(err error) (list Errors) {
	if errors.As(err, &list) {
		return list
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range many.Unwrap() {
			list = append(list, p.place(err)...)
		}
		return list
	}
	e := &Error{What: err.Error()}
	if len(p.Files) == 1 {
		e.Pos.File = p.Files[0]
	}
	for _, s := range p.Sections {
		if rest, ok := strings.CutPrefix(e.What, "["+s.Name+"] "); ok && s.Pos.Line > 0 {
			e.Pos, e.Section, e.What = s.Pos, s.Name, rest
			break
		}
	}
	if i := strings.LastIndex(e.What, "; "); i > 0 {
		e.What, e.Fix = e.What[:i], e.What[i+len("; "):]
	}
	return Errors{e}
}
