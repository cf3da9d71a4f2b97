package share_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/sandboxtest"
	"github.com/heka-project/heka/sandbox/share"
)

func TestHTTPStatus(t *testing.T) {
	f := filter(t, "http_status", map[string]any{"rows": int64(2), "sec_per_row": int64(1), "status_field": "status_code"})
	for code := 0; code <= 600; code += 100 {
		f.Process(at(0, "status_code", code))
	}
	f.Process(at(0, "status_code", 404))
	f.Tick(unix(1))
	equal(t, "graph", injected(t, f, "cbuf", "HTTP Status"), head(0, 2, 1, "HTTP_100:count:sum", "HTTP_200:count:sum", "HTTP_300:count:sum",
		"HTTP_400:count:sum", "HTTP_500:count:sum", "HTTP_UNKNOWN:count:sum")+"1\t1\t1\t2\t1\t2\nnan\tnan\tnan\tnan\tnan\tnan\n")
	f.Process(at(0, "status_code", "none"), at(0))
	if got := f.Failures(); got != 2 {
		t.Errorf("%d failures, want 2", got)
	}
}

func TestHTTPStatusAnomaly(t *testing.T) {
	o := sandboxtest.Options(sandbox.Filter, sandboxtest.Script(t, "lua_filters/http_status.lua"), map[string]any{
		"rows": int64(100), "sec_per_row": int64(1), "alert_throttle": int64(60),
		"anomaly_config": `roc("HTTP Status", 2, 15, 0, 1.5, true, false)`,
	})
	f := sandboxtest.New(t, o)
	for s := 5000; s < 5070; s++ {
		f.Process(at(float64(s), "status", 200))
	}
	f.Tick(unix(5070))
	if len(f.Injected) != 1 || !strings.HasPrefix(f.Injected[0].Payload, `{"annotations":[]}`+"\n"+`{"time":4971,`) {
		t.Fatalf("quiet: %v", f.Injected)
	}
	f.Tick(unix(5086)) // 16 seconds without data
	equal(t, "alert", injected(t, f, "alert", ""), "HTTP Status - algorithm: roc col: 2 msg: no new data")
	line, _, _ := strings.Cut(injected(t, f, "cbuf", "HTTP Status"), "\n")
	var prefix struct {
		Annotations []struct {
			X, Col          int
			ShortText, Text string
		}
	}
	if err := json.Unmarshal([]byte(line), &prefix); err != nil || len(prefix.Annotations) != 1 {
		t.Fatalf("%s: %v", line, err)
	}
	if n := prefix.Annotations[0]; n.X != 5086000 || n.Col != 2 || n.ShortText != "A" || n.Text != "no new data" {
		t.Errorf("note %+v", n)
	}
	// What was seen and said outlives a restart.
	again := restarted(t, f, o)
	again.Tick(unix(5087))
	if len(again.Injected) != 1 || !strings.Contains(again.Injected[0].Payload, "no new data") {
		t.Errorf("after the restart: %v", again.Injected)
	}
}

func TestLoadavg(t *testing.T) {
	f := filter(t, "loadavg", map[string]any{"rows": int64(3), "sec_per_row": int64(1)})
	for s := 1; s <= 3; s++ {
		f.Process(at(float64(s), "1MinAvg", 0.08, "5MinAvg", 0.04, "15MinAvg", 0.02, "NumProcesses", 5))
	}
	f.Process(at(3, "1MinAvg", 0.01, "5MinAvg", 0.04, "15MinAvg", 0.02, "NumProcesses", 7))
	f.Tick(unix(4))
	equal(t, "graph", injected(t, f, "cbuf", "LoadAvg Stats"), head(1, 3, 1, "1MinAvg:Count:max", "5MinAvg:Count:max", "15MinAvg:Count:max",
		"NumProcesses:Count:max")+"0.08\t0.04\t0.02\t5\n0.08\t0.04\t0.02\t5\n0.08\t0.04\t0.02\t7\n")
}

