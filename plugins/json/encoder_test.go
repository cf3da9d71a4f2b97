package json

import (
	stdjson "encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func newEncoder(t testing.TB, cfg Config) plugin.Encoder {
	t.Helper()
	return plugintest.Make(t, New, cfg)
}

var full = message.Draft{
	UUID: [16]byte{0x87, 0xcf, 0x1a, 0xc2, 0xe8, 0x10, 0x4d, 0xdf, 0xa0, 0x2d, 0xa5, 0xce, 0x44, 0xd1, 0x3a, 0x85},
	Header: message.Header{Timestamp: 1_395_139_200_120_000_000, Type: "TEST", Logger: "GoSpec", Severity: 6,
		Payload: "Test Payload", EnvVersion: "0.8", Pid: 9283, Hostname: "hostname"},
	Fields: []message.DraftField{
		message.NewField("s", "a\"b", ""), message.NewField("n", int64(-5), "B"), message.NewField("f", 0.25, ""),
		message.NewField("b", true, ""), message.NewField("y", []byte("\x00\xff"), ""),
		message.NewField("ss", []string{"x", "y"}, ""), message.NewField("ii", []int64{1, 2}, ""),
		message.NewField("dd", []float64{math.NaN(), math.Inf(-1), 200, 1e300}, ""), message.NewField("bb", []bool{true, false}, ""),
	},
}

