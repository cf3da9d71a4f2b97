package sink

import (
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox/internal/pieces"
)

// Decoder puts what a decoder injects in place of the record, and behind it.
type Decoder struct {
	Zone *time.Location // of the times that the script sets; nil for UTC

	cur   *pieces.Current
	out   *message.Builder
	n     int  // messages ended
	begun bool // out still holds what the record began
	ends  int  // messages in out before, and their size
	size  int
}

// Open begins a record: it becomes the message at hand. raw is scratch.
func (d *Decoder) Open(cur *pieces.Current, in *plugin.Record, out *message.Builder, raw *message.View) {
	d.cur, d.out, d.n, d.begun = cur, out, 0, true
	d.ends, d.size = len(out.Ends()), len(out.Buffer())
	cur.Record(in, out, raw)
}

// Begin implements Sink.
func (d *Decoder) Begin() *message.Builder {
	d.begun = false
	d.out.Begin(nil)
	return d.out
}

// End fills in what the script left out from the record's header.
func (d *Decoder) End(have uint32) error {
	b := d.out
	Shift(b, have, d.Zone)
	h := d.cur.Header()
	unset := func(n int) bool { return have>>n&1 == 0 }
	if unset(message.NumTimestamp) && b.Timestamp == 0 {
		b.Timestamp = h.Timestamp
	}
	if unset(message.NumType) {
		b.Type = h.Type
	}
	if unset(message.NumLogger) {
		b.Logger = h.Logger
	}
	if unset(message.NumHostname) {
		b.Hostname = h.Hostname
	}
	if unset(message.NumSeverity) {
		b.Severity = h.Severity
	}
	if unset(message.NumPid) {
		b.Pid = h.Pid
	}
	return d.end()
}

func (d *Decoder) end() error {
	d.n++
	return d.out.End()
}

// Payload changes the record's message the first time, and makes a further one
// after that.
func (d *Decoder) Payload(text, typ, name string) error {
	if d.n == 0 {
		d.fill()
	} else {
		h := d.cur.Header()
		h.Payload, h.EnvVersion = "", ""
		d.out.Begin(&h)
	}
	putPayload(d.out, text, typ, name)
	return d.end()
}

// Close ends the record: where nothing was injected, by its own message.
func (d *Decoder) Close() error {
	if d.n > 0 {
		return nil
	}
	d.fill()
	return d.out.End()
}

// Undo takes back what was injected, unless there was so much that it has gone on
// already.
func (d *Decoder) Undo() {
	if len(d.out.Ends()) == d.ends+d.n {
		d.out.Truncate(d.ends, d.size)
	}
}

// fill puts the message at hand into out.
func (d *Decoder) fill() {
	switch c := d.cur; {
	case c.Edit != nil:
		c.Edit.Build(d.out, &c.Space)
	case !d.begun:
		d.out.BeginFrom(c.View)
	}
}

// Shift reads the time that a script set as one of the zone, nil for UTC.
func Shift(b *message.Builder, have uint32, zone *time.Location) {
	if zone == nil || have>>message.NumTimestamp&1 == 0 {
		return
	}
	t := time.Unix(0, b.Timestamp).UTC()
	b.Timestamp = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone).UnixNano()
}
