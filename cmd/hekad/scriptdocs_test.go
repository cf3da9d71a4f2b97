package main

import (
	"testing"

	"github.com/heka-project/heka/sandbox/share"
)

func TestScriptOptions(t *testing.T) {
	got := scriptOptions([]share.ScriptOption{
		{Name: "rows", Type: "uint", Default: "1440", Doc: "Rows of the graph."},
		{Name: "name", Type: "string", Required: true, Doc: "a|b."},
		{Name: "tests", Type: "string", Default: "`f(\"x\", 1)`", Doc: "Tests."},
		{Name: "none", Type: "string", Default: "nil", Doc: "Nothing."},
	})
	want := "| option | type | default | |\n|---|---|---|---|\n| `rows` | uint | `1440` | Rows of the graph. |\n" +
		"| `name` | string | required | a\\|b. |\n| `tests` | string | `f(\"x\", 1)` | Tests. |\n| `none` | string |  | Nothing. |\n"
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// The pages tell of every script that comes with hekad.
func TestScriptPages(t *testing.T) {
	pages, err := scriptPages()
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) != 4 {
		t.Errorf("%d pages", len(pages))
	}
	for _, g := range scriptGroups {
		if len(share.Scripts(g.dir)) < 7 || len(pages["sandbox/"+g.page]) < 5000 {
			t.Errorf("%s: %d scripts, a page of %d bytes", g.dir, len(share.Scripts(g.dir)), len(pages["sandbox/"+g.page]))
		}
	}
}
