package autodetect

import (
	"github.com/heka-project/heka/internal/keys"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// text makes a message of a record that is nothing else.
func (d *Decoder) text(b []byte, in *plugin.Record, out *message.Builder) error {
	in.Begin(out)
	if d.cfg.MessageType != "" {
		out.Type = d.cfg.MessageType
	}
	if d.cfg.PlainTimes {
		d.time(b, out)
	}
	if out.Timestamp == 0 {
		out.Timestamp = d.now().UnixNano()
	}
	return out.End()
}

// time takes the time that text begins with, in brackets or not, and a level among
// the three words behind it: in capitals, or in brackets.
func (d *Decoder) time(b []byte, out *message.Builder) {
	i := 0
	if i < len(b) && b[i] == '[' {
		i++
	}
	ns, n := d.guess.Parse(b[i:])
	if n == 0 || n < 8 || i+n < len(b) && !ends(b[i+n]) {
		return
	}
	out.Timestamp = ns
	i += n
	for range 3 {
		for i < len(b) && ends(b[i]) {
			i++
		}
		from := i
		for i < len(b) && !ends(b[i]) {
			i++
		}
		w := b[from:i]
		if len(w) < 4 && string(w) != "ERR" || !capitals(w) && b[max(from-1, 0)] != '[' {
			continue
		}
		if s, ok := keys.SeverityOf(w); ok {
			out.Severity = s
			return
		}
	}
}

// ends are the characters around the words of a line's head.
func ends(c byte) bool {
	switch c {
	case ' ', '\t', '[', ']', '(', ')', ':', ',', '|', '-', ';':
		return true
	}
	return false
}

func capitals(w []byte) bool {
	for _, c := range w {
		if c-'A' > 'Z'-'A' {
			return false
		}
	}
	return true
}
