package share_test

import (
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/sandboxtest"
)

// BenchmarkScripts is the cost of one message in stock filters and encoders.
func BenchmarkScripts(b *testing.B) {
	status := make([]message.Draft, 100)
	for i := range status {
		status[i] = at(1000+float64(i), "status", 200+i, "remote_addr", "10.0.0.1", "uid", i)
	}
	for _, bb := range []struct {
		name   string
		config map[string]any
	}{
		{"http_status", nil},
		{"frequent_items", map[string]any{"message_variable": "Fields[remote_addr]"}},
		{"unique_items", map[string]any{"message_variable": "Fields[uid]"}},
		{"heka_message_schema", nil},
	} {
		b.Run(bb.name, func(b *testing.B) {
			f := sandboxtest.Filter(b, sandboxtest.Script(b, "lua_filters/"+bb.name+".lua"), bb.config)
			in := sandboxtest.Select(status...)
			b.ReportAllocs()
			for b.Loop() {
				in.Select(in.Batch, 0)
				if err := f.Sandbox.Process(in, f); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(status)), "ns/msg")
		})
	}
	var line message.View
	line.Parse(ptr(influxMessage()).Encode(), nil)
	b.Run("schema_influx_line", func(b *testing.B) {
		e, err := sandbox.New(sandboxtest.Options(sandbox.Encoder, sandboxtest.Script(b, "lua_encoders/schema_influx_line.lua"), nil))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		var out []byte
		for b.Loop() {
			if out, err = e.Encode(out[:0], &line); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func ptr[T any](v T) *T { return &v }
