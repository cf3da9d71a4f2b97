package wasm

import (
	"testing"

	"github.com/heka-project/heka/internal/cputime"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/sandboxtest"
)

// BenchmarkFilter counts requests by status, in C and in Lua, every limit on.
func BenchmarkFilter(b *testing.B) {
	var list []message.Draft
	for i := range int64(256) {
		list = append(list, request(200+i%5))
	}
	sel := selection(list...)
	again := func() { sel.Select(sel.Batch, 0) }
	b.Run("wasm", func(b *testing.B) {
		in := open(b, options(sandbox.Filter, example(b, "status.wasm")))
		var out plugintest.Emitter
		b.ReportAllocs()
		defer cputime.PerOp(b)()
		for n := 0; n < b.N; n += 256 {
			again()
			if err := in.Process(sel, &out); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("lua", func(b *testing.B) {
		f := sandboxtest.Filter(b, `n = {} local read_message = read_message function process_message()
			local s = read_message("Fields[status]") if not s then return -1, "no status" end
			local k = (s - s % 100) / 100 n[k] = (n[k] or 0) + 1 return 0 end`, nil)
		b.ReportAllocs()
		defer cputime.PerOp(b)()
		for n := 0; n < b.N; n += 256 {
			again()
			if err := f.Sandbox.Process(sel, f); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkDecoder takes a line of key=value apart, in C and in Lua.
func BenchmarkDecoder(b *testing.B) {
	line := []byte(`level=info msg="request served" method=GET path=/index.html status=200 bytes=5120 took=12 host=web1` + "\n")
	rec := &plugin.Record{Data: line, Default: &message.Header{Type: "log", Logger: "in", Hostname: "h", Severity: 7}}
	run := func(b *testing.B, decode func(*plugin.Record, *message.Builder) error) {
		out := message.NewBuilder(64 << 10)
		b.ReportAllocs()
		defer cputime.PerOp(b)()
		for b.Loop() {
			if err := decode(rec, out); err != nil {
				b.Fatal(err)
			}
			if len(out.Ends()) > 256 {
				out.Reset()
			}
		}
	}
	b.Run("wasm", func(b *testing.B) {
		run(b, open(b, options(sandbox.Decoder, example(b, "logfmt.wasm"))).Decode)
	})
	b.Run("lua", func(b *testing.B) {
		d := sandboxtest.Decoder(b, `local write_message = write_message function process_message()
			local line = read_message("Payload")
			for k, v in line:gmatch('(%w+)=([^"%s]+)') do
				if k == "level" then write_message("Severity", v == "info" and 6 or 7)
				else write_message("Fields[" .. k .. "]", tonumber(v) or v) end
			end
			write_message("Payload", line:match('msg="([^"]*)"')) write_message("Type", "logfmt") return 0 end`, nil)
		run(b, d.Sandbox.Decode)
	})
}

// BenchmarkLoad is a load of a module that is compiled, and of one that is not.
func BenchmarkLoad(b *testing.B) {
	text := example(b, "status.wasm")
	b.Run("compiled", func(b *testing.B) {
		open(b, options(sandbox.Filter, text))
		for b.Loop() {
			in, err := New(options(sandbox.Filter, text))
			if err != nil {
				b.Fatal(err)
			}
			in.Close()
		}
	})
	b.Run("new", func(b *testing.B) {
		n := 0
		for b.Loop() {
			var d draft
			d.fn("", signature{}, append(i32(int32(n)), drop)...)
			n++
			in, err := New(options(sandbox.Filter, d.process()))
			if err != nil {
				b.Fatal(err)
			}
			in.Close()
		}
	})
}
