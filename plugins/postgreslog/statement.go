package postgreslog

import (
	"bytes"
	"strconv"

	"github.com/heka-project/heka/message"
)

var (
	duration      = message.NewFieldHead("duration", message.Double, "ms")
	sql           = message.NewFieldHead("statement", message.String, "")
	statementName = message.NewFieldHead("statement_name", message.String, "")
)

// statement finds duration and statement in the texts of log_duration,
// log_min_duration_statement and log_statement:
//
//	duration: 12.345 ms
//	duration: 12.345 ms  statement: SELECT 1
//	duration: 12.345 ms  execute s1/portal: SELECT 1
//	statement: SELECT 1
func statement(b []byte, out *message.Builder) {
	if rest, ok := bytes.CutPrefix(b, []byte("duration: ")); ok {
		text, behind, ok := bytes.Cut(rest, []byte(" ms"))
		x, err := strconv.ParseFloat(message.Borrow(text), 64)
		if !ok || err != nil || x-x != 0 {
			return
		}
		out.PutDouble(&duration, x)
		if b, ok = bytes.CutPrefix(behind, []byte("  ")); !ok {
			return
		}
	}
	what, text, ok := bytes.Cut(b, []byte(": "))
	if !ok || bytes.IndexByte(what, '\n') >= 0 {
		return
	}
	kind, name, named := bytes.Cut(what, []byte(" "))
	switch string(kind) {
	case "statement":
		if named {
			return
		}
	case "execute", "parse", "bind":
		if !named {
			return
		}
		name = bytes.TrimPrefix(name, []byte("fetch from "))
		if bytes.IndexByte(name, ' ') >= 0 {
			return
		}
		if string(name) != "<unnamed>" {
			out.PutText(&statementName, message.Borrow(name))
		}
	default:
		return
	}
	out.PutText(&sql, message.Borrow(text))
}
