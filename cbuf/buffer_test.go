package cbuf

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func mustNew(t testing.TB, rows, cols int, width int64, deltas bool) *Buffer {
	t.Helper()
	b, err := New(rows, cols, width, deltas)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func set(t testing.TB, b *Buffer, at int64, col int, v float64) float64 {
	t.Helper()
	got, ok, err := b.Set(at, col, v)
	if err != nil || !ok {
		t.Fatalf("Set(%d, %d, %v) = %v, %v", at, col, v, ok, err)
	}
	return got
}

func add(t testing.TB, b *Buffer, at int64, col int, v float64) float64 {
	t.Helper()
	got, ok, err := b.Add(at, col, v)
	if err != nil || !ok {
		t.Fatalf("Add(%d, %d, %v) = %v, %v", at, col, v, ok, err)
	}
	return got
}

func TestNewRefuses(t *testing.T) {
	for _, tt := range []struct {
		rows, cols int
		width      int64
		want       string
	}{
		{1, 1, 1, "rows must be > 1"},
		{-5, 1, 1, "rows must be > 1"},
		{2, 0, 1, "columns must be > 0 and <= 256"},
		{2, 257, 1, "columns must be > 0 and <= 256"},
		{2, 1, 0, "seconds_per_row is out of range"},
		{2, 1, -1, "seconds_per_row is out of range"},
		{math.MaxInt, 256, 1, "more than"},
		{1 << 26, 1, math.MaxInt32, "seconds_per_row is out of range"},
	} {
		if _, err := New(tt.rows, tt.cols, tt.width, false); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("New(%d, %d, %d) = %v, want %q", tt.rows, tt.cols, tt.width, err, tt.want)
		}
	}
}

const head = `,"rows":3,"columns":3,"seconds_per_row":1,"column_info":[{"name":"Add_column","unit":"count","aggregation":"sum"},` +
	`{"name":"Set_column","unit":"count","aggregation":"sum"},{"name":"Get_column","unit":"count","aggregation":"sum"}]}` + "\n"

// example is the buffer of the protocol reference: what is added at a time is
// also copied to the third column.
func example(t testing.TB, deltas bool) (*Buffer, func(at int64)) {
	b := mustNew(t, 3, 3, 1, deltas)
	for c, name := range []string{"Add column", "Set column", "Get column"} {
		b.SetHeader(c, Header{Name: name, Unit: "count"})
	}
	return b, func(at int64) {
		set(t, b, at, 2, add(t, b, at, 0, 1))
		set(t, b, at, 1, 1)
	}
}

func TestText(t *testing.T) {
	b, count := example(t, false)
	check := func(when, want string) {
		t.Helper()
		if got := string(b.AppendFull(nil)); got != want {
			t.Errorf("%s:\n%swant\n%s", when, got, want)
		}
		again, err := Parse([]byte(want))
		if err != nil {
			t.Fatal(err)
		}
		if got := string(again.AppendFull(nil)); got != want {
			t.Errorf("%s, parsed:\n%swant\n%s", when, got, want)
		}
	}
	check("new", `{"time":0`+head+"nan\tnan\tnan\nnan\tnan\tnan\nnan\tnan\tnan\n")
	for at := range int64(3) {
		for range at + 1 {
			count(at)
		}
	}
	check("full", `{"time":0`+head+"1\t1\t1\n2\t1\t2\n3\t1\t3\n")
	count(4)
	check("a row skipped", `{"time":2`+head+"3\t1\t3\nnan\tnan\tnan\n1\t1\t1\n")
	count(10)
	check("all skipped", `{"time":8`+head+"nan\tnan\tnan\nnan\tnan\tnan\n1\t1\t1\n")
	if _, ok, _ := b.Add(7, 0, 1); ok {
		t.Error("Add before the window succeeded")
	}
}

func TestDelta(t *testing.T) {
	b, count := example(t, true)
	if got := b.AppendDelta(nil); got != nil {
		t.Errorf("nothing changed: %q", got)
	}
	count(0)
	for range 2 {
		count(1)
	}
	for range 3 {
		count(2)
	}
	if got, want := string(b.AppendDelta(nil)), `{"time":0`+head+"0\t1\t1\t1\n1\t2\t1\t2\n2\t3\t1\t3\n"; got != want {
		t.Errorf("delta\n%swant\n%s", got, want)
	}
	if got := b.AppendDelta(nil); got != nil {
		t.Errorf("fetched twice: %q", got)
	}
	add(t, b, 2, 0, 0)
	if b.Pending() != 0 {
		t.Error("adding 0 was recorded")
	}
	add(t, b, 2, 0, math.NaN())
	if got, want := string(b.AppendDelta(nil)), `{"time":0`+head+"2\tnan\tnan\tnan\n"; got != want {
		t.Errorf("delta\n%swant\n%s", got, want)
	}
}

