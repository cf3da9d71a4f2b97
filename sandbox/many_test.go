package sandbox_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/cputime"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/sandboxtest"
)

// A thousand filters of the usual kind, a circular buffer of a day each, stay far
// below their share of 1.5 MiB, and one starts in less than 50 ms.
func TestManySandboxesAreSmall(t *testing.T) {
	const n = 200
	const script = `require "circular_buffer" require "string" local cb = circular_buffer.new(1440, 6, 60) counts = {}
		function process_message() local s = read_message("Fields[status]") counts[s] = (counts[s] or 0) + 1 cb:add(read_message("Timestamp"), 1, 1) return 0 end
		function timer_event(ns) inject_payload("cbuf", "status", cb:format("cbuf")) end`
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := cputime.Spent()
	boxes := make([]*sandboxtest.Box, n)
	for i := range boxes {
		boxes[i] = sandboxtest.New(t, sandboxtest.Options(sandbox.Filter, script, nil))
		boxes[i].Process(access(i))
	}
	each := (cputime.Spent() - began) / n
	runtime.GC()
	runtime.ReadMemStats(&after)
	bytes := (after.HeapAlloc - before.HeapAlloc) / n
	t.Logf("%d KiB and %v each", bytes>>10, each)
	if bytes > 512<<10 || each > 50*time.Millisecond {
		t.Errorf("a sandbox takes %d KiB and starts in %v", bytes>>10, each)
	}
	runtime.KeepAlive(boxes)
}
