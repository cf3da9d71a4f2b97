package fields

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/heka-project/heka/internal/decodetest"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func TestContract(t *testing.T) {
	t.Setenv("HEKA_HASH_KEY", "key")
	plugintest.Run(t, "FieldsDecoder", "")
	plugintest.Run(t, "FieldsFilter", "")
}

var base = message.Draft{
	Header: message.Header{Type: "in", Logger: "log", Hostname: "own", Severity: 7, Payload: "card 4111111111111111 of bob"},
	Fields: []message.DraftField{
		message.NewField("s", "12", "B"), message.NewField("n", []int64{0, 1}, ""), message.NewField("d", 2.5, "s"), message.NewField("b", true, ""),
		message.NewField("raw", []byte("\xff"), "x"), message.NewField("mail", []string{"alice@example.com", ""}, ""), message.NewField("http_a", "1", ""), message.NewField("http_b", "yes", ""),
		message.NewField("whole", 3.0, ""), {Name: "none"},
	},
}

// change runs the decoder on base and shows what became of the fields named.
func change(t testing.TB, o Options, names ...string) (string, *Decoder) {
	t.Helper()
	if err := o.Validate(); err != nil {
		t.Fatal(err)
	}
	d, err := NewDecoder(DecoderConfig{Options: o}, plugin.Env{})
	if err != nil {
		t.Fatal(err)
	}
	list, err := decodetest.Behind(t, d, base)
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	if len(names) == 0 {
		return decodetest.Show(list[0]), d.(*Decoder)
	}
	m := list[0]
	keep := m.Fields[:0]
	for _, f := range m.Fields {
		for _, n := range names {
			if f.Name == n {
				keep = append(keep, f)
			}
		}
	}
	m.Fields = keep
	s, _, _ := strings.Cut(decodetest.Show(m), " | ")
	return strings.TrimPrefix(s, "1970-01-01T00:00:00Z "), d.(*Decoder)
}

func TestChange(t *testing.T) {
	mac := hmac.New(sha256.New, []byte("k"))
	mac.Write([]byte("12"))
	digest := hex.EncodeToString(mac.Sum(nil))
	for _, tt := range []struct {
		name     string
		o        Options
		fields   []string
		want     string
		failures uint64
	}{
		{"nothing", Options{}, nil, "1970-01-01T00:00:00Z s=12(B) n:i=[0 1] d:d=2.5(s) b:bo=true raw:by=[255](x) mail=[alice@example.com ] http_a=1 http_b=yes whole:d=3 none=[] | card 4111111111111111 of bob", 0},
		{"keep and drop", Options{Keep: []string{"http_*", "s", "d"}, Drop: []string{"http_b", "d", "Payload"}}, nil, "1970-01-01T00:00:00Z s=12(B) http_a=1", 0},
		{"convert", Options{Convert: map[string]string{"s": "integer", "n": "bool", "d": "string|text", "b": "integer", "http_a": "double", "http_b": "bool|", "whole": "integer"}},
			[]string{"s", "n", "d", "b", "http_a", "http_b", "whole"}, "s:i=12(B) n:bo=[false true] d=2.5(text) b:i=1 http_a:d=1 http_b:bo=true whole:i=3", 0},
		{"what cannot be converted", Options{Convert: map[string]string{"mail": "integer", "d": "integer|B", "raw": "string", "none": "integer", "n": "double"}, Rename: map[string]string{"d": "x"}},
			[]string{"mail", "x", "raw", "none", "n"}, "n:d=[0 1] x:d=2.5(s) raw:by=[255](x) mail=[alice@example.com ] none:i=[]", 3},
		{"rename", Options{Rename: map[string]string{"s": "t", "n": "m", "raw": "r", "mail": "post", "whole": "Severity", "http_a": "Pid", "http_b": "Logger", "d": "Hostname"}},
			[]string{"t", "m", "r", "post", "b"}, "host=2.5 sev=3 pid=1 t=12(B) m:i=[0 1] b:bo=true r:by=[255](x) post=[alice@example.com ]", 0},
		{"what cannot be moved", Options{Rename: map[string]string{"mail": "Pid", "d": "Severity", "none": "Type"}}, []string{"mail", "d", "Type"}, "d:d=2.5(s) mail=[alice@example.com ] Type=[]", 2},
		{"set", Options{Set: map[string]string{"site": "fra", "Type": "x", "Severity": "3", "Pid": "7", "Payload": "p", "Hostname": "h"}, Keep: []string{"zzz"}}, nil, "1970-01-01T00:00:00Z type=x host=h sev=3 pid=7 site=fra | p", 0},
		{"redact", Options{HashKey: "k", Redact: map[string]Redact{"s": {Method: "hash", Length: 10}, "mail": {Method: "mask", KeepFirst: 2, KeepLast: 3}, "http_*": {Method: "set", With: "x"}, "http_b": {Method: "truncate", Length: 2}, "d": {Method: "mask"}, "b": {Method: "set", With: "?"}}},
			[]string{"s", "mail", "http_a", "http_b", "d", "b"}, "s=" + digest[:10] + " d=*** b=? mail=[al************com ] http_a=x http_b=ye", 0},
		{"redact the payload", Options{Redact: map[string]Redact{"Payload": {Method: "replace", Pattern: `(\d{4})\d{8,15}\b|bob`, With: "${1}*"}, "Logger": {Method: "set", With: "l"}, "Hostname": {Method: "mask", KeepLast: 1}}, Keep: []string{"zzz"}}, nil,
			"1970-01-01T00:00:00Z host=**n | card 4111* of *", 0},
		{"redact, convert, rename", Options{HashKey: "k", Redact: map[string]Redact{"n": {Method: "replace", Pattern: "0", With: "5"}, "s": {Method: "truncate", Length: 1}}, Convert: map[string]string{"n": "integer"}, Rename: map[string]string{"n": "m", "s": "Pid"}},
			[]string{"m"}, "pid=1 m:i=[5 1]", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, d := change(t, tt.o, tt.fields...)
			if got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
			var r plugin.Report
			d.Report(&r)
			if n := r.Metrics[0].Value.(int64); uint64(n) != tt.failures {
				t.Errorf("%d failures are counted, want %d", n, tt.failures)
			}
		})
	}
}

