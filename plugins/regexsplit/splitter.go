// Package regexsplit holds RegexSplitter: records are parted by whatever matches
// an expression.
//
//	delimiter    delimiter_eol   "a;;b" with ;(;)  becomes
//	no group     either          the match is dropped
//	one group    true            "a;;" + "b"       up to the group's end
//	one group    false           "a" + ";b"        from the group's start
package regexsplit

import (
	_ "embed"
	"strconv"

	"github.com/heka-project/heka/internal/streamre"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed regexsplit.toml
var sample string

func init() {
	plugin.RegisterSplitter("RegexSplitter", plugin.About{
		Doc:    "Parts records by a regular expression; what its capture group holds stays.",
		Readme: readme,
		Sample: sample,
	}, newSplitter)
}

// Config holds the options of RegexSplitter.
type Config struct {
	Delimiter string `toml:"delimiter" default:"\n" doc:"Regular expression (RE2) that matches between two records; it may have one capture group."`
	EOL       bool   `toml:"delimiter_eol" default:"true" doc:"Captured text belongs to the end of the record before it, not to the start of the next."`
}

// Validate checks the expression.
func (c Config) Validate() error {
	if _, err := streamre.Compile(c.Delimiter); err != nil {
		return &plugin.OptionError{
			Option: "delimiter",
			What:   "delimiter = " + strconv.Quote(c.Delimiter) + " " + err.Error(),
			Fix:    `an expression that works is '\n(\d{4}-)'`,
		}
	}
	return nil
}

// Splitter parts records by an expression.
type Splitter struct {
	re    *streamre.Regexp
	start bool // captured text starts the next record
}

func newSplitter(c Config, _ plugin.Env) (plugin.Splitter, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	re, err := streamre.Compile(c.Delimiter)
	if err != nil {
		return nil, err
	}
	return &Splitter{re, re.Groups() == 1 && !c.EOL}, nil
}

// Patient reports whether the last record of a quiet stream may wait for what
// follows it.
func (s *Splitter) Patient() bool { return s.start || !s.re.Literal() }

// Split finds the delimiter behind the record at b's head. Empty records are
// passed over.
func (s *Splitter) Split(b []byte, atEOF bool) (start, end, advance int) {
	if s.start {
		return s.splitStart(b, atEOF)
	}
	m, ok := s.re.Find(b, 0, atEOF)
	if !ok {
		return 0, 0, 0
	}
	end = m.Start
	if m.Group >= 0 {
		end = m.GroupEnd
	}
	if end == 0 {
		end = -1
	}
	return 0, end, m.End
}

// splitStart leaves each delimiter in the stream until the record that it begins
// is cut, so that the same bytes always give the same records: a match at b's
// head is that delimiter, and the next one ends the record.
func (s *Splitter) splitStart(b []byte, atEOF bool) (start, end, advance int) {
	m, ok := s.re.Find(b, 0, atEOF)
	if !ok {
		return 0, 0, 0
	}
	if m.Start > 0 {
		return 0, m.Start, m.Start
	}
	start, from := m.End, m.End
	if m.Group >= 0 {
		start, from = m.Group, m.GroupEnd
	}
	if from == 0 {
		from = m.End
	}
	if m, ok = s.re.Find(b, from, atEOF); ok {
		if m.Start <= start {
			return 0, -1, m.Start
		}
		return start, m.Start, m.Start
	}
	if atEOF && start > 0 {
		return 0, -1, start // what is left is the rest, without the dropped text
	}
	return 0, 0, 0
}
