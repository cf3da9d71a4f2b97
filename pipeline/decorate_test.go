package pipeline

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// What an input knows beside the bytes is in every message, also where a decoder
// makes it, refuses the record, or the record is cut.
func TestInputsDecorateTheirRecords(t *testing.T) {
	for _, dec := range []string{"", "EvenDecoder"} {
		t.Run(dec, func(t *testing.T) {
			p := newPlan(t)
			size := int(p.plan.Globals.MaxMessageSize)
			sec := p.input("in", "LineSplitter", dec, func(ctx context.Context, h plugin.Host) error {
				n := int64(0)
				s, err := h.Open(plugin.StreamOptions{Decorate: func(b *message.Builder) {
					n++
					b.Type = "decorated"
					b.Int("number", n, "")
				}})
				if err != nil {
					return err
				}
				s.Write([]byte("ab\nabc\n" + strings.Repeat("x", size) + "\n"))
				s.Send()
				<-ctx.Done()
				return nil
			})
			sec.Input.SendDecodeFailures = true
			for _, sec := range p.plan.Sections {
				if sec.Name == "LineSplitter" {
					sec.Splitter.KeepTruncated = true
				}
			}
			got := make(chan string, 10)
			p.output("out", "Type == 'decorated'", func(_ context.Context, in []message.Selection) error {
				for k := range in {
					for i := in[k].Next(-1); i >= 0; i = in[k].Next(i) {
						var v message.View
						v.Parse(in[k].At(i), nil)
						d := v.Draft()
						got <- fmt.Sprintf("%.3s %v", d.Payload, d.Fields[0].Values)
					}
				}
				return nil
			})
			r := p.run()
			want := []string{"ab [1]", "abc [2]", "xxx [3]"}
			if dec != "" {
				want = want[:2] // what is no message with the decoder's fields is dropped
			}
			for _, w := range want {
				if g := <-got; g != w {
					t.Errorf("got %q, want %q", g, w)
				}
			}
			r.finish(t)
		})
	}
}

// A stream may have a splitter and a decoder of its own.
func TestStreamsMayBeCutAndReadInTheirOwnWay(t *testing.T) {
	p := newPlan(t)
	failed := make(chan error, 1)
	p.input("in", "FramedSplitter", "RawDecoder", func(ctx context.Context, h plugin.Host) error {
		s, err := h.Open(plugin.StreamOptions{Name: "lines", Splitter: "LineSplitter", Decoder: "EvenDecoder"})
		if err != nil {
			return err
		}
		s.Write([]byte("ab\nabc\nabcd\n"))
		s.Close()
		_, err = h.Open(plugin.StreamOptions{Name: "none", Splitter: "NoSplitter"})
		failed <- err
		<-ctx.Done()
		return nil
	})
	s := newSink()
	p.output("out", "TRUE", s.deliver)
	r := p.run()
	if got := fmt.Sprintf("%q", s.wait(t, 2)); got != `["ab" "abcd"]` {
		t.Errorf("got %s", got)
	}
	if err := <-failed; err == nil || !strings.Contains(err.Error(), `"NoSplitter"`) {
		t.Errorf("unknown splitter: %v", err)
	}
	r.finish(t)
}
