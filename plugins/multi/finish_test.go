package multi

import (
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// holder keeps every record back.
type holder struct {
	fake
	held []byte
}

func (h *holder) Decode(in *plugin.Record, _ *message.Builder) error {
	h.held = append(h.held, in.Data...)
	return nil
}

func (h *holder) Holding() bool { return len(h.held) > 0 }

func (h *holder) Finish(in *plugin.Record, out *message.Builder) error {
	in.Begin(out)
	out.Payload = message.Borrow(h.held)
	err := out.End()
	h.held = nil
	return err
}

// What a decoder holds back comes at the end, through those behind it in a chain.
func TestFinish(t *testing.T) {
	for strategy, want := range map[string]string{"all": "a , | b , ; | c , ;", "first-wins": "a,b;c"} {
		d, _ := newDecoder(t, strategy, plugin.Env{}, "x", ",", ";")
		h := &holder{fake: fake{stopped: new(int)}}
		d.subs[0].Decoder, d.holders = h, []plugin.Finisher{h}
		head := message.Header{Timestamp: 1}
		if got, err := decode(d, &plugin.Record{Data: []byte("a,b;c"), Default: &head}); got != "" || err != nil || !d.Holding() {
			t.Errorf("%s: Decode = %q, %v", strategy, got, err)
		}
		if got, err := decode(finishing{d}, &plugin.Record{Default: &head}); got != want || err != nil || d.Holding() {
			t.Errorf("%s: Finish = %q, %v, want %q", strategy, got, err, want)
		}
	}
}

// finishing has decode call Finish.
type finishing struct{ *Decoder }

func (f finishing) Decode(in *plugin.Record, out *message.Builder) error { return f.Finish(in, out) }
