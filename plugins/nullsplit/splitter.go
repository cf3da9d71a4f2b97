// Package nullsplit holds NullSplitter: what one read, one datagram or one
// request brought is one record.
package nullsplit

import (
	_ "embed"

	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed nullsplit.toml
var sample string

func init() {
	plugin.RegisterSplitter("NullSplitter", plugin.About{
		Doc:       "Takes whatever one read brings as one record.",
		Readme:    readme,
		Sample:    sample,
		MinBuffer: 64 << 10,
	}, func(Config, plugin.Env) (plugin.Splitter, error) { return Splitter{}, nil })
}

// Config holds the options of NullSplitter: none but the common ones.
type Config struct{}

// Splitter does not split.
type Splitter struct{}

// Whole says that a record is as long as the read.
func (Splitter) Whole() {}

// Split takes all of b.
func (Splitter) Split(b []byte, _ bool) (start, end, advance int) { return 0, len(b), len(b) }
