package lua

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzSource: any source compiles or is refused, and what compiles ends within its
// limits, without a panic of Go.
func FuzzSource(f *testing.F) {
	files, err := filepath.Glob("testdata/cases/*.lua")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, line := range strings.Split(string(src), "\n") {
			if len(line) < 400 {
				f.Add(line)
			}
		}
	}
	for _, a := range attacks {
		f.Add(a.src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		vm := New(Options{Profile: Sandbox, Instructions: 20000, Memory: 2 << 20})
		var e *Error
		if err := vm.Do("=fuzz", src); errors.As(err, &e) && e.Kind == KindInternal {
			t.Fatal(err)
		}
		if err := vm.Do("=after", "local x = ('x'):rep(3)"); err != nil && !strings.Contains(src, "rep") && !strings.Contains(src, "metatable") && !strings.Contains(src, "string") {
			t.Fatalf("afterwards: %v", err)
		}
	})
}

// FuzzPattern: any pattern matches or is refused; a match lies within its subject,
// and gsub with the whole match as replacement changes nothing.
func FuzzPattern(f *testing.F) {
	for _, p := range []string{"a*b", "(%w+)=(%w+)", "%b()", "%f[%w]", "[^%s]-x", "^a?$", "()", "(a)%1", "%", "[", "[]-a]", "[%", "((a)", "a)"} {
		f.Add("abc=def (x) aa", p)
	}
	vm := New(Options{Instructions: 200000, Memory: 4 << 20})
	err := vm.Do("=fuzz", `
		function check(s, p)
			local from, to = s:find(p)
			if from then assert(from >= 1 and to <= #s and to >= from - 1) end
			local same = s:gsub(p, "%0")
			assert(same == s)
			for a in s:gmatch(p) do assert(a) end
			s:match(p)
		end`)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s, p string) {
		_, err := vm.Call(vm.Global("check"), String(s), String(p))
		var e *Error
		if errors.As(err, &e) && (e.Kind == KindInternal || strings.Contains(e.Message, "assertion")) {
			t.Fatalf("check(%q, %q): %v", s, p, err)
		}
	})
}

// FuzzNumber: text that is a number prints as one that reads as the same number
// where %.14g can hold it.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{"1", "-0", "0x1p4", "1e308", ".5", "5.", "inf", "nan", " 7 ", "1e", "0x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		x, ok := String(s).ToNumber()
		if !ok {
			return
		}
		text := formatNumber(x)
		y, ok := String(text).ToNumber()
		if !ok || formatNumber(y) != text {
			t.Fatalf("ToNumber(%q) = %v, prints %q, reads %v", s, x, text, y)
		}
	})
}
