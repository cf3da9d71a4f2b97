// Package luatest tries libraries for the Lua of this module: scripts beside the
// output they should have, the same scripts beside Debian's lua5.1, and attacks that
// limits must stop.
package luatest

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/cputime"
	"github.com/heka-project/heka/lua"
)

var update = flag.Bool("update", false, "rewrite the wanted output of testdata/cases with that of lua5.1")

// New makes a VM with the library under test.
type New func(lua.Options) *lua.VM

// Script runs a file with arguments and returns what it printed and how it ended.
func Script(t testing.TB, open New, file string, opts lua.Options, args ...string) string {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	opts.Stdout = &out
	vm := open(opts)
	arg := vm.NewTable(len(args), 0)
	for i, a := range args {
		arg.SetInt(i+1, lua.String(a))
	}
	vm.SetGlobal("arg", arg.Value())
	if err := vm.Do("@"+filepath.Base(file), string(src)); err != nil {
		out.WriteString("error: " + err.Error() + "\n")
	}
	return out.String()
}

// Lua51 runs a file with Debian's interpreter; the test is skipped when that or one
// of the modules is missing. Output that ends early, as when an assertion of the C
// code fails, is returned as far as its last whole line.
func Lua51(t testing.TB, modules []string, file string, args ...string) (out string, whole bool) {
	t.Helper()
	path, err := exec.LookPath("lua5.1")
	if err != nil {
		t.Skip("lua5.1 is not installed: nothing to compare with")
	}
	for _, m := range modules {
		if exec.Command(path, "-l", m, "-e", "").Run() != nil {
			t.Skipf("lua5.1 has no module %s: nothing to compare with", m)
		}
	}
	cmd := exec.Command(path, append([]string{filepath.Base(file)}, args...)...)
	cmd.Dir = filepath.Dir(file)
	cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C")
	b, err := cmd.Output()
	return string(b[:bytes.LastIndexByte(b, '\n')+1]), err == nil
}

// Cases runs every script of testdata/cases and compares what it prints with the file
// of the same name that ends in .want, and that with what lua5.1 prints.
func Cases(t *testing.T, open New, modules ...string) {
	files, err := filepath.Glob("testdata/cases/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		wantFile := strings.TrimSuffix(file, ".lua") + ".want"
		if *update {
			out, whole := Lua51(t, modules, file)
			if !whole {
				t.Fatalf("lua5.1 %s fails", file)
			}
			if err := os.WriteFile(wantFile, []byte(out), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(wantFile)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) { Diff(t, Script(t, open, file, lua.Options{}), string(want)) })
		t.Run(name+"/limits", func(t *testing.T) {
			Diff(t, Script(t, open, file, lua.Options{Instructions: 1e9, Memory: 64 << 20}), string(want))
		})
		t.Run(name+"/lua5.1", func(t *testing.T) {
			out, _ := Lua51(t, modules, file)
			Diff(t, string(want), out)
		})
	}
}

// Diff reports the first lines that differ.
func Diff(t testing.TB, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	bad := 0
	for i := 0; i < max(len(g), len(w)) && bad < 5; i++ {
		var a, b string
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			t.Errorf("line %d:\n got %q\nwant %q", i+1, a, b)
			bad++
		}
	}
}

// Attacks runs scripts that must be stopped, given as name and source: each is
// stopped by a limit within two seconds of processor time and 64 MiB, with the place where it was, and
// the VM is usable afterwards.
func Attacks(t *testing.T, open New, prelude string, attacks [][2]string) {
	for _, a := range attacks {
		t.Run(a[0], func(t *testing.T) {
			vm := open(lua.Options{Instructions: 1_000_000, Memory: 8 << 20})
			err := vm.Do("@attack.lua", prelude+" function attack() "+a[1]+" end function alive() return 42 end")
			if err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			start := cputime.Spent()
			watch := time.AfterFunc(30*time.Second, func() { vm.Interrupt(errors.New("watchdog")) })
			defer watch.Stop()
			_, err = vm.Call(vm.Global("attack"))
			took := cputime.Spent() - start
			runtime.ReadMemStats(&after)
			var e *lua.Error
			if !errors.As(err, &e) || e.Kind != lua.KindInstructions && e.Kind != lua.KindMemory {
				t.Errorf("attack() ended with %v, want a limit", err)
			} else if !strings.Contains(e.Where, "attack.lua:") {
				t.Errorf("attack() stopped at %q, want a function and a line", e.Where)
			}
			if took > 2*time.Second {
				t.Errorf("attack() took %v", took)
			}
			if grown := int64(after.HeapSys+after.StackSys) - int64(before.HeapSys+before.StackSys); grown > 64<<20 {
				t.Errorf("attack() grew the process by %d MiB", grown>>20)
			}
			if res, err := vm.Call(vm.Global("alive")); err != nil || res[0].Num() != 42 {
				t.Errorf("afterwards alive() = %v, %v", res, err)
			}
			t.Logf("%8v %4d MiB  %v", took.Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20, err)
		})
	}
}