func TestFirstInLine(t *testing.T) {
	d, _ := NewDecoder(DecoderConfig{}, plugin.Env{})
	if _, err := decodetest.One(t, d, "a record"); err != errUnread {
		t.Errorf("a record that nobody read: %v", err)
	}
	d, _ = NewDecoder(DecoderConfig{Records: true, Options: Options{Set: map[string]string{"a": "b"}, Redact: map[string]Redact{"Payload": {Method: "truncate", Length: 3}}}}, plugin.Env{})
	got, err := decodetest.One(t, d, "a record")
	if s := decodetest.Show(got); err != nil || s != "1970-01-01T00:00:00Z a=b | a r" {
		t.Errorf("%s, %v", s, err)
	}
}

func TestFilter(t *testing.T) {
	cfg := FilterConfig{Type: "%{Type}.changed", Options: Options{Drop: []string{"x"}, Redact: map[string]Redact{"Payload": {Method: "set", With: "p"}}}}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	f, err := NewFilter(cfg, plugin.Env{})
	if err != nil {
		t.Fatal(err)
	}
	in := message.Draft{UUID: [16]byte{1}, Header: message.Header{Timestamp: 5, Type: "a", Logger: "l", Payload: "secret", Hostname: "h", Severity: 3}, Fields: []message.DraftField{message.NewField("x", "y", ""), message.NewField("z", 1, "")}}
	var em plugintest.Emitter
	if err := f.Process(plugintest.Select(nil, in, in), &em); err != nil || len(em.Injected) != 2 {
		t.Fatalf("%d injected, %v", len(em.Injected), err)
	}
	m := em.Injected[1]
	if s := decodetest.Show(m); s != "1970-01-01T00:00:00.000000005Z type=a.changed host=h sev=3 z:i=1 | p" || m.Logger != "l" || m.UUID == in.UUID {
		t.Errorf("injected %s of %x", s, m.UUID)
	}
	em.Refuse = plugin.ErrSelf
	if err := f.Process(plugintest.Select(nil, in), &em); !errors.Is(err, plugin.ErrSelf) {
		t.Errorf("refused: %v, want ErrSelf", err)
	}
}

