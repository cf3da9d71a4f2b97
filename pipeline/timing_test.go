package pipeline

import (
	"context"
	"testing"

	"github.com/heka-project/heka/plugin"
)

// The report holds what the original's held of filters, outputs and decoders.
func TestReportHasTheOriginalsMetrics(t *testing.T) {
	p := newPlan(t)
	p.input("in", "LineSplitter", "EvenDecoder", func(ctx context.Context, h plugin.Host) error {
		s, err := h.Open(plugin.StreamOptions{})
		if err != nil {
			return err
		}
		if _, err := s.Write([]byte("11\n22\n")); err != nil {
			return err
		}
		s.Send()
		<-ctx.Done()
		return nil
	})
	s := newSink()
	p.output("out", "Type != 'no'", s.deliver)
	r := p.run()
	s.wait(t, 2)
	rep := r.Report()
	for _, tt := range []struct {
		entries []Entry
		want    []string
	}{
		{rep.Outputs, []string{"InChanCapacity", "InChanLength", "MatchChanCapacity", "MatchChanLength", "LeakCount", "MatchAvgDuration", "ProcessMessageCount"}},
		{rep.Decoders, []string{"ProcessMessageCount", "ProcessMessageFailures", "ProcessMessageSamples", "ProcessMessageAvgDuration"}},
	} {
		have := map[string]any{}
		for _, m := range tt.entries[0].Metrics {
			have[m.Name] = m.Value
		}
		for _, name := range tt.want {
			if _, ok := have[name]; !ok {
				t.Errorf("%s has no %s: %v", tt.entries[0].Name, name, have)
			}
		}
		if n, ok := have["ProcessMessageSamples"]; ok && n != int64(1) {
			t.Errorf("ProcessMessageSamples = %v, want 1: the first record is timed", n)
		}
	}
	r.finish(t)
}

func TestLatestMetricCounts(t *testing.T) {
	var p plugin.Report
	p.Int("a", 1, "count")
	p.Int("b", 2, "count")
	p.Int("a", 3, "count")
	if got := latest(p.Metrics); len(got) != 2 || got[0].Value != int64(3) || got[1].Name != "b" {
		t.Errorf("latest = %+v", got)
	}
}
