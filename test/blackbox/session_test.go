package blackbox

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// lineScript counts lines and adds up their numbers, with some work for each so that
// a kill meets it in the middle.
const lineScript = `
require "string"
lines, sum, trace = 0, 0, 0

function process_message()
    local n = tonumber(string.match(read_message("Payload"), "^line (%d+)"))
    for i = 1, 50 do trace = (trace * 31 + n + i) % 65521 end
    lines = lines + 1
    sum = sum + n
    return 0
end

function timer_event(ns)
    inject_payload("txt", "sums", lines, " ", sum, " ", trace, "\n")
end
`

// TestSessionsAreExactAfterKills: a daemon follows a log and sends it to another, where
// a filter counts and an output writes from the journal, while now one of the two is
// killed, now both. In the end the filter has counted every line once, down to a value
// that depends on the order, and the file has every line.
func TestSessionsAreExactAfterKills(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	dir := t.TempDir()
	edge, centre, logs := filepath.Join(dir, "edge"), filepath.Join(dir, "centre"), filepath.Join(dir, "logs")
	for _, d := range []string{edge, centre, logs} {
		os.Mkdir(d, 0o700)
	}
	port := FreePort(t)
	script, out, sums := filepath.Join(centre, "sum.lua"), filepath.Join(centre, "out"), filepath.Join(centre, "sums")
	os.WriteFile(script, []byte(lineScript), 0o600)
	edgeConf := fmt.Sprintf(`[in]
type = "LogstreamerInput"
log_directory = %q
file_match = 'app\.log\.?(?P<Seq>\d*)'
priority = ["^Seq"]
[up]
type = "TcpOutput"
message_matcher = "TRUE"
address = "127.0.0.1:%d"
acknowledge = "always"
[up.retries]
delay = "20ms"
max_delay = "100ms"
max_jitter = "10ms"
`, logs, port)
	farConf := fmt.Sprintf(`[in]
type = "TcpInput"
address = "127.0.0.1:%d"
[sums]
type = "SandboxFilter"
message_matcher = "Type == 'logfile'"
filename = %q
ticker_interval = 1
preserve_data = true
[PayloadEncoder]
[file]
type = "FileOutput"
message_matcher = "Type == 'logfile'"
encoder = "PayloadEncoder"
path = %q
use_buffering = true
[told]
type = "FileOutput"
message_matcher = "Type == 'heka.sandbox-output'"
encoder = "PayloadEncoder"
path = %q
`, port, script, out, sums)
	w := newWriter(t, logs)
	e, c := Start(t, edge, "", edgeConf), Start(t, centre, "", farConf)
	n := kills(t)
	var killed [3]int
	for i := range n {
		w.write(300 + rng.IntN(3000))
		if i%7 == 6 {
			w.rotate()
		}
		if i%3 == 0 { // else before anything has come through
			before := c.Metric("inputs", "in", "ProcessMessageCount")
			c.Until("a message", func() bool { return c.Metric("inputs", "in", "ProcessMessageCount") > before })
		}
		time.Sleep(time.Duration(rng.IntN(300)) * time.Millisecond) // the moment of the kill is random
		what := rng.IntN(3)
		killed[what]++
		if what != 1 {
			c.Kill()
		}
		if what != 0 {
			e.Kill()
		}
		if what != 1 {
			c = Start(t, centre, "", farConf)
		}
		if what != 0 {
			e = Start(t, edge, "", edgeConf)
		}
	}
	w.write(1000)
	sum, trace := 0, 0
	for k := range w.n {
		sum += k
		for i := 1; i <= 50; i++ {
			trace = (trace*31 + k + i) % 65521
		}
	}
	dup := all(t, c, w, out)
	c.Until("the filter to count all", func() bool {
		var k int
		fmt.Sscan(lastLine(sums), &k)
		return k >= w.n
	})
	e.CheckAccountSoon()
	c.CheckAccountSoon()
	e.Stop()
	c.Stop()
	got := lastLine(sums)
	if want := fmt.Sprintf("%d %d %d", w.n, sum, trace); got != want {
		t.Errorf("after %d kills the filter says %s, want %s", n, got, want)
	}
	first, _, _ := strings.Cut(got, " ")
	t.Logf("%d kills of the receiver, %d of the sender, %d of both: %d lines, 0 lost; the filter counted %s; %d lines are in the file twice", killed[0], killed[1], killed[2], w.n, first, dup)
}
