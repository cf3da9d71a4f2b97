package message

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

// TestLine: a line of a shape is the message that Begin, Payload and End make.
func TestLine(t *testing.T) {
	for _, h := range []Header{
		{},
		{Timestamp: 1_700_000_000_000_000_000, Type: "t", Logger: "log", Severity: 6, Hostname: "web01.example.com"},
		{Timestamp: -1, Type: strings.Repeat("t", 200), Logger: strings.Repeat("l", 128), Severity: -3, EnvVersion: "v", Pid: math.MaxInt32, Hostname: strings.Repeat("h", 127), Payload: "passed over"},
		{Timestamp: 1, Pid: -1, EnvVersion: "only"},
	} {
		for _, n := range []int{0, 1, 127, 128, 300, 20_000, 70_000} {
			line := []byte(strings.Repeat("x", n))
			a, b := NewBuilder(0), NewBuilder(0)
			b.Shape(&h)
			for range 3 {
				a.Begin(&h)
				a.Payload = string(line)
				if err := a.End(); err != nil {
					t.Fatal(err)
				}
				b.Begin(&Header{Type: "begun"})
				if err := b.Line(line); err != nil {
					t.Fatal(err)
				}
				if b.Type != "begun" {
					t.Fatal("Line touches the message that was begun")
				}
			}
			want, got := a.Buffer(), b.Buffer()
			if len(a.Ends()) != 3 || len(b.Ends()) != 3 || a.Ends()[2] != b.Ends()[2] {
				t.Fatalf("ends %v, want %v", b.Ends(), a.Ends())
			}
			ids := map[string]bool{}
			for i, from := range append([]uint32{0}, b.Ends()[:2]...) {
				w, g := Unframe(want[from:a.Ends()[i]]), Unframe(got[from:b.Ends()[i]])
				id := g[2:18]
				if ids[string(id)] || id[6]>>4 != 4 || id[8]>>6 != 2 {
					t.Errorf("identifier %x", id)
				}
				ids[string(id)] = true
				copy(w[2:18], id)
				if !bytes.Equal(w, g) {
					t.Fatalf("%d bytes of payload under %+v:\n%x\nwant\n%x", n, h, g, w)
				}
			}
		}
	}
}

func TestLineBounds(t *testing.T) {
	h := Header{Timestamp: 1, Logger: "log"}
	b := NewBuilder(100)
	b.Shape(&h)
	n := 0
	for b.Line(make([]byte, n)) == nil {
		n++
	}
	if got := b.Ends()[n-1] - b.Ends()[n-2]; int(got) != 100+headerSize(100) {
		t.Errorf("the largest message has %d bytes with its frame", got)
	}
	buf := make([]byte, 0, 64)
	b.Into(buf, func(int) []byte { return nil })
	if err := b.Line([]byte("text")); err != nil {
		t.Errorf("it fits: %v", err)
	}
	if err := b.Line([]byte("text")); err != ErrNoRoom {
		t.Errorf("no room: %v", err)
	}
	if got := testing.AllocsPerRun(100, func() { b.Shape(&h) }); got > 0 {
		t.Errorf("Shape allocates %v times", got)
	}
}
