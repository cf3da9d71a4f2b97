// Package logfmtenc holds LogfmtEncoder, which writes each message as a line of
// key=value pairs:
//
//	ts=2026-11-25T13:00:00Z level=info host=web01 msg="request served" status=200
//
// Lines are appended straight from the encoded message, without allocating.
package logfmtenc

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/heka-project/heka/internal/interp"
	"github.com/heka-project/heka/internal/jsontext"
	"github.com/heka-project/heka/internal/timetext"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed logfmtenc.toml
var sample string

// Config holds the options of LogfmtEncoder.
type Config struct {
	Fields        []string          `toml:"fields" default:"[\"Timestamp\",\"Severity\",\"Hostname\",\"Type\",\"Logger\",\"Pid\",\"Payload\",\"Fields\"]" doc:"Header fields to write, in this order; Fields stands for the dynamic fields."`
	Names         map[string]string `toml:"names" doc:"Keys for header fields that shall be called otherwise, as in Timestamp = \"time\"."`
	DynamicFields []string          `toml:"dynamic_fields" doc:"Names of the dynamic fields to write; when empty, all."`
	Timestamp     string            `toml:"timestamp" default:"rfc3339" doc:"Form of Timestamp: rfc3339 (UTC), epoch, epoch_ms, epoch_us, epoch_ns, or a strftime format (UTC)."`
	Severity      string            `toml:"severity" default:"name" enum:"name,number" doc:"Form of Severity: its syslog keyword or its number."`
}

var numbers = map[string]int{
	"Uuid": message.NumUUID, "Timestamp": message.NumTimestamp, "Type": message.NumType, "Logger": message.NumLogger,
	"Severity": message.NumSeverity, "Payload": message.NumPayload, "EnvVersion": message.NumEnvVersion,
	"Pid": message.NumPid, "Hostname": message.NumHostname, "Fields": message.NumFields, "DynamicFields": message.NumFields,
}

var keys = map[string]string{"Uuid": "uuid", "Timestamp": "ts", "Type": "type", "Logger": "logger", "Severity": "level", "Payload": "msg",
	"EnvVersion": "env_version", "Pid": "pid", "Hostname": "host"}

// Validate checks names and the form of times.
func (c Config) Validate() error {
	_, err := newEncoder(c)
	return err
}

func init() {
	plugin.RegisterEncoder("LogfmtEncoder", plugin.About{
		Doc:    "Writes each message as a line of key=value pairs.",
		Sample: sample,
		Readme: readme,
	}, New)
}

// Encoder writes lines. It belongs to one output.
type Encoder struct {
	pairs []pair
	only  map[string]bool // dynamic fields to write, nil for all
	times *timetext.Writer
	names bool // severities by name
	text  []byte
}

// pair is a header field to write.
type pair struct {
	num int
	key string // and an equals sign
}

// New makes an encoder.
func New(cfg Config, _ plugin.Env) (plugin.Encoder, error) { return newEncoder(cfg) }

func newEncoder(c Config) (*Encoder, error) {
	e := &Encoder{names: c.Severity != "number"}
	var err error
	if e.times, err = timetext.New(c.Timestamp, nil); err != nil {
		return nil, &plugin.OptionError{Option: "timestamp", What: err.Error(), Fix: timetext.Fix}
	}
	all := "write some of Uuid, Timestamp, Type, Logger, Severity, Payload, EnvVersion, Pid, Hostname, Fields"
	for name, key := range c.Names {
		if keys[name] == "" {
			return nil, &plugin.OptionError{Option: "names", What: fmt.Sprintf("%q is no header field", name), Fix: all}
		}
		if key == "" || string(appendKey(nil, key)) != key {
			return nil, &plugin.OptionError{Option: "names." + name, What: fmt.Sprintf("%q is no key", key), Fix: "write a word without blanks, quotes and ="}
		}
	}
	var seen []int
	for _, f := range c.Fields {
		num := numbers[f]
		switch {
		case num == 0:
			return nil, &plugin.OptionError{Option: "fields", What: fmt.Sprintf("%q is no header field", f), Fix: all}
		case slices.Contains(seen, num):
			return nil, &plugin.OptionError{Option: "fields", What: fmt.Sprintf("%q is named twice", f), Fix: "name it once"}
		}
		seen = append(seen, num)
		key := keys[f]
		if k := c.Names[f]; k != "" {
			key = k
		}
		e.pairs = append(e.pairs, pair{num, key + "="})
	}
	if len(c.DynamicFields) > 0 {
		e.only = map[string]bool{}
		for _, f := range c.DynamicFields {
			e.only[f] = true
		}
	}
	return e, nil
}

