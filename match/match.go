// Package match is the message_matcher language: it decides which messages a
// filter or an output takes.
//
//	source ──Compile──▶ Matcher ──Match(view)──▶ bool
//	                       │
//	                    NewSet ──▶ Set ──NewContext──▶ Context ──Match(view)──▶ row: one bit a matcher
//
// A Matcher stands alone: it walks its expression for each message, for tools
// and tests. A Set is all matchers of a router compiled together, so that a
// thousand cost hardly more than twenty; each reading goroutine has a Context of
// its own. Both give the same answers. Matchers and Sets are immutable and safe
// for any number of goroutines; a Context belongs to one.
//
//	Type == 'nginx.access' && Fields[status] >= 500
//	Logger =~ /^edge-/ || (Severity < 4 && Fields[user][1][0] != NIL)
//
// The language, as written by users: docs/matcher.md. Where it differs
// from Heka 0.x: docs/migrating.md.
package match

import (
	"sort"

	"github.com/heka-project/heka/message"
)

// Matcher is one compiled matcher expression. It is immutable.
type Matcher struct {
	src  string
	expr Expr
}

// Compile parses and checks a matcher. The error is an *Error that says where
// and what to write instead.
func Compile(src string) (*Matcher, error) {
	p := parser{src: src}
	e, err := p.parse()
	if err != nil {
		return nil, err
	}
	return &Matcher{src: src, expr: e}, nil
}

// MustCompile is Compile for sources that are known to be right.
func MustCompile(src string) *Matcher {
	m, err := Compile(src)
	if err != nil {
		panic("bug: matcher " + src + ": " + err.Error())
	}
	return m
}

// Match reports whether the matcher takes the viewed message. The view may have
// been parsed with any Want, or none.
func (m *Matcher) Match(v *message.View) bool { return m.expr.Match(v) }

// String returns the source as it was compiled.
func (m *Matcher) String() string { return m.src }

// Expr returns the expression, for tools that look inside. It is not to be
// changed.
func (m *Matcher) Expr() Expr { return m.expr }

// Fields returns the names of the dynamic fields that the matcher reads, sorted,
// each once.
func (m *Matcher) Fields() []string {
	seen := map[string]bool{}
	var names []string
	Walk(m.expr, func(t *Test) {
		if t.Operand == Field && !seen[t.Name] {
			seen[t.Name] = true
			names = append(names, t.Name)
		}
	})
	sort.Strings(names)
	return names
}
