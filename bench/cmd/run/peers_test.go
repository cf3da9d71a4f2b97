package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Every entry's files exist, every template expands, every scenario is in Order.
func TestCatalogueIsWhole(t *testing.T) {
	dir := filepath.Join("..", "..")
	c, err := load(filepath.Join(dir, "peers.json"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range c.Scenarios {
		if !slices.Contains(c.Order, name) {
			t.Errorf("scenario %s is not in Order", name)
		}
	}
	used := map[string]bool{}
	v := vars{Port3: 4, Dir: "/d", In: "/d/in.log", Port: 1, Port2: 2, N: 3, Twenty: []int{0, 1}, Matchers: matchers(20)}
	for _, p := range c.Peers {
		v.Peer, v.Scenario = p.Peer, p.Scenario
		for name, src := range p.Files {
			used[src] = true
			text, err := os.ReadFile(filepath.Join(dir, "peers", src))
			if err != nil {
				t.Errorf("%s %s: %v", p.Peer, p.Scenario, err)
				continue
			}
			if out, err := v.expand(string(text)); err != nil || strings.Contains(out, "{{") {
				t.Errorf("%s %s: %s: %v", p.Peer, p.Scenario, name, err)
			}
		}
		for _, a := range slices.Concat(p.Cmd, p.Second, p.Third) {
			if _, err := v.expand(a); err != nil {
				t.Errorf("%s %s: %s: %v", p.Peer, p.Scenario, a, err)
			}
		}
	}
	files, _ := os.ReadDir(filepath.Join(dir, "peers"))
	for _, f := range files {
		if !used[f.Name()] {
			t.Errorf("peers/%s is used by no entry", f.Name())
		}
	}
}

func TestMedianAndTable(t *testing.T) {
	rs := []result{
		{Peer: "hekad", Scenario: "S1", Records: 100, Got: 100, Bytes: 1e6, Seconds: 3, CPUPerM: 3},
		{Peer: "hekad", Scenario: "S1", Records: 100, Got: 90, Bytes: 1e6, Seconds: 1, CPUPerM: 1},
		{Peer: "hekad", Scenario: "S1", Records: 100, Got: 100, Bytes: 1e6, Seconds: 2, CPUPerM: 2},
	}
	var out strings.Builder
	tab := table{scenarios: map[string]Scenario{"S1": {What: "lines"}}, out: &out}
	tab.begin("S1")
	tab.add(median(rs))
	tab.add(result{Peer: "other", Records: 100, Got: 50, Seconds: 1, CPUPerM: 8})
	tab.skip("third", "absent")
	tab.end()
	for _, want := range []string{
		"S1: lines", "| hekad | 100 | 0 | 0 | 0.00 | 2.00 | – | 0.00 | 0 | 0.00 | 1.0 |",
		"| other | 100 | 0 | 0 | 0.00 | 8.00 | – | 0.00 | 0 | 50.00 | 4.0 |", "third skipped: absent",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, out.String())
		}
	}
}
