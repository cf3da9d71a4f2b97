package keyed

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

type entry struct {
	key string
	n   int
}

func all(t *Table[int]) (list []entry) {
	t.Filter(func(key string, v *int) bool { list = append(list, entry{key, *v}); return false })
	return list
}

// The table does what a slow model does: a list, the oldest first.
func TestModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 50 {
		limit := 1 + round%6
		table := New[int](limit)
		var model, evicted, want []entry
		table.Evicted = func(key string, v *int) { evicted = append(evicted, entry{key, *v}) }
		for step := range 300 {
			switch rng.IntN(10) {
			case 0:
				odd := func(n int) bool { return n%2 == 1 }
				table.Filter(func(_ string, v *int) bool { return odd(*v) })
				model = slices.DeleteFunc(model, func(e entry) bool { return odd(e.n) })
			case 1:
				below := step - rng.IntN(10)
				table.Drop(func(_ string, v *int) bool { return *v < below })
				for len(model) > 0 && model[0].n < below {
					model = model[1:]
				}
			default:
				key := strconv.Itoa(rng.IntN(9))
				v, known := table.Get([]byte(key))
				at := slices.IndexFunc(model, func(e entry) bool { return e.key == key })
				if known != (at >= 0) || known && *v != model[at].n || !known && *v != 0 {
					t.Fatalf("Get(%s) = %v, %v, model %v", key, *v, known, model)
				}
				if at >= 0 {
					model = slices.Delete(model, at, at+1)
				} else if len(model) == limit {
					want = append(want, model[0])
					model = model[1:]
				}
				*v = step
				model = append(model, entry{key, step})
			}
			if got := all(table); !slices.Equal(got, model) || table.Len() != len(model) || !slices.Equal(evicted, want) {
				t.Fatalf("round %d, step %d: %v, evicted %v; want %v, %v", round, step, got, evicted, model, want)
			}
		}
		if len(table.slots) > limit {
			t.Errorf("%d slots for %d entries", len(table.slots), limit)
		}
	}
}

func TestAllocs(t *testing.T) {
	table := New[int](0)
	key := []byte("a key")
	table.Get(key)
	if n := testing.AllocsPerRun(100, func() { table.Get(key) }); n != 0 {
		t.Errorf("Get of a key that is there allocates %v times", n)
	}
}
