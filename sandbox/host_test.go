package sandbox_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/sandboxtest"
)

func full() message.Draft {
	d := message.Draft{Header: message.Header{Timestamp: 1500000000123456789, Type: "type", Logger: "logger", Payload: "a\tpayload", EnvVersion: "0.8", Hostname: "web1", Severity: 6, Pid: 42},
		Fields: []message.DraftField{
			message.NewField("s", []string{"one", "two"}, ""), message.NewField("i", []int64{7, -8}, "count"), message.NewField("d", 1.5, "s"),
			message.NewField("t", true, ""), message.NewField("b", []byte("\x00\x01"), "B"), message.NewField("s", "again", ""), message.NewField("e", []byte{}, ""),
		}}
	for i := range d.UUID {
		d.UUID[i] = byte(i)
	}
	return d
}

// TestReadMessage asks for everything that a message holds.
func TestReadMessage(t *testing.T) {
	const ask = `
		function show(v) if type(v) == "string" then return "'" .. v .. "'" end return tostring(v) end
		function process_message()
			local v = %s
			inject_payload("txt", "", show(v))
			return 0
		end`
	for _, tt := range []struct{ expr, want string }{
		{`read_message("Uuid")`, "'00010203-0405-0607-0809-0a0b0c0d0e0f'"},
		{`read_message("Type")`, "'type'"}, {`read_message("Logger")`, "'logger'"}, {`read_message("Payload")`, "'a\tpayload'"},
		{`read_message("EnvVersion")`, "'0.8'"}, {`read_message("Hostname")`, "'web1'"},
		{`read_message("Severity")`, "6"}, {`read_message("Pid")`, "42"}, {`string_format(read_message("Timestamp"))`, "'1500000000123456768'"},
		{`read_message("Fields[s]")`, "'one'"}, {`read_message("Fields[s]", 0, 1)`, "'two'"}, {`read_message("Fields[s]", 1)`, "'again'"},
		{`read_message("Fields[s]", 0, 2)`, "nil"}, {`read_message("Fields[s]", 2)`, "nil"}, {`read_message("Fields[i]")`, "7"},
		{`read_message("Fields[i]", 0, 1)`, "-8"}, {`read_message("Fields[d]")`, "1.5"}, {`read_message("Fields[t]")`, "true"},
		{`#read_message("Fields[b]")`, "2"}, {`read_message("Fields[e]")`, "nil"}, {`read_message("Fields[none]")`, "nil"},
		{`read_message("Fields[]")`, "nil"}, {`read_message("Fields[s")`, "nil"}, {`read_message("nonsense")`, "nil"}, {`read_message("type")`, "nil"},
		{`decode_message(read_message("raw")).Type`, "'type'"},
		{`decode_message(read_message("raw")).Fields[2].value[2]`, "-8"},
		{`decode_message(read_message("raw")).Fields[2].representation`, "'count'"},
		{`decode_message(read_message("raw")).Fields[2].value_type`, "2"},
		{`#decode_message(read_message("raw")).Uuid`, "16"}, {`#decode_message(read_message("raw")).Fields`, "7"},
	} {
		f := sandboxtest.Filter(t, `require "string" function string_format(n) return string.format("%.0f", n) end`+strings.Replace(ask, "%s", tt.expr, 1), nil)
		for range 3 { // the second time names are known
			f.Injected = nil
			f.Process(full())
			if got := f.Injected[0].Payload; got != tt.want {
				t.Errorf("%s = %s, want %s", tt.expr, got, tt.want)
			}
		}
	}
}

