package pipeline

import (
	"strings"

	"github.com/heka-project/heka/plugin"
)

// figures adds up what the decoders of an input's streams report, those of closed
// streams included: each stream has an instance of its own.
type figures struct {
	names []string // in the order of the first report
	sums  map[string]plugin.Metric
}

// add takes over one decoder's report. Counts are added; of averages, maxima and
// limits the largest is kept, as the worst stream is what matters.
func (f *figures) add(list []plugin.Metric) {
	if f.sums == nil {
		f.sums = map[string]plugin.Metric{}
	}
	for _, m := range list {
		old, ok := f.sums[m.Name]
		if !ok {
			f.names = append(f.names, m.Name)
			f.sums[m.Name] = m
			continue
		}
		now, isInt := m.Value.(int64)
		was, wasInt := old.Value.(int64)
		switch {
		case !isInt || !wasInt:
			old.Value = m.Value
		case strings.Contains(m.Name, "AvgDuration"), strings.HasPrefix(m.Name, "Max"), strings.HasSuffix(m.Name, "Limit"):
			old.Value = max(now, was)
		default:
			old.Value = now + was
		}
		f.sums[m.Name] = old
	}
}

// into adds the metrics that are not in p yet.
func (f *figures) into(p *plugin.Report) {
	have := map[string]bool{}
	for _, m := range p.Metrics {
		have[m.Name] = true
	}
	for _, name := range f.names {
		if !have[name] {
			p.Metrics = append(p.Metrics, f.sums[name])
		}
	}
}

// decoded gathers the figures of all streams, open and closed.
func (in *input) decoded() figures {
	in.mu.Lock()
	defer in.mu.Unlock()
	var f figures
	for _, name := range in.past.names {
		f.add([]plugin.Metric{in.past.sums[name]})
	}
	for s := range in.streams {
		f.add(decoderReport(s.dec))
	}
	return f
}

func decoderReport(d plugin.Decoder) []plugin.Metric {
	r, ok := d.(plugin.Reporter)
	if !ok {
		return nil
	}
	var p plugin.Report
	r.Report(&p)
	return p.Metrics
}

// timed is what decoding takes, from the records that were timed.
func (in *input) timed() []plugin.Metric {
	var p plugin.Report
	p.Int("ProcessMessageSamples", in.decoding.n.Load(), "count")
	p.Int("ProcessMessageAvgDuration", in.decoding.average(), "ns")
	return p.Metrics
}
