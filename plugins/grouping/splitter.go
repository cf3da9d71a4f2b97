// Package grouping holds PatternGroupingSplitter: lines, of which those that
// follow one another and match a pattern are one record, as the lines of a stack
// trace.
package grouping

import (
	_ "embed"
	"regexp"
	"strconv"

	"github.com/heka-project/heka/internal/streamre"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed grouping.toml
var sample string

func init() {
	plugin.RegisterSplitter("PatternGroupingSplitter", plugin.About{
		Doc:    "Cuts lines and joins those that follow one another and match a pattern.",
		Readme: readme,
		Sample: sample,
	}, newSplitter)
}

// Config holds the options of PatternGroupingSplitter.
type Config struct {
	Delimiter string `toml:"delimiter" default:"\n" doc:"Regular expression (RE2) that ends a line; it stays in the record."`
	Grouping  string `toml:"grouping" default:"" doc:"Regular expression (RE2) that the lines of a group match, without their delimiter; empty matches every line."`
	MaxLines  int    `toml:"max_lines" default:"99" doc:"Most lines of a group."`
}

// Validate checks both expressions and the number of lines.
func (c Config) Validate() error {
	if _, err := streamre.Compile(c.Delimiter); err != nil {
		return &plugin.OptionError{Option: "delimiter", What: "delimiter = " + strconv.Quote(c.Delimiter) + " " + err.Error(), Fix: `an expression that works is '\n'`}
	}
	if _, err := regexp.Compile(c.Grouping); err != nil {
		return &plugin.OptionError{Option: "grouping", What: "grouping = " + strconv.Quote(c.Grouping) + " is no RE2 expression: " + err.Error(), Fix: `an expression that works is '^\s+at '`}
	}
	if c.MaxLines < 1 {
		return &plugin.OptionError{Option: "max_lines", What: "max_lines = " + strconv.Itoa(c.MaxLines) + " leaves no line in a group", Fix: "write 1 or more"}
	}
	return nil
}

// headroom is what the header fields of a message may take beside its payload:
// groups are cut so much below max_message_size that they can be delivered.
const headroom = 1 << 10

// Splitter joins lines.
type Splitter struct {
	line     *streamre.Regexp
	grouping *regexp.Regexp
	maxLines int
	maxBytes int // of a group of more than one line
}

func newSplitter(c Config, env plugin.Env) (plugin.Splitter, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	line, err := streamre.Compile(c.Delimiter)
	if err != nil {
		return nil, err
	}
	grouping, err := regexp.Compile(c.Grouping)
	if err != nil {
		return nil, err
	}
	size := env.MaxMessageSize
	if size <= headroom {
		size = 64 << 10
	}
	return &Splitter{line, grouping, c.MaxLines, size - headroom}, nil
}

// Patient reports that a group waits for the line behind it.
func (s *Splitter) Patient() bool { return true }

// Split finds the end of the line or group at b's head. A group has ended when
// the line behind it is there and does not match, when it has its most lines, or
// when one line more would make it too long.
func (s *Splitter) Split(b []byte, atEOF bool) (start, end, advance int) {
	for lines := 0; ; {
		m, ok := s.line.Find(b, end, atEOF)
		switch {
		case !ok && lines > 0 && (atEOF || len(b) > s.maxBytes):
			return 0, end, end
		case !ok:
			return 0, 0, 0
		case lines > 0 && (m.End > s.maxBytes || !s.grouping.Match(b[end:m.Start])):
			return 0, end, end
		}
		matched := lines > 0 || s.grouping.Match(b[:m.Start])
		end = m.End
		if lines++; !matched || lines == s.maxLines {
			return 0, end, end
		}
	}
}
