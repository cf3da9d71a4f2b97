package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/plugin"
)

func parse(t *testing.T, files ...string) *Plan {
	t.Helper()
	var sources []Source
	for i, f := range files {
		sources = append(sources, Source{string(rune('a'+i)) + ".toml", f})
	}
	p, err := Parse(sources, Options{Env: testEnv})
	if err != nil {
		t.Fatalf("Parse:\n%v", err)
	}
	return p
}

func find(t *testing.T, p *Plan, kind plugin.Kind, name string) *Section {
	t.Helper()
	s := p.Find(kind, name)
	if s == nil {
		t.Fatalf("the plan has no %s %q", kind, name)
	}
	return s
}

// TestGood loads every sound configuration without a complaint; its warnings and
// what it comes to stand in the .want file beside it.
func TestGood(t *testing.T) {
	names, err := filepath.Glob("testdata/good/*.toml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no good configurations (%v)", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".toml"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			p, err := Parse([]Source{{filepath.Base(name), string(text)}}, Options{Env: testEnv})
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for _, w := range p.Warnings {
				b.WriteString("warning: " + w.Error() + "\n")
			}
			for _, s := range p.Sections {
				if s.Pos.Line > 0 {
					b.WriteString("\n[" + s.Name + "]\n" + s.Redacted())
				}
			}
			wantName := strings.TrimSuffix(name, ".toml") + ".want"
			if *update {
				if err := os.WriteFile(wantName, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(wantName)
			if err != nil {
				t.Fatal(err)
			}
			if b.String() != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", b.String(), want)
			}
		})
	}
}

func TestValuesOfEveryShape(t *testing.T) {
	p := parse(t, `
[poll]
type = "HttpInput"
urls = "http://one/"             # a single value for a list
percent_threshold = [50, 0x5A, 9_9]
http_timeout = 1500              # milliseconds
password = "geheim"
ratio = 2                        # a whole number for a float
only = 'a+'
peer = "::1"
small = -128
limit = "1.5 MB"
since = "1h30m"
archive = [[1], [2, 3]]
ticker_interval = 2.5
decoder = "ProtobufDecoder"
[poll.headers]
Accept = ["a", "b"]
"X-Y" = []
[poll.command.0]
bin = "ls"
[poll.command.1]
bin = "wc"
args = ["-l",
  "x", # last
]
[poll.translation.month]
jan = 1
feb = 2
`)
	s := find(t, p, plugin.KindInput, "poll")
	c := s.Config.(*pollInputConfig)
	span := 90 * time.Minute
	for _, tt := range []struct {
		name      string
		got, want any
	}{
		{"urls", c.URLs, []string{"http://one/"}},
		{"percent_threshold", c.Percent, []int{50, 90, 99}},
		{"http_timeout", c.Timeout, 1500 * time.Millisecond},
		{"ratio", c.Ratio, 2.0},
		{"only", c.Only.String(), "a+"},
		{"peer", c.Peer.String(), "::1"},
		{"small", c.Small, int8(-128)},
		{"limit", c.Limit, plugin.Size(1500000)},
		{"since", c.Since, &span},
		{"archive", c.Archive, [][]int{{1}, {2, 3}}},
		{"headers", c.Headers, map[string][]string{"Accept": {"a", "b"}, "X-Y": {}}},
		{"command", c.Command, map[string]commandConfig{"0": {Bin: "ls", Dir: "/"}, "1": {Bin: "wc", Args: []string{"-l", "x"}, Dir: "/"}}},
		{"translation", c.Words, map[string]map[string]int{"month": {"jan": 1, "feb": 2}}},
		{"ticker_interval", s.Input.Ticker, 2500 * time.Millisecond},
		{"splitter by default", s.Input.Splitter, "NullSplitter"},
		{"decoder", s.Input.Decoder, "ProtobufDecoder"},
		{"log_decode_failures by default", s.Input.LogDecodeFailures, true},
	} {
		if !reflect.DeepEqual(tt.got, tt.want) {
			t.Errorf("%s = %#v, want %#v", tt.name, tt.got, tt.want)
		}
	}
}

func TestDefaults(t *testing.T) {
	p := parse(t, `[HttpInput]`)
	s := find(t, p, plugin.KindInput, "HttpInput")
	c := s.Config.(*pollInputConfig)
	if !reflect.DeepEqual(c.Percent, []int{90}) || len(c.Archive) != 2 || c.Ratio != 0.5 || c.Peer.String() != "127.0.0.1" || c.Small != -1 || c.Limit != 1<<20 || c.Since != nil {
		t.Errorf("defaults of the plugin's options: %+v", c)
	}
	if s.Input.Ticker != 10*time.Second || s.Input.Retries.Max != -1 || s.Input.Retries.Delay != 250*time.Millisecond {
		t.Errorf("defaults of the common options: %+v", s.Input)
	}
	g := p.Globals
	if g.MaxMessageSize != 65536 || g.MaxMessageLoops != 4 || g.BaseDir != "/var/cache/hekad" || !g.Journal || g.Hostname == "" || g.Socket() != "/var/cache/hekad/admin.sock" {
		t.Errorf("defaults of [hekad]: %+v", g)
	}
	tok := find(t, p, plugin.KindSplitter, "TokenSplitter")
	if tok.Config.(*tokenConfig).Delimiter != "\n" || tok.Splitter.MinBufferSize != 8192 || tok.Pos.Line != 0 {
		t.Errorf("TokenSplitter that is always there: %+v %+v", tok.Config, tok.Splitter)
	}
	if f := find(t, p, plugin.KindSplitter, "HekaFramingSplitter"); !f.Splitter.UseMessageBytes {
		t.Error("HekaFramingSplitter does not use message bytes by default")
	}
	if n := find(t, p, plugin.KindSplitter, "NullSplitter"); n.Splitter.MinBufferSize != 65536 {
		t.Errorf("NullSplitter min_buffer_size = %v, want 64KiB", n.Splitter.MinBufferSize)
	}
}

func TestLegacyNumbersAndTexts(t *testing.T) {
	p := parse(t, `
[TcpInput]
address = ":1"
keep_alive_period = "30"
[TcpInput.retries]
delay = 2
max_delay = "1m"
[CounterFilter]
ticker_interval = 7
`)
	s := find(t, p, plugin.KindInput, "TcpInput")
	if c := s.Config.(*tcpInputConfig); c.KeepAlivePeriod != 30*time.Second {
		t.Errorf("keep_alive_period = %v, want 30s", c.KeepAlivePeriod)
	}
	if r := s.Input.Retries; r.Delay != 2*time.Second || r.MaxDelay != time.Minute || r.MaxJitter != 500*time.Millisecond {
		t.Errorf("retries: %+v", r)
	}
	f := find(t, p, plugin.KindFilter, "CounterFilter")
	if c := f.Config.(*counterConfig); c.Ticker != 7*time.Second || f.Route.Ticker != 7*time.Second {
		t.Errorf("ticker_interval reaches the plugin as %v and the engine as %v, want 7s", c.Ticker, f.Route.Ticker)
	}
	f = find(t, parse(t, "[CounterFilter]"), plugin.KindFilter, "CounterFilter")
	if c := f.Config.(*counterConfig); c.Ticker != 5*time.Second || f.Route.Ticker != 5*time.Second {
		t.Errorf("ticker_interval by default: %v and %v, want 5s", c.Ticker, f.Route.Ticker)
	}
}

func TestBufferingKeepsThePluginsDefaults(t *testing.T) {
	p := parse(t, `
[TcpOutput]
message_matcher = "TRUE"
[TcpOutput.buffering]
full_action = "drop"
[file]
type = "FileOutput"
path = "x"
message_matcher = "TRUE"
encoder = "ProtobufEncoder"
use_framing = false
buffering = { max_file_size = 0 }
`)
	s := find(t, p, plugin.KindOutput, "TcpOutput")
	want := Buffering{MaxFileSize: 128 << 20, FullAction: "drop", CursorUpdateCount: 50}
	if s.Route.Buffering != want || !s.Route.UseBuffering {
		t.Errorf("buffering = %+v, want %+v", s.Route.Buffering, want)
	}
	if s.Route.UseFraming == nil || !*s.Route.UseFraming || s.Route.Overflow != Spill {
		t.Errorf("use_framing is not on by default: %+v", s.Route)
	}
	f := find(t, p, plugin.KindOutput, "file")
	if *f.Route.UseFraming || f.Route.Buffering.MaxFileSize != 512<<20 || f.Route.UseBuffering {
		t.Errorf("file output: %+v", f.Route)
	}
}

func TestWithoutJournal(t *testing.T) {
	p := parse(t, "[hekad]\njournal = false\nadmin_socket = \"off\"\njournal_sync = \"always\"\nmax_message_loops = 0\n[TcpOutput]\nmessage_matcher = 'TRUE'")
	r := find(t, p, plugin.KindOutput, "TcpOutput").Route
	if r.UseBuffering || r.Overflow != Block {
		t.Errorf("use_buffering = %v, overflow = %v; want what works without a journal", r.UseBuffering, r.Overflow)
	}
	if p.Globals.Socket() != "" || p.Globals.JournalSync != 0 || p.Globals.MaxMessageLoops != 1 {
		t.Errorf("globals: %+v", p.Globals)
	}
}

func TestLaterFilesReplaceSectionsWhole(t *testing.T) {
	p := parse(t,
		"[hekad]\nmaxprocs = 2\nhostname = 'h'\n[in]\ntype = 'TcpInput'\naddress = ':1'\nkeep_alive = true\n[other]\ntype='TcpInput'\naddress=':3'\n",
		"[hekad]\nmaxprocs = 3\n[in]\ntype = 'TcpInput'\naddress = ':2'\n")
	s := find(t, p, plugin.KindInput, "in")
	if c := s.Config.(*tcpInputConfig); c.Address != ":2" || c.KeepAlive {
		t.Errorf("in: %+v, want the later one alone", c)
	}
	if s.Pos != (Pos{"b.toml", 3, 1}) {
		t.Errorf("in stands at %v", s.Pos)
	}
	if p.Globals.MaxProcs != 3 || p.Globals.Hostname == "h" {
		t.Errorf("hekad: %+v, want the later one alone", p.Globals)
	}
	if n := len(p.Of(plugin.KindInput)); n != 2 {
		t.Errorf("%d inputs, want 2", n)
	}
	// what is replaced need not be right
	parse(t, "[in]\ntype = 'TcpInput'\nadress = 1\n", "[in]\ntype = 'TcpInput'\naddress = ':2'\n")
}

func TestAlwaysThereMayBeRedefined(t *testing.T) {
	p := parse(t, "[TokenSplitter]\ndelimiter = ';'\n[TcpInput]\naddress = ':1'\nsplitter = 'TokenSplitter'\n")
	s := find(t, p, plugin.KindSplitter, "TokenSplitter")
	if s.Config.(*tokenConfig).Delimiter != ";" || s.Pos.Line != 1 {
		t.Errorf("TokenSplitter: %+v at %v", s.Config, s.Pos)
	}
	if in := find(t, p, plugin.KindInput, "TcpInput"); len(in.Refs) != 2 || in.Refs[0] != s {
		t.Errorf("Refs of the input: %v", in.Refs)
	}
}

func TestEnvironment(t *testing.T) {
	p := parse(t, `
[%ENV[NAME]]
type = "TcpInput"
address = "%ENV[HOST]:%ENV[PORT]"
max_connections = %ENV[PORT]
keep_alive = %ENV[TRUE]      # not %ENV[NOWHERE]
ticker_interval = "%ENV[NOWHERE:-15]"
tls = { ciphers = %ENV[LIST], cert_file = %ENV[QUOTE], min_version = "%ENV[EMPTY:-TLS12]" }
[two]
type = "TcpInput"
address = '''%ENV[LINES]'''
max_connections = "%ENV[PORT]"
use_tls = "%ENV[NOWHERE:-false]"
[three]
type = "TcpInput"
address = %ENV[HOST]
max_connections = 1%ENV[NOWHERE:-00]
tls.ciphers = [ "%ENV[HOST]", %ENV[HOST] ]
`)
	c := find(t, p, plugin.KindInput, "my_input").Config.(*tcpInputConfig)
	if c.Address != "127.0.0.1:5565" || c.MaxConnections != 5565 || !c.KeepAlive || c.TLS.CertFile != `a"b\c` || c.TLS.MinVersion != "TLS12" ||
		!reflect.DeepEqual(c.TLS.Ciphers, []string{"a", "b"}) {
		t.Errorf("my_input: %+v", c)
	}
	if s := find(t, p, plugin.KindInput, "my_input"); s.Input.Ticker != 15*time.Second {
		t.Errorf("ticker_interval = %v", s.Input.Ticker)
	}
	c = find(t, p, plugin.KindInput, "two").Config.(*tcpInputConfig)
	if c.Address != "a\nb = 1" || c.MaxConnections != 5565 || c.UseTLS {
		t.Errorf("two: %+v", c)
	}
	c = find(t, p, plugin.KindInput, "three").Config.(*tcpInputConfig)
	if c.Address != "127.0.0.1" || c.MaxConnections != 100 || !reflect.DeepEqual(c.TLS.Ciphers, []string{"127.0.0.1", "127.0.0.1"}) {
		t.Errorf("three: %+v", c)
	}
}

func TestOldNamesWithBars(t *testing.T) {
	p := parse(t, "[HttpInput.headers]\nUrl|uri = ['a|b'] # c|d = 1\n\"x|y\" = ['z']\nA|B/s=['q']\n[HttpInput.translation]\nw.one|n = 1\nv = { two|% = 2, three = 3 }\n")
	c := find(t, p, plugin.KindInput, "HttpInput").Config.(*pollInputConfig)
	if want := map[string][]string{"Url|uri": {"a|b"}, "x|y": {"z"}, "A|B/s": {"q"}}; !reflect.DeepEqual(c.Headers, want) {
		t.Errorf("headers = %v, want %v", c.Headers, want)
	}
	if want := map[string]map[string]int{"w": {"one|n": 1}, "v": {"two|%": 2, "three": 3}}; !reflect.DeepEqual(c.Words, want) {
		t.Errorf("translation = %v, want %v", c.Words, want)
	}
}

func TestSandboxConfigTakesAnything(t *testing.T) {
	p := parse(t, `
[lua]
type = "SandboxFilter"
filename = "x.lua"
message_matcher = "TRUE"
[lua.config]
text = "a"
whole = -7
part = 0.25
yes = true
when = 2026-01-02T03:04:05Z
list = [1, [2.5, "x"]]
table = { a = { b = 1 } }
"odd key" = 1
`)
	s := find(t, p, plugin.KindFilter, "lua")
	want := map[string]any{"text": "a", "whole": int64(-7), "part": 0.25, "yes": true, "when": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		"list": []any{int64(1), []any{2.5, "x"}}, "table": map[string]any{"a": map[string]any{"b": int64(1)}}, "odd key": int64(1)}
	if got := s.Config.(*sandboxConfig).Config; !reflect.DeepEqual(got, want) {
		t.Errorf("config = %#v\nwant %#v", got, want)
	}
	if !s.Route.CanExit {
		t.Error("can_exit is not true by default")
	}
}

func TestForeignTypes(t *testing.T) {
	text := "[TcpInput]\naddress=':1'\ndecoder = 'x'\n[x]\ntype = 'GrokDecoder'\nwhatever = 1\n"
	if _, err := Parse([]Source{{"a", text}}, Options{}); err == nil {
		t.Error("an unknown type loads")
	}
	p, err := Parse([]Source{{"a", text}}, Options{Foreign: func(typ string) bool { return typ == "GrokDecoder" }})
	if err != nil || len(p.Of(plugin.KindInput)) != 1 {
		t.Errorf("with foreign types: %v", err)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Load(dir, Options{})
	if want := dir + ": the directory has no *.toml file; put one there, or name another directory or file"; err == nil || err.Error() != want {
		t.Errorf("empty directory: %v\nwant %s", err, want)
	}
	write("10-b.toml", "[TcpInput]\naddress = ':2'\n")
	write("05-a.toml", "[TcpInput]\naddress = ':1'\n")
	write("notes.txt", "not TOML")
	write(".#10-b.toml", "not TOML")
	if err := os.Mkdir(filepath.Join(dir, "sub.toml"), 0o755); err != nil {
		t.Fatal(err)
	}
	p, err := Load(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{filepath.Join(dir, "05-a.toml"), filepath.Join(dir, "10-b.toml")}; !reflect.DeepEqual(p.Files, want) {
		t.Errorf("Files = %v, want %v", p.Files, want)
	}
	if c := find(t, p, plugin.KindInput, "TcpInput").Config.(*tcpInputConfig); c.Address != ":2" {
		t.Errorf("address = %q, want the later file's", c.Address)
	}
	if p, err := Load(filepath.Join(dir, "05-a.toml"), Options{}); err != nil || len(p.Files) != 1 {
		t.Errorf("one file: %v", err)
	}
	_, err = Load(filepath.Join(dir, "none.toml"), Options{})
	if err == nil || !strings.Contains(err.Error(), "none.toml: cannot be read: no such file or directory; check the path") {
		t.Errorf("missing file: %v", err)
	}
	write("20-c.toml", "[TcpOutput]\nadress = 1\n")
	write("06-d.toml", "x = \n")
	_, err = Load(dir, Options{})
	if err == nil || strings.Count(err.Error(), "\n") != 2 || strings.Index(err.Error(), "06-d") > strings.Index(err.Error(), "20-c") {
		t.Errorf("errors of two files, in their order: %v", err)
	}
}

// An enum is read in any case, and "" where the option may be left out.
func TestEnum(t *testing.T) {
	c := find(t, parse(t, "[TcpInput]\naddress = \"a:1\"\nnet = \"TCP4\"\n[TcpInput.tls]\nmin_version = \"\"\n"), plugin.KindInput, "TcpInput").Config.(*tcpInputConfig)
	if c.Net != "tcp4" || c.TLS.MinVersion != "" {
		t.Errorf("net is %q, min_version is %q", c.Net, c.TLS.MinVersion)
	}
	if _, err := Parse([]Source{{"a.toml", "[TcpInput]\naddress = \"a:1\"\nnet = \"\"\n"}}, Options{Env: testEnv}); err == nil {
		t.Error(`net = "" is taken, which has another default`)
	}
}
