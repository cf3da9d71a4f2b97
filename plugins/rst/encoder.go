// Package rst holds RstEncoder, which writes messages for people to read: each
// header field a line of reStructuredText, each dynamic field a line below them.
package rst

import (
	_ "embed"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed rst.toml
var sample string

// Config is empty: RstEncoder has no options.
type Config struct{}

func init() {
	plugin.RegisterEncoder("RstEncoder", plugin.About{
		Doc:    "Writes messages for people to read, one line a field.",
		Sample: sample,
		Readme: readme,
	}, New)
}

// Encoder writes messages as text.
type Encoder struct{}

// New makes an encoder.
func New(Config, plugin.Env) (plugin.Encoder, error) { return Encoder{}, nil }

// Encode appends an empty line and the message.
func (Encoder) Encode(dst []byte, v *message.View) ([]byte, error) {
	dst = append(dst, "\n:Timestamp: "...)
	dst = time.Unix(0, v.Timestamp()).UTC().AppendFormat(dst, "2006-01-02 15:04:05.999999999 -0700 MST")
	dst = text(append(dst, "\n:Type: "...), v.Type(), false)
	dst = text(append(dst, "\n:Hostname: "...), v.Hostname(), false)
	dst = strconv.AppendInt(append(dst, "\n:Pid: "...), int64(v.Pid()), 10)
	dst = message.AppendUUID(append(dst, "\n:Uuid: "...), v.UUID())
	dst = text(append(dst, "\n:Logger: "...), v.Logger(), false)
	dst = text(append(dst, "\n:Payload: "...), v.Payload(), false)
	dst = text(append(dst, "\n:EnvVersion: "...), v.EnvVersion(), false)
	dst = strconv.AppendInt(append(dst, "\n:Severity: "...), int64(v.Severity()), 10)
	dst = append(dst, '\n')
	if v.NFields() == 0 {
		return dst, nil
	}
	dst = append(dst, ":Fields:\n"...)
	it := v.Fields()
	for it.Next() {
		dst = field(dst, it.Field())
	}
	if it.Damaged() {
		dst = append(dst, "    | (a field that cannot be read)\n"...)
	}
	return dst, nil
}

// field appends the line of a dynamic field.
func field(dst []byte, f *message.Field) []byte {
	dst = text(append(dst, `    | name:"`...), f.Name(), true)
	dst = append(append(dst, `" type:`...), f.Type.String()...)
	dst = append(dst, " value:"...)
	if f.Len() != 1 {
		dst = append(dst, '[')
	}
	for k := range f.Len() {
		if k > 0 {
			dst = append(dst, ' ')
		}
		switch f.Type {
		case message.String, message.Bytes:
			dst = append(text(append(dst, '"'), f.Text(k), true), '"')
		case message.Integer:
			dst = strconv.AppendInt(dst, f.Int(k), 10)
		case message.Double:
			dst = strconv.AppendFloat(dst, f.Double(k), 'g', -1, 64)
		case message.Bool:
			dst = strconv.AppendBool(dst, f.Bool(k))
		}
	}
	if f.Len() != 1 {
		dst = append(dst, ']')
	}
	if r := f.Representation(); r != "" {
		dst = append(text(append(dst, ` representation:"`...), r, true), '"')
	}
	return append(dst, '\n')
}

const hexDigits = "0123456789abcdef"

// text appends s with control bytes and what is not UTF-8 escaped, so that a
// message cannot forge lines or drive the terminal. Inside quotes, quotes and
// backslashes are escaped too; outside, a newline stays and what follows it is
// indented.
func text(dst []byte, s string, quoted bool) []byte {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\n' && !quoted:
			dst = append(dst, "\n    "...)
		case r == '\n':
			dst = append(dst, '\\', 'n')
		case r == '\t' && quoted:
			dst = append(dst, '\\', 't')
		case quoted && (r == '"' || r == '\\'):
			dst = append(dst, '\\', byte(r))
		case r == '\t' || r >= ' ' && (r < 0x7f || r >= 0xa0) && !(r == utf8.RuneError && n == 1):
			dst = append(dst, s[i:i+n]...)
		default:
			for _, c := range []byte(s[i : i+n]) {
				dst = append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
			}
		}
		i += n
	}
	return dst
}
