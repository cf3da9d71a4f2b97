package plugin

// Metric is one figure of a report.
type Metric struct {
	Name           string
	Value          any    // int64, float64 or string
	Representation string // "count", "B", "ns" or ""
}

// Report collects the metrics of one plugin.
type Report struct {
	Metrics []Metric
}

// Int adds a whole number.
func (r *Report) Int(name string, v int64, repr string) {
	r.Metrics = append(r.Metrics, Metric{name, v, repr})
}

// Float adds a number.
func (r *Report) Float(name string, v float64, repr string) {
	r.Metrics = append(r.Metrics, Metric{name, v, repr})
}

// Text adds a text.
func (r *Report) Text(name, v string) {
	r.Metrics = append(r.Metrics, Metric{name, v, ""})
}
