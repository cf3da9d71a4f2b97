package admin

import (
	"runtime"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/heka-project/heka/pipeline"
	"github.com/heka-project/heka/plugin"
)

// collector reads the engine's counters when it is scraped.
type collector struct{ eng *pipeline.Engine }

var (
	labels      = []string{"plugin"}
	inputBytes  = prometheus.NewDesc("heka_input_received_bytes_total", "Bytes that an input took from its sources.", labels, nil)
	inputRecs   = prometheus.NewDesc("heka_input_records_total", "Records that an input's splitter cut.", labels, nil)
	inputMsgs   = prometheus.NewDesc("heka_input_messages_total", "Messages that an input made.", labels, nil)
	inputFails  = prometheus.NewDesc("heka_input_decode_failures_total", "Records that no decoder could read.", labels, nil)
	inputStream = prometheus.NewDesc("heka_input_streams", "Open streams of an input.", labels, nil)
	routeIn     = prometheus.NewDesc("heka_route_received_total", "Messages that a filter or output matched.", []string{"kind", "plugin"}, nil)
	routeOut    = prometheus.NewDesc("heka_route_delivered_total", "Messages that a filter processed or an output delivered.", []string{"kind", "plugin"}, nil)
	routeHeld   = prometheus.NewDesc("heka_route_held", "Messages that wait for a filter or output.", []string{"kind", "plugin"}, nil)
	routeInject = prometheus.NewDesc("heka_filter_injected_total", "Messages that a filter injected.", labels, nil)
	routeRetry  = prometheus.NewDesc("heka_route_retries_total", "Starts and deliveries that were tried again.", []string{"kind", "plugin"}, nil)
	dropped     = prometheus.NewDesc("heka_dropped_total", "Messages or records given up, by reason.", []string{"kind", "plugin", "reason"}, nil)
	other       = prometheus.NewDesc("heka_plugin_metric", "Figures that a plugin reports of itself.", []string{"kind", "plugin", "metric"}, nil)
	poolUsed    = prometheus.NewDesc("heka_memory_used_bytes", "Bytes of messages in flight, by pool.", []string{"pool"}, nil)
	poolBudget  = prometheus.NewDesc("heka_memory_budget_bytes", "Most bytes of messages in flight, by pool.", []string{"pool"}, nil)
	unrouted    = prometheus.NewDesc("heka_unrouted_messages_total", "Messages that no filter or output took.", nil, nil)
	reloads     = prometheus.NewDesc("heka_reloads_total", "Reloads, by result.", []string{"result"}, nil)
	goroutines  = prometheus.NewDesc("heka_goroutines", "Goroutines of the daemon.", nil, nil)
	heap        = prometheus.NewDesc("heka_heap_bytes", "Bytes of heap in use.", nil, nil)
)

// Describe implements prometheus.Collector. Nothing is described: what there is
// depends on the plugins that run.
func (c *collector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	r := c.eng.Report()
	globals(ch, r.Globals)
	journalMetrics(ch, c.eng.Journal())
	for _, e := range r.Inputs {
		send(ch, "input", e, map[string]shape{"ReceivedBytes": {inputBytes, counter, false},
			"ReceivedRecords": {inputRecs, counter, false}, "ProcessMessageCount": {inputMsgs, counter, false},
			"ProcessMessageFailures": {inputFails, counter, false}, "Streams": {inputStream, gauge, false}})
	}
	known := map[string]shape{"ReceivedMessageCount": {routeIn, counter, true}, "ProcessMessageCount": {routeOut, counter, true},
		"HeldMessageCount": {routeHeld, gauge, true}, "InjectMessageCount": {routeInject, counter, false},
		"RetryCount": {routeRetry, counter, true}}
	for _, e := range r.Filters {
		send(ch, "filter", e, known)
	}
	for _, e := range r.Outputs {
		send(ch, "output", e, known)
	}
	ch <- prometheus.MustNewConstMetric(goroutines, gauge, float64(runtime.NumGoroutine()))
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	ch <- prometheus.MustNewConstMetric(heap, gauge, float64(m.HeapInuse))
}

const (
	counter = prometheus.CounterValue
	gauge   = prometheus.GaugeValue
)

// shape says how a report's metric looks outside.
type shape struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	both bool // labelled by kind and plugin
}

func send(ch chan<- prometheus.Metric, kind string, e pipeline.Entry, known map[string]shape) {
	for _, m := range e.Metrics {
		v, ok := number(m)
		if !ok {
			continue
		}
		reason, isDrop := strings.CutPrefix(m.Name, "DropMessageCount.")
		s, isKnown := known[m.Name]
		switch {
		case isDrop:
			ch <- prometheus.MustNewConstMetric(dropped, counter, v, kind, e.Name, reason)
		case isKnown && s.both:
			ch <- prometheus.MustNewConstMetric(s.desc, s.kind, v, kind, e.Name)
		case isKnown:
			ch <- prometheus.MustNewConstMetric(s.desc, s.kind, v, e.Name)
		default:
			ch <- prometheus.MustNewConstMetric(other, gauge, v, kind, e.Name, strings.ToValidUTF8(m.Name, "_"))
		}
	}
}

func number(m plugin.Metric) (float64, bool) {
	switch v := m.Value.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

func globals(ch chan<- prometheus.Metric, list []pipeline.Entry) {
	for _, e := range list {
		for _, m := range e.Metrics {
			v, _ := number(m)
			switch m.Name {
			case "MemoryUsed":
				ch <- prometheus.MustNewConstMetric(poolUsed, gauge, v, e.Name)
			case "MemoryBudget":
				ch <- prometheus.MustNewConstMetric(poolBudget, gauge, v, e.Name)
			case "UnroutedMessageCount":
				ch <- prometheus.MustNewConstMetric(unrouted, counter, v)
			case "Reloads":
				ch <- prometheus.MustNewConstMetric(reloads, counter, v, "done")
			case "RefusedReloads":
				ch <- prometheus.MustNewConstMetric(reloads, counter, v, "refused")
			}
		}
	}
}
