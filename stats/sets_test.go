package stats

import (
	"fmt"
	"math"
	"strconv"
	"testing"
)

func key(i int) string { return fmt.Sprintf("item %d", i) }

func numberKey(v float64) string {
	k := NumberKey(v)
	return string(k[:])
}

// The hashes of published test vectors.
func TestHashes(t *testing.T) {
	const long = "Nobody inspects the spammish repetition"
	for _, tt := range []struct {
		key string
		h32 uint32
		h64 uint64
	}{
		{"", 0x02cc5d05, 0xef46db3751d8e999},
		{"a", 0x550d7456, 0xd24ec4f1a98c6e5b},
		{"abc", 0x32d153ff, 0x44bc2cf5ad770999},
		{long, 0xe2293b2f, 0xfbcea83c8a378bf1},
	} {
		if got := xxh32(tt.key, 0); got != tt.h32 {
			t.Errorf("xxh32(%q) = %08x, want %08x", tt.key, got, tt.h32)
		}
		if got := xxh64(tt.key, 0); got != tt.h64 {
			t.Errorf("xxh64(%q) = %016x, want %016x", tt.key, got, tt.h64)
		}
		if xxh64([]byte(tt.key), 5) != xxh64(tt.key, 5) || xxh64(tt.key, 5) == xxh64(tt.key, 0) {
			t.Errorf("xxh64(%q): bytes and seeds", tt.key)
		}
	}
}

func TestBloom(t *testing.T) {
	const items = 20000
	b, err := NewBloom(items, 0.01)
	if err != nil {
		t.Fatal(err)
	}
	again := 0
	for i := range items {
		if !b.Add(key(i)) {
			again++
		}
		if b.Add(key(i)) {
			t.Fatalf("%s was new twice", key(i))
		}
	}
	if b.Count() != items-again || again > items/50 {
		t.Errorf("count %d, %d of %d taken for old", b.Count(), again, items)
	}
	wrong := 0
	for i := range items {
		if !b.Query(key(i)) {
			t.Fatalf("%s is not there", key(i))
		}
		if b.Query(key(items + i)) {
			wrong++
		}
	}
	if rate := float64(wrong) / items; rate > 0.013 {
		t.Errorf("wrong answers: %.4f, promised 0.01", rate)
	}
	data, _ := b.AppendBinary(nil)
	c, err := ParseBloom(data)
	if err != nil || c.Count() != b.Count() || !c.Query(key(7)) || c.Size() != b.Size() {
		t.Errorf("saved and read: %v", err)
	}
	b.Clear()
	if b.Count() != 0 || b.Query(key(1)) {
		t.Error("not empty after Clear")
	}
}

func TestBloomRefuses(t *testing.T) {
	for _, tt := range []struct {
		items int
		p     float64
	}{{1, 0.1}, {-1, 0.1}, {10, 0}, {10, 1}, {10, math.NaN()}, {math.MaxInt32, 1e-300}} {
		if _, err := NewBloom(tt.items, tt.p); err == nil {
			t.Errorf("NewBloom(%d, %v): no error", tt.items, tt.p)
		}
	}
	// So likely that the formula asks for no hash at all.
	b, err := NewBloom(10, 0.9)
	if err != nil || !b.Add("a") || !b.Query("a") {
		t.Errorf("probability 0.9: %v", err)
	}
}

func TestCuckoo(t *testing.T) {
	const items = 10000
	c, err := NewCuckoo(items)
	if err != nil {
		t.Fatal(err)
	}
	old := 0
	for i := range items {
		added, err := c.Add(key(i))
		if err != nil {
			t.Fatal(err)
		}
		if !added {
			old++
		}
		if added, _ := c.Add(key(i)); added {
			t.Fatalf("%s was new twice", key(i))
		}
	}
	if c.Count() != items-old || old > 10 {
		t.Errorf("count %d, %d taken for old", c.Count(), old)
	}
	wrong := 0
	for i := range items {
		if !c.Query(key(i)) {
			t.Fatalf("%s is not there", key(i))
		}
		if c.Query(key(items + i)) {
			wrong++
		}
	}
	if wrong > 10 { // 0.00012 each
		t.Errorf("%d wrong answers of %d", wrong, items)
	}
	data, _ := c.AppendBinary(nil)
	again, err := ParseCuckoo(data)
	if err != nil || again.Count() != c.Count() {
		t.Fatalf("saved and read: %v", err)
	}
	for i := range items {
		if again.Query(key(i)) && !again.Delete(key(i)) {
			t.Fatalf("%s cannot be deleted", key(i))
		}
	}
	if again.Count() > old || again.Delete("never added") {
		t.Errorf("%d left", again.Count())
	}
	c.Clear()
	if c.Count() != 0 || c.Query(key(1)) {
		t.Error("not empty after Clear")
	}
}

// A full filter refuses, and still has everything that it had.
func TestCuckooFull(t *testing.T) {
	c, _ := NewCuckoo(64)
	var have []string
	for i := 0; ; i++ {
		added, err := c.Add(key(i))
		if err == ErrFull {
			break
		}
		if added {
			have = append(have, key(i))
		}
		if i > 1000 {
			t.Fatal("never full")
		}
	}
	if len(have) < 50 || c.Count() != len(have) {
		t.Errorf("full with %d, count %d", len(have), c.Count())
	}
	for _, k := range have {
		if !c.Query(k) {
			t.Errorf("%s was lost", k)
		}
	}
	for _, items := range []int{4, 0, -1, math.MaxInt} {
		if _, err := NewCuckoo(items); err == nil {
			t.Errorf("NewCuckoo(%d): no error", items)
		}
	}
}