// TestErrorTexts: what a script does wrong, in the original's words.
func TestErrorTexts(t *testing.T) {
	for _, tt := range []struct {
		kind sandbox.Kind
		body string
		want string
	}{
		{sandbox.Filter, `read_message()`, "process_message() test.lua:1: read_message() incorrect number of arguments"},
		{sandbox.Filter, `read_message("Type", 1, 1, 1)`, "process_message() test.lua:1: read_message() incorrect number of arguments"},
		{sandbox.Filter, `read_message("Type", -1)`, "process_message() test.lua:1: bad argument #2 to 'read_message' (field index must be >= 0)"},
		{sandbox.Filter, `read_message("Type", 0, -1)`, "process_message() test.lua:1: bad argument #3 to 'read_message' (array index must be >= 0)"},
		{sandbox.Filter, `read_message({})`, "process_message() test.lua:1: bad argument #1 to 'read_message' (string expected, got table)"},
		{sandbox.Filter, `read_config()`, "process_message() test.lua:1: read_config() must have a single argument"},
		{sandbox.Filter, `read_next_field(1)`, "process_message() test.lua:1: read_next_field() takes no arguments"},
		{sandbox.Filter, `add_to_payload()`, "process_message() test.lua:1: bad argument #0 to 'add_to_payload' (must have at least one argument)"},
		{sandbox.Filter, `inject_message()`, "process_message() test.lua:1: inject_message() takes a single string or table argument"},
		{sandbox.Filter, `inject_message(true)`, "process_message() test.lua:1: inject_message() takes a single string or table argument"},
		{sandbox.Filter, `inject_message(5)`, "process_message() test.lua:1: inject_message() takes a single string or table argument"},
		{sandbox.Filter, `inject_message({Payload = ("x"):rep(70000)})`, "process_message() test.lua:1: inject_message() output_limit exceeded"},
		{sandbox.Filter, `local t = {} for i = 1, 9000 do t[i] = i end inject_message({Fields = {t = t}})`, "process_message() test.lua:1: inject_message() output_limit exceeded"},
		{sandbox.Filter, `inject_message("x")`, "process_message() test.lua:1: inject_message() protobuf unmarshal failed"},
		{sandbox.Filter, `inject_message({Fields = {a = {1, "x"}}})`, "process_message() test.lua:1: inject_message() could not encode protobuf - array has mixed types"},
		{sandbox.Filter, `inject_message({Fields = {a = {}}})`, "process_message() test.lua:1: inject_message() could not encode protobuf - unsupported type: nil"},
		{sandbox.Filter, `inject_message({Fields = {a = {value = nil}}})`, "process_message() test.lua:1: inject_message() could not encode protobuf - unsupported type: nil"},
		{sandbox.Filter, `inject_message({Fields = {a = print}})`, ""},
		{sandbox.Filter, `inject_message({Fields = {a = pairs}})`, "process_message() test.lua:1: inject_message() could not encode protobuf - unsupported type: function"},
		{sandbox.Filter, `inject_message({}) inject_message({})`, "process_message() test.lua:1: inject_message() exceeded InjectMessage count"},
		{sandbox.Filter, `for i = 1, 1e9 do end`, "process_message() instruction_limit exceeded"},
		{sandbox.Filter, `local t = {} for i = 1, 1e9 do t[i] = {} end`, "process_message() not enough memory"},
		{sandbox.Filter, `for i = 1, 2000 do add_to_payload(("x"):rep(100)) end`, "process_message() test.lua:1: output_limit exceeded"},
		{sandbox.Filter, `require "cjson" cjson.encode(("x"):rep(100000))`, "process_message() test.lua:1: strbuf output_limit exceeded"},
		{sandbox.Filter, `write_message("Type", "x")`, "process_message() test.lua:1: attempt to call global 'write_message' (a nil value)"},
		{sandbox.Encoder, `write_message("Type")`, "process_message() test.lua:1: write_message() incorrect number of arguments"},
		{sandbox.Encoder, `write_message("Type", {})`, "process_message() test.lua:1: write_message() only accepts numeric, string, or boolean field values, or nil to delete"},
		{sandbox.Encoder, `write_message("Type", nil)`, "process_message() test.lua:1: write_message() failed"},
		{sandbox.Encoder, `write_message("Nonsense", "x")`, "process_message() test.lua:1: write_message() failed"},
		{sandbox.Encoder, `write_message("Fields[i]", 5)`, "process_message() test.lua:1: write_message() failed"},
		{sandbox.Encoder, `write_message("Fields[s]", "x", "", -1)`, "process_message() test.lua:1: bad argument #4 to 'write_message' (field index must be >= 0)"},
		{sandbox.Encoder, `write_message("Fields[s]", "x", "", 0, -1)`, "process_message() test.lua:1: bad argument #5 to 'write_message' (array index must be >= 0)"},
		{sandbox.Output, `inject_message({})`, "process_message() test.lua:1: attempt to call global 'inject_message' (a nil value)"},
		{sandbox.Filter, `return`, "process_message() must return a numeric status code"},
		{sandbox.Filter, `return "x"`, "process_message() must return a numeric status code"},
		{sandbox.Filter, `return 0, {}`, "process_message() must return a nil or string error message"},
		{sandbox.Filter, `return 1, "enough"`, "enough"},
		{sandbox.Filter, `decode_message("x")`, "process_message() test.lua:1: decode_message() message is too short"},
		{sandbox.Filter, `decode_message(1)`, "process_message() test.lua:1: decode_message() takes a single string argument"},
		{sandbox.Filter, `error(("e"):rep(1000))`, "process_message() test.lua:1: " + strings.Repeat("e", 255-30)},
	} {
		box := sandboxtest.New(t, sandboxtest.Options(tt.kind, "function process_message() "+tt.body+" end require 'string'", nil))
		var err error
		switch tt.kind {
		case sandbox.Filter:
			err = box.TryProcess(full())
		case sandbox.Encoder:
			_, err = box.TryEncode(full())
		case sandbox.Output:
			_, err = box.TryDeliver(full())
		}
		var stop *sandbox.Stop
		if !errors.As(err, &stop) {
			t.Errorf("%s: %v, want a Stop", tt.body, err)
			continue
		}
		if tt.want != "" && stop.Text != tt.want {
			t.Errorf("%s\n got %q\nwant %q", tt.body, stop.Text, tt.want)
		}
		if !strings.Contains(stop.Message, "00010203-0405") {
			t.Errorf("%s: the message is told as %q", tt.body, stop.Message)
		}
	}
}