func TestBadConfig(t *testing.T) {
	for option, o := range map[string]Options{
		"hash_key":         {Redact: map[string]Redact{"a": {Method: "hash"}}},
		"redact.a.length":  {HashKey: "k", Redact: map[string]Redact{"a": {Method: "hash", Length: 65}}},
		"redact.b.length":  {Redact: map[string]Redact{"b": {Method: "truncate"}}},
		"redact.a.pattern": {Redact: map[string]Redact{"a": {Method: "replace", Pattern: "("}}},
		"redact.c.pattern": {Redact: map[string]Redact{"c": {Method: "replace"}}},
		"redact.a.method":  {Redact: map[string]Redact{"a": {Method: "x"}}},
		"redact.Pid":       {Redact: map[string]Redact{"Pid": {Method: "mask"}}},
		"drop[0]":          {Drop: []string{"Severity"}},
		"convert.a":        {Convert: map[string]string{"a": "int"}},
		"rename.a":         {Rename: map[string]string{"a": ""}},
		"set.Pid":          {Set: map[string]string{"Pid": "x"}},
	} {
		plugintest.BadOption(t, &o, option)
	}
	if err := (FilterConfig{Type: "%{"}).Validate(); err == nil {
		t.Error("a message_type without its brace is taken")
	}
}

// Names without end are not kept.
func TestManyNames(t *testing.T) {
	r, _ := (&Options{Drop: []string{"a*"}}).compile()
	c := newChanger(r)
	for i := range 3 * maxPlans {
		c.plan(strings.Repeat("x", i%50) + string(rune('a'+i%26)) + string(rune(i)))
	}
	if len(c.plans) > maxPlans {
		t.Errorf("%d names are kept, want %d", len(c.plans), maxPlans)
	}
}

func TestAllocs(t *testing.T) {
	d, _ := NewDecoder(DecoderConfig{Options: Options{HashKey: "k", Drop: []string{"n"}, Redact: map[string]Redact{"s": {Method: "hash"}, "mail": {Method: "mask"}}, Convert: map[string]string{"http_a": "integer"}, Rename: map[string]string{"d": "x"}}}, plugin.Env{})
	var v message.View
	v.Parse(base.Encode(), nil)
	b := message.NewBuilder(1 << 16)
	rec := plugin.Record{Data: v.Bytes(message.NumPayload), Base: &v, Default: &decodetest.Header}
	d.Decode(&rec, b)
	if n := testing.AllocsPerRun(100, func() { b.Reset(); d.Decode(&rec, b) }); n != 0 {
		t.Errorf("Decode allocates %v times", n)
	}
}

// FuzzChange: no message makes it fail, and nothing that was hidden is left.
func FuzzChange(f *testing.F) {
	f.Add(base.Encode(), "secret")
	d, _ := NewDecoder(DecoderConfig{Options: Options{HashKey: "k", Redact: map[string]Redact{"x": {Method: "hash"}, "Payload": {Method: "mask"}, "http_*": {Method: "truncate", Length: 3}},
		Convert: map[string]string{"s": "integer", "mail": "bool", "d": "double"}, Rename: map[string]string{"n": "Pid", "b": "Hostname"}}}, plugin.Env{})
	f.Fuzz(func(t *testing.T, raw []byte, secret string) {
		var v message.View
		b := message.NewBuilder(0)
		if v.Parse(raw, nil) {
			if err := d.Decode(&plugin.Record{Data: v.Bytes(message.NumPayload), Base: &v, Default: &decodetest.Header}, b); err != nil {
				t.Fatal(err)
			}
		}
		list, err := decodetest.Behind(t, d, message.Draft{Header: message.Header{Payload: secret}, Fields: []message.DraftField{message.NewField("x", secret, "")}})
		if err != nil || strings.Trim(list[0].Payload, "*") != "" || len(list[0].Fields[0].Values[0].(string)) != 64 {
			t.Fatalf("%q: %+v, %v", secret, list, err)
		}
	})
}

// FuzzReplace: the result is that of package regexp.
func FuzzReplace(f *testing.F) {
	f.Add("4111111111111111 a@b.c")
	f.Fuzz(func(t *testing.T, s string) {
		for _, expr := range []string{`\d+`, `x*`, `^a|b$`, `(\w+)@(\w+)`, `\b`} {
			re := regexp.MustCompile(expr)
			r := &redactor{how: "replace", re: re, with: "<$2|${1}>"}
			if got, want := string(r.append(nil, s, nil)), re.ReplaceAllString(s, r.with); got != want {
				t.Fatalf("%s in %q: %q, want %q", expr, s, got, want)
			}
		}
	})
}