// 100000 different numbers are 100070, as the original and Redis estimate.
func TestHyperLogLogPublished(t *testing.T) {
	h := NewHyperLogLog()
	if h.Count() != 0 {
		t.Errorf("empty: %d", h.Count())
	}
	for i := range 100000 {
		h.Add(numberKey(float64(i)))
	}
	for range 2 { // computed, and remembered
		if h.Count() != 100070 {
			t.Errorf("100000 numbers: %d, want 100070", h.Count())
		}
	}
	changed := false
	for i := range 100000 {
		changed = changed || h.Add(numberKey(float64(i)))
	}
	if changed {
		t.Error("the same again changed something")
	}
}

func TestHyperLogLogError(t *testing.T) {
	h := NewHyperLogLog()
	n := 0
	for _, want := range []int{1, 10, 100, 1000, 10000, 40000, 70000, 200000, 500000} {
		for ; n < want; n++ {
			h.Add(key(n))
		}
		if off := math.Abs(float64(h.Count())-float64(want)) / float64(want); off > 0.03 {
			t.Errorf("%d keys: %d, off by %.2f %%", want, h.Count(), off*100)
		}
	}
}

func TestHyperLogLogMerge(t *testing.T) {
	a, b, both := NewHyperLogLog(), NewHyperLogLog(), NewHyperLogLog()
	for i := range 30000 {
		both.Add(key(i))
		if i < 20000 {
			a.Add(key(i))
		}
		if i >= 10000 {
			b.Add(key(i))
		}
	}
	if got := CountUnion(a, b); got != both.Count() {
		t.Errorf("union %d, want %d", got, both.Count())
	}
	a.Merge(b)
	if a.Count() != both.Count() || a.data != both.data {
		t.Errorf("merged %d, want %d", a.Count(), both.Count())
	}
	data, _ := a.AppendBinary(nil)
	again, err := ParseHyperLogLog(data)
	if err != nil || again.Count() != a.Count() || len(data) != 12304 {
		t.Errorf("saved and read: %v", err)
	}
	a.Clear()
	if a.Count() != 0 {
		t.Errorf("cleared: %d", a.Count())
	}
}

func TestRegisters(t *testing.T) {
	h := NewHyperLogLog()
	for i := range hllRegisters {
		h.setRegister(i, byte(i%61))
	}
	for i := range hllRegisters {
		if h.register(i) != byte(i%61) {
			t.Fatalf("register %d = %d, want %d", i, h.register(i), i%61)
		}
	}
	if h.data[hllHead-1] != 0x80 {
		t.Error("a register reached into the header")
	}
}

func BenchmarkSets(b *testing.B) {
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = key(i)
	}
	bloom, _ := NewBloom(100000, 0.01)
	cuckoo, _ := NewCuckoo(100000)
	hll := NewHyperLogLog()
	top, _ := NewTopK(100)
	sketch, _ := NewSketch(0.01)
	for _, bb := range []struct {
		name string
		f    func(i int)
	}{
		{"bloom", func(i int) { bloom.Add(keys[i%1000]) }},
		{"cuckoo", func(i int) { _, _ = cuckoo.Add(keys[i%1000]) }},
		{"hyperloglog", func(i int) { hll.Add(keys[i%1000]) }},
		{"topk", func(i int) { _ = top.Add(keys[i%1000], 1) }},
		{"sketch", func(i int) { sketch.Add(float64(i%100000+1), 1) }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				bb.f(i)
			}
		})
	}
}

// The figures of the original's own tests: numbers written with eight digits.
func TestHyperLogLogOriginal(t *testing.T) {
	for _, tt := range []struct {
		from, to int
		want     uint64
	}{
		{1, 110000, 110505},
		{1, 50000, 49932},
		{50001, 100000, 50151},
	} {
		h := NewHyperLogLog()
		for i := tt.from; i <= tt.to; i++ {
			h.Add(fmt.Sprintf("%08d", i))
		}
		if h.Count() != tt.want {
			t.Errorf("%d to %d: %d, want %d", tt.from, tt.to, h.Count(), tt.want)
		}
	}
}

// The figures of the original's own tests: of 800000 keys, so many are taken for new.
func TestCuckooOriginal(t *testing.T) {
	for _, tt := range []struct {
		name string
		key  func(i int) string
		want int
	}{
		{"numbers", func(i int) string { return numberKey(float64(i)) }, 799977},
		{"strings", strconv.Itoa, 799967},
	} {
		c, err := NewCuckoo(1000000)
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i <= 800000; i++ {
			if _, err := c.Add(tt.key(i)); err != nil {
				t.Fatal(err)
			}
		}
		if c.Count() != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, c.Count(), tt.want)
		}
		deleted := 0
		for i := 1; i <= 800000; i++ {
			if c.Delete(tt.key(i)) {
				deleted++
			}
		}
		if deleted != tt.want || c.Count() != 0 {
			t.Errorf("%s: %d deleted, %d left", tt.name, deleted, c.Count())
		}
	}
}
