package sandbox_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/cputime"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/sandboxtest"
)

// attacks go through the host's functions. Each ends, by itself or at a limit, and
// leaves the sandbox within its memory.
var attacks = []struct{ name, body string }{
	{"deep table", `local t = {} local d = t for i = 1, 1e5 do d.x = {} d = d.x end inject_message({Fields = t})`},
	{"deep table of fields", `local t = {value = 1} for i = 1, 1e5 do t = {value = t} end inject_message({Fields = {a = t}})`},
	{"cyclic fields", `local t = {} t.a = t t[1] = t t.value = t inject_message({Fields = t})`},
	{"cyclic message", `local m = {} m.Fields = m m.Type = m inject_message(m)`},
	{"a million fields", `local t = {} for i = 1, 1e5 do t["f" .. i] = i end while true do pcall(inject_message, {Fields = t}) end`},
	{"a million values", `local t = {} for i = 1, 1e5 do t[i] = i end while true do pcall(inject_message, {Fields = {a = t}}) end`},
	{"a million names", `local i = 0 while true do i = i + 1 read_message("Fields[" .. i .. "]") end`},
	{"long names", `local s = ("x"):rep(1e6) while true do read_message("Fields[" .. s .. "]") s = s .. "y" end`},
	{"huge payload", `local s = ("x"):rep(4e6) while true do pcall(add_to_payload, s, s, s) end`},
	{"payload by bits", `while true do pcall(add_to_payload, "0123456789", 1e300, true, nil) end`},
	{"huge header", `local s = ("x"):rep(4e6) while true do pcall(inject_message, {Type = s, Payload = s, Logger = s}) end`},
	{"huge representation", `local s = ("x"):rep(4e6) while true do pcall(inject_message, {Fields = {a = {value = 1, representation = s}}}) end`},
	{"huge uuid", `local s = ("x"):rep(4e6) while true do pcall(inject_message, {Uuid = s}) end`},
	{"index that loops", `local m = setmetatable({}, {__index = function() while true do end end}) inject_message(m)`},
	{"index that recurses", `local mt = {} mt.__index = function(t, k) return t[k .. "x"] end inject_message(setmetatable({}, mt))`},
	{"index that injects", `local m m = setmetatable({}, {__index = function(t, k) inject_message(m) end}) inject_message(m)`},
	{"index that raises", `while true do pcall(inject_message, setmetatable({}, {__index = function() error({}) end})) end`},
	{"pcall around the limit", `while true do pcall(function() while true do read_message("Type") end end) end`},
	{"xpcall around the limit", `local function f() while true do inject_payload("a") end end xpcall(f, f) f()`},
	{"tostring", `local t = setmetatable({}, {__tostring = function() while true do end end}) inject_message({Type = t}) add_to_payload(tostring(t))`},
	{"decode again and again", `local raw = read_message("raw") while true do decode_message(raw) end`},
	{"decode what is nearly a message", `local raw = read_message("raw") for i = 1, #raw do pcall(decode_message, raw:sub(1, i) .. ("\255"):rep(20)) end while true do pcall(decode_message, ("\82\255\255\255\255\15"):rep(1000)) end`},
	{"packed integers", `local function v(n) local s = "" repeat local b = n % 128 n = math.floor(n / 128) if n > 0 then b = b + 128 end s = s .. string.char(b) until n == 0 return s end
		local a = ("\1"):rep(2e6) local f = "\10\1a\16\2\50" .. v(#a) .. a
		local m = "\10\16" .. ("u"):rep(16) .. "\16\1\82" .. v(#f) .. f
		while true do pcall(decode_message, m) pcall(inject_message, m) end`},
	{"next field for ever", `while true do read_next_field() end`},
	{"odd indexes", `for _, i in ipairs{0, 1, 2^31, 2^53, 2^63, 1e300, 1/0, 0/0, 0.5, "7", "x"} do pcall(read_message, "Fields[i]", i, i) pcall(read_message, "Fields[i]", 0, i) pcall(read_message, "Type", i) end while true do end`},
	{"module paths", `for _, m in ipairs{"../../etc/passwd", "/etc/passwd", "..", "a\0b", ("x"):rep(1e5), "", ".", "string\0", "C:\\x", "lua_modules/../x"} do assert(not pcall(require, m)) end while true do pcall(require, "none") end`},
	{"environment", `for _, f in ipairs{"load", "loadstring", "loadfile", "dofile", "collectgarbage", "print", "coroutine", "newproxy", "io", "debug", "package", "write_message"} do assert(_G[f] == nil, f) end
		for _, f in ipairs{"execute", "exit", "getenv", "remove", "rename", "setlocale", "tmpname"} do assert(os[f] == nil, f) end
		pcall(setfenv, 0, {}) local mt = getmetatable("") if mt then mt.__index = nil end while true do pcall(read_message, "Type") end`},
	{"globals replaced", `_G.require, _G.pcall, _G.read_message = nil setmetatable(_G, {__index = function(t, k) return t[k] end}) local x = undefined_name`},
	{"json", `require "cjson" local t = {} t.t = t pcall(cjson.encode, t) local s = ("["):rep(1e5) pcall(cjson.decode, s) while true do pcall(cjson.decode, "[" .. ("1,"):rep(1e5) .. "1]") end`},
	{"patterns", `local s = ("a"):rep(50000) while true do s:find(("a*"):rep(30) .. "b") end`},
	{"lpeg", `require "lpeg" local p = lpeg.P{lpeg.P"a" * lpeg.V(1) * lpeg.V(1) + lpeg.P"a"} while true do pcall(p.match, p, ("a"):rep(1e4)) end`},
	{"buffers", `require "circular_buffer" local t = {} while true do t[#t + 1] = circular_buffer.new(1440, 100, 1) end`},
	{"a buffer's text", `require "circular_buffer" local cb = circular_buffer.new(8000, 100, 1) while true do pcall(add_to_payload, cb) pcall(inject_message, {Fields = {a = cb}}) end`},
	{"filters", `require "bloom_filter" require "cuckoo_filter" require "hyperloglog" pcall(bloom_filter.new, 1e18, 0.01) pcall(cuckoo_filter.new, 1e18) local t = {} while true do t[#t + 1] = hyperloglog.new() end`},
	{"globals with holes", `for i = 1, 1e6 do _G[i * 2^20] = i end`},
	{"a long error", `error(("x"):rep(1e6))`},
}

