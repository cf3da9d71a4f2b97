package match

import (
	"math"
	"sort"
	"strings"
)

// slotKey names a variable that matchers read.
type slotKey struct {
	operand    Operand
	name       string
	nth, value int
}

// slot is one variable with all tests that any matcher of the set makes on it.
// Its values fall into classes: two values are of one class when all tests answer
// alike for both. Classes of numbers, bools, missing values and of texts that are
// only compared are known beforehand; a Context finds the others, which depend on
// patterns, as they come.
type slot struct {
	slotKey
	tests []*Test // bit i of a class's row is the answer of test i
	want  int     // index in the set's Want, -1: not indexed
	extra int     // index in the set's extra, -1: not there

	rows    [][]uint64 // classes known beforehand: answers of the tests
	missing uint32     // class of a value that does not exist
	yes, no uint32     // classes of bools

	cuts  []float64 // constants of number tests, sorted, each once
	cls   []uint32  // [2i] class between cut i-1 and i, [2i+1] class of cut i itself
	nan   uint32    // class of what is not a number
	small []uint32  // classes of 0 to 15, or 0 to 1023 where larger numbers are compared with

	bounds []string   // constants of text tests, sorted, each once
	texts  []uint32   // classes like cls, with the answer of others left 0
	others patternSet // patterns that no bound decides
	hit    [][]uint64 // tests that are true when others[i] matches
	miss   [][]uint64 // tests that are true when it does not
	fixed  textTable  // when closed: all constants; any other text is of class last
	closed bool       // only equality is tested: classes need no memo
	last   uint32     // class of all other texts, when closed
}

func (s *slot) words() int { return (len(s.tests) + 63) / 64 }

// build finds the classes that do not depend on messages.
func (s *slot) build() {
	t := rowTable{words: s.words()}
	row := make([]uint64, s.words())
	class := func(answer func(*Test) bool) uint32 {
		clear(row)
		for i, x := range s.tests {
			if answer(x) {
				row[i>>6] |= 1 << (i & 63)
			}
		}
		n, _ := t.intern(row)
		return n
	}
	if s.operand == Field {
		s.missing = class((*Test).missing)
		s.yes = class(func(x *Test) bool { return x.existing(x.bool(true)) })
		s.no = class(func(x *Test) bool { return x.existing(x.bool(false)) })
	}
	if s.operand == Field || s.operand.Numeric() {
		s.buildNumbers(class)
	}
	if !s.operand.Numeric() {
		s.buildTexts(func(row []uint64) uint32 { n, _ := t.intern(row); return n })
	}
	s.rows = t.rows
}

// existing is the answer for a value that exists, given the one of comparing it.
func (t *Test) existing(compared bool) bool {
	if t.Kind == Nil {
		return t.Op == NotEqual
	}
	return compared
}

func (s *slot) buildNumbers(class func(func(*Test) bool) uint32) {
	for _, x := range s.tests {
		if x.Kind == Number {
			s.cuts = append(s.cuts, x.Number)
		}
	}
	sort.Float64s(s.cuts)
	s.cuts = uniq(s.cuts)
	number := func(f float64) uint32 {
		return class(func(x *Test) bool { return x.existing(x.number(f)) })
	}
	s.nan = number(math.NaN())
	for i := 0; i <= len(s.cuts); i++ {
		s.cls = append(s.cls, number(between(s.cuts, i)))
		if i < len(s.cuts) {
			s.cls = append(s.cls, number(s.cuts[i]))
		}
	}
	n := 16
	if k := len(s.cuts); k > 0 && s.cuts[k-1] >= 16 {
		n = 1024
	}
	small := make([]uint32, n)
	for i := range small {
		small[i] = s.number(float64(i))
	}
	s.small = small
}

// between returns a number that lies between cuts i-1 and i. Where no number
// does, it returns one of them, and the class is never asked for.
func between(cuts []float64, i int) float64 {
	if i == len(cuts) {
		return math.Inf(1)
	}
	return math.Nextafter(cuts[i], math.Inf(-1))
}

// number returns the class of f. Up to eight cuts are counted without a branch:
// those below f, and those below or equal.
func (s *slot) number(f float64) uint32 {
	if f != f {
		return s.nan
	}
	if len(s.cuts) > 8 {
		return s.numberMany(f)
	}
	k := 0
	for _, c := range s.cuts {
		less, most := 0, 0
		if c < f {
			less = 1
		}
		if c <= f {
			most = 1
		}
		k += less + most
	}
	return s.cls[k]
}

// numberMany is number by bisection.
func (s *slot) numberMany(f float64) uint32 {
	i := sort.SearchFloat64s(s.cuts, f)
	if i < len(s.cuts) && s.cuts[i] == f {
		return s.cls[2*i+1]
	}
	return s.cls[2*i]
}

// integer returns the class of n.
func (s *slot) integer(n int64) uint32 {
	if uint64(n) < uint64(len(s.small)) {
		return s.small[n]
	}
	return s.number(float64(n))
}