// TestInjectForms: all that a table may say.
func TestInjectForms(t *testing.T) {
	f := sandboxtest.Filter(t, `
		require "string"
		local n = 0
		local msgs = {
			{Type = "plain", Payload = "p", EnvVersion = 2, Severity = "3", Pid = 9, Timestamp = 5e9, Logger = "mine", Hostname = "mine", Unknown = 1, Uuid = ("u"):rep(16)},
			{Fields = {text = "v", num = 1, yes = true}},
			{Fields = {list = {1, 2, 3}}}, {Fields = {list = {"a", "b"}}}, {Fields = {list = {true, false}}},
			{Fields = {x = {value = 5, value_type = 2, representation = "B"}}}, {Fields = {x = {value = "raw", value_type = 1}}},
			{Fields = {x = {value = {1, 2}, value_type = 2}}}, {Fields = {x = {value = 2.5, value_type = 3, representation = "s"}}},
			{Fields = {{name = "r", value = 1}, {name = "r", value = "two", representation = "x"}}},
			setmetatable({}, {__index = {Type = "meta"}}),
			{Timestamp = "abc", Type = true, Fields = "none"},
		}
		function process_message() n = n + 1 inject_message(msgs[n]) return 0 end`, nil)
	for range 12 {
		f.Process(full())
	}
	d := f.Injected
	if h := d[0].Header; h.Type != "heka.sandbox.plain" || h.Logger != "test" || h.Hostname != "host.example" || h.Payload != "p" || h.EnvVersion != "2" || h.Severity != 3 || h.Pid != 9 || h.Timestamp != 5e9 || string(d[0].UUID[:]) != strings.Repeat("u", 16) {
		t.Errorf("header %+v", d[0])
	}
	if h := d[1].Header; h.Type != "heka.sandbox." || h.Timestamp != sandboxtest.Now.Unix()*1e9 || h.Pid != 0 || h.Severity != 7 || d[1].UUID[6]>>4 != 4 {
		t.Errorf("defaults %+v", d[1])
	}
	for i, want := range map[int][]message.DraftField{
		2: {message.NewField("list", []float64{1, 2, 3}, "")}, 3: {message.NewField("list", []string{"a", "b"}, "")}, 4: {message.NewField("list", []bool{true, false}, "")},
		5: {message.NewField("x", int64(5), "B")}, 6: {message.NewField("x", []byte("raw"), "")}, 7: {message.NewField("x", []int64{1, 2}, "")}, 8: {message.NewField("x", 2.5, "s")},
		9: {message.NewField("r", 1.0, ""), message.NewField("r", "two", "x")}, 11: nil,
	} {
		if !sameFields(d[i].Fields, want) {
			t.Errorf("message %d has fields %+v, want %+v", i, d[i].Fields, want)
		}
	}
	if d[10].Type != "heka.sandbox.meta" {
		t.Errorf("what __index gives: %+v", d[10])
	}
}

