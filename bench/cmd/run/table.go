package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// median takes the middle of each figure.
func median(rs []result) result {
	m := rs[0]
	mid := func(get func(*result) float64) float64 {
		v := make([]float64, len(rs))
		for i := range rs {
			v[i] = get(&rs[i])
		}
		slices.Sort(v)
		return v[len(v)/2]
	}
	m.Seconds = mid(func(r *result) float64 { return r.Seconds })
	m.CPUPerM = mid(func(r *result) float64 { return r.CPUPerM })
	m.CPU2PerM = mid(func(r *result) float64 { return r.CPU2PerM })
	m.GenPerM = mid(func(r *result) float64 { return r.GenPerM })
	m.RSSMiB = mid(func(r *result) float64 { return r.RSSMiB })
	m.Got = int(mid(func(r *result) float64 { return float64(r.Got) }))
	return m
}

// table prints a block of rows for each scenario, as Markdown.
type table struct {
	scenarios map[string]Scenario
	out       io.Writer
	scenario  string
	rows      []result
	skipped   []string
	lines     []string // of a scenario with columns of its own, the head first
}

// begin starts a scenario's block, unless it has begun.
func (t *table) begin(scenario string) {
	if t.scenario == scenario {
		return
	}
	t.end()
	t.scenario = scenario
}

func (t *table) add(r result) { t.rows = append(t.rows, r) }

// line adds a row of a scenario with columns of its own.
func (t *table) line(head, row string) {
	if len(t.lines) == 0 {
		t.lines = append(t.lines, head, strings.Repeat("|---", strings.Count(head, "|")-1)+"|")
	}
	t.lines = append(t.lines, row)
}

func (t *table) skip(peer, why string) {
	t.skipped = append(t.skipped, fmt.Sprintf("%s skipped: %s", peer, why))
}

// end prints the block. The last column compares processor time a record with
// hekad's, the receiver behind it included: 4.0 means four times as much.
func (t *table) end() {
	if t.scenario != "" {
		fmt.Fprintf(t.out, "\n%s: %s\n\n", t.scenario, t.scenarios[t.scenario].What)
	}
	ours := 0.0
	for _, r := range t.rows {
		if r.Peer == "hekad" {
			ours = r.CPUPerM + r.CPU2PerM
		}
	}
	if len(t.rows) > 0 {
		fmt.Fprintln(t.out, "| peer | records | k rec/s | MB/s | Gbit/s | CPU-s/M rec | receiver CPU-s/M | gen CPU-s/M | peak RSS MiB | loss % | × hekad |")
		fmt.Fprintln(t.out, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
	}
	for _, r := range t.rows {
		loss, ratio, rec := "–", "–", r.Records
		if r.Got >= 0 {
			loss = fmt.Sprintf("%.2f", 100*(1-float64(r.Got)/float64(r.Records)))
			rec = r.Got
		}
		if ours > 0 {
			ratio = fmt.Sprintf("%.1f", (r.CPUPerM+r.CPU2PerM)/ours)
		}
		second := "–"
		if r.CPU2PerM > 0 {
			second = fmt.Sprintf("%.2f", r.CPU2PerM)
		}
		mb := float64(r.Bytes) * float64(rec) / float64(r.Records) / r.Seconds / 1e6
		fmt.Fprintf(t.out, "| %s | %d | %.0f | %.0f | %.2f | %.2f | %s | %.2f | %.0f | %s | %s |\n",
			r.Peer, r.Records, float64(rec)/r.Seconds/1e3, mb, mb*8/1e3, r.CPUPerM, second, r.GenPerM, r.RSSMiB, loss, ratio)
	}
	for _, s := range append(t.lines, t.skipped...) {
		fmt.Fprintln(t.out, s)
	}
	t.rows, t.lines, t.skipped, t.scenario = nil, nil, nil, ""
}
