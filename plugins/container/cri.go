// Package container holds DockerJsonDecoder and CriDecoder, which read what
// container runtimes write of their containers' output.
//
//	{"log":"text\n","stream":"stdout","time":"2026-11-25T13:00:00.123456789Z"}      Docker, json-file
//	2026-11-25T13:00:00.123456789Z stdout F text                                    containerd, CRI-O
//
// Both cut long lines: Docker after 16 KiB, where the text has no line end, CRI
// where it says P. The pieces are put together again, for each of the two streams
// by itself:
//
//	P ─▶ held ─P─▶ held ─F─▶ one message
//	             └─ too long, too old, end of the source ─▶ a message with partial=true
//
// A decoder belongs to one stream; it borrows the record and allocates nothing.
package container

import (
	"bytes"
	_ "embed"
	"errors"
	"time"

	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed docker.toml
var dockerSample string

//go:embed container.toml
var criSample string

// Config holds the options of both.
type Config struct {
	MessageType    string        `toml:"message_type" doc:"Type of the messages; when empty, the input's."`
	Join           bool          `toml:"join" default:"true" doc:"Put lines together that the runtime cut; off: each piece is a message, those that go on with partial=true."`
	MaxLine        plugin.Size   `toml:"max_line" default:"0" doc:"Bytes that are put together at most; 0, and more, for what a message holds."`
	PartialTimeout time.Duration `toml:"partial_timeout" default:"5s" doc:"How long a piece waits for the next before it goes out alone."`
	SourceFields   bool          `toml:"source_fields" default:"true" doc:"Make the fields pod, namespace, container and container_id of a Logger that is the name of a container's log file."`
}

// Validate checks the options.
func (c Config) Validate() error {
	switch {
	case c.MaxLine < 0:
		return &plugin.OptionError{Option: "max_line", What: "it is negative", Fix: "write 0 for what a message holds"}
	case c.PartialTimeout <= 0:
		return &plugin.OptionError{Option: "partial_timeout", What: "it is not positive", Fix: `write a time such as "5s"`}
	}
	return nil
}

func init() {
	plugin.RegisterDecoder("CriDecoder", plugin.About{
		Doc:    "Reads the log lines of containerd and CRI-O, putting long ones together again.",
		Sample: criSample,
		Readme: readme,
	}, NewCri)
}

// Cri reads lines of the container runtime interface. It belongs to one stream.
type Cri struct {
	joiner
	iso stamp.RFC3339
}

// What a line can be refused for.
var (
	errCriTime   = errors.New("not a CRI line: it does not begin with a time like 2026-11-25T13:00:00.123456789Z")
	errCriStream = errors.New("CRI line has neither stdout nor stderr behind its time")
	errCriTag    = errors.New("CRI line has neither P nor F behind its stream")
)

// NewCri makes a decoder.
func NewCri(cfg Config, env plugin.Env) (plugin.Decoder, error) {
	return &Cri{joiner: cfg.joiner(env)}, nil
}

var (
	stdout = []byte(" stdout ")
	stderr = []byte(" stderr ")
)

// Decode reads one line.
func (d *Cri) Decode(in *plugin.Record, out *message.Builder) error {
	b := in.Data
	if n := len(b); n > 0 && b[n-1] == '\n' {
		b = b[:n-1]
	}
	if n := len(b); n > 0 && b[n-1] == '\r' {
		b = b[:n-1]
	}
	ns, n := d.iso.Parse(b)
	if n == 0 {
		return errCriTime
	}
	l := line{ns: ns}
	switch b = b[n:]; {
	case bytes.HasPrefix(b, stdout):
	case bytes.HasPrefix(b, stderr):
		l.stderr = true
	default:
		return errCriStream
	}
	b = b[len(stdout):]
	if len(b) == 0 || b[0] != 'F' && b[0] != 'P' || len(b) > 1 && b[1] != ' ' && b[1] != ':' {
		return errCriTag
	}
	l.final = b[0] == 'F'
	if end := bytes.IndexByte(b, ' '); end > 0 { // other tags may follow, behind colons
		l.text = b[end+1:]
	}
	return d.add(in, out, &l)
}
