package journald

import (
	"strconv"
	"unicode/utf8"

	"github.com/heka-project/heka/message"
)

// header fills in the header of the entry at hand. Its strings live until the next
// entry is read.
func (in *Input) header(h *message.Header) {
	e := &in.entry
	*h = message.Header{Type: "journald", Logger: in.env.Name, Hostname: in.env.Hostname, Severity: message.DefaultSeverity}
	if us, ok := number(e.get("__REALTIME_TIMESTAMP"), 1<<53); ok {
		h.Timestamp = us * 1000
	}
	if n, ok := number(e.get("PRIORITY"), 7); ok {
		h.Severity = int32(n)
	}
	for _, name := range []string{"_PID", "SYSLOG_PID"} {
		if n, ok := number(e.get(name), 1<<31-1); ok {
			h.Pid = int32(n)
			break
		}
	}
	if b := e.get("_HOSTNAME"); len(b) > 0 {
		h.Hostname = message.Borrow(b)
	}
	for _, name := range []string{"SYSLOG_IDENTIFIER", "_COMM"} {
		if b := e.get(name); len(b) > 0 {
			h.Logger = message.Borrow(b)
			break
		}
	}
}

// number reads a whole number from 0 to max.
func number(b []byte, max int64) (int64, bool) {
	n, err := strconv.ParseInt(message.Borrow(b), 10, 64)
	return n, err == nil && n >= 0 && n <= max
}

// decorate adds the fields of the entry at hand.
func (in *Input) decorate(b *message.Builder) {
	e := &in.entry
	if v := e.get("SYSLOG_IDENTIFIER"); len(v) > 0 {
		b.String("programname", message.Borrow(v), "")
	}
	if n, ok := number(e.get("SYSLOG_FACILITY"), 23); ok {
		b.Int("syslogfacility", n, "")
	}
	for i := range e.fields {
		f := &e.fields[i]
		switch f.name {
		case "MESSAGE", "PRIORITY", "_HOSTNAME", "SYSLOG_IDENTIFIER", "SYSLOG_FACILITY", "_PID", "__CURSOR", "__REALTIME_TIMESTAMP",
			"__MONOTONIC_TIMESTAMP", "__SEQNUM", "__SEQNUM_ID":
			if !in.keep[f.name] {
				continue
			}
		default:
			if in.keep != nil && !in.keep[f.name] {
				continue
			}
		}
		if v := e.value(f); utf8.Valid(v) {
			b.String(f.name, message.Borrow(v), "")
		} else {
			b.Bytes(f.name, v, "")
		}
	}
	if e.cut {
		b.Bool("journal_cut", true, "")
	}
}
