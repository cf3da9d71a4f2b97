package sandbox

import (
	"fmt"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox"
)

func init() {
	plugin.RegisterDecoder("SandboxDecoder", about("Runs a decoder written in Lua."), newDecoder)
	plugin.RegisterEncoder("SandboxEncoder", about("Runs an encoder written in Lua."), newEncoder)
}

// Decoder is SandboxDecoder. It belongs to one stream.
type Decoder struct {
	*box
	keep *keeper // nil without preserve_data
}

func newDecoder(cfg DecoderConfig, env plugin.Env) (plugin.Decoder, error) {
	b, err := newBox(sandbox.Decoder, cfg.Common, cfg.InstructionLimit, cfg.CallTime, cfg.MaxRestarts, env)
	if err != nil {
		return nil, err
	}
	d := &Decoder{box: b}
	if cfg.PreserveData {
		d.keep = &keeper{box: b}
	}
	return d, nil
}

// Decode implements plugin.Decoder. A script that is terminated costs the record;
// once it may not be started anew, every later one.
func (d *Decoder) Decode(in *plugin.Record, out *message.Builder) error {
	if d.keep != nil {
		if err := d.keep.open(); err != nil {
			return err
		}
	}
	err := d.sb.Decode(in, out)
	if err != nil {
		err = d.fate(err)
	}
	if d.keep != nil {
		d.keep.nowAndThen()
	}
	return err
}

// fate is what becomes of a record by which the script was terminated, or which it
// could not read.
func (b *box) fate(err error) error {
	if _, err = b.stopped(err); err == nil {
		err = fmt.Errorf("script was terminated and is started anew: %w", b.lastStop)
	}
	return err
}

// Stop implements plugin.Stopper.
func (d *Decoder) Stop() error {
	if d.keep != nil {
		d.keep.close()
	}
	return d.stop()
}

// Encoder is SandboxEncoder.
type Encoder struct {
	*box
	keep *keeper // nil without preserve_data
}

func newEncoder(cfg EncoderConfig, env plugin.Env) (plugin.Encoder, error) {
	b, err := newBox(sandbox.Encoder, cfg.Common, cfg.InstructionLimit, cfg.CallTime, cfg.MaxRestarts, env)
	if err != nil {
		return nil, err
	}
	e := &Encoder{box: b}
	if cfg.PreserveData {
		e.keep = &keeper{box: b}
	}
	return e, nil
}

// Encode implements plugin.Encoder. A script that is terminated costs the message;
// once it may not be started anew, every later one.
func (e *Encoder) Encode(dst []byte, v *message.View) ([]byte, error) {
	if e.keep != nil {
		if err := e.keep.open(); err != nil {
			return dst, err
		}
	}
	dst, err := e.sb.Encode(dst, v)
	if err != nil {
		err = e.fate(err)
	}
	if e.keep != nil {
		e.keep.nowAndThen()
	}
	return dst, err
}

// Stop implements plugin.Stopper.
func (e *Encoder) Stop() error {
	if e.keep != nil {
		e.keep.close()
	}
	return e.stop()
}
