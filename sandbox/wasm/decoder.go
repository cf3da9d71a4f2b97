package wasm

import (
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox"
)

// decoderSink puts what a decoder injects in place of the record, and behind it.
type decoderSink struct {
	in    *Instance
	out   *message.Builder
	n     int  // messages ended
	begun bool // out still holds what the record began
}

func (d *decoderSink) begin() *message.Builder {
	d.begun = false
	d.out.Begin(nil)
	return d.out
}

// end fills in what the module left out from the record's header.
func (d *decoderSink) end(have uint32) error {
	b := d.out
	h := d.in.cur.header()
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
	return d.finish()
}

func (d *decoderSink) finish() error {
	d.n++
	return d.out.End()
}

// payload changes the record's message the first time, and makes a further one
// after that.
func (d *decoderSink) payload(text, typ, name string) error {
	b := d.out
	if d.n == 0 {
		d.fill()
	} else {
		h := d.in.cur.header()
		h.Payload, h.EnvVersion = "", ""
		b.Begin(&h)
	}
	b.Payload = text
	b.String("payload_type", typ, "file-extension")
	b.String("payload_name", name, "")
	return d.finish()
}

// fill puts the message being decoded into the builder.
func (d *decoderSink) fill() {
	m := &d.in.cur
	switch {
	case m.edit != nil:
		m.edit.Build(d.out, &m.space)
	case !d.begun:
		d.out.BeginFrom(m.view)
	}
}

// failure is a module's own text about a message.
type failure struct{ text string }

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return sandbox.ErrFailed }

func failedWith(text string) error {
	if text == "" {
		return sandbox.ErrFailed
	}
	return &failure{text}
}

// Decode has the module decode a record into messages behind those in out. An error
// is a *sandbox.Stop, or wraps sandbox.ErrFailed when it could not read the record;
// what it injected before stays.
func (in *Instance) Decode(rec *plugin.Record, out *message.Builder) error {
	if in.stop != nil {
		return in.stop
	}
	s := &in.sinks.decoder
	*s = decoderSink{in: in, out: out, begun: true}
	rec.Begin(out)
	in.cur.rec = rec
	in.cur.arena = in.cur.arena[:0]
	if rec.Base != nil {
		in.cur.view = rec.Base
	} else {
		in.cur.own.Begin(&out.Header, out.UUID, out.Payload)
		if out.NFieldBytes() > 0 { // what the input knows of the record
			in.decor = append(in.decor[:0], out.FieldBytes()...)
			if in.raw.Parse(in.decor, nil) {
				in.cur.own.Fields.AddAll(&in.raw)
			}
		}
		in.cur.edit = &in.cur.own
	}
	in.sink = s
	defer in.endOne()
	status, text, err := in.timed()
	switch {
	case err != nil:
		return err
	case status < 0:
		return failedWith(text)
	case s.n > 0:
		return nil
	}
	s.fill()
	return out.End()
}

// DecodeEach decodes record after record. next is told the error of the record before,
// as Decode returned it, and gives the next one, nil at the end; at the first it is told
// last. An error of DecodeEach is a *sandbox.Stop, which the last record that next gave
// has met; next has not been told.
func (in *Instance) DecodeEach(last error, next func(error) *plugin.Record, out *message.Builder) error {
	for rec := next(last); rec != nil; rec = next(last) {
		if last = in.Decode(rec, out); in.stop != nil {
			return last
		}
	}
	return nil
}

// endOne is endBatch for kinds that are called record by record.
func (in *Instance) endOne() {
	in.sink = nil
	in.cur.none()
	if in.use.Due() {
		in.publish()
	}
}
