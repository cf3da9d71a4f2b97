// Package autodetect holds AutoDecoder, which finds out what a stream's records are
// and has the decoder for that read them.
//
//	record ─▶ the format of the record before? ─no─▶ any other? ─no─▶ plain text
//	                       └─────────yes──────────────┴─▶ its decoder ─▶ message with Fields[format]
//
// Telling is looking at a few bytes; the decoders are those of their own folders.
// A decoder belongs to one stream; the other decoders are made when their format
// is met first.
package autodetect

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed autodetect.toml
var sample string

// Config holds the options of AutoDecoder.
type Config struct {
	MessageType string   `toml:"message_type" doc:"Type of the messages; when empty, what the format's decoder sets, else the input's."`
	Formats     []string `toml:"formats" enum:"docker,gelf,json,cri,cef,syslog,nginx_error,apache_error,combined,common,vhost_combined,logfmt,keyvalue" doc:"Formats to look for; when empty, all."`
	FormatField string   `toml:"format_field" default:"format" doc:"Field that says what the record is; empty for none."`
	TZ          string   `toml:"tz" default:"Local" doc:"Time zone of times that tell none: an IANA name, UTC or Local."`
	PayloadKeep bool     `toml:"payload_keep" doc:"Keep the record as payload, where its decoder can."`
	PlainTimes  bool     `toml:"plain_times" default:"true" doc:"Take the time that plain text begins with, and a level such as WARN behind it, into the header."`
}

// Validate looks the time zone up.
func (c Config) Validate() error {
	if _, err := stamp.Zone(c.TZ); err != nil {
		return &plugin.OptionError{Option: "tz", What: err.Error(), Fix: `write an IANA name such as "Europe/Berlin", "UTC" or "Local"`}
	}
	return nil
}

func init() {
	plugin.RegisterDecoder("AutoDecoder", plugin.About{
		Doc:    "Finds out what the records of a stream are and has the decoder for that read them.",
		Sample: sample,
		Readme: readme,
	}, New)
}

// Decoder tells records apart. It belongs to one stream.
type Decoder struct {
	cfg     Config
	make    func(typ, options string) (plugin.Decoder, error)
	guess   stamp.Guess
	now     func() time.Time
	formats []*entry
	last    *entry // the format of the record before; nil for none yet
	plain   entry

	changes, unread atomic.Int64
}

// entry is a format as one stream knows it.
type entry struct {
	*format
	decoder plugin.Decoder  // nil until it is needed
	holder  plugin.Finisher // the same, when it may hold something back
	broken  bool            // it could not be made
	seed    []byte          // the field that names it, encoded
	count   atomic.Int64
}

// New makes a decoder.
func New(cfg Config, env plugin.Env) (plugin.Decoder, error) {
	d := &Decoder{cfg: cfg, make: env.NewDecoder, now: env.NowFunc()}
	if env.NewDecoder == nil {
		return nil, errors.New("make decoders: there are none to be had here; an AutoDecoder belongs behind an input")
	}
	loc, err := stamp.Zone(cfg.TZ)
	if err != nil {
		return nil, err
	}
	d.guess = stamp.Guess{Loc: loc, Now: d.now}
	wanted := map[string]bool{}
	for _, name := range cfg.Formats {
		wanted[name] = true
	}
	for i := range formats {
		if f := &formats[i]; len(wanted) == 0 || wanted[f.name] {
			d.formats = append(d.formats, &entry{format: f, seed: seed(cfg.FormatField, f.name)})
		}
	}
	d.plain = entry{format: &format{name: "plain"}, seed: seed(cfg.FormatField, "plain")}
	return d, nil
}

// seed is the field that names a format.
func seed(field, name string) []byte {
	if field == "" {
		return nil
	}
	b := message.NewBuilder(0)
	b.Begin(nil)
	b.String(field, name, "")
	return b.Fields()
}

// Decode reads one record, as what it is.
func (d *Decoder) Decode(in *plugin.Record, out *message.Builder) error {
	b := bytes.TrimRight(in.Data, "\r\n\x00 ")
	if len(b) > 0 {
		if e := d.last; e != nil && e.looks(b) {
			if done, err := d.try(e, in, out); done {
				return err
			}
		}
		for _, e := range d.formats {
			if e == d.last || !e.looks(b) {
				continue
			}
			if done, err := d.try(e, in, out); done {
				if err == nil && d.last != e {
					if d.last != nil {
						d.changes.Add(1)
					}
					d.last = e
				}
				return err
			}
		}
	}
	d.plain.count.Add(1)
	out.Seed(d.plain.seed)
	defer out.Seed(nil)
	return d.text(b, in, out)
}

// try has a format's decoder read the record. done is false when it cannot and
// nothing came of it.
func (d *Decoder) try(e *entry, in *plugin.Record, out *message.Builder) (done bool, err error) {
	if e.decoder == nil && !e.broken {
		if e.decoder, err = d.make(e.typ, d.options(e.format)); err != nil {
			e.broken = true
			return true, fmt.Errorf("make the decoder for %s: %w", e.name, err)
		}
		e.holder, _ = e.decoder.(plugin.Finisher)
	}
	if e.broken {
		return false, nil
	}
	before := len(out.Ends())
	out.Seed(e.seed)
	defer out.Seed(nil)
	err = e.decoder.Decode(in, out)
	if err == nil || len(out.Ends()) > before || errors.Is(err, message.ErrNoRoom) || errors.Is(err, message.ErrTooBig) {
		e.count.Add(1)
		return true, err
	}
	d.unread.Add(1)
	return false, nil
}

// options are those of a format's decoder.
func (d *Decoder) options(f *format) string {
	var b strings.Builder
	b.WriteString(f.options)
	if d.cfg.MessageType != "" {
		fmt.Fprintf(&b, "message_type = %s\n", strconv.Quote(d.cfg.MessageType))
	}
	if f.zoned {
		fmt.Fprintf(&b, "tz = %s\n", strconv.Quote(d.cfg.TZ))
	}
	if d.cfg.PayloadKeep && f.keeps {
		b.WriteString("payload_keep = true\n")
	}
	return b.String()
}

// Holding reports whether one of the decoders holds something back.
func (d *Decoder) Holding() bool {
	for _, e := range d.formats {
		if e.holder != nil && e.holder.Holding() {
			return true
		}
	}
	return false
}

// Finish has the decoders give out what they hold back.
func (d *Decoder) Finish(in *plugin.Record, out *message.Builder) error {
	var errs []error
	for _, e := range d.formats {
		if f := e.holder; f != nil {
			out.Seed(e.seed)
			errs = append(errs, f.Finish(in, out))
			out.Seed(nil)
		}
	}
	return errors.Join(errs...)
}

// Stop stops the decoders.
func (d *Decoder) Stop() error {
	var errs []error
	for _, e := range d.formats {
		if s, ok := e.decoder.(plugin.Stopper); ok {
			errs = append(errs, s.Stop())
		}
	}
	return errors.Join(errs...)
}

// Report adds how many records were of each format that was met.
func (d *Decoder) Report(r *plugin.Report) {
	for _, e := range d.formats {
		if n := e.count.Load(); n > 0 {
			r.Int("Records-"+e.name, n, "count")
		}
	}
	r.Int("Records-plain", d.plain.count.Load(), "count")
	r.Int("FormatChanges", d.changes.Load(), "count")
	r.Int("Unread", d.unread.Load(), "count")
}