func TestEncode(t *testing.T) {
	with := func(fields ...message.DraftField) message.Draft {
		d := message.Draft{UUID: full.UUID, Header: message.Header{Timestamp: 1e9, Severity: 7}, Fields: fields}
		return d
	}
	const head = `{"Uuid":"87cf1ac2-e810-4ddf-a02d-a5ce44d13a85","Timestamp":"1970-01-01T00:00:01Z","Severity":7`
	for _, tt := range []struct {
		name string
		cfg  Config
		in   message.Draft
		want string
	}{
		{"everything", Config{}, full, `{"Uuid":"87cf1ac2-e810-4ddf-a02d-a5ce44d13a85","Timestamp":"2014-03-18T10:40:00.12Z","Type":"TEST","Logger":"GoSpec","Severity":6,"Payload":"Test Payload","EnvVersion":"0.8","Pid":9283,"Hostname":"hostname",` +
			`"Fields":{"s":"a\"b","n":-5,"f":0.25,"b":true,"y":"AP8=","ss":["x","y"],"ii":[1,2],"dd":[null,null,200,1e+300],"bb":[true,false]}}`},
		{"what is unset is left out", Config{}, with(), head + `}`},
		{"flat, with a name that is taken", Config{Flat: true}, with(message.NewField("Type", "x", ""), message.NewField("a", "y", "")), head + `,"Fields.Type":"x","a":"y"}`},
		{"repeated names", Config{}, with(message.NewField("a", "x", ""), message.NewField("b", int64(1), ""), message.NewField("a", []int64{2, 3}, "")), head + `,"Fields":{"a":["x",2,3],"b":1}}`},
		{"no values", Config{}, with(message.DraftField{Name: "a"}), head + `,"Fields":{"a":[]}}`},
		{"some headers under other names", Config{Fields: []string{"Timestamp", "Fields", "Severity"}, Names: map[string]string{"Timestamp": "@timestamp", "Fields": "f"}}, with(message.NewField("a", "x", "")),
			`{"@timestamp":"1970-01-01T00:00:01Z","f":{"a":"x"},"Severity":7}`},
		{"some dynamic fields", Config{Fields: []string{"DynamicFields"}, DynamicFields: []string{"b"}}, with(message.NewField("a", "x", ""), message.NewField("b", "y", "")), `{"Fields":{"b":"y"}}`},
		{"none of them", Config{Fields: []string{"Fields"}, DynamicFields: []string{"c"}}, with(message.NewField("a", "x", "")), `{"Fields":{}}`},
		{"another name for DynamicFields", Config{Fields: []string{"DynamicFields"}, Names: map[string]string{"Fields": "f"}}, with(message.NewField("a", "x", "")), `{"f":{"a":"x"}}`},
		{"nothing", Config{Fields: []string{"Type"}}, with(), `{}`},
		{"seconds", Config{Fields: []string{"Timestamp"}, Timestamp: "epoch"}, full, `{"Timestamp":1395139200.12}`},
		{"milliseconds", Config{Fields: []string{"Timestamp"}, Timestamp: "epoch_ms"}, full, `{"Timestamp":1395139200120}`},
		{"microseconds", Config{Fields: []string{"Timestamp"}, Timestamp: "epoch_us"}, full, `{"Timestamp":1395139200120000}`},
		{"nanoseconds", Config{Fields: []string{"Timestamp"}, Timestamp: "epoch_ns"}, full, `{"Timestamp":1395139200120000000}`},
		{"strftime", Config{Fields: []string{"Timestamp"}, Timestamp: "%Y/%m/%d %H:%M:%S"}, full, `{"Timestamp":"2014/03/18 10:40:00"}`},
		{"control bytes and damaged UTF-8", Config{Fields: []string{"Payload"}}, message.Draft{Header: message.Header{Payload: "a\x00\x1b\n\t\r\"\\\x7f\u0085é\xff\xe2\x28\u2028 <&>"}},
			`{"Payload":"a\u0000\u001b\n\t\r\"\\\u007f\u0085é\ufffd\ufffd(` + "\u2028" + ` <&>"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := plugintest.Encode(t, newEncoder(t, tt.cfg), tt.in); got != tt.want+"\n" {
				t.Errorf("Encode\n got %s want %s", got, tt.want)
			}
		})
	}
}

func TestManyFields(t *testing.T) {
	d := message.Draft{}
	for i := range 200 {
		d.Fields = append(d.Fields, message.NewField(fmt.Sprintf("field number %d of many", i%150), int64(i), ""))
	}
	var got struct{ Fields map[string]any }
	e := newEncoder(t, Config{})
	for range 2 {
		if err := stdjson.Unmarshal([]byte(plugintest.Encode(t, e, d)), &got); err != nil || len(got.Fields) != 150 {
			t.Fatalf("%d fields, %v, want 150", len(got.Fields), err)
		}
	}
	if s := fmt.Sprint(got.Fields["field number 7 of many"], got.Fields["field number 60 of many"]); s != "[7 157] 60" {
		t.Errorf("values are %s", s)
	}
}

// Messages of one type whose fields differ, move and come twice are written as if
// each were the first.
func TestSequence(t *testing.T) {
	shared := newEncoder(t, Config{Fields: []string{"Fields"}, DynamicFields: []string{"a", "b", "c", "d"}})
	f := func(name string, v any) message.DraftField { return message.NewField(name, v, "") }
	list := []message.Draft{
		{Fields: []message.DraftField{f("a", 1), f("b", "x"), f("c", 0.5)}},
		{Fields: []message.DraftField{f("a", 1), f("b", "x"), f("c", 0.5)}},
		{Fields: []message.DraftField{f("a", 2), f("c", 1.5)}},
		{Fields: []message.DraftField{f("b", "y"), f("a", 2), f("c", 1.5)}},
		{Fields: []message.DraftField{f("a", "text"), f("b", 5), f("a", "again")}},
		{Fields: []message.DraftField{f("c", 1.0), f("b", "x"), f("c", 0.5)}},
		{Fields: []message.DraftField{f("skipped", 1), f("b", ""), f("d", []string{"p", "q"})}},
		{Fields: []message.DraftField{f("a", true), f("b", []byte("x")), f("c", 0.5), f("d", 1), f("e", 2)}},
		{Fields: []message.DraftField{message.NewField("a", 1, "B"), message.NewField("b", "x", "ipv4"), {Name: "c"}, {Name: ""}}},
	}
	for range 40 {
		for i, d := range list {
			fresh := newEncoder(t, Config{Fields: []string{"Fields"}, DynamicFields: []string{"a", "b", "c", "d"}})
			if got, want := plugintest.Encode(t, shared, d), plugintest.Encode(t, fresh, d); got != want {
				t.Fatalf("message %d: got %s want %s", i, got, want)
			}
		}
		list = append(list[1:], list[0], list[3])
	}
}

func TestDamaged(t *testing.T) {
	raw := append((&message.Draft{}).Encode(), 0x52, 0x02, 0x0a, 0x09) // a name that passes the end
	var v message.View
	if !v.Parse(raw, nil) {
		t.Skip("the view refuses it already")
	}
	if out, err := newEncoder(t, Config{}).Encode(nil, &v); err != message.ErrDamaged || len(out) != 0 {
		t.Errorf("Encode = %q, %v, want ErrDamaged", out, err)
	}
}

func TestBadConfig(t *testing.T) {
	for _, tt := range []struct {
		cfg    Config
		option string
	}{
		{Config{Fields: []string{"Uid"}}, "fields"},
		{Config{Fields: []string{"Fields", "DynamicFields"}}, "fields"},
		{Config{Names: map[string]string{"Uid": "x"}}, "names"},
		{Config{Names: map[string]string{"Uuid": "x", "Type": "x"}}, "names"},
		{Config{Names: map[string]string{"Timestamp": "Type"}}, "names"},
		{Config{Timestamp: "rfc822"}, "timestamp"},
	} {
		plugintest.BadOption(t, tt.cfg, tt.option)
	}
}

// Encoding does not allocate, once names are known and buffers have grown.
func TestAllocs(t *testing.T) {
	twice := full
	twice.Fields = append(twice.Fields, full.Fields...)
	for _, d := range []message.Draft{full, twice} {
		e := newEncoder(t, Config{})
		plugintest.EncodeAllocs(t, e, d)
	}
}

// FuzzEncode: any bytes that a view takes become one line of valid JSON.
// Writing other messages before makes no difference.
func FuzzEncode(f *testing.F) {
	f.Add(full.Encode(), true)
	var old message.View
	old.Parse(full.Encode(), nil)
	f.Fuzz(func(t *testing.T, raw []byte, flat bool) {
		var v message.View
		if !v.Parse(raw, nil) {
			return
		}
		e := newEncoder(t, Config{Flat: flat})
		out, err := e.Encode(nil, &v)
		e.Encode(nil, &old)
		again, err2 := e.Encode(nil, &v)
		used := newEncoder(t, Config{Flat: flat})
		used.Encode(nil, &old)
		third, err3 := used.Encode(nil, &v)
		if string(again) != string(out) || err2 != err || string(third) != string(out) || err3 != err {
			t.Fatalf("Encode(%x) = %s, %v, then %s, %v, or %s, %v", raw, out, err, again, err2, third, err3)
		}
		if err != nil {
			return
		}
		if !stdjson.Valid(out) || strings.Count(string(out), "\n") != 1 {
			t.Fatalf("Encode(%x) = %s", raw, out)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	d := message.Draft{
		Header: message.Header{Timestamp: 1_773_480_413_589_793_000, Type: "nginx.access", Logger: "access", Hostname: "web01.example.com", Severity: 7, Pid: 1234},
		Fields: []message.DraftField{
			message.NewField("remote_addr", "123.145.167.189", "ipv4"), message.NewField("remote_user", "alice", ""),
			message.NewField("request", "GET /cache/session?id=12345 HTTP/1.1", ""), message.NewField("status", 200, ""),
			message.NewField("body_bytes_sent", 51234, "B"), message.NewField("http_referer", "https://www.example.com/index", ""),
			message.NewField("http_user_agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", ""),
		},
	}
	raw := d.Encode()
	e := newEncoder(b, Config{})
	var v message.View
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		v.Parse(raw, nil)
		out, _ = e.Encode(out[:0], &v)
	}
	b.SetBytes(int64(len(out)))
}
