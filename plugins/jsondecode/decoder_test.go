package jsondecode

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/heka-project/heka/internal/dectest"
	"github.com/heka-project/heka/internal/keys"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func newDecoder(t testing.TB, cfg Config) plugin.Decoder {
	t.Helper()
	if cfg.Separator == "" {
		cfg.Separator = "."
	}
	if cfg.TZ == "" {
		cfg.TZ = "UTC"
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	d, err := New(cfg, dectest.Env())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func mapped() Config {
	return Config{MessageType: "json", Options: keys.Options{PayloadKey: []string{"msg"}, UUIDKey: []string{"id"}, TypeKey: []string{"t"}, LoggerKey: []string{"l"}, HostnameKey: []string{"h"}, SeverityKey: []string{"s"},
		EnvVersionKey: []string{"v"}, PidKey: []string{"p"}, TimestampKey: []string{"log.time"}}}
}

func TestDecode(t *testing.T) {
	for _, tt := range []struct {
		name, rec, want string
		cfg             Config
	}{
		{"types", `{"s":"x","i":12,"n":-3,"d":1.5,"e":1e3,"z":-0,"t":true,"f":false,"o":null,"":""}`, `sev=7 s="x" i=12 n=-3 d=1.5 e=1000.0 z=-0.0 t=true f=false _="" |`, Config{}},
		{"nested", `{"a":{"b":{"c":1},"d":[]},"e":{}, "f":2}`, `sev=7 a.b.c=1 f=2 |`, Config{}},
		{"arrays", `{"a":[1,"x",[true,null],{"k":2.5}]}`, `sev=7 a.1=1 a.2="x" a.3.1=true a.4.k=2.5 |`, Config{}},
		{"arrays of values", `{"a":["x","\u00e9"],"b":[1,2],"c":[1,2.5],"d":[true,false],"e":[1,"x"],"f":[[1]],"g":[], "h":[null]}`,
			`sev=7 a="x","é" b=1,2 c=1.0,2.5 d=true,false e.1=1 e.2="x" f.1=1 |`, Config{Arrays: "values"}},
		{"arrays as text", `{"a":[1, {"b":2}],"c":3}`, `sev=7 a="[1, {\"b\":2}]" c=3 |`, Config{Arrays: "json"}},
		{"depth 1", `{"a":{"b":1},"c":[1],"d":"x"}`, `sev=7 a="{\"b\":1}" c="[1]" d="x" |`, Config{MaxDepth: 1}},
		{"depth 2", `{"a":{"b":1,"c":{"d":2}}}`, `sev=7 a.b=1 a.c="{\"d\":2}" |`, Config{MaxDepth: 2}},
		{"separator", `{"a":{"b":1}}`, `sev=7 a_b=1 |`, Config{Separator: "_"}},
		{"escapes", `{"a\n":"\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00","k\u00e9":"é"}`, `sev=7 a` + "\n" + `="\"\\/\b\f\n\r\tAé😀" ké="é" |`, Config{}},
		{"halves of surrogates", `{"a":"\ud83d","b":"\ude00x","c":"\ud83d\u0041"}`, `sev=7 a="�" b="�x" c="�A" |`, Config{}},
		{"no UTF-8", "{\"a\":\"x\xffy\",\"b\":\"\xc3\"}", `sev=7 a="x�y" b="�" |`, Config{}},
		{"big numbers", `{"a":9223372036854775807,"b":-9223372036854775808,"c":9223372036854775808,"d":1e400,"e":123456789012345678901234567890}`,
			`sev=7 a=9223372036854775807 b=-9223372036854775808 c=9.223372036854775807e+18 d="1e400" e=1.2345678901234568e+29 |`, Config{}},
		{"big numbers as text", `{"c":9223372036854775808}`, `sev=7 c="9223372036854775808" |`, Config{BigIntegers: "text"}},
		{"all doubles", `{"c":5,"s":3}`, `sev=3 c=5.0 |`, Config{Numbers: "double", Options: keys.Options{SeverityKey: []string{"s"}}}},
		{"twice", `{"a":1,"b":{"c":1},"a":"x","b":{"c":3},"d":4}`, `sev=7 a="x" b.c=3 d=4 |`, Config{}},
		{"header", `{"msg":"text","id":"00112233-4455-6677-8899-aabbccddeeff","t":"T","l":"L","h":"H","s":3,"v":"V","p":99,"log":{"time":"2026-01-02T03:04:05.5Z"},"x":1}`,
			`2026-01-02T03:04:05.5Z type=T logger=L env=V host=H sev=3 pid=99 x=1 | text`, mapped()},
		{"header that does not fit", `{"msg":{"a":1},"id":"x","t":false,"s":"awful","v":2,"p":"x","log":{"time":"soon"}}`,
			`type=json env=2 sev=7 msg.a=1 id="x" t=false s="awful" p="x" log.time="soon" |`, mapped()},
		{"severity by name", `{"s":"WARN","log":{"time":1395139200.25},"p":"12"}`, `2014-03-18T10:40:00.25Z type=json sev=4 pid=12 |`, mapped()},
		{"milliseconds", `{"log":{"time":1395139200123}}`, `2014-03-18T10:40:00.123Z type=json sev=7 |`, mapped()},
		{"seconds with an exponent", `{"log":{"time":1.3951392e9}}`, `2014-03-18T10:40:00Z type=json sev=7 |`, mapped()},
		{"a format", `{"t":"18/03/2014 10h"}`, `2014-03-18T09:00:00Z sev=7 |`, Config{Options: keys.Options{TimestampKey: []string{"t"}, TimestampFormat: "%d/%m/%Y %Hh", TZ: "Europe/Berlin"}}},
		{"a format that does not fit", `{"t":"2014-03-18 10:40:00,5"}`, `2014-03-18T10:40:00.5Z sev=7 |`, Config{Options: keys.Options{TimestampKey: []string{"t"}, TimestampFormat: "%d/%m/%Y %Hh"}}},
		{"severity map", `{"s":"30","u":30}`, `sev=6 u=30 |`, Config{Options: keys.Options{SeverityKey: []string{"s"}, SeverityMap: map[string]int32{"30": 6}}}},
		{"severity map for numbers", `{"s":50}`, `sev=3 |`, Config{Options: keys.Options{SeverityKey: []string{"s"}, SeverityMap: map[string]int32{"50": 3}}}},
		{"keep", `{"a":{"b":1,"c":2},"d":3,"e":{"f":{"g":4}}}`, `sev=7 a.b=1 e.f.g=4 |`, Config{Options: keys.Options{KeepFields: []string{"a.b", "e"}}}},
		{"drop", `{"a":{"b":1,"c":{"x":2}},"d":[1,{"y":5}],"e":3}`, `sev=7 a.b=1 e=3 |`, Config{Options: keys.Options{DropFields: []string{"a.c", "d"}}}},
		{"a role below what is dropped", `{"a":{"b":1,"m":"text"}}`, `sev=7 | text`, Config{Options: keys.Options{DropFields: []string{"a"}, PayloadKey: []string{"a.m"}}}},
		{"types by name", `{"a":"12","b":3,"c":"x","d":1,"e":2.0,"f":true}`, `sev=7 a=12 b|ms=3.0 c="x" d=true e=2 f="true" |`,
			Config{Options: keys.Options{FieldTypes: map[string]string{"a": "integer", "b": "double|ms", "c": "integer", "d": "bool", "e": "integer", "f": "text"}}}},
		{"kept", " {\"a\":1}\r\n", `sev=7 a=1 |  {"a":1}` + "\r\n", Config{PayloadKeep: true}},
		{"cookie", `@cee: {"a":1}`, `sev=7 a=1 |`, Config{}},
		{"byte order mark", "\xef\xbb\xbf{\"a\":1}", `sev=7 a=1 |`, Config{}},
		{"white space", "{ \"a\" :\t1 ,\n\"b\": [ ] , \"c\" : { } }", `sev=7 a=1 |`, Config{}},
		{"empty", `{}`, `sev=7 |`, Config{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDecoder(t, tt.cfg)
			want := tt.want
			for range 2 {
				got := dectest.Decode(t, d, tt.rec)
				if c := "9.223372036854775807e+18"; strings.Contains(want, c) {
					want = strings.ReplaceAll(want, c, fmt.Sprint(float64(math.MaxInt64)))
				}
				if strings.TrimSpace(got) != strings.TrimSpace(want) {
					t.Errorf("Decode(%q)\n got %s\nwant %s", tt.rec, got, want)
				}
			}
		})
	}
}

func TestRefused(t *testing.T) {
	d := newDecoder(t, Config{})
	for _, tt := range []struct{ rec, want string }{
		{"", "JSON record is empty"}, {" \n", "JSON record is empty"}, {"x", "JSON record is not an object"}, {"[1]", "JSON record is not an object"}, {`"x"`, "JSON record is not an object"},
		{`{"a":1} {"b":2}`, "JSON record goes on behind its object"}, {`{"a":1}x`, "JSON record goes on behind its object"},
		{`{`, "JSON record is damaged at byte 1"}, {`{"a"`, "JSON record is damaged at byte 4"}, {`{"a":`, "JSON record is damaged at byte 5"}, {`{"a":1`, "JSON record is damaged at byte 6"},
		{`{"a":1,}`, "JSON record is damaged at byte 7"}, {`{a:1}`, "JSON record is damaged at byte 1"}, {`{'a':1}`, "JSON record is damaged at byte 1"}, {`{"a":01}`, "JSON record is damaged at byte 7"},
		{`{"a":1.}`, "JSON record is damaged at byte 7"}, {`{"a":.5}`, "JSON record is damaged at byte 5"}, {`{"a":+1}`, "JSON record is damaged at byte 5"}, {`{"a":1e}`, "JSON record is damaged at byte 7"},
		{`{"a":-}`, "JSON record is damaged at byte 6"}, {`{"a":NaN}`, "JSON record is damaged at byte 5"}, {`{"a":tru}`, "JSON record is damaged at byte 5"}, {`{"a":[1,]}`, "JSON record is damaged at byte 8"},
		{`{"a":[1 2]}`, "JSON record is damaged at byte 8"}, {`{"a":"x}`, "JSON record is damaged at byte 8"}, {`{"a":"\x"}`, "JSON record is damaged at byte 6"}, {`{"a":"\u12"}`, "JSON record is damaged at byte 6"},
		{"{\"a\":\"x\ty\"}", "JSON record is damaged at byte 7"}, {`{"a":1,"a" 2}`, "JSON record is damaged at byte 11"}, {`{"a":{"b":1}`, "JSON record is damaged at byte 12"},
		{`{"a":1 // x` + "\n}", "JSON record is damaged at byte 7"},
		{`{"a":"` + strings.Repeat("x", 300), "JSON record is damaged behind byte 255"},
	} {
		if got := dectest.Decode(t, d, tt.rec); got != "error: "+tt.want {
			t.Errorf("Decode(%q) = %s, want %s", tt.rec, got, tt.want)
		}
	}
}

// Little text does not become much, whatever is nested how.
func TestBounds(t *testing.T) {
	for _, rec := range []string{
		strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000),
		`{"a":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "}",
		`{"` + strings.Repeat("k", 30000) + `":{` + strings.Repeat(`"a":1,`, 5000) + `"b":1}}`,
		`{"` + strings.Repeat("k", 500) + `":[` + strings.Repeat(`1,`, 15000) + `1]}`,
		`{"x":` + strings.Repeat(`{"aaaaaaaa":`, 60) + `{` + strings.Repeat(`"a":1,"b":2,`, 2000) + `"b":1}` + strings.Repeat("}", 61),
	} {
		for _, arrays := range []string{"index", "values", "json"} {
			d := newDecoder(t, Config{Arrays: arrays})
			b := message.NewBuilder(64 << 10)
			h := message.Header{}
			err := d.Decode(&plugin.Record{Data: []byte(rec), Default: &h}, b)
			if n := b.NFieldBytes(); n > 70<<10 {
				t.Errorf("%.40s… (%v) made %d bytes", rec, err, n)
			}
		}
	}
	// One name has many places in a tree, and all of them are not kept.
	places := newDecoder(t, Config{})
	for i := range 3000 {
		rec, end := `{`, `}`
		for k := range 12 {
			if rec += `"x`; i>>k&1 == 1 {
				rec += `.`
			}
			rec, end = rec+`":{`, "}"+end
		}
		rec += `"y":1` + end
		if got := dectest.Decode(t, places, rec); !strings.HasSuffix(got, "y=1 | ") {
			t.Fatal(got)
		}
	}
	// Ever new keys do not grow without end.
	d := newDecoder(t, Config{}).(*Decoder)
	for i := range 20000 {
		if got := dectest.Decode(t, d, fmt.Sprintf(`{"k%d":%d}`, i, i)); got != fmt.Sprintf("sev=7 k%d=%d | ", i, i) {
			t.Fatal(got)
		}
	}
}

func TestBadConfig(t *testing.T) {
	for option, cfg := range map[string]Config{
		"maximum_depth": {MaxDepth: -1}, "tz": {Options: keys.Options{TZ: "Nowhere"}}, "timestamp_format": {Options: keys.Options{TimestampFormat: "%Q"}},
		"field_types.a": {Options: keys.Options{FieldTypes: map[string]string{"a": "number"}}}, "Logger": {Options: keys.Options{TypeKey: []string{"a"}, LoggerKey: []string{"a"}}},
	} {
		plugintest.BadOption(t, cfg, option)
	}
}

// The corpus holds what loggers of several languages write.
func TestCorpus(t *testing.T) {
	text, err := os.ReadFile("testdata/lines.json")
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Options: keys.Options{TimestampKey: []string{"time"}, SeverityKey: []string{"level"}, PayloadKey: []string{"msg"}}}
	dectest.Golden(t, "testdata/lines.want", dectest.Lines(t, newDecoder(t, cfg), text))
}

