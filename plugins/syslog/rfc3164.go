package syslog

import (
	"bytes"

	"github.com/heka-project/heka/message"
)

// rfc3164 reads what follows the priority, time first, and returns the text. The
// RFC demands little, so what is not there is left out: without a time all of the
// record is text, which is only believed behind a priority.
func (d *Decoder) rfc3164(b []byte, i int, pri bool, out *message.Builder) ([]byte, error) {
	if i < len(b) && (b[i] == '*' || b[i] == '.') { // a router whose clock is not set
		i++
	}
	var ns int64
	var n int
	if i < len(b) && b[i]-'0' <= 9 {
		ns, n = d.iso.Parse(b[i:])
	} else {
		ns, n = d.bsd.Parse(b[i:])
	}
	if n > 0 && i+n < len(b) && b[i+n] == ':' { // Cisco
		n++
	}
	if n == 0 || i+n < len(b) && b[i+n] != ' ' {
		if !pri {
			return nil, errNotSys
		}
		return d.tag(b[i:], out), nil
	}
	out.Timestamp = ns
	rest := b[i+n:]
	for len(rest) > 0 && rest[0] == ' ' {
		rest = rest[1:]
	}
	if n := bytes.IndexByte(rest, ' '); n > 0 && !tagged(rest[:n]) {
		if n > 1 || rest[0] != '-' { // a sender that knows no name writes so, as in RFC 5424
			d.host(rest[:n], out)
		}
		rest = rest[n+1:]
	}
	return d.tag(rest, out), nil
}

// tagged reports whether a word is a tag, as programs on the same machine write
// it without a host name in front.
func tagged(w []byte) bool {
	n := len(w)
	if w[n-1] == ':' {
		return n == 1 || w[n-2] != ':' // but not an address such as fe80::
	}
	return w[n-1] == ']' && bytes.IndexByte(w, '[') > 0
}

// tag reads program[pid]: at the head of b and returns the text behind it, from
// which one blank is taken. Without a colon or a bracket there is no tag.
func (d *Decoder) tag(b []byte, out *message.Builder) []byte {
	n := 0
	for n < len(b) && b[n] > ' ' && b[n] != ':' && b[n] != '[' && b[n] != 0x7f {
		n++
	}
	if n == 0 || n == len(b) || n > maxTag {
		return cutBOM(b)
	}
	i := n
	var pid []byte
	if b[i] == '[' {
		end := bytes.IndexByte(b[i:min(len(b), i+maxTag)], ']')
		if end < 0 || bytes.IndexByte(b[i:i+end], ' ') >= 0 {
			return cutBOM(b)
		}
		pid = b[i+1 : i+end]
		i += end + 1
		if i < len(b) && b[i] != ':' && b[i] != ' ' {
			return cutBOM(b)
		}
	}
	if i < len(b) && b[i] == ':' {
		if bytes.HasPrefix(b[i:], []byte("://")) {
			return cutBOM(b)
		}
		i++
	} else if pid == nil {
		return cutBOM(b)
	}
	out.PutText(&program, message.Borrow(b[:n]))
	if len(pid) > 0 {
		process(pid, out)
	}
	if i < len(b) && b[i] == ' ' {
		i++
	}
	return cutBOM(b[i:])
}

// maxTag is the longest program name and process id, in bytes.
const maxTag = 255
