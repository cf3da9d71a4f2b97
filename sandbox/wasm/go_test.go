package wasm

import (
	"testing"
	"time"

	"github.com/heka-project/heka/sandbox"
)

// TestGo runs the example in Go: an encoder with a runtime, a collector and a start.
func TestGo(t *testing.T) {
	o := options(sandbox.Encoder, goModule(t))
	o.Memory, o.Instructions = 64<<20, 50_000_000
	began := time.Now()
	in := open(t, o)
	t.Logf("compiled and started in %s, memory %d", time.Since(began), in.use.Memory.Load())
	began = time.Now()
	second := open(t, o)
	t.Logf("a second one in %s", time.Since(began))
	want := `time=2017-07-14T02:40:00.123456789Z Type="nginx.access" Hostname="web1" remote_addr="10.0.0.1" request="GET /index.html HTTP/1.1" status=404 took=0.25 payload="a line"` + "\n"
	for i := range 3000 {
		for _, x := range []*Instance{in, second} {
			b, err := x.Encode(nil, view(request(404)))
			if err != nil || string(b) != want {
				t.Fatalf("message %d: %q, %v; want %q", i, b, err, want)
			}
		}
	}
	t.Logf("instructions of a call: last %d, most %d; memory %d", in.use.Instructions.Load(), in.use.MaxInstructions.Load(), in.use.Memory.Load())
}
