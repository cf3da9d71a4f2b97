package mysqllog

import (
	"bytes"

	"github.com/heka-project/heka/plugin"
)

// SplitterConfig is empty: MysqlSlowSplitter has no options of its own.
type SplitterConfig struct{}

func init() {
	plugin.RegisterSplitter("MysqlSlowSplitter", plugin.About{
		Doc:    "Cuts slow query logs of MySQL and MariaDB into records.",
		Sample: sample,
		Readme: readme,
	}, NewSplitter)
}

// Splitter cuts before the # line that opens a record: the first one behind a
// statement.
type Splitter struct{}

// NewSplitter makes a splitter.
func NewSplitter(SplitterConfig, plugin.Env) (plugin.Splitter, error) { return Splitter{}, nil }

// Patient reports that a record waits for the line behind it.
func (Splitter) Patient() bool { return true }

var opens = [...]string{"# Time: ", "# User@Host: ", "# Thread_id: ", "# Query_time: "}

// Split finds the end of the record at b's head. Lines before the first record, as
// the server writes them into a new file, belong to none. At the end of the stream
// a record that a semicolon closes is whole.
func (Splitter) Split(b []byte, atEOF bool) (start, end, advance int) {
	if len(b) > 0 && b[0] != '#' {
		if n := bytes.IndexByte(b, '\n'); n >= 0 {
			return 0, -1, n + 1
		}
		return 0, 0, 0
	}
	heads := true // all lines so far are # lines
	for i := 0; ; {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			break
		}
		line := b[i : i+n]
		if i += n + 1; len(line) == 0 || line[0] != '#' || bytes.HasPrefix(line, []byte("# administrator command: ")) {
			heads = false
		}
		if heads {
			continue
		}
		open, cut := opening(b[i:])
		if open {
			return 0, i, i
		}
		if cut && !atEOF {
			return 0, 0, 0
		}
	}
	if atEOF && bytes.HasSuffix(bytes.TrimRight(b, "\r\n"), []byte(";")) {
		return 0, len(b), len(b)
	}
	return 0, 0, 0
}

// opening reports whether b begins a record, or ends before that can be said.
func opening(b []byte) (open, cut bool) {
	for _, o := range opens {
		if n := min(len(b), len(o)); string(b[:n]) == o[:n] {
			if n == len(o) {
				return true, false
			}
			cut = true
		}
	}
	return false, cut
}
