package pipeline

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/heka-project/heka/match"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// TestCountersAreExact: whoever looks while a stream is busy sees all that the
// routes have taken so far, those that only count and those that do not.
func TestCountersAreExact(t *testing.T) {
	frames, _ := randomFrames(300, 1<<20)
	texts := typicalMatchers(90)
	ms := make([]*match.Matcher, len(texts))
	p := newPlan(t)
	for i, m := range texts {
		ms[i] = match.MustCompile(m)
		o := p.output(fmt.Sprint("o", i), m, func(context.Context, []message.Selection) error { return nil })
		if i%30 != 7 {
			o.Info, o.Config = info(t, "CountOutput"), new(none)
		}
	}
	want := map[string]uint64{}
	var v message.View
	var f message.Frame
	cut := 0 // frames before it are in want
	expect := func(fed int) {
		for message.NextFrame(frames[:fed], cut, 1<<20, &f) {
			cut = f.End
			v.Parse(frames[f.Start:f.End], nil)
			for i, m := range ms {
				if m.Match(&v) {
					want[fmt.Sprint("o", i)]++
				}
			}
		}
	}
	engine, failed := make(chan *Engine, 1), make(chan error, 1)
	p.input("in", "FramedSplitter", "RawDecoder", func(ctx context.Context, h plugin.Host) error {
		e := <-engine
		s, err := h.Open(plugin.StreamOptions{})
		if err != nil {
			return err
		}
		for fed, k := 0, 0; fed < len(frames) && err == nil; k++ {
			var space []byte
			if space, err = s.Grab(); err != nil {
				break
			}
			n := copy(space[:min(len(space), []int{90_000, 60_000, 300}[k%3])], frames[fed:])
			fed += n
			err = errors.Join(s.Commit(n), s.Send())
			expect(fed)
			if k%7 == 5 {
				s.Idle()
			}
			for _, o := range e.Report().Outputs {
				if got := o.Account.Received; got != want[o.Name] {
					err = errors.Join(err, fmt.Errorf("after %d bytes %s has taken %d messages, want %d", fed, o.Name, got, want[o.Name]))
				}
			}
		}
		failed <- err
		<-ctx.Done()
		return nil
	})
	r := p.run()
	engine <- r.Engine
	if err := <-failed; err != nil {
		t.Error(err)
	}
	r.finish(t)
}
