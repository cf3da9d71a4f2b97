package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what the loader says into the .err files")

func testEnv(name string) (string, bool) {
	v, ok := map[string]string{
		"PORT": "5565", "HOST": "127.0.0.1", "EMPTY": "", "TRUE": "true", "SECRET": "hunter2", "QUOTE": `a"b\c`,
		"LINES": "a\nb = 1", "LIST": `["a", "b"]`, "TABLE": "x = 1", "NAME": "my_input",
	}[name]
	return v, ok
}

// TestBad loads every broken configuration: what the loader says stands in the
// .err file beside it, line by line.
func TestBad(t *testing.T) {
	names, err := filepath.Glob("testdata/bad/*.toml")
	if err != nil || len(names) < 150 {
		t.Fatalf("%d bad configurations, want 150 or more (%v)", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".toml"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Parse([]Source{{filepath.Base(name), string(text)}}, Options{Env: testEnv})
			if err == nil {
				t.Fatal("loads without a complaint")
			}
			var es Errors
			if !errors.As(err, &es) {
				t.Fatalf("the error is a %T, want Errors", err)
			}
			for _, e := range es {
				if e.What == "" || e.Fix == "" || e.Pos.File == "" {
					t.Errorf("incomplete complaint: %#v", e)
				}
			}
			got := es.Error() + "\n"
			errName := strings.TrimSuffix(name, ".toml") + ".err"
			if *update {
				if err := os.WriteFile(errName, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(errName)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
		})
	}
}
