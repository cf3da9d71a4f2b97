package main

import (
	"io"
	"path/filepath"
	"testing"
)

// The reference pages and the option tables say what the code says.
func TestPagesAreFresh(t *testing.T) {
	t.Setenv("HEKA_CONFIG", "")
	term := &terminal{out: io.Discard, err: io.Discard}
	pages, err := term.pages(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	stale, err := writePages(pages, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range stale {
		t.Errorf("%s is stale; run make docs", name)
	}
}
