package message

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// doneSource notes what it is told.
type doneSource struct{ seqs []uint64 }

func (d *doneSource) Done(seq uint64) { d.seqs = append(d.seqs, seq) }

// newBatch makes a batch of n messages whose payload is their index; message i
// has row i % len(rows).
func newBatch(t testing.TB, p *Pool, n int, rows ...[]uint64) *Batch {
	t.Helper()
	c := p.TryGet(LargeChunk)
	if c == nil {
		t.Fatal("no chunk")
	}
	const lo = 7
	b := NewBatch(c, lo)
	for _, r := range rows {
		b.AddRow(r)
	}
	at := lo
	for i := range n {
		d := Draft{Header: Header{Payload: fmt.Sprint(i)}}
		at += copy(c.Buf[at:], AppendFrame(nil, d.Encode()))
		b.Add(at, uint16(i%len(rows)))
	}
	c.Release() // the batch keeps it
	return b
}

func TestBatch(t *testing.T) {
	p := NewPool(1 << 20)
	src := &doneSource{}
	b := newBatch(t, p, 10, []uint64{0b001}, []uint64{0b011, 1}, []uint64{0})
	b.Src, b.Seq = src, 42
	if b.Len() != 10 || len(b.Rows()) != 3 || b.RowOf(4) != 1 || b.Held() != LargeChunk || b.End() != 7+b.Size() {
		t.Errorf("Len %d, rows %d, row of 4 %d, held %d, end %d, size %d", b.Len(), len(b.Rows()), b.RowOf(4), b.Held(), b.End(), b.Size())
	}
	var joined []byte
	for i := range b.Len() {
		if v := parse(t, b.At(i), nil); v.Payload() != fmt.Sprint(i) {
			t.Errorf("message %d is %q", i, v.Payload())
		}
		joined = append(joined, b.Frame(i)...)
	}
	if !bytes.Equal(joined, b.Frames()) || len(joined) != b.Size() {
		t.Error("the frames do not make up the batch")
	}
	for k, want := range map[int]int{0: 7, 1: 3, 2: 0, 64: 3, 65: 0, 1000: 0} {
		if n, _ := b.Count(k); n != want {
			t.Errorf("Count(%d) = %d, want %d", k, n, want)
		}
	}
	if p.Used() != LargeChunk {
		t.Errorf("pool says %d bytes are held", p.Used())
	}
	b.Keep(2)
	b.Release()
	b.Release()
	if len(src.seqs) != 0 {
		t.Error("Done before the last release")
	}
	b.Release()
	if !slices.Equal(src.seqs, []uint64{42}) || p.Used() != 0 {
		t.Errorf("after the last release: done %v, %d bytes held", src.seqs, p.Used())
	}
}

func TestReleasePanics(t *testing.T) {
	for name, f := range map[string]func(){
		"chunk": func() { c := NewPool(0).TryGet(1); c.Release(); c.Release() },
		"loose": func() { c := LooseChunk(1); c.Release(); c.Release() },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: a second release goes unnoticed", name)
				}
			}()
			f()
		}()
	}
}

// TestSelection compares a selection with the rows, message by message.
func TestSelection(t *testing.T) {
	p := NewPool(1 << 20)
	r := rand.New(rand.NewPCG(1, 1))
	var s Selection
	for round := range 200 {
		rows := make([][]uint64, 1+r.IntN(70))
		for i := range rows {
			rows[i] = []uint64{r.Uint64() & r.Uint64()}
			if round%5 == 0 {
				rows[i][0] |= 1
			}
		}
		b := newBatch(t, p, 1+r.IntN(100), rows...)
		k := r.IntN(3)
		s.Select(b, k)
		first := 0
		if round%7 == 3 {
			first = r.IntN(b.Len())
			s.SelectAll(b, first)
			k = -1
		}
		var want []int
		size := 0
		for i := range b.Len() {
			if k < 0 && i >= first || k >= 0 && b.Rows()[b.RowOf(i)].Has(k) {
				want = append(want, i)
				size += len(b.Frame(i))
			}
		}
		if s.Len() != len(want) || s.Size() != size || s.Whole() != (len(want) == b.Len()) {
			t.Fatalf("Len %d, Size %d, Whole %v; want %d, %d of %d", s.Len(), s.Size(), s.Whole(), len(want), size, b.Len())
		}
		checkWalk(t, &s, want)
		for len(want) > 0 { // deal with some, then walk the rest
			n := r.IntN(len(want)) + 1
			s.Refuse(want[n-1], "reason")
			s.Done(want[n-1] + 1)
			s.Done(0) // never goes back
			want = want[n:]
			checkWalk(t, &s, want)
			if s.Whole() {
				t.Fatal("a selection that is partly done is whole")
			}
		}
		if len(s.Refused()) > 0 && s.Refused()[0].Reason != "reason" {
			t.Fatalf("Refused() = %v", s.Refused())
		}
		b.Release()
	}
}

