package pipeline

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestAStrangerCannotPushOutOthers: somebody who comes with one life after another
// loses lives of his own; those of others stay, however long they were silent.
func TestAStrangerCannotPushOutOthers(t *testing.T) {
	var l lives
	for i := range 1000 {
		l.add(fmt.Sprintf("log %d", i), 0, 10)
		l.add(fmt.Sprintf("tcp:%x/1", i), 0, 10)
	}
	for i := range 3 * maxLives / 2 {
		l.add(fmt.Sprintf("tcp:evil/%d", i), 0, 1)
		if len(l.m) > maxLives || len(l.order) != len(l.m) {
			t.Fatalf("%d lives are remembered in an order of %d, want at most %d", len(l.m), len(l.order), maxLives)
		}
	}
	for i := range 1000 {
		if !l.of(fmt.Sprintf("log %d", i)).has(10) || !l.of(fmt.Sprintf("tcp:%x/1", i)).has(10) {
			t.Fatalf("life %d is forgotten", i)
		}
	}
	if n := int(l.gone.Load()); n != 2000+3*maxLives/2-len(l.m) {
		t.Errorf("%d lives were counted as forgotten, and %d are left", n, len(l.m))
	}
}

// TestTheSilentGoFirst: of many lives of one owner those that were used last stay.
func TestTheSilentGoFirst(t *testing.T) {
	var l lives
	for i := range maxLives {
		l.add(fmt.Sprint(i), 0, 10)
	}
	l.encode(nil)
	for i := range maxLives / 2 {
		l.add(fmt.Sprint(2*i), 10, 20)
	}
	l.add("one more", 0, 1)
	for i := range maxLives / 2 {
		if !l.of(fmt.Sprint(2 * i)).has(20) {
			t.Fatalf("life %d, which was used, is forgotten", 2*i)
		}
	}
	if l.gone.Load() == 0 {
		t.Error("none is forgotten")
	}
}

// TestStretchesAreBounded: sources of very many gaps, or very many sources of a few,
// are remembered in a bounded space.
func TestStretchesAreBounded(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	var l lives
	for i := range 150_000 {
		at := uint64(i) * 10
		l.add(fmt.Sprint("tcp:evil/", rnd.IntN(5000)), at, at+1)
		if l.total > maxTotal {
			t.Fatalf("%d stretches are remembered, want at most %d", l.total, maxTotal)
		}
	}
	sum := 0
	for _, x := range l.m {
		sum += len(x.seen)
	}
	if sum != l.total {
		t.Errorf("%d stretches are there, %d are counted", sum, l.total)
	}
}

func FuzzLives(f *testing.F) {
	var l lives
	l.add("tcp:0/a", 1, 5)
	l.add("log", 3, 9)
	l.add("log", 20, 1<<62)
	f.Add(l.encode(nil))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		var l, again lives
		rest, err := l.decode(b)
		if err != nil {
			return
		}
		enc := l.encode(nil)
		if _, err := again.decode(enc); err != nil || len(again.m) != len(l.m) || again.total != l.total {
			t.Fatalf("%d lives with %d stretches are %d with %d again: %v", len(l.m), l.total, len(again.m), again.total, err)
		}
		for name, x := range l.m {
			if !slices.Equal(x.seen, again.of(name)) {
				t.Fatalf("life %q: %v, then %v", name, x.seen, again.of(name))
			}
		}
		if len(rest) > len(b) {
			t.Fatal("more is left than there was")
		}
	})
}
