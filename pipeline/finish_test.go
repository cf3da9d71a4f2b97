package pipeline

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// holdDecoder joins records up to one that ends in a dot.
type holdDecoder struct{ held []byte }

func (d *holdDecoder) Decode(in *plugin.Record, out *message.Builder) error {
	d.held = append(d.held, in.Data...)
	if n := len(d.held); n == 0 || d.held[n-1] != '.' {
		return nil
	}
	return d.Finish(in, out)
}

func (d *holdDecoder) Holding() bool { return len(d.held) > 0 }

func (d *holdDecoder) Finish(in *plugin.Record, out *message.Builder) error {
	if len(d.held) == 0 {
		return nil
	}
	in.Begin(out)
	out.Payload = message.Borrow(d.held)
	err := out.End()
	d.held = d.held[:0]
	return err
}

func init() {
	plugin.RegisterDecoder("HoldDecoder", plugin.About{}, func(none, plugin.Env) (plugin.Decoder, error) { return new(holdDecoder), nil })
}

// What a decoder holds back goes out when its stream ends, and the position stays
// before it until then.
func TestFinish(t *testing.T) {
	var mu sync.Mutex
	var acked []uint64
	p := newPlan(t)
	p.add("HoldDecoder", "HoldDecoder", new(none))
	p.add("WholeSplitter", "WholeSplitter", new(none))
	p.input("in", "WholeSplitter", "HoldDecoder", func(ctx context.Context, h plugin.Host) error {
		s, err := h.Open(plugin.StreamOptions{Acked: func(pos uint64) {
			mu.Lock()
			acked = append(acked, pos)
			mu.Unlock()
		}})
		if err != nil {
			return err
		}
		for _, rec := range []string{"a", "b.", "c"} {
			if err := s.Record([]byte(rec)); err != nil {
				return err
			}
			s.Send()
		}
		if err := s.Close(); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	})
	s := newSink()
	p.output("out", "TRUE", s.deliver)
	r := p.run()
	s.wait(t, 2)
	r.finish(t)
	s.mu.Lock()
	defer s.mu.Unlock()
	mu.Lock()
	defer mu.Unlock()
	if len(acked) == 0 || slices.Contains(acked, 1) || acked[len(acked)-1] != 3 {
		t.Errorf("positions were %v, want 2 and 3", acked)
	}
	if len(s.got) != 2 || s.got[0] != "ab." || s.got[1] != "c" {
		t.Errorf("got %q, want ab. and c", s.got)
	}
}

// A decoder may have others made by their type; options are read and checked.
func TestNewDecoder(t *testing.T) {
	p := newPlan(t)
	e := p.engine()
	f := factory{eng: e, plan: &p.plan}
	sec := p.add("HoldDecoder", "HoldDecoder", new(none))
	env := f.env(sec)
	if d, err := env.NewDecoder("HoldDecoder", ""); err != nil || d == nil {
		t.Errorf("NewDecoder = %v, %v", d, err)
	}
	for typ, options := range map[string]string{"NoDecoder": "", "HoldDecoder": "unknown = 1", "LineSplitter": ""} {
		if d, err := env.NewDecoder(typ, options); err == nil {
			t.Errorf("NewDecoder(%s, %s) = %v, want an error", typ, options, d)
		}
	}
}
