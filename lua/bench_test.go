package lua

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The kernels of testdata/bench, with limits on. testdata/bench/driver.lua times
// the same files under any Lua, so that two can be compared in one run.
func BenchmarkKernel(b *testing.B) {
	files, err := filepath.Glob("testdata/bench/*.lua")
	if err != nil {
		b.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".lua")
		if name == "driver" {
			continue
		}
		b.Run(name, func(b *testing.B) {
			src, err := os.ReadFile(file)
			if err != nil {
				b.Fatal(err)
			}
			vm := New(Options{Instructions: 1 << 40, Memory: 8 << 20})
			if err := vm.Do("@"+file, string(src)); err != nil {
				b.Fatal(err)
			}
			run := vm.Global("run")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := vm.Call(run); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkNew is what a sandbox costs before its script.
func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		New(Options{Memory: 8 << 20})
	}
}
