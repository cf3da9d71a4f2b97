package syslog

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/heka-project/heka/message"
)

// The longest names that RFC 5424 allows, in bytes.
const (
	maxHost   = 255
	maxApp    = 48
	maxProcID = 128
	maxMsgID  = 32
	maxSDName = 32
	maxIDs    = 32 // elements of structured data; fields of others go into that of sd_id
)

// rfc5424 appends what follows the priority.
func (e *Encoder) rfc5424(dst []byte, v *message.View) []byte {
	dst = append(e.clock.append(append(dst, "1 "...), v.Timestamp()), ' ')
	n := len(dst)
	dst, _ = e.host.Append(dst, v, nil)
	dst = word(dst, n, maxHost)
	n = len(dst)
	dst = word(e.program(dst, v), n, maxApp)
	n = len(dst)
	dst = word(e.process(dst, v), n, maxProcID)
	n = len(dst)
	dst = word(append(dst, e.known.msgid...), n, maxMsgID)
	n = len(dst)
	if e.known.others {
		dst = e.structured(dst, v)
	}
	if len(dst) == n {
		dst = append(dst, '-')
	}
	n = len(dst)
	dst = e.message(append(dst, ' '), v)
	if len(dst) == n+1 {
		return dst[:n]
	}
	if e.cfg.BOM && utf8.Valid(dst[n+1:]) {
		dst = append(dst, bom...)
		copy(dst[n+1+len(bom):], dst[n+1:])
		copy(dst[n+1:], bom)
	}
	return dst
}

// rfc3164 appends what follows the priority.
func (e *Encoder) rfc3164(dst []byte, v *message.View) []byte {
	dst = append(e.clock.append(dst, v.Timestamp()), ' ')
	n := len(dst)
	dst, _ = e.host.Append(dst, v, nil)
	dst = word(dst, n, maxHost)
	n = len(dst)
	if dst = e.program(dst, v); len(dst) > n {
		dst = word(dst, n, maxTag)
		dst = dst[:len(dst)-1]
		for i := n; i < len(dst); i++ {
			if c := dst[i]; c == ':' || c == '[' {
				dst[i] = '_'
			}
		}
		n = len(dst)
		if dst = e.process(append(dst, '['), v); len(dst) > n+1 {
			n++
			dst = word(dst, n, maxProcID)
			dst[len(dst)-1] = ']'
		} else {
			dst = dst[:n]
		}
		dst = append(dst, ':', ' ')
	}
	return e.message(dst, v)
}

// word makes dst[n:] a word of printable ASCII of at most so many bytes, - when it
// is empty, and appends a blank.
func word(dst []byte, n, max int) []byte {
	if len(dst) > n+max {
		dst = dst[:n+max]
	}
	for i := n; i < len(dst); i++ {
		if c := dst[i]; c <= ' ' || c >= 0x7f {
			dst[i] = '_'
		}
	}
	if len(dst) == n {
		dst = append(dst, '-')
	}
	return append(dst, ' ')
}

