package blackbox

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sumScript adds up numbers with some work for each, so that a kill meets it in the
// middle, and tells its sums every second: a counter, a table by key, a text.
const sumScript = `
require "string"
lines, sum, by, trace = 0, 0, {}, 0

function process_message()
    local line = read_message("Payload")
    local n, key = string.match(line, "^(%d+) (%w+)")
    for i = 1, 1000 do trace = (trace * 31 + n + i) % 65521 end
    lines = lines + 1
    sum = sum + n
    by[key] = (by[key] or 0) + n
    return 0
end

function timer_event(ns)
    inject_payload("txt", "sums", lines, " ", sum, " ", by.a or 0, " ", by.b or 0, " ", by.c or 0, " ", trace, "\n")
end
`

// TestSandboxStateSurvivesKills: a filter works through a log while the daemon is
// killed again and again; its numbers are in the end those of a run that nobody
// disturbed, down to a value that depends on the order.
func TestSandboxStateSurvivesKills(t *testing.T) {
	dir := t.TempDir()
	logs := filepath.Join(dir, "logs")
	os.Mkdir(logs, 0o700)
	script := filepath.Join(dir, "sum.lua")
	os.WriteFile(script, []byte(sumScript), 0o600)
	const n = 50_000
	var text strings.Builder
	sums := map[byte]int{}
	trace, sum := 0, 0
	for i := range n {
		key := "abc"[i*7%3]
		fmt.Fprintf(&text, "%d %c\n", i%1000, key)
		sums[key] += i % 1000
		sum += i % 1000
		for k := 1; k <= 1000; k++ {
			trace = (trace*31 + i%1000 + k) % 65521
		}
	}
	log := filepath.Join(logs, "app.log")
	os.WriteFile(log, []byte(text.String()), 0o600)
	out := filepath.Join(dir, "out")
	config := fmt.Sprintf(`[in]
type = "LogstreamerInput"
log_directory = %q
file_match = 'app\.log'
[sums]
type = "SandboxFilter"
message_matcher = "Type == 'logfile'"
filename = %q
ticker_interval = 1
preserve_data = true
[PayloadEncoder]
[file]
type = "FileOutput"
message_matcher = "Type == 'heka.sandbox-output'"
encoder = "PayloadEncoder"
path = %q
`, logs, script, out)
	want := fmt.Sprintf("%d %d %d %d %d %d", n, sum, sums['a'], sums['b'], sums['c'], trace)
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	kills := level(3, 40)
	for range kills {
		d := Start(t, dir, "", config)
		time.Sleep(time.Duration(500+rng.IntN(1800)) * time.Millisecond) // the moment of the kill is random
		d.Kill()
	}
	d := Start(t, dir, "", config)
	d.Until("the filter to finish", func() bool { return strings.HasPrefix(lastLine(out), fmt.Sprint(n, " ")) })
	d.Stop()
	if got := lastLine(out); got != want {
		t.Errorf("after %d kills the filter says %s, want %s", kills, got, want)
	}
	if first := firstCount(out); first >= n {
		t.Errorf("the filter was done with all before it told anything: it was not killed in its work")
	}
}

func lines(path string) (list []string) {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		list = append(list, s.Text())
	}
	return list
}

func lastLine(path string) string {
	if l := lines(path); len(l) > 0 {
		return l[len(l)-1]
	}
	return ""
}

func firstCount(path string) (n int) {
	if l := lines(path); len(l) > 0 {
		fmt.Sscan(l[0], &n)
	}
	return n
}