// TestDeltaByAggregation goes through the table of the protocol reference.
func TestDeltaByAggregation(t *testing.T) {
	type op struct {
		set  bool
		v    float64
		cell float64 // after it
	}
	for _, tt := range []struct {
		agg  Aggregation
		ops  []op
		want string // the delta of the column
	}{
		{Sum, []op{{false, 2, 2}, {false, 3, 5}}, "5"},
		{Sum, []op{{true, 7, 7}, {true, 4, 4}}, "4"},
		{Sum, []op{{true, 7, 7}, {false, math.Inf(1), math.Inf(1)}}, "inf"},
		{Min, []op{{true, 3, 3}, {true, 5, 3}, {true, 1, 1}}, "4"},
		{Max, []op{{true, 3, 3}, {true, 5, 5}, {true, 1, 5}}, "8"},
		{Min, []op{{false, 3, 3}, {false, 2, 5}}, "8"},
		{None, []op{{true, 3, 3}, {true, 5, 5}}, "5"},
		{None, []op{{false, 3, 3}, {false, 2, 5}}, "8"},
		{Sum, []op{{true, 1, 1}, {true, math.NaN(), math.NaN()}, {true, 4, 4}}, "nan"},
		{Sum, []op{{true, math.Inf(1), math.Inf(1)}, {true, math.Inf(1), math.Inf(1)}}, "inf"},
		{Sum, []op{{true, math.Inf(-1), math.Inf(-1)}, {false, 1, math.Inf(-1)}}, "-inf"},
		{Min, []op{{false, 1, 1}, {true, math.NaN(), 1}}, "1"},
		{Min, []op{{true, 9, 9}, {false, math.NaN(), math.NaN()}}, "nan"},
		{Sum, []op{{true, 2, 2}, {true, 2, 2}, {true, 0, 0}}, "0"},
	} {
		b := mustNew(t, 2, 2, 60, true)
		b.SetHeader(0, Header{Name: "c", Aggregation: tt.agg})
		for i, o := range tt.ops {
			var got float64
			if o.set {
				got = set(t, b, 60, 0, o.v)
			} else {
				got = add(t, b, 60, 0, o.v)
			}
			if got != o.cell && (got == got || o.cell == o.cell) {
				t.Errorf("%v %v: operation %d gives %v", tt.agg, tt.ops, i, got)
			}
		}
		_, rows, err := ParseDelta(b.AppendDelta(nil))
		if err != nil || len(rows) != 1 || rows[0].Time != 60 {
			t.Fatalf("%v %v: %v, %v", tt.agg, tt.ops, rows, err)
		}
		if got := string(AppendNumber(nil, rows[0].Cells[0])); got != tt.want {
			t.Errorf("%v %v: delta %s, want %s", tt.agg, tt.ops, got, tt.want)
		}
		if v := rows[0].Cells[1]; v == v {
			t.Errorf("an untouched column has the delta %v", v)
		}
	}
}

// A row's changes are told even when it has left the window.
func TestDeltaOutlivesTheWindow(t *testing.T) {
	b := mustNew(t, 2, 1, 1, true)
	for at := range int64(5) {
		add(t, b, at, 0, 1)
	}
	_, rows, err := ParseDelta(b.AppendDelta(nil))
	if err != nil || len(rows) != 5 || rows[0].Time != 0 || rows[4].Time != 4 {
		t.Errorf("rows %v, %v", rows, err)
	}
}

