package file

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/itchyny/timefmt-go"

	"github.com/heka-project/heka/message"
)

// maxValue is how many bytes of a value get into a path.
const maxValue = 100

// template is a path with places for what messages hold:
//
//	/var/log/%{Hostname}/%{Fields[app]}-%Y.log
//
// The text between the places is the configuration's; what a message puts there is
// made harmless, so that it can name no other folder than one of its own.
type template []segment

// segment is a text, or a place where field is not "".
type segment struct {
	text  string
	field string // header, or the name of a dynamic field
	fixed bool   // field is a header
}

var headers = map[string]bool{"Type": true, "Hostname": true, "Logger": true, "EnvVersion": true, "Pid": true, "Severity": true}

// parseTemplate reads a path. clock, where it is true, has strftime codes filled
// in with now; they are never looked for in values.
func parseTemplate(path string, clock bool, now time.Time) (template, error) {
	var t template
	text := func(s string) {
		if clock {
			s = timefmt.Format(now, s)
		}
		t = append(t, segment{text: s})
	}
	for path != "" {
		i := strings.Index(path, "%{")
		if i < 0 {
			text(path)
			break
		}
		if i > 0 {
			text(path[:i])
		}
		name, rest, ok := strings.Cut(path[i+2:], "}")
		if !ok {
			return nil, fmt.Errorf("%%{ at byte %d is not closed", i)
		}
		switch field, dynamic := strings.CutPrefix(name, "Fields["); {
		case headers[name]:
			t = append(t, segment{field: name, fixed: true})
		case dynamic && strings.HasSuffix(field, "]") && len(field) > 1:
			t = append(t, segment{field: field[:len(field)-1]})
		default:
			return nil, fmt.Errorf("%%{%s} is none of Type, Hostname, Logger, EnvVersion, Pid, Severity and Fields[name]", name)
		}
		path = rest
	}
	return t, nil
}

// isTemplate reports whether a path has places for values.
func isTemplate(path string) bool { return strings.Contains(path, "%{") }

// fields reports whether there are places.
func (t template) fields() bool {
	for _, s := range t {
		if s.field != "" {
			return true
		}
	}
	return false
}

// append appends the path for a message.
func (t template) append(dst []byte, v *message.View) []byte {
	for i := range t {
		s := &t[i]
		switch {
		case s.field == "":
			dst = append(dst, s.text...)
		case !s.fixed:
			dst = appendField(dst, v, s.field)
		case s.field == "Pid":
			dst = strconv.AppendInt(dst, int64(v.Pid()), 10)
		case s.field == "Severity":
			dst = strconv.AppendInt(dst, int64(v.Severity()), 10)
		default:
			dst = appendSafe(dst, header(v, s.field))
		}
	}
	return dst
}

func header(v *message.View, name string) string {
	switch name {
	case "Type":
		return v.Type()
	case "Hostname":
		return v.Hostname()
	case "Logger":
		return v.Logger()
	}
	return v.EnvVersion()
}

// appendSafe appends what a message says as a part of a file's name: no
// separators, no dots in front, no control characters, nothing that a shell or
// another system takes for more than a letter, and never nothing.
func appendSafe(dst []byte, s string) []byte {
	if harmless(s) {
		return append(dst, s...)
	}
	start := len(dst)
	for _, r := range s {
		if len(dst)-start >= maxValue {
			break
		}
		switch {
		case r == utf8.RuneError, r < ' ', r == 0x7f, r >= 0x80 && r < 0xa0, strings.ContainsRune(`/\:*?"<>|$`+"`'&;", r),
			r == '.' && len(dst) == start, r == '~' && len(dst) == start, r == '-' && len(dst) == start,
			r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff:
			dst = append(dst, '_')
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	if len(dst) == start {
		dst = append(dst, '_')
	}
	return dst
}

// harmless is the fast path: a value of letters, digits and the signs of names.
func harmless(s string) bool {
	if s == "" || len(s) > maxValue || !word[s[0]] {
		return false
	}
	for i := 1; i < len(s); i++ {
		if c := s[i]; !word[c] && c != '.' && c != '-' {
			return false
		}
	}
	return true
}

// word has the bytes that may begin any name.
var word = func() (t [256]bool) {
	for _, c := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_" {
		t[c] = true
	}
	return t
}()

// appendField appends the first value of a dynamic field.
func appendField(dst []byte, v *message.View, name string) []byte {
	var f message.Field
	if !v.Field(name, 0, &f) || f.Len() == 0 {
		return append(dst, '_')
	}
	switch f.Type {
	case message.String, message.Bytes:
		return appendSafe(dst, f.Text(0))
	case message.Integer:
		return strconv.AppendInt(dst, f.Int(0), 10)
	case message.Double:
		return strconv.AppendFloat(dst, f.Double(0), 'g', -1, 64)
	}
	return strconv.AppendBool(dst, f.Bool(0))
}