const line = `{"time":"2026-03-14T09:26:53.589793Z","level":"info","host":"web07","app":"api","pid":12345,"status":200,"took":0.0125,"method":"GET","path":"/api/v1/users/42","user":{"id":42,"name":"alice"},"ok":true,"msg":"request served from cache after retry"}`

func TestAllocs(t *testing.T) {
	dectest.Allocs(t, newDecoder(t, Config{Options: keys.Options{TimestampKey: []string{"time"}, SeverityKey: []string{"level"}, PayloadKey: []string{"msg"}}}), line,
		`{"a":[1,2,{"b":"\u00e9"}],"a":2,"c":1e300,"d":123456789012345678901234567890}`, `{"damaged`, `{"level":"WARN","x":null}`)
	dectest.Allocs(t, newDecoder(t, Config{Arrays: "values"}), `{"a":[1,2],"b":["x","\n"],"c":[true],"d":[1.5]}`)
}

// flat is what encoding/json says of a record, as names and values.
func flat(m map[string]any, name string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			flat(m, name+"."+k, x)
		}
	case []any:
		for i, x := range v {
			flat(m, name+"."+strconv.Itoa(i+1), x)
		}
	case nil:
	default:
		m[name] = v
	}
}

// FuzzDecode: encoding/json takes the same records and sees the same values.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{line, `{"a":[1,"x",[true,null],{"k":2.5}],"a":3}`, `{"a":"\ud83d\ude00\u00e9\n","b":1e400}`, "{\"a\":\"\xff\"}", `{"a":01}`, `{"a":-0.0e-5,"b":18446744073709551615}`} {
		f.Add([]byte(s))
	}
	d := newDecoder(f, Config{})
	f.Fuzz(func(t *testing.T, rec []byte) {
		out := message.NewBuilder(0)
		h := message.Header{}
		err := d.Decode(&plugin.Record{Data: rec, Default: &h}, out)
		valid := json.Valid(rec)
		if err == nil && !valid && !strings.HasPrefix(string(rec), "@cee:") && rec[0] != 0xef {
			t.Fatalf("Decode(%q) takes what is not JSON", rec)
		}
		if err != nil {
			if valid && err != ErrTest(err) {
				t.Fatalf("Decode(%q) = %v", rec, err)
			}
			return
		}
		var tree map[string]any
		if json.Unmarshal(rec, &tree) != nil {
			return // a number too large, or nested too deep
		}
		want := map[string]any{}
		for k, v := range tree {
			flat(want, k, v)
		}
		got := map[string]any{}
		for _, fd := range dectest.Messages(t, out)[0].Fields {
			v := fd.Values[0]
			if n, ok := v.(int64); ok {
				v = float64(n)
			}
			got[fd.Name] = v
		}
		for k, v := range got {
			if k == keys.Nameless {
				continue
			}
			if want[k] != v && !strings.Contains(k, ".") && len(k) > 0 {
				t.Fatalf("Decode(%q): %q is %#v, want %#v", rec, k, v, want[k])
			}
		}
		if len(tree) > 0 && len(got) < len(want) && !strings.Contains(string(rec), ".") {
			t.Fatalf("Decode(%q): got %v, want %v", rec, got, want)
		}
	})
}

// ErrTest is err when a valid JSON text may be refused with it.
func ErrTest(err error) error {
	for _, e := range []string{"not an object", "larger", "damaged"} { // damaged: nested more than 1000 deep
		if strings.Contains(err.Error(), e) {
			if e == "damaged" {
				return nil
			}
			return err
		}
	}
	return nil
}
