package multi

import (
	"math"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// chain runs the decoders one behind another. The messages between two of them
// lie in a scratch builder; what the last one makes goes to out. Decoders that
// come before anyone could read the record all get the record itself.
func (d *Decoder) chain(in *plugin.Record, out *message.Builder) error {
	var so *message.Builder // the messages so far; nil: nobody has read the record yet
	for i, s := range d.subs {
		to := out
		if i < len(d.subs)-1 {
			to = d.scratch[i&1]
			to.Reset()
		}
		if so != nil {
			if err := d.each(s, so, to, in); err != nil {
				return err
			}
			so = to
			continue
		}
		before := len(to.Ends())
		err := s.run(in, to)
		if overflow(err) {
			return err
		}
		if err == nil || len(to.Ends()) > before {
			so = to
		}
	}
	if so == nil {
		return d.none
	}
	if so != out {
		return d.each(nil, so, out, in)
	}
	return nil
}

// finishChain has decoder i give out what it holds back and the ones behind it work
// on that.
func (d *Decoder) finishChain(f plugin.Finisher, i int, in *plugin.Record, out *message.Builder) error {
	so := d.scratch[i&1]
	so.Reset()
	if err := f.Finish(in, so); err != nil {
		return err
	}
	for k := i + 1; k < len(d.subs); k++ {
		to := out
		if k < len(d.subs)-1 {
			to = d.scratch[k&1]
			to.Reset()
		}
		if err := d.each(d.subs[k], so, to, &plugin.Record{Default: in.Default}); err != nil {
			return err
		}
		so = to
	}
	return nil
}

// each has s work on every message of from and puts what it makes into to. A
// message that s refuses, or any when s is nil, goes on as it is.
func (d *Decoder) each(s *sub, from, to *message.Builder, in *plugin.Record) error {
	buf := from.Buffer()
	var f message.Frame
	for i := 0; i < len(buf) && message.NextFrame(buf, i, math.MaxInt32, &f); i = f.End {
		if !d.view.Parse(buf[f.Start:f.End], nil) {
			return message.ErrDamaged
		}
		if s != nil {
			before := len(to.Ends())
			rec := plugin.Record{Data: d.view.Bytes(message.NumPayload), Base: &d.view, Default: in.Default}
			err := s.run(&rec, to)
			if err == nil || len(to.Ends()) > before {
				continue
			}
			if overflow(err) {
				return err
			}
		}
		to.BeginFrom(&d.view)
		if err := to.End(); err != nil {
			return err
		}
	}
	return nil
}
