// Package csvdecode holds CsvDecoder, which makes fields of the cells of a line of
// comma or tab separated values, and CsvSplitter, which cuts a stream of them where
// line ends are not in quotes.
//
//	name,took,note            columns, given or read from the first line
//	alice,0.25,"a ""b"", c"   ─▶ name="alice" took=0.25 note="a \"b\", c"
//
// A decoder belongs to one stream; it borrows the record and allocates nothing.
package csvdecode

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/heka-project/heka/internal/keys"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed csvdecode.toml
var sample string

// Config holds the options of CsvDecoder.
type Config struct {
	MessageType string `toml:"message_type" doc:"Type of the messages; when empty, the input's."`
	PayloadKeep bool   `toml:"payload_keep" doc:"Keep the record as payload."`
	keys.Options
	Separator  string   `toml:"separator" default:"," doc:"Character between cells; \\t for tab separated values."`
	Quote      string   `toml:"quote" default:"\"" doc:"Character around cells that hold separators, line ends or quotes, which are doubled then; empty for none."`
	Columns    []string `toml:"columns" doc:"Names of the columns; an empty name makes no field of its column."`
	Header     bool     `toml:"header" doc:"Take the names from the first record of each stream or, where columns has them, pass over records that only repeat them."`
	Comment    string   `toml:"comment" doc:"Records that begin with it are passed over."`
	Trim       bool     `toml:"trim" doc:"Take white space off both ends of cells without quotes."`
	SkipEmpty  bool     `toml:"skip_empty" doc:"Make no fields of empty cells."`
	Strict     bool     `toml:"strict" doc:"Refuse records that have more or fewer cells than there are columns."`
	InferTypes bool     `toml:"infer_types" default:"true" doc:"Make integers, doubles and bools of cells without quotes that are written like them."`
}

// Validate checks the options.
func (c Config) Validate() error {
	if p := c.Check(); p != nil {
		return (*plugin.OptionError)(p)
	}
	return checkChars(tab(c.Separator), c.Quote)
}

// tab is what a separator stands for: in single quotes TOML leaves \t as it is.
func tab(separator string) string {
	if separator == `\t` {
		return "\t"
	}
	return separator
}

func checkChars(separator, quote string) error {
	const fix = "write one ASCII character"
	switch {
	case len(separator) != 1 || separator[0] >= 0x80 || separator == "\n" || separator == "\r":
		return &plugin.OptionError{Option: "separator", What: fmt.Sprintf("%q cannot stand between cells", separator), Fix: fix}
	case len(quote) > 1 || quote != "" && (quote[0] >= 0x80 || quote[0] < ' '):
		return &plugin.OptionError{Option: "quote", What: fmt.Sprintf("%q cannot be a quote", quote), Fix: fix}
	case separator == quote:
		return &plugin.OptionError{Option: "quote", What: "it is the separator", Fix: "write another"}
	}
	return nil
}

func init() {
	plugin.RegisterDecoder("CsvDecoder", plugin.About{
		Doc:    "Makes fields of the cells of a line of comma or tab separated values.",
		Sample: sample,
		Readme: readme,
	}, New)
}

// Decoder reads records. It belongs to one stream.
type Decoder struct {
	cfg     Config
	table   *keys.Table
	now     func() time.Time
	sep     byte
	quote   int
	columns []*keys.Field // nil for those that make no field
	named   bool          // columns are known
	head    []byte        // the record that named them
	cells   []cell
	scratch []byte
}

type cell struct {
	text   []byte
	quoted bool
}

// What a record can be refused for.
var (
	errQuote  = errors.New("CSV record ends inside quotes; where line ends stand in quotes, use CsvSplitter")
	errBehind = errors.New("CSV record has text right behind a quoted cell")
	errCount  = errors.New("CSV record has more or fewer cells than there are columns")
	errHeader = errors.New("CSV stream does not begin with the columns' names: they are all empty, numbers or not all different; give them in columns")
)

// New makes a decoder.
func New(cfg Config, env plugin.Env) (plugin.Decoder, error) {
	d := &Decoder{cfg: cfg, now: env.NowFunc(), sep: tab(cfg.Separator)[0], quote: -1}
	if cfg.Quote != "" {
		d.quote = int(cfg.Quote[0])
	}
	var err error
	if d.table, err = keys.New(&cfg.Options, ".", d.now); err != nil {
		return nil, err
	}
	for _, name := range cfg.Columns {
		var f *keys.Field
		if name != "" {
			f = d.table.Field([]byte(name))
		}
		d.columns = append(d.columns, f)
	}
	d.named = len(cfg.Columns) > 0
	return d, nil
}

// Decode reads one record.
func (d *Decoder) Decode(in *plugin.Record, out *message.Builder) error {
	b := in.Data
	if n := len(b); n > 0 && b[n-1] == '\n' {
		b = b[:n-1]
	}
	if n := len(b); n > 0 && b[n-1] == '\r' {
		b = b[:n-1]
	}
	if len(b) == 0 { // blank lines are no records
		return nil
	}
	if d.cfg.Comment != "" && bytes.HasPrefix(b, []byte(d.cfg.Comment)) {
		return nil
	}
	if d.cfg.Header && d.head != nil && bytes.Equal(b, d.head) {
		return nil
	}
	d.scratch, d.cells = d.scratch[:0], d.cells[:0]
	if err := d.split(b); err != nil {
		return err
	}
	if d.cfg.Header && d.head == nil {
		if took, err := d.header(b); took || err != nil {
			return err
		}
	}
	if d.cfg.Strict && d.named && len(d.cells) != len(d.columns) {
		return errCount
	}
	return d.build(in, out)
}

func (d *Decoder) build(in *plugin.Record, out *message.Builder) error {
	in.BeginAs(out, d.cfg.MessageType, d.cfg.PayloadKeep)
	for i := range d.cells {
		c := &d.cells[i]
		if i == len(d.columns) && len(d.columns) < maxColumns {
			d.columns = append(d.columns, d.table.Field(strconv.AppendInt([]byte("column_"), int64(i+1), 10)))
		}
		var f *keys.Field
		if i < len(d.columns) {
			f = d.columns[i]
		} else { // beyond what is remembered
			f = d.table.Field(strconv.AppendInt([]byte("column_"), int64(i+1), 10))
		}
		if f == nil || len(c.text) == 0 && d.cfg.SkipEmpty {
			continue
		}
		if d.cfg.InferTypes && !c.quoted {
			d.table.Infer(out, f, c.text)
		} else {
			d.table.Text(out, f, c.text)
		}
	}
	if out.Timestamp == 0 {
		out.Timestamp = d.now().UnixNano()
	}
	return out.End()
}

const maxColumns = 1024

// Report adds what could not be used.
func (d *Decoder) Report(r *plugin.Report) {
	r.Int("UnreadTimes", d.table.BadTimes(), "count")
	r.Int("UnreadValues", d.table.BadValues(), "count")
}
