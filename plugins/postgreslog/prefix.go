package postgreslog

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/message"
)

// part is a piece of log_line_prefix: fixed text, or an escape.
type part struct {
	lit    string // fixed text, when esc is 0
	esc    byte   // letter of the escape
	padded bool   // blanks may stand around the value
	head   *message.FieldHead
	until  string // fixed text behind the escape; "" means a blank or the end of the prefix
	last   bool   // nothing but until stands between the escape and the level
}

var heads = map[byte]*message.FieldHead{}

func init() {
	for esc, name := range map[byte]string{'a': "application_name", 'u': "user_name", 'd': "database_name", 'b': "backend_type", 'L': "local_addr",
		'i': "command_tag", 'e': "sql_state_code", 'c': "session_id", 's': "session_start_time", 'v': "virtual_transaction_id"} {
		h := message.NewFieldHead(name, message.String, "")
		heads[esc] = &h
	}
	for esc, name := range map[byte]string{'P': "leader_pid", 'l': "session_line_num", 'x': "transaction_id", 'Q': "query_id"} {
		h := message.NewFieldHead(name, message.Integer, "")
		heads[esc] = &h
	}
}

// compile takes a prefix apart.
func compile(s string) ([]part, error) {
	var list []part
	text := func(t string) {
		if n := len(list); n > 0 && list[n-1].esc == 0 {
			list[n-1].lit += t
			return
		}
		list = append(list, part{lit: t})
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			text(s[i : i+1])
			continue
		}
		i++
		start := i
		for i < len(s) && (s[i] == '-' && i == start || s[i]-'0' <= 9) {
			i++
		}
		switch {
		case i == len(s):
			return nil, fmt.Errorf("%q ends within an escape", s)
		case s[i] == '%':
			text("%")
		case strings.IndexByte("audrhbpPtmnsielcvxqLQ", s[i]) < 0:
			return nil, fmt.Errorf("%q: %%%c is not known", s, s[i])
		default:
			list = append(list, part{esc: s[i], padded: i > start, head: heads[s[i]]})
		}
	}
	for i := range list {
		if i+1 < len(list) && list[i].esc != 0 && list[i+1].esc == 0 {
			list[i].until = list[i+1].lit
			list[i].last = i+2 == len(list)
		}
	}
	return list, nil
}

// prefix reads the prefix of b and returns the offset past it. A process without
// a session writes nothing from %q on.
func (d *Decoder) prefix(b []byte, out *message.Builder) (int, error) {
	i := 0
	for k := range d.parts {
		p := &d.parts[k]
		switch {
		case p.esc == 'q':
			if name, _, ok := bytes.Cut(b[i:], []byte(":")); ok && severity(name) >= 0 {
				return i, nil
			}
			continue
		case p.esc == 0:
			if !bytes.HasPrefix(b[i:], []byte(p.lit)) {
				return 0, errPrefix
			}
			i += len(p.lit)
			continue
		}
		if p.padded {
			i = blanks(b, i)
		}
		n := d.value(p, b, i, out)
		if n < 0 {
			return 0, errPrefix
		}
		if i = n; p.padded && !strings.HasPrefix(p.until, " ") {
			i = blanks(b, i)
		} else if p.padded {
			for i+1 < len(b) && b[i] == ' ' && b[i+1] == ' ' {
				i++
			}
		}
	}
	return i, nil
}

func blanks(b []byte, i int) int {
	for i < len(b) && b[i] == ' ' {
		i++
	}
	return i
}

