package accesslog

import (
	"bytes"

	"github.com/heka-project/heka/message"
)

// text finds the end of the string value at b[i:] and the offset past the fixed
// text behind it, or -1. It is the first place where that text stands, so a
// quote or a blank inside the value does no harm; behind an opening quote,
// escaped quotes are passed over. A last value whose closing quote is missing
// ends with the line: that is how a line that was cut looks.
func (p *part) text(b []byte, i int) (end, next int) {
	t := p.tail
	if p.until != "" {
		t = p.until
	}
	if t == "" {
		end = p.rest(b, i)
		next = end
	} else if end, next = p.find(b, i, t); end < 0 {
		return -1, -1
	}
	if p.tail == "" && p.until != "" { // up to the mark of a query
		if k := bytes.IndexByte(b[i:end], '?'); k >= 0 {
			end = i + k
		}
		next = end
	}
	return end, next
}

// Fast path of text: a quoted value without a backslash at its end, or one up to
// a blank.
func (p *part) quick(b []byte, i int) (end, next int) {
	if p.tail == "" {
		return -1, -1
	}
	k := i
	switch stop := p.tail[0]; {
	case stop == ' ':
		for k < len(b) && !isSpace(b[k]) {
			k++
		}
	default:
		n := bytes.IndexByte(b[i:], stop)
		if n < 0 || n > 0 && b[i+n-1] == '\\' {
			return -1, -1
		}
		k += n
	}
	if next = p.after(b, k); next < 0 {
		return -1, -1
	}
	return k, next
}

// find looks for the fixed text t at or behind b[i:].
func (p *part) find(b []byte, i int, t string) (end, next int) {
	stop := t[0]
	for j := i; ; {
		k := index(b[j:], stop)
		if k < 0 {
			if t == `"` && p.before == '"' {
				return len(b), len(b)
			}
			return -1, -1
		}
		k += j
		if stop == '"' && p.before == '"' && escapedAt(b, i, k) {
			j = k + 1
			continue
		}
		if n := tail(b, k, t); n >= 0 {
			return k, n
		}
		for j = k + 1; stop == ' ' && j < len(b) && isSpace(b[j]); j++ {
		}
	}
}

// index finds stop, a blank standing for any white space.
func index(b []byte, stop byte) int {
	if stop != ' ' {
		return bytes.IndexByte(b, stop)
	}
	for k, c := range b {
		if isSpace(c) {
			return k
		}
	}
	return -1
}

// rest finds the end of a value that is the last of its format: the byte in
// front of it closes it too, white space where there is none.
func (p *part) rest(b []byte, i int) int {
	for j := i; j < len(b); j++ {
		switch c := b[j]; {
		case p.before == ' ':
			if isSpace(c) {
				return j
			}
		case c == p.before && !(c == '"' && escapedAt(b, i, j)):
			return j
		}
	}
	return len(b)
}

// escapedAt reports whether an odd number of backslashes stands between b[from]
// and b[k].
func escapedAt(b []byte, from, k int) bool {
	n := 0
	for k--; k >= from && b[k] == '\\'; k-- {
		n++
	}
	return n&1 == 1
}

// unescape returns v with its escapes undone, in buf when there are any.
func unescape(buf, v []byte) ([]byte, string) {
	k := bytes.IndexByte(v, '\\')
	if k < 0 {
		return buf, message.Borrow(v)
	}
	buf = append(buf[:0], v[:k]...)
	for i := k; i < len(v); i++ {
		c := v[i]
		if c != '\\' || i+1 == len(v) {
			buf = append(buf, c)
			continue
		}
		i++
		switch v[i] {
		case 'x':
			if i+2 < len(v) && hex(v[i+1]) >= 0 && hex(v[i+2]) >= 0 {
				buf = append(buf, byte(hex(v[i+1])<<4|hex(v[i+2])))
				i += 2
				continue
			}
			buf = append(buf, '\\', 'x')
		case 'n':
			buf = append(buf, '\n')
		case 't':
			buf = append(buf, '\t')
		case 'r':
			buf = append(buf, '\r')
		case 'b':
			buf = append(buf, '\b')
		case 'f':
			buf = append(buf, '\f')
		case 'v':
			buf = append(buf, '\v')
		case '"', '\\', '/', '\'':
			buf = append(buf, v[i])
		default:
			buf = append(buf, '\\', v[i])
		}
	}
	return buf, message.Borrow(buf)
}

func hex(c byte) int {
	switch {
	case c-'0' <= 9:
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