func TestMemstats(t *testing.T) {
	f := filter(t, "memstats", map[string]any{"rows": int64(3), "sec_per_row": int64(1)})
	var fields []any
	var columns []string
	for _, name := range []string{"MemFree", "Cached", "Active", "Inactive", "VmallocUsed", "Shmem", "SwapCached", "SwapFree"} {
		fields = append(fields, name, 100)
		columns = append(columns, name+":Count:max")
	}
	for s := 1; s <= 3; s++ {
		f.Process(at(float64(s), append(fields, "SwapTotal", 100+s)...))
	}
	f.Tick(unix(4))
	row := strings.Repeat("100\t", 8)
	equal(t, "graph", injected(t, f, "cbuf", "Memory Stats"), head(1, 3, 1, append(columns, "SwapUsed:Count:max")...)+row+"1\n"+row+"2\n"+row+"3\n")
}

func TestHekaMemstat(t *testing.T) {
	f := filter(t, "heka_memstat", map[string]any{"rows": int64(2), "sec_per_row": int64(1)})
	f.Process(at(1, "HeapSys", 1, "HeapAlloc", 2, "HeapIdle", 3, "HeapInuse", 4, "HeapReleased", 5, "HeapObjects", 6))
	f.Tick(unix(2))
	equal(t, "graph", injected(t, f, "cbuf", "Stats"), head(0, 2, 1, "HeapSys:B:max", "HeapAlloc:B:max", "HeapIdle:B:max", "HeapInuse:B:max",
		"HeapReleased:B:max", "HeapObjects:count:max")+"nan\tnan\tnan\tnan\tnan\tnan\n1\t2\t3\t4\t5\t6\n")
}

func disk(s, v int) message.Draft {
	fields := []any{"TickerInterval", 1}
	for _, name := range []string{"WritesCompleted", "ReadsCompleted", "SectorsWritten", "SectorsRead", "WritesMerged", "ReadsMerged",
		"TimeWriting", "TimeReading", "TimeDoingIO", "WeightedTimeDoingIO"} {
		fields = append(fields, name, v)
	}
	return at(float64(s), fields...)
}

func TestDiskstats(t *testing.T) {
	for _, anomalies := range []string{"", `roc("Disk Stats", 1, 15, 0, 1.5, true, false)`} {
		config := map[string]any{"rows": int64(3)}
		prefix := ""
		if anomalies != "" {
			config["anomaly_config"], config["rows"], prefix = anomalies, int64(60), `{"annotations":[]}`+"\n"
		}
		f := filter(t, "diskstats", config)
		f.Tick(unix(0)) // nothing is known yet
		value := 100
		for s := 1; s <= 4; s++ {
			f.Process(disk(s, value))
			value += s * 100
		}
		f.Tick(unix(4))
		if anomalies != "" {
			// The original sent nothing at all then.
			for _, name := range []string{"Disk Stats", "Time doing IO"} {
				if got := injected(t, f, "cbuf", name); !strings.HasPrefix(got, prefix) {
					t.Errorf("%s: %.100s", name, got)
				}
			}
			continue
		}
		equal(t, "times", injected(t, f, "cbuf", "Time doing IO"), head(2, 3, 1, "TimeWriting:ms:max", "TimeReading:ms:max", "TimeDoingIO:ms:max",
			"WeightedTimeDoi:ms:max")+"200\t200\t200\t200\n400\t400\t400\t400\n700\t700\t700\t700\n")
		equal(t, "counts", injected(t, f, "cbuf", "Disk Stats"), head(2, 3, 1, "WritesCompleted:per_1_s:none", "ReadsCompleted:per_1_s:none",
			"SectorsWritten:per_1_s:none", "SectorsRead:per_1_s:none", "WritesMerged:per_1_s:none", "ReadsMerged:per_1_s:none")+
			"100\t100\t100\t100\t100\t100\n200\t200\t200\t200\t200\t200\n300\t300\t300\t300\t300\t300\n")
		f.Process(disk(5, 10)) // counters begin anew after a restart of the machine
		f.Process(disk(6, 30))
		f.Tick(unix(6))
		if got := injected(t, f, "cbuf", "Disk Stats"); !strings.HasSuffix(got, "300\t300\t300\t300\t300\t300\nnan\tnan\tnan\tnan\tnan\tnan\n20\t20\t20\t20\t20\t20\n") {
			t.Errorf("after a restart: %s", got)
		}
	}
}

