// Command run measures hekad and its peers side by side. For each scenario and
// peer it starts the program with its configuration, feeds it, waits until its
// output stands still, and prints rates, processor time, memory and loss, with
// the ratio to hekad.
//
//	run -scenarios S1,S3 -peers hekad,rsyslog -times 3
//
// Scenarios and peers are entries of peers.json, configurations are templates in
// peers/. What is not installed is skipped with its reason. A lock file keeps two
// measurements from overlapping. Processor time and memory come from /proc.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// options are the command line.
type options struct {
	dir       string // of peers.json
	scenarios string
	peers     string
	times     int
	n         int
	keep      bool
	jsonl     string
	work      string
	list      bool
	kills     int
	profile   string
}

func main() {
	var o options
	flag.StringVar(&o.dir, "dir", "bench", "folder of peers.json and peers/")
	flag.StringVar(&o.scenarios, "scenarios", "", "only these, separated by commas")
	flag.StringVar(&o.peers, "peers", "", "only these, separated by commas")
	flag.IntVar(&o.times, "times", 3, "runs of each; medians are printed")
	flag.IntVar(&o.n, "n", 0, "records (0: as configured)")
	flag.StringVar(&o.profile, "profile", "", "folder in which hekad leaves a processor profile of each scenario")
	flag.IntVar(&o.kills, "kills", 50, "how often a daemon is killed in the kill test")
	flag.BoolVar(&o.keep, "keep", false, "keep the work folders")
	flag.StringVar(&o.jsonl, "json", "", "also append each run to this file")
	flag.StringVar(&o.work, "work", "", "folder for work folders (default: the system's)")
	flag.BoolVar(&o.list, "list", false, "list scenarios and peers, run nothing")
	flag.Parse()
	if err := o.run(); err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
		os.Exit(1)
	}
}

func (o *options) run() error {
	c, err := load(filepath.Join(o.dir, "peers.json"))
	if err != nil {
		return err
	}
	todo := c.pick(split(o.scenarios), split(o.peers))
	if o.list {
		for _, e := range todo {
			fmt.Printf("%-8s %-10s %s\n", e.Scenario, e.Peer, c.Scenarios[e.Scenario].What)
		}
		return nil
	}
	if len(todo) == 0 {
		return errors.New("nothing to run; see -list")
	}
	if err := supported(); err != nil {
		return err
	}
	unlock, err := lock()
	if err != nil {
		return err
	}
	defer unlock()
	tab := table{scenarios: c.Scenarios, out: os.Stdout}
	for _, e := range todo {
		tab.begin(e.Scenario)
		b := &bench{options: o, entry: e, scenario: c.Scenarios[e.Scenario]}
		if o.n > 0 {
			b.entry.N = o.n
		}
		if missing := b.missing(); missing != "" {
			tab.skip(e.Peer, missing)
			continue
		}
		if special := b.special(); special != nil {
			head, row, err := special()
			if err != nil {
				tab.skip(e.Peer, err.Error())
				continue
			}
			tab.line(head, row)
			continue
		}
		var rs []result
		for range o.times {
			r, err := b.once()
			if err != nil {
				tab.skip(e.Peer, err.Error())
				rs = nil
				break
			}
			rs = append(rs, r)
			if err := record(o.jsonl, r); err != nil {
				return err
			}
		}
		if len(rs) > 0 {
			tab.add(median(rs))
		}
	}
	tab.end()
	return nil
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

// record appends one run to a file of JSON lines.
func record(name string, r result) error {
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(f).Encode(r); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
