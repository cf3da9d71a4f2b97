package pipeline

import (
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/heka-project/heka/internal/fair"
)

const (
	maxLives = 1 << 14 // sources that are remembered
	maxTotal = 1 << 16 // stretches of all of them
	fewSpans = 16      // that a source keeps where there are too many
)

// lives is what a route has seen of the sources that can be read again. What a life
// is called is the source's choice, and a source may be a stranger: so there is room
// for so many, and when it is full the owner with the most loses those that were
// silent for longest. What stands before the first slash of a life's name is its owner.
//
//	"tcp:9f31c2d0/…"  seen 0–700, 720–1500     used 12
//	"tcp:9f31c2d0/…"  seen 40–90               used 3    ◀ goes first
//	"5e0b77…"         seen 0–123456            used 1
//
// Losing one costs no message: what comes again of it is counted again. One goroutine
// uses it, but for gone.
type lives struct {
	m     map[string]*life
	order []*life // as they came
	total int     // spans of all
	tick  uint64  // grows with every save

	gone atomic.Int64 // lives that were given up
}

type life struct {
	name string
	seen spans
	used uint64 // tick at which something was seen last
}

// of returns what was seen of a life.
func (l *lives) of(name string) spans {
	if x := l.m[name]; x != nil {
		return x.seen
	}
	return nil
}

// add joins (lo, hi] to what was seen of a life.
func (l *lives) add(name string, lo, hi uint64) {
	x := l.m[name]
	if x == nil {
		x = l.begin(name)
	}
	x.used = l.tick
	n := len(x.seen)
	if n > 0 && lo < hi && x.seen[n-1].hi == lo { // nearly always
		x.seen[n-1].hi = hi
		return
	}
	x.seen = x.seen.add(lo, hi)
	if l.total += len(x.seen) - n; l.total <= maxTotal {
		return
	}
	if len(x.seen) > fewSpans {
		x.seen = x.seen.join()
		l.total--
		return
	}
	l.thin(len(l.m) - len(l.m)/16 - 1)
}

// begin takes up a new life; when there are too many some others go, many at once
// so that it costs each newcomer little.
func (l *lives) begin(name string) *life {
	if len(l.m) >= maxLives {
		l.thin(maxLives - maxLives/16)
	}
	if l.m == nil {
		l.m = map[string]*life{}
	}
	x := &life{name: name}
	l.m[name] = x
	l.order = append(l.order, x)
	return x
}

// owner is whose a life is.
func owner(name string) string {
	o, _, ok := strings.Cut(name, "/")
	if !ok {
		return ""
	}
	return o
}

// thin leaves at most n lives: every owner keeps as many as the others where it has
// more than its share.
func (l *lives) thin(n int) {
	count := map[string]int{}
	for name := range l.m {
		count[owner(name)]++
	}
	share := fair.Share(count, n)
	old := append([]*life(nil), l.order...)
	slices.SortStableFunc(old, func(a, b *life) int { return cmp.Compare(a.used, b.used) })
	for _, x := range old {
		if len(l.m) <= n {
			break
		}
		if o := owner(x.name); share == 0 || count[o] > share {
			count[o]--
			delete(l.m, x.name)
			l.total -= len(x.seen)
			l.gone.Add(1)
		}
	}
	left := l.order[:0]
	for _, x := range l.order {
		if l.m[x.name] == x {
			left = append(left, x)
		}
	}
	clear(l.order[len(left):])
	l.order = left
}

// encode appends what was seen: count, ( length, life, spans )… as varints.
func (l *lives) encode(b []byte) []byte {
	l.tick++
	b = binary.AppendUvarint(b, uint64(len(l.order)))
	for _, x := range l.order {
		b = binary.AppendUvarint(b, uint64(len(x.name)))
		b = append(b, x.name...)
		b = x.seen.encode(b)
	}
	return b
}

var errState = errors.New("its file is damaged; remove it to start anew")

// decode takes over what encode made, and returns what follows it.
func (l *lives) decode(b []byte) ([]byte, error) {
	number := func() (uint64, bool) {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			return 0, false
		}
		b = b[n:]
		return v, true
	}
	got := lives{m: map[string]*life{}}
	n, ok := number()
	if !ok || n > maxLives {
		return nil, errState
	}
	for range n {
		k, ok := number()
		if !ok || k > uint64(len(b)) {
			return nil, errState
		}
		name := string(b[:k])
		b = b[k:]
		m, ok := number()
		if !ok || m > maxSpans || got.m[name] != nil {
			return nil, errState
		}
		x := got.begin(name)
		x.seen = make(spans, m)
		got.total += int(m)
		for i := range x.seen {
			lo, ok1 := number()
			hi, ok2 := number()
			if !ok1 || !ok2 {
				return nil, errState
			}
			x.seen[i] = span{lo, hi}
		}
		if !x.seen.sound() {
			return nil, errState
		}
	}
	l.m, l.order, l.total, l.tick = got.m, got.order, got.total, 1
	return b, nil
}