func TestProcstat(t *testing.T) {
	first := at(1, "cpu", []int64{100, 0, 50, 200, 10}, "cpu0", []int64{100, 0, 50, 200, 10}, "ctxt", 1000, "softirq", []int64{5, 6}, "intr", []int64{1, 2, 3})
	second := at(2, "cpu", []int64{150, 0, 60, 230, 20}, "cpu0", []int64{150, 0, 60, 230, 20}, "ctxt", 1500, "softirq", []int64{8, 10}, "intr", []int64{2, 3, 4})
	second.Payload = "as read"
	for _, tt := range []struct {
		config map[string]any
		want   string
	}{
		{nil, "cpu0_percent=70 cpu_percent=70"},
		{map[string]any{"whitelist": "cpu$"}, "cpu_percent=70"},
		{map[string]any{"whitelist": "cpu$", "extras": true}, "cpu_delta_idle=30 cpu_delta_iowait=10 cpu_delta_nice=0 cpu_delta_system=10 " +
			"cpu_delta_ticks=100 cpu_delta_user=50 cpu_percent=70 cpu_percent_idle=30 cpu_percent_iowait=10 cpu_percent_nice=0 " +
			"cpu_percent_system=10 cpu_percent_user=50"},
		{map[string]any{"whitelist": "^[^c]", "extras": true}, "softirq_delta_1=3 softirq_delta_2=4"},
		{map[string]any{"whitelist": "ctxt", "extras": true}, "ctxt_delta=500"},
	} {
		f := filter(t, "procstat", tt.config)
		f.Process(first)
		f.Process(second)
		if len(f.Injected) != 1 {
			t.Fatalf("%v: %d messages", tt.config, len(f.Injected))
		}
		d := f.Injected[0]
		equal(t, fmt.Sprint(tt.config), fieldList(d), tt.want)
		if d.Type != "heka.sandbox.procstat" || d.Payload != "as read" {
			t.Errorf("type %q, payload %q", d.Type, d.Payload)
		}
	}
	f := filter(t, "procstat", map[string]any{"percent_integer": false})
	f.Process(at(1, "cpu", []int64{0, 0, 0, 0}))
	f.Process(at(2, "cpu", []int64{1, 0, 0, 2}))
	if got := value(f.Injected[0], "cpu_percent").(float64); got < 33.3 || got > 33.4 {
		t.Errorf("not rounded: %v", got)
	}
}

func TestMysqlSlowQuery(t *testing.T) {
	f := filter(t, "mysql_slow_query", map[string]any{"rows": int64(2), "sec_per_row": int64(1)})
	f.Process(at(1, "Query_time", 1.5, "Lock_time", 0.5, "Rows_examined", 10, "Rows_sent", 3))
	f.Process(at(1, "Query_time", 2.5, "Lock_time", 0.0, "Rows_examined", 13, "Rows_sent", 2))
	f.Process(at(1, "Query_time", 2.5))
	f.Tick(unix(2))
	equal(t, "graph", injected(t, f, "cbuf", "Statistics"), head(0, 2, 1, "Query_Time:s:none", "Lock_Time:s:none", "Rows_Examined:count:none",
		"Rows_Sent:count:none", "Count:count:sum")+"nan\tnan\tnan\tnan\tnan\n2\t0.25\t11\t2\t2\n")
}

