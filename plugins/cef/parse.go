package cef

import (
	"bytes"

	"github.com/heka-project/heka/internal/keys"
	"github.com/heka-project/heka/message"
)

// maxPairs bounds the pairs of a record: labels are looked up among all of them.
const maxPairs = 512

var cefNames = [6][]byte{[]byte("deviceVendor"), []byte("deviceProduct"), []byte("deviceVersion"), []byte("deviceEventClassId"), []byte("name"), []byte("severity")}

var leefNames = [4][]byte{[]byte("deviceVendor"), []byte("deviceProduct"), []byte("deviceVersion"), []byte("eventId")}

// cef reads what follows CEF:.
func (d *Decoder) cef(b []byte, out *message.Builder) error {
	n := bytes.IndexByte(b, '|')
	if n < 0 {
		return errHeader
	}
	if _, ok := keys.ParseInt(b[:n]); !ok {
		return errVersion
	}
	i := n + 1
	for k := range cefNames {
		v, end := d.part(b, i)
		if end < 0 {
			if k < len(cefNames)-1 { // the bar behind the severity is often missing
				return errHeader
			}
			end = len(b)
		}
		d.pairs = append(d.pairs, pair{key: cefNames[k], value: v, text: k < len(cefNames)-1})
		d.parts[k] = v
		i = min(end+1, len(b))
	}
	if n, ok := severity(d.parts[5]); ok {
		out.Severity = n
	}
	d.extension(b[i:])
	return nil
}

// part reads a part of the header at b[i:] without its escapes; end is the offset
// of the bar behind it, -1 when there is none.
func (d *Decoder) part(b []byte, i int) (v []byte, end int) {
	escaped := false
	k := i
	for ; k < len(b) && b[k] != '|'; k++ {
		if b[k] == '\\' && k+1 < len(b) {
			escaped = true
			k++
		}
	}
	end = k
	if k >= len(b) {
		end = -1
		k = len(b)
	}
	if !escaped {
		return b[i:k], end
	}
	return d.unescape(b[i:k]), end
}

// unescape resolves \\ \| \= \n \r; other backslashes stay.
func (d *Decoder) unescape(b []byte) []byte {
	at := len(d.scratch)
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c == '\\' && i+1 < len(b) {
			switch b[i+1] {
			case '\\', '|', '=':
				i++
				c = b[i]
			case 'n':
				i++
				c = '\n'
			case 'r':
				i++
				c = '\r'
			}
		}
		d.scratch = append(d.scratch, c)
	}
	return d.scratch[at:]
}

// severity turns 0 to 10 and its names into that of syslog.
func severity(v []byte) (int32, bool) {
	n, ok := keys.ParseInt(v)
	if !ok {
		switch string(v) {
		case "Low", "low", "LOW":
			n = 3
		case "Medium", "medium", "MEDIUM":
			n = 6
		case "High", "high", "HIGH":
			n = 8
		case "Very-High", "Very High", "very-high", "VERY-HIGH":
			n = 10
		default:
			return 0, false
		}
	}
	switch {
	case n < 0 || n > 10:
		return 0, false
	case n <= 3:
		return 6, true
	case n <= 6:
		return 4, true
	case n <= 8:
		return 3, true
	}
	return 2, true
}

func isKey(c byte) bool {
	return c-'0' <= 9 || c|0x20-'a' <= 'z'-'a' || c == '_' || c == '.' || c == '-' || c == '[' || c == ']'
}

// extension reads pairs. A value goes on up to a blank and what looks like the next
// key; an equals sign behind anything else is part of it.
func (d *Decoder) extension(b []byte) {
	var key []byte
	from := 0     // of the value, or of what stands in front of the first key
	word := 0     // where the present word begins
	keyed := true // all of its characters may be in a key
	escaped := false
	add := func(end int) {
		if key == nil {
			return
		}
		v := bytes.TrimRight(b[from:end], " ")
		if escaped {
			v = d.unescape(v)
		}
		d.pairs = append(d.pairs, pair{key: key, value: v})
	}
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == ' ':
			word, keyed = i+1, true
		case c == '\\':
			escaped = true
			keyed = false
			i++
		case c == '=' && keyed && i > word && len(d.pairs) < maxPairs:
			add(word)
			key, from, escaped = b[word:i], i+1, false
			keyed = false
		case !isKey(c):
			keyed = false
		}
	}
	add(len(b))
}

// leef reads what follows LEEF:.
func (d *Decoder) leef(b []byte, out *message.Builder) error {
	n := bytes.IndexByte(b, '|')
	if n < 0 {
		return errLEEF
	}
	if n == 0 || b[0]-'0' > 9 {
		return errVersion
	}
	second := b[0] >= '2'
	b = b[n+1:]
	for k := range leefNames {
		n := bytes.IndexByte(b, '|')
		if n < 0 {
			return errLEEF
		}
		d.pairs = append(d.pairs, pair{key: leefNames[k], value: b[:n], text: true})
		b = b[n+1:]
	}
	delim := byte('\t')
	if second {
		n := bytes.IndexByte(b, '|')
		if n < 0 {
			return errLEEF
		}
		if n > 0 {
			c, ok := delimiter(b[:n])
			if !ok {
				return errLEEF
			}
			delim = c
		}
		b = b[n+1:]
	}
	for len(b) > 0 && len(d.pairs) < maxPairs {
		part := b
		if n := bytes.IndexByte(b, delim); n >= 0 {
			part, b = b[:n], b[n+1:]
		} else {
			b = nil
		}
		n := bytes.IndexByte(part, '=')
		if n <= 0 {
			continue
		}
		key, v := part[:n], part[n+1:]
		d.pairs = append(d.pairs, pair{key: key, value: v})
		if string(key) == "sev" {
			if s, ok := severity(v); ok {
				out.Severity = s
			}
		}
	}
	return nil
}

// delimiter reads a character, or its code as x09 or 0x09.
func delimiter(b []byte) (byte, bool) {
	if len(b) == 1 {
		return b[0], true
	}
	b = bytes.TrimPrefix(b, []byte("0"))
	if len(b) < 2 || len(b) > 3 || b[0]|0x20 != 'x' {
		return 0, false
	}
	v := byte(0)
	for _, c := range b[1:] {
		switch {
		case c-'0' <= 9:
			v = v<<4 | (c - '0')
		case c|0x20-'a' <= 5:
			v = v<<4 | (c | 0x20 - 'a' + 10)
		default:
			return 0, false
		}
	}
	return v, true
}
