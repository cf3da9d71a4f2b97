package haproxy

import (
	"bytes"
	"net/netip"
	"strings"

	"github.com/heka-project/heka/message"
)

// headerFields are the fields of captured headers, by their names in lower case
// and with underscores, as those of access logs.
func headerFields(prefix string, names []string) []message.FieldHead {
	list := make([]message.FieldHead, len(names))
	for i, n := range names {
		list[i] = text(prefix + strings.ReplaceAll(strings.ToLower(n), "-", "_"))
	}
	return list
}

// captures reads {a|b} {c}. One block alone is that of the request, unless only
// response headers have names.
func (d *Decoder) captures(s *scan, out *message.Builder) {
	first, ok := block(s)
	if !ok {
		return
	}
	second, two := block(s)
	if !two && len(d.requests) == 0 && len(d.answers) > 0 {
		d.headers(first, d.answers, responseHeaders, out)
		return
	}
	d.headers(first, d.requests, requestHeaders, out)
	if two {
		d.headers(second, d.answers, responseHeaders, out)
	}
}

// block takes {text} and a blank off.
func block(s *scan) (in []byte, ok bool) {
	if len(s.b) == 0 || s.b[0] != '{' {
		return nil, false
	}
	n := bytes.IndexByte(s.b, '}')
	if n < 0 {
		return nil, false
	}
	in = s.b[1:n]
	s.b = bytes.TrimPrefix(s.b[n+1:], []byte(" "))
	return in, true
}

// headers keeps the values of captured headers: each in a field of its name, or
// all in one field when they have none. Empty ones were not sent.
func (d *Decoder) headers(b []byte, heads []message.FieldHead, list string, out *message.Builder) {
	if len(b) == 0 {
		return
	}
	d.list = d.list[:0]
	for i, more := 0, true; more; i++ {
		var v []byte
		v, b, more = bytes.Cut(b, []byte("|"))
		switch {
		case i >= len(heads):
			d.list = append(d.list, message.Borrow(v))
		case len(v) > 0:
			out.PutText(&heads[i], message.Borrow(v))
		}
	}
	if len(d.list) > 0 {
		out.Strings(list, d.list, "")
	}
	clear(d.list)
}

var remotes = [3]message.FieldHead{
	message.NewFieldHead("remote_addr", message.String, ""),
	message.NewFieldHead("remote_addr", message.String, "ipv4"),
	message.NewFieldHead("remote_addr", message.String, "ipv6"),
}

// client keeps the client's address, with what kind it is, and port.
func client(b []byte, out *message.Builder) {
	addr, port := hostPort(b)
	address(addr, out)
	if port >= 0 {
		out.PutInt(&remotePort, port)
	}
}

func address(b []byte, out *message.Builder) {
	kind, s := 0, message.Borrow(b)
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		if kind = 1; a.Is6() {
			kind = 2
		}
	}
	out.PutText(&remotes[kind], s)
}

// hostPort takes an address and its port apart; port is -1 when there is none.
func hostPort(b []byte) (addr []byte, port int64) {
	i := bytes.LastIndexByte(b, ':')
	if i <= 0 {
		return b, -1
	}
	port, n := integer(b, i+1)
	if n != len(b) || n == i+1 || port < 0 || port > 65535 {
		return b, -1
	}
	return b[:i], port
}

// frontend keeps a frontend's name; the tilde behind it says that the client spoke
// TLS.
func frontend(b []byte, out *message.Builder) {
	name := bytes.TrimSuffix(b, []byte("~"))
	out.PutText(&frontendName, message.Borrow(name))
	if len(name) < len(b) {
		out.Bool("ssl", true, "")
	}
}