func (s *slot) buildTexts(intern func(row []uint64) uint32) {
	s.closed = true
	index := map[string]int{}
	var others []*pattern
	for i, x := range s.tests {
		switch x.Kind {
		case Text:
			s.bounds = append(s.bounds, x.Text)
			s.closed = s.closed && x.Op <= NotEqual
		case Truth:
			s.bounds = append(s.bounds, Const(x.Truth).String())
		case Pattern:
			s.closed = false
			switch p := x.pattern; p.form {
			case formAlways:
			case formExact:
				s.bounds = append(s.bounds, p.lit)
			case formPrefix:
				s.bounds = append(s.bounds, p.lit)
				if end := pastPrefix(p.lit); end != "" {
					s.bounds = append(s.bounds, end)
				}
			default:
				k, ok := index[p.src]
				if !ok {
					k = len(others)
					index[p.src] = k
					others = append(others, p)
					s.hit = append(s.hit, make([]uint64, s.words()))
					s.miss = append(s.miss, make([]uint64, s.words()))
				}
				if x.Op == Matches {
					s.hit[k][i>>6] |= 1 << (i & 63)
				} else {
					s.miss[k][i>>6] |= 1 << (i & 63)
				}
			}
		}
	}
	s.others = newPatternSet(others)
	sort.Strings(s.bounds)
	s.bounds = uniq(s.bounds)
	s.sweep(intern)
	if s.closed {
		s.fix()
	}
}

// sweep finds the classes of texts in their order. The answer of a test changes
// only at constants of its own and right behind them, so each is asked there
// alone: with a thousand matchers a set is made in a millisecond, not in thirty.
func (s *slot) sweep(intern func(row []uint64) uint32) {
	own := make([][]int, len(s.bounds)) // tests by constant
	note := func(v string, i int) {
		k := sort.SearchStrings(s.bounds, v)
		own[k] = append(own[k], i)
	}
	row := make([]uint64, s.words())
	ask := func(i int, v string) {
		x := s.tests[i]
		row[i>>6] &^= 1 << (i & 63)
		if (x.Kind != Pattern || x.pattern.bounded()) && x.existing(x.text(v)) {
			row[i>>6] |= 1 << (i & 63)
		}
	}
	for i, x := range s.tests {
		switch {
		case x.Kind == Text:
			note(x.Text, i)
		case x.Kind == Truth:
			note(Const(x.Truth).String(), i)
		case x.Kind == Pattern && (x.pattern.form == formExact || x.pattern.form == formPrefix):
			note(x.pattern.lit, i)
			if end := pastPrefix(x.pattern.lit); end != "" && x.pattern.form == formPrefix {
				note(end, i)
			}
		}
		ask(i, "")
	}
	s.texts = append(s.texts, intern(row))
	for k, v := range s.bounds {
		for _, i := range own[k] {
			ask(i, v)
		}
		s.texts = append(s.texts, intern(row))
		for _, i := range own[k] {
			ask(i, v+"\x00") // right behind it
		}
		s.texts = append(s.texts, intern(row))
	}
}

// fix makes the table of a closed slot.
func (s *slot) fix() {
	other := "\x00"
	for i := sort.SearchStrings(s.bounds, other); i < len(s.bounds) && s.bounds[i] == other; i++ {
		other += "\x00"
	}
	s.last = s.texts[s.position(other)]
	bits := uint8(3)
	for 1<<bits < 8*len(s.bounds) {
		bits++
	}
	for range 100 { // seeds, until each constant stands where its hash points
		s.fixed = newTextTable(bits)
		s.fixed.perfect = true
		for i, v := range s.bounds {
			s.fixed.put(keyOf(v), v, s.texts[2*i+1])
		}
		if s.fixed.perfect || len(s.bounds) > 100 {
			return
		}
	}
}

// position returns the index in texts of the class of v.
func (s *slot) position(v string) int {
	i := sort.SearchStrings(s.bounds, v)
	if i < len(s.bounds) && s.bounds[i] == v {
		return 2*i + 1
	}
	return 2 * i
}

// pastPrefix returns the smallest text behind all that begin with p, "" when
// there is none.
func pastPrefix(p string) string {
	for strings.HasSuffix(p, "\xff") { // bytes, not the characters that TrimRight knows
		p = p[:len(p)-1]
	}
	if p == "" {
		return ""
	}
	return p[:len(p)-1] + string([]byte{p[len(p)-1] + 1})
}

// bounded reports whether the pattern holds for a range of texts in their order.
func (p *pattern) bounded() bool {
	return p.form == formAlways || p.form == formExact || p.form == formPrefix
}

// uniq removes repeated neighbours.
func uniq[T comparable](in []T) []T {
	out := in[:0]
	for i, v := range in {
		if i == 0 || v != in[i-1] {
			out = append(out, v)
		}
	}
	return out
}