// value reads the value of an escape at b[i:] and returns the offset past it, or
// -1.
func (d *Decoder) value(p *part, b []byte, i int, out *message.Builder) int {
	switch p.esc {
	case 't', 'm':
		ns, n := d.times.parse(b[i:])
		if n == 0 {
			return -1
		}
		out.Timestamp = ns
		return i + n
	case 'n':
		ns, n := epoch(b[i:])
		if n == 0 {
			return -1
		}
		out.Timestamp = ns
		return i + n
	case 's':
		_, n := d.times.parse(b[i:])
		if n == 0 {
			return -1
		}
		out.PutText(p.head, message.Borrow(b[i:i+n]))
		return i + n
	case 'p', 'P', 'l', 'x', 'Q':
		v, n := number(b, i)
		switch {
		case n == i && p.esc != 'P': // only a leader may be missing
			return -1
		case p.esc == 'p' && v <= 1<<31-1:
			out.Pid = int32(v)
		case n > i && p.head != nil:
			out.PutInt(p.head, v)
		}
		return n
	}
	end := -1
	if p.last {
		end = beforeLevel(b[i:], p.until)
	}
	if end >= 0 {
		// names of programs and of kinds of processes have blanks in them
	} else if p.until != "" {
		if end = bytes.Index(b[i:], []byte(p.until)); end < 0 {
			return -1
		}
	} else if end = bytes.IndexByte(b[i:], ' '); end < 0 {
		return -1
	}
	v := b[i : i+end]
	if p.padded {
		v = bytes.TrimRight(v, " ")
	}
	if len(v) > 0 {
		switch p.esc {
		case 'r':
			remote(v, out)
		case 'h':
			out.PutText(&remoteAddr, message.Borrow(v))
		default:
			out.PutText(p.head, message.Borrow(v))
		}
	}
	return i + end
}

var (
	remoteAddr = message.NewFieldHead("remote_addr", message.String, "")
	remotePort = message.NewFieldHead("remote_port", message.Integer, "")
)

// beforeLevel returns where b has until with a level such as LOG: behind it, or
// -1.
func beforeLevel(b []byte, until string) int {
	for i := 0; ; i++ {
		k := bytes.Index(b[i:], []byte(until))
		if k < 0 {
			return -1
		}
		i += k
		rest := b[i+len(until):]
		if name, _, ok := bytes.Cut(rest[:min(len(rest), 12)], []byte(":")); ok && severity(name) >= 0 {
			return i
		}
	}
}

// remote reads host, host(port) or, as csvlog has it, host:port.
func remote(b []byte, out *message.Builder) {
	host := b
	if n := len(b); b[n-1] == ')' {
		if i := bytes.LastIndexByte(b, '('); i > 0 {
			if port, end := number(b, i+1); end == n-1 && end > i+1 {
				host = b[:i]
				out.PutText(&remoteAddr, message.Borrow(host))
				out.PutInt(&remotePort, port)
				return
			}
		}
	}
	if i := bytes.LastIndexByte(b, ':'); i > 0 {
		if port, end := number(b, i+1); end == len(b) && end > i+1 && port <= 65535 {
			out.PutText(&remoteAddr, message.Borrow(b[:i]))
			out.PutInt(&remotePort, port)
			return
		}
	}
	out.PutText(&remoteAddr, message.Borrow(host))
}

// number reads the digits at b[i:], at most 19 of them and with a sign, and
// returns the offset past them; i when there are none.
func number(b []byte, i int) (v int64, n int) {
	n = i
	negative := n < len(b) && b[n] == '-'
	if negative {
		n++
	}
	start := n
	for ; n < len(b) && b[n]-'0' <= 9; n++ {
		c := int64(b[n] - '0')
		if v > (1<<63-1-c)/10 {
			return 0, i
		}
		v = v*10 + c
	}
	if n == start {
		return 0, i
	}
	if negative {
		v = -v
	}
	return v, n
}

// epoch reads seconds since the epoch with milliseconds: 1764072000.123.
func epoch(b []byte) (ns int64, n int) {
	v, n := number(b, 0)
	if n == 0 || v < 0 || v > 9_000_000_000 {
		return 0, 0
	}
	ns = v * 1e9
	if n < len(b) && b[n] == '.' {
		n++
		for unit := int64(1e8); n < len(b) && b[n]-'0' <= 9; n++ {
			ns += int64(b[n]-'0') * unit
			unit /= 10
		}
	}
	return ns, n
}

// times reads 2026-11-25 13:00:00.123 UTC and 2026-11-25 13:00:00+01.
type times struct {
	named, offset *stamp.Layout
}

func (t *times) init(tz string) error {
	loc, err := stamp.Zone(tz)
	if err != nil {
		return err
	}
	if t.named, err = stamp.NewLayout("%Y-%m-%d %H:%M:%S %Z"); err != nil {
		return err
	}
	t.named.Loc = loc
	if t.offset, err = stamp.NewLayout("%Y-%m-%d %H:%M:%S %z"); err != nil {
		return err
	}
	t.offset.Loc = loc
	return nil
}

func (t *times) parse(b []byte) (ns int64, n int) {
	if ns, n = t.named.Parse(b); n > 0 {
		return ns, n
	}
	return t.offset.Parse(b)
}
