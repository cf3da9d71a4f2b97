package syslogprog

import (
	"bytes"

	"github.com/heka-project/heka/message"
)

var (
	queueID       = text("postfix_queueid")
	postfixMsg    = text("postfix_message")
	postfixAction = text("postfix_action")
	statusText    = text("postfix_status_message")
	warning       = text("postfix_message_level")
	clients       = postfixHost("client")
	relays        = postfixHost("relay")
	delays        = [4]message.FieldHead{seconds("postfix_delay_before_qmgr"), seconds("postfix_delay_in_qmgr"), seconds("postfix_delay_conn_setup"), seconds("postfix_delay_transmission")}
	postfixKeys   = map[string]postfixKey{}
)

// postfixKey is what a key becomes.
type postfixKey struct {
	head message.FieldHead
	bare bool // its angle brackets are taken off
}

func seconds(name string) message.FieldHead { return message.NewFieldHead(name, message.Double, "s") }

func init() {
	for _, k := range []string{"from", "to", "orig_to", "message-id", "helo", "proto", "dsn", "status", "sasl_method", "sasl_username", "sasl_sender", "ctladdr"} {
		name := "postfix_" + string(bytes.ReplaceAll([]byte(k), []byte("-"), []byte("_")))
		postfixKeys[k] = postfixKey{text(name), k == "from" || k == "to" || k == "orig_to" || k == "message-id" || k == "helo"}
	}
	for k, unit := range map[string]string{"size": "B", "nrcpt": "", "uid": "", "conn_use": "", "delay": "s"} {
		t := message.Integer
		if k == "delay" {
			t = message.Double
		}
		postfixKeys[k] = postfixKey{message.NewFieldHead("postfix_"+k, t, unit), false}
	}
}

// postfixSide are the fields of the other side: name[address]:port.
type postfixSide struct {
	host message.FieldHead
	ips  [3]message.FieldHead
	port message.FieldHead
}

func postfixHost(side string) postfixSide {
	return postfixSide{text("postfix_" + side + "_hostname"), addrHeads("postfix_" + side + "_ip"), message.NewFieldHead("postfix_"+side+"_port", message.Integer, "")}
}

func (s *postfixSide) put(b []byte, out *message.Builder) {
	name, rest, ok := bytes.Cut(b, []byte("["))
	if len(name) > 0 && string(name) != "none" && string(name) != "unknown" {
		out.PutText(&s.host, message.Borrow(name))
	}
	if !ok {
		return
	}
	addr, rest, _ := bytes.Cut(rest, []byte("]"))
	if len(addr) > 0 && string(addr) != "unknown" {
		out.PutText(&s.ips[addrKind(message.Borrow(addr))], message.Borrow(addr))
	}
	if v, n := integer(message.Borrow(rest), 1); n > 1 && rest[0] == ':' {
		out.PutInt(&s.port, v)
	}
}

// postfix reads what its daemons say:
//
//	connect from host[10.0.0.1]
//	4A1B2C: client=host[10.0.0.1]
//	4A1B2C: from=<a@b>, size=512, nrcpt=1 (queue active)
//	4A1B2C: to=<a@b>, relay=mx[10.0.0.2]:25, delay=1.2, delays=0.1/0/0.5/0.6, dsn=2.0.0, status=sent (250 ok)
//	NOQUEUE: reject: RCPT from host[10.0.0.1]: 554 5.7.1 <x>: denied; from=<a> to=<b> proto=ESMTP helo=<h>
func postfix(b []byte, out *message.Builder) bool {
	if i := bytes.Index(b, []byte(" from ")); i > 0 && isAction(b[:i]) {
		out.PutText(&postfixAction, message.Borrow(b[:i]))
		host, _, _ := bytes.Cut(b[i+6:], []byte(" "))
		clients.put(host, out)
		return true
	}
	for _, level := range [...]string{"warning", "error", "fatal", "panic", "statistics"} {
		if rest, ok := bytes.CutPrefix(b, []byte(level)); ok && bytes.HasPrefix(rest, []byte(": ")) {
			out.PutText(&warning, level)
			out.PutText(&postfixMsg, message.Borrow(rest[2:]))
			return true
		}
	}
	id, rest, ok := bytes.Cut(b, []byte(": "))
	if !ok || !isQueueID(id) {
		return false
	}
	if string(id) != "NOQUEUE" {
		out.PutText(&queueID, message.Borrow(id))
	}
	action, more, ok := bytes.Cut(rest, []byte(": "))
	if !ok || bytes.ContainsAny(action, " =,<") {
		return postfixPairs(rest, out)
	}
	out.PutText(&postfixAction, message.Borrow(action)) // reject, hold, milter-reject, uid …
	said, _, ok := bytes.Cut(more, []byte("; from="))
	out.PutText(&postfixMsg, message.Borrow(said))
	if i := bytes.Index(said, []byte(" from ")); i >= 0 {
		host, _, _ := bytes.Cut(said[i+6:], []byte(": "))
		clients.put(host, out)
	}
	if ok {
		postfixPairs(more[len(said)+2:], out)
	}
	return true
}