func sameFields(a, b []message.DraftField) bool {
	x, y := message.Draft{Fields: a}, message.Draft{Fields: b}
	x.UUID[0], y.UUID[0] = 1, 1
	return string(x.Encode()) == string(y.Encode())
}

func TestPayload(t *testing.T) {
	f := sandboxtest.Filter(t, `
		function process_message()
			add_to_payload("a", 1, 1.5, -0.25, 1/3, 2^40, true, nil, 0/0, 1/0, -1/0)
			inject_payload("tsv", "name", "|end")
			return 0
		end
		function timer_event(ns) inject_payload() inject_payload("txt", "x") add_to_payload("kept") end`, nil)
	f.Process(full())
	f.Tick(sandboxtest.Now)
	if len(f.Injected) != 1 {
		t.Fatalf("%d injected, want 1: an empty buffer sends nothing", len(f.Injected))
	}
	d := f.Injected[0]
	if want := "a11.5-0.250.333333331099511627776truenilnaninf-inf|end"; d.Payload != want {
		t.Errorf("payload %q, want %q", d.Payload, want)
	}
	if d.Type != "heka.sandbox-output" || d.Logger != "test" || !sameFields(d.Fields, []message.DraftField{message.NewField("payload_type", "tsv", "file-extension"), message.NewField("payload_name", "name", "")}) {
		t.Errorf("message %+v", d)
	}
	f.Process(full())
	if got := f.Injected[1].Payload; !strings.HasPrefix(got, "kepta1") {
		t.Errorf("the buffer does not survive: %q", got)
	}
}