// TestAttacksAreContained runs each attack beside a filter that goes on with its work.
func TestAttacksAreContained(t *testing.T) {
	bystander := sandboxtest.Filter(t, `n = 0 function process_message() n = n + 1 return 0 end`, nil)
	limit := slowdown * 2 * time.Second
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			for _, kind := range []sandbox.Kind{sandbox.Filter, sandbox.Decoder} {
				body := a.body
				if kind == sandbox.Decoder {
					body = strings.ReplaceAll(body, `, "write_message"}`, "}")
				}
				o := sandboxtest.Options(kind, `require "string" require "math" require "os" function process_message() `+body+` return 0 end`, nil)
				box := sandboxtest.New(t, o)
				runtime.GC()
				began := cputime.Spent()
				var err error
				if kind == sandbox.Filter {
					err = box.TryProcess(full())
				} else {
					_, err = box.DecodeMessage(full())
				}
				took := cputime.Spent() - began
				if took > limit {
					t.Errorf("%s: took %v of the processor", kind, took)
				}
				if m := box.VM().Collect(); m > o.Memory+o.Memory/4 {
					t.Errorf("%s: holds %d bytes", kind, m)
				}
				if strings.Contains(body, "while true") && !strings.Contains(body, "pcall") && err == nil {
					t.Errorf("%s: an endless loop ends by itself", kind)
				}
				if err != nil && strings.Contains(err.Error(), "internal error") {
					t.Errorf("%s: %v", kind, err)
				}
				for _, d := range box.Injected {
					if n := len(d.Encode()); n > sandbox.DefaultOutput+1024 {
						t.Errorf("%s: injected a message of %d bytes", kind, n)
					}
				}
			}
			bystander.Process(full())
		})
	}
}

