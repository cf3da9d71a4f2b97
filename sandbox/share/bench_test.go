package share_test

import (
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox/sandboxtest"
)

// BenchmarkDecoder times whole decoders: the record, the grammar, the message.
func BenchmarkDecoder(b *testing.B) {
	for _, bm := range []struct{ name, record string }{
		{"nginx_access", `198.51.100.23 - - [07/Mar/2023:23:59:01 +0100] "GET /shop/item/123456?ref=front HTTP/1.1" 200 5120 "https://www.example.com/shop" "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/110.0"`},
		{"apache_access", `198.51.100.23 - - [07/Mar/2023:23:59:01 +0100] "GET /shop/item/123456?ref=front HTTP/1.1" 200 5120 "https://www.example.com/shop" "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/110.0"`},
		{"rsyslog", "Mar  7 23:59:01 web1 sshd[4711]: Accepted publickey for ann from 192.0.2.7 port 51122 ssh2\n"},
		{"json", `{"time":"2023-03-07T23:59:01.25Z","level":6,"msg":"order stored","order":{"id":123456,"items":3,"total":12.5},"ok":true}`},
		{"linux_memstats", "MemTotal:        4047616 kB\nMemFree:         3135780 kB\nCached:           135780 kB\nSwapFree:          35780 kB\nHugePages_Free:        0\n"},
	} {
		b.Run(bm.name, func(b *testing.B) {
			config := decoderConfig(bm.name)
			delete(config, "user_agent_transform")
			box := sandboxtest.Decoder(b, sandboxtest.Script(b, "lua_decoders/"+bm.name+".lua"), config)
			out := message.NewBuilder(64 << 10)
			h := message.Header{Timestamp: sandboxtest.Now.UnixNano(), Type: "logfile", Logger: "in", Hostname: "host.example", Severity: 7}
			rec := &plugin.Record{Data: []byte(bm.record), Default: &h}
			b.ReportAllocs()
			b.SetBytes(int64(len(bm.record)))
			for n := 0; b.Loop(); n++ {
				if n%256 == 0 {
					out.Reset()
				}
				if err := box.Sandbox.Decode(rec, out); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