func TestStatGraph(t *testing.T) {
	for _, tt := range []struct{ aggregation, want string }{{"sum", "4\t7"}, {"max", "3\t5"}, {"min", "1\t2"}, {"none", "4\t7"}} {
		f := filter(t, "stat_graph", map[string]any{"title": "Hits", "rows": int64(2), "sec_per_row": int64(10), "stats": "a.hits b.misses",
			"stat_labels": "hits  misses", "stat_unit": "1/s", "stat_aggregation": tt.aggregation})
		f.Process(at(99, "timestamp", 12, "a.hits", 1, "b.misses", 5))
		f.Process(at(99, "timestamp", 13, "a.hits", 3, "b.misses", 2.0))
		f.Tick(unix(20))
		equal(t, tt.aggregation, injected(t, f, "cbuf", "Hits"),
			head(0, 2, 10, "hits:1/s:"+tt.aggregation, "misses:1/s:"+tt.aggregation)+"nan\tnan\n"+tt.want+"\n")
	}
	for _, config := range []map[string]any{nil, {"stats": "a"}, {"stats": "a b", "stat_labels": "a"}} {
		_, err := sandbox.New(sandboxtest.Options(sandbox.Filter, sandboxtest.Script(t, "lua_filters/stat_graph.lua"), config))
		if err == nil || !strings.Contains(err.Error(), "configuration must") {
			t.Errorf("%v: %v", config, err)
		}
	}
}

func TestUniqueItems(t *testing.T) {
	o := sandboxtest.Options(sandbox.Filter, sandboxtest.Script(t, "lua_filters/unique_items.lua"), map[string]any{
		"message_variable": "Fields[uid]", "enable_delta": true, "rows": int64(2), "seconds_per_row": int64(10)})
	f := sandboxtest.New(t, o)
	for _, id := range []string{"a", "b", "a"} {
		f.Process(at(5, "uid", id))
	}
	f.Process(at(15, "uid", 1), at(15, "uid", 2), at(15, "uid", 1))
	f.Process(at(5, "uid", "late"), at(15, "uid", true), at(15))
	f.Tick(unix(15))
	columns := head(0, 2, 10, "uid:count:sum")
	equal(t, "graph", injected(t, f, "cbuf", "Estimated Unique Daily Fields[uid]"), columns+"2\n2\n")
	equal(t, "changes", injected(t, f, "cbufd", "Estimated Unique Daily Fields[uid]"), columns+"0\t2\n10\t2\n")
	if got := f.Failures(); got != 2 {
		t.Errorf("%d failures, want 2", got)
	}
	again := restarted(t, f, o)
	again.Process(at(16, "uid", 2), at(16, "uid", 3))
	again.Tick(unix(16))
	equal(t, "after a restart", injected(t, again, "cbufd", "Estimated Unique Daily Fields[uid]"), columns+"10\t1\n")
}

