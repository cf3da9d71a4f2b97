package share_test

import (
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox/sandboxtest"
)

// TestDecodersFeedFilters: what a stock decoder makes is what the stock filter for it
// reads.
func TestDecodersFeedFilters(t *testing.T) {
	for _, tt := range []struct {
		decoder, filter string
		config          map[string]any // of the filter
		records         []string
		want            []string // parts of what the filter injects
	}{
		{"nginx_access", "http_status", nil, []string{
			`192.0.2.7 - - [02/Jan/2026:03:04:05 +0000] "GET / HTTP/1.1" 503 5 "-" "-"`,
			`192.0.2.7 - - [02/Jan/2026:03:04:06 +0000] "GET / HTTP/1.1" 200 5 "-" "-"`,
		}, []string{"HTTP_500", "\nnan\t1\tnan\tnan\t1\tnan\n"}},
		{"apache_access", "http_status", nil, []string{
			`192.0.2.7 - - [02/Jan/2026:03:04:05 +0000] "GET / HTTP/1.1" 404 - "-" "-"`,
		}, []string{"\nnan\tnan\tnan\t1\tnan\tnan\n"}},
		{"linux_loadavg", "loadavg", nil, []string{"0.25 0.5 0.75 3/153 660\n"}, []string{"0.25\t0.5\t0.75\t3\n"}},
		{"linux_memstats", "memstats", nil, []string{
			"MemTotal: 4000 kB\nMemFree: 3000 kB\nCached: 100 kB\nSwapCached: 7 kB\nActive: 200 kB\nInactive: 300 kB\nSwapTotal: 50 kB\nSwapFree: 40 kB\nShmem: 5 kB\nVmallocUsed: 6 kB\n",
		}, []string{"MemFree", "3000\t100\t200\t300\t6\t5\t7\t40"}},
		{"mysql_slow_query", "mysql_slow_query", nil, []string{
			"# User@Host: a[a] @  [192.0.2.1]\n# Query_time: 2.5  Lock_time: 0.5 Rows_sent: 3  Rows_examined: 9\nSET timestamp=1767323045;\nSELECT 1;",
		}, []string{"2.5\t0.5\t9\t3\t1"}},
		{"linux_procstat", "procstat", nil, []string{
			"cpu  100 0 100 800 0 0 0 0 0 0\nctxt 10\n", "cpu  150 0 110 830 10 0 0 0 0 0\nctxt 20\n",
		}, []string{"heka.sandbox.procstat", `"cpu_percent":70`}},
		{"linux_diskstats", "diskstats", nil, []string{
			"1 2 3 4 5 6 7 8 9 10 11\n", "2 4 6 8 10 12 14 16 18 20 22\n",
		}, []string{"WritesCompleted", "\n5\t1\t7\t3\t6\t2\n"}},
	} {
		t.Run(tt.decoder+" "+tt.filter, func(t *testing.T) {
			config := decoderConfig(tt.decoder)
			delete(config, "payload_keep")
			decoder := sandboxtest.Decoder(t, sandboxtest.Script(t, "lua_decoders/"+tt.decoder+".lua"), config)
			filter := sandboxtest.Filter(t, sandboxtest.Script(t, "lua_filters/"+tt.filter+".lua"), tt.config)
			for i, record := range tt.records {
				list, err := decoder.DecodeMessage(message.Draft{
					Header: message.Header{Timestamp: sandboxtest.Now.UnixNano() + int64(i)*10e9, Hostname: "web1", Payload: record},
					Fields: []message.DraftField{message.NewField("TickerInterval", int64(10), ""), message.NewField("FilePath", "/x", "")},
				})
				if err != nil || len(list) != 1 {
					t.Fatalf("decode %q: %+v, %v", record, list, err)
				}
				filter.Process(list[0])
			}
			if tt.filter != "procstat" { // which answers at each message
				filter.Tick(sandboxtest.Now.Add(time.Minute))
			}
			var out strings.Builder
			for _, d := range filter.Injected {
				out.WriteString(draftJSON(t, d) + d.Payload)
			}
			for _, want := range tt.want {
				if !strings.Contains(out.String(), want) {
					s := out.String()
					t.Errorf("the filter injects no %q: %.600s … %s", want, s, s[max(0, len(s)-200):])
				}
			}
		})
	}
}
