// Package rex finds the capture groups of a regular expression in short texts
// again and again: without allocating, and faster than package regexp for the
// expressions that logs are read with.
//
//	\[(?P<t>[^\]]+)\] (\S+)  ──▶  text "["  · save 2 · run of [^\]] · save 3 · text "] " · …
//
// A run is a loop over a class of characters that what follows cannot begin with:
// it is taken whole, with nothing to come back to. The rest is tried in order,
// no state at one place of the text twice. What takes too many steps all the same
// is left to package regexp, so time is linear in the text. Syntax and choice of
// match are those of package regexp (RE2, leftmost, first alternative that fits).
package rex

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"sync"
	"unicode/utf8"
)

// Regexp is a compiled expression with the memory that a search needs. One
// goroutine uses it at a time; those of one expression share the program.
type Regexp struct {
	*program

	tried []uint64 // bit place*(len+1)+offset
	stack []job
	caps  []int
	left  int // steps until package regexp is asked
}

// program is what an expression was compiled to. Never written again.
type program struct {
	std      *regexp.Regexp
	prog     []inst
	start    int32
	places   int       // instructions that are marked where they were tried
	first    [256]bool // bytes that a match can begin with, when anyFirst is false
	anyFirst bool
	anchored bool
	prefix   []byte // every match begins with it
	need     []byte // every match holds it
}

type op uint8

const (
	opFail  op = iota
	opText     // the bytes text
	opClass    // one character of the class
	opRun      // as many characters of the class as there are
	opAlt      // out, or else arg
	opSave     // the offset into capture arg
	opEmpty    // the condition arg
	opMatch
)

type inst struct {
	op    op
	wide  uint8 // which characters beyond ASCII belong to the class
	place int32 // number among those marked, -1 for none
	out   int32
	arg   int32
	set   *[256]bool // which ASCII characters belong to the class
	text  string
	src   *syntax.Inst
}

const (
	wideNone = iota
	wideAll
	wideSome // src tells
)

// job is what to do when the present way fails: go on at pc, or, with pc -1, put
// a capture back.
type job struct {
	pc   int32
	slot int32
	at   int
}

// programs are those in use, by expression, for many streams have the same.
var programs struct {
	sync.Mutex
	m map[string]*program
}

const maxPrograms = 256

// Compile reads an expression.
func Compile(expr string) (*Regexp, error) {
	programs.Lock()
	p := programs.m[expr]
	programs.Unlock()
	if p == nil {
		var err error
		if p, err = compile(expr); err != nil {
			return nil, err
		}
		programs.Lock()
		if programs.m == nil || len(programs.m) >= maxPrograms {
			programs.m = map[string]*program{}
		}
		programs.m[expr] = p
		programs.Unlock()
	}
	return &Regexp{program: p, caps: make([]int, 2*(p.std.NumSubexp()+1))}, nil
}

func compile(expr string) (*program, error) {
	std, err := regexp.Compile(expr)
	if err != nil {
		return nil, err
	}
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, err
	}
	tree = tree.Simplify()
	p, err := syntax.Compile(tree)
	if err != nil {
		return nil, err
	}
	r := &program{std: std}
	prefix, _ := std.LiteralPrefix()
	r.prefix, r.need = []byte(prefix), []byte(needed(tree))
	r.anchored = p.StartCond()&syntax.EmptyBeginText != 0
	r.translate(p)
	var ok bool
	r.first, ok = firsts(p, p.Start, true)
	r.anyFirst = !ok
	return r, nil
}

// String returns the expression as written.
func (r *program) String() string { return r.std.String() }

// Names returns the groups' names; element 0 and those of nameless groups are "".
func (r *program) Names() []string { return r.std.SubexpNames() }

