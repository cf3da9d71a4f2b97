package accesslog

import (
	"bytes"

	"github.com/heka-project/heka/message"
)

// hostByte holds the bytes of host names, as the original's grammar has them.
var hostByte = func() (t [256]bool) {
	for c := range t {
		t[c] = isName(byte(c)) || bytes.IndexByte([]byte("-._~!$&'()*+,;=%"), byte(c)) >= 0
	}
	return
}()

// host reads an address or a host name. What is neither, such as nginx's `unix:`,
// is taken up to the fixed text behind it and gets no representation.
func (d *Decoder) host(p *part, b []byte, i int, out *message.Builder) int {
	n, head := ipv4(b, i), &p.head
	if n < 0 || n < len(b) && hostByte[b[n]] && !(p.tail != "" && tail(b, n, p.tail) >= 0) {
		head = &p.hosts[1]
		for n = i; n < len(b) && hostByte[b[n]]; n++ {
		}
		if n < len(b) && b[n] == ':' {
			if end := ipv6(b, i); end > 0 {
				n, head = end, &p.hosts[0]
			}
		}
	}
	if p.tail != "" && (n == i || tail(b, n, p.tail) < 0) {
		end, _ := p.find(b, i, p.tail)
		if end <= i {
			return -1
		}
		if n < end {
			head = nil
		}
		n = end // the fixed text may be of bytes that host names have, such as a comma
	}
	if n == i {
		return -1
	}
	switch s := message.Borrow(b[i:n]); {
	case p.name == "" || s == "-" && d.cfg.DashIsAbsent:
	case head == nil:
		out.String(p.name, s, "")
	default:
		out.PutText(head, s)
	}
	return n
}

// ipv4 returns the offset past the dotted address at b[i:], or -1.
func ipv4(b []byte, i int) int {
	for k := range 4 {
		if k > 0 {
			if i >= len(b) || b[i] != '.' {
				return -1
			}
			i++
		}
		v, start := 0, i
		for i < len(b) && i-start < 3 && b[i]-'0' <= 9 {
			v = v*10 + int(b[i]-'0')
			i++
		}
		if i == start || v > 255 {
			return -1
		}
	}
	return i
}

// ipv6 returns the offset past the address at b[i:], or -1.
func ipv6(b []byte, i int) int {
	groups, gap := 0, false
	for start := i; ; {
		if i+1 < len(b) && b[i] == ':' && b[i+1] == ':' {
			if gap {
				return -1
			}
			gap = true
			i += 2
			if i == len(b) || hex(b[i]) < 0 {
				break
			}
			start = i
		} else if i > start {
			if i == len(b) || b[i] != ':' || i+1 == len(b) || hex(b[i+1]) < 0 {
				break
			}
			i++
			start = i
		}
		if n := ipv4(b, start); n > 0 && groups <= 6 {
			groups += 2
			i = n
			break
		}
		for i = start; i < len(b) && i-start < 4 && hex(b[i]) >= 0; i++ {
		}
		if i == start {
			return -1
		}
		groups++
	}
	if i < len(b) && hex(b[i]) >= 0 || groups > 8 || gap && groups == 8 || !gap && groups != 8 {
		return -1
	}
	return i
}
