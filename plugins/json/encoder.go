// Package json holds JsonEncoder, which writes each message as one JSON object on
// a line of its own.
//
//	{"Uuid":"…","Timestamp":"…","Type":"…",…,"Fields":{"status":200,…}}
//
// The object is appended straight from the encoded message: no struct tree, no
// reflection, no allocation. README.md says exactly what is written.
package json

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/heka-project/heka/internal/jsontext"
	"github.com/heka-project/heka/internal/timetext"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed json.toml
var sample string

// Config holds the options of JsonEncoder.
type Config struct {
	Fields        []string          `toml:"fields" default:"[\"Uuid\",\"Timestamp\",\"Type\",\"Logger\",\"Severity\",\"Payload\",\"EnvVersion\",\"Pid\",\"Hostname\",\"Fields\"]" doc:"Header fields to write, in this order; Fields stands for the dynamic fields."`
	Names         map[string]string `toml:"names" doc:"Keys for header fields that shall be called otherwise, as in Timestamp = \"@timestamp\"."`
	DynamicFields []string          `toml:"dynamic_fields" doc:"Names of the dynamic fields to write; when empty, all."`
	Flat          bool              `toml:"flat" doc:"Write the dynamic fields beside the header fields instead of inside an object Fields; one whose name is already a key gets the prefix \"Fields.\"."`
	Timestamp     string            `toml:"timestamp" default:"rfc3339" doc:"Form of Timestamp: rfc3339 (UTC, with the fraction it needs), epoch, epoch_ms, epoch_us, epoch_ns, or a strftime format such as \"%Y-%m-%dT%H:%M:%S\" (UTC)."`
}

// header lists what fields may name.
var header = []string{"Uuid", "Timestamp", "Type", "Logger", "Severity", "Payload", "EnvVersion", "Pid", "Hostname", "Fields"}

var numbers = map[string]int{
	"Uuid": message.NumUUID, "Timestamp": message.NumTimestamp, "Type": message.NumType, "Logger": message.NumLogger,
	"Severity": message.NumSeverity, "Payload": message.NumPayload, "EnvVersion": message.NumEnvVersion,
	"Pid": message.NumPid, "Hostname": message.NumHostname, "Fields": message.NumFields, "DynamicFields": message.NumFields,
}

// Validate checks names and the form of times.
func (c Config) Validate() error {
	if _, err := c.keys(); err != nil {
		return err
	}
	if _, err := timetext.New(c.Timestamp, nil); err != nil {
		return &plugin.OptionError{Option: "timestamp", What: err.Error(), Fix: timetext.Fix}
	}
	return nil
}

// named is a header field with the key that it gets.
type named struct {
	num int
	key string
}

// keys lists the header fields to write.
func (c Config) keys() ([]named, error) {
	given := map[int]string{}
	for f, k := range c.Names {
		if numbers[f] == 0 {
			return nil, &plugin.OptionError{Option: "names", What: fmt.Sprintf("%q is no header field", f), Fix: "write one of " + strings.Join(header, ", ")}
		}
		given[numbers[f]] = k
	}
	fields := c.Fields
	if len(fields) == 0 {
		fields = header
	}
	var list []named
	seen, owner := map[int]bool{}, map[string]string{}
	for _, f := range fields {
		num := numbers[f]
		if num == 0 {
			return nil, &plugin.OptionError{Option: "fields", What: fmt.Sprintf("%q is no header field", f), Fix: "write some of " + strings.Join(header, ", ")}
		}
		if seen[num] {
			return nil, &plugin.OptionError{Option: "fields", What: fmt.Sprintf("%q is named twice", f), Fix: "name it once"}
		}
		seen[num] = true
		key, ok := given[num]
		if !ok {
			if key = f; num == message.NumFields {
				key = "Fields"
			}
		}
		if num == message.NumFields && c.Flat {
			list = append(list, named{num, ""})
			continue
		}
		if other := owner[key]; other != "" {
			return nil, &plugin.OptionError{Option: "names", What: fmt.Sprintf("%s and %s are both called %q", other, f, key), Fix: "give each a key of its own"}
		}
		owner[key] = f
		list = append(list, named{num, key})
	}
	return list, nil
}

func init() {
	plugin.RegisterEncoder("JsonEncoder", plugin.About{
		Doc:    "Writes each message as one JSON object on a line.",
		Sample: sample,
		Readme: readme,
	}, New)
}

// Encoder writes JSON. It belongs to one output.
type Encoder struct {
	keys  []key
	only  map[string]bool // dynamic fields to write, nil for all
	flat  bool
	taken map[string]bool // keys that a flat dynamic field may not have
	times *jsontext.Times

	hashes  [maxPlain]uint32 // of the names in the message being written
	seqs    [8]sequence      // by hash of the Type
	learned int
	// Of a message with repeated names; empty between calls.
	bodies [][]byte       // encoded fields
	next   []int          // the next field of the same name, -1 for none
	firsts []int          // fields whose name no earlier one has
	last   map[string]int // last field of a name
}

// key is a header field to write.
type key struct {
	num int
	member
}

// New makes an encoder.
func New(cfg Config, _ plugin.Env) (plugin.Encoder, error) {
	t, err := timetext.New(cfg.Timestamp, nil)
	if err != nil {
		return nil, err
	}
	list, err := cfg.keys()
	if err != nil {
		return nil, err
	}
	e := &Encoder{flat: cfg.Flat, times: jsontext.NewTimes(t), taken: map[string]bool{}}
	for _, n := range list {
		e.keys = append(e.keys, key{n.num, newMember(append(jsontext.AppendString(nil, n.key), ':'))})
		e.taken[n.key] = true
	}
	if len(cfg.DynamicFields) > 0 {
		e.only = map[string]bool{}
		for _, f := range cfg.DynamicFields {
			e.only[f] = true
		}
	}
	return e, nil
}

// Encode appends the object and a newline. message.ErrDamaged means that a
// dynamic field cannot be read.
func (e *Encoder) Encode(dst []byte, v *message.View) ([]byte, error) {
	start := len(dst)
	dst = append(dst, '{')
	for i := range e.keys {
		k := &e.keys[i]
		switch k.num {
		case message.NumFields:
			var ok bool
			if dst, ok = e.fields(dst, k, v); !ok {
				return dst[:start], message.ErrDamaged
			}
		case message.NumUUID:
			if raw := v.UUID(); len(raw) == 16 {
				dst = append(jsontext.AppendUUID(k.append(dst), raw), ',')
			}
		case message.NumTimestamp:
			dst = append(e.times.Append(k.append(dst), v.Timestamp()), ',')
		case message.NumSeverity:
			dst = append(jsontext.AppendInt(k.append(dst), int64(v.Severity())), ',')
		case message.NumPid:
			if pid := v.Pid(); pid != 0 {
				dst = append(jsontext.AppendInt(k.append(dst), int64(pid)), ',')
			}
		default:
			if s := v.Text(k.num); s != "" {
				dst = append(jsontext.AppendString(k.append(dst), s), ',')
			}
		}
	}
	if n := len(dst); dst[n-1] == ',' {
		dst = dst[:n-1]
	}
	return append(dst, '}', '\n'), nil
}
