package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/internal/logx"
)

const testHelp = `Runs unit tests of pipelines: files that end in _test.toml, beside the configuration
that they are about, with messages in and the messages and injections that are
expected out. No input and no output runs, nothing is opened, and the clock is the
test's, so that timers are exact. docs/formats/test.md tells how tests are written.

The end tells what the matchers took, over all tests: one that never took a message,
or took every one, is not tested.

Exit codes: 0 all passed, 1 some failed, 78 a test or a configuration is wrong.`

// testOptions are the flags of test.
type testOptions struct {
	json    bool
	junit   string
	run     string
	cover   bool
	minimum float64
}

func (t *terminal) testCommand() *cobra.Command {
	var o testOptions
	c := &cobra.Command{
		Use:     "test [PATH...]",
		Short:   "Run unit tests of pipelines",
		Long:    testHelp,
		Example: "  hekad test /etc/hekad\n  hekad test --coverage --junit report.xml pipeline_test.toml",
		GroupID: groupConfig,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"."}
			}
			return t.test(&o, args)
		},
	}
	f := c.Flags()
	f.BoolVar(&o.json, "json", false, "answer in JSON")
	f.StringVar(&o.junit, "junit", "", "write a report in JUnit's XML to this file")
	f.StringVar(&o.run, "run", "", "run only tests whose name has this in it")
	f.BoolVar(&o.cover, "coverage", false, "show what every matcher took, not only those that are not tested")
	f.Float64Var(&o.minimum, "min-coverage", 0, "fail when less than so many percent of the matchers took a message")
	return c
}

// testResult is one test that was run.
type testResult struct {
	File  string   `json:"file"`
	Name  string   `json:"name"`
	OK    bool     `json:"ok"`
	Wrong []string `json:"wrong,omitempty"`
	Secs  float64  `json:"seconds"`
}

// testReport is the answer of test --json.
type testReport struct {
	OK       bool         `json:"ok"`
	Tests    []testResult `json:"tests"`
	Coverage []covered    `json:"coverage"`
}

// testFiles finds the files of tests at the paths.
func testFiles(paths []string) (list []string, err error) {
	for _, p := range paths {
		st, err := os.Stat(p)
		if err != nil {
			return nil, err
		}
		if !st.IsDir() {
			list = append(list, p)
			continue
		}
		err = filepath.WalkDir(p, func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(name, "_test.toml") {
				list = append(list, name)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if list = slices.Compact(list); len(list) == 0 {
		return nil, errNoTests
	}
	return list, nil
}

func (t *terminal) test(o *testOptions, paths []string) error {
	names, err := testFiles(paths)
	if err != nil {
		return exitWith(exitUsage, err)
	}
	log := slog.New(logx.New(t.err, slog.LevelError, false))
	rep := testReport{OK: true, Tests: []testResult{}}
	for _, name := range names {
		if err := t.testFile(o, name, log, &rep); err != nil {
			return exitWith(exitConfig, err)
		}
	}
	if len(rep.Tests) == 0 {
		return exitWith(exitUsage, fmt.Errorf("no test has %q in its name", o.run))
	}
	if o.junit != "" {
		if err := writeJUnit(o.junit, rep.Tests); err != nil {
			return err
		}
	}
	if o.json {
		e := json.NewEncoder(t.out)
		e.SetIndent("", "  ")
		if err := e.Encode(rep); err != nil {
			return err
		}
	} else {
		t.tellTests(o, &rep)
	}
	if !rep.OK {
		return exitWith(exitFailed, errSaid)
	}
	if share := coverage(rep.Coverage); share < o.minimum {
		return exitWith(exitFailed, fmt.Errorf("%.0f %% of the matchers took a message, less than --min-coverage %g", share, o.minimum))
	}
	return nil
}

// testFile runs the tests of one file.
func (t *terminal) testFile(o *testOptions, name string, log *slog.Logger, rep *testReport) error {
	f, err := loadTests(name)
	if err != nil {
		return err
	}
	plan, err := config.Load(f.Config, config.Options{})
	if err != nil {
		return err
	}
	cover := map[string]*covered{}
	for i := range f.Test {
		c := &f.Test[i]
		if !strings.Contains(c.Name, o.run) {
			continue
		}
		began := time.Now()
		wrong, err := c.run(plan, log, cover)
		if err != nil {
			return fmt.Errorf("%s: test %q: %w", name, c.Name, err)
		}
		rep.Tests = append(rep.Tests, testResult{File: name, Name: c.Name, OK: len(wrong) == 0, Wrong: wrong, Secs: time.Since(began).Seconds()})
		rep.OK = rep.OK && len(wrong) == 0
	}
	keys := make([]string, 0, len(cover))
	for k := range cover {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		rep.Coverage = append(rep.Coverage, *cover[k])
	}
	return nil
}

// coverage is the share of matchers that took a message, in percent.
func coverage(list []covered) float64 {
	n := 0
	for _, c := range list {
		if c.Taken > 0 {
			n++
		}
	}
	return 100 * float64(n) / float64(max(1, len(list)))
}

func (t *terminal) tellTests(o *testOptions, rep *testReport) {
	w := tabwriter.NewWriter(t.out, 0, 8, 2, ' ', 0)
	failed := 0
	for _, r := range rep.Tests {
		word := "ok"
		if !r.OK {
			word = "FAIL"
			failed++
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%.3fs\n", word, r.File, r.Name, r.Secs)
	}
	w.Flush()
	for _, r := range rep.Tests {
		for _, text := range r.Wrong {
			fmt.Fprintf(t.out, "\n%s: %s: %s\n", r.File, r.Name, safe([]byte(text)))
		}
	}
	fmt.Fprintf(t.out, "\n%d tests, %d failed; %.0f %% of %d matchers took a message\n", len(rep.Tests), failed, coverage(rep.Coverage), len(rep.Coverage))
	w = tabwriter.NewWriter(t.out, 0, 8, 2, ' ', 0)
	for _, c := range rep.Coverage {
		note := ""
		switch {
		case c.Taken == 0:
			note = "never took a message"
		case c.Taken == c.Seen && c.Matcher != "TRUE":
			note = "took every message"
		case !o.cover:
			continue
		}
		fmt.Fprintf(w, "%s %s\t%d of %d\t%s\t%s\n", c.Kind, c.Name, c.Taken, c.Seen, note, safe([]byte(c.Matcher)))
	}
	w.Flush()
}

// JUnit's form, as build servers read it.
type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Time    float64       `xml:"time,attr"`
	Failure *junitFailure `xml:"failure"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func writeJUnit(name string, list []testResult) error {
	s := junitSuite{Name: "hekad", Tests: len(list)}
	for _, r := range list {
		c := junitCase{Class: r.File, Name: r.Name, Time: r.Secs}
		if !r.OK {
			s.Failures++
			first, _, _ := strings.Cut(r.Wrong[0], "\n")
			c.Failure = &junitFailure{Message: first, Text: safe([]byte(strings.Join(r.Wrong, "\n")))}
		}
		s.Cases = append(s.Cases, c)
	}
	b, err := xml.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append([]byte(xml.Header), append(b, '\n')...), 0o644)
}
