package pipeline

import (
	"context"
	"strings"
	"testing"

	"github.com/heka-project/heka/plugin"
)

// keep_truncated delivers as much of a long record as a message holds, whether its
// end has come in or not.
func TestKeepTruncatedDeliversTheHead(t *testing.T) {
	p := newPlan(t)
	size := int(p.plan.Globals.MaxMessageSize)
	p.input("in", "LineSplitter", "", func(ctx context.Context, h plugin.Host) error {
		s, err := h.Open(plugin.StreamOptions{})
		if err != nil {
			return err
		}
		for _, text := range []string{strings.Repeat("a", 3*size) + "\n", strings.Repeat("b", size+1) + "\nshort\n"} {
			for len(text) > 0 {
				n := min(len(text), 4096)
				if _, err := s.Write([]byte(text[:n])); err != nil {
					return err
				}
				text = text[n:]
			}
		}
		s.Send()
		<-ctx.Done()
		return nil
	})
	for _, sec := range p.plan.Sections {
		if sec.Name == "LineSplitter" {
			sec.Splitter.KeepTruncated = true
		}
	}
	s := newSink()
	p.output("out", "TRUE", s.deliver)
	r := p.run()
	s.wait(t, 3)
	s.mu.Lock()
	for i, first := range []string{"a", "b"} {
		if got := s.got[i]; len(got) < size-256 || len(got) > size || !strings.HasPrefix(got, first) {
			t.Errorf("record %d has %d bytes, want nearly %d", i, len(got), size)
		}
	}
	if s.got[2] != "short" {
		t.Errorf("after the long records: %.20q, want short", s.got[2])
	}
	s.mu.Unlock()
	r.finish(t)
}