func TestFrequentItems(t *testing.T) {
	f := filter(t, "frequent_items", map[string]any{"message_variable": "Fields[ip]", "max_items": int64(3), "min_output_weight": int64(1)})
	send := func(ip string, n int) {
		for range n {
			f.Process(at(1, "ip", ip))
		}
	}
	send("c", 5)
	send("a\tb", 9)
	send("x", 1)
	send("y", 1) // makes room: 4, 8, 0
	f.Process(at(1, "other", "z"))
	now := sandboxtest.Now
	f.Tick(now)
	equal(t, "list", injected(t, f, "tsv", "Weighting by Fields[ip]"), "Fields[ip]\tWeight\na b\t8\nc\t4\n")
	f.Tick(now.AddDate(0, 0, 1)) // told once more, and forgotten at the end of the day
	f.Tick(now.AddDate(0, 0, 1))
	equal(t, "next day", injected(t, f, "tsv", "Weighting by Fields[ip]"), "Fields[ip]\tWeight\n")

	// As many as the example has, of different weights, within the default limits.
	f = filter(t, "frequent_items", map[string]any{"message_variable": "Fields[id]", "max_items": int64(10000), "min_output_weight": int64(0)})
	var batch []message.Draft
	for i := range 10000 {
		batch = append(batch, at(1, "id", fmt.Sprintf("an-item-with-a-long-name-%05d", i)))
		if i%10 == 0 {
			batch = append(batch, at(1, "id", fmt.Sprintf("an-item-with-a-long-name-%05d", i%1000)))
		}
	}
	f.Process(batch...)
	f.Process(at(1, "id", "one more")) // takes one off each weight
	f.Tick(now)
	list := injected(t, f, "tsv", "Weighting by Fields[id]")
	if n := len(list); n > 64512 || !strings.HasPrefix(list, "Fields[id]\tWeight\nan-item-with-a-long-name-00000\t10\nan-item-with-a-long-name-00010\t10\n") {
		t.Errorf("a list of %d bytes: %.200s", n, list)
	}
	f = filter(t, "frequent_items", map[string]any{"message_variable": "Fields[id]", "max_items": int64(10000), "min_output_weight": int64(0)})
	f.Process(batch...)
	f.Tick(now)
	if n := len(injected(t, f, "tsv", "Weighting by Fields[id]")); n < 30000 || n > 64512 {
		t.Errorf("a list of %d bytes", n)
	}
}

func TestHeartbeat(t *testing.T) {
	f := filter(t, "heartbeat", map[string]any{"heartbeat_timeout": int64(30), "alert_throttle": int64(300)})
	beat := func(host string, s float64) {
		d := at(s)
		d.Hostname = host
		f.Process(d)
	}
	type host struct {
		LastHeartbeat int64  `json:"last_heartbeat"`
		LastAlert     int64  `json:"last_alert"`
		Status        string `json:"status"`
	}
	tick := func(s int64) (map[string]host, string) {
		f.Injected = nil
		f.Tick(unix(s))
		var hosts map[string]host
		if err := json.Unmarshal([]byte(injected(t, f, "json", "heartbeat")), &hosts); err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Injected {
			if text(d, "payload_type") == "alert" {
				return hosts, d.Payload
			}
		}
		return hosts, ""
	}
	beat("a", 1000.5)
	beat("b", 1010)
	hosts, alert := tick(1030)
	if alert != "" || hosts["a"] != (host{1000500, 0, "up"}) {
		t.Errorf("%v, %q", hosts, alert)
	}
	hosts, alert = tick(1035)
	if alert != "Missing Heartbeat - a" || hosts["a"] != (host{1000500, 1035000, "down"}) || hosts["b"].Status != "up" {
		t.Errorf("%v, %q", hosts, alert)
	}
	hosts, alert = tick(1041)
	if alert != "Missing Heartbeat - b" || hosts["b"].Status != "down" {
		t.Errorf("%v, %q", hosts, alert)
	}
	beat("b", 1050)
	if hosts, alert = tick(1336); alert != "Missing Heartbeat - a" && !strings.Contains(alert, "Missing Heartbeat - a\n") {
		t.Errorf("%v, %q", hosts, alert)
	}
}

func TestMessageSchema(t *testing.T) {
	f := filter(t, "heka_message_schema", nil)
	a := at(1, "name", "x", "size", 5, "on", true)
	a.EnvVersion = "1.0"
	f.Process(a, at(1, "size", 1.5, "size", 2.5), at(1, "size", "big"), at(1))
	f.Tick(unix(2))
	_, tree, _ := strings.Cut(injected(t, f, "txt", "Message Schema"), "\n\n")
	equal(t, "tree", tree, `GoSpec [4]
    TEST [4]
         -no version- [3]
            size (mismatch - optional [2])
         1.0 [1]
            name (string)
            on (bool)
            size (number)
`)
}

