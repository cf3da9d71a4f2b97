// Package haproxy holds HaproxyDecoder, which reads the logs of HAProxy in all
// forms that it has names for, and tells them apart by itself:
//
//	10.0.1.2:33317 [06/Feb/2009:12:14:14.655] in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {a} {} "GET / HTTP/1.1"   httplog
//	10.0.1.2:33313 [06/Feb/2009:12:12:51.443] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0                                             tcplog
//	10.0.1.2 - - [06/Feb/2009:12:14:14 +0000] "GET / HTTP/1.1" 200 2750 "" "" 33317 655 "in" "static" "srv1" 10 0 …                 httplog clf
//	10.0.1.2:34550 [15/Oct/2003:15:19:06.103] px-http/1: SSL handshake failure                                                      error
//	Connect from 10.0.1.2:33312 to 10.0.3.31:8012 (www/HTTP)                                                                        none
//
// Records come from syslog: put the decoder behind a SyslogDecoder in a
// MultiDecoder, or have it read lines as they stand in files. It borrows the
// record and allocates nothing; a decoder belongs to one stream.
package haproxy

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

//go:embed haproxy.toml
var sample string

// Config holds the options of HaproxyDecoder.
type Config struct {
	Type            string   `toml:"message_type" default:"haproxy" doc:"Type of the messages; when empty, the input's."`
	TZ              string   `toml:"tz" default:"Local" doc:"Time zone of times that tell none: an IANA name, UTC or Local."`
	RequestHeaders  []string `toml:"request_headers" doc:"Names of the captured request headers, in the order of the capture lines; the fields are then called http_NAME."`
	ResponseHeaders []string `toml:"response_headers" doc:"Names of the captured response headers, in the order of the capture lines; the fields are then called sent_http_NAME."`
	PayloadKeep     bool     `toml:"payload_keep" doc:"Keep the record as payload."`
}

// Validate looks the time zone up.
func (c Config) Validate() error {
	if _, err := stamp.Zone(c.TZ); err != nil {
		return &plugin.OptionError{Option: "tz", What: err.Error(), Fix: `write an IANA name such as "Europe/Berlin", "UTC" or "Local"`}
	}
	return nil
}

func init() {
	plugin.RegisterDecoder("HaproxyDecoder", plugin.About{
		Doc:    "Reads the logs of HAProxy: HTTP, HTTPS, TCP, CLF, errors and plain connections.",
		Sample: sample,
		Readme: readme,
	}, New)
}

// Decoder reads records of one stream.
type Decoder struct {
	cfg      Config
	time     *stamp.Layout // 06/Feb/2009:12:14:14.655
	clf      stamp.CLF
	requests []message.FieldHead // fields of captured headers
	answers  []message.FieldHead
	list     []string // captured headers of a record, when they have no names
}

// What a record can be refused for.
var (
	errNone  = errors.New("not a haproxy record: it begins neither with an address and a time nor with Connect from")
	errTime  = errors.New("haproxy record has no time like [06/Feb/2009:12:14:14.655] behind the client's address")
	errProxy = errors.New("haproxy record has no frontend, backend/server and timers behind its time")
	errHTTP  = errors.New("haproxy record of httplog ends before its queues")
	errTCP   = errors.New("haproxy record of tcplog ends before its queues")
	errCLF   = errors.New("haproxy record of httplog clf is damaged")
)

// New makes a decoder.
func New(cfg Config, _ plugin.Env) (plugin.Decoder, error) {
	loc, err := stamp.Zone(cfg.TZ)
	if err != nil {
		return nil, err
	}
	d := &Decoder{cfg: cfg, requests: headerFields("http_", cfg.RequestHeaders), answers: headerFields("sent_http_", cfg.ResponseHeaders)}
	if d.time, err = stamp.NewLayout("%d/%b/%Y:%H:%M:%S"); err != nil {
		return nil, err
	}
	d.time.Loc = loc
	return d, nil
}

