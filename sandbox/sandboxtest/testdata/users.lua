-- Each case is the body of a process_message that must not fail: what scripts of the
-- original ask of the host and its modules. "--- name kind", filter without a kind.

--- readheaders
eq(read_message("Type"), "type") eq(read_message("Uuid"), "00010203-0405-0607-0809-0a0b0c0d0e0f")
eq(read_message("Severity"), 6) eq(read_message("Pid"), 42)
eq(read_message("Fields[s]"), "one") eq(read_message("Fields[s]", 0, 1), "two") eq(read_message("Fields[s]", 1, 0), "again") eq(read_message("Fields[s]", 1, 1), nil)
eq(read_message("Fields[d]", 0.9), 1.5)
eq(read_message("Fields[i]", "0", "1"), -8)
eq(read_message("Type", 5, 5), "type")
eq(select("#", read_message("Fields[none]")), 1)
eq(read_message(5), nil)

--- rawdecode
require "string"
local m = decode_message(read_message("raw"))
eq(#m.Uuid, 16) eq(m.Type, "type") eq(m.Payload, "a\tpayload") eq(m.EnvVersion, "0.8") eq(m.Severity, 6) eq(m.Pid, 42)
eq(m.Fields[1].name, "s") eq(m.Fields[1].value[2], "two") eq(m.Fields[2].value_type, 2) eq(m.Fields[4].value[1], true) eq(m.Fields[5].value[1], "\0\1") eq(m.Fields[5].value_type, 1)

--- rawdecode2
local m = decode_message(read_message("raw"))
inject_message(m)

--- decodeerrors
local ok, e = pcall(decode_message) eq(ok, false)
ok, e = pcall(decode_message, "") eq(ok, false)
ok, e = pcall(decode_message, {}) eq(ok, false)
ok, e = pcall(decode_message, "a", "b") eq(ok, false)
local raw = read_message("raw") require "string"
ok, e = pcall(decode_message, raw:sub(1, -2)) eq(ok, false)
ok, e = pcall(decode_message, raw .. "x") eq(ok, false)
ok, e = pcall(decode_message, ("x"):rep(40)) eq(ok, false)
ok, e = pcall(decode_message, "\10\16" .. ("u"):rep(16)) eq(ok, false)
ok, e = pcall(decode_message, "\10\16" .. ("u"):rep(16) .. "\16\1") eq(ok, true)
eq(e.Timestamp, 1) eq(e.Type, nil) eq(e.Fields, nil) 
ok, e = pcall(decode_message, "\10\15" .. ("u"):rep(15) .. "\16\1") eq(ok, false)
ok, e = pcall(decode_message, "\10\16" .. ("u"):rep(16) .. "\16\1\82\2\16\1") eq(ok, false) -- field without name

--- config
eq(read_config("s"), "str") eq(read_config("i"), 7) eq(read_config("f"), 1.25) eq(read_config("b"), true) eq(read_config("arr"), nil) eq(read_config("zz"), nil)
eq(pcall(read_config, "a", "b"), false)

--- nextfield
local n = 0
while true do local vt, name, v, r, c = read_next_field() if not vt then eq(name, nil) eq(select("#", vt, name, v, r, c), 5) break end n = n + 1 if name == "i" then eq(vt, 2) eq(v, 7) eq(r, "count") eq(c, 2) end if name == "t" then eq(vt, 4) eq(v, true) end end
eq(n, 7) local vt, name = read_next_field() eq(name, "s")

--- writeheaders decoder
write_message("Type", "T2") eq(read_message("Type"), "T2")
write_message("Logger", "L2") eq(read_message("Logger"), "L2")
write_message("Payload", "") eq(read_message("Payload"), "")
write_message("Payload", "p\0q") eq(read_message("Payload"), "p")
write_message("EnvVersion", "1") eq(read_message("EnvVersion"), "1")
write_message("Hostname", "h") eq(read_message("Hostname"), "h")
write_message("Severity", 3) eq(read_message("Severity"), 3)
write_message("Severity", "4") eq(read_message("Severity"), 4)
write_message("Pid", "77") eq(read_message("Pid"), 77)
write_message("Timestamp", 1e18) eq(read_message("Timestamp"), 1e18)
write_message("Timestamp", "1400000000000000000") eq(read_message("Timestamp"), 1.4e18)
write_message("Timestamp", "Mon Jan  2 15:04:05 2006") eq(read_message("Timestamp"), 1136214245e9)
write_message("Timestamp", "Mon Jan  2 15:04:05 UTC 2006") eq(read_message("Timestamp"), 1136214245e9)
write_message("Timestamp", "2006-01-02T15:04:05.5Z") eq(read_message("Timestamp"), 1136214245.5e9)
write_message("Timestamp", "02 Jan 06 15:04 UTC") eq(read_message("Timestamp"), 1136214240e9)
write_message("Timestamp", "Monday, 02-Jan-06 15:04:05 UTC") eq(read_message("Timestamp"), 1136214245e9)
write_message("Timestamp", "Mon, 02 Jan 2006 15:04:05 -0700") eq(read_message("Timestamp"), 1136214245e9 + 7*3600e9)
write_message("Uuid", "11111111-2222-3333-4444-555555555555") eq(read_message("Uuid"), "11111111-2222-3333-4444-555555555555")
eq(pcall(write_message, "Timestamp", "yesterday"), false)
eq(pcall(write_message, "Severity", "abc"), false)
eq(pcall(write_message, "Severity", true), false)
eq(pcall(write_message, "Uuid", "abc"), false)
eq(pcall(write_message, "Type", true), false)
local ok, e = pcall(write_message, "Type", 5) eq(read_message("Type"), "T2")

--- writefields decoder
write_message("Fields[n]", 5, "km") eq(read_message("Fields[n]"), 5)
write_message("Fields[n]", 6) eq(read_message("Fields[n]"), 6)
write_message("Fields[n]", 7, "km", 0, 1) eq(read_message("Fields[n]", 0, 1), 7)
write_message("Fields[n]", 8, "km", 1) eq(read_message("Fields[n]", 1), 8)
eq(pcall(write_message, "Fields[n]", 8, "km", 3), false)
eq(pcall(write_message, "Fields[n]", 8, "km", 2, 1), false)
eq(pcall(write_message, "Fields[n]", 8, "km", 0, 3), false)
eq(pcall(write_message, "Fields[n]", "x"), false)
eq(pcall(write_message, "Fields[i]", 1), false)
eq(pcall(write_message, "Fields[b]", "1"), false)
write_message("Fields[bb]", true) eq(read_message("Fields[bb]"), true)
write_message("Fields[bb]", false) eq(read_message("Fields[bb]"), false)
write_message("Fields[n]", nil, "", 0, 0) eq(read_message("Fields[n]"), 7) eq(read_message("Fields[n]", 0, 1), nil)
write_message("Fields[n]", nil, "", 0) eq(read_message("Fields[n]"), 8)
write_message("Fields[n]", nil) eq(read_message("Fields[n]"), nil)
write_message("Fields[n]", nil)
eq(pcall(write_message, "Fields[s]", nil, "", 5), false)

--- writefields2 encoder
write_message("Fields[n]", 5, "km") eq(read_message("Fields[n]"), 5)
write_message("Type", "other") eq(read_message("Type"), "other")
write_message("Fields[s]", "ONE") eq(read_message("Fields[s]"), "ONE") eq(read_message("Fields[s]",0,1), "two")

--- nilglobals_filter
eq(write_message, nil) eq(print, nil) eq(load, nil) eq(dofile, nil) eq(package, nil) eq(debug, nil) eq(collectgarbage, nil) eq(coroutine, nil) eq(newproxy, nil)
eq(io, nil) eq(string, nil) eq(table, nil) eq(os, nil) eq(cjson, nil) eq(lpeg, nil)
require "os" eq(type(os), "table") eq(os.exit, nil) eq(os.getenv, nil) eq(os.tmpname, nil) eq(os.setlocale, nil)
eq(pcall(require, "io"), false) eq(pcall(require, "debug"), false) eq(pcall(require, "package"), false) eq(pcall(require, "coroutine"), false)

--- nilglobals_decoder decoder
eq(type(write_message), "function") eq(type(inject_payload), "function") eq(type(inject_message), "function") eq(type(add_to_payload), "function")

--- nilglobals_output output
eq(write_message, nil) eq(inject_payload, nil) eq(inject_message, nil) eq(add_to_payload, nil) eq(type(read_message), "function") eq(type(read_next_field), "function")
eq(print, nil) eq(load, nil) eq(loadstring, nil) eq(type(collectgarbage), "function") eq(type(coroutine), "table")
require "io" eq(type(io.open), "function") require "os" eq(type(os.getenv), "function") eq(os.exit, nil) eq(os.setlocale, nil)

--- missingmodule
local ok, e = pcall(require, "no_such_thing") eq(ok, false) require "string"
assert(e:find("module 'no_such_thing' not found", 1, true), e) assert(e:find("no_such_thing.lua", 1, true), e) assert(e:find("no_such_thing.so", 1, true), e)

--- requirereturns
local s = require "string" eq(s, string) local c = require "cjson" eq(c, cjson) local l = require "lpeg" eq(l, lpeg) eq(require "lpeg", l)
local cb = require "circular_buffer" eq(cb, circular_buffer) 
local st = require "struct" eq(st, struct)
local dt = require "date_time" eq(date_time, nil)

--- cjson
require "cjson" require "string"
local t = cjson.decode('{"a":1,"b":null,"c":[1,null,3],"d":{"e":"x"},"f":true,"g":1.5e3}')
eq(t.a, 1) eq(t.b, nil) eq(t.c[1], 1) eq(t.d.e, "x") eq(t.f, true) eq(t.g, 1500)
eq(t.c[2], nil) 
cjson.decode_null(true) t = cjson.decode('{"b":null}') eq(t.b, cjson.null) eq(type(t.b), "userdata")
eq(cjson.encode({1,2,3}), "[1,2,3]") eq(cjson.encode({a="x/y"}), '{"a":"x\\/y"}') eq(cjson.encode({}), "{}")
eq(cjson.encode(1/3), "0.33333333333333") eq(cjson.encode("\1\n\t\"\\"), '"\\u0001\\n\\t\\"\\\\"') eq(cjson.encode(true), "true") eq(cjson.encode(nil), "null")
eq(cjson.new, nil) eq(cjson.encode_keep_buffer, nil)
eq(pcall(cjson.encode, {[1]=1,[1000]=2}), false) eq(pcall(cjson.encode, function() end), false) eq(pcall(cjson.encode, 0/0), false)
local ok, e = pcall(cjson.decode, "{bad") eq(ok, false)
ok, e = pcall(cjson.decode, '{"a":1') eq(ok, false)
eq(cjson.encode({[1]=1,[2]=2,[4]=4}), "[1,2,null,4]")
eq(cjson.encode({[1]=1,x=2}):sub(1,1), "{")
cjson.encode_sparse_array(true) eq(cjson.encode({[1000]=2}), '{"1000":2}')
cjson.encode_number_precision(3) eq(cjson.encode(1/3), "0.333")
eq(cjson.decode('"\\u00e9\\ud83d\\ude00"'), "\195\169\240\159\152\128")
eq(cjson.decode("[1,2,3]")[3], 3)

--- struct
require "struct" require "string"
eq(struct.pack(">I2", 258), "\1\2") eq(struct.pack("<I4", 1), "\1\0\0\0") local a, b, pos = struct.unpack(">I2I2", "\0\1\0\2") eq(a, 1) eq(b, 2) eq(pos, 5)
eq(struct.size("I4I4"), 8) eq(struct.pack("s", "abc"), "abc\0") eq(struct.unpack("s", "abc\0def"), "abc") eq(struct.pack("c3", "abcdef"), "abc")
eq(struct.unpack("<d", struct.pack("<d", 1.5)), 1.5) eq(struct.unpack("<f", struct.pack("<f", 0.5)), 0.5) eq(struct.unpack("b", "\255"), -1) eq(struct.unpack("B", "\255"), 255)
eq(pcall(struct.unpack, "I4", "ab"), false)
eq(struct.unpack("Bc0", "\3abcd"), "abc")

--- bloom
require "bloom_filter" local bf = bloom_filter.new(1000, 0.01)
eq(bf:count(), 0) eq(bf:add("a"), true) eq(bf:add("a"), false) eq(bf:query("a"), true) eq(bf:query("b"), false) eq(bf:add(5), true) eq(bf:query(5), true) eq(bf:count(), 2) bf:clear() eq(bf:count(), 0) eq(bf:query("a"), false)
eq(pcall(bloom_filter.new), false) eq(pcall(bloom_filter.new, 1, 0.01), false) eq(pcall(bloom_filter.new, 10, 0), false) eq(pcall(bloom_filter.new, 10, 1), false) eq(pcall(bf.add, bf, {}), false) eq(pcall(bf.add, bf), false)

--- hll
require "hyperloglog" local h = hyperloglog.new() eq(h:count(), 0) eq(h:add("a"), true) eq(h:add("a"), false) eq(h:count(), 1)
for i = 1, 10000 do h:add(i) end local c = h:count() assert(math.abs(c - 10000) < 300, c) h:clear() eq(h:count(), 0)
local h2 = hyperloglog.new() h2:add("x") h:add("y") eq(h:count(), 1) eq(hyperloglog.count and 2 or 2, 2)
eq(pcall(h.add, h, nil), false) eq(pcall(h.add, h, true), false)

--- cuckoo
require "cuckoo_filter" local cf = cuckoo_filter.new(1000) eq(cf:add("a"), true) eq(cf:query("a"), true) eq(cf:query("b"), false) eq(cf:add("a"), false) eq(cf:count(), 1) eq(cf:delete("a"), true) eq(cf:delete("a"), false) eq(cf:count(), 0) cf:add(1.5) eq(cf:query(1.5), true) cf:clear() eq(cf:count(), 0)

--- cbuf
require "circular_buffer" require "string" local cb = circular_buffer.new(3, 3, 1)
eq(cb:set_header(1, "Add column"), 1) eq(cb:set_header(2, "Set column", "count"), 2) eq(cb:set_header(3, "Get column", "count", "sum"), 3)
eq(cb:add(0, 1, 1), 1) eq(cb:set(0, 2, 1), 1) eq(cb:get(0, 1), 1) cb:set(0, 3, 1)
cb:add(1e9,1,1) cb:add(1e9,1,1) cb:set(1e9,2,1) cb:set(1e9, 3, cb:get(1e9,1)) cb:add(2e9,1,3) cb:set(2e9,2,1) cb:set(2e9,3,3)
add_to_payload(cb:format("cbuf")) inject_payload("cbuf", "x")
local r, c, s = cb:get_configuration() eq(r, 3) eq(c, 3) eq(s, 1)
local n, u, a = cb:get_header(1) eq(n, "Add_column") eq(u, "count") eq(a, "sum")
eq(cb:current_time(), 2e9)
eq(cb:compute("sum", 1), 6) local v, rows = cb:compute("avg", 1, 0, 1e9) eq(v, 1.5) eq(rows, 2) eq(cb:compute("max", 1), 3) eq(cb:compute("min", 1), 1) near(cb:compute("sd", 1), math.sqrt(2/3)) near(cb:compute("variance", 1), 2/3)
local rng = cb:get_range(1) eq(#rng, 3) eq(rng[3], 3) rng = cb:get_range(1, 1e9, 2e9) eq(#rng, 2) eq(cb:get_range(1, 5e9, 6e9), nil)
eq(cb:get(10e9, 1), nil) cb:add(4e9, 1, 1) eq(cb:get(0,1), nil) eq(cb:get(3e9,1), 0/0) eq(cb:add(0, 1, 5), nil)
for _, f in ipairs{function() cb:add(0, 0, 1) end, function() cb:add(0, 4, 1) end, function() circular_buffer.new(1, 1, 1) end, function() circular_buffer.new(2, 0, 1) end, function() circular_buffer.new(2, 1, 0) end, function() circular_buffer.new(2, 1) end, function() cb:compute("func", 1) end, function() cb:compute("sum", 1, 2e9, 1e9) end, function() cb:set_header(1, "x", "y", "bad") end, function() cb:format("x") end, function() cb:set_header(4, "x") end, function() cb:add(0, 1) end, function() cb:add(0, 1, nil) end, function() cb:get() end, function() circular_buffer.new(2, 257, 1) end, function() cb:format() end, function() cb:get_range(0) end, function() cb:get_header(0) end} do eq(pcall(f), false, "case " .. _) end

--- cbufmww
require "circular_buffer" local cb = circular_buffer.new(40, 1, 1)
for i = 0, 39 do cb:set(i*1e9, 1, i) end
local u, p = cb:mannwhitneyu(1, 0, 19e9, 20e9, 39e9) eq(u, 0) near(p, 3.35e-8) 
u, p = cb:mannwhitneyu(1, 0, 19e9, 20e9, 39e9, false) 
eq(pcall(cb.mannwhitneyu, cb, 1, 0, 20e9, 20e9, 39e9), false)
eq(cb:mannwhitneyu(1, 100e9, 120e9, 130e9, 150e9), nil)

--- lpeg
require "lpeg" local l = lpeg local p = l.Ct(l.Cg(l.C(l.R"09"^1) / tonumber, "n") * l.P"," * l.Cg(l.C(l.P(1)^0), "rest"))
local t = p:match("123,abc") eq(t.n, 123) eq(t.rest, "abc") eq(p:match("x"), nil)
eq(l.match(l.P"a"^-3, "aaaaa"), 4) eq(l.match(l.Cs((l.P"a"/"b" + 1)^0), "banana"), "bbnbnb")
local g = l.P{"S", S = l.P"(" * l.V"S"^0 * l.P")"} eq(g:match("(()())"), 7)
eq(l.match(l.Cmt(l.P"ab", function(s, i, c) return i, c .. "!" end), "ab"), "ab!") eq(l.match(l.B"a" * "b", "ab", 2), 3) eq(l.match(l.Cf(l.Cc(0) * (l.R"09"/tonumber * l.P","^-1)^1, function(a,b) return a+b end), "1,2,3"), 6)
l.setmaxstack(500) local loc = l.locale() eq(loc.digit:match("1"), 2) eq(l.type(p), "pattern")
eq(l.match(l.Cb and l.Cg("x", "n") * l.Cb"n", "x"), "x") eq(l.match(l.Carg(1), "", 1, "arg"), "arg") eq(l.match(l.Cp() * "a" * l.Cp(), "a"), 1)
local re = require "re" eq(re.match("foo bar", "{%a+}"), "foo") eq(re.gsub("hello", "[aeiou]", "."), "h.ll.") eq(re.find("hello", "'l'"), 3)
eq(select(1, (l.P"a" - l.P"b"):match("a")), 2) eq((#l.P"a"):match("a"), 1) eq((-l.P"a"):match("b"), 1)

--- gsubetc
require "string" eq(string.format("%5.2f|%-5s|%03d|%x|%q", 1.5, "a", 7, 255, 'a"b'), ' 1.50|a    |007|ff|"a\\"b"') eq(("hello"):gsub("l", "L"), "heLLo") eq(string.rep("ab", 3), "ababab") eq(("k=v"):match("(%w+)=(%w+)"), "k")

--- dt1
local dt = require "date_time" require "lpeg" require "string"
local t = dt.rfc3339:match("1999-05-05T23:23:59.217-07:00") eq(t.year, "1999") eq(t.month, "05") eq(t.sec_frac, 0.217) near(dt.time_to_ns(t) / 1e9, 925971839.217)
eq(t.offset_sign, "-") eq(t.offset_hour, "07") eq(t.offset_min, "00")
t = dt.rfc3339:match("1985-04-12T23:20:50.52Z") near(dt.time_to_ns(t) / 1e9, (482196050520000000) / 1e9)
t = dt.rfc3339:match("1996-12-19T16:39:57-08:00") near(dt.time_to_ns(t) / 1e9, (851042397000000000) / 1e9)
t = dt.clf_timestamp:match("10/Feb/2014:08:46:41 -0800") near(dt.time_to_ns(t) / 1e9, (1392050801000000000) / 1e9)
t = dt.rfc3164_timestamp:match("Feb 10 16:46:36") eq(t.month, "02") eq(t.day, "10") eq(t.min, "46")
t = dt.rfc3164_timestamp:match("Feb  3 16:46:36") eq(tonumber(t.day), 3)
eq(dt.rfc3339:match("x"), nil)
t = dt.mysql_timestamp:match("20140210084641") near(dt.time_to_ns(t) / 1e9, (1392022001000000000) / 1e9)
t = dt.pgsql_timestamp:match("2014-02-10 08:46:41.123") near(dt.time_to_ns(t) / 1e9, (1392022001123000000) / 1e9)
eq(dt.seconds_to_ns("1.5"), 1.5e9)
local g = dt.build_strftime_grammar("%Y-%m-%d %H:%M:%S") t = g:match("2014-02-10 08:46:41") near(dt.time_to_ns(t) / 1e9, (1392022001e9) / 1e9)
g = dt.build_strftime_grammar("%d/%b/%Y:%H:%M:%S %z") near(dt.time_to_ns(g:match("10/Feb/2014:08:46:41 -0800")) / 1e9, (1392050801e9) / 1e9)
g = dt.build_strftime_grammar("%D %r") eq(dt.time_to_ns(g:match("02/10/14 08:46:41 PM")), 1392022001e9 + 12*3600e9)
g = dt.build_strftime_grammar("%s") near(dt.time_to_ns(g:match("1392050801")) / 1e9, (1392050801e9) / 1e9)
g = dt.build_strftime_grammar("%A, %B %e %Y%n%R%t%%") assert(g:match("Monday, February 10 2014\n08:46\t%"))
g = dt.build_strftime_grammar("%a %b %d %I:%M:%S %p %Z %Y") near(dt.time_to_ns(g:match("Mon Feb 10 12:00:00 AM PST 2014")) / 1e9, (1392019200e9) / 1e9)
g = dt.build_strftime_grammar("%FT%TZ") near(dt.time_to_ns(g:match("2014-02-10T08:46:41Z")) / 1e9, (1392022001e9) / 1e9)
g = dt.build_strftime_grammar("%c") assert(g:match("Mon Feb 10 08:46:41 2014"))
eq(pcall(dt.build_strftime_grammar, "%Q"), false)

--- ip
local ip = require "ip_address" require "lpeg"
local function full(g, s) local t = (lpeg.P(g) * -1):match(s) return t ~= nil end
for _, s in ipairs{"127.0.0.1", "255.255.255.255", "0.0.0.0"} do eq(full(ip.v4, s), true, s) end
for _, s in ipairs{"256.0.0.1", "1.2.3", "1.2.3.4.5", "a"} do eq(full(ip.v4, s), false, s) end
for _, s in ipairs{"::1", "::", "fe80::1", "1:2:3:4:5:6:7:8", "2001:db8::17", "::ffff:1.2.3.4", "1::8", "1:2:3:4:5:6:7::"} do eq(full(ip.v6, s), true, s) end
for _, s in ipairs{"1:2:3:4:5:6:7:8:9", ":::", "g::1", "12345::"} do eq(full(ip.v6, s), false, s) end

--- clfnginx
local clf = require "common_log_format"
local g = clf.build_nginx_grammar('$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"')
local t = g:match('127.0.0.1 - - [10/Feb/2014:08:46:41 -0800] "GET / HTTP/1.1" 304 0 "-" "Mozilla/5.0 (X11; Linux x86_64) \\"q\\" Chrome/30"')
eq(t.time, 1392050801e9) eq(t.remote_addr.value, "127.0.0.1") eq(t.remote_addr.representation, "ipv4") eq(t.status, 304) eq(t.body_bytes_sent.value, 0) eq(t.body_bytes_sent.representation, "B") eq(t.request, "GET / HTTP/1.1") eq(t.http_user_agent, 'Mozilla/5.0 (X11; Linux x86_64) \\"q\\" Chrome/30')
g = clf.build_nginx_grammar("$msec $request_time $connection $host $pipe $scheme $request_method $server_protocol $uri")
t = g:match("1391794831.755 0.100 5 example.com . https GET HTTP/1.1 /a/b") eq(t.time, 1391794831755000000) eq(t.request_time.value, 0.1) eq(t.request_time.representation, "s") eq(t.connection, 5) eq(t.host.representation, "hostname") eq(t.uri, "/a/b") eq(t.scheme, "https")
g = clf.build_nginx_grammar("$time_iso8601 $upstream_addr $upstream_status $upstream_response_time $upstream_response_length $upstream_cache_status")
t = g:match("2014-02-10T08:46:41-08:00 1.2.3.4:80, 1.2.3.5:80 200, - 0.1, - 5, 6 HIT") eq(t.upstream_addr[2], "1.2.3.5:80") eq(t.upstream_status[1], 200) eq(t.upstream_status[2], 0) eq(t.upstream_response_time.value[2], 0) eq(t.upstream_response_length.value[2], 6) eq(t.upstream_cache_status, "HIT")
t = clf.nginx_error_grammar:match('2014/02/10 08:46:41 [crit] 1#2: *3 msg') eq(t.Severity, 2) eq(t.Pid, 1) eq(t.Fields.tid, 2) eq(t.Fields.connection, 3) eq(t.Payload, "msg") eq(t.Timestamp, 1392022001e9)
local b, v, o = clf.normalize_user_agent("Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.107 Safari/537.36") eq(b, "Chrome") eq(v, 32) eq(o, "Windows 7")
b, v, o = clf.normalize_user_agent("curl/7.1") eq(b, nil) eq(v, nil) eq(o, nil)
b, v, o = clf.normalize_user_agent("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9) AppleWebKit/537 (KHTML, like Gecko) Version/7.0 Safari/537.71") eq(b, "Safari") eq(v, 537) eq(o, "Macintosh")
b, v, o = clf.normalize_user_agent("Opera/9.80 (Windows NT 6.0) Presto/2.12.388 Version/12.14") eq(b, "Opera") eq(v, 12)  eq(o, "Windows Vista")
b, v, o = clf.normalize_user_agent("Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 10.0)") eq(b, "MSIE") eq(v, 10) eq(o, "Windows 10")

--- clfapache
local clf = require "common_log_format"
local g = clf.build_apache_grammar('%h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\"')
local t = g:match('127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 2326 "http://x/" "M"') eq(t.time, 971211336e9) eq(t.remote_addr.value, "127.0.0.1") eq(t.remote_user, "frank") eq(t.request, "GET /a HTTP/1.0") eq(t.status, 200) eq(t.response_length.value, 2326) eq(t.http_referer, "http://x/") eq(t.http_user_agent, "M")
g = clf.build_apache_grammar('%v:%p %b %D %T %X %P %k %m %H %{x}C') t = g:match("www.x.org:443 - 1500 2 + 99 3 GET HTTP/1.1 ck") eq(t.body_bytes_sent.value, 0) eq(t.server_port, 443) eq(t.request_time.value ~= nil, true) eq(t.connection_status, "+") eq(t.pid, 99) eq(t.connection_requests, 3) eq(t.cookie_x, "ck")
eq(pcall(clf.build_apache_grammar, "%y"), false)

--- syslog
local syslog = require "syslog"
local g = syslog.build_rsyslog_grammar("<%PRI%>%TIMESTAMP% %HOSTNAME% %syslogtag%%msg:::sp-if-no-1st-sp%%msg:::drop-last-lf%\n")
local t = g:match("<13>Feb 10 16:46:36 host app[5]: hello\n") eq(t.pri.facility, 1) eq(t.pri.severity, 5) eq(t.hostname.value or t.hostname, "host") eq(t.syslogtag.programname, "app") eq(t.syslogtag.pid, 5) eq(t.msg, "hello")
g = syslog.build_rsyslog_grammar("%timegenerated:::date-rfc3339% %syslogseverity-text% %syslogfacility-text% %fromhost-ip% %app-name% %procid% %msgid% %rawmsg%")
t = g:match("2014-02-10T08:46:41Z warning local3 10.0.0.1 app 5 m all the rest") eq(t["syslogseverity-text"], 4) eq(t["syslogfacility-text"], 19)
eq(pcall(syslog.build_rsyslog_grammar, "%nope%"), false)
eq(type(syslog.severity), "userdata") eq(syslog.severity:match("err"), 3)

--- mysql
local m = require "mysql"
local log = "# User@Host: syncrw[syncrw] @  [127.0.0.1]\n# Query_time: 2.964652  Lock_time: 0.000050 Rows_sent: 251  Rows_examined: 9773\nuse widget;\nSET last_insert_id=999,insert_id=1000,timestamp=1399500744;\nSELECT *\nFROM widget\nWHERE id = 10;\n"
local t = m.slow_query_grammar:match(log) assert(t) eq(t.Timestamp, "1399500744000000000") eq(t.Payload:sub(1,6), "SELECT") eq(t.Hostname, "127.0.0.1")
eq(t.Fields.Query_time.value, 2.964652) eq(t.Fields.Query_time.representation, "s") eq(t.Fields.Rows_sent, 251) 

--- sfl4j
local s = require "sfl4j" local t = s.logevent_grammar:match("ERROR [2014-11-21 16:35:59,501] com.domain.client.jobs.OutgoingQueue: Error handling output file\n! java.lang.X: boo\n! at a.b(c.java:5)\n") assert(t) eq(t.severity, 3) eq(t.class, "com.domain.client.jobs.OutgoingQueue") eq(t.timestamp, 1416587759501000000)

--- syslogmsg
local sm = require "syslog_message" require "string"
local g = sm.get_prog_grammar("sshd") local t = g:match("Accepted publickey for foo from 192.168.1.1 port 4567 ssh2") eq(t.sshd_authmsg, "Accepted") eq(t.sshd_method, "publickey") eq(t.remote_user, "foo") eq(t.remote_addr.value or t.remote_addr, "192.168.1.1")
g = sm.get_prog_grammar("sudo") t = g:match("    foo : TTY=pts/1 ; PWD=/home/foo ; USER=root ; COMMAND=/bin/ls") eq(t.sudo_user, "root") eq(t.sudo_command, "/bin/ls")
g = sm.get_prog_grammar("CRON") t = g:match("(root) CMD (run-parts /etc/cron.hourly)") eq(t.cron_username, "root") eq(t.cron_event, "CMD") eq(t.cron_detail, "run-parts /etc/cron.hourly")
g = sm.get_wildcard_grammar("PAM") t = g:match("pam_unix(sshd:session): session opened for user foo by (uid=0)") eq(t.pam_module, "pam_unix") eq(t.user_name, "foo")
eq(sm.get_prog_grammar("nonesuch"), nil)

--- postfix
local p = require "postfix" local t = p.postfix_match("postfix/smtp", "7F5B2A0B5E: to=<a@b.c>, relay=mx.b.c[1.2.3.4]:25, delay=1.2, delays=0.1/0/0.5/0.6, dsn=2.0.0, status=sent (250 ok)", true) assert(t) eq(t.postfix_queueid, "7F5B2A0B5E") eq(t.postfix_status, "sent")
t = p.postfix_match("postfix/qmgr", "7F5B2A0B5E: from=<x@y.z>, size=500, nrcpt=1 (queue active)", true) eq(t.postfix_from, "x@y.z")
eq(p.postfix_match("nothing", "x", true), nil)

--- util
local u = require "util" local f = {} u.table_to_fields({a = 1, b = {c = "x", d = {e = true}}}, f, nil, ".", nil)
eq(f.a, 1) eq(f["b.c"], "x") eq(f["b.d.e"], true)

--- cbufd
local c = require "cbufd" local t = c.grammar:match('{"time":0,"rows":2,"columns":2,"seconds_per_row":60,"column_info":[{"name":"a","unit":"count","aggregation":"sum"},{"name":"b","unit":"count","aggregation":"max"}]}\n1379660520\t12075\tnan\n1379660580\t1.5\t-2\n') assert(t) assert(t.header) eq(t[1].time, 1379660520e9) eq(t[1][1], 12075) eq(t[1][2], 0/0) eq(t[2][2], -2)

--- interp
local mi = require "msg_interpolate" eq(mi.interpolate_from_msg("%{Type}-%{Hostname}-%{Pid}-%{Logger}-%{EnvVersion}-%{Severity}", 0), "type-web1-42-logger-0.8-6") eq(mi.interpolate_from_msg("%{UUID}"), "00010203-0405-0607-0809-0a0b0c0d0e0f") eq(mi.interpolate_from_msg("x%{s}y%{t}z%{i}"), "xoneytruez7") eq(mi.interpolate_from_msg("heka-%{%Y.%m.%d}", 1392022001), "heka-2014.02.10") eq(mi.interpolate_from_msg("%{nothing}"), "%{nothing}") eq(mi.interpolate_from_msg("plain"), "plain")

--- es
local es = require "elasticsearch" local s = es.bulkapi_index_json("idx-%{Type}-%{%Y}", "t", "id1", 1392022001e9) require "cjson" local t = cjson.decode(s) eq(t.index._index, "idx-type-2014") eq(t.index._type, "t") eq(t.index._id, "id1")
s = es.bulkapi_index_json("I", "t", nil, 0) eq(cjson.decode(s).index._id, nil)

--- alert
local a = require "alert" a.set_throttle(10e9) eq(a.throttled(50e9), false) eq(a.send(20e9, "boo"), true) eq(a.throttled(25e9), true) eq(a.throttled(30e9), true) eq(a.throttled(30e9+1), false) eq(a.throttled(1), true) eq(a.throttled(0), false) eq(a.send(25e9, "x"), false) eq(a.send(100e9, ""), false) eq(a.queue(100e9, ""), false) eq(a.queue(100e9, "q"), true)

--- annotation
local an = require "annotation" an.add("n", 1e9, 1, "A", "text") an.add("n", 2e9, 2, "B", "t2") require "cjson" local s = an.prune("n", 5e9) eq(s:sub(-1), "\n") local t = cjson.decode(s) eq(#t.annotations, 2) eq(t.annotations[1].x, 1000) eq(t.annotations[1].shortText, "A") eq(an.prune("unknown", 1), nil)
an.set_prune("n", 1e9) s = an.prune("n", 2.5e9) t = cjson.decode(s) eq(#t.annotations, 1) local c = an.create(3e9, 1, "C", "c") eq(c.x, 3000) eq(c.col, 1) an.concat("n", {c}) t = cjson.decode(an.prune("n", 2.5e9)) eq(#t.annotations, 2) an.remove("n")

--- anomaly
local an = require "anomaly" eq(an.parse_config(nil), nil)
local c = an.parse_config('roc("Output1", 1, 15, 0, 2, true, false) mww("Output1", 2, 60, 10, 0.0001, decreasing)mww_nonparametric("O""2", 2, 60, 10, 0.55)') eq(#c.Output1, 2) assert(c['O"2'])
for _, s in ipairs{"roc(1)", "bogus", 'roc("a", 1, 2, 3)', 'mww("a", 1, 2, 3, 0.1, sideways)', 'mww_nonparametric("a", 1, 2, 3, 1.5)'} do local ok, e = pcall(an.parse_config, s) eq(ok, false, s) assert(e:find("could not parse the anomaly_config", 1, true), e) end
require "string" require "circular_buffer"
local cb = circular_buffer.new(100, 1, 1) for i = 0, 98 do cb:set(i*1e9, 1, 10 + i % 3) end cb:set(97e9, 1, 9999) cb:set(98e9, 1, 9999)
local cfg = an.parse_config('roc("X", 1, 2, 0, 2, false, false)')
local msg, ann = an.detect(99e9, "X", cb, cfg) assert(msg, "no anomaly") assert(msg:find("X - algorithm: roc col: 1 msg: detected anomaly, standard deviation exceeds 2", 1, true), msg) assert(#ann >= 1)

--- fieldutil
local fu = require "field_util" local b = fu.field_map("**all_base** x") eq(b.Type, true) eq(b.Payload ~= nil or b.Payload == nil, true) eq(fu.message_timestamp("ms"), 1500000000123) eq(fu.message_timestamp("s"), 1500000000)

--- graphite
local g = require "graphite" eq(g.ns_to_sec(1.5e9), 1) assert(g.count_rate("b", 10, 10, 5))

--- bind
local b = require "bind" local t = b.query_log_grammar:match("27-May-2015 21:06:49.246 queries: info: client 10.0.1.70#41242 (webserver.company.com): query: webserver.company.com IN A +E (10.0.1.71)") assert(t)

--- rep2m
require "string" local s = string.rep("x", 2e6) eq(#s, 2e6)

--- rep4m
require "string" local s = string.rep("x", 3.5e6) eq(#s, 3.5e6)

--- gsubbig
require "string" local s = string.rep("x", 1e5) local r, n = s:gsub("x", "yy") eq(n, 1e5)

--- findbig
require "string" local s = string.rep("x", 1e6) eq(s:find("y", 1, true), nil)

--- concat
require "table" local t = {} for i = 1, 20000 do t[i] = "line " .. i end local s = table.concat(t, "\n") assert(#s > 100000)

--- sort
require "table" local t = {} for i = 1, 10000 do t[i] = (i * 7919) % 10007 end table.sort(t) eq(t[1] <= t[2], true)

--- lpegbig
require "lpeg" require "string" local s = string.rep("ab ", 20000) local n = lpeg.Ct((lpeg.C(lpeg.R"az"^1) * " ")^0):match(s) eq(#n, 20000)

--- cjsonbig
require "cjson" local t = {} for i = 1, 5000 do t[i] = i end local s = cjson.encode(t) eq(#cjson.decode(s), 5000)
