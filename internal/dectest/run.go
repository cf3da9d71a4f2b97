package dectest

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/cputime"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// Start is what the clock of Env shows.
var Start = time.Date(2026, 11, 25, 13, 0, 0, 0, time.UTC)

// Env is an environment for decoders, with a clock that stands still.
func Env() plugin.Env {
	return plugin.Env{Name: "test", Hostname: "own", MaxMessageSize: 64 << 10, Clock: clock.NewSim(Start)}
}

// Decode gives a decoder one record and shows each message on a line, or the
// error. The default header has host own and severity 7.
func Decode(t testing.TB, d plugin.Decoder, rec string) string {
	t.Helper()
	h := message.Header{Hostname: "own", Severity: 7}
	return DecodeWith(t, d, rec, &h)
}

// DecodeWith is Decode with a default header.
func DecodeWith(t testing.TB, d plugin.Decoder, rec string, h *message.Header) string {
	t.Helper()
	b := message.NewBuilder(64 << 10)
	data := []byte(rec)
	err := d.Decode(&plugin.Record{Data: data, Default: h}, b)
	for i := range data {
		data[i] = '#' // what was borrowed is gone
	}
	var lines []string
	for _, m := range Messages(t, b) {
		lines = append(lines, Show(&m))
	}
	if err != nil {
		lines = append(lines, "error: "+err.Error())
	}
	return strings.Join(lines, "\n")
}

// Lines decodes each line of a text and shows what came of it.
func Lines(t testing.TB, d plugin.Decoder, text []byte) string {
	t.Helper()
	var b strings.Builder
	for line := range bytes.Lines(text) {
		b.WriteString(Decode(t, d, string(line)))
		b.WriteByte('\n')
	}
	return b.String()
}

// Allocs fails the test when decoding any of the records allocates.
func Allocs(t *testing.T, d plugin.Decoder, records ...string) {
	t.Helper()
	out := message.NewBuilder(1 << 20)
	h := message.Header{Logger: "l", Hostname: "h"}
	for _, rec := range records {
		r := plugin.Record{Data: []byte(rec), Default: &h}
		for range 3 {
			out.Reset()
			d.Decode(&r, out)
		}
		if n := testing.AllocsPerRun(50, func() { out.Reset(); d.Decode(&r, out) }); n != 0 {
			t.Errorf("Decode(%q) allocates %v times", rec, n)
		}
	}
}

// Bench measures the decoding of records in turn. Its cpu-ns/op is what it costs
// the processor, which other work on the machine does not change much.
func Bench(b *testing.B, d plugin.Decoder, records ...string) {
	out := message.NewBuilder(1 << 20)
	h := message.Header{Type: "in", Logger: "l", Hostname: "h", Severity: 7}
	recs, n := make([]plugin.Record, len(records)), 0
	for i, s := range records {
		recs[i] = plugin.Record{Data: []byte(s), Default: &h}
		n += len(s)
	}
	b.SetBytes(int64(n / len(records)))
	b.ReportAllocs()
	i := 0
	CPU(b, func() {
		out.Reset()
		if err := d.Decode(&recs[i], out); err != nil {
			b.Fatal(err)
		}
		if i++; i == len(recs) {
			i = 0
		}
	})
}

// CPU runs the loop of a benchmark and reports cpu-ns/op.
func CPU(b *testing.B, f func()) {
	defer cputime.PerOp(b)()
	for b.Loop() {
		f()
	}
}
