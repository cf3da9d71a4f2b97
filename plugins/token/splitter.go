// Package token holds TokenSplitter: records end with one byte, or with that
// byte seen several times.
package token

import (
	"bytes"
	_ "embed"
	"strconv"

	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed token.toml
var sample string

func init() {
	plugin.RegisterSplitter("TokenSplitter", plugin.About{
		Doc:    "Ends a record after a delimiter of one byte; the delimiter stays in it.",
		Readme: readme,
		Sample: sample,
	}, newSplitter)
}

// Config holds the options of TokenSplitter.
type Config struct {
	Delimiter string `toml:"delimiter" default:"\n" doc:"The byte that ends a record."`
	Count     uint   `toml:"count" default:"1" doc:"How many delimiters a record has; 0 counts as 1."`
}

// Validate checks that the delimiter is one byte.
func (c Config) Validate() error {
	if n := len(c.Delimiter); n != 1 {
		return &plugin.OptionError{
			Option: "delimiter",
			What:   "delimiter = " + strconv.Quote(c.Delimiter) + " is " + strconv.Itoa(n) + " bytes long",
			Fix:    "write exactly one byte, or use RegexSplitter for longer delimiters",
		}
	}
	return nil
}

// Splitter cuts behind every count-th delimiter.
type Splitter struct {
	delimiter byte
	count     uint
}

func newSplitter(c Config, _ plugin.Env) (plugin.Splitter, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &Splitter{c.Delimiter[0], max(c.Count, 1)}, nil
}

// Split finds the delimiter that ends the record at b's head.
func (s *Splitter) Split(b []byte, _ bool) (start, end, advance int) {
	n := 0
	for range s.count {
		k := bytes.IndexByte(b[n:], s.delimiter)
		if k < 0 {
			return 0, 0, 0
		}
		n += k + 1
	}
	return 0, n, n
}
