package jsondecode

import (
	"encoding/json"
	"testing"

	"github.com/valyala/fastjson"

	"github.com/heka-project/heka/internal/dectest"
	"github.com/heka-project/heka/internal/keys"
	"github.com/heka-project/heka/message"
)

const flat255 = `{"ts":"2026-03-14T09:26:53.589793Z","level":"info","host":"web07.example.com","app":"app03","pid":12345,"status":200,"bytes":51234,"took":0.125,"method":"GET","path":"/api/v1/items/42","agent":"curl/8.5.0","msg":"request served upstream cache"}`

func BenchmarkDecode(b *testing.B) {
	dectest.Bench(b, newDecoder(b, Config{Options: keys.Options{TimestampKey: []string{"time"}, SeverityKey: []string{"level"}, PayloadKey: []string{"msg"}}}), line)
}

func BenchmarkFlat255(b *testing.B) { dectest.Bench(b, newDecoder(b, Config{}), flat255) }

// The same with fastjson in place of our parser, written into the same builder.
func BenchmarkFlat255Fastjson(b *testing.B) {
	var p fastjson.Parser
	out := message.NewBuilder(1 << 20)
	h := message.Header{Type: "in", Logger: "l", Hostname: "h", Severity: 7}
	rec := []byte(flat255)
	b.SetBytes(int64(len(rec)))
	b.ReportAllocs()
	dectest.CPU(b, func() {
		out.Reset()
		v, err := p.ParseBytes(rec)
		if err != nil {
			b.Fatal(err)
		}
		out.Begin(&h)
		o, _ := v.Object()
		o.Visit(func(k []byte, v *fastjson.Value) {
			switch v.Type() {
			case fastjson.TypeString:
				out.String(message.Borrow(k), message.Borrow(v.GetStringBytes()), "")
			case fastjson.TypeNumber:
				if n, err := v.Int64(); err == nil {
					out.Int(message.Borrow(k), n, "")
				} else {
					out.Double(message.Borrow(k), v.GetFloat64(), "")
				}
			}
		})
		out.End()
	})
}

// And with encoding/json.
func BenchmarkFlat255EncodingJSON(b *testing.B) {
	rec := []byte(flat255)
	b.ReportAllocs()
	dectest.CPU(b, func() {
		var m map[string]any
		if json.Unmarshal(rec, &m) != nil {
			b.Fatal("not read")
		}
	})
}
