package match

import (
	"errors"
	"math/rand/v2"
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

// FuzzSet: on any bytes that parse as a message, the set answers like each
// matcher alone, cold and warm, and so does the explanation.
func FuzzSet(f *testing.F) {
	msg := sample(f)
	for i, x := range vectors(f) {
		f.Add(x.expr, patterns[i%len(patterns)], msg)
	}
	r := &source{Rand: rand.New(rand.NewPCG(3, 4)), payloads: true}
	for range 50 {
		d := r.draft()
		f.Add(r.matcher(3), pick(r, patterns), d.Encode())
	}
	var fixed []*Matcher
	for _, src := range []string{"Type =~ /b/", "Fields[status] >= 400 || Fields[tag] != 'a'", "Fields[x][1] == NIL", "Payload =~ /web/ && Severity < 5", "Uuid > '5'"} {
		fixed = append(fixed, MustCompile(src))
	}
	f.Fuzz(func(t *testing.T, src, pattern string, msg []byte) {
		if len(src) > 500 || len(pattern) > 100 || len(msg) > 4000 {
			return
		}
		ms := fixed
		for _, s := range []string{src, "Payload =~ /" + pattern + "/", "Fields[status] !~ /" + pattern + "/"} {
			if m, err := Compile(s); err == nil {
				ms = append(ms[:len(ms):len(ms)], m)
			}
		}
		set := NewSet(ms)
		ctx := set.NewContext()
		var v, plain message.View
		if !v.Parse(msg, set.Want()) {
			return
		}
		plain.Parse(msg, nil)
		for range 2 {
			row := ctx.Row(ctx.Match(&v))
			for i, m := range ms {
				if got, want := bit(row, i), m.Match(&plain); got != want || m.Match(&v) != want {
					t.Fatalf("%s: set %v, alone %v, alone with want %v, on %x", m, got, want, m.Match(&v), msg)
				}
			}
		}
		for _, m := range ms {
			if x := Explain(m, &v); x.Result != m.Match(&v) || x.String() == "" {
				t.Fatalf("Explain(%s) comes to %v", m, x.Result)
			}
		}
	})
}
