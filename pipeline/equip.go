package pipeline

import (
	"cmp"
	"fmt"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// inputSpec is the part of an input that a reload may change while its plugin runs
// on. Immutable.
type inputSpec struct {
	sec     *config.Section
	factory factory
	text    string // of the section and all that it uses
	split   *splitterSpec
}

// equipment is what a stream makes messages with: a splitter and a decoder of its
// own. It belongs to the reader's goroutine.
type equipment struct {
	spec    *inputSpec
	split   plugin.Splitter
	splits  config.SplitterOptions
	splitBy string // signature of the splitter's section, "" for one without
	dec     plugin.Decoder
	decBy   string          // and of the decoder's
	holder  plugin.Finisher // dec, when it may hold back a beginning
	keys    *message.Keys   // framed only; nil: signatures are not checked
	whole   bool            // the splitter takes each read as one record
	framed  bool            // the splitter is Heka's framing
	inPlace bool            // and its records are the messages
}

// equip makes what a stream with those options needs. Of old, which may be nil, is
// kept what is configured as it was.
func (in *input) equip(spec *inputSpec, o *plugin.StreamOptions, old *equipment) (*equipment, error) {
	eq := &equipment{spec: spec}
	split := spec.split
	if o.Splitter != "" {
		var err error
		if split, err = spec.factory.splitter(o.Splitter); err != nil {
			return nil, fmt.Errorf("splitter of stream %s of %s: %w", o.Name, in.name, err)
		}
	}
	eq.splits, eq.splitBy = split.opts, split.text
	if old != nil && old.splitBy == eq.splitBy {
		eq.split = old.split
	} else {
		var err error
		if eq.split, err = split.make(); err != nil {
			return nil, fmt.Errorf("splitter %s of %s: %w", split.name, in.name, err)
		}
	}
	if name := cmp.Or(o.Decoder, spec.sec.Input.Decoder); name != "" {
		if err := eq.decoder(in, name, old); err != nil {
			return nil, err
		}
	}
	_, eq.whole = eq.split.(plugin.Whole)
	if f, ok := eq.split.(plugin.Framed); ok {
		eq.framed = true
		if k := f.Keys(); k != nil {
			eq.keys = k.Clone()
		}
		_, eq.inPlace = eq.dec.(plugin.InPlace)
	}
	return eq, nil
}

func (eq *equipment) decoder(in *input, name string, old *equipment) (err error) {
	sec, err := eq.spec.factory.find(plugin.KindDecoder, name)
	if err != nil {
		return fmt.Errorf("decoder of %s: %w", in.name, err)
	}
	eq.decBy = sec.Signature()
	if old != nil && old.dec != nil && old.decBy == eq.decBy {
		eq.dec = old.dec
	} else if eq.dec, err = eq.spec.factory.decoder(name); err != nil {
		return fmt.Errorf("decoder %s of %s: %w", name, in.name, err)
	}
	eq.holder, _ = eq.dec.(plugin.Finisher)
	return nil
}

// renew goes on as the newest plan says, between two reads. A splitter or decoder
// that is configured as it was stays, with what it knows; of an unfinished record the
// bytes stay.
func (s *stream) renew() {
	next, old := s.in.spec(), s.equipment
	eq, err := s.in.equip(next, &s.opts, old)
	if err != nil { // it could be made when the plan was tried
		s.in.log.Error("the stream goes on with its old splitter and decoder", "stream", s.opts.Name, "err", err)
		eq = &equipment{}
		*eq = *old
		eq.spec = next
	}
	s.collect()
	s.flushBatch()
	if s.raw != nil {
		s.carry = append(s.carry[:0], s.raw.Buf[s.r:s.w]...)
		s.raw.Release()
		s.raw, s.r, s.w = nil, 0, 0
	}
	if old.dec != nil && old.dec != eq.dec {
		s.finish()
		s.flushBatch()
	}
	if s.out != nil {
		s.out.Release()
		s.out = nil
		s.builder.Into(nil, s.more)
	}
	s.in.mu.Lock()
	if old.dec != eq.dec {
		s.in.past.add(decoderReport(old.dec))
	}
	s.equipment = eq
	s.in.mu.Unlock()
	s.durable = next.sec.Input.Durable
	if c, ok := old.dec.(plugin.Stopper); ok && old.dec != eq.dec {
		if err := c.Stop(); err != nil {
			s.in.log.Error("stop decoder", "stream", s.opts.Name, "err", err)
		}
	}
}