func TestDecoder(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		check      func(d []message.Draft) bool
	}{
		{"nothing injected", `return 0`, func(d []message.Draft) bool { return len(d) == 1 && d[0].Payload == "line" && d[0].Type == "logfile" }},
		{"written", `write_message("Type", "t") write_message("Fields[a]", 1, "s") write_message("Fields[a]", 2, "B", 0, 1) write_message("Payload", "x\0y") write_message("Severity", "2") write_message("Pid", 5) write_message("Timestamp", "2011-12-13T14:15:16Z") write_message("Uuid", "00010203-0405-0607-0809-0a0b0c0d0e0f") return 0`,
			func(d []message.Draft) bool {
				return len(d) == 1 && d[0].Type == "t" && d[0].Payload == "x" && d[0].Severity == 2 && d[0].Pid == 5 && d[0].Timestamp == 1323785716e9 && d[0].UUID[15] == 15 &&
					sameFields(d[0].Fields, []message.DraftField{message.NewField("a", []float64{1, 2}, "B")})
			}},
		{"read back", `write_message("Fields[a]", "v") write_message("Payload", read_message("Fields[a]") .. read_message("Payload")) return 0`, func(d []message.Draft) bool { return d[0].Payload == "vline" }},
		{"deleted", `write_message("Fields[a]", "v") write_message("Fields[a]", nil) write_message("Fields[none]", nil) return 0`, func(d []message.Draft) bool { return len(d[0].Fields) == 0 }},
		{"injected", `inject_message({Payload = "new"}) inject_message({Type = "t2", Hostname = "h2", Severity = 1, Pid = 3, Logger = "l2"}) return 0`,
			func(d []message.Draft) bool {
				return len(d) == 2 && d[0].Payload == "new" && d[0].Type == "logfile" && d[0].Logger == "in" && d[0].Severity == 7 && d[0].Hostname == "host.example" &&
					d[1].Type == "t2" && d[1].Hostname == "h2" && d[1].Severity == 1 && d[1].Pid == 3 && d[1].Logger == "l2" && d[1].Payload == ""
			}},
		{"payloads", `inject_payload("a", "b", "one") inject_payload("c", "d", "two") return 0`, func(d []message.Draft) bool {
			return len(d) == 2 && d[0].Payload == "one" && d[0].Type == "logfile" && d[1].Payload == "two" && d[1].Logger == "in" && len(d[1].Fields) == 2 && d[1].Fields[1].Values[0] == "d"
		}},
	} {
		d := sandboxtest.Decoder(t, "function process_message() "+tt.body+" end", nil)
		for range 2 {
			if got := d.Decode("line"); !tt.check(got) {
				t.Errorf("%s: %+v", tt.name, got)
			}
		}
	}
	d := sandboxtest.Decoder(t, `function process_message() return -1, "no" end`, nil)
	if got, err := d.TryDecode("line"); !errors.Is(err, sandbox.ErrFailed) || err.Error() != "no" || len(got) > 0 {
		t.Errorf("a failure: %v, %v", got, err)
	}
	d = sandboxtest.Decoder(t, `function process_message() inject_message({Type = "lost"}) inject_payload("txt", "", "lost") return -1, "no" end`, nil)
	if got, err := d.TryDecode("line"); !errors.Is(err, sandbox.ErrFailed) || len(got) > 0 {
		t.Errorf("a failure after injections: %v, %v", got, err)
	}
	d = sandboxtest.Decoder(t, `function process_message() inject_message({Timestamp = 1323785716e9}) return 0 end`, map[string]any{"tz": "America/New_York"})
	if got := d.Decode("line"); got[0].Timestamp != 1323785716e9+5*3600e9 {
		t.Errorf("tz: %d", got[0].Timestamp)
	}
	d = sandboxtest.Decoder(t, `function process_message() write_message("Fields[s]", "new", "", 1) write_message("Fields[i]", nil) return 0 end`, nil)
	e := sandboxtest.Decoder(t, `function process_message()
		write_message("Fields[i]", nil, "", 0, 0) write_message("Fields[s]", nil, "", 0, 1) write_message("Fields[b]", nil, "", 0, 0) write_message("Fields[e]", nil, "", 0, 0)
		assert(read_message("Fields[i]") == -8 and read_message("Fields[i]", 0, 1) == nil and not pcall(write_message, "Fields[i]", nil, "", 0, 5) and not pcall(write_message, "Fields[i]", 1))
		return 0 end`, nil)
	if got, err := e.DecodeMessage(full()); err != nil || !sameFields(got[0].Fields, []message.DraftField{message.NewField("s", "one", ""), message.NewField("i", int64(-8), "count"),
		message.NewField("d", 1.5, "s"), message.NewField("t", true, ""), message.NewField("s", "again", "")}) {
		t.Errorf("elements deleted: %+v, %v", got, err)
	}
	got, err := d.DecodeMessage(full())
	if err != nil || len(got) != 1 || len(got[0].Fields) != 6 || got[0].UUID != full().UUID || got[0].Payload != "a\tpayload" {
		t.Errorf("behind another decoder: %+v, %v", got, err)
	}
}

func TestEncoder(t *testing.T) {
	for _, tt := range []struct{ body, want string }{
		{`inject_payload("txt", "", read_message("Payload"), "\n") return 0`, "a\tpayload\n"},
		{`return -2`, ""},
		{`inject_payload("txt", "", "one") inject_payload("txt", "", "two") return 0`, "two"},
	} {
		e := sandboxtest.Encoder(t, "function process_message() "+tt.body+" end", nil)
		for range 2 {
			if got := e.Encode(full()); got != tt.want {
				t.Errorf("%s: %q, want %q", tt.body, got, tt.want)
			}
		}
	}
	d := full()
	e := sandboxtest.Encoder(t, `function process_message() return 0 end`, nil)
	if got := e.Encode(d); got != string(d.Encode()) {
		t.Error("an encoder that does nothing does not give the message")
	}
	e = sandboxtest.Encoder(t, `function process_message() write_message("Type", "changed") return 0 end`, nil)
	d.Type = "changed"
	if got := e.Encode(full()); got != string(d.Encode()) {
		t.Errorf("a changed message is %x, want %x", got, d.Encode())
	}
	e = sandboxtest.Encoder(t, `function process_message() return -1, "no" end`, nil)
	if _, err := e.TryEncode(d); !errors.Is(err, sandbox.ErrFailed) || err.Error() != "no" {
		t.Errorf("a failure: %v", err)
	}
}

