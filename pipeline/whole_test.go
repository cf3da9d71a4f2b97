package pipeline

import (
	"context"
	"strings"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

type wholeSplitter struct{}

func (wholeSplitter) Whole() {}
func (wholeSplitter) Split(b []byte, _ bool) (start, end, advance int) {
	return 0, len(b), len(b)
}

func init() {
	plugin.RegisterSplitter("WholeSplitter", plugin.About{}, func(none, plugin.Env) (plugin.Splitter, error) { return wholeSplitter{}, nil })
}

// A splitter that does not split gets datagrams in one piece and of a stream no more
// than a message holds, so that nothing is cut or lost.
func TestWholeRecords(t *testing.T) {
	p := newPlan(t)
	p.add("WholeSplitter", "WholeSplitter", new(none))
	size := int(p.plan.Globals.MaxMessageSize)
	datagrams, bulk := []int{100, message.SmallChunk + 1, size - 200}, 5*size
	run := func(ctx context.Context, h plugin.Host) error {
		s, err := h.Open(plugin.StreamOptions{})
		if err != nil {
			return err
		}
		for _, n := range datagrams {
			if _, err := s.Write([]byte(strings.Repeat("d", n))); err != nil {
				return err
			}
			s.Flush()
		}
		for left := bulk; left > 0; {
			b, err := s.Grab()
			if err != nil {
				return err
			}
			n := min(left, len(b))
			for i := range b[:n] {
				b[i] = 's'
			}
			if err := s.Commit(n); err != nil {
				return err
			}
			left -= n
		}
		s.Send()
		<-ctx.Done()
		return nil
	}
	p.input("in", "WholeSplitter", "", run)
	s := newSink()
	p.output("out", "TRUE", s.deliver)
	r := p.run()
	s.wait(t, len(datagrams)+5)
	r.finish(t)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, want := range datagrams {
		if got := s.got[i]; len(got) != want || got[0] != 'd' {
			t.Errorf("datagram %d has %d bytes, want %d", i, len(got), want)
		}
	}
	sum := 0
	for _, got := range s.got[len(datagrams):] {
		sum += len(got)
	}
	if sum != bulk {
		t.Errorf("%d bytes of the stream came, want %d", sum, bulk)
	}
}
