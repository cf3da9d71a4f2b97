package pipeline

import (
	"encoding/binary"
	"slices"
	"sort"
)

// maxSpans bounds the spans of one source. Gaps come from batches that the route
// does not take, and from what a power cut took out of the middle of the journal;
// only the latest can be sent again, so the oldest are closed.
const maxSpans = 256

// spans is what a filter has seen of a source: stretches (lo, hi] of its
// positions, in order, that do not touch.
type spans []span

type span struct{ lo, hi uint64 }

// add joins (lo, hi] to what was seen.
func (s spans) add(lo, hi uint64) spans {
	if hi <= lo {
		return s
	}
	if n := len(s); n > 0 && s[n-1].hi == lo { // nearly always
		s[n-1].hi = hi
		return s
	}
	i := sort.Search(len(s), func(i int) bool { return s[i].hi >= lo })
	j := i
	for ; j < len(s) && s[j].lo <= hi; j++ {
		lo, hi = min(lo, s[j].lo), max(hi, s[j].hi)
	}
	s = slices.Replace(s, i, j, span{lo, hi})
	if len(s) > maxSpans {
		s = s.join()
	}
	return s
}

// join closes the oldest gap; there is one.
func (s spans) join() spans {
	s[1].lo = s[0].lo
	return slices.Delete(s, 0, 1)
}

// has reports whether a message at pos was seen.
func (s spans) has(pos uint64) bool {
	i := sort.Search(len(s), func(i int) bool { return s[i].hi >= pos })
	return i < len(s) && s[i].lo < pos
}

// behind reports whether all that was seen lies at or before pos.
func (s spans) behind(pos uint64) bool { return len(s) == 0 || s[len(s)-1].hi <= pos }

// encode appends count, ( lo, hi )… as varints.
func (s spans) encode(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	for _, x := range s {
		b = binary.AppendUvarint(binary.AppendUvarint(b, x.lo), x.hi)
	}
	return b
}

// sound reports whether the spans are in order.
func (s spans) sound() bool {
	for i, x := range s {
		if x.lo >= x.hi || i > 0 && x.lo <= s[i-1].hi {
			return false
		}
	}
	return len(s) <= maxSpans
}