func TestPendingIsBounded(t *testing.T) {
	b := mustNew(t, 2, MaxColumns, 1, true)
	add(t, b, 0, 0, 1)
	b.pend.cells = make([]float64, MaxPending) // as if so many rows had been touched
	add(t, b, 0, 0, 1)
	if _, ok, err := b.Add(1, 0, 1); err != ErrPending || !ok {
		t.Fatalf("a row too many: %v, %v", ok, err)
	}
	if _, ok, err := b.Set(1, 0, 1); err != ErrPending || !ok {
		t.Fatalf("a row too many: %v, %v", ok, err)
	}
	if v, _ := b.Get(1, 0); v == v {
		t.Errorf("the refused change set %v", v)
	}
	if b.Size() < MaxPending*8 {
		t.Errorf("%d bytes", b.Size())
	}
	b.AppendDelta(nil)
	if b.Size() > 1<<20 {
		t.Errorf("%d bytes after the delta was fetched", b.Size())
	}
	add(t, b, 1, 0, 1)
}

func TestNumbers(t *testing.T) {
	for _, tt := range []struct {
		v    float64
		want string
	}{
		{0, "0"}, {math.Copysign(0, -1), "0"}, {1, "1"}, {-17, "-17"}, {0.1, "0.1"}, {1.2, "1.2"}, {-2.5, "-2.5"},
		{0.123456789, "0.12345679"}, {99.999999999, "100"}, {1e-8, "0.00000001"}, {-1e-9, "0"}, {0.1 + 0.2, "0.3"},
		{2147483647, "2147483647"}, {2147483648, "2147483648"}, {-2147483649, "-2147483649"},
		{1e12, "1000000000000"}, {2147483648.5, "2147483648.5"}, {1e17, "1e+17"}, {123456789012345680, "1.2345678901234568e+17"},
		{math.NaN(), "nan"}, {math.Inf(1), "inf"}, {math.Inf(-1), "-inf"},
	} {
		if got := string(AppendNumber(nil, tt.v)); got != tt.want {
			t.Errorf("AppendNumber(%v) = %s, want %s", tt.v, got, tt.want)
		}
	}
}

func TestHeaders(t *testing.T) {
	b := mustNew(t, 2, 2, 1, false)
	if h := b.Header(1); h != (Header{Name: "Column_2", Unit: "count"}) {
		t.Errorf("default %v", h)
	}
	b.SetHeader(0, Header{Name: "a b\"é/0123456789", Unit: "KiB/s*\"xyz", Aggregation: Max})
	if h := b.Header(0); h != (Header{Name: "a_b____01234567"[:15], Unit: "KiB/s*_", Aggregation: Max}) {
		t.Errorf("cleaned %v", h)
	}
	if got := CleanName("a\x00b"); got != "a" {
		t.Errorf("CleanName with a zero byte = %q", got)
	}
}

// naive is the same buffer without a ring.
type naive struct {
	rows   int64
	width  int64
	newest int64
	cells  map[int64]float64
}

func (n *naive) put(at int64, v float64, set bool) (float64, bool) {
	at = int64(math.Floor(float64(at)/float64(n.width))) * n.width
	n.newest = max(n.newest, at)
	for t := range n.cells {
		if t <= n.newest-n.rows*n.width {
			delete(n.cells, t)
		}
	}
	if at <= n.newest-n.rows*n.width {
		return 0, false
	}
	if old, ok := n.cells[at]; ok && !set {
		v += old
	}
	n.cells[at] = v
	return v, true
}

func TestAgainstNaive(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		rows, width := 2+r.IntN(9), 1+r.Int64N(7)
		b := mustNew(t, rows, 1, width, false)
		n := &naive{rows: int64(rows), width: width, newest: width * int64(rows-1), cells: map[int64]float64{}}
		at := int64(0)
		for range 100 {
			at += r.Int64N(3*width) - width
			if r.IntN(20) == 0 {
				at += r.Int64N(int64(rows) * width * 2)
			}
			v, set := float64(r.IntN(9)), r.IntN(2) == 0
			var got float64
			var ok bool
			if set {
				got, ok, _ = b.Set(at, 0, v)
			} else {
				got, ok, _ = b.Add(at, 0, v)
			}
			if want, wantOK := n.put(at, v, set); got != want || ok != wantOK {
				t.Fatalf("rows %d, width %d, time %d: %v, %v, want %v, %v", rows, width, at, got, ok, want, wantOK)
			}
			compare(t, b, n)
		}
	}
}