// TestCallTime: a call that no instruction ends is ended by the clock.
func TestCallTime(t *testing.T) {
	o := sandboxtest.Options(sandbox.Filter, `function process_message() if read_message("Payload") == "hang" then while true do end end return 0 end`, nil)
	o.Instructions, o.CallTime = 0, 30*time.Millisecond
	box := sandboxtest.New(t, o)
	d := message.Draft{Header: message.Header{Payload: "ok"}}
	for range 50 {
		box.Process(d)
		time.Sleep(time.Millisecond) // the timer comes due now and then
	}
	d.Payload = "hang"
	err := box.TryProcess(d)
	if err == nil || !strings.Contains(err.Error(), "call_time exceeded") {
		t.Errorf("%v", err)
	}
	if box.Stopped() == nil || box.Stopped().Limit != "call_time" {
		t.Errorf("stopped by %+v", box.Stopped())
	}
}

// FuzzHost gives the functions of the host what a script makes of the bytes.
func FuzzHost(f *testing.F) {
	f.Add([]byte("Type"), "Fields[a]", 1.0, uint8(0))
	f.Add([]byte("\x0a\x10aaaaaaaaaaaaaaaa\x10\x01"), "Fields[s]", -1.0, uint8(1))
	f.Add([]byte("\x0a\x10aaaaaaaaaaaaaaaa\x10\x01\x52\x05\x0a\x01a\x22\x00"), "Timestamp", 1e300, uint8(2))
	f.Add([]byte("2020-01-02T03:04:05Z"), "Timestamp", 0.0, uint8(3))
	const script = `
		local function all(s, name, n)
			local t = {}
			t[#t + 1] = {read_message, s} t[#t + 1] = {read_message, name, n} t[#t + 1] = {read_message, name, 0, n} t[#t + 1] = {read_message, name, n, n}
			t[#t + 1] = {write_message, name, s} t[#t + 1] = {write_message, name, n, s} t[#t + 1] = {write_message, s, n, s, n} t[#t + 1] = {write_message, name, s, s, 0, n}
			t[#t + 1] = {write_message, name, n > 0, s, n} t[#t + 1] = {write_message, name, nil, "", n, n} t[#t + 1] = {write_message, "Fields[s]", nil, "", 0, n}
			t[#t + 1] = {write_message, name, nil} t[#t + 1] = {write_message, "Fields[" .. s .. "]", s}
			t[#t + 1] = {decode_message, s} t[#t + 1] = {inject_message, s} t[#t + 1] = {inject_message, {Uuid = s, Type = s, Logger = name, Timestamp = n, Severity = n, Pid = s, Payload = n, EnvVersion = s}}
			t[#t + 1] = {inject_message, {Timestamp = s, Fields = {[name] = s, [s] = n, a = {s, name}, b = {n, n}, c = {value = s, value_type = n, representation = name}, d = {value = {n}, value_type = 2}, e = {value = s, value_type = 1}}}}
			t[#t + 1] = {inject_message, {Fields = {{name = s, value = n}, {name = name, value = s, representation = s}, {name = name, value = {true, n > 0}}}}}
			t[#t + 1] = {inject_message, {Fields = {a = {s, n}}}} t[#t + 1] = {inject_message, {Fields = {a = all}}}
			t[#t + 1] = {add_to_payload, s, n, name} t[#t + 1] = {inject_payload, name, s, s} t[#t + 1] = {inject_payload, "", "", s} t[#t + 1] = {inject_payload}
			t[#t + 1] = {read_config, s} t[#t + 1] = {read_next_field} t[#t + 1] = {require, s}
			for _, c in ipairs(t) do if c[1] then pcall(unpack(c)) end end
			for i = 1, 10 do read_next_field() end
		end
		function process_message() all(read_config("s"), read_config("name"), read_config("n")) return 0 end`
	f.Fuzz(func(t *testing.T, s []byte, name string, n float64, kind uint8) {
		for _, k := range []sandbox.Kind{sandbox.Filter, sandbox.Decoder, sandbox.Encoder} {
			o := sandboxtest.Options(k, script, map[string]any{"s": string(s), "name": name, "n": n})
			o.ProcessInject = 100
			box := sandboxtest.New(t, o)
			var err error
			switch {
			case k == sandbox.Filter:
				err = box.TryProcess(full())
			case k == sandbox.Encoder:
				_, err = box.TryEncode(full())
			case kind&1 == 0:
				_, err = box.TryDecode(string(s))
			default:
				_, err = box.DecodeMessage(full())
			}
			if err != nil && strings.Contains(err.Error(), "internal error") {
				t.Fatalf("%s: %v", k, err)
			}
		}
	})
}