// Find returns the first match: begin and end of the whole and of each group, -1
// for groups that took no part. nil means no match. The next search overwrites it.
func (r *Regexp) Find(b []byte) []int {
	if len(r.need) > 0 && !r.anchored && !bytes.Contains(b, r.need) {
		return nil
	}
	n := (r.places*(len(b)+1) + 63) / 64
	if n > maxTried {
		return r.std.FindSubmatchIndex(b)
	}
	if cap(r.tried) < n {
		r.tried = make([]uint64, n)
	}
	r.tried = r.tried[:n]
	clear(r.tried)
	r.left = 16*len(b) + 1024
	for at := 0; at <= len(b); at += width(b, at) {
		if !r.anchored {
			if at = r.next(b, at); at < 0 {
				return nil
			}
		}
		switch r.run(b, at) {
		case found:
			r.caps[0] = at
			return r.caps
		case tired:
			return r.std.FindSubmatchIndex(b)
		}
		if r.anchored {
			break
		}
	}
	return nil
}

// maxTried bounds the marks, in words: 1 MiB.
const maxTried = 128 << 10

// next returns the first offset from at on where a match can begin, or -1.
func (r *program) next(b []byte, at int) int {
	if len(r.prefix) > 0 {
		k := bytes.Index(b[at:], r.prefix)
		if k < 0 {
			return -1
		}
		return at + k
	}
	if r.anyFirst {
		return at
	}
	for ; at < len(b); at += width(b, at) {
		if r.first[b[at]] {
			return at
		}
	}
	return -1
}

// width is the length of the character at b[at:], 1 at the end.
func width(b []byte, at int) int {
	if at >= len(b) || b[at] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRune(b[at:])
	return n
}

type outcome uint8

const (
	failed outcome = iota
	found
	tired
)

// run tries to match at one place.
func (r *Regexp) run(b []byte, at int) outcome {
	for i := range r.caps {
		r.caps[i] = -1
	}
	r.stack = r.stack[:0]
	pc, i := r.start, at
	row := len(b) + 1
	for {
		if r.left--; r.left < 0 {
			return tired
		}
		in := &r.prog[pc]
		ok := false
		switch in.op {
		case opText:
			if n := len(in.text); len(b)-i >= n && string(b[i:i+n]) == in.text {
				i, ok = i+n, true
			}
		case opClass:
			if i < len(b) {
				if c := b[i]; c < utf8.RuneSelf {
					ok = in.set[c]
					i++
				} else if n := in.rune(b[i:]); n > 0 {
					i, ok = i+n, true
				}
			}
		case opRun:
			from := i
			for i < len(b) {
				if in.set[b[i]] {
					i++
				} else if n := in.rune(b[i:]); n > 0 {
					i += n
				} else {
					break
				}
			}
			r.left -= (i - from) / 8
			ok = true
		case opAlt:
			bit := int(in.place)*row + i
			if w := &r.tried[bit>>6]; *w>>(bit&63)&1 == 0 {
				*w |= 1 << (bit & 63)
				r.stack = append(r.stack, job{in.arg, 0, i})
				ok = true
			}
		case opSave:
			if len(r.stack) > 0 {
				r.stack = append(r.stack, job{-1, in.arg, r.caps[in.arg]})
			}
			r.caps[in.arg] = i
			ok = true
		case opEmpty:
			ok = conditions(b, i)&syntax.EmptyOp(in.arg) == syntax.EmptyOp(in.arg)
		case opMatch:
			r.caps[1] = i
			return found
		}
		if ok {
			pc = in.out
			continue
		}
		for {
			n := len(r.stack) - 1
			if n < 0 {
				return failed
			}
			j := r.stack[n]
			r.stack = r.stack[:n]
			if j.pc >= 0 {
				pc, i = j.pc, j.at
				break
			}
			r.caps[j.slot] = j.at
		}
	}
}

// rune returns the length of the character beyond ASCII at the head of b when it
// belongs to the class, else 0.
func (in *inst) rune(b []byte) int {
	if b[0] < utf8.RuneSelf || in.wide == wideNone {
		return 0
	}
	c, n := utf8.DecodeRune(b)
	if in.wide == wideSome && !in.src.MatchRune(c) {
		return 0
	}
	return n
}

// conditions are those that hold between b[:i] and b[i:].
func conditions(b []byte, i int) syntax.EmptyOp {
	before, after := rune(-1), rune(-1)
	if i > 0 {
		before, _ = utf8.DecodeLastRune(b[:i])
	}
	if i < len(b) {
		after, _ = utf8.DecodeRune(b[i:])
	}
	return syntax.EmptyOpContext(before, after)
}