func compare(t *testing.T, b *Buffer, n *naive) {
	t.Helper()
	if b.Newest() != n.newest {
		t.Fatalf("newest %d, want %d", b.Newest(), n.newest)
	}
	cells, ok := b.Range(nil, 0, b.Oldest(), b.Newest())
	if !ok || len(cells) != b.Rows() {
		t.Fatalf("range %v, %v", cells, ok)
	}
	sum, active := 0.0, 0
	for i, v := range cells {
		want, has := n.cells[b.Oldest()+int64(i)*n.width]
		if has != (v == v) || has && v != want {
			t.Fatalf("row %d: %v, want %v (%v)", i, v, want, has)
		}
		if has {
			sum, active = sum+want, active+1
		}
	}
	if got, m, ok := b.Compute(FuncSum, 0, b.Oldest(), b.Newest()); got != sum || m != active || !ok {
		t.Fatalf("sum %v of %d, want %v of %d", got, m, sum, active)
	}
}

func TestCompute(t *testing.T) {
	b := mustNew(t, 5, 1, 1, false)
	for at := int64(1); at <= 4; at++ {
		set(t, b, at, 0, float64(at))
	}
	for _, tt := range []struct {
		f        Function
		from, to int64
		want     float64
		active   int
	}{
		{FuncSum, 0, 4, 10, 4}, {FuncAvg, 0, 4, 2.5, 4}, {FuncVariance, 0, 4, 1.25, 4}, {FuncStdDev, 0, 4, math.Sqrt(1.25), 4},
		{FuncMin, 0, 4, 1, 4}, {FuncMax, 0, 4, 4, 4}, {FuncSum, 3, 4, 7, 2}, {FuncSum, 1, 2, 3, 2}, {FuncSum, 0, 0, 0, 0},
	} {
		got, active, ok := b.Compute(tt.f, 0, tt.from, tt.to)
		if got != tt.want || active != tt.active || !ok {
			t.Errorf("%s %d..%d = %v, %d, %v, want %v, %d", Functions[tt.f], tt.from, tt.to, got, active, ok, tt.want, tt.active)
		}
	}
	for f := FuncAvg; f <= FuncVariance; f++ {
		if v, active, ok := b.Compute(f, 0, 0, 0); v == v || active != 0 || !ok {
			t.Errorf("%s of nothing = %v, %d, %v", Functions[f], v, active, ok)
		}
	}
	if _, _, ok := b.Compute(FuncSum, 0, 11, 14); ok {
		t.Error("a range outside the window was answered")
	}
	// The original took all of these for empty.
	for _, v := range []float64{0, -3, 1e-320} {
		b := mustNew(t, 2, 1, 1, false)
		set(t, b, 0, 0, v)
		if got, _, _ := b.Compute(FuncMax, 0, 0, 1); got != v {
			t.Errorf("max of %v = %v", v, got)
		}
	}
}

func TestFarTimes(t *testing.T) {
	b := mustNew(t, 3, 1, 60, true)
	for _, at := range []int64{math.MinInt64, math.MaxInt64, -1, maxSeconds + 1} {
		if _, ok, err := b.Add(at, 0, 1); ok || err != nil {
			t.Errorf("Add at %d: %v, %v", at, ok, err)
		}
		if _, ok := b.Get(at, 0); ok {
			t.Errorf("Get at %d succeeded", at)
		}
	}
	add(t, b, maxSeconds, 0, 1)
	if b.Newest() > maxSeconds || b.Newest()%60 != 0 {
		t.Errorf("newest %d", b.Newest())
	}
	if got := b.Skipped(math.MaxInt64); got != 0 {
		t.Errorf("Skipped = %d", got)
	}
}

func BenchmarkAdd(b *testing.B) {
	for _, deltas := range []bool{false, true} {
		name := "plain"
		if deltas {
			name = "deltas"
		}
		b.Run(name, func(b *testing.B) {
			buf := mustNew(b, 1440, 6, 60, deltas)
			b.ReportAllocs()
			for i := range b.N {
				if _, _, err := buf.Add(int64(86000+i%1000), i%6, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestAddAllocatesNothing(t *testing.T) {
	b := mustNew(t, 1440, 6, 60, true)
	at := int64(0)
	if n := testing.AllocsPerRun(1000, func() { at++; b.Add(at%600, 3, 1); b.Set(at%600, 2, 1); b.Get(at, 1) }); n > 0.1 {
		t.Errorf("%v allocations a call", n)
	}
	plain := mustNew(t, 1440, 6, 60, false)
	if n := testing.AllocsPerRun(1000, func() { at += 60; plain.Add(at, 3, 1) }); n != 0 {
		t.Errorf("%v allocations a call", n)
	}
}
