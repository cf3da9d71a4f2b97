package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/heka-project/heka/match"
	"github.com/heka-project/heka/message"
)

// testFile is one file of pipeline tests: docs/formats/test.md.
type testFile struct {
	Config string     `toml:"config"` // relative to the file
	Test   []testCase `toml:"test"`

	name string
}

// testCase is one test: messages in, messages out.
type testCase struct {
	Name   string       `toml:"name"`
	Start  string       `toml:"start"` // RFC 3339: what the clock shows at first
	End    string       `toml:"end"`   // how long after start the test goes on, so that timers fire
	In     []testIn     `toml:"in"`
	Expect []testExpect `toml:"expect"`

	start time.Time
	end   time.Duration
}

// testIn is one message, or text that an input reads.
type testIn struct {
	At    string `toml:"at"` // time after start
	Input string `toml:"input"`
	Lines string `toml:"lines"`

	Type       string         `toml:"type"`
	Logger     string         `toml:"logger"`
	Payload    string         `toml:"payload"`
	Hostname   string         `toml:"hostname"`
	EnvVersion string         `toml:"env_version"`
	Severity   *int32         `toml:"severity"`
	Pid        int32          `toml:"pid"`
	Timestamp  string         `toml:"timestamp"`
	Signer     string         `toml:"signer"`
	Fields     map[string]any `toml:"fields"`

	at time.Duration
}

// testExpect is what an output has got, or a filter has injected, at the end.
type testExpect struct {
	Output   string   `toml:"output"`
	Filter   string   `toml:"filter"`
	Count    *int     `toml:"count"`
	Messages []string `toml:"messages"` // a matcher for each, in order
	Encoded  *string  `toml:"encoded"`  // of an output: all that its encoder wrote

	matchers []*match.Matcher
}

// defaultStart is what the clock shows where a test does not say.
var defaultStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// loadTests reads a file of tests.
func loadTests(name string) (*testFile, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	f := &testFile{name: name}
	if err := toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields().Decode(f); err != nil {
		return nil, tomlError(name, err)
	}
	dir := filepath.Dir(name)
	switch plain := strings.TrimSuffix(name, "_test.toml") + ".toml"; {
	case f.Config != "":
		f.Config = filepath.Join(dir, f.Config)
	case plain != name && exists(plain):
		f.Config = plain
	default:
		f.Config = filepath.Join(dir, "hekad.toml")
	}
	if len(f.Test) == 0 {
		return nil, fmt.Errorf("%s: there is no [[test]]", name)
	}
	for i := range f.Test {
		if err := f.Test[i].check(); err != nil {
			return nil, fmt.Errorf("%s: test %q: %w", name, f.Test[i].Name, err)
		}
	}
	return f, nil
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func (c *testCase) check() (err error) {
	c.start = defaultStart
	if c.Name == "" {
		return fmt.Errorf("it has no name")
	}
	if c.Start != "" {
		if c.start, err = time.Parse(time.RFC3339Nano, c.Start); err != nil {
			return fmt.Errorf("start %q is no time; write 2026-01-01T00:00:00Z", c.Start)
		}
	}
	if c.end, err = after("end", c.End, 0); err != nil {
		return err
	}
	last := time.Duration(0)
	for i := range c.In {
		in := &c.In[i]
		if in.at, err = after("at", in.At, last); err != nil {
			return err
		}
		if in.at < last {
			return fmt.Errorf("in %d comes at %s, before the one in front of it", i+1, in.At)
		}
		if last = in.at; (in.Input == "") != (in.Lines == "") {
			return fmt.Errorf("in %d needs both input and lines, or neither", i+1)
		}
		if _, err := in.draft(c.start); err != nil {
			return fmt.Errorf("in %d: %w", i+1, err)
		}
	}
	if len(c.Expect) == 0 {
		return fmt.Errorf("it expects nothing; add [[test.expect]]")
	}
	for i := range c.Expect {
		if err := c.Expect[i].check(); err != nil {
			return fmt.Errorf("expect %d: %w", i+1, err)
		}
	}
	return nil
}

func after(name, text string, otherwise time.Duration) (time.Duration, error) {
	if text == "" {
		return otherwise, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > 10*365*24*time.Hour {
		return 0, fmt.Errorf(`%s = %q is no time after the start; write "90s"`, name, text)
	}
	return d, nil
}

func (e *testExpect) check() error {
	switch {
	case (e.Output == "") == (e.Filter == ""):
		return fmt.Errorf("it names neither an output nor a filter, or both")
	case e.Count == nil && e.Messages == nil && e.Encoded == nil:
		return fmt.Errorf("it says nothing; add count, messages or encoded")
	case e.Encoded != nil && e.Output == "":
		return fmt.Errorf("only outputs have encoded text")
	}
	for _, text := range e.Messages {
		m, err := match.Compile(text)
		if err != nil {
			return fmt.Errorf("matcher %q: %w", text, err)
		}
		e.matchers = append(e.matchers, m)
	}
	return nil
}

// draft makes the message; now is its time where it has none.
func (in *testIn) draft(now time.Time) (message.Draft, error) {
	d := message.Draft{Header: message.Header{Timestamp: now.UnixNano(), Type: in.Type, Logger: in.Logger, Payload: in.Payload,
		Hostname: in.Hostname, EnvVersion: in.EnvVersion, Severity: message.DefaultSeverity, Pid: in.Pid}}
	if in.Severity != nil {
		d.Severity = *in.Severity
	}
	if in.Timestamp != "" {
		t, err := time.Parse(time.RFC3339Nano, in.Timestamp)
		if err != nil {
			return d, fmt.Errorf("timestamp %q is no time; write 2026-01-01T00:00:00Z", in.Timestamp)
		}
		d.Timestamp = t.UnixNano()
	}
	names := make([]string, 0, len(in.Fields))
	for name := range in.Fields {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		f, err := testField(name, in.Fields[name])
		if err != nil {
			return d, err
		}
		d.Fields = append(d.Fields, f)
	}
	return d, nil
}

func testField(name string, v any) (f message.DraftField, err error) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for i, x := range list {
		var one message.DraftField
		switch x := x.(type) {
		case string:
			one = message.NewField(name, x, "")
		case int64:
			one = message.NewField(name, x, "")
		case float64:
			one = message.NewField(name, x, "")
		case bool:
			one = message.NewField(name, x, "")
		default:
			return f, fmt.Errorf("field %s is no string, number or bool, nor a list of one of them", name)
		}
		if i == 0 {
			f = one
			continue
		}
		if f.Type != one.Type {
			return f, fmt.Errorf("field %s mixes types", name)
		}
		f.Values = append(f.Values, one.Values...)
	}
	if len(list) == 0 {
		return f, fmt.Errorf("field %s is empty", name)
	}
	return f, nil
}