// isAction reports whether b opens a message about a connection.
func isAction(b []byte) bool {
	switch verb, _, _ := bytes.Cut(b, []byte(" ")); string(verb) {
	case "connect", "disconnect":
		return len(b) == len(verb)
	case "lost", "timeout":
		return bytes.IndexByte(b, ':') < 0
	}
	return false
}

// isQueueID reports whether b is the name of a message in the queue: capitals and
// digits, or of the long form.
func isQueueID(b []byte) bool {
	for _, c := range b {
		if c-'0' > 9 && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return len(b) >= 5 && len(b) <= 20
}

// postfixPairs reads key=value, key=value; behind the last one may stand a text in
// brackets. A text without pairs is what became of the message.
func postfixPairs(b []byte, out *message.Builder) bool {
	for n := 0; ; n++ {
		key, rest, ok := bytes.Cut(b, []byte("="))
		if !ok || !isKey(key) {
			if n == 0 {
				out.PutText(&postfixAction, message.Borrow(b))
			}
			return true
		}
		v, next := postfixValue(rest)
		switch k, known := postfixKeys[string(key)]; {
		case string(key) == "client":
			clients.put(v, out)
		case string(key) == "relay":
			relays.put(v, out)
		case string(key) == "delays":
			for i := range delays {
				one, behind, _ := bytes.Cut(v, []byte("/"))
				if x, ok := float(one); ok {
					out.PutDouble(&delays[i], x)
				}
				v = behind
			}
		case !known:
		case k.head.Type() == message.Integer:
			if x, n := integer(message.Borrow(v), 0); n == len(v) {
				out.PutInt(&k.head, x)
			}
		case k.head.Type() == message.Double:
			if x, ok := float(v); ok {
				out.PutDouble(&k.head, x)
			}
		default:
			if k.bare {
				v = bytes.TrimSuffix(bytes.TrimPrefix(v, []byte("<")), []byte(">"))
			}
			out.PutText(&k.head, message.Borrow(v))
		}
		b = bytes.TrimLeft(next, " ,")
		if len(b) > 0 && b[0] == '(' {
			out.PutText(&statusText, message.Borrow(bytes.TrimSuffix(b[1:], []byte(")"))))
			return true
		}
		if len(b) == 0 {
			return true
		}
	}
}

// postfixValue takes a value off: <what is in angle brackets>, or a word.
func postfixValue(b []byte) (v, rest []byte) {
	if len(b) > 0 && b[0] == '<' {
		for n := 0; n < len(b); n++ {
			if b[n] == '>' && (n+1 == len(b) || b[n+1] == ',' || b[n+1] == ' ') {
				return b[:n+1], b[n+1:]
			}
		}
	}
	n := bytes.IndexAny(b, ", ")
	if n < 0 {
		n = len(b)
	}
	return b[:n], b[n:]
}

func isKey(b []byte) bool {
	for _, c := range b {
		if (c < 'a' || c > 'z') && c != '_' && c != '-' {
			return false
		}
	}
	return len(b) > 0
}
