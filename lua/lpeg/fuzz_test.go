package lpeg

import (
	"errors"
	"strings"
	"testing"

	"github.com/heka-project/heka/lua"
)

// builder makes a pattern of fuzzed bytes.
type builder struct {
	data  []byte
	steps int
}

func (b *builder) next() int {
	if len(b.data) == 0 {
		return 0
	}
	c := b.data[0]
	b.data = b.data[1:]
	return int(c)
}

func (b *builder) text() string {
	n := b.next() % 4
	var sb strings.Builder
	for range n {
		sb.WriteByte("abc"[b.next()%3])
	}
	return sb.String()
}

func (b *builder) node(depth int) *node {
	if depth == 0 {
		return b.leaf()
	}
	p := func() *node { return b.node(depth - 1) }
	switch b.next() % 14 {
	case 0, 1:
		return seq(p(), p())
	case 2, 3:
		return choice(p(), p())
	case 4:
		return choice(choice(choice(p(), p()), choice(p(), p())), p())
	case 5:
		return except(p(), p())
	case 6:
		return combine(opNot, p(), nil)
	case 7:
		return combine(opAnd, p(), nil)
	case 8, 9:
		q := p()
		if q.nullable() {
			return q
		}
		return repeat(q, b.next()%3, -1)
	case 10:
		return repeat(p(), 0, b.next()%3+1)
	case 11:
		q := p()
		return seq(repeat(except(anyNode(1), q), 0, -1), q)
	case 12:
		q := p()
		if q.nullable() {
			return q
		}
		return repeat(choice(q, anyNode(1)), 0, -1)
	}
	return b.leaf()
}

func (b *builder) leaf() *node {
	switch b.next() % 6 {
	case 0, 1, 2:
		return stringNode(b.text())
	case 3:
		return anyNode(b.next() % 3)
	case 4:
		return setNode(setOf(b.text()))
	}
	if q := stringNode(b.text()); q.length() > 0 {
		return combine(opBehind, q, nil)
	}
	return trueNode()
}

var errLong = errors.New("too many steps")

// slow matches p the plain way: it returns the end or -1.
func (b *builder) slow(p *node, s string, i int) int {
	if b.steps++; b.steps > 100000 {
		panic(errLong)
	}
	switch p.op {
	case opTrue:
		return i
	case opAny:
		if len(s)-i >= int(p.n) {
			return i + int(p.n)
		}
	case opSet:
		if i < len(s) && p.set.has(s[i]) {
			return i + 1
		}
	case opString:
		if strings.HasPrefix(s[i:], p.text) {
			return i + len(p.text)
		}
	case opSeq:
		if j := b.slow(p.a, s, i); j >= 0 {
			return b.slow(p.b, s, j)
		}
	case opChoice:
		if j := b.slow(p.a, s, i); j >= 0 {
			return j
		}
		return b.slow(p.b, s, i)
	case opNot:
		if b.slow(p.a, s, i) < 0 {
			return i
		}
	case opAnd:
		if b.slow(p.a, s, i) >= 0 {
			return i
		}
	case opBehind:
		if n := p.a.length(); i >= n && b.slow(p.a, s, i-n) >= 0 {
			return i
		}
	case opRep:
		for n := 0; p.max < 0 || n < int(p.max); n++ {
			j := b.slow(p.a, s, i)
			if j < 0 {
				if n < int(p.n) {
					return -1
				}
				break
			}
			i = j
		}
		return i
	}
	return -1
}

// FuzzMatch: the compiled program ends where a plain walk over the tree ends.
func FuzzMatch(f *testing.F) {
	f.Add([]byte("\x0b\x00\x03abc"), "abcabc")
	f.Add([]byte{4, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}, "aabbcc")
	f.Add([]byte{8, 2, 0, 1, 0, 0, 2, 1, 1, 12, 11, 10, 9}, "ababac")
	f.Fuzz(func(t *testing.T, data []byte, s string) {
		if len(data) > 200 || len(s) > 40 {
			return
		}
		b := &builder{data: data}
		p := b.node(4)
		want := 0
		func() {
			defer func() {
				if r := recover(); r == errLong {
					want = -2
				} else if r != nil {
					panic(r)
				}
			}()
			want = b.slow(p, s, 0)
		}()
		if want == -2 {
			return
		}
		vm := newVM(lua.Options{Instructions: 1e7})
		got := -3
		fn := vm.NewFunction("match", func(c *lua.Call) int {
			m := (&state{limit: 1e6}).take(c)
			got = m.match(p.compiled(c), s, 0)
			return 0
		})
		if _, err := vm.Call(fn); err != nil {
			t.Fatalf("match of %v on %q: %v", data, s, err)
		}
		if got != want {
			t.Fatalf("match of %v on %q ends at %d, want %d", data, s, got, want)
		}
	})
}

// FuzzRe: any text is a pattern or an error, and matching it ends.
func FuzzRe(f *testing.F) {
	for _, s := range []string{"S <- {| {:a: [a-z]+ :} (',' S)? |} =a / !. %d^+2 -> {}", "{~ ('a' -> 'b' / .)* ~}", "a <- 'x' a / ''", "[^]%a-]", "((", "<a> <- 'b'", "'a'^-3 -> 2"} {
		f.Add(s, "abc,def")
	}
	f.Fuzz(func(t *testing.T, pattern, subject string) {
		vm := newVM(lua.Options{Instructions: 1e6, Memory: 8 << 20})
		vm.SetGlobal("p", lua.String(pattern))
		vm.SetGlobal("s", lua.String(subject))
		err := vm.Do("=fuzz", `local re = require "re" pcall(re.match, s, p) pcall(re.find, s, p) pcall(re.gsub, s, p, "%0%0")`)
		var e *lua.Error
		if err != nil && (!errors.As(err, &e) || e.Kind != lua.KindInstructions && e.Kind != lua.KindMemory) {
			t.Errorf("%q on %q: %v", pattern, subject, err)
		}
	})
}