func TestOutputRefuses(t *testing.T) {
	o := sandboxtest.Output(t, `n = 0 function process_message() n = n + 1 if n == 2 then return -1, "no" end return 0 end require "io"`, nil)
	if refused, err := o.TryDeliver(full(), full(), full()); err != nil || len(refused) != 1 || refused[0] != 1 {
		t.Errorf("refused %v, %v", refused, err)
	}
}

// What the body of a script injects goes nowhere; what it adds to the payload stays.
func TestInjectInTheBody(t *testing.T) {
	f := sandboxtest.Filter(t, `add_to_payload("lost") inject_payload("txt", "a", "lost") inject_message({Type = "lost"}) add_to_payload("kept ")
		function process_message() inject_payload("txt", "", "said") return 0 end`, nil)
	f.Process(full())
	if len(f.Injected) != 1 || f.Injected[0].Payload != "kept said" {
		t.Errorf("injected %+v", f.Injected)
	}
}

func TestReadNextField(t *testing.T) {
	f := sandboxtest.Filter(t, `
		function process_message()
			for i = 1, 2 do
				while true do
					local typ, name, value, repr, count = read_next_field()
					if not typ then break end
					if name == "b" then value = #value end
					add_to_payload(typ, " ", name, " ", value, " ", repr, " ", count, "\n")
				end
			end
			inject_payload()
			return 0
		end`, nil)
	f.Process(full())
	const once = "0 s one  2\n2 i 7 count 2\n3 d 1.5 s 1\n4 t true  1\n1 b 2 B 1\n0 s again  1\n1 e nil  1\n"
	if got := f.Injected[0].Payload; got != once+once {
		t.Errorf("fields\n%s", got)
	}
}

func TestConfig(t *testing.T) {
	f := sandboxtest.Filter(t, `function process_message() inject_payload("txt", "", read_config("s"), read_config("i"), read_config("f"), read_config("b"), read_config("list"), read_config("none")) return 0 end`,
		map[string]any{"s": "text", "i": int64(3), "f": 2.5, "b": true, "list": []any{int64(1)}})
	f.Process(full())
	if got := f.Injected[0].Payload; got != "text32.5truenilnil" {
		t.Errorf("read_config gives %q", got)
	}
}

// TestStopSays: which limit, where and on what.
func TestStopSays(t *testing.T) {
	f := sandboxtest.Filter(t, "function work()\n while true do end\nend\nfunction process_message() work() return 0 end", nil)
	err := f.TryProcess(full())
	var stop *sandbox.Stop
	if !errors.As(err, &stop) || stop.Limit != "instruction_limit" || !strings.Contains(stop.Where, "test.lua:2") || !strings.Contains(stop.Message, `type "type"`) {
		t.Errorf("stop %+v", stop)
	}
	if again := f.TryProcess(full()); again != err {
		t.Errorf("called again: %v", again)
	}
}

