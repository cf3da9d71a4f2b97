package match

import (
	"errors"
	"testing"

	"github.com/heka-project/heka/message"
)

// FuzzCompile: any source compiles or is refused with advice; what compiles
// writes itself in a form that compiles to the same, and evaluates.
func FuzzCompile(f *testing.F) {
	for _, x := range vectors(f) {
		f.Add(x.expr)
	}
	for _, c := range splitComplaints() {
		f.Add(c[0])
	}
	msg := sample(f)
	f.Fuzz(func(t *testing.T, src string) {
		m, err := Compile(src)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.What == "" || e.Fix == "" || e.Pos < 0 || e.Pos > len(src) {
				t.Fatalf("Compile(%q): complaint %#v", src, err)
			}
			return
		}
		s := m.Expr().String()
		n, err := Compile(s)
		if err != nil {
			t.Fatalf("Compile(%q) writes %q: %v", src, s, err)
		}
		if n.Expr().String() != s {
			t.Fatalf("Compile(%q) writes %q, then %q", src, s, n.Expr())
		}
		var v message.View
		if !v.Parse(msg, nil) {
			t.Fatal("sample does not parse")
		}
		if m.Match(&v) != n.Match(&v) {
			t.Fatalf("%q and %q disagree", src, s)
		}
	})
}
