package pipeline

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// tagDecoder puts a tag before each payload, and holds the last record back until
// the next or the end.
type tagDecoder struct {
	tag  string
	held []byte
	have bool
}

type tagConfig struct{ Tag string }

func (d *tagDecoder) Holding() bool { return d.have }

func (d *tagDecoder) Decode(in *plugin.Record, out *message.Builder) error {
	err := d.Finish(in, out)
	d.held, d.have = append(d.held[:0], in.Data...), true
	return err
}

func (d *tagDecoder) Finish(in *plugin.Record, out *message.Builder) error {
	if !d.have {
		return nil
	}
	d.have = false
	in.Begin(out)
	out.Payload = d.tag + string(d.held)
	return out.End()
}

// commaSplitter ends records with a comma.
type commaSplitter struct{}

func (commaSplitter) Split(b []byte, _ bool) (start, end, advance int) {
	if i := slices.Index(b, ','); i >= 0 {
		return 0, i, i + 1
	}
	return 0, 0, 0
}

func init() {
	plugin.RegisterDecoder("TagDecoder", plugin.About{}, func(c tagConfig, _ plugin.Env) (plugin.Decoder, error) { return &tagDecoder{tag: c.Tag}, nil })
	plugin.RegisterSplitter("CommaSplitter", plugin.About{}, func(none, plugin.Env) (plugin.Splitter, error) { return commaSplitter{}, nil })
}

// step lets an input write piece after piece, each once the test has said so.
func step(pieces <-chan string, done chan<- struct{}, opened *int) func(ctx context.Context, h plugin.Host) error {
	return func(ctx context.Context, h plugin.Host) error {
		*opened++
		s, err := h.Open(plugin.StreamOptions{})
		if err != nil {
			return err
		}
		defer s.Close()
		for {
			select {
			case p := <-pieces:
				if _, err := s.Write([]byte(p)); err != nil {
					return err
				}
				s.Send()
				done <- struct{}{}
			case <-ctx.Done():
				return nil
			}
		}
	}
}

// keptInput has no options of its own, so that a reload that changes what is around
// it need not touch it.
type keptInput struct{}

var keptRun func(ctx context.Context, h plugin.Host) error // one test at a time

func (keptInput) Run(ctx context.Context, h plugin.Host) error { return keptRun(ctx, h) }

func init() {
	plugin.RegisterInput("KeptInput", plugin.About{}, func(none, plugin.Env) (plugin.Input, error) { return keptInput{}, nil })
}

// TestChangedDecoderKeepsTheStream: what changes is only how records are read, so the
// input runs on; an unfinished record and what an unchanged decoder holds stay.
func TestChangedDecoderKeepsTheStream(t *testing.T) {
	pieces, done := make(chan string), make(chan struct{})
	opened := 0
	keptRun = step(pieces, done, &opened)
	out := newSink()
	plan := func(splitter, tag, more string) *planner {
		p := newPlan(t)
		p.add("CommaSplitter", "CommaSplitter", new(none))
		p.add("tag", "TagDecoder", &tagConfig{tag}).Text = tag
		in := p.input("in", splitter, "tag", nil)
		in.Info, in.Config, in.Text = info(t, "KeptInput"), new(none), splitter+more
		in.Refs = p.plan.Sections[len(p.plan.Sections)-2 : len(p.plan.Sections)-1]
		p.output("out", "TRUE", out.deliver)
		return p
	}
	r := plan("LineSplitter", "a:", "").run()
	write := func(text string) {
		pieces <- text
		<-done
	}
	write("1\n2\n3")                                // 2 is held, 3 unfinished
	r.reload(t, plan("LineSplitter", "b:", ""))     // another decoder: 2 comes out of the old one
	write("0\n4\n")                                 // 30 is 3 and 0; 4 is held
	r.reload(t, plan("LineSplitter", "b:", "more")) // some common option: the decoder stays and holds 4
	write("5\n6")
	r.reload(t, plan("CommaSplitter", "b:", "")) // another splitter: the decoder stays, so does the 6
	write("7,8,")
	out.wait(t, 6)
	r.finish(t)
	want := []string{"a:1", "a:2", "b:30", "b:4", "b:5", "b:67", "b:8"}
	if got := out.list(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if opened != 1 {
		t.Errorf("the input ran %d times, want once", opened)
	}
}
