// Package gelf holds GelfDecoder, which reads messages of the Graylog Extended Log
// Format, plain, compressed or in chunks.
//
//	datagram ─┬─ 1e 0f id seq count ──▶ assembly ──whole──┐
//	          ├─ 1f 8b gzip, 78 zlib ──▶ inflate (capped) ◀┤
//	          └─ { ───────────────────▶ JSON ──▶ fields ◀──┘
//
// A decoder belongs to one stream; it borrows the record. What is incomplete after
// a while or too much is dropped and counted.
package gelf

import (
	_ "embed"
	"errors"
	"log/slog"
	"time"

	"github.com/heka-project/heka/internal/jsonflat"
	"github.com/heka-project/heka/internal/keys"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed gelf.toml
var sample string

// Config holds the options of GelfDecoder.
type Config struct {
	MessageType string `toml:"message_type" doc:"Type of the messages; when empty, the input's."`
	PayloadKeep bool   `toml:"payload_keep" doc:"Keep the record as payload, put together and inflated."`
	keys.Options
	StripUnderscore bool          `toml:"strip_underscore" doc:"Take the underscore off the names of additional fields: _user becomes user."`
	ChunkTimeout    time.Duration `toml:"chunk_timeout" default:"5s" doc:"How long the chunks of a message may take to come."`
	MaxChunked      int           `toml:"max_chunked" default:"1000" doc:"Messages whose chunks are waited for at a time; one more drops the oldest."`
	MaxChunkBytes   plugin.Size   `toml:"max_chunk_bytes" default:"4MiB" doc:"Bytes of chunks that wait at a time; more drops the oldest message's."`
	MaxInflated     plugin.Size   `toml:"max_inflated" default:"1MiB" doc:"Bytes that a compressed message may inflate to."`
}

// Validate checks the options.
func (c Config) Validate() error {
	if p := c.Check(); p != nil {
		return (*plugin.OptionError)(p)
	}
	const fix = "write a positive number"
	switch {
	case c.ChunkTimeout <= 0:
		return &plugin.OptionError{Option: "chunk_timeout", What: "it is not positive", Fix: `write a time such as "5s"`}
	case c.MaxChunked <= 0:
		return &plugin.OptionError{Option: "max_chunked", What: "it is not positive", Fix: fix}
	case c.MaxChunkBytes <= 0:
		return &plugin.OptionError{Option: "max_chunk_bytes", What: "it is not positive", Fix: fix}
	case c.MaxInflated <= 0:
		return &plugin.OptionError{Option: "max_inflated", What: "it is not positive", Fix: fix}
	}
	return nil
}

func init() {
	plugin.RegisterDecoder("GelfDecoder", plugin.About{
		Doc:    "Reads messages of the Graylog Extended Log Format, compressed or in chunks.",
		Sample: sample,
		Readme: readme,
	}, New)
}

// Decoder reads records. It belongs to one stream.
type Decoder struct {
	cfg     Config
	table   *keys.Table
	walk    *jsonflat.Walker
	chunks  chunks
	inflate inflater
	now     func() time.Time

	in    *plugin.Record // of the present call
	out   *message.Builder
	body  []byte
	begin func()
}

// New makes a decoder.
func New(cfg Config, env plugin.Env) (plugin.Decoder, error) {
	d := &Decoder{cfg: cfg, now: env.NowFunc()}
	for key, name := range map[*[]string]string{&cfg.HostnameKey: "host", &cfg.SeverityKey: "level", &cfg.EnvVersionKey: "version", &cfg.TimestampKey: "timestamp"} {
		if len(*key) == 0 {
			*key = []string{name}
		}
	}
	var err error
	if d.table, err = keys.New(&cfg.Options, ".", d.now); err != nil {
		return nil, err
	}
	o := jsonflat.Options{Separator: ".", MaxBytes: env.MaxMessageSize}
	if cfg.StripUnderscore {
		o.Strip = '_'
	}
	d.walk = jsonflat.New(o, d.table)
	d.begin = d.start
	d.chunks = chunks{timeout: cfg.ChunkTimeout, most: cfg.MaxChunked, mostBytes: int(cfg.MaxChunkBytes)}
	d.inflate.max = int(cfg.MaxInflated)
	if env.Log != nil {
		d.chunks.log = func(why string, n int) {
			env.Log.Warn("chunked GELF message dropped", "why", why, slog.Int("chunks", n))
		}
	}
	return d, nil
}

// start begins the message of the present record.
func (d *Decoder) start() {
	d.in.Begin(d.out)
	if d.cfg.MessageType != "" {
		d.out.Type = d.cfg.MessageType
	}
	d.out.Payload = ""
	if d.cfg.PayloadKeep {
		d.out.Payload = message.Borrow(d.body)
	}
}

var errEmpty = errors.New("GELF record is empty")

// Decode reads a datagram or the record of a stream. A chunk that others must
// follow makes no message.
func (d *Decoder) Decode(in *plugin.Record, out *message.Builder) error {
	b := in.Data
	if isChunk(b) {
		whole, err := d.chunks.add(b, d.now())
		if whole == nil {
			return err
		}
		b = whole
	} else if d.chunks.waiting > 0 {
		d.chunks.expire(d.now())
	}
	if compressed(b) {
		var err error
		if b, err = d.inflate.all(b); err != nil {
			return err
		}
	}
	for n := len(b); n > 0 && (b[n-1] == 0 || b[n-1] == '\n' || b[n-1] == '\r'); n-- {
		b = b[:n-1]
	}
	if len(b) == 0 {
		return errEmpty
	}
	d.in, d.out, d.body = in, out, b
	err := d.walk.Flatten(b, out, d.begin)
	d.in, d.out, d.body = nil, nil, nil
	if err != nil {
		return err
	}
	if out.Timestamp == 0 {
		out.Timestamp = d.now().UnixNano()
	}
	return out.End()
}

// Report adds what could not be used.
func (d *Decoder) Report(r *plugin.Report) {
	r.Int("UnreadTimes", d.table.BadTimes(), "count")
	r.Int("UnreadValues", d.table.BadValues(), "count")
	r.Int("DroppedChunked", d.chunks.dropped.Load(), "count")
}
