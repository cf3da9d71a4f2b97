package rec_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/heka-project/heka/bench/internal/rec"
	"github.com/heka-project/heka/message"
)

func TestMakeRendersWholeRecords(t *testing.T) {
	for kind := range strings.SplitSeq(rec.Kinds, ", ") {
		b, err := rec.Make(rec.Options{Kind: kind}, 40)
		if err != nil {
			t.Fatal(err)
		}
		if len(b.End) != 40 || b.End[39] != len(b.Buf) {
			t.Errorf("%s: %d records that end at %v of %d bytes", kind, len(b.End), b.End[len(b.End)-1], len(b.Buf))
		}
		if b.Text && bytes.Count(b.Buf, []byte("\n")) != 40 {
			t.Errorf("%s: %d newlines in 40 lines", kind, bytes.Count(b.Buf, []byte("\n")))
		}
		again, _ := rec.Make(rec.Options{Kind: kind}, 40)
		if !bytes.Equal(again.Buf, b.Buf) {
			t.Errorf("%s: the same options gave other bytes", kind)
		}
	}
	if _, err := rec.Make(rec.Options{Kind: "xml"}, 1); err == nil {
		t.Error("kind xml: no error")
	}
}

func TestLineHasTheAskedSize(t *testing.T) {
	for _, size := range []int{20, 199, 5000} {
		b, err := rec.Make(rec.Options{Kind: "line", Size: size}, 3)
		if err != nil {
			t.Fatal(err)
		}
		if got := b.End[0]; got != size+1 {
			t.Errorf("line of size %d takes %d bytes with its newline", size, got)
		}
	}
}

// Heka's own reader is the judge of the frames, before and after new data.
func TestHekaFramesAreSound(t *testing.T) {
	for _, o := range []rec.Options{
		{Kind: "heka"}, {Kind: "heka", Size: 10000}, {Kind: "heka", Size: 1}, {Kind: "heka", Size: 100, Encoded: true},
		{Kind: "heka", Size: 300, Encoded: true}, {Kind: "heka", Size: 1024, Encoded: true}, {Kind: "heka", Size: 10240, Encoded: true},
	} {
		b, err := rec.Make(o, 100)
		if err != nil {
			t.Fatal(err)
		}
		before := bytes.Clone(b.Buf)
		check(t, o, b)
		b.Refresh()
		if bytes.Equal(before, b.Buf) {
			t.Errorf("%+v: Refresh changed nothing", o)
		}
		check(t, o, b)
	}
}

func check(t *testing.T, o rec.Options, b *rec.Block) {
	t.Helper()
	var f message.Frame
	var v message.View
	at := 0
	for i := range b.End {
		if !message.NextFrame(b.Buf, at, 1<<20, &f) || f.Begin != at || f.End != b.End[i] {
			t.Fatalf("%+v: record %d: frame %+v, want one from %d to %d", o, i, f, at, b.End[i])
		}
		if !v.Parse(b.Buf[f.Start:f.End], nil) || !v.Complete() {
			t.Fatalf("%+v: record %d is not a message", o, i)
		}
		for it := v.Fields(); it.Next(); {
			if it.Field().Len() != 1 {
				t.Fatalf("%+v: record %d: field %s has %d values", o, i, it.Field().Name(), it.Field().Len())
			}
		}
		if n := f.End - f.Start; o.Encoded && (n < o.Size-2 || n > o.Size+2) {
			t.Fatalf("%+v: record %d has %d bytes", o, i, n)
		}
		at = f.End
	}
}

func TestFillStopsAtTheLimit(t *testing.T) {
	b, err := rec.Fill(rec.Options{Kind: "line"}, 1<<20, 7)
	if err != nil || len(b.End) != 7 {
		t.Fatalf("%d records, %v; want 7", len(b.End), err)
	}
	if b, _ = rec.Fill(rec.Options{Kind: "line"}, 1<<20, 1<<30); len(b.Buf) < 1<<20-5000 || len(b.End)%20 != 0 {
		t.Errorf("%d bytes in %d records", len(b.Buf), len(b.End))
	}
}
