// Package dfa tells which of many regular expressions occur in a text, in one
// pass over it.
//
//	patterns ──Compile──▶ Set (programs, classes of runes; immutable)
//	                        │ NewCache
//	                        ▼
//	text ──▶ Cache.Match: states found so far ──▶ bit k: pattern k occurs
//
// The answers are those of package regexp for MatchString. The machine reads
// runes as regexp does: a byte that is not UTF-8 counts as U+FFFD. A state is the
// set of places in all programs that may be reached together with what lies just
// before, for ^, $ and \b; it is built when a text first leads there. Time is
// linear in the text. Memory is bounded: a cache that is full starts anew, and
// one that keeps filling up gives the text back to be matched otherwise.
package dfa

import (
	"errors"
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// MaxPatterns is how many patterns one Set takes.
const MaxPatterns = 64

// Bounds of a Set.
const (
	maxInst  = 20000   // instructions of all programs: building a state walks them
	maxClass = 4096    // classes of runes
	maxTests = 1 << 24 // steps taken to find them
)

// ErrTooLarge means that the patterns' programs are too large for a Set.
var ErrTooLarge = errors.New("patterns are too large for one automaton")

// Set is patterns compiled together. It is immutable.
type Set struct {
	inst   []syntax.Inst // of all programs, with Out and Arg moved
	owner  []uint8       // pattern of each instruction
	start  []uint32      // first instruction of each pattern
	fixed  uint64        // patterns that match only at the beginning
	cuts   []rune        // class i is the runes from cuts[i] to cuts[i+1]-1, before folding
	class  []uint16      // of the runes from cuts[i] on
	bytes  [256]uint16   // class of each byte that is a rune, else foreign
	sample []rune        // one rune of each class
	words  bool          // some pattern looks at word boundaries
	lines  bool          // or at line ends
}

// Compile compiles up to MaxPatterns patterns in the syntax of package regexp.
func Compile(patterns []string) (*Set, error) {
	if len(patterns) > MaxPatterns {
		return nil, ErrTooLarge
	}
	s := &Set{}
	for k, src := range patterns {
		tree, err := syntax.Parse(src, syntax.Perl)
		if err != nil {
			return nil, err
		}
		prog, err := syntax.Compile(tree.Simplify())
		if err != nil {
			return nil, err
		}
		if len(s.inst)+len(prog.Inst) > maxInst {
			return nil, ErrTooLarge
		}
		s.add(prog, uint8(k))
	}
	if !s.classes() {
		return nil, ErrTooLarge
	}
	return s, nil
}

// add appends a program.
func (s *Set) add(prog *syntax.Prog, k uint8) {
	base := uint32(len(s.inst))
	for _, in := range prog.Inst {
		in.Out += base
		switch in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			in.Arg += base
		case syntax.InstEmptyWidth:
			op := syntax.EmptyOp(in.Arg)
			s.words = s.words || op&(syntax.EmptyWordBoundary|syntax.EmptyNoWordBoundary) != 0
			s.lines = s.lines || op&(syntax.EmptyBeginLine|syntax.EmptyEndLine) != 0
		}
		s.inst = append(s.inst, in)
		s.owner = append(s.owner, k)
	}
	s.start = append(s.start, base+uint32(prog.Start))
	if cond := prog.StartCond(); cond&syntax.EmptyBeginText != 0 {
		s.fixed |= 1 << k
	}
}

// classes finds the runes that no instruction tells apart. It reports false when
// that would take too much.
func (s *Set) classes() bool {
	cuts := []rune{0, utf8.RuneSelf}
	cut := func(lo, hi rune) { cuts = append(cuts, lo, hi+1) }
	if s.lines {
		cut('\n', '\n')
	}
	if s.words {
		cut('0', '9')
		cut('A', 'Z')
		cut('a', 'z')
		cut('_', '_')
	}
	tests := s.tests()
	for _, in := range tests {
		switch in.Op {
		case syntax.InstRuneAnyNotNL:
			cut('\n', '\n')
		case syntax.InstRune, syntax.InstRune1:
			if len(in.Rune) == 1 {
				r := in.Rune[0]
				cut(r, r)
				if syntax.Flags(in.Arg)&syntax.FoldCase != 0 {
					for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
						cut(f, f)
					}
				}
				continue
			}
			for j := 0; j+1 < len(in.Rune); j += 2 {
				cut(in.Rune[j], in.Rune[j+1])
			}
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	for len(cuts) > 0 && cuts[len(cuts)-1] > unicode.MaxRune {
		cuts = cuts[:len(cuts)-1]
	}
	s.cuts = cuts
	if len(cuts)*len(tests) > maxTests {
		return false
	}
	s.merge(tests)
	if len(s.sample) > maxClass {
		return false
	}
	for b := range s.bytes {
		if s.bytes[b] = s.foreign(); b < utf8.RuneSelf {
			s.bytes[b] = s.classOf(rune(b))
		}
	}
	return true
}

// foreign is a class that no rune has and no state knows a way for.
func (s *Set) foreign() uint16 { return uint16(len(s.sample)) }

// tests lists the instructions that read a rune, those only once that read the
// same: repetition copies them by the thousand.
func (s *Set) tests() (tests []*syntax.Inst) {
	type test struct {
		op   syntax.InstOp
		arg  uint32
		rune *rune
		n    int
	}
	seen := map[test]bool{}
	for i := range s.inst {
		in := &s.inst[i]
		k := test{op: in.Op, n: len(in.Rune)}
		switch in.Op {
		case syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
		case syntax.InstRune, syntax.InstRune1:
			if k.arg = in.Arg; k.n > 0 {
				k.rune = &in.Rune[0]
			}
		default:
			continue
		}
		if !seen[k] {
			seen[k] = true
			tests = append(tests, in)
		}
	}
	return tests
}

// merge gives ranges between cuts that all instructions treat alike one class.
func (s *Set) merge(tests []*syntax.Inst) {
	seen := map[string]uint16{}
	key := make([]byte, (len(tests)+7)/8+1)
	for _, r := range s.cuts {
		clear(key)
		for i, in := range tests {
			if matches(in, r) {
				key[i>>3] |= 1 << (i & 7)
			}
		}
		if s.lines && r == '\n' {
			key[len(key)-1] |= 1
		}
		if s.words && isWord(r) {
			key[len(key)-1] |= 2
		}
		c, ok := seen[string(key)]
		if !ok {
			c = uint16(len(s.sample))
			seen[string(key)] = c
			if len(s.sample) > maxClass {
				return
			}
			s.sample = append(s.sample, r)
		}
		s.class = append(s.class, c)
	}
}

func matches(in *syntax.Inst, r rune) bool {
	switch in.Op {
	case syntax.InstRuneAny:
		return true
	case syntax.InstRuneAnyNotNL:
		return r != '\n'
	}
	return in.MatchRune(r)
}

func isWord(r rune) bool { return r < utf8.RuneSelf && syntax.IsWordChar(r) }

// classOf returns the class of a rune.
func (s *Set) classOf(r rune) uint16 {
	lo, hi := 0, len(s.cuts)
	for lo+1 < hi {
		if m := (lo + hi) / 2; s.cuts[m] <= r {
			lo = m
		} else {
			hi = m
		}
	}
	return s.class[lo]
}
