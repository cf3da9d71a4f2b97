// Package jsonsplit holds JsonSplitter: records are JSON objects and arrays that
// follow one another, on lines of their own or not, printed over many lines or
// not.
//
//	{"a":1}{"a":2}      two records
//	[1,2] oops {"a":3}  two records; what is no JSON is passed over and counted
//	{"a":"tru⏎{"a":4}   one record: the first was cut and is passed over
//
// A value is read by the whole grammar, so that a damaged one is known where it
// goes wrong and the next is found; see scan.go.
package jsonsplit

import (
	_ "embed"
	"fmt"

	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed jsonsplit.toml
var sample string

func init() {
	plugin.RegisterSplitter("JsonSplitter", plugin.About{
		Doc:    "Cuts a stream into JSON objects and arrays, however they are printed.",
		Readme: readme,
		Sample: sample,
	}, newSplitter)
}

// Config holds the options of JsonSplitter.
type Config struct {
	Values   string `toml:"values" default:"all" enum:"all,objects" doc:"What a record is: objects and arrays, or objects only, so that those inside an array around them are records of their own."`
	MaxDepth int    `toml:"max_depth" default:"128" doc:"Deepest nesting of a record, 1 to 1024; what is deeper is passed over and counted."`
}

// Validate checks the depth.
func (c Config) Validate() error {
	if c.MaxDepth < 1 || c.MaxDepth > maxDepth {
		return &plugin.OptionError{Option: "max_depth", What: fmt.Sprintf("%d is no depth that can be kept", c.MaxDepth), Fix: "write 1 to 1024"}
	}
	return nil
}

// Splitter cuts by values.
type Splitter struct {
	objects bool
	depth   int
}

func newSplitter(c Config, _ plugin.Env) (plugin.Splitter, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &Splitter{c.Values == "objects", c.MaxDepth}, nil
}

// Split finds the first value of b. Blanks, line ends, commas and record
// separators (RFC 7464) between values belong to none.
func (s *Splitter) Split(b []byte, atEOF bool) (start, end, advance int) {
	i := s.between(b, 0)
	if i == len(b) {
		if atEOF && i > 0 {
			return 0, -1, i
		}
		return 0, 0, 0
	}
	if !s.opens(b[i]) {
		for i++; i < len(b) && !s.opens(b[i]); i++ {
		}
		return 0, -1, i
	}
	n, how := s.value(b, i)
	switch how {
	case whole:
		return i, n, s.behind(b, n)
	case wrong:
		return 0, -1, n
	}
	if i > 0 { // what is left begins with the value, however the stream came
		return 0, -1, i
	}
	return 0, 0, 0
}

func (s *Splitter) opens(c byte) bool { return c == '{' || c == '[' && !s.objects }

// between passes over what may stand between two values.
func (s *Splitter) between(b []byte, i int) int {
	for i < len(b) && (blank(b[i]) || b[i] == ',' || b[i] == 0x1e || s.objects && (b[i] == '[' || b[i] == ']')) {
		i++
	}
	return i
}

// behind passes over the blanks behind a value up to the last line end among
// them, so that nothing is left of a stream that is quiet behind a line.
func (s *Splitter) behind(b []byte, i int) int {
	for k := i; k < len(b) && blank(b[k]); k++ {
		if b[k] == '\n' {
			i = k + 1
		}
	}
	return i
}

func blank(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }
