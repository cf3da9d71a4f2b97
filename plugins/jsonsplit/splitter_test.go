package jsonsplit

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/heka-project/heka/internal/splittest"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func TestContract(t *testing.T) { plugintest.Run(t, "JsonSplitter", "") }

func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		name   string
		cfg    Config
		stream string
		want   []string
		rest   string
	}{
		{"touching", Config{MaxDepth: 9}, `{"a":1}{"a":2}[1,2]{}`, []string{`{"a":1}`, `{"a":2}`, `[1,2]`, `{}`}, ""},
		{"lines", Config{MaxDepth: 9}, "{\"a\":1}\n\r\n{\"a\":2}\r\n", []string{`{"a":1}`, `{"a":2}`}, ""},
		{"pretty-printed", Config{MaxDepth: 9}, "{\n  \"a\": [\n    1, -2.5e+3,\n    true\n  ]\n}\n{\n}\n", []string{"{\n  \"a\": [\n    1, -2.5e+3,\n    true\n  ]\n}", "{\n}"}, ""},
		{"brackets in strings", Config{MaxDepth: 9}, `{"}":"{\"\\"}[["]",null,false,"\u005b"]]`, []string{`{"}":"{\"\\"}`, `[["]",null,false,"\u005b"]]`}, ""},
		{"separators", Config{MaxDepth: 9}, "\x1e{\"a\":1}\n\x1e[2] , {}", []string{`{"a":1}`, `[2]`, `{}`}, ""},
		{"an array around", Config{MaxDepth: 9, Values: "objects"}, "[{\"a\":[1]},\n {\"b\":2}]\n[]{}", []string{`{"a":[1]}`, `{"b":2}`, `{}`}, ""},
		{"garbage", Config{MaxDepth: 9}, "hello {\"a\":1} 12 \"x\" {\"a\":2} }} oops", []string{`{"a":1}`, `{"a":2}`}, ""},
		{"cut values", Config{MaxDepth: 9}, "{\"a\":\"tru\n{\"b\":1}\n{\"c\":[1,\n{\"d\":{\"e\"\n{\"f\":2}\n{\"g\"{\"h\":3}", []string{`{"b":1}`, `{"f":2}`, `{"h":3}`}, ""},
		{"words", Config{MaxDepth: 9}, "[NaN,-Infinity,nul]{\"a\":truex}{\"a\":true}[tru] [1]", []string{`{"a":true}`, `[1]`}, ""},
		{"wrong brackets", Config{MaxDepth: 9}, `[1}{"a":1]{"a":,}[,][1,]{"a" 1}{1:2}[1 2]{"a":1,}{"b":1}`, []string{`{"b":1}`}, ""},
		{"too deep", Config{MaxDepth: 2}, `[[[1,"]"],{}]][[2]]{"a":{"b":{}}}{"a":[]}`, []string{`[[2]]`, `{"a":[]}`}, ""},
		{"an unfinished one", Config{MaxDepth: 9}, `{"a":1} {"a":[1,"}`, []string{`{"a":1}`}, `{"a":[1,"}`},
		{"nothing", Config{MaxDepth: 9}, " \n", nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := newSplitter(tt.cfg, plugin.Env{})
			if err != nil {
				t.Fatal(err)
			}
			got, rest := splittest.Laws(t, s, []byte(tt.stream))
			if !slices.Equal(got, tt.want) || rest != tt.rest {
				t.Errorf("%q splits into %q and %q, want %q and %q", tt.stream, got, rest, tt.want, tt.rest)
			}
		})
	}
}

func TestBadConfig(t *testing.T) {
	for _, n := range []int{0, -1, 1025} {
		if _, err := newSplitter(Config{MaxDepth: n}, plugin.Env{}); err == nil || !strings.HasPrefix(err.Error(), "max_depth: ") {
			t.Errorf("max_depth %d: error %v", n, err)
		}
	}
}

// FuzzSplit: records are the same at any chunking, and whole values.
func FuzzSplit(f *testing.F) {
	f.Add([]byte("{\"a\":[1,{\"b\":\"\\\"}\"}]}\n[] x {\"c\":tru\n{}"), true)
	f.Fuzz(func(t *testing.T, stream []byte, objects bool) {
		s := &Splitter{objects, 5}
		records, _ := splittest.Laws(t, s, stream)
		for _, r := range records {
			if r[0] != '{' && (objects || r[0] != '[') || r[len(r)-1] != r[0]+2 {
				t.Fatalf("%q is a record", r)
			}
		}
	})
}

// FuzzValues: every value that encoding/json takes is cut out of a stream of them.
func FuzzValues(f *testing.F) {
	f.Add([]byte(`{"a":[1,-2.5e3,"x\"y",null,true,{}]}`), []byte(`[[],[{}]]`))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		s := &Splitter{false, maxDepth}
		var want []string
		var stream []byte
		for _, v := range [][]byte{a, b} {
			v = []byte(strings.Trim(string(v), " \t\r\n"))
			if json.Valid(v) && (v[0] == '{' || v[0] == '[') && len(v) < 1000 {
				want = append(want, string(v))
				stream = append(stream, v...)
			}
		}
		if got, rest := splittest.Laws(t, s, stream); !slices.Equal(got, want) || rest != "" {
			t.Fatalf("%q splits into %q and %q", stream, got, rest)
		}
	})
}

func BenchmarkSplit(b *testing.B) {
	line := []byte(`{"time":"2026-11-25T13:00:00Z","level":"info","msg":"request served","status":200,"path":"/index.html","tags":["a","b"],"user":{"id":17,"name":"alice"}}` + "\n")
	s := &Splitter{false, 128}
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		s.Split(line, false)
	}
}
