package keyvalue

import "strings"

// token is a key or a value.
type token struct {
	text   []byte
	quoted bool
	stop   stop
	next   int // offset past the separator behind it
}

type stop uint8

const (
	atEnd   stop = iota // of the record
	atPair              // a separator of pairs follows
	atValue             // a separator of key and value follows
)

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// token reads a text in quotes or without at b[i:], up to a separator of pairs or
// until, when that is not "". White space around it does not count.
func (d *Decoder) token(b []byte, i int, until string) token {
	if !d.blank || until != "" {
		for i < len(b) && isSpace(b[i]) {
			i++
		}
	}
	if i < len(b) && d.quote[b[i]] {
		if t, ok := d.quotedToken(b, i, until); ok {
			return t
		}
	}
	from := i
	stops := &d.stops
	for i < len(b) {
		if !stops[b[i]] {
			i++
			continue
		}
		if s, n := d.separator(b, i, until); n > 0 {
			return token{trim(b[from:i]), false, s, i + n}
		}
		i++
	}
	return token{trim(b[from:]), false, atEnd, i}
}

// separator recognises one at b[i:].
func (d *Decoder) separator(b []byte, i int, until string) (stop, int) {
	c := b[i]
	if until != "" && c == until[0] && has(b, i, until) {
		return atValue, len(until)
	}
	if d.blank {
		if isSpace(c) {
			return atPair, 1
		}
		return 0, 0
	}
	if c == d.pair[0] && has(b, i, d.pair) {
		return atPair, len(d.pair)
	}
	return 0, 0
}

// spaced finds a value behind a key and white space at b[i:], as in a = 1.
func (d *Decoder) spaced(b []byte, i int) (next int, ok bool) {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	if i == len(b) || !d.blank || !has(b, i, d.value) {
		return 0, false
	}
	i += len(d.value)
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	return i, true
}

func has(b []byte, i int, s string) bool {
	return len(b)-i >= len(s) && string(b[i:i+len(s)]) == s
}

// quotedToken reads a text in quotes. It is none when no quote ends it or anything
// but a separator follows.
func (d *Decoder) quotedToken(b []byte, i int, until string) (token, bool) {
	q := b[i]
	i++
	from, escaped := i, false
	for ; ; i++ {
		if i >= len(b) {
			return token{}, false
		}
		if int(b[i]) == d.escape {
			escaped = true
			i++
		} else if b[i] == q {
			break
		}
	}
	t := token{text: b[from:i], quoted: true}
	i++
	for !d.blank && i < len(b) && isSpace(b[i]) && !strings.HasPrefix(d.pair, " ") {
		i++
	}
	if i < len(b) {
		s, n := d.separator(b, i, until)
		if n == 0 {
			return token{}, false
		}
		t.stop, i = s, i+n
	}
	t.next = i
	if escaped {
		at := len(d.scratch)
		for k := 0; k < len(t.text); k++ {
			if int(t.text[k]) == d.escape && k+1 < len(t.text) {
				k++
				if c := t.text[k]; c != q && int(c) != d.escape {
					d.scratch = append(d.scratch, byte(d.escape))
				}
			}
			d.scratch = append(d.scratch, t.text[k])
		}
		t.text = d.scratch[at:]
	}
	return t, true
}

func trim(b []byte) []byte {
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}
