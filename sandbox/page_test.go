package sandbox_test

import (
	"strings"
	"testing"

	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/sandboxtest"
)

// The page names every function, and a kind has those that the table gives it.
func TestFunctionsAreDocumented(t *testing.T) {
	page := sandbox.ReferencePage()
	for _, f := range sandbox.Functions() {
		if !strings.Contains(page, "## "+f.Name+"\n") || !strings.HasSuffix(f.Doc, ".") {
			t.Errorf("%s is not on the page, or without a sentence", f.Name)
		}
		for _, k := range []sandbox.Kind{sandbox.Input, sandbox.Decoder, sandbox.Filter, sandbox.Encoder, sandbox.Output} {
			box := sandboxtest.New(t, sandboxtest.Options(k, "", nil))
			if got := box.VM().Global(f.Name).IsFunction(); got != f.Has(k) {
				t.Errorf("%s has %s: %v, the table says %v", k, f.Name, got, f.Has(k))
			}
		}
	}
}