// message appends the text, without line ends behind it. Control bytes in it
// would end a record that is not counted: they are written as #ooo in octal.
func (e *Encoder) message(dst []byte, v *message.View) []byte {
	n := len(dst)
	dst, _ = e.msg.Append(dst, v, nil)
	for len(dst) > n && (dst[len(dst)-1] == '\n' || dst[len(dst)-1] == '\r') {
		dst = dst[:len(dst)-1]
	}
	if e.octets {
		return dst
	}
	i := bytes.IndexFunc(dst[n:], func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
	if i < 0 {
		return dst
	}
	e.text = append(e.text[:0], dst[n+i:]...)
	dst = dst[:n+i]
	for _, c := range e.text {
		if c < ' ' && c != '\t' || c == 0x7f {
			dst = append(dst, '#', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
		} else {
			dst = append(dst, c)
		}
	}
	return dst
}

// structured appends an element for each ID that the fields name as ID.name, and
// one for the fields that name none. Fields of one ID need not stand together.
func (e *Encoder) structured(dst []byte, v *message.View) []byte {
	e.ids = e.ids[:0]
	rest := false
	for it := v.Fields(); it.Next(); {
		f := it.Field()
		id, _ := sdSplit(f)
		switch {
		case id == "" || !e.seen(id) && len(e.ids) == maxIDs:
			rest = rest || !isKnown(f)
		case !e.seen(id):
			e.ids = append(e.ids, id)
			dst = e.element(dst, id, it, f)
		}
	}
	if !rest || e.cfg.SDID == "" {
		return dst
	}
	dst = append(append(dst, '['), e.cfg.SDID...)
	for it := v.Fields(); it.Next(); {
		f := it.Field()
		if id, _ := sdSplit(f); (id == "" || !e.seen(id)) && !isKnown(f) {
			dst = e.params(dst, f.Name(), f)
		}
	}
	return append(dst, ']')
}

func (e *Encoder) seen(id string) bool {
	for _, s := range e.ids {
		if s == id {
			return true
		}
	}
	return false
}

// element appends the element that f opens, with all parameters behind it.
func (e *Encoder) element(dst []byte, id string, it message.Fields, f *message.Field) []byte {
	dst = appendSDName(append(dst, '['), id)
	for ok := true; ok; ok = it.Next() {
		if other, name := sdSplit(f); other == id && name != "" {
			dst = e.params(dst, name, f)
		}
		f = it.Field()
	}
	return append(dst, ']')
}

// sdSplit takes the name of a field apart as SyslogDecoder puts it together. An
// element without parameters is true under its ID, which is known by its @, where that
// is still there in a name cut to its length.
func sdSplit(f *message.Field) (id, name string) {
	s := f.Name()
	from := max(strings.IndexByte(s, '@'), 0)
	if i := strings.IndexByte(s[from:], '.'); i >= 0 && from+i > 0 && from+i < len(s)-1 {
		return s[:from+i], s[from+i+1:]
	}
	if from > 0 && from < maxSDName && f.Type == message.Bool && f.Bool(0) {
		return s, ""
	}
	return "", s
}

func isKnown(f *message.Field) bool {
	switch f.Name() {
	case "syslogfacility":
		return f.Type == message.Integer
	case "programname", "procid", "msgid", "hostname":
		return f.Type == message.String
	}
	return false
}

// params appends a parameter for each value of f.
func (e *Encoder) params(dst []byte, name string, f *message.Field) []byte {
	for i := range f.Len() {
		dst = append(appendSDName(append(dst, ' '), name), '=', '"')
		switch f.Type {
		case message.String, message.Bytes:
			dst = e.paramValue(dst, f.Text(i))
		case message.Integer:
			dst = strconv.AppendInt(dst, f.Int(i), 10)
		case message.Double:
			dst = strconv.AppendFloat(dst, f.Double(i), 'g', -1, 64)
		case message.Bool:
			dst = strconv.AppendBool(dst, f.Bool(i))
		}
		dst = append(dst, '"')
	}
	return dst
}

func (e *Encoder) paramValue(dst []byte, s string) []byte {
	for _, r := range s {
		switch {
		case r == '"' || r == '\\' || r == ']':
			dst = append(dst, '\\', byte(r))
		case !e.octets && (r < ' ' && r != '\t' || r == 0x7f):
			dst = append(dst, '#', byte('0'+r>>6), byte('0'+r>>3&7), byte('0'+r&7))
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

// appendSDName appends a name with what it may not hold as underscores.
func appendSDName(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, '_')
	}
	for i := range min(len(s), maxSDName) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '=' || c == ']' || c == '"' {
			dst = append(dst, '_')
		} else {
			dst = append(dst, c)
		}
	}
	return dst
}

func sdClean(s string) string { return string(appendSDName(nil, s)) }
