// Package streamre searches a regular expression in a stream that is not all
// there yet. Its answer for a beginning of the stream is the answer for the
// whole: a match is reported only when no byte that may still follow could move,
// lengthen or displace it.
//
//	"a\n"  with \r?\n  →  match      nothing that follows can change it
//	"a\n"  with \n+    →  not yet    another \n would belong to it
//	"a\r"  with \r?\n  →  not yet    no match so far
//
// Syntax and choice of match are those of package regexp: leftmost, and of those
// the one that a backtracking search would find first. The search runs all
// alternatives side by side, so its time is linear in the text. At most one
// capture group is kept.
package streamre

import (
	"bytes"
	"errors"
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// Match is where an expression matched, as offsets in the searched bytes. Group
// and GroupEnd are -1 when there is no capture group or it took no part.
type Match struct {
	Start, End      int
	Group, GroupEnd int
}

// Regexp is a compiled expression with the memory that a search needs. One
// goroutine uses it at a time.
type Regexp struct {
	expr    string
	literal []byte // the whole expression, when it is plain text
	group   bool   // it has a capture group
	prog    *syntax.Prog
	asserts bool      // it looks at the characters around a place
	first   [256]bool // bytes that a match can begin with
	only    int       // the only one of them, or -1
	cur     queue
	next    queue
	flags   syntax.EmptyOp // what holds at the place that add works on
	known   bool           // and whether the character behind that place is known
}

// Reasons for refusing an expression that package regexp would take.
var (
	ErrGroups = errors.New("has more than one capture group, where only one can say what stays: write (?:…) for the others")
	ErrEmpty  = errors.New("matches where there is nothing and would cut everywhere: make it match at least one character")
)

// Compile reads an expression.
func Compile(expr string) (*Regexp, error) {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("is no RE2 expression: %w", err)
	}
	if re.MaxCap() > 1 {
		return nil, ErrGroups
	}
	r := &Regexp{expr: expr, group: re.MaxCap() == 1}
	re = re.Simplify()
	if minWidth(re) == 0 {
		return nil, ErrEmpty
	}
	if r.prog, err = syntax.Compile(re); err != nil {
		return nil, err
	}
	r.literal = plain(re)
	r.analyse()
	return r, nil
}

// String returns the expression as written.
func (r *Regexp) String() string { return r.expr }

// Groups is the number of capture groups, 0 or 1.
func (r *Regexp) Groups() int {
	if r.group {
		return 1
	}
	return 0
}

// Literal reports whether the expression is only a text, whose end no following
// byte can move.
func (r *Regexp) Literal() bool { return r.literal != nil }

// plain returns the text that re is, if it is only a text, captured or not.
func plain(re *syntax.Regexp) []byte {
	if re.Op == syntax.OpCapture {
		re = re.Sub[0]
	}
	if s := string(re.Rune); re.Op == syntax.OpLiteral && re.Flags&syntax.FoldCase == 0 && !strings.ContainsRune(s, utf8.RuneError) {
		return []byte(s)
	}
	return nil
}

// minWidth is 0 when re can match nothing at all, else a positive number.
func minWidth(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpLiteral, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL, syntax.OpNoMatch:
		return 1
	case syntax.OpCapture, syntax.OpPlus:
		return minWidth(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return minWidth(re.Sub[0])
		}
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if minWidth(sub) > 0 {
				return 1
			}
		}
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if minWidth(sub) == 0 {
				return 0
			}
		}
		return 1
	}
	return 0
}

// analyse finds the bytes that a match can begin with and sizes the queues.
func (r *Regexp) analyse() {
	for i := range r.prog.Inst {
		r.asserts = r.asserts || r.prog.Inst[i].Op == syntax.InstEmptyWidth
	}
	seen := make([]bool, len(r.prog.Inst))
	var walk func(pc uint32)
	walk = func(pc uint32) {
		if seen[pc] {
			return
		}
		seen[pc] = true
		in := &r.prog.Inst[pc]
		switch in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			walk(in.Out)
			walk(in.Arg)
		case syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth:
			walk(in.Out)
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			for c := range rune(utf8.RuneSelf) {
				r.first[c] = r.first[c] || in.MatchRune(c)
			}
			// Past ASCII, whether any rune fits decides for all bytes: good enough to skip by.
			// A class that excludes everything has no runes.
			if n := len(in.Rune); n > 0 && in.Rune[n-1] >= utf8.RuneSelf || syntax.Flags(in.Arg)&syntax.FoldCase != 0 {
				for c := utf8.RuneSelf; c < 256; c++ {
					r.first[c] = true
				}
			}
		}
	}
	walk(uint32(r.prog.Start))
	r.only = -1
	for c, ok := range r.first {
		if ok && r.only == -1 {
			r.only = c
		} else if ok {
			r.only = -2
		}
	}
	n := len(r.prog.Inst)
	r.cur = queue{sparse: make([]uint32, n), dense: make([]thread, 0, n)}
	r.next = queue{sparse: make([]uint32, n), dense: make([]thread, 0, n)}
}

// seek returns the first offset from p on at which a match can begin, or -1.
func (r *Regexp) seek(b []byte, p int) int {
	if r.only >= 0 {
		if k := bytes.IndexByte(b[p:], byte(r.only)); k >= 0 {
			return p + k
		}
		return -1
	}
	for ; p < len(b); p++ {
		if r.first[b[p]] {
			return p
		}
	}
	return -1
}
