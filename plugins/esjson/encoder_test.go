package esjson

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

var now = time.Date(2026, 11, 25, 13, 0, 0, 0, time.UTC)

// load makes the encoder of a TOML section.
func load(t testing.TB, toml string) plugin.Encoder {
	t.Helper()
	plan, err := config.Parse([]config.Source{{Name: "t.toml", Text: toml}}, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range plan.Sections {
		if s.Info.Kind == plugin.KindEncoder && strings.HasPrefix(s.Info.Name, "ES") && s.Pos.Line > 0 {
			e, err := s.Info.New(s.Config, plugin.Env{Clock: clock.NewSim(now)})
			if err != nil {
				t.Fatal(err)
			}
			return e.(plugin.Encoder)
		}
	}
	t.Fatal("no encoder in it")
	return nil
}

var full = message.Draft{
	UUID: [16]byte{0x87, 0xcf, 0x1a, 0xc2, 0xe8, 0x10, 0x4d, 0xdf, 0xa0, 0x2d, 0xa5, 0xce, 0x44, 0xd1, 0x3a, 0x85},
	Header: message.Header{Timestamp: 1_395_139_200_120_000_000, Type: "TEST", Logger: "GoSpec", Severity: 6,
		Payload: "Test \"Payload\"\n", EnvVersion: "0.8", Pid: 14098, Hostname: "hostname"},
	Fields: []message.DraftField{
		message.NewField(`"foo`, "bar\n", ""), message.NewField("number", int64(64), "B"), message.NewField("f", 0.25, ""),
		message.NewField("bools", []bool{true, false}, ""), message.NewField("bytes", []byte("data"), ""),
		message.NewField("int64Array", []int64{0, 1, 2}, ""), message.NewField("a.b.c", "d", ""),
		message.NewField("json", "{\"asdf\":\n123}", ""), message.NewField("rawjson", []byte(`[1, "x"]`), ""),
		{Name: "empty"}, message.NewField("nan", math.NaN(), ""), message.NewField("empty", "", ""),
	},
}

const (
	uuid    = `87cf1ac2-e810-4ddf-a02d-a5ce44d13a85`
	dynamic = `"\"foo":"bar\n","number":64,"f":0.25,"bools":[true,false],"bytes":"ZGF0YQ==","int64Array":[0,1,2],"a.b.c":"d",` +
		`"json":"{\"asdf\":\n123}","rawjson":"WzEsICJ4Il0=","empty":[],"nan":null,"empty":""`
	flat = `{"Uuid":"` + uuid + `","Timestamp":"2014-03-18T10:40:00","Type":"TEST","Logger":"GoSpec","Severity":6,` +
		`"Payload":"Test \"Payload\"\n","EnvVersion":"0.8","Pid":14098,"Hostname":"hostname"`
)

func TestEncode(t *testing.T) {
	for _, tt := range []struct{ name, toml, action, doc string }{
		{"the default", "[ESJsonEncoder]", `{"_index":"heka-2026.11.25","_type":"message"}`, flat + "," + dynamic + "}"},
		{"logstash", "[ESLogstashV0Encoder]", `{"_index":"logstash-2026.11.25","_type":"message"}`,
			`{"@uuid":"` + uuid + `","@timestamp":"2014-03-18T10:40:00","@type":"message","@logger":"GoSpec","@severity":6,"@message":"Test \"Payload\"\n",` +
				`"@envversion":"0.8","@pid":14098,"@source_host":"hostname","@fields":{` + dynamic + "}}"},
		{"logstash, message type", "[ESLogstashV0Encoder]\nuse_message_type = true\nfields = [\"type\", \"TIMESTAMP\"]", `{"_index":"logstash-2026.11.25","_type":"message"}`,
			`{"@type":"TEST","@timestamp":"2014-03-18T10:40:00"}`},
		{"logstash, type filled in", "[ESLogstashV0Encoder]\ntype_name = \"%{Hostname}-x\"\nfields = [\"Type\", \"Fields\"]\ndynamic_fields = [\"none\"]", `{"_index":"logstash-2026.11.25","_type":"hostname-x"}`,
			`{"@type":"hostname-x","@fields":{}}`},
		{"logstash, type that cannot be filled in", "[ESLogstashV0Encoder]\ntype_name = \"%{missing}\"\nfields = [\"Type\"]", `{"_index":"logstash-2026.11.25","_type":"missing"}`, `{"@type":"%{missing}"}`},
		{"index of the message", "[ESJsonEncoder]\nindex = \"%{Type}-%{Hostname}-%{Pid}-%{UUID}-%{Logger}-%{EnvVersion}-%{Severity}-%{number}-%{%Y.%m.%d}\"\nes_index_from_timestamp = true\nfields = [\"Type\"]",
			`{"_index":"test-hostname-14098-` + uuid + `-gospec-0.8-6-64-2014.03.18","_type":"message"}`, `{"Type":"TEST"}`},
		{"id", "[ESJsonEncoder]\nid = \"%{Type}-%{number}\"\nfields = [\"Type\"]", `{"_index":"heka-2026.11.25","_type":"message","_id":"TEST-64"}`, `{"Type":"TEST"}`},
		{"id of a missing field", "[ESJsonEncoder]\nid = \"%{idField}\"\nindex = \"x-%{idField}\"\nfields = [\"Type\"]", `{"_index":"x-idfield","_type":"message"}`, `{"Type":"TEST"}`},
		{"no type", "[ESJsonEncoder]\ntype_name = \"\"\nfields = [\"DynamicFields\"]\ndynamic_fields = [\"f\", \"number\"]", `{"_index":"heka-2026.11.25"}`, `{"number":64,"f":0.25}`},
		{"raw", "[ESJsonEncoder]\nraw_bytes_fields = [\"json\", \"rawjson\", \"number\", \"bytes\"]\nfields = [\"DynamicFields\"]\ndynamic_fields = [\"json\", \"rawjson\", \"number\", \"bytes\"]",
			`{"_index":"heka-2026.11.25","_type":"message"}`, `{"number":64,"bytes":"ZGF0YQ==","json":{"asdf": 123},"rawjson":[1, "x"]}`},
		{"dots", "[ESJsonEncoder]\nreplace_dots_with = \"_\"\nfields = [\"DynamicFields\"]\ndynamic_fields = [\"a.b.c\"]", `{"_index":"heka-2026.11.25","_type":"message"}`, `{"a_b_c":"d"}`},
		{"no dots", "[ESJsonEncoder]\nreplace_dots_with = \"\"\nfields = [\"DynamicFields\"]\ndynamic_fields = [\"a.b.c\"]", `{"_index":"heka-2026.11.25","_type":"message"}`, `{"abc":"d"}`},
		{"mappings", "[ESJsonEncoder]\nfields = [\"Timestamp\", \"Severity\"]\ntimestamp = \"rfc3339\"\n[ESJsonEncoder.field_mappings]\nTimestamp = \"@timestamp\"\nSeverity = \"level\"",
			`{"_index":"heka-2026.11.25","_type":"message"}`, `{"@timestamp":"2014-03-18T10:40:00.12Z","level":6}`},
		{"a number for the time", "[ESJsonEncoder]\nfields = [\"Timestamp\"]\ntimestamp = \"epoch_ms\"", `{"_index":"heka-2026.11.25","_type":"message"}`, `{"Timestamp":1395139200120}`},
		{"nothing", "[ESJsonEncoder]\nfields = [\"DynamicFields\"]\ndynamic_fields = [\"x\"]", `{"_index":"heka-2026.11.25","_type":"message"}`, `{}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := `{"index":` + tt.action + "}\n" + tt.doc + "\n"
			if got := plugintest.Encode(t, load(t, tt.toml), full); got != want {
				t.Errorf("Encode\n got %s want %s", got, want)
			}
		})
	}
	if got := plugintest.Encode(t, load(t, "[ESJsonEncoder]\naction = \"create\"\nfields = []"), full); got != `{"create":{"_index":"heka-2026.11.25","_type":"message"}}`+"\n{}\n" {
		t.Errorf("create: %s", got)
	}
	const unset = `{"index":{"_index":"heka-2026.11.25","_type":"message"}}` + "\n" +
		`{"Uuid":"` + uuid + `","Timestamp":"1970-01-01T00:00:00","Type":"","Logger":"","Severity":0,"Payload":"","EnvVersion":"","Pid":0,"Hostname":""}` + "\n"
	if got := plugintest.Encode(t, load(t, "[ESJsonEncoder]"), message.Draft{UUID: full.UUID}); got != unset {
		t.Errorf("unset\n got %s want %s", got, unset)
	}
}

func TestBadConfig(t *testing.T) {
	ok := Config{Index: "x", Common: Common{Timestamp: "%Y"}}
	for _, tt := range []struct {
		change func(*Config)
		option string
	}{
		{func(c *Config) { c.Index = "" }, "index"},
		{func(c *Config) { c.Index = "%{Type" }, "index"},
		{func(c *Config) { c.ID = "%{}" }, "id"},
		{func(c *Config) { c.TypeName = "%{" }, "type_name"},
		{func(c *Config) { c.Fields = []string{"Uid"} }, "fields"},
		{func(c *Config) { c.Fields = []string{"Fields", "DynamicFields"} }, "fields"},
		{func(c *Config) { c.DynamicFields = []string{"a"} }, "dynamic_fields"},
		{func(c *Config) { c.Timestamp = "x" }, "timestamp"},
		{func(c *Config) { c.Fields = []string{"Uuid"} }, "field_mappings.Uuid"},
		{func(c *Config) { c.Fields, c.FieldMappings = []string{"Uuid", "Type"}, Mappings{Uuid: "a", Type: "a"} }, "field_mappings"},
	} {
		c := ok
		tt.change(&c)
		plugintest.BadOption(t, c, tt.option)
	}
	if err := ok.Validate(); err != nil {
		t.Error(err)
	}
	if err := (LogstashConfig{}).Validate(); err == nil {
		t.Error("logstash without an index is taken")
	}
}

func TestDamaged(t *testing.T) {
	raw := append((&message.Draft{}).Encode(), 0x52, 0x02, 0x0a, 0x09) // a name that passes the end
	var v message.View
	if !v.Parse(raw, nil) {
		t.Skip("the view refuses it already")
	}
	if out, err := load(t, "[ESJsonEncoder]").Encode(nil, &v); err != message.ErrDamaged || len(out) != 0 {
		t.Errorf("Encode = %q, %v, want ErrDamaged", out, err)
	}
}

// Encoding does not allocate once buffers have grown.
func TestAllocs(t *testing.T) {
	e := load(t, "[ESLogstashV0Encoder]\nid = \"%{UUID}\"\nreplace_dots_with = \"_\"")
	plugintest.EncodeAllocs(t, e, full)
}

// FuzzEncode: whatever a view takes becomes two lines of valid JSON.
func FuzzEncode(f *testing.F) {
	f.Add(full.Encode(), true)
	encoders := map[bool]plugin.Encoder{
		true:  load(f, "[ESJsonEncoder]\nindex = \"%{foo}-%{Type}\"\nid = \"%{number}\"\nraw_bytes_fields = [\"json\", \"rawjson\", \"a\"]"),
		false: load(f, "[ESLogstashV0Encoder]\nreplace_dots_with = \"-\""),
	}
	f.Fuzz(func(t *testing.T, raw []byte, flat bool) {
		var v message.View
		if !v.Parse(raw, nil) {
			return
		}
		out, err := encoders[flat].Encode(nil, &v)
		if err != nil {
			return
		}
		lines := strings.SplitAfter(string(out), "\n")
		if len(lines) != 3 || lines[2] != "" || !json.Valid([]byte(lines[0])) || !json.Valid([]byte(lines[1])) {
			t.Fatalf("Encode(%x) = %q", raw, out)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	e := load(b, "[ESJsonEncoder]")
	raw := full.Encode()
	var v message.View
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		v.Parse(raw, nil)
		out, _ = e.Encode(out[:0], &v)
	}
	b.SetBytes(int64(len(out)))
}
