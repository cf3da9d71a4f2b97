package lpeg

import (
	"strings"
	"testing"

	"github.com/heka-project/heka/lua"
)

// TestSpanBut checks loops over all bytes but one or two, which look at eight bytes at
// a time, against a search byte by byte.
func TestSpanBut(t *testing.T) {
	vm := newVM(lua.Options{})
	if err := vm.Do("=t", `
		local m = require "lpeg"
		local one, two = (1 - m.P "x") ^ 0 * m.Cp(), (m.P(1) - m.S "x\\") ^ 0 * m.Cp()
		local high = (m.P(1) - m.S "\128\0") ^ 0 * m.Cp()
		function ends(s) return one:match(s), two:match(s), high:match(s) end`); err != nil {
		t.Fatal(err)
	}
	ends := vm.Global("ends")
	near := "wy[]\x00\x80\x7f\xff\xf8\xdc\x01\x81" // bytes that differ from those by a bit or by one
	for n := range 27 {
		for at := range n + 1 {
			for _, stop := range []string{"", "x", "\\", "\x80", "\x00", "\\x", "x\x80"} {
				s := strings.Repeat(near, 3)[:n]
				if stop != "" {
					s = s[:at] + stop + s[at:]
				}
				res, err := vm.Call(ends, lua.String(s))
				if err != nil {
					t.Fatal(err)
				}
				for i, set := range []string{"x", "x\\", "\x80\x00"} {
					want := 1
					for want <= len(s) && strings.IndexByte(set, s[want-1]) < 0 {
						want++
					}
					if got := int(res[i].Num()); got != want {
						t.Fatalf("(1 - S %q)^0 ends at %d of %q, want %d", set, got, s, want)
					}
				}
			}
		}
	}
}
