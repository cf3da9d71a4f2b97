package errorlog

import (
	"bytes"
	"errors"
	"time"

	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// Nginx reads records of one stream.
type Nginx struct {
	cfg  NginxConfig
	loc  *time.Location
	head [16]byte // "2026/11/25 13:00" as read last
	min  int64    // seconds since the epoch to that minute; valid when head is set
}

// What a record of nginx can be refused for.
var (
	errNginxTime  = errors.New("nginx error log record does not begin with a time like 2026/11/25 13:00:00")
	errNginxLevel = errors.New("nginx error log record has no level like [error] behind its time")
	errNginxPid   = errors.New("nginx error log record has no process and thread like 31#7: behind its level")
)

// NewNginx makes a decoder.
func NewNginx(cfg NginxConfig, _ plugin.Env) (plugin.Decoder, error) {
	loc, err := stamp.Zone(cfg.TZ)
	if err != nil {
		return nil, err
	}
	return &Nginx{cfg: cfg, loc: loc}, nil
}

var (
	connection = message.NewFieldHead("connection", message.Integer, "")
	details    = [...]struct {
		key  string // as written, quote included
		head message.FieldHead
	}{
		{`, server: `, message.NewFieldHead("server", message.String, "")},
		{`, request: "`, message.NewFieldHead("request", message.String, "")},
		{`, subrequest: "`, message.NewFieldHead("subrequest", message.String, "")},
		{`, upstream: "`, message.NewFieldHead("upstream", message.String, "")},
		{`, host: "`, message.NewFieldHead("host", message.String, "")},
		{`, referrer: "`, message.NewFieldHead("referrer", message.String, "")},
	}
)

// Decode reads one record; it may span lines.
func (d *Nginx) Decode(in *plugin.Record, out *message.Builder) error {
	b := lineEnd(in.Data)
	ns, ok := d.time(b)
	if !ok {
		return errNginxTime
	}
	i := len("2026/11/25 13:00:00 [")
	n := -1
	if len(b) > i && b[i-2] == ' ' && b[i-1] == '[' {
		n = bytes.IndexByte(b[i:], ']')
	}
	if n < 0 {
		return errNginxLevel
	}
	severity := nginxLevel(b[i : i+n])
	if i += n + 1; severity < 0 || i == len(b) || b[i] != ' ' {
		return errNginxLevel
	}
	pid, n := number(b, i+1)
	if n == i+1 || n == len(b) || b[n] != '#' || pid > 1<<31-1 {
		return errNginxPid
	}
	thread, k := number(b, n+1)
	if k == n+1 || k+1 >= len(b) || b[k] != ':' || b[k+1] != ' ' {
		if k+1 != len(b) || b[k] != ':' {
			return errNginxPid
		}
		k--
	}
	i = k + 2
	in.Begin(out)
	if d.cfg.Type != "" {
		out.Type = d.cfg.Type
	}
	out.Timestamp, out.Severity, out.Pid = ns, severity, int32(pid)
	out.PutInt(&tid, thread)
	if i < len(b) && b[i] == '*' {
		if c, n := number(b, i+1); n > i+1 && n < len(b) && b[n] == ' ' {
			out.PutInt(&connection, c)
			i = n + 1
		}
	}
	rest := b[min(i, len(b)):]
	detail(rest, out)
	text(b, rest, d.cfg.PayloadKeep, out)
	return out.End()
}

// detail finds client, server and so on, which nginx writes behind the text in a
// fixed order.
func detail(b []byte, out *message.Builder) {
	const key = ", client: "
	for {
		i := bytes.Index(b, []byte(key))
		if i < 0 {
			return
		}
		b = b[i+len(key):]
		n := bytes.Index(b, []byte(", "))
		if n < 0 {
			n = len(b)
		}
		if isAddr(b[:n]) {
			client(b[:n], out)
			b = b[n:]
			break
		}
	}
	for k := range details {
		d := &details[k]
		if !bytes.HasPrefix(b, []byte(d.key)) {
			continue
		}
		v := b[len(d.key):]
		quoted := d.key[len(d.key)-1] == '"'
		n := next(v, k+1, quoted)
		b = v[n:]
		if v = v[:n]; quoted {
			v = bytes.TrimSuffix(v, []byte(`"`))
		}
		out.PutText(&d.head, message.Borrow(v))
	}
}

// next finds where the detail that comes after ends: where one of a later key
// begins. Values are not escaped, so quotes and commas in them mean nothing.
func next(b []byte, from int, quoted bool) int {
	for at := 0; ; {
		n := bytes.IndexByte(b[at:], ',')
		if n < 0 {
			return len(b)
		}
		n += at
		at = n + 1
		if at == len(b) || b[at] != ' ' || quoted && (n == 0 || b[n-1] != '"') {
			continue
		}
		for k := from; k < len(details); k++ {
			if bytes.HasPrefix(b[n:], []byte(details[k].key)) {
				return n
			}
		}
		if bytes.HasPrefix(b[n:], []byte(", bytes from/to ")) { // of the stream module
			return n
		}
	}
}

// time reads 2026/11/25 13:00:00 at the head of b.
func (d *Nginx) time(b []byte) (ns int64, ok bool) {
	if len(b) < len("2026/11/25 13:00:00") || b[16] != ':' || b[17] > '6' || b[17]-'0' > 9 || b[18]-'0' > 9 {
		return 0, false
	}
	if string(b[:16]) != string(d.head[:]) {
		var v [5]int
		at := 0
		for k, width := range [5]int{4, 2, 2, 2, 2} {
			for range width {
				c := int(b[at] - '0')
				if c > 9 {
					return 0, false
				}
				v[k] = v[k]*10 + c
				at++
			}
			if k < 4 && b[at] != "// :"[k] {
				return 0, false
			}
			at++
		}
		if v[0] < 1970 || v[0] > 2261 || v[1] < 1 || v[1] > 12 || v[2] < 1 || v[3] > 23 || v[4] > 59 {
			return 0, false
		}
		if _, m, day := stamp.Civil(stamp.Days(v[0], v[1], v[2])); m != v[1] || day != v[2] {
			return 0, false
		}
		d.min = time.Date(v[0], time.Month(v[1]), v[2], v[3], v[4], 0, 0, d.loc).Unix()
		copy(d.head[:], b)
	}
	sec := int64(b[17]-'0')*10 + int64(b[18]-'0')
	return (d.min + sec) * 1e9, sec <= 60
}

// nginxLevel is the severity of a level, -1 for none.
func nginxLevel(b []byte) int32 {
	switch string(b) {
	case "debug":
		return 7
	case "info":
		return 6
	case "notice":
		return 5
	case "warn":
		return 4
	case "error":
		return 3
	case "crit":
		return 2
	case "alert":
		return 1
	case "emerg":
		return 0
	}
	return -1
}
