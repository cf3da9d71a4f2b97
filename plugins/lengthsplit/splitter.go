// Package lengthsplit holds LengthSplitter: each record has its length in front,
// as binary protocols write it.
//
//	00 00 00 03 a b c   size = "4"        big endian, of 1, 2, 4 or 8 bytes
//	03 00 a b c         size = "2", byte_order = "little"
//	03 a b c            size = "varint"   as Protocol Buffers write it
package lengthsplit

import (
	_ "embed"
	"fmt"

	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed lengthsplit.toml
var sample string

func init() {
	plugin.RegisterSplitter("LengthSplitter", plugin.About{
		Doc:    "Cuts a stream whose records have their length in front.",
		Readme: readme,
		Sample: sample,
	}, newSplitter)
}

// Config holds the options of LengthSplitter.
type Config struct {
	Size           string `toml:"size" default:"4" enum:"1,2,4,8,varint" doc:"Bytes of the length, or varint for one that says itself where it ends."`
	ByteOrder      string `toml:"byte_order" default:"big" enum:"big,little" doc:"Which byte of the length comes first: the most (big) or the least significant one (little)."`
	IncludesHeader bool   `toml:"includes_header" doc:"The length counts itself too."`
	KeepHeader     bool   `toml:"keep_header" doc:"Leave the length in the record."`
	Skip           int    `toml:"skip" doc:"Bytes between the length and the record, which the length does not count."`
}

// Validate checks the bytes to skip.
func (c Config) Validate() error {
	if c.Skip < 0 || c.Skip > 1024 {
		return &plugin.OptionError{Option: "skip", What: fmt.Sprintf("%d bytes cannot be skipped", c.Skip), Fix: "write 0 to 1024"}
	}
	return nil
}

// Splitter cuts by lengths.
type Splitter struct {
	size           int // bytes of the length, 0 for varint
	little         bool
	includes, keep bool
	skip           int
	max            uint64 // longest record that is believed
}

func newSplitter(c Config, env plugin.Env) (plugin.Splitter, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Splitter{little: c.ByteOrder == "little", includes: c.IncludesHeader, keep: c.KeepHeader, skip: c.Skip, max: uint64(env.MaxMessageSize)}
	if s.max == 0 {
		s.max = 64 << 10
	}
	switch c.Size {
	case "1", "2", "4", "8":
		s.size = int(c.Size[0] - '0')
	case "", "varint":
	default:
		return nil, &plugin.OptionError{Option: "size", What: fmt.Sprintf("%q is no size of a length", c.Size), Fix: "write 1, 2, 4, 8 or varint"}
	}
	return s, nil
}

// Split reads the length at b's head. One that cannot be right, being longer than
// a message may be or shorter than itself, is passed over byte by byte, until
// what stands there can be one: the stream is damaged, or of another kind.
func (s *Splitter) Split(b []byte, _ bool) (start, end, advance int) {
	length, n, ok := s.length(b)
	if !ok {
		return 0, -1, 1
	}
	if n == 0 {
		return 0, 0, 0
	}
	if s.includes {
		if length < uint64(n) {
			return 0, -1, 1
		}
		length -= uint64(n)
	}
	if length > s.max {
		return 0, -1, 1
	}
	start = n + s.skip
	end = start + int(length)
	switch {
	case len(b) < end:
		return 0, 0, 0
	case length == 0: // nothing to tell, as some senders say that they are there
		return 0, -1, end
	case s.keep:
		start = 0
	}
	return start, end, end
}

// length reads the length at b's head and the bytes that it takes, 0 when they are
// not all there. Not ok means that there is none.
func (s *Splitter) length(b []byte) (v uint64, n int, ok bool) {
	if s.size == 0 {
		for n < len(b) {
			c := b[n]
			if n == 9 && c > 1 {
				return 0, 0, false
			}
			v |= uint64(c&0x7f) << (7 * n)
			if n++; c < 0x80 {
				return v, n, true
			}
		}
		return 0, 0, true
	}
	if len(b) < s.size {
		return 0, 0, true
	}
	for i := range s.size {
		c := b[i]
		if s.little {
			c = b[s.size-1-i]
		}
		v = v<<8 | uint64(c)
	}
	return v, s.size, true
}
