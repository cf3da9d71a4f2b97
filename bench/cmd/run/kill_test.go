package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestTakeFindsWhatIsMissing(t *testing.T) {
	line := func(i int) []byte { return append(appendLine(nil, i), '\n') }
	cut := line(3)[:40]
	for _, c := range []struct {
		name string
		file [][]byte
		want tally
	}{
		{"whole", [][]byte{line(0), line(1), line(2), line(3)}, tally{}},
		{"any order", [][]byte{line(3), line(1), line(2), line(0)}, tally{}},
		{"nothing", nil, tally{lost: 4}},
		{"twice", [][]byte{line(0), line(1), line(1), line(2), line(3), line(1)}, tally{twice: 2}},
		{"torn and again", [][]byte{line(0), line(1), line(2), cut, line(3)}, tally{torn: 1}},
		{"torn end", [][]byte{line(0), line(1), line(2), cut}, tally{lost: 1, torn: 1}},
		{"foreign", [][]byte{line(0), line(1), line(2), line(3), line(4), []byte("hello\n")}, tally{torn: 2}},
	} {
		name := filepath.Join(t.TempDir(), "out")
		if err := os.WriteFile(name, bytes.Join(c.file, nil), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := take(name, 4); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
}

func TestGrowerKeepsCount(t *testing.T) {
	name := filepath.Join(t.TempDir(), "in.log")
	g, err := grow(name, 1e6)
	if err != nil {
		t.Fatal(err)
	}
	for size(name) == 0 {
	}
	n, err := g.end()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := take(name, n); err != nil || n == 0 || got != (tally{}) {
		t.Errorf("%d lines: %+v, %v", n, got, err)
	}
}
