package sandbox_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/cputime"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/sandboxtest"
)

// again is a selection that is offered anew.
func again(s *message.Selection) { s.Select(s.Batch, 0) }

// cpu reports the processor time of an operation.
var cpu = cputime.PerOp

func access(i int) message.Draft {
	return message.Draft{Header: message.Header{Timestamp: 1500000000123456789, Type: "nginx.access", Logger: "nginx", Hostname: "web1", Severity: 7},
		Fields: []message.DraftField{
			message.NewField("remote_addr", fmt.Sprintf("10.0.%d.%d", i%7, i%251), "ipv4"), message.NewField("request", "GET /index.html HTTP/1.1", ""),
			message.NewField("status", int64(200+i%5), ""), message.NewField("body_bytes_sent", int64(i), "B"), message.NewField("http_referer", "-", ""),
			message.NewField("http_user_agent", "Mozilla/5.0 (X11; Linux x86_64) Gecko Firefox/128.0", ""),
		}}
}

// BenchmarkFilterRead reads one field and counts by it, message after message.
func BenchmarkFilterRead(b *testing.B) {
	for _, bb := range []struct{ name, script string }{
		{"nothing", `function process_message() return 0 end`},
		{"number", `n = {} local read_message = read_message function process_message() local s = read_message("Fields[status]") n[s] = (n[s] or 0) + 1 return 0 end`},
		{"text", `n = {} function process_message() local s = read_message("Fields[http_user_agent]") n[s] = (n[s] or 0) + 1 return 0 end`},
		{"header", `n = {} function process_message() local s = read_message("Type") n[s] = (n[s] or 0) + 1 return 0 end`},
		{"five", `n = 0 function process_message() if read_message("Type") == "nginx.access" and read_message("Fields[status]") > 200 and read_message("Fields[remote_addr]") and read_message("Fields[request]") and read_message("Fields[http_referer]") then n = n + 1 end return 0 end`},
	} {
		b.Run(bb.name, func(b *testing.B) {
			f := sandboxtest.Filter(b, bb.script, nil)
			var list []message.Draft
			for i := range 256 {
				list = append(list, access(i))
			}
			sel := sandboxtest.Select(list...)
			f.Sandbox.Process(sel, f)
			b.ReportAllocs()
			b.ResetTimer()
			defer cpu(b)()
			for n := 0; n < b.N; n += 256 {
				again(sel)
				if err := f.Sandbox.Process(sel, f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkDecoder is scenario S6: a script that looks at the line, counts and sets a
// field.
func BenchmarkDecoder(b *testing.B) {
	for _, bb := range []struct{ name, script string }{
		{"nothing", `function process_message() return 0 end`},
		{"write", `n = 0 function process_message() if #read_message("Payload") > 0 then n = n + 1 end write_message("Fields[seen]", n) return 0 end`},
		{"inject", `local m = {Type = "t", Fields = {seen = 0}} n = 0 function process_message() n = n + 1 m.Payload = read_message("Payload") m.Fields.seen = n inject_message(m) return 0 end`},
	} {
		b.Run(bb.name, func(b *testing.B) {
			d := sandboxtest.Decoder(b, bb.script, nil)
			out := message.NewBuilder(0)
			line := make([]byte, 200)
			for i := range line {
				line[i] = 'a' + byte(i%26)
			}
			rec := plugin.Record{Data: line, Default: &message.Header{Timestamp: time.Now().UnixNano(), Type: "log", Logger: "in", Hostname: "host", Severity: 7}}
			b.ReportAllocs()
			b.ResetTimer()
			defer cpu(b)()
			for i := range b.N {
				line[i%200] = 'a' + byte(i%26)
				if err := d.Sandbox.Decode(&rec, out); err != nil {
					b.Fatal(err)
				}
				if len(out.Ends()) > 256 {
					out.Reset()
				}
			}
		})
	}
}

// BenchmarkNginx is scenario S4L: lines of an access log by the stock decoder.
func BenchmarkNginx(b *testing.B) {
	agents := []string{"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "curl/8.5.0",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"}
	var lines [][]byte
	for i := range 4096 {
		lines = append(lines, fmt.Appendf(nil, "%d.%d.%d.%d - %s [25/Nov/2026:10:11:%02d +0000] \"GET /%s/index.html?id=%d HTTP/1.1\" 200 %d \"https://www.example.com/%s\" \"%s\"\n",
			1+i*7%222, i*31%255, i*17%255, i*13%255, []string{"-", "alice", "bob"}[i*5%3], i/512, []string{"cache", "session", "upstream"}[i*11%3], i*37%99999, i*41%99999,
			[]string{"request", "token"}[i%2], agents[i*3%7%3]))
	}
	d := sandboxtest.Decoder(b, sandboxtest.Script(b, "lua_decoders/nginx_access.lua"), map[string]any{
		"log_format": `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`})
	out := message.NewBuilder(0)
	rec := plugin.Record{Default: &message.Header{Timestamp: time.Now().UnixNano(), Type: "log", Logger: "in", Hostname: "host", Severity: 7}}
	b.ReportAllocs()
	b.ResetTimer()
	defer cpu(b)()
	for i := range b.N {
		rec.Data = lines[i%len(lines)]
		if err := d.Sandbox.Decode(&rec, out); err != nil {
			b.Fatal(err)
		}
		if len(out.Ends()) > 256 {
			out.Reset()
		}
	}
}

// BenchmarkEncoder makes a line of text of a message.
func BenchmarkEncoder(b *testing.B) {
	for _, bb := range []struct{ name, script string }{
		{"payload", `function process_message() inject_payload("txt", "", read_message("Fields[remote_addr]"), " ", read_message("Fields[status]"), "\n") return 0 end`},
		{"write", `n = 0 function process_message() n = n + 1 write_message("Fields[seen]", n) return 0 end`},
		{"json", `require "cjson" local t = {} function process_message() t.a = read_message("Fields[remote_addr]") t.s = read_message("Fields[status]") inject_payload("json", "", cjson.encode(t), "\n") return 0 end`},
	} {
		b.Run(bb.name, func(b *testing.B) {
			e := sandboxtest.Encoder(b, bb.script, nil)
			d := access(3)
			var v message.View
			v.Parse(d.Encode(), nil)
			var buf []byte
			b.ReportAllocs()
			b.ResetTimer()
			defer cpu(b)()
			for range b.N {
				var err error
				if buf, err = e.Sandbox.Encode(buf[:0], &v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What a filter reads of messages that repeat costs no allocation.
func TestReadingAllocates(t *testing.T) {
	f := sandboxtest.Filter(t, `n = {} function process_message()
		local s = read_message("Fields[http_user_agent]") n[s] = (n[s] or 0) + read_message("Fields[status]") + #read_message("Type")
		return 0 end`, nil)
	sel := sandboxtest.Select(access(1), access(2), access(3), access(4))
	f.Sandbox.Process(sel, f)
	again(sel)
	f.Sandbox.Process(sel, f)
	if n := testing.AllocsPerRun(100, func() {
		again(sel)
		if err := f.Sandbox.Process(sel, f); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations for 4 messages", n)
	}
}

var _ = sandbox.Filter
