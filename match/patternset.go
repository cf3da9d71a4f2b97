package match

import (
	"math/bits"
	"strings"

	"github.com/heka-project/heka/match/internal/dfa"
)

// patternSet is all patterns that are tried on one variable. Up to 64 at a time
// share an automaton, which reads a text once for all of them. Immutable.
type patternSet struct {
	patterns []*pattern
	parts    []patternPart // of 64 patterns each
}

// patternPart is a run of patterns; bit k stands for its pattern k.
type patternPart struct {
	set   *dfa.Set
	in    uint64                  // patterns that the automaton knows
	index [dfa.MaxPatterns]uint8  // bit of each in the automaton
	open  uint64                  // those that no text can rule out beforehand
	cost  [dfa.MaxPatterns]uint16 // texts to look for before the automaton is needed
}

// One text to look for costs about an eighth of what the automaton does.
const maxLooks = 6

// partSize bounds the source of the patterns of one automaton, in bytes. A
// pattern over it is tried alone.
const partSize = 16 << 10

func newPatternSet(patterns []*pattern) patternSet {
	s := patternSet{patterns: patterns}
	for i := 0; i < len(patterns); i += dfa.MaxPatterns {
		s.parts = append(s.parts, newPatternPart(patterns[i:min(i+dfa.MaxPatterns, len(patterns))]))
	}
	return s
}

func newPatternPart(patterns []*pattern) (p patternPart) {
	var sources []string
	size := 0
	for k, x := range patterns {
		if x.form != formGeneral && x.form != formContains || size+len(x.src) > partSize {
			continue
		}
		if x.form == formGeneral {
			if _, err := dfa.Compile([]string{x.src}); err != nil {
				continue
			}
		}
		size += len(x.src)
		p.index[k] = uint8(len(sources))
		p.in |= 1 << k
		sources = append(sources, x.src)
		switch {
		case x.form == formContains:
			p.cost[k] = 1
		case x.needs != nil:
			p.cost[k] = uint16(len(x.needs))
		default:
			p.open |= 1 << k
		}
	}
	set, err := dfa.Compile(sources)
	if err != nil || len(sources) == 0 {
		return patternPart{}
	}
	p.set = set
	return p
}

// patternRun is what a Context keeps of a patternSet.
type patternRun struct {
	*patternSet
	caches []*dfa.Cache // made when first needed
	pause  []uint16     // texts that an automaton that grew too large is left alone for
}

// pauseTexts is how long that is.
const pauseTexts = 1000

func newPatternRun(s *patternSet) patternRun {
	return patternRun{s, make([]*dfa.Cache, len(s.parts)), make([]uint16, len(s.parts))}
}

// match sets in got the patterns that occur in text, among those that need names.
// Bits past the last pattern are left alone.
func (r *patternRun) match(text string, need, got []uint64) {
	for i := range r.parts {
		n := min(len(r.patterns)-i*dfa.MaxPatterns, dfa.MaxPatterns)
		if m := need[i] & (^uint64(0) >> (64 - n)); m != 0 {
			got[i] |= r.part(i, text, m)
		}
	}
}

func (r *patternRun) part(i int, text string, need uint64) (got uint64) {
	p := &r.parts[i]
	patterns := r.patterns[i*dfa.MaxPatterns:]
	machine := need & p.in
	if machine == 0 || r.pause[i] > 0 {
		r.pause[i] -= min(r.pause[i], 1)
		return each(patterns, text, need)
	}
	got = each(patterns, text, need&^p.in)
	if machine&p.open == 0 {
		looks := 0
		for m := machine; m != 0; m &= m - 1 {
			looks += int(p.cost[bits.TrailingZeros64(m)])
		}
		if looks <= maxLooks {
			var hit uint64
			if hit, machine = look(patterns, text, machine); machine == 0 {
				return got | hit
			}
			got |= hit
		}
	}
	if r.caches[i] == nil {
		r.caches[i] = p.set.NewCache()
	}
	ask := uint64(0)
	for m := machine; m != 0; m &= m - 1 {
		ask |= 1 << p.index[bits.TrailingZeros64(m)]
	}
	found, ok := r.caches[i].Match(text, ask)
	if !ok {
		r.pause[i] = pauseTexts
		return got | each(patterns, text, machine)
	}
	for m := machine; m != 0; m &= m - 1 {
		if k := bits.TrailingZeros64(m); found>>p.index[k]&1 == 1 {
			got |= 1 << k
		}
	}
	return got
}

// each tries the patterns one by one.
func each(patterns []*pattern, text string, need uint64) (got uint64) {
	for ; need != 0; need &= need - 1 {
		if k := bits.TrailingZeros64(need); patterns[k].match(text) {
			got |= 1 << k
		}
	}
	return got
}

// look answers by plain search where that is enough, and returns the patterns
// that the automaton has to decide.
func look(patterns []*pattern, text string, need uint64) (got, left uint64) {
	for ; need != 0; need &= need - 1 {
		k := bits.TrailingZeros64(need)
		switch p := patterns[k]; {
		case p.form == formContains:
			if strings.Contains(text, p.lit) {
				got |= 1 << k
			}
		case p.possible(text):
			left |= 1 << k
		}
	}
	return got, left
}
