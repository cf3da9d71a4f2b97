// Package accesslog holds AccessLogDecoder, which reads the access logs of nginx,
// Apache and all who write like them by the log_format that wrote them.
//
//	log_format ──compile──▶ head · variable · tail · variable · tail …
//	line ─────────────────▶ one walk over the parts, each value a field as it is met
//
// Names and units of fields are those of the original's grammar builders. A
// decoder belongs to one stream; it borrows the line and allocates nothing.
package accesslog

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"time"

	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed accesslog.toml
var sample string

// Config holds the options of AccessLogDecoder.
type Config struct {
	LogFormat            string `toml:"log_format" required:"true" doc:"Format that wrote the log, as in nginx's log_format or Apache's LogFormat, or a name: combined, combinedio, common, main, vhost_combined, vhost_common."`
	Type                 string `toml:"message_type" doc:"Type of the messages; when empty, the input's."`
	UserAgentTransform   bool   `toml:"user_agent_transform" doc:"Split http_user_agent into user_agent_browser, user_agent_version and user_agent_os."`
	UserAgentKeep        bool   `toml:"user_agent_keep" doc:"Keep http_user_agent beside what user_agent_transform made of it."`
	UserAgentConditional bool   `toml:"user_agent_conditional" doc:"Keep http_user_agent when user_agent_transform found no browser in it."`
	PayloadKeep          bool   `toml:"payload_keep" doc:"Keep the line as payload."`
	DashIsAbsent         bool   `toml:"dash_is_absent" doc:"Make no field of a text that is a lone dash, which stands for a missing value."`
	Unescape             bool   `toml:"unescape" doc:"Turn the escapes in texts (\\xHH, \\\", \\\\ and the like) into what they stand for."`
	TZ                   string `toml:"tz" default:"Local" doc:"Time zone of a %{format}t that tells none: an IANA name, UTC or Local."`
}

// Validate compiles the format.
func (c Config) Validate() error {
	loc, err := stamp.Zone(c.TZ)
	if err != nil {
		return &plugin.OptionError{Option: "tz", What: err.Error(), Fix: `write an IANA name such as "Europe/Berlin", "UTC" or "Local"`}
	}
	if _, err := compile(c.LogFormat, loc, time.Now); err != nil {
		return &plugin.OptionError{Option: "log_format", What: err.Error(), Fix: "copy the format from the web server's configuration"}
	}
	return nil
}

func init() {
	plugin.RegisterDecoder("AccessLogDecoder", plugin.About{
		Doc:    "Reads the access logs of nginx and Apache by their log_format.",
		Sample: sample,
		Readme: readme,
	}, New)
}

// Decoder reads lines of one format. It belongs to one stream.
type Decoder struct {
	cfg    Config
	format *format
	now    func() time.Time

	clf     stamp.CLF
	iso     stamp.RFC3339
	scratch []byte    // the text being unescaped
	texts   []string  // the list being read
	ints    []int64   // likewise
	floats  []float64 // likewise
}

var (
	errEmpty = errors.New("access log line is empty")
	errHead  = errors.New("access log line does not fit log_format at its beginning")
)

// New makes a decoder.
func New(cfg Config, env plugin.Env) (plugin.Decoder, error) {
	loc, err := stamp.Zone(cfg.TZ)
	if err != nil {
		return nil, err
	}
	now := env.NowFunc()
	f, err := compile(cfg.LogFormat, loc, now)
	if err != nil {
		return nil, err
	}
	for i := range f.parts {
		p := &f.parts[i]
		p.plain = p.name != "" && !cfg.Unescape && !cfg.DashIsAbsent && !(p.agent && cfg.UserAgentTransform)
	}
	return &Decoder{cfg: cfg, format: f, now: now}, nil
}

// Decode reads one line. Its end of line does not count; text behind the last
// variable is passed over.
func (d *Decoder) Decode(in *plugin.Record, out *message.Builder) error {
	line := in.Data
	for n := len(line); n > 0 && (line[n-1] == '\n' || line[n-1] == '\r'); n-- {
		line = line[:n-1]
	}
	if len(line) == 0 {
		return errEmpty
	}
	in.Begin(out)
	if d.cfg.Type != "" {
		out.Type = d.cfg.Type
	}
	if !d.cfg.PayloadKeep {
		out.Payload = ""
	}
	i := tail(line, 0, d.format.head)
	if i < 0 {
		return errHead
	}
	for k := range d.format.parts {
		p := &d.format.parts[k]
		switch p.kind {
		case kText, kToken:
			end, next := p.quick(line, i)
			if end < 0 {
				if end, next = p.text(line, i); end < 0 {
					return p.errTail
				}
			}
			if p.plain {
				out.PutText(&p.head, message.Borrow(line[i:end]))
			} else {
				d.text(p, line[i:end], out)
			}
			i = next
			continue
		case kStatus, kSize, kInt:
			if i = d.integer(p, line, i, out); i < 0 {
				return p.errValue
			}
		case kHost:
			if i = d.host(p, line, i, out); i < 0 {
				return p.errValue
			}
		case kCLF:
			ns, n := d.clf.Parse(line[i:])
			if n == 0 {
				return p.errValue
			}
			out.Timestamp = ns
			i += n
		default:
			if i = d.value(p, line, i, out); i < 0 {
				return p.errValue
			}
		}
		if i = p.after(line, i); i < 0 {
			return p.errTail
		}
	}
	if out.Timestamp == 0 {
		out.Timestamp = d.now().UnixNano()
	}
	return out.End()
}

// text keeps a string value.
func (d *Decoder) text(p *part, v []byte, out *message.Builder) {
	if p.name == "" || p.kind == kText && len(v) == 1 && v[0] == '-' && d.cfg.DashIsAbsent {
		return
	}
	s := message.Borrow(v)
	if d.cfg.Unescape {
		d.scratch, s = unescape(d.scratch, v)
	}
	if p.agent && d.cfg.UserAgentTransform {
		a := parseAgent(s)
		a.add(out)
		if !d.cfg.UserAgentKeep && !(d.cfg.UserAgentConditional && a.browser == "") {
			return
		}
	}
	out.PutText(&p.head, s)
}

// after reads the fixed text behind the variable at b[i:] and returns the offset
// past it, or -1. Fast path: it is short and its blanks are just that.
func (p *part) after(b []byte, i int) int {
	if i+4 > len(b) || p.mask == 0 || binary.LittleEndian.Uint32(b[i:])&p.mask != p.word {
		return tail(b, i, p.tail)
	}
	n := i + len(p.tail)
	if b[n-1] == ' ' {
		for n < len(b) && isSpace(b[n]) {
			n++
		}
	}
	return n
}

// tail reads the fixed text t at b[i:], in which a blank stands for white space,
// and returns the offset past it, or -1.
func tail(b []byte, i int, t string) int {
	for k := range len(t) {
		if i >= len(b) {
			return -1
		}
		c := b[i]
		if t[k] != ' ' {
			if c != t[k] {
				return -1
			}
			i++
			continue
		}
		if !isSpace(c) {
			return -1
		}
		for i++; i < len(b) && isSpace(b[i]); i++ {
		}
	}
	return i
}
