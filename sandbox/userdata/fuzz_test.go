package userdata

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/preserve"
)

// What random calls are made of: constructors, methods and arguments.
var (
	constructors = []string{"circular_buffer.new", "bloom_filter.new", "cuckoo_filter.new", "hyperloglog.new", "heavy_hitters.new",
		"percentiles.new", "sax.window.new", "sax.word.new", "hyperloglog.count", "sax.mindist"}
	methods = []string{"add", "set", "get", "get_range", "compute", "mannwhitneyu", "set_header", "get_header", "get_configuration",
		"current_time", "format", "fromstring", "query", "delete", "count", "clear", "merge", "top", "total", "quantile", "percentile",
		"mean", "sd", "min", "max", "sum", "get_word", "copy"}
	arguments = []string{"nil", "true", "0", "1", "2", "3", "5", "-1", "0.5", "1e9", "6e10", "3e9", "1e18", "1e300", "-1e300", "0/0", "1/0", "-1/0",
		"2^31", "2^53", `""`, `"a"`, `"sum"`, `"avg"`, `"cbufd"`, `"0 0 1 2 3"`, `"ABBA"`, "{}", "{1, 2, 3, 0/0}", "{1, 'a'}", "o1", "o2", "o3"}
)

// program makes a script of bytes: objects o1 to o3, and calls of them.
func program(code []byte) string {
	var b strings.Builder
	next := func(n int) int {
		if len(code) == 0 {
			return 0
		}
		c := int(code[0])
		code = code[1:]
		return c % n
	}
	args := func() string {
		list := make([]string, next(8))
		for i := range list {
			list[i] = arguments[next(len(arguments))]
		}
		return strings.Join(list, ", ")
	}
	for len(code) > 0 {
		o := next(3) + 1
		if next(4) == 0 {
			fmt.Fprintf(&b, "pcall(function() o%d = %s(%s) or o%d end)\n", o, constructors[next(len(constructors))], args(), o)
		} else {
			fmt.Fprintf(&b, "pcall(function() return o%d:%s(%s) end)\n", o, methods[next(len(methods))], args())
		}
		if next(8) == 0 {
			fmt.Fprintf(&b, "pcall(text, o%d) pcall(tostring, o%d) pcall(function() return o%d == o1 end)\n", o, o, o)
		}
	}
	return b.String()
}

// FuzzCalls makes random calls of all the libraries with odd arguments: a script
// ends well or at a limit, holds no more than it may, and what is left is saved and
// restored.
func FuzzCalls(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x03\x04\x04\x03\x01\x01\x00\x03\x03\x03\x01\x00"))
	for seed := range 64 {
		code := make([]byte, 400)
		x := uint32(seed*2654435761 + 1)
		for i := range code {
			x ^= x << 13
			x ^= x >> 17
			x ^= x << 5
			code[i] = byte(x >> 8)
		}
		f.Add(code)
	}
	const libraries = `require "circular_buffer" require "bloom_filter" require "cuckoo_filter" require "hyperloglog" require "heavy_hitters"
		require "percentiles" require "sax" o1 = circular_buffer.new(3, 2, 60, true) o2 = bloom_filter.new(10, 0.1) o3 = cuckoo_filter.new(8)`
	f.Fuzz(func(t *testing.T, code []byte) {
		if len(code) > 4000 {
			return
		}
		vm := newVM(t, lua.Options{Instructions: 1e6, Memory: 4 << 20})
		if err := vm.Do("@libraries", libraries); err != nil {
			t.Fatal(err)
		}
		src := program(code)
		var e *lua.Error
		if err := vm.Do("@fuzz", src); err != nil && !errors.As(err, &e) {
			t.Fatalf("%v\n%s", err, src)
		}
		if n := vm.Collect(); n > 5<<20 {
			t.Fatalf("%d bytes are held\n%s", n, src)
		}
		data, err := preserve.Save(vm)
		if err != nil {
			t.Fatalf("save: %v\n%s", err, src)
		}
		again := newVM(t, lua.Options{})
		if err := again.Do("@libraries", `require "sax"`); err != nil {
			t.Fatal(err)
		}
		if err := preserve.Restore(again, data, Options(64<<20)); err != nil {
			t.Fatalf("restore: %v\n%s", err, src)
		}
		if twice, err := preserve.Save(again); err != nil || len(twice) != len(data) {
			t.Fatalf("saved again: %d bytes and %v, first %d\n%s", len(twice), err, len(data), src)
		}
	})
}