// Encode appends the line. message.ErrDamaged means that a dynamic field cannot
// be read.
func (e *Encoder) Encode(dst []byte, v *message.View) ([]byte, error) {
	start := len(dst)
	for i := range e.pairs {
		p := &e.pairs[i]
		switch p.num {
		case message.NumFields:
			it := v.Fields()
			for it.Next() {
				if f := it.Field(); e.only == nil || e.only[f.Name()] {
					dst = field(dst, f)
				}
			}
			if it.Damaged() {
				return dst[:start], message.ErrDamaged
			}
		case message.NumTimestamp:
			e.text = e.times.Append(e.text[:0], v.Timestamp())
			dst = append(appendValue(append(dst, p.key...), message.Borrow(e.text)), ' ')
		case message.NumUUID:
			if raw := v.UUID(); len(raw) == 16 {
				dst = append(message.AppendUUID(append(dst, p.key...), raw), ' ')
			}
		case message.NumSeverity:
			if dst = append(dst, p.key...); e.names {
				dst = append(append(dst, interp.SeverityName(v.Severity())...), ' ')
			} else {
				dst = append(jsontext.AppendInt(dst, int64(v.Severity())), ' ')
			}
		case message.NumPid:
			if pid := v.Pid(); pid != 0 {
				dst = append(jsontext.AppendInt(append(dst, p.key...), int64(pid)), ' ')
			}
		default:
			if s := v.Text(p.num); s != "" {
				dst = append(appendValue(append(dst, p.key...), s), ' ')
			}
		}
	}
	if n := len(dst); n > start {
		dst = dst[:n-1]
	}
	return append(dst, '\n'), nil
}

// field appends a pair and a blank for each value.
func field(dst []byte, f *message.Field) []byte {
	for i := range f.Len() {
		dst = append(appendKey(dst, f.Name()), '=')
		switch f.Type {
		case message.String:
			dst = appendValue(dst, f.Text(i))
		case message.Bytes:
			n := len(dst)
			dst = jsontext.AppendBase64(dst, f.Bytes(i))
			dst = append(dst[:n], dst[n+1:len(dst)-1]...)
		case message.Integer:
			dst = jsontext.AppendInt(dst, f.Int(i))
		case message.Double:
			dst = appendFloat(dst, f.Double(i))
		case message.Bool:
			dst = strconv.AppendBool(dst, f.Bool(i))
		}
		dst = append(dst, ' ')
	}
	return dst
}

func appendFloat(dst []byte, x float64) []byte {
	if x-x != 0 {
		return strconv.AppendFloat(dst, x, 'g', -1, 64)
	}
	return jsontext.AppendFloat(dst, x)
}

// appendKey appends a key, with what it may not hold as underscores.
func appendKey(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, '_')
	}
	for _, r := range s {
		if special(r) {
			r = '_'
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// special reports whether a value with that character needs quotes.
func special(r rune) bool {
	return r <= ' ' || r == '=' || r == '"' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError
}

// appendValue appends a text, in quotes where it needs them.
func appendValue(dst []byte, s string) []byte {
	if s == "" || strings.IndexFunc(s, special) >= 0 {
		return jsontext.AppendString(dst, s)
	}
	return append(dst, s...)
}