func report(failures string) string {
	return fmt.Sprintf(`{"globals":[],"decoders":[{"Name":"a","ProcessMessageFailures":{"value":%s,"representation":"count"}},{"Name":"b"},
		{"Name":"c","ProcessMessageFailures":{"value":%[1]s,"representation":"count"}}]}`, failures)
}

func TestProcessMessageFailures(t *testing.T) {
	f := filter(t, "heka_process_message_failures", nil)
	process := func(minute int, failures string) {
		d := at(float64(minute * 60))
		d.Payload = report(failures)
		f.Process(d)
		f.Tick(unix(int64(minute * 60)))
	}
	minute := 1000
	for ; minute < 1060; minute++ {
		process(minute, "0")
	}
	if len(f.Injected) != 0 {
		t.Fatalf("alerts without a failure: %v", f.Injected)
	}
	for ; minute < 1080; minute++ {
		process(minute, fmt.Sprint(minute))
	}
	if len(f.Injected) != 1 {
		t.Fatalf("%d alerts", len(f.Injected))
	}
	got := strings.Split(injected(t, f, "alert", ""), "\n")
	if len(got) != 2 || !strings.Contains(strings.Join(got, " "), "a - algorithm: mww_nonparametric col: 1 msg: detected anomaly, pstat: 0.") ||
		!strings.Contains(strings.Join(got, " "), "c - algorithm") {
		t.Errorf("alert %q", got)
	}
	for _, payload := range []string{"", "[]", "{", `{"decoders":[1]}`, `{"decoders":[{"ProcessMessageFailures":{"value":1}}]}`} {
		d := at(1)
		d.Payload = payload
		f.Process(d)
	}
	if got := f.Failures(); got != 4 {
		t.Errorf("%d failures, want 4", got)
	}
}

func delta(host, name, payload string, seconds float64) message.Draft {
	d := at(seconds, "payload_type", "cbufd", "payload_name", name)
	d.Hostname, d.Payload = host, payload
	return d
}

func TestCbufdAggregator(t *testing.T) {
	f := filter(t, "cbufd_aggregator", map[string]any{"enable_delta": true})
	columns := head(0, 2, 60, "Requests:count:sum", "Slowest:ms:max", "Mean:ms:none")
	f.Process(delta("a", "Web", columns+"60\t5\t30\t7\n0\t1\tnan\tnan\n", 60))
	f.Process(delta("b", "Web", columns+"60\t3\t90\t1\n", 60), delta("c", "Web", columns+"60\tnan\t40\t1\n", 60))
	f.Tick(unix(61))
	equal(t, "graph", injected(t, f, "cbuf", "Web"), columns+"1\tnan\tnan\n8\t90\tnan\n")
	equal(t, "changes", injected(t, f, "cbufd", "Web"), columns+"0\t1\tnan\tnan\n60\t8\t120\tnan\n")
	for _, payload := range []string{"", "x", "{}\n0\t1\n", `{"rows":1,"columns":1,"seconds_per_row":1,"column_info":[]}` + "\n0\t1\n",
		`{"rows":2,"columns":1,"seconds_per_row":1,"column_info":[{"name":[]}]}` + "\n0\t1\n"} {
		f.Process(delta("a", "Bad", payload, 1))
	}
	if got := f.Failures(); got != 5 {
		t.Errorf("%d failures, want 5", got)
	}
	f.Process(delta("a", "Web", columns+"60\t1\t1\t1\t1\t1\n", 60)) // more columns than the graph has
}