// TestSandboxScriptIsReloaded: a reload takes over a script whose file alone has
// changed, with the state of the one before and without losing a message; a script
// with an error is refused, and the old one runs on.
func TestSandboxScriptIsReloaded(t *testing.T) {
	dir := t.TempDir()
	script, out := filepath.Join(dir, "count.lua"), filepath.Join(dir, "out")
	write := func(version string) {
		text := "n = 0\nfunction process_message() n = n + 1 return 0 end\nfunction timer_event() inject_payload('txt', 'n', '" + version + " ', n, '\\n') end\n"
		if version == "" {
			text = "this is no Lua"
		}
		if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	port := FreePort(t)
	d := Start(t, dir, "", fmt.Sprintf(`[TcpInput]
address = "127.0.0.1:%d"
[count]
type = "SandboxFilter"
message_matcher = "Type == 'load'"
filename = %q
ticker_interval = 1
preserve_data = true
[PayloadEncoder]
[file]
type = "FileOutput"
message_matcher = "Logger == 'count'"
encoder = "PayloadEncoder"
path = %q
`, port, script, out))
	p := startPaced(t, port, 50, 20*time.Millisecond)
	defer p.end()
	d.Until("the first script's word", func() bool {
		return strings.HasPrefix(lastLine(out), "one ") && !strings.HasSuffix(lastLine(out), " 0")
	})
	write("two")
	if err := d.Post("/reload"); err != nil {
		t.Fatal(err)
	}
	d.Until("the second script's word", func() bool { return strings.HasPrefix(lastLine(out), "two ") })
	write("")
	if err := d.Post("/reload"); err == nil {
		t.Error("a script with an error is taken")
	}
	sent := p.end()
	d.Until("all messages counted", func() bool { return lastLine(out) == fmt.Sprint("two ", sent) })
	d.CheckAccountSoon()
	d.Stop()
}

// TestSandboxAttacksHurtNobody: filters that run wild are stopped one by one, each
// with its reason, while one beside them counts every message.
func TestSandboxAttacksHurtNobody(t *testing.T) {
	attacks := map[string]string{
		"endless":  `while true do end`,
		"caught":   `while true do pcall(function() while true do end end) end`,
		"memory":   `local t = {} while true do t[#t + 1] = ("x"):rep(1000) end`,
		"payload":  `while true do add_to_payload(("x"):rep(1000)) end`,
		"inject":   `while true do inject_message({Type = "load", Payload = "again"}) end`,
		"deep":     `local t = {} t.t = t inject_message({Fields = t})`,
		"patterns": `string.find(("a"):rep(100000), ("a*"):rep(50) .. "b")`,
		"exit":     `return 1, "enough"`,
	}
	dir := t.TempDir()
	port := FreePort(t)
	stopped := filepath.Join(dir, "stopped")
	var config strings.Builder
	fmt.Fprintf(&config, `[TcpInput]
address = "127.0.0.1:%d"
[PayloadEncoder]
[stopped]
type = "FileOutput"
message_matcher = "Type == 'heka.sandbox-terminated'"
encoder = "JsonEncoder"
path = %q
[JsonEncoder]
[counts]
type = "FileOutput"
message_matcher = "Logger == 'count'"
encoder = "PayloadEncoder"
path = %q
`, port, stopped, filepath.Join(dir, "out"))
	add := func(name, script string) {
		path := filepath.Join(dir, name+".lua")
		if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&config, "[%s]\ntype = \"SandboxFilter\"\nmessage_matcher = \"Type == 'load'\"\nfilename = %q\nticker_interval = 1\n", name, path)
	}
	add("count", "n = 0 function process_message() n = n + 1 return 0 end function timer_event() inject_payload('txt', 'n', n, '\\n') end")
	for name, body := range attacks {
		add(name, "require 'string' n = 0 function process_message() n = n + 1 if n == 100 then "+body+" end return 0 end function timer_event() end")
	}
	d := Start(t, dir, "", config.String())
	p := startPaced(t, port, 50, 10*time.Millisecond)
	defer p.end()
	d.Until("all attackers stopped", func() bool {
		text := strings.Join(lines(stopped), "\n")
		for name := range attacks {
			if !strings.Contains(text, `"plugin":"`+name+`"`) {
				return false
			}
		}
		return true
	})
	sent := p.end()
	d.Until("all messages counted", func() bool { return lastLine(filepath.Join(dir, "out")) == fmt.Sprint(sent) })
	for _, want := range []string{"instruction_limit exceeded", "not enough memory", "output_limit exceeded", "exceeded InjectMessage count", "unsupported type: nil", "enough"} {
		if !strings.Contains(strings.Join(lines(stopped), "\n"), want) {
			t.Errorf("nobody was stopped with %q", want)
		}
	}
	if d.Ended() {
		t.Error("the daemon has ended")
	}
	d.Stop()
}
