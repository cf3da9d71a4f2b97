package lua

import (
	"fmt"
	"testing"
	"unsafe"
)

// TestTexts checks that a text that comes again is the string of before, whatever
// became of the bytes it was made of, and that one hash does not make two texts one.
func TestTexts(t *testing.T) {
	vm := New(Options{})
	var texts Texts
	push := func(s string) (out string) {
		buf := []byte(s)
		_, err := vm.Call(vm.NewFunction("push", func(c *Call) int {
			texts.Push(c, unsafe.String(unsafe.SliceData(buf), len(buf)))
			out = c.Results(0)[0].Str()
			return 1
		}))
		if err != nil {
			t.Fatal(err)
		}
		for i := range buf {
			buf[i] = '#'
		}
		return out
	}
	long := make([]byte, MaxText)
	for i := range long {
		long[i] = byte(i)
	}
	for n := 0; n <= MaxText; n++ {
		texts = Texts{}
		s := string(long[:n])
		first := push(s)
		second := push(s)
		if first != s || second != s {
			t.Fatalf("%q was pushed as %q, then as %q", s, first, second)
		}
		if n > 0 && unsafe.StringData(first) != unsafe.StringData(second) {
			t.Errorf("a text of %d bytes that came again was copied again", n)
		}
		for i := range n { // one byte differs, wherever the hash looks
			other := []byte(s)
			other[i] ^= 0x20
			if got := push(string(other)); got != string(other) {
				t.Fatalf("%q was pushed as %q", other, got)
			}
		}
	}
	seen := 0
	texts.Trace(func(v Value) {
		if v.IsString() {
			seen++
		}
	})
	if seen == 0 {
		t.Error("memory counts do not see the strings")
	}
	for i := range 2 * textTrial {
		push(fmt.Sprintf("text %d", i))
	}
	texts.Trace(func(v Value) { t.Errorf("%q is still held where texts do not repeat", v.Str()) })
	if got := push("after"); got != "after" {
		t.Errorf("got %q", got)
	}
}
