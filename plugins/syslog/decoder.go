// Package syslog holds SyslogDecoder, which reads syslog records of RFC 5424 and
// RFC 3164, as they come from the network or stand in files, SyslogSplitter,
// which cuts a TCP stream of them as RFC 6587 says, and SyslogEncoder, which
// writes them.
//
//	<34>1 2003-10-11T22:14:15.003Z host app 12 ID47 [sd a="b"] text      RFC 5424
//	<34>Oct 11 22:14:15 host app[12]: text                               RFC 3164
//	2003-10-11T22:14:15.003+00:00 host app[12]: text                     in files of rsyslog
//
// Parsers are written by hand, borrow the record and allocate nothing; a decoder
// belongs to one stream.
package syslog

import (
	"bytes"
	_ "embed"
	"errors"
	"time"

	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed syslog.toml
var sample string

// Config holds the options of SyslogDecoder.
type Config struct {
	Format       string `toml:"format" default:"auto" enum:"auto,rfc3164,rfc5424" doc:"Form of the records; auto tells them apart one by one."`
	Type         string `toml:"message_type" doc:"Type of the messages; when empty, the input's."`
	TZ           string `toml:"tz" default:"Local" doc:"Time zone of times that tell none (RFC 3164): an IANA name, UTC or Local."`
	HostnameKeep bool   `toml:"hostname_keep" doc:"Leave Hostname as the input set it and put the record's into Fields[hostname]."`
	PayloadKeep  bool   `toml:"payload_keep" doc:"Leave the whole record in the payload and put its text into Fields[msg]."`
}

// Validate looks the time zone up.
func (c Config) Validate() error {
	if _, err := stamp.Zone(c.TZ); err != nil {
		return &plugin.OptionError{Option: "tz", What: err.Error(), Fix: `write an IANA name such as "Europe/Berlin", "UTC" or "Local"`}
	}
	return nil
}

func init() {
	plugin.RegisterDecoder("SyslogDecoder", plugin.About{
		Doc:    "Reads syslog records of RFC 5424 and RFC 3164.",
		Sample: sample,
		Readme: readme,
	}, New)
}

// Decoder reads records of one stream.
type Decoder struct {
	cfg  Config
	only byte // '3', '5', or 0 for either
	now  func() time.Time
	iso  stamp.RFC3339
	bsd  stamp.BSD
	name []byte // name of the structured-data field being built
	text []byte // its value, when it holds escapes

	shapes [maxElements]shape // of the elements of structured data, by their place
	spans  [maxParams][2]int  // scratch: values of the one at hand
	tries  int                // how often one was learned
}

// What a record can be refused for.
var (
	errEmpty    = errors.New("syslog record is empty")
	errNotSys   = errors.New("not a syslog record: it begins with neither <priority> nor a time")
	errPriority = errors.New("syslog priority is not a number of 0 to 191 in angle brackets")
	errVersion  = errors.New("syslog record is not of RFC 5424: want version 1 behind the priority")
	errTime     = errors.New("syslog time is neither - nor a time like 2026-11-25T13:00:00.123Z")
	errShort    = errors.New("syslog record of RFC 5424 ends before its structured data")
	errSD       = errors.New(`syslog structured data is damaged: want - or [id name="value" …]`)
	errSDName   = errors.New("syslog structured data has a name of more than 64 bytes")
)

// New makes a decoder.
func New(cfg Config, env plugin.Env) (plugin.Decoder, error) {
	loc, err := stamp.Zone(cfg.TZ)
	if err != nil {
		return nil, err
	}
	now := env.NowFunc()
	d := &Decoder{cfg: cfg, now: now, bsd: stamp.BSD{Loc: loc, Now: now}}
	switch cfg.Format {
	case "rfc3164":
		d.only = '3'
	case "rfc5424":
		d.only = '5'
	}
	return d, nil
}

// Decode reads one record. A frame's length in front of it (octet counting) and
// the line end or NUL behind it do not count.
func (d *Decoder) Decode(in *plugin.Record, out *message.Builder) error {
	b := trim(in.Data)
	if len(b) == 0 {
		return errEmpty
	}
	in.Begin(out)
	if d.cfg.Type != "" {
		out.Type = d.cfg.Type
	}
	i, pri, err := priority(b)
	if err != nil {
		return err
	}
	if pri >= 0 {
		out.Severity = int32(pri & 7)
		out.PutInt(&facility, int64(pri>>3))
	}
	var text []byte
	switch is5424 := pri >= 0 && i+1 < len(b) && b[i] == '1' && b[i+1] == ' '; {
	case is5424 && d.only != '3':
		text, err = d.rfc5424(b, i+2, out)
	case d.only == '5':
		err = errVersion
	default:
		text, err = d.rfc3164(b, i, pri >= 0, out)
	}
	if err != nil {
		return err
	}
	if out.Timestamp == 0 {
		out.Timestamp = d.now().UnixNano()
	}
	if d.cfg.PayloadKeep {
		out.PutText(&msg, message.Borrow(text))
	} else {
		out.Payload = message.Borrow(text)
	}
	return out.End()
}

// trim takes line ends and NULs off the end and an octet count off the front.
func trim(b []byte) []byte {
	for n := len(b); n > 0 && (b[n-1] == '\n' || b[n-1] == '\r' || b[n-1] == 0); n-- {
		b = b[:n-1]
	}
	if len(b) > 0 && b[0]-'1' <= 8 {
		if _, n := octets(b); n > 0 {
			return b[n:]
		}
	}
	return b
}

// priority reads <n> at the head of b; pri is -1 when there is none.
func priority(b []byte) (i, pri int, err error) {
	if b[0] != '<' {
		return 0, -1, nil
	}
	for i = 1; i < len(b) && i < 5 && b[i]-'0' <= 9; i++ {
		pri = pri*10 + int(b[i]-'0')
	}
	if i == 1 || i == len(b) || i > 4 || b[i] != '>' || pri > 191 {
		return 0, 0, errPriority
	}
	return i + 1, pri, nil
}

// host keeps the record's host name.
func (d *Decoder) host(b []byte, out *message.Builder) {
	if d.cfg.HostnameKeep {
		out.PutText(&hostname, message.Borrow(b))
	} else {
		out.Hostname = message.Borrow(b)
	}
}

// process keeps a process id: as Pid when it is a number, else as a field.
func process(b []byte, out *message.Builder) {
	pid := int64(0)
	for _, c := range b {
		if c-'0' > 9 || len(b) > 10 {
			out.PutText(&procid, message.Borrow(b))
			return
		}
		pid = pid*10 + int64(c-'0')
	}
	if pid > 1<<31-1 {
		out.PutText(&procid, message.Borrow(b))
		return
	}
	out.Pid = int32(pid)
}

var (
	facility = message.NewFieldHead("syslogfacility", message.Integer, "")
	program  = message.NewFieldHead("programname", message.String, "")
	procid   = message.NewFieldHead("procid", message.String, "")
	msgid    = message.NewFieldHead("msgid", message.String, "")
	hostname = message.NewFieldHead("hostname", message.String, "")
	msg      = message.NewFieldHead("msg", message.String, "")
)

var bom = []byte("\xef\xbb\xbf")

func cutBOM(b []byte) []byte { return bytes.TrimPrefix(b, bom) }
