package wasm

import (
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox"
)

// Decode has the module decode a record into messages behind those in out. An error
// is a *sandbox.Stop, or wraps sandbox.ErrFailed when it could not read the record;
// what it injected before stays.
func (in *Instance) Decode(rec *plugin.Record, out *message.Builder) error {
	if in.stop != nil {
		return in.stop
	}
	d := &in.sinks.decoder
	d.Open(&in.cur.Current, rec, out, &in.raw)
	in.cur.arena = in.cur.arena[:0]
	in.sink = d
	defer in.endOne()
	status, text, err := in.timed()
	switch {
	case err != nil:
		return err
	case status < 0:
		return sandbox.Failed(text)
	}
	return d.Close()
}

// endOne is endBatch for kinds that are called record by record.
func (in *Instance) endOne() {
	in.sink = nil
	in.cur.None()
	if in.use.Due() {
		in.publish()
	}
}
