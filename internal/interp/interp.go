// Package interp fills texts with parts of messages:
//
//	%{Hostname}                 a header field
//	%{status}                   the first value of a dynamic field
//	%{Fields[status][0][1]}     the second value of the first field of that name
//	%{Timestamp|%Y-%m-%d}       the time, in a form of package timetext
//	%{%Y.%m.%d}                 the same
//	%{request|json}             a value in another form: json, upper, lower, name
//	%{user:-nobody}             what stands there when the message has none
//	%%{                         the two characters %{
//
// A text is compiled once; filling it allocates nothing. One goroutine uses it.
package interp

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/heka-project/heka/internal/timetext"
	"github.com/heka-project/heka/message"
)

// Text is a compiled text.
type Text struct {
	parts []part
	now   func() time.Time // nil: the message's time
}

// part is a piece of fixed text or a name.
type part struct {
	lit      string // fixed text; of a name, what stands for it when it is missing
	num      int    // header field, 0 for none
	field    string // dynamic field
	nth, val int    // which field of that name, which value
	time     *timetext.Writer
	form     form
	fallback bool // lit was given for the case that the name is missing
}

type form uint8

const (
	asText form = iota
	asJSON
	asUpper
	asLower
	asName // of a severity
)

var forms = map[string]form{"text": asText, "json": asJSON, "upper": asUpper, "lower": asLower, "name": asName}

// Header holds the names of the header fields.
var Header = map[string]int{
	"Uuid": message.NumUUID, "UUID": message.NumUUID, "Timestamp": message.NumTimestamp, "Type": message.NumType,
	"Logger": message.NumLogger, "Severity": message.NumSeverity, "Payload": message.NumPayload,
	"EnvVersion": message.NumEnvVersion, "Pid": message.NumPid, "Hostname": message.NumHostname,
}

// Compile reads a text. loc is the zone of its times, nil for UTC.
func Compile(s string, loc *time.Location) (*Text, error) {
	return compile(s, func(body string) (part, error) { return parse(body, loc) })
}

// CompilePlain reads a text as the original's Elasticsearch encoders do: a name is
// all that stands in the braces; one that holds a % is a time, in UTC, taken from
// now where that is not nil. A field that is missing leaves its name.
func CompilePlain(s string, now func() time.Time) (*Text, error) {
	t, err := compile(s, func(body string) (part, error) {
		num := Header[body]
		if num == message.NumTimestamp || body == "Uuid" || body == "Payload" {
			num = 0 // not known there
		}
		if strings.Contains(body, "%") {
			w, err := timetext.New(body, nil)
			return part{num: message.NumTimestamp, time: w}, err
		}
		return part{num: num, field: body, lit: body}, nil
	})
	if err == nil {
		t.now = now
	}
	return t, err
}

func compile(s string, name func(string) (part, error)) (*Text, error) {
	t := &Text{}
	lit := ""
	for {
		i := strings.Index(s, "%{")
		if i < 0 {
			break
		}
		if i > 0 && s[i-1] == '%' {
			lit, s = lit+s[:i-1]+"%{", s[i+2:]
			continue
		}
		n := strings.IndexByte(s[i:], '}')
		if n < 0 {
			return nil, fmt.Errorf("%q has no closing brace", s[i:])
		}
		body := s[i+2 : i+n]
		if body == "" {
			return nil, fmt.Errorf("%q names nothing", s[i:i+n+1])
		}
		p, err := name(body)
		if err != nil {
			return nil, err
		}
		if lit += s[:i]; lit != "" {
			t.parts = append(t.parts, part{lit: lit})
		}
		t.parts = append(t.parts, p)
		lit, s = "", s[i+n+1:]
	}
	if lit += s; lit != "" {
		t.parts = append(t.parts, part{lit: lit})
	}
	return t, nil
}

// parse reads what stands between the braces.
func parse(body string, loc *time.Location) (p part, err error) {
	name := body
	if i := strings.Index(name, ":-"); i >= 0 {
		name, p.lit, p.fallback = name[:i], name[i+2:], true
	}
	if strings.Contains(name, "%") && !strings.Contains(name, "|") {
		name = "Timestamp|" + name
	}
	name, as, formed := strings.Cut(name, "|")
	p.num, p.field = Header[name], name
	switch {
	case name == "":
		return p, fmt.Errorf("%q names nothing", "%{"+body+"}")
	case p.num == message.NumTimestamp:
		p.time, err = timetext.New(as, loc)
		if err != nil {
			err = fmt.Errorf("%w; %s", err, timetext.Fix)
		}
		return p, err
	case p.num == 0 && strings.HasPrefix(name, "Fields["):
		if err := p.index(name[len("Fields"):]); err != nil {
			return p, err
		}
	}
	if f, ok := forms[as]; ok {
		p.form = f
	} else if formed {
		return p, fmt.Errorf("%q is no form of a value; write json, upper, lower, name or text", as)
	}
	if p.form == asName && p.num != message.NumSeverity {
		return p, fmt.Errorf("form name in %q is for Severity only", "%{"+body+"}")
	}
	return p, nil
}

// index reads [name], [name][nth] or [name][nth][value].
func (p *part) index(s string) error {
	bad := fmt.Errorf("%q is not like Fields[name], Fields[name][0] or Fields[name][0][0]", "Fields"+s)
	for k := range 3 {
		n := strings.IndexByte(s, ']')
		if n < 2 || s[0] != '[' {
			return bad
		}
		inner := s[1:n]
		if k == 0 {
			p.field = inner
		} else {
			i, err := strconv.ParseUint(inner, 10, 16)
			if err != nil {
				return bad
			}
			if k == 1 {
				p.nth = int(i)
			} else {
				p.val = int(i)
			}
		}
		if s = s[n+1:]; s == "" {
			return nil
		}
	}
	return bad
}

// Constant reports whether the text takes nothing from messages, and what it is.
func (t *Text) Constant() (string, bool) {
	switch len(t.parts) {
	case 0:
		return "", true
	case 1:
		p := &t.parts[0]
		return p.lit, p.num == 0 && p.field == "" && p.time == nil
	}
	return "", false
}
