package pipeline

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestPlacesAreTheSameHoweverTheyAreCollected: records of no, one or several
// messages, collected at random moments, within records too: the same message has
// the same place each time, and places grow.
func TestPlacesAreTheSameHoweverTheyAreCollected(t *testing.T) {
	type rec struct{ size, gives int }
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var recs []rec
		for range 40 {
			recs = append(recs, rec{10 + rnd.IntN(50), []int{0, 1, 1, 1, 2, 5}[rnd.IntN(6)]})
		}
		read := func(from uint64, skip int, within bool) map[string]uint64 {
			p, got := places{on: true}, map[string]uint64{}
			pos, done := from, 0
			var names []string
			collect := func() {
				for i := range done {
					got[names[i]] = p.of(i, pos)
				}
				p.taken(done)
				names, done = names[:0], 0
			}
			for r, x := range recs[skip:] {
				for m := range x.gives {
					if within && rnd.IntN(10) == 0 {
						collect() // the chunk is full when the next message is begun
					}
					names = append(names, fmt.Sprint(r+skip, ".", m))
					done++
				}
				p.record(done, pos, pos+uint64(x.size))
				pos += uint64(x.size)
				if rnd.IntN(7) == 0 {
					collect()
				}
			}
			collect()
			return got
		}
		want := read(0, 0, false)
		last := uint64(0)
		for r, x := range recs {
			for m := range x.gives {
				v := want[fmt.Sprint(r, ".", m)]
				if v <= last {
					t.Fatalf("seed %d: message %d.%d has place %d behind %d", seed, r, m, v, last)
				}
				last = v
			}
		}
		skip := rnd.IntN(len(recs))
		from := uint64(0)
		for _, x := range recs[:skip] {
			from += uint64(x.size)
		}
		for name, v := range read(from, skip, true) {
			if want[name] != v {
				t.Fatalf("seed %d: message %s has place %d, then %d", seed, name, want[name], v)
			}
		}
	}
}