// Decode reads one record.
func (d *Decoder) Decode(in *plugin.Record, out *message.Builder) error {
	b := bytes.Trim(in.Data, " \r\n\x00")
	in.Begin(out)
	if d.cfg.Type != "" {
		out.Type = d.cfg.Type
	}
	out.Payload = ""
	if d.cfg.PayloadKeep {
		out.Payload = message.Borrow(b)
	}
	err := d.record(b, out)
	if err == errNone {
		if rest, ok := untagged(b, out); ok {
			err = d.record(rest, out)
		}
	}
	if err != nil {
		return err
	}
	return out.End()
}

// untagged takes off what syslog writes before a record, when no decoder has: all
// up to haproxy[123]: and that.
func untagged(b []byte, out *message.Builder) ([]byte, bool) {
	const tag = "haproxy["
	i := bytes.Index(b, []byte(tag))
	if i < 0 {
		return nil, false
	}
	pid, n := integer(b, i+len(tag))
	if n == i+len(tag) || pid < 0 || pid > 1<<31-1 || !bytes.HasPrefix(b[n:], []byte("]: ")) {
		return nil, false
	}
	out.Pid = int32(pid)
	return b[n+3:], true
}

func (d *Decoder) record(b []byte, out *message.Builder) error {
	if rest, ok := bytes.CutPrefix(b, []byte("Connect from ")); ok {
		return connect(rest, out)
	}
	addr, rest, ok := bytes.Cut(b, []byte(" "))
	if !ok || len(addr) == 0 {
		return errNone
	}
	if bytes.HasPrefix(rest, []byte("- - [")) {
		return d.common(addr, rest[len("- - ["):], out)
	}
	if len(rest) == 0 || rest[0] != '[' {
		return errNone
	}
	ns, n := d.time.Parse(rest[1:])
	if n++; n == 1 || n+1 >= len(rest) || rest[n] != ']' || rest[n+1] != ' ' {
		return errTime
	}
	out.Timestamp = ns
	client(addr, out)
	return d.proxies(rest[n+2:], out)
}

// proxies reads what follows the time: frontend, backend/server and timers, or
// frontend/bind: and what went wrong.
func (d *Decoder) proxies(b []byte, out *message.Builder) error {
	s := scan{b: b}
	front := s.word()
	if len(front) > 0 && front[len(front)-1] == ':' {
		name, bind, ok := bytes.Cut(front[:len(front)-1], []byte("/"))
		if !ok || len(s.b) == 0 {
			return errProxy
		}
		frontend(name, out)
		out.PutText(&bindName, message.Borrow(bind))
		out.PutText(&errorText, message.Borrow(s.b))
		out.Severity = 6
		if out.Payload == "" {
			out.Payload = message.Borrow(s.b)
		}
		return nil
	}
	back, server, ok := bytes.Cut(s.word(), []byte("/"))
	times := s.word()
	if !ok || len(front) == 0 || len(times) == 0 {
		return errProxy
	}
	frontend(front, out)
	out.PutText(&backendName, message.Borrow(back))
	out.PutText(&serverName, message.Borrow(server))
	if n := bytes.Count(times, []byte("/")); n == 2 {
		return d.tcp(times, &s, out)
	} else if n != 4 {
		return errProxy
	}
	return d.http(times, &s, out)
}

// connect reads 10.0.1.2:33312 to 10.0.3.31:8012 (www/HTTP).
func connect(b []byte, out *message.Builder) error {
	src, rest, ok := bytes.Cut(b, []byte(" to "))
	dst, rest, ok2 := bytes.Cut(rest, []byte(" ("))
	name, mode, ok3 := bytes.Cut(bytes.TrimSuffix(rest, []byte(")")), []byte("/"))
	if !ok || !ok2 || !ok3 {
		return errNone
	}
	client(src, out)
	if addr, port := hostPort(dst); port >= 0 {
		out.PutText(&serverAddr, message.Borrow(addr))
		out.PutInt(&serverPort, port)
	} else {
		out.PutText(&serverAddr, message.Borrow(dst))
	}
	frontend(name, out)
	out.PutText(&modeName, message.Borrow(mode))
	return nil
}
