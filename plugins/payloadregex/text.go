package payloadregex

import (
	"encoding/hex"
	"sort"
	"strconv"
	"strings"

	"github.com/heka-project/heka/internal/keys"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// headers are the names that set the header.
var headers = map[string]bool{"Type": true, "Logger": true, "Payload": true, "Hostname": true, "Pid": true, "Severity": true, "Uuid": true}

// piece of a value: the text of a group, a header field, or fixed text.
type piece struct {
	fixed  string
	header string
	group  int
	whole  bool // the group was given by capture_fields: without a part in the match it makes no field
}

func sorted(m map[string]string) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// split cuts a value at its %name%. unknown is a name that stands for nothing; it
// is written <name>.
func split(v string, groups map[string]int) (pieces []piece, unknown string) {
	fixed := func(s string) {
		if n := len(pieces) - 1; n >= 0 && pieces[n].group == 0 && pieces[n].header == "" {
			pieces[n].fixed += s
		} else if s != "" {
			pieces = append(pieces, piece{fixed: s})
		}
	}
	for v != "" {
		begin := strings.IndexByte(v, '%')
		if begin < 0 {
			break
		}
		end := begin + 1
		for end < len(v) && isWord(v[end]) {
			end++
		}
		if end == len(v) || v[end] != '%' || end == begin+1 {
			fixed(v[:end])
			v = v[end:]
			continue
		}
		fixed(v[:begin])
		name := v[begin+1 : end]
		v = v[end+1:]
		switch {
		case groups[name] > 0:
			pieces = append(pieces, piece{group: groups[name]})
		case headers[name] || name == "Timestamp" || name == "EnvVersion":
			pieces = append(pieces, piece{header: name})
		default:
			unknown = name
			fixed("<" + name + ">")
		}
	}
	fixed(v)
	return pieces, unknown
}

func isWord(c byte) bool { return c == '_' || c-'0' <= 9 || c|0x20-'a' <= 'z'-'a' }

// text puts the value together. It lives until the next record.
func (s *set) text(d *Decoder, b []byte, at []int, out *message.Builder) []byte {
	if len(s.pieces) == 1 {
		if g := s.pieces[0].group; g > 0 {
			if at[2*g] < 0 {
				return nil
			}
			return b[at[2*g]:at[2*g+1]]
		}
	}
	begin := len(d.text)
	for k := range s.pieces {
		switch p := &s.pieces[k]; {
		case p.group > 0:
			if at[2*p.group] >= 0 {
				d.text = append(d.text, b[at[2*p.group]:at[2*p.group+1]]...)
			}
		case p.header != "":
			d.text = header(d.text, out, p.header)
		default:
			d.text = append(d.text, p.fixed...)
		}
	}
	return d.text[begin:]
}

// header appends a header field as text.
func header(dst []byte, out *message.Builder, name string) []byte {
	switch name {
	case "Type":
		return append(dst, out.Type...)
	case "Logger":
		return append(dst, out.Logger...)
	case "Payload":
		return append(dst, out.Payload...)
	case "Hostname":
		return append(dst, out.Hostname...)
	case "EnvVersion":
		return append(dst, out.EnvVersion...)
	case "Pid":
		return strconv.AppendInt(dst, int64(out.Pid), 10)
	case "Severity":
		return strconv.AppendInt(dst, int64(out.Severity), 10)
	case "Timestamp":
		return strconv.AppendInt(dst, out.Timestamp, 10)
	}
	for i, n := range [...]int{4, 2, 2, 2, 6} {
		if i > 0 {
			dst = append(dst, '-')
		}
		from := [...]int{0, 4, 6, 8, 10}[i]
		dst = hex.AppendEncode(dst, out.UUID[from:from+n])
	}
	return dst
}

// put sets the header field or adds the field.
func (s *set) put(d *Decoder, b []byte, at []int, out *message.Builder) error {
	if len(s.pieces) == 1 && s.pieces[0].whole && at[2*s.pieces[0].group] < 0 {
		return nil
	}
	v := s.text(d, b, at, out)
	if s.field != nil {
		d.table.Text(out, s.field, v)
		return nil
	}
	if !s.assign(d, v, out) {
		return s.err
	}
	return nil
}

func (s *set) assign(d *Decoder, v []byte, out *message.Builder) bool {
	switch t := message.Borrow(v); s.head {
	case "Type":
		out.Type = t
	case "Logger":
		out.Logger = t
	case "Payload":
		out.Payload = t
	case "Hostname":
		out.Hostname = t
	case "Pid":
		n, ok := keys.ParseInt(v)
		out.Pid = int32(n)
		return ok && n == int64(int32(n))
	case "Severity":
		n, ok := d.table.Severity(v)
		out.Severity = n
		return ok
	case "Uuid":
		u, ok := message.ParseUUID(t)
		out.UUID = u
		return ok
	}
	return true
}

// constant tries a value that has no groups in it.
func (s *set) constant(d *Decoder) error {
	for _, p := range s.pieces {
		if p.group > 0 || p.header != "" {
			return nil
		}
	}
	if b := message.NewBuilder(0); !s.assign(d, s.text(d, nil, nil, b), b) {
		return &plugin.OptionError{Option: "message_fields." + s.head, What: "the value does not fit", Fix: "write " +
			map[string]string{"Pid": "a whole number", "Severity": "a whole number or a name such as error", "Uuid": "32 hexadecimal digits"}[s.head] + " in quotes, or a %group%"}
	}
	return nil
}