// checkWalk checks all ways to walk what is left of s.
func checkWalk(t *testing.T, s *Selection, want []int) {
	t.Helper()
	var got []int
	size := 0
	for i := s.Next(-1); i >= 0; i = s.Next(i) {
		got = append(got, i)
		size += len(s.Frame(i))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("Next gives %v, want %v", got, want)
	}
	if n, bytes := s.Left(); n != len(want) || bytes != size {
		t.Fatalf("Left() = %d, %d; want %d, %d", n, bytes, len(want), size)
	}
	got = got[:0]
	end := -1
	for i, j := s.NextRun(0); i >= 0; i, j = s.NextRun(j) {
		if j <= i || i <= end && end >= 0 && i == end {
			t.Fatalf("run [%d,%d) after one that ends at %d", i, j, end)
		}
		end = j
		n := 0
		for x := i; x < j; x++ {
			got = append(got, x)
			n += len(s.Frame(x))
		}
		if len(s.Run(i, j)) != n {
			t.Fatalf("Run(%d,%d) has %d bytes, want %d", i, j, len(s.Run(i, j)), n)
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("NextRun gives %v, want %v", got, want)
	}
}

func TestCompact(t *testing.T) {
	p := NewPool(1 << 20)
	b := newBatch(t, p, 20, []uint64{0}, []uint64{4}, []uint64{6})
	b.Signer, b.Depth, b.Origin, b.Epoch, b.From = "me", 2, "in", 9, 3
	c := p.TryGet(SmallChunk)
	n := b.Compact(2, c, 11)
	c.Release()
	if n.Len() != 13 || n.Signer != "me" || n.Depth != 2 || n.Origin != "in" || n.Epoch != 9 || n.From != 3 || n.Src != nil {
		t.Errorf("compact batch of %d: %+v", n.Len(), n)
	}
	for i, k := 0, 0; i < b.Len(); i++ {
		if b.RowOf(i) == 0 {
			continue
		}
		if !bytes.Equal(n.At(k), b.At(i)) {
			t.Errorf("message %d is not message %d", k, i)
		}
		k++
	}
	if m, _ := n.Count(0); m != 13 {
		t.Errorf("route 0 takes %d", m)
	}
	b.Release()
	n.Release()
	if p.Used() != 0 {
		t.Errorf("%d bytes held", p.Used())
	}
}

// TestPartKeepsPlaces: a part of a batch says of its messages what the whole said.
func TestPartKeepsPlaces(t *testing.T) {
	p := NewPool(1 << 20)
	b := newBatch(t, p, 10, []uint64{1})
	b.Life, b.Since, b.Till, b.Line, b.LineAt = "life", 100, 1100, [16]byte{7}, 5000
	for i := range b.Len() {
		b.Place(uint64(190 + 100*i))
	}
	at := uint64(5000)
	for i := range 3 {
		at += uint64(len(b.Frame(i)))
	}
	n := b.Part(3, 7)
	if !n.Placed() || n.Life != "life" || n.Since != 390 || n.Till != 790 || n.PlaceOf(0) != 490 || n.Line != b.Line || n.LineAt != at {
		t.Errorf("part %+v", n)
	}
	if n := b.Part(0, 10); n.Since != 100 || n.Till != 1100 || n.LineAt != 5000 {
		t.Errorf("whole part %+v", n)
	}
}