func TestCbufdHostAggregator(t *testing.T) {
	f := filter(t, "cbufd_host_aggregator", map[string]any{"max_hosts": int64(2), "rows": int64(2)})
	columns := head(0, 5, 60, "Requests:count:sum", "Slowest:ms:max")
	f.Process(delta("a", "Web", columns+"60\t5\t30\n", 60), delta("b", "Web", columns+"60\t3\t90\n", 61), delta("a", "Web", columns+"60\t1\t20\n", 62))
	f.Tick(unix(62))
	options := `{"options":{"stackedGraph":true,"fillGraph":true}}` + "\n"
	equal(t, "requests", injected(t, f, "cbuf", "Web (Requests)"), options+head(0, 2, 60, "a:count:sum", "b:count:sum")+"nan\tnan\n6\t3\n")
	equal(t, "slowest", injected(t, f, "cbuf", "Web (Slowest)"), options+head(0, 2, 60, "a:ms:max", "b:ms:max")+"nan\tnan\n30\t90\n")
	f.Process(delta("c", "Web", columns+"60\t1\t1\n", 181)) // b has been silent for 120 s
	f.Tick(unix(181))
	if got := injected(t, f, "cbuf", "Web (Requests)"); !strings.Contains(got, `"name":"c"`) || !strings.HasSuffix(got, "6\t4\n") {
		t.Errorf("replaced: %s", got)
	}
	err := f.TryProcess(delta("d", "Web", columns+"60\t1\t1\n", 181.5))
	var stop *sandbox.Stop
	if !errors.As(err, &stop) || !strings.Contains(err.Error(), "exceeds the 'max_hosts' configuration") {
		t.Errorf("a host too many: %v", err)
	}
}

func influxMessage() message.Draft {
	return message.Draft{
		UUID: [16]byte{0x8e, 0x41}, Header: message.Header{Timestamp: 54321e9, Type: "my_type", Logger: "Logger", Severity: 4,
			Payload: "Payload value lorem ipsum", Hostname: "hostname", Pid: 12345},
		Fields: []message.DraftField{
			message.NewField("intField", []int64{123, 456}, ""),
			message.NewField("strField", []string{"0_first", "0_second"}, ""),
			message.NewField("strField", []string{"1_first", "1_second"}, ""),
			{Name: "byteField", Type: message.Bytes, Values: []any{[]byte("first"), []byte("second")}},
		},
	}
}

const influxTags = ",Logger=Logger,Type=my_type,Severity=4,Hostname=hostname "

var influxLines = strings.Join([]string{
	"intField" + influxTags + "value=123.000000 54321000",
	"intField_vidx_1" + influxTags + "value=456.000000 54321000",
	"strField" + influxTags + `value="0_first" 54321000`,
	"strField_vidx_1" + influxTags + `value="0_second" 54321000`,
	"strField_fidx_1" + influxTags + `value="1_first" 54321000`,
	"strField_fidx_1_vidx_1" + influxTags + `value="1_second" 54321000`,
	"byteField" + influxTags + `value="first" 54321000`,
	"byteField_vidx_1" + influxTags + `value="second" 54321000`, "",
}, "\n")

func TestInfluxBatch(t *testing.T) {
	for _, count := range []any{int64(3), "3"} {
		f := filter(t, "influx_batch", map[string]any{"flush_count": count})
		for range 3 {
			f.Process(influxMessage())
		}
		equal(t, "batch", injected(t, f, "txt", "influx_line"), strings.Repeat(influxLines, 3))
		f.Tick(unix(1))
		if len(f.Injected) != 1 {
			t.Errorf("%d messages", len(f.Injected))
		}
		f.Process(influxMessage(), at(1)) // the second has nothing to tell
		f.Tick(unix(2))
		equal(t, "tick", injected(t, f, "txt", "influx_line"), influxLines)
	}
	f := filter(t, "influx_batch", nil)
	for range 200 { // more than output_limit
		f.Process(influxMessage())
	}
	f.Tick(unix(1))
	total := ""
	for _, d := range f.Injected {
		total += d.Payload
	}
	equal(t, "batches", total, strings.Repeat(influxLines, 200))
}

