package errorlog

import (
	"bytes"
	"errors"

	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// Apache reads records of one stream.
type Apache struct {
	cfg   ApacheConfig
	times [2]*stamp.Layout // Wed Nov 25 13:00:00.123 2026 · 2026-11-25 13:00:00.123
}

// What a record of Apache can be refused for.
var (
	errApacheTime  = errors.New("apache error log record does not begin with a time like [Wed Nov 25 13:00:00 2026]")
	errApacheLevel = errors.New("apache error log record has no level like [error] or [core:error] behind its time")
)

// NewApache makes a decoder.
func NewApache(cfg ApacheConfig, _ plugin.Env) (plugin.Decoder, error) {
	loc, err := stamp.Zone(cfg.TZ)
	if err != nil {
		return nil, err
	}
	d := &Apache{cfg: cfg}
	for i, format := range [2]string{"%a %b %e %H:%M:%S %Y", "%Y-%m-%d %H:%M:%S"} {
		if d.times[i], err = stamp.NewLayout(format); err != nil {
			return nil, err
		}
		d.times[i].Loc = loc
	}
	return d, nil
}

var (
	module  = message.NewFieldHead("module", message.String, "")
	remote  = message.NewFieldHead("remote", message.String, "")
	code    = message.NewFieldHead("code", message.String, "")
	errno   = message.NewFieldHead("errno", message.Integer, "")
	reason  = message.NewFieldHead("error", message.String, "")
	referer = message.NewFieldHead("referer", message.String, "")
	source  = message.NewFieldHead("source", message.String, "")
)

// Decode reads one record.
func (d *Apache) Decode(in *plugin.Record, out *message.Builder) error {
	b := lineEnd(in.Data)
	head, rest, ok := bracket(b)
	if !ok || len(head) == 0 {
		return errApacheTime
	}
	layout := d.times[0]
	if head[0]-'0' <= 9 {
		layout = d.times[1]
	}
	ns, n := layout.Parse(head)
	if n != len(head) {
		return errApacheTime
	}
	level, rest, ok := bracket(rest)
	mod, name, two := bytes.Cut(level, []byte(":"))
	if !two {
		mod, name = nil, level
	}
	severity := apacheLevel(name)
	if !ok || severity < 0 {
		return errApacheLevel
	}
	in.Begin(out)
	if d.cfg.Type != "" {
		out.Type = d.cfg.Type
	}
	out.Timestamp, out.Severity = ns, severity
	if len(mod) > 0 && string(mod) != "-" {
		out.PutText(&module, message.Borrow(mod))
	}
	rest = d.marks(rest, out)
	if n := len("AH00128"); len(rest) > n && rest[0] == 'A' && rest[1] == 'H' && rest[n] == ':' {
		if _, k := number(rest, 2); k == n {
			out.PutText(&code, message.Borrow(rest[:n]))
		}
	}
	const key = ", referer: "
	if i := bytes.LastIndex(rest, []byte(key)); i >= 0 {
		out.PutText(&referer, message.Borrow(rest[i+len(key):]))
	}
	text(b, rest, d.cfg.PayloadKeep, out)
	return out.End()
}

// marks reads what stands between the level and the text: process and thread,
// source file, the system's error, the client; and returns the text.
func (d *Apache) marks(b []byte, out *message.Builder) []byte {
	for {
		in, rest, ok := bracket(b)
		if !ok {
			if rest, ok = systemError(b, out); !ok {
				if rest, ok = file(b, out); !ok {
					return b
				}
			}
			b = rest
			continue
		}
		switch {
		case bytes.HasPrefix(in, []byte("pid ")):
			pid, n := number(in, 4)
			if n == 4 || pid > 1<<31-1 {
				return b
			}
			out.Pid = int32(pid)
			if t := in[n:]; bytes.HasPrefix(t, []byte(":tid ")) {
				if v, n := number(t, 5); n == len(t) {
					out.PutInt(&tid, v)
				}
			}
		case bytes.HasPrefix(in, []byte("client ")):
			addr, port := hostPort(in[7:])
			client(addr, out)
			if port >= 0 {
				out.PutInt(&clientPort, port)
			}
			return rest // what follows is the text
		case bytes.HasPrefix(in, []byte("remote ")):
			out.PutText(&remote, message.Borrow(in[7:]))
		default:
			return b
		}
		b = rest
	}
}

// bracket reads [text] at the head of b and one blank behind it.
func bracket(b []byte) (in, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '[' {
		return nil, b, false
	}
	n := bytes.IndexByte(b, ']')
	if n < 0 {
		return nil, b, false
	}
	rest = b[n+1:]
	if len(rest) > 0 && rest[0] == ' ' {
		rest = rest[1:]
	}
	return b[1:n], rest, true
}

// systemError reads (13)Permission denied: in front of a client or the text.
func systemError(b []byte, out *message.Builder) (rest []byte, ok bool) {
	if len(b) < 4 || b[0] != '(' {
		return b, false
	}
	i := 1
	if b[i] == '-' {
		i++
	}
	v, n := number(b, i)
	end := bytes.Index(b, []byte(": "))
	if n == i || n == len(b) || b[n] != ')' || end < n {
		return b, false
	}
	if i == 2 {
		v = -v
	}
	out.PutInt(&errno, v)
	out.PutText(&reason, message.Borrow(b[n+1:end]))
	return b[end+2:], true
}

// file reads util.c(123): as Apache writes it with LogLevel debug.
func file(b []byte, out *message.Builder) (rest []byte, ok bool) {
	i := bytes.IndexByte(b, '(')
	if i < 3 || b[i-1] != 'c' || b[i-2] != '.' || bytes.IndexByte(b[:i], ' ') >= 0 {
		return b, false
	}
	_, n := number(b, i+1)
	if n == i+1 || n+2 >= len(b) || b[n] != ')' || b[n+1] != ':' || b[n+2] != ' ' {
		return b, false
	}
	out.PutText(&source, message.Borrow(b[:n+1]))
	return b[n+3:], true
}

// hostPort takes an address and its port apart; port is -1 when there is none.
// IPv6 addresses stand without brackets.
func hostPort(b []byte) (addr []byte, port int64) {
	i := bytes.LastIndexByte(b, ':')
	if i <= 0 {
		return b, -1
	}
	port, n := number(b, i+1)
	if n != len(b) || n == i+1 || port > 65535 || bytes.IndexByte(b[:i], ':') >= 0 && !isAddr(b[:i]) {
		return b, -1
	}
	return b[:i], port
}

// apacheLevel is the severity of a level, -1 for none.
func apacheLevel(b []byte) int32 {
	if len(b) == len("trace1") && bytes.HasPrefix(b, []byte("trace")) && b[5] >= '1' && b[5] <= '8' {
		return 7
	}
	return nginxLevel(b)
}
