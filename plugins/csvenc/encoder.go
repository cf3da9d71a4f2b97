// Package csvenc holds CsvEncoder, which writes each message as a row of values
// with a separator between them, as RFC 4180 says:
//
//	columns = ["Timestamp|%F %T", "Hostname", "status", "user:-nobody"]
//	2026-11-25 13:00:00,web01,200,nobody
//
// What a column holds is written as in the texts of package interp; it is decided
// when the configuration is read, and a row allocates nothing.
package csvenc

import (
	_ "embed"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/heka-project/heka/internal/interp"
	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed csvenc.toml
var sample string

// Config holds the options of CsvEncoder.
type Config struct {
	Columns   []string `toml:"columns" required:"true" doc:"What each column holds: a header field, a dynamic field, or Fields[name][field][value]; name|form gives it a form, name:-text what stands for a missing one."`
	Titles    []string `toml:"titles" doc:"Titles of the columns; when empty, their names."`
	Header    bool     `toml:"header" doc:"Write the titles as a row in front of the first message."`
	Separator string   `toml:"separator" default:"," doc:"Character between two columns; a tab is written as \"\\t\"."`
	Quote     string   `toml:"quote" default:"needed" enum:"needed,all,never" doc:"Which values stand in quotes: those that hold separators, quotes or line ends, all, or none, where these are written as blanks."`
	CRLF      bool     `toml:"crlf" doc:"End rows with carriage return and line feed."`
	TZ        string   `toml:"tz" default:"UTC" doc:"Time zone of strftime forms: an IANA name, UTC or Local."`
}

// Validate checks columns, titles and separator.
func (c Config) Validate() error {
	_, err := newEncoder(c)
	return err
}

func init() {
	plugin.RegisterEncoder("CsvEncoder", plugin.About{
		Doc:    "Writes each message as a row of separated values.",
		Sample: sample,
		Readme: readme,
	}, New)
}

// Encoder writes rows. It belongs to one output.
type Encoder struct {
	cfg     Config
	columns []*interp.Text
	titles  []string // to be written before the next row; nil once they are
	end     string   // of a row
	text    []byte   // scratch
}

// New makes an encoder.
func New(cfg Config, _ plugin.Env) (plugin.Encoder, error) { return newEncoder(cfg) }

func newEncoder(c Config) (*Encoder, error) {
	if c.Separator == `\t` { // in single quotes TOML leaves it as it is
		c.Separator = "\t"
	}
	e := &Encoder{cfg: c, end: "\n"}
	if c.CRLF {
		e.end = "\r\n"
	}
	loc, err := stamp.Zone(c.TZ)
	if err != nil {
		return nil, &plugin.OptionError{Option: "tz", What: err.Error(), Fix: `write an IANA name such as "Europe/Berlin", "UTC" or "Local"`}
	}
	if r, n := utf8.DecodeRuneInString(c.Separator); n == 0 || n != len(c.Separator) || r == utf8.RuneError || strings.ContainsRune("\"\r\n", r) {
		return nil, &plugin.OptionError{Option: "separator", What: fmt.Sprintf("%q cannot part columns", c.Separator), Fix: `write one character, such as "," or ";" or "\t"`}
	}
	if len(c.Columns) == 0 {
		return nil, &plugin.OptionError{Option: "columns", What: "there is no column", Fix: `write some, as in ["Timestamp", "Hostname", "status"]`}
	}
	for i, name := range c.Columns {
		t, err := interp.Compile("%{"+name+"}", loc)
		if err == nil && strings.Contains(name, "}") {
			err = fmt.Errorf("%q holds a brace", name)
		}
		if err != nil {
			return nil, &plugin.OptionError{Option: fmt.Sprintf("columns[%d]", i), What: err.Error(), Fix: `write a name, as in "Hostname", "status" or "Timestamp|%F %T"`}
		}
		e.columns = append(e.columns, t)
	}
	if len(c.Titles) > 0 && len(c.Titles) != len(c.Columns) {
		return nil, &plugin.OptionError{Option: "titles", What: fmt.Sprintf("%d titles do not fit %d columns", len(c.Titles), len(c.Columns)), Fix: "write one for each column"}
	}
	if c.Header {
		e.titles = c.titles()
	}
	return e, nil
}

// titles are those given, or the names of the columns without form and fallback.
func (c *Config) titles() []string {
	if len(c.Titles) > 0 {
		return c.Titles
	}
	list := make([]string, len(c.Columns))
	for i, name := range c.Columns {
		name, _, _ = strings.Cut(name, ":-")
		name, _, _ = strings.Cut(name, "|")
		list[i] = name
	}
	return list
}

// Encode appends one row, and the titles before the first.
func (e *Encoder) Encode(dst []byte, v *message.View) ([]byte, error) {
	if e.titles != nil {
		start := len(dst)
		for _, t := range e.titles {
			n := len(dst)
			dst = append(e.value(append(dst, t...), n), e.cfg.Separator...)
		}
		dst = e.close(dst, start)
		e.titles = nil
	}
	start := len(dst)
	for _, c := range e.columns {
		n := len(dst)
		dst, _ = c.Append(dst, v, nil)
		dst = append(e.value(dst, n), e.cfg.Separator...)
	}
	return e.close(dst, start), nil
}

// close ends the row that begins at dst[start:] and has a separator behind it. A
// row of one empty value has quotes, so that it is no empty line.
func (e *Encoder) close(dst []byte, start int) []byte {
	dst = dst[:len(dst)-len(e.cfg.Separator)]
	if len(dst) == start && e.cfg.Quote != "never" {
		dst = append(dst, '"', '"')
	}
	return append(dst, e.end...)
}

// value puts the value dst[n:] in quotes, when it has to stand in them.
func (e *Encoder) value(dst []byte, n int) []byte {
	v := message.Borrow(dst[n:])
	special := strings.ContainsAny(v, "\"\r\n") || strings.Contains(v, e.cfg.Separator)
	switch {
	case e.cfg.Quote == "never" && special:
		e.text = append(e.text[:0], v...)
		dst = dst[:n]
		for i := 0; i < len(e.text); i++ {
			switch c := e.text[i]; {
			case c == '\r' || c == '\n':
				dst = append(dst, ' ')
			case strings.HasPrefix(message.Borrow(e.text[i:]), e.cfg.Separator):
				dst = append(dst, ' ')
				i += len(e.cfg.Separator) - 1
			default:
				dst = append(dst, c)
			}
		}
	case e.cfg.Quote == "all" || e.cfg.Quote != "never" && special:
		e.text = append(e.text[:0], v...)
		dst = append(dst[:n], '"')
		for _, c := range e.text {
			if c == '"' {
				dst = append(dst, '"')
			}
			dst = append(dst, c)
		}
		dst = append(dst, '"')
	}
	return dst
}
