package mysqllog

import (
	"bytes"
	"strconv"

	"github.com/heka-project/heka/message"
)

// heads are fields that are common, by name; others are written by their names.
var heads = func() map[string]message.FieldHead {
	m := map[string]message.FieldHead{}
	for _, name := range []string{"Query_time", "Lock_time", "InnoDB_IO_r_wait", "InnoDB_rec_lock_wait", "InnoDB_queue_wait"} {
		m[name] = message.NewFieldHead(name, message.Double, "s")
	}
	for _, name := range []string{"Bytes_sent", "Bytes_received", "Tmp_table_sizes", "InnoDB_IO_r_bytes"} {
		m[name] = message.NewFieldHead(name, message.Integer, "B")
	}
	for _, name := range []string{"Rows_sent", "Rows_examined", "Rows_affected", "Rows_read", "Thread_id", "Merge_passes", "Last_errno", "Errno", "Killed", "Id"} {
		m[name] = message.NewFieldHead(name, message.Integer, "")
	}
	for _, name := range []string{"QC_hit", "QC_Hit", "Full_scan", "Full_join", "Tmp_table", "Tmp_table_on_disk", "Filesort", "Filesort_on_disk", "Priority_queue", "Schema", "InnoDB_trx_id"} {
		m[name] = message.NewFieldHead(name, message.String, "")
	}
	return m
}()

var (
	database = message.NewFieldHead("Schema", message.String, "")
	account  = message.NewFieldHead("User", message.String, "")
	host     = message.NewFieldHead("Host", message.String, "")
)

// pairs makes a field of each Name: value of a line, and reports whether it names
// Query_time. Values hold no blanks; one may be missing.
func pairs(b []byte, out *message.Builder) (timed bool) {
	for {
		b = bytes.TrimLeft(b, " \t")
		n := key(b)
		if n == 0 {
			return timed
		}
		name := b[:n]
		b = b[n+1:]
		v := bytes.TrimLeft(b, " \t")
		end := bytes.IndexAny(v, " \t")
		if end < 0 {
			end = len(v)
		}
		if key(v) == end-1 && end > 1 { // the next name: this one has no value
			continue
		}
		if b = v[end:]; end == 0 {
			return timed
		}
		timed = put(name, v[:end], out) || timed
	}
}

// key returns the length of the name at the head of b that a colon ends; 0 when
// there is none.
func key(b []byte) int {
	for i, c := range b {
		switch {
		case c == ':' && i > 0 && (i+1 == len(b) || b[i+1] == ' '):
			return i
		case c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c-'0' <= 9 && i > 0:
		default:
			return 0
		}
	}
	return 0
}

// put keeps a value as what its name or its looks say.
func put(name, v []byte, out *message.Builder) (timed bool) {
	text := message.Borrow(v)
	h, known := heads[message.Borrow(name)]
	switch {
	case !known:
		if x, ok := integer(v); ok {
			out.Int(message.Borrow(name), x, "")
		} else {
			out.String(message.Borrow(name), text, "")
		}
	case h.Type() == message.String:
		out.PutText(&h, text)
	case h.Type() == message.Integer:
		if x, ok := integer(v); ok {
			out.PutInt(&h, x)
		} else {
			out.String(message.Borrow(name), text, "")
		}
	default:
		x, err := strconv.ParseFloat(text, 64)
		if err != nil {
			out.String(message.Borrow(name), text, "")
			return false
		}
		out.PutDouble(&h, x)
		return string(name) == "Query_time"
	}
	return false
}

// integer reads b, whole, as a number of at most 18 digits.
func integer(b []byte) (v int64, ok bool) {
	digits, negative := b, len(b) > 1 && b[0] == '-'
	if negative {
		digits = b[1:]
	}
	for _, c := range digits {
		if c-'0' > 9 {
			return 0, false
		}
		v = v*10 + int64(c-'0')
	}
	if negative {
		v = -v
	}
	return v, len(digits) > 0 && len(digits) <= 18
}

// user reads root[root] @ localhost [10.0.0.1]  Id: 7. The address is the
// message's Hostname.
func user(b []byte, out *message.Builder) {
	name, rest, ok := bytes.Cut(b, []byte(" @ "))
	if !ok {
		return
	}
	if i := bytes.IndexByte(name, '['); i >= 0 {
		if in := bytes.TrimSuffix(name[i+1:], []byte("]")); i == 0 {
			name = in
		} else {
			name = name[:i]
		}
	}
	if len(name) > 0 {
		out.PutText(&account, message.Borrow(name))
	}
	h, rest, ok := bytes.Cut(rest, []byte("["))
	if !ok {
		return
	}
	if h = bytes.TrimSpace(h); len(h) > 0 {
		out.PutText(&host, message.Borrow(h))
	}
	addr, rest, _ := bytes.Cut(rest, []byte("]"))
	if len(addr) > 0 {
		out.Hostname = message.Borrow(addr)
	}
	pairs(rest, out)
}

// set reads SET last_insert_id=1,insert_id=2,timestamp=1399503088; and returns the
// time, 0 when it sets none.
func set(line []byte) (ns int64, ok bool) {
	rest, ok := bytes.CutPrefix(line, []byte("SET "))
	if !ok {
		return 0, false
	}
	rest, ok = bytes.CutSuffix(rest, []byte(";"))
	if !ok {
		return 0, false
	}
	for more := true; more; {
		var one []byte
		one, rest, more = bytes.Cut(rest, []byte(","))
		name, v, _ := bytes.Cut(one, []byte("="))
		whole, frac, _ := bytes.Cut(v, []byte("."))
		x, good := integer(whole)
		if !good {
			return 0, false
		}
		switch string(name) {
		case "timestamp":
			if x > 9_000_000_000 {
				return 0, false
			}
			ns = x * 1e9
			for unit, i := int64(1e8), 0; i < len(frac) && i < 9 && frac[i]-'0' <= 9; i++ {
				ns += int64(frac[i]-'0') * unit
				unit /= 10
			}
		case "last_insert_id", "insert_id":
		default:
			return 0, false
		}
	}
	return ns, true
}
