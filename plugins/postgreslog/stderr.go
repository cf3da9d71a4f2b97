// Package postgreslog holds PostgresDecoder, which reads PostgreSQL's log as its
// log_line_prefix wrote it, and PostgresCsvDecoder, which reads its csvlog.
//
//	2026-11-25 13:00:00.123 UTC [71] alice@shop LOG:  duration: 12.3 ms  statement: SELECT 1
//	└──────────── %m [%p] %u@%d ────────────┘└level┘  └───────────── text ─────────────────┘
//
// The prefix is taken apart when the configuration is read. Parsers borrow the
// record and allocate nothing; a decoder belongs to one stream.
package postgreslog

import (
	"bytes"
	_ "embed"
	"errors"

	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed postgreslog.toml
var sample string

// Config holds the options of PostgresDecoder.
type Config struct {
	Prefix      string `toml:"log_line_prefix" default:"%m [%p] " doc:"The prefix as in postgresql.conf."`
	Type        string `toml:"message_type" default:"postgresql" doc:"Type of the messages; when empty, the input's."`
	TZ          string `toml:"tz" default:"Local" doc:"Time zone that short names of zones are looked up in: an IANA name, UTC or Local."`
	PayloadKeep bool   `toml:"payload_keep" doc:"Leave the whole record in the payload and put its text into Fields[msg]."`
}

// Validate compiles the prefix.
func (c Config) Validate() error {
	if err := checkZone(c.TZ); err != nil {
		return err
	}
	if _, err := compile(c.Prefix); err != nil {
		return &plugin.OptionError{Option: "log_line_prefix", What: err.Error(), Fix: "copy the prefix from postgresql.conf"}
	}
	return nil
}

func checkZone(tz string) error {
	if _, err := stamp.Zone(tz); err != nil {
		return &plugin.OptionError{Option: "tz", What: err.Error(), Fix: `write an IANA name such as "Europe/Berlin", "UTC" or "Local"`}
	}
	return nil
}

func init() {
	plugin.RegisterDecoder("PostgresDecoder", plugin.About{
		Doc:    "Reads PostgreSQL's log by its log_line_prefix.",
		Sample: sample,
		Readme: readme,
	}, New)
	plugin.RegisterDecoder("PostgresCsvDecoder", plugin.About{
		Doc:    "Reads PostgreSQL's csvlog.",
		Sample: sample,
		Readme: readme,
	}, NewCSV)
}

// Decoder reads records of one stream.
type Decoder struct {
	cfg   Config
	parts []part
	times times
	text  []byte // the text without the tabs of its lines
}

// What a record can be refused for.
var (
	errPrefix = errors.New("postgresql record does not begin with what log_line_prefix says")
	errLevel  = errors.New("postgresql record has no level like LOG: behind its prefix")
)

// New makes a decoder.
func New(cfg Config, _ plugin.Env) (plugin.Decoder, error) {
	parts, err := compile(cfg.Prefix)
	if err != nil {
		return nil, err
	}
	d := &Decoder{cfg: cfg, parts: parts}
	return d, d.times.init(cfg.TZ)
}

// Decode reads one record; the lines behind its first begin with tabs.
func (d *Decoder) Decode(in *plugin.Record, out *message.Builder) error {
	b := bytes.TrimRight(in.Data, "\r\n\x00")
	in.Begin(out)
	if d.cfg.Type != "" {
		out.Type = d.cfg.Type
	}
	i, err := d.prefix(b, out)
	if err != nil {
		return err
	}
	name, rest, ok := bytes.Cut(b[i:], []byte(":"))
	sev := severity(name)
	if !ok || sev < 0 {
		return errLevel
	}
	out.Severity = sev
	out.PutText(&level, message.Borrow(name))
	text := bytes.TrimPrefix(bytes.TrimPrefix(rest, []byte(" ")), []byte(" "))
	if bytes.Contains(text, []byte("\n\t")) {
		text = d.untab(text)
	}
	if string(name) == "LOG" {
		statement(text, out)
	}
	if d.cfg.PayloadKeep {
		out.Payload = message.Borrow(b)
		out.PutText(&msg, message.Borrow(text))
	} else {
		out.Payload = message.Borrow(text)
	}
	return out.End()
}

// untab takes off the tab that PostgreSQL writes behind each line end in a text.
func (d *Decoder) untab(text []byte) []byte {
	d.text = d.text[:0]
	for i, c := range text {
		if c != '\t' || i == 0 || text[i-1] != '\n' {
			d.text = append(d.text, c)
		}
	}
	return d.text
}

var (
	level = message.NewFieldHead("error_severity", message.String, "")
	msg   = message.NewFieldHead("msg", message.String, "")
)

// severity of a level; -1 for what is none. DETAIL and the like belong to the
// record before.
func severity(b []byte) int32 {
	switch string(b) {
	case "PANIC":
		return 0
	case "FATAL":
		return 2
	case "ERROR":
		return 3
	case "WARNING":
		return 4
	case "NOTICE":
		return 5
	case "LOG", "INFO", "DETAIL", "HINT", "QUERY", "CONTEXT", "LOCATION", "STATEMENT", "BACKTRACE":
		return 6
	case "DEBUG", "DEBUG1", "DEBUG2", "DEBUG3", "DEBUG4", "DEBUG5":
		return 7
	}
	return -1
}
