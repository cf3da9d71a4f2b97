// Package cef holds CefDecoder, which reads the events of security devices in
// ArcSight's Common Event Format and in QRadar's LEEF, with a syslog header in
// front or without.
//
//	<13>Nov 25 13:00:00 fw1 CEF:0|Vendor|Product|1.0|100|Port scan|7|src=192.0.2.1 cs1Label=Rule cs1=no 5
//	  └ priority, time, host    └ header of seven parts, escaped by \  └ pairs; blanks are part of values
//
// A decoder belongs to one stream; it borrows the record and allocates nothing.
package cef

import (
	"bytes"
	_ "embed"
	"errors"
	"time"

	"github.com/heka-project/heka/internal/keys"
	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed cef.toml
var sample string

// Config holds the options of CefDecoder.
type Config struct {
	MessageType string `toml:"message_type" doc:"Type of the messages; when empty, the input's."`
	PayloadKeep bool   `toml:"payload_keep" doc:"Keep the record as payload."`
	keys.Options
	Labels     bool `toml:"labels" default:"true" doc:"Name custom fields by their labels: cs1Label=Rule cs1=x becomes Rule=x."`
	InferTypes bool `toml:"infer_types" default:"true" doc:"Make integers, doubles and bools of values that are written like them."`
}

// Validate checks the options.
func (c Config) Validate() error {
	if p := c.Check(); p != nil {
		return (*plugin.OptionError)(p)
	}
	return nil
}

func init() {
	plugin.RegisterDecoder("CefDecoder", plugin.About{
		Doc:    "Reads events in the Common Event Format and in LEEF.",
		Sample: sample,
		Readme: readme,
	}, New)
}

// Decoder reads records. It belongs to one stream.
type Decoder struct {
	cfg   Config
	table *keys.Table
	chain *keys.Chain
	guess stamp.Guess // of the syslog header
	times bool        // rt and devTime are the message's time
	now   func() time.Time

	pairs   []pair
	parts   [6][]byte
	scratch []byte
}

// pair is one of the extension's, or of the header's.
type pair struct {
	key, value []byte
	label      bool // its value names another key
	text       bool // its value stays a text
}

// What a record can be refused for.
var (
	errNone    = errors.New("record holds no event of CEF or LEEF")
	errVersion = errors.New("version behind CEF: or LEEF: is not a number")
	errHeader  = errors.New("CEF header has fewer than seven parts")
	errLEEF    = errors.New("LEEF header has fewer than five parts, or a delimiter that is none")
)

// New makes a decoder.
func New(cfg Config, env plugin.Env) (plugin.Decoder, error) {
	d := &Decoder{cfg: cfg, now: env.NowFunc(), times: len(cfg.TimestampKey) == 0}
	loc, err := stamp.Zone(cfg.TZ)
	if err != nil {
		return nil, err
	}
	d.guess = stamp.Guess{Loc: loc, Now: d.now}
	if d.table, err = keys.New(&cfg.Options, ".", d.now); err != nil {
		return nil, err
	}
	d.chain = keys.NewChain(d.table)
	return d, nil
}

var (
	markCEF  = []byte("CEF:")
	markLEEF = []byte("LEEF:")
)

// Decode reads one record.
func (d *Decoder) Decode(in *plugin.Record, out *message.Builder) error {
	b := in.Data
	for n := len(b); n > 0 && (b[n-1] == '\n' || b[n-1] == '\r' || b[n-1] == 0); n-- {
		b = b[:n-1]
	}
	leef := false
	at := bytes.Index(b, markCEF)
	if at < 0 || at > 0 && b[at-1]-'0' > 9 && b[at-1] > ' ' && b[at-1] != ':' {
		if at, leef = bytes.Index(b, markLEEF), true; at < 0 {
			return errNone
		}
	}
	in.BeginAs(out, d.cfg.MessageType, d.cfg.PayloadKeep)
	d.front(b[:at], out)
	d.pairs, d.scratch = d.pairs[:0], d.scratch[:0]
	var err error
	if leef {
		err = d.leef(b[at+len(markLEEF):], out)
	} else {
		err = d.cef(b[at+len(markCEF):], out)
	}
	if err != nil {
		return err
	}
	d.fields(out)
	if out.Timestamp == 0 {
		out.Timestamp = d.now().UnixNano()
	}
	return out.End()
}

// front reads the syslog header: priority, time, host. What it does not know it
// passes over.
func (d *Decoder) front(b []byte, out *message.Builder) {
	i := 0
	if len(b) > 2 && b[0] == '<' {
		if end := bytes.IndexByte(b[:min(len(b), 5)], '>'); end > 0 {
			if n, ok := keys.ParseInt(b[1:end]); ok && n >= 0 && n <= 191 {
				out.Severity = int32(n & 7)
				i = end + 1
			}
		}
	}
	if i+1 < len(b) && b[i] == '1' && b[i+1] == ' ' { // RFC 5424
		i += 2
	}
	ns, n := d.guess.Parse(b[i:])
	if n == 0 {
		return
	}
	out.Timestamp = ns
	rest := bytes.TrimLeft(b[i+n:], " ")
	if end := bytes.IndexByte(rest, ' '); end > 0 && rest[end-1] != ':' && (end > 1 || rest[0] != '-') {
		out.Hostname = message.Borrow(rest[:end])
	}
}

// fields writes the pairs. d.pairs begins with those of the header.
func (d *Decoder) fields(out *message.Builder) {
	if d.cfg.Labels {
		d.label()
	}
	d.chain.Begin()
	for i := range d.pairs {
		p := &d.pairs[i]
		if p.label {
			continue
		}
		if d.times && (string(p.key) == "rt" || string(p.key) == "devTime") {
			if ns, ok := stamp.Whole(&d.guess, p.value); ok {
				out.Timestamp = ns
				continue
			}
		}
		if f := d.chain.Next(p.key); d.cfg.InferTypes && !p.text {
			d.table.Infer(out, f, p.value)
		} else {
			d.table.Text(out, f, p.value)
		}
	}
}

var labelEnd = []byte("Label")

// label gives pairs the names that their labels hold.
func (d *Decoder) label() {
	for i := range d.pairs {
		l := &d.pairs[i]
		if !bytes.HasSuffix(l.key, labelEnd) || len(l.value) == 0 {
			continue
		}
		name := l.key[:len(l.key)-len(labelEnd)]
		for k := range d.pairs {
			if p := &d.pairs[k]; bytes.Equal(p.key, name) {
				p.key, l.label = l.value, true
				break
			}
		}
	}
}

// Report adds what could not be used.
func (d *Decoder) Report(r *plugin.Report) {
	r.Int("UnreadTimes", d.table.BadTimes(), "count")
	r.Int("UnreadValues", d.table.BadValues(), "count")
}