// TestCircularBuffer: a buffer goes into payloads and messages as text, and over a
// restart.
func TestCircularBuffer(t *testing.T) {
	const text = `require "circular_buffer" cb = circular_buffer.new(2, 1, 1) cb:set_header(1, "n")
		function process_message() cb:add(0, 1, 5) return 0 end
		function timer_event() inject_payload("cbuf", "x", cb:format("cbuf")) inject_message({Fields = {c = cb}}) end`
	f := sandboxtest.Filter(t, text, nil)
	f.Process(full(), full())
	f.Tick(sandboxtest.Now)
	if got := f.Injected[0].Payload; !strings.HasPrefix(got, `{"time":`) || !strings.Contains(got, "\n10\n") {
		t.Errorf("payload %q, want the buffer's text", got)
	}
	if v, ok := f.Injected[1].Fields[0].Values[0].([]byte); !ok || string(v) != f.Injected[0].Payload {
		t.Errorf("field %+v", f.Injected[1].Fields)
	}
	state, err := f.SaveState()
	if err != nil {
		t.Fatal(err)
	}
	g := sandboxtest.Filter(t, text, nil)
	if fresh, err := g.RestoreState(state); err != nil || fresh {
		t.Fatal(fresh, err)
	}
	g.Tick(sandboxtest.Now)
	if g.Injected[0].Payload != f.Injected[0].Payload {
		t.Errorf("restored %q", g.Injected[0].Payload)
	}
}

// TestEnvironment: which libraries a kind has.
func TestEnvironment(t *testing.T) {
	const probe = `
		local function has(lib, names) local t = lib == "_G" and _G or require(lib) local got = "" for n in names:gmatch("%S+") do if t[n] ~= nil then got = got .. " " .. n end end return got end
		require "string"
		result = has("_G", "collectgarbage coroutine dofile load loadfile loadstring newproxy print pcall setfenv getfenv select unpack setmetatable package debug io os table") .. " |" ..
			has("os", "execute exit getenv remove rename setlocale tmpname clock date difftime time")
		hasio = pcall(require, "io") hassocket = pcall(require, "socket")
		hour = os.date("%H", 3600)
		function process_message() return -1, result .. " | " .. tostring(hasio) .. tostring(hassocket) .. hour end`
	const plain = " pcall setfenv getfenv select unpack setmetatable | clock date difftime time | falsefalse01"
	for kind, want := range map[sandbox.Kind]string{
		sandbox.Decoder: plain, sandbox.Encoder: plain, sandbox.Filter: plain,
		sandbox.Output: " collectgarbage coroutine newproxy pcall setfenv getfenv select unpack setmetatable | execute getenv remove rename tmpname clock date difftime time | truetrue01",
	} {
		box := sandboxtest.New(t, sandboxtest.Options(kind, probe, nil))
		var got string
		switch kind {
		case sandbox.Decoder:
			_, err := box.TryDecode("x")
			got = err.Error()
		case sandbox.Encoder:
			_, err := box.TryEncode(full())
			got = err.Error()
		case sandbox.Filter:
			box.Process(full())
			got = plain // its text goes to the log
		case sandbox.Output:
			in := sandboxtest.Select(full())
			box.Sandbox.Deliver(in)
			got = in.Refused()[0].Reason
		}
		if strings.ReplaceAll(got, "string", "") != want {
			t.Errorf("%s has %q\nwant %q", kind, got, want)
		}
	}
}

// TestRepeatedFields: what is injected again and again stays the same, whatever shares
// its names.
func TestRepeatedFields(t *testing.T) {
	f := sandboxtest.Filter(t, `
		local i = 0
		function process_message()
			i = i + 1
			local m = {Fields = {
				{name = "n", value = i}, {name = "n", value = i, value_type = 2}, {name = "n", value = "t"}, {name = "n", value = "b", value_type = 1},
				{name = "n", value = i, representation = "B"}, {name = "n", value = "t", representation = "B"}, {name = "m" .. i, value = i}, {name = "", value = "e"},
				{name = "n", value = "t", representation = "r" .. i},
			}}
			inject_message(m)
			return 0
		end`, nil)
	for i := 1; i <= 6; i++ {
		f.Process(full())
		n := string(rune('0' + i))
		want := []message.DraftField{
			message.NewField("n", float64(i), ""), message.NewField("n", int64(i), ""), message.NewField("n", "t", ""), message.NewField("n", []byte("b"), ""),
			message.NewField("n", float64(i), "B"), message.NewField("n", "t", "B"), message.NewField("m"+n, float64(i), ""), message.NewField("", "e", ""),
			message.NewField("n", "t", "r"+n),
		}
		if got := f.Injected[i-1].Fields; !sameFields(got, want) {
			t.Errorf("message %d has %+v", i, got)
		}
	}
}
