package csvdecode

import "github.com/heka-project/heka/plugin"

// SplitterConfig holds the options of CsvSplitter.
type SplitterConfig struct {
	Separator string `toml:"separator" default:"," doc:"Character between cells; \\t for tab separated values."`
	Quote     string `toml:"quote" default:"\"" doc:"Character around cells that hold line ends."`
}

// Validate checks the options.
func (c SplitterConfig) Validate() error { return checkChars(tab(c.Separator), c.Quote) }

func init() {
	plugin.RegisterSplitter("CsvSplitter", plugin.About{
		Doc:    "Cuts a stream of separated values at line ends that are not in quotes.",
		Sample: sample,
		Readme: readme,
	}, NewSplitter)
}

// Splitter cuts at line ends outside quotes. A quote counts at the beginning of a
// cell only.
type Splitter struct {
	sep   byte
	quote int
}

// NewSplitter makes a splitter.
func NewSplitter(c SplitterConfig, _ plugin.Env) (plugin.Splitter, error) {
	s := &Splitter{sep: tab(c.Separator)[0], quote: -1}
	if c.Quote != "" {
		s.quote = int(c.Quote[0])
	}
	return s, nil
}

// Split finds the first record.
func (s *Splitter) Split(b []byte, atEOF bool) (start, end, advance int) {
	begin, inside, closed := true, false, false // at a cell's beginning, in quotes, right behind them
	for i, c := range b {
		quote := int(c) == s.quote
		if inside {
			inside, closed = !quote, quote
			continue
		}
		if c == '\n' {
			return 0, i + 1, i + 1
		}
		inside = quote && (begin || closed) // a doubled quote opens them again
		begin, closed = c == s.sep, false
	}
	return 0, 0, 0
}