// TestOddMessages gives every filter and encoder messages that are not for it: none
// stops.
func TestOddMessages(t *testing.T) {
	odd := []message.Draft{{}, at(1), at(1, "status", "x", "uid", []byte{0, 1}, "TickerInterval", -1), {Header: message.Header{Payload: "{\"rows\":[1]}\n"}},
		{Header: message.Header{Timestamp: math.MinInt64, Payload: "\x00\n\n"}}, {Header: message.Header{Timestamp: math.MaxInt64, Payload: "null"}},
		at(1, "", 1, "timestamp", math.Inf(1), "stats", math.NaN(), "cpu", []int64{1})}
	config := map[string]any{"message_variable": "Fields[uid]", "stats": "stats", "stat_labels": "s", "rows": int64(5), "max_hosts": int64(2),
		"anomaly_config": `roc("x", 1, 1, 0, 1.5, true, false)`}
	for _, dir := range []string{"lua_filters", "lua_encoders"} {
		names, err := fs.Glob(share.Files(), dir+"/*.lua")
		if err != nil || len(names) == 0 {
			t.Fatal(names, err)
		}
		for _, name := range names {
			for i, d := range odd {
				if dir == "lua_filters" {
					src := sandboxtest.Script(t, name)
					f := sandboxtest.Filter(t, src, config)
					f.Process(d, d)
					if strings.Contains(src, "function timer_event") {
						f.Tick(sandboxtest.Now)
					}
					continue
				}
				_, err := sandboxtest.Encoder(t, sandboxtest.Script(t, name), nil).TryEncode(d)
				var stop *sandbox.Stop
				if errors.As(err, &stop) {
					t.Errorf("%s, message %d: %v", name, i, err)
				}
			}
		}
	}
}

// Graphs that were preserved under other options are not gone on with.
func TestOtherRowsAfterRestart(t *testing.T) {
	options := func(name string, rows int64) sandbox.Options {
		return sandboxtest.Options(sandbox.Filter, sandboxtest.Script(t, "lua_filters/"+name+".lua"), map[string]any{"rows": rows, "max_hosts": rows})
	}
	f := sandboxtest.New(t, options("diskstats", 3))
	f.Process(disk(1, 100), disk(2, 200))
	f = restarted(t, f, options("diskstats", 2))
	f.Process(disk(3, 300), disk(4, 400))
	f.Tick(unix(4))
	if got := injected(t, f, "cbuf", "Disk Stats"); !strings.Contains(got, `"rows":2,`) || !strings.HasSuffix(got, "nan\n100\t100\t100\t100\t100\t100\n") {
		t.Errorf("disk: %s", got)
	}

	columns := head(0, 5, 60, "Requests:count:sum")
	f = sandboxtest.New(t, options("cbufd_host_aggregator", 3))
	for _, host := range []string{"a", "b", "c"} {
		f.Process(delta(host, "Web", columns+"60\t5\n", 60))
	}
	same := restarted(t, f, options("cbufd_host_aggregator", 3))
	same.Tick(unix(62))
	if got := injected(t, same, "cbuf", "Web (Requests)"); !strings.HasSuffix(got, "5\t5\t5\nnan\tnan\tnan\n") {
		t.Errorf("the same rows: %s", got)
	}
	f = restarted(t, f, options("cbufd_host_aggregator", 2))
	f.Process(delta("c", "Web", columns+"60\t7\n", 61))
	f.Tick(unix(62))
	if got := injected(t, f, "cbuf", "Web (Requests)"); !strings.HasSuffix(got, "nan\tnan\n7\tnan\n") {
		t.Errorf("hosts: %s", got)
	}

	f = sandboxtest.New(t, options("loadavg", 3))
	state, err := f.SaveState()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sandboxtest.New(t, options("loadavg", 2)).RestoreState(state); err == nil || !strings.Contains(err.Error(), "saved is a circular buffer of 3 rows") {
		t.Errorf("loadavg: %v", err)
	}
}
