package sandbox

import (
	"errors"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// decoderSink puts what a decoder injects in place of the record, and behind it.
type decoderSink struct {
	s     *Sandbox
	out   *message.Builder
	n     int  // messages ended
	begun bool // out still holds what the record began
	ends  int  // messages in out before, and their size
	size  int
}

func (d *decoderSink) begin() *message.Builder {
	d.begun = false
	d.out.Begin(nil)
	return d.out
}

// end fills in what the script left out from the record's header.
func (d *decoderSink) end(have uint32) error {
	b := d.out
	d.s.shift(b, have)
	e := d.s.cur.header()
	if have>>message.NumTimestamp&1 == 0 && b.Timestamp == 0 {
		b.Timestamp = e.Timestamp
	}
	if have>>message.NumType&1 == 0 {
		b.Type = e.Type
	}
	if have>>message.NumLogger&1 == 0 {
		b.Logger = e.Logger
	}
	if have>>message.NumHostname&1 == 0 {
		b.Hostname = e.Hostname
	}
	if have>>message.NumSeverity&1 == 0 {
		b.Severity = e.Severity
	}
	if have>>message.NumPid&1 == 0 {
		b.Pid = e.Pid
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
		d.s.fill(d, b)
	} else {
		h := d.s.cur.header()
		h.Payload, h.EnvVersion = "", ""
		b.Begin(&h)
	}
	b.Payload = text
	b.String("payload_type", typ, "file-extension")
	b.String("payload_name", name, "")
	return d.finish()
}

// fill puts the message being decoded into b.
func (s *Sandbox) fill(d *decoderSink, b *message.Builder) {
	switch {
	case s.cur.edit != nil:
		s.cur.edit.Build(b, &s.arrays)
	case !d.begun:
		b.BeginFrom(s.cur.view)
	}
}

// shift reads the time that the script set as one of the zone tz.
func (s *Sandbox) shift(b *message.Builder, have uint32) {
	if s.zone == nil || have>>message.NumTimestamp&1 == 0 {
		return
	}
	t := time.Unix(0, b.Timestamp).UTC()
	b.Timestamp = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), s.zone).UnixNano()
}

// ErrFailed is what a script says that returns a negative number.
var ErrFailed = errors.New("process_message failed")

// failure is a script's own text about a message.
type failure struct{ text string }

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return ErrFailed }

func failedWith(text string) error {
	if text == "" {
		return ErrFailed
	}
	return &failure{text}
}

// Decode has the script decode a record into messages behind those in out. An
// error is a *Stop, or wraps ErrFailed when the script could not read the record:
// what it injected before is then taken back, unless there was so much that it has
// gone on already.
func (s *Sandbox) Decode(in *plugin.Record, out *message.Builder) error {
	if s.stop != nil {
		return s.stop
	}
	d := &s.sinks.decoder
	d.take(s, in, out)
	s.sink = d
	s.watch.begin()
	defer s.endOne()
	status, text, err := s.timed()
	if err != nil {
		return err
	}
	return d.finished(status, text)
}

// DecodeEach decodes record after record, with one crossing into the VM for all of
// them. next is told the error of the record before, as Decode would have returned it, and gives
// the next one, nil at the end; at the first it is told last. An error of DecodeEach is
// a *Stop, which the last record that next gave has met; next has not been told.
func (s *Sandbox) DecodeEach(last error, next func(error) *plugin.Record, out *message.Builder) error {
	if s.stop != nil {
		if next(last) == nil {
			return nil
		}
		return s.stop
	}
	r := &s.records
	*r = records{s: s, ask: next, out: out, err: last}
	s.watch.begin()
	defer s.endBatch()
	return s.run(r)
}

// records are those of DecodeEach.
type records struct {
	s   *Sandbox
	ask func(error) *plugin.Record
	out *message.Builder
	err error // of the record before
}

func (r *records) next() bool {
	s := r.s
	in := r.ask(r.err)
	if in == nil {
		return false
	}
	if s.use.Due() {
		s.publish()
	}
	d := &s.sinks.decoder
	d.take(s, in, r.out)
	s.sink = d
	return true
}

func (r *records) done(status int, text string) {
	s := r.s
	r.err = s.sinks.decoder.finished(status, text)
	s.sink = nil
	s.cur.none()
}

// take puts a record in place.
func (d *decoderSink) take(s *Sandbox, in *plugin.Record, out *message.Builder) {
	*d = decoderSink{s: s, out: out, begun: true, ends: len(out.Ends()), size: len(out.Buffer())}
	in.Begin(out)
	s.cur.rec = in
	if in.Base != nil {
		s.cur.view = in.Base
	} else {
		s.cur.own.Begin(&out.Header, out.UUID, out.Payload)
		if out.NFieldBytes() > 0 { // what the input knows of the record
			s.decor = append(s.decor[:0], out.FieldBytes()...)
			if s.raw.Parse(s.decor, nil) {
				s.cur.own.Fields.AddAll(&s.raw)
			}
		}
		s.cur.edit = &s.cur.own
	}
	s.rewind()
}

// finished ends a record by what the script said.
func (d *decoderSink) finished(status int, text string) error {
	switch {
	case status < 0:
		if len(d.out.Ends()) == d.ends+d.n {
			d.out.Truncate(d.ends, d.size)
		}
		return failedWith(text)
	case d.n > 0:
		return nil
	}
	d.s.fill(d, d.out)
	return d.out.End()
}
