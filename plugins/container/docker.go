package container

import (
	"bytes"
	"errors"

	"github.com/heka-project/heka/internal/jsonflat"
	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

func init() {
	plugin.RegisterDecoder("DockerJsonDecoder", plugin.About{
		Doc:    "Reads the lines of Docker's json-file log driver, putting long ones together again.",
		Sample: dockerSample,
		Readme: readme,
	}, NewDocker)
}

// Docker reads lines of the json-file driver. It belongs to one stream.
type Docker struct {
	joiner
	iso  stamp.RFC3339
	text []byte // of the present line
}

// What a line can be refused for.
var (
	errDocker     = errors.New("not a line of Docker's json-file: it is no JSON object, or damaged")
	errDockerLog  = errors.New("line of Docker's json-file has no text under log")
	errDockerTime = errors.New("line of Docker's json-file has no time under time")
)

// NewDocker makes a decoder.
func NewDocker(cfg Config, env plugin.Env) (plugin.Decoder, error) {
	return &Docker{joiner: cfg.joiner(env)}, nil
}

// Decode reads one line.
func (d *Docker) Decode(in *plugin.Record, out *message.Builder) error {
	var l line
	var log, when []byte
	b := bytes.TrimSpace(in.Data)
	if len(b) < 2 || b[0] != '{' || b[len(b)-1] != '}' {
		return errDocker
	}
	for i := skipSpace(b, 1); b[i] != '}'; {
		k, v, next := member(b, i)
		if next < 0 {
			return errDocker
		}
		switch string(k) {
		case `"log"`:
			log = v
		case `"stream"`:
			l.stderr = string(v) == `"stderr"`
		case `"time"`:
			when = v
		case `"attrs"`:
			l.attrs = v
		}
		i = next
	}
	var ok bool
	if d.text, ok = jsonflat.Text(d.text[:0], log); !ok {
		return errDockerLog
	}
	if len(when) < 2 || when[0] != '"' {
		return errDockerTime
	}
	ns, n := d.iso.Parse(when[1 : len(when)-1])
	if n != len(when)-2 {
		return errDockerTime
	}
	l.ns, l.text = ns, d.text
	if end := len(d.text) - 1; end >= 0 && d.text[end] == '\n' {
		l.final = true
		if l.text = d.text[:end]; end > 0 && d.text[end-1] == '\r' {
			l.text = d.text[:end-1]
		}
	}
	return d.add(in, out, &l)
}

var _, _ plugin.Finisher = (*Docker)(nil), (*Cri)(nil)

func skipSpace(b []byte, i int) int {
	for i < len(b)-1 && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// member reads a key and a value at b[i:], which is closed by a brace: as they
// stand. next is the offset of the next key or of the brace, -1 for damage.
func member(b []byte, i int) (k, v []byte, next int) {
	if b[i] != '"' {
		return nil, nil, -1
	}
	end := jsonflat.Value(b, i)
	if end < 0 || end == len(b) { // the last byte is the brace, and no value's
		return nil, nil, -1
	}
	k = b[i:end]
	if i = skipSpace(b, end); b[i] != ':' {
		return nil, nil, -1
	}
	i = skipSpace(b, i+1)
	if end = jsonflat.Value(b, i); end < 0 || end == len(b) {
		return nil, nil, -1
	}
	v = b[i:end]
	i = skipSpace(b, end)
	switch {
	case b[i] == '}' && i == len(b)-1:
		return k, v, i
	case b[i] != ',':
		return nil, nil, -1
	}
	if i = skipSpace(b, i+1); b[i] == '}' {
		return nil, nil, -1
	}
	return k, v, i
}

// attributes makes fields of Docker's attrs object: attrs.NAME, texts.
func (j *joiner) attributes(b []byte, out *message.Builder) {
	if len(b) < 2 || b[0] != '{' {
		return
	}
	for i := skipSpace(b, 1); b[i] != '}'; {
		k, v, next := member(b, i)
		if next < 0 {
			return
		}
		var ok bool
		if j.name, ok = jsonflat.Text(append(j.name[:0], "attrs."...), k); ok {
			if j.value, ok = jsonflat.Text(j.value[:0], v); !ok {
				j.value = append(j.value[:0], v...)
			}
			out.String(message.Borrow(j.name), message.Borrow(j.value), "")
		}
		i = next
	}
}

func (c Config) joiner(env plugin.Env) joiner {
	j := joiner{typ: c.MessageType, join: c.Join, sources: c.SourceFields, max: int(c.MaxLine), patient: c.PartialTimeout, now: env.NowFunc()}
	if limit := env.MaxMessageSize - 4096; env.MaxMessageSize > 8192 && (j.max == 0 || j.max > limit) {
		j.max = limit
	}
	if j.max == 0 {
		j.max = 60 << 10
	}
	return j
}
