package wasm

import (
	"os"
	"strings"
	"testing"
)

const manual = "../../docs/sandbox/wasm.md"

// TestManual: the manual has the tables of the host, word for word, and each function
// has as many names of parameters as parameters.
func TestManual(t *testing.T) {
	b, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "<!-- tables -->\n")
	got, _, ok := strings.Cut(rest, "<!-- /tables -->")
	if want := Tables(); !ok || got != want {
		t.Errorf("%s is not up to date; between the markers belongs:\n%s", manual, want)
	}
	for i := range functions {
		if f := &functions[i]; len(f.Args) != len(f.sig.params) || (f.Result == "") != (f.sig.results == "") {
			t.Errorf("%s has parameters %v and type %s", f.Name, f.Args, f.Signature())
		}
	}
}

// TestHeaders: what modules in C and Go are compiled against knows the functions.
func TestHeaders(t *testing.T) {
	for name, form := range map[string]string{"../../examples/wasm/heka.h": "HEKA(%)", "guest/guest.go": "//go:wasmimport heka %\n"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range functions {
			if text := strings.ReplaceAll(form, "%", functions[i].Name); !strings.Contains(string(b), text) {
				t.Errorf("%s lacks %s", name, text)
			}
		}
	}
}
