package cjson

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/heka-project/heka/lua"
)

// BenchmarkKernel runs the files of testdata/bench with limits on. The driver in
// lua/testdata/bench times the same files under any Lua.
func BenchmarkKernel(b *testing.B) {
	files, err := filepath.Glob("testdata/bench/*.lua")
	if err != nil || len(files) == 0 {
		b.Fatal("no kernels: ", err)
	}
	for _, file := range files {
		b.Run(strings.TrimSuffix(filepath.Base(file), ".lua"), func(b *testing.B) {
			vm := newVM(lua.Options{Instructions: 1 << 40, Memory: 8 << 20})
			src, err := os.ReadFile(file)
			if err != nil {
				b.Fatal(err)
			}
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
