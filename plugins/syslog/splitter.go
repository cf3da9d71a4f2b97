package syslog

import (
	"bytes"

	"github.com/heka-project/heka/plugin"
)

// SplitterConfig holds the options of SyslogSplitter.
type SplitterConfig struct {
	Framing string `toml:"framing" default:"auto" enum:"auto,newline,octets" doc:"How the stream marks its records: by line ends, by a length in front of each, or either, told apart record by record."`
}

func init() {
	plugin.RegisterSplitter("SyslogSplitter", plugin.About{
		Doc:    "Cuts a stream into syslog records as RFC 6587 says: by octet counts, by line ends, or both mixed.",
		Sample: sample,
		Readme: readme,
	}, NewSplitter)
}

// Splitter cuts by lines and octet counts.
type Splitter struct {
	lines, counts bool
	max           int // largest count that is believed
}

// NewSplitter makes a splitter.
func NewSplitter(cfg SplitterConfig, env plugin.Env) (plugin.Splitter, error) {
	s := &Splitter{lines: cfg.Framing != "octets", counts: cfg.Framing != "newline", max: env.MaxMessageSize}
	if s.max == 0 {
		s.max = 64 << 10
	}
	return s, nil
}

// Split finds the first record of b. Line ends and NULs belong to none. The rest
// at the end of a stream is a record when it is a line; a counted record that
// was cut is left.
func (s *Splitter) Split(b []byte, atEOF bool) (start, end, advance int) {
	n := 0
	for n < len(b) && (b[n] == '\n' || b[n] == '\r' || b[n] == 0) {
		n++
	}
	if n > 0 {
		return 0, -1, n
	}
	if len(b) == 0 {
		return 0, 0, 0
	}
	if s.counts && b[0]-'1' <= 8 {
		size, n := octets(b)
		if n < 0 && !atEOF {
			return 0, 0, 0 // may yet become a count
		}
		if n > 0 && size <= s.max {
			if len(b) < n+size {
				return 0, 0, 0
			}
			return n, n + size, n + size
		}
	}
	if !s.lines {
		return resync(b, atEOF)
	}
	n = bytes.IndexByte(b, '\n')
	if n < 0 {
		if atEOF {
			return 0, len(b), len(b)
		}
		return 0, 0, 0
	}
	end = n
	if b[end-1] == '\r' {
		end--
	}
	return 0, end, n + 1
}

// resync passes over what is no counted record, up to the next that may be one:
// behind a line end.
func resync(b []byte, atEOF bool) (start, end, advance int) {
	if n := bytes.IndexByte(b, '\n'); n >= 0 {
		return 0, -1, n + 1
	}
	if atEOF {
		return 0, -1, len(b)
	}
	return 0, 0, 0
}

// octets reads an octet count, its blank and the bracket behind it. n is the
// offset of the bracket, 0 when there is no count, -1 when b is too short to say.
func octets(b []byte) (size, n int) {
	for n < len(b) && b[n]-'0' <= 9 {
		if n == 9 {
			return 0, 0
		}
		size = size*10 + int(b[n]-'0')
		n++
	}
	if n+1 < len(b) {
		if b[n] == ' ' && b[n+1] == '<' && b[0] != '0' && n > 0 {
			return size, n + 1
		}
		return 0, 0
	}
	if n < len(b) && b[n] != ' ' {
		return 0, 0
	}
	return 0, -1
}
