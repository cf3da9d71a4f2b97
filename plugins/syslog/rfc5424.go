package syslog

import (
	"github.com/heka-project/heka/message"
)

// maxName bounds the names in structured data: the RFC allows 32 bytes. A name
// is written again in front of each parameter, so a long one would multiply.
const maxName = 64

// rfc5424 reads what follows the version and returns the text.
func (d *Decoder) rfc5424(b []byte, i int, out *message.Builder) (text []byte, err error) {
	if i+1 < len(b) && b[i] == '-' && b[i+1] == ' ' {
		i += 2
	} else {
		ns, n := d.iso.Parse(b[i:])
		if n == 0 || i+n == len(b) || b[i+n] != ' ' {
			return nil, errTime
		}
		out.Timestamp = ns
		i += n + 1
	}
	for field := range 4 {
		n := blank(b[i:])
		if n <= 0 {
			return nil, errShort
		}
		if v := b[i : i+n]; n > 1 || v[0] != '-' {
			switch field {
			case 0:
				d.host(v, out)
			case 1:
				out.PutText(&program, message.Borrow(v))
			case 2:
				process(v, out)
			case 3:
				out.PutText(&msgid, message.Borrow(v))
			}
		}
		i += n + 1
	}
	if i == len(b) {
		return nil, errShort
	}
	if b[i] == '-' {
		i++
	} else {
		if b[i] != '[' {
			return nil, errSD
		}
		for place := 0; i < len(b) && b[i] == '['; place++ {
			if k := d.expected(b, i, place, out); k > 0 {
				i = k
			} else if i, err = d.element(b, i+1, out); err != nil {
				return nil, err
			}
		}
	}
	if i == len(b) {
		return nil, nil
	}
	if b[i] != ' ' {
		return nil, errSD
	}
	return cutBOM(b[i+1:]), nil
}

// element reads one element of structured data behind its bracket and returns
// the offset past it. A parameter becomes the field id.name; an element without
// any becomes a field of its own.
func (d *Decoder) element(b []byte, i int, out *message.Builder) (int, error) {
	n, err := sdName(b, i)
	if err != nil {
		return 0, err
	}
	d.name = append(d.name[:0], b[i:n]...)
	if i = n; b[i] == ']' {
		out.Bool(message.Borrow(d.name), true, "")
		return i + 1, nil
	}
	d.name = append(d.name, '.')
	for id := len(d.name); b[i] == ' '; {
		for i < len(b) && b[i] == ' ' {
			i++
		}
		if i < len(b) && b[i] == ']' {
			break
		}
		if n, err = sdName(b, i); err != nil {
			return 0, err
		}
		if n+1 >= len(b) || b[n] != '=' || b[n+1] != '"' {
			return 0, errSD
		}
		d.name = append(d.name[:id], b[i:n]...)
		v, end := d.value(b, n+2)
		if end < 0 {
			return 0, errSD
		}
		out.String(message.Borrow(d.name), message.Borrow(v), "")
		i = end
		if i == len(b) {
			return 0, errSD
		}
	}
	if i >= len(b) || b[i] != ']' {
		return 0, errSD
	}
	return i + 1, nil
}

// sdName reads a name and returns the offset of the byte that ends it, which
// exists.
func sdName(b []byte, i int) (int, error) {
	for n := i; n < len(b); n++ {
		switch c := b[n]; {
		case c == ' ' || c == ']' || c == '=':
			if n == i {
				return 0, errSD
			}
			return n, nil
		case n-i == maxName:
			return 0, errSDName
		case c < ' ' || c == '"' || c == 0x7f:
			return 0, errSD
		}
	}
	return 0, errSD
}

// value reads a quoted value behind its quote, with its escapes undone, and
// returns the offset past the closing quote, or -1.
func (d *Decoder) value(b []byte, i int) (v []byte, end int) {
	n := quote(b[i:])
	if n < 0 {
		return nil, -1
	}
	if b[i+n] == '"' {
		return b[i : i+n], i + n + 1
	}
	d.text = d.text[:0]
	for ; i < len(b); i++ {
		c := b[i]
		if c == '"' {
			return d.text, i + 1
		}
		if c == '\\' && i+1 < len(b) && (b[i+1] == '"' || b[i+1] == '\\' || b[i+1] == ']') {
			i++
			c = b[i]
		}
		d.text = append(d.text, c)
	}
	return nil, -1
}
