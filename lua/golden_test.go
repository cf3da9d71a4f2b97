package lua

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the wanted output of testdata/cases with that of Debian's lua5.1")

// runScript runs a file with the full library and returns all it printed and how
// it ended.
func runScript(t *testing.T, file string, opts Options) string {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	opts.Stdout = &out
	vm := New(opts)
	// As in the C program, a function that is not Lua calls the main chunk.
	main, err := vm.Load("@"+filepath.Base(file), string(src))
	if err != nil {
		t.Fatal(err)
	}
	_, err = vm.Call(vm.NewFunction("main", func(c *Call) int {
		c.Invoke(main, 0)
		return 0
	}))
	if err != nil {
		out.WriteString("error: " + err.Error() + "\n")
	}
	if err := vm.Close(); err != nil {
		out.WriteString("close: " + err.Error() + "\n")
	}
	return out.String()
}

// lua51 runs a file with Debian's interpreter.
func lua51(t *testing.T, file string) string {
	t.Helper()
	path, err := exec.LookPath("lua5.1")
	if err != nil {
		t.Skip("lua5.1 is not installed: nothing to compare with")
	}
	cmd := exec.Command(path, filepath.Base(file))
	cmd.Dir = filepath.Dir(file)
	cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("lua5.1 %s: %v\n%s", file, err, errs.String())
	}
	return string(out)
}

func caseFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/cases/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	return files
}

// TestCases runs every script of testdata/cases and compares what it prints with
// the file of the same name that ends in .want.
func TestCases(t *testing.T) {
	t.Setenv("TZ", "UTC")
	for _, file := range caseFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			wantFile := strings.TrimSuffix(file, ".lua") + ".want"
			if *update {
				if err := os.WriteFile(wantFile, []byte(lua51(t, file)), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(wantFile)
			if err != nil {
				t.Fatal(err)
			}
			diffLines(t, runScript(t, file, Options{}), string(want))
		})
	}
}

// TestCasesUnderLimits runs the cases with limits far above what they need and
// the shortest slices: what they print does not change.
func TestCasesUnderLimits(t *testing.T) {
	t.Setenv("TZ", "UTC")
	for _, file := range caseFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			want := runScript(t, file, Options{})
			diffLines(t, runScript(t, file, Options{Instructions: 50_000_000, Memory: 32 << 20}), want)
		})
	}
}

// TestAgainstLua51 checks that the wanted output is that of the C implementation.
func TestAgainstLua51(t *testing.T) {
	for _, file := range caseFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			want, err := os.ReadFile(strings.TrimSuffix(file, ".lua") + ".want")
			if err != nil {
				t.Fatal(err)
			}
			diffLines(t, string(want), lua51(t, file))
		})
	}
}

// diffLines reports the first lines that differ.
func diffLines(t *testing.T, got, want string) {
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
