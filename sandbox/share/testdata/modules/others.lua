require "string"
require "lpeg"

local function check(got, want, what)
    if got ~= want then error((what or "") .. ": " .. tostring(got) .. ", want " .. tostring(want), 2) end
end

local function cbufd()
    local grammar = require("cbufd").grammar
    local t = lpeg.match(grammar, "header\n1\t2\t3\n2\tnan\t-4\n3\t-4.56\t1e+17\n4\tinf\t-inf\n")
    check(t.header, "header") check(#t, 4)
    check(t[1].time, 1e9) check(t[1][1], 2) check(t[1][2], 3)
    check(t[2][1] ~= t[2][1], true) check(t[2][2], -4)
    check(t[3].time, 3e9) check(t[3][1], -4.56) check(t[3][2], 1e17)
    check(t[4][1], 1/0) check(t[4][2], -1/0)
    for _, bad in ipairs {"", "header", "header\n", "header\n1\n", "header\n1\t2", "header\n1\tx\n", "header\nx\t1\n"} do
        check(grammar:match(bad), nil, bad)
    end
end

local function elasticsearch()
    local line = require("elasticsearch").bulkapi_index_json
    check(line("index", "type_name", "id"), '{"index":{"_index":"index","_type":"type_name","_id":"id"}}')
    check(line("index"), '{"index":{"_index":"index"}}')
    check(line(), '{"index":{}}')
    check(line("index-%{Logger}", "%{Type}"), '{"index":{"_index":"index-GoSpec","_type":"TEST"}}')
    check(line("%{foo}-%{Payload}-%{double}-%{no}-%{missing}"), '{"index":{"_index":"bar-%{Payload}-99.9-false-%{missing}"}}')
    check(line("%{%b %d, %Y}", nil, nil, 512345678900000000), '{"index":{"_index":"Mar 27, 1986"}}')
    check(line("%{date:%Y}"), '{"index":{"_index":"date:2026"}}')
    check(line('"%{}'), '{"index":{"_index":"\\"%{}"}}')
end

local function msg_interpolate()
    local fill = require("msg_interpolate").interpolate_from_msg
    check(fill("plain %Y"), "plain %Y") check(fill("%{"), "%{") check(fill("%{*t}%{!%Y}%{%}"), "%{*t}%{!%Y}%{%}")
    check(fill("%{UUID}"), "8e414f01-9d7f-4a48-a5e1-ae92e5954df5")
    check(fill("%{Hostname} %{Pid} %{Severity} [%{EnvVersion}]"), "web1 7 6 []")
    check(fill("%{int} %{double} %{foo}"), "999 99.9 bar")
    check(fill("%{%Y.%m.%d}", 1434932024.9), "2015.06.22") check(fill("%{%Y}"), "2026")
end

local function field_util()
    local u = require "field_util"
    local f, base, all = u.field_map("a  b **all_base**")
    check(f.a and f.b and f.Pid and f.Payload, true) check(base, true) check(all, false)
    f, base, all = u.field_map("x **all**")
    check(f.x and f.Type, true) check(base, false) check(all, true)
    f, base = u.field_map(nil)
    check(f.Type, true) check(base, true)
    f, base = u.field_map("x")
    check(f.Type, nil) check(base, false)
    local used = u.used_base_fields({Pid = true, x = true})
    check(used.Pid, nil) check(used.Type, true) check(used.x, nil)
    check(u.message_timestamp("s"), 10) check(u.message_timestamp(), 10500) check(u.message_timestamp("m"), 0)
    check(u.field_interp("%{foo}"), "bar") check(u.base_fields_tag_list.Logger, true)
end

local function graphite()
    local g = require "graphite"
    check(g.ns_to_sec(1.9e9), 1)
    check(g.count_rate("b", 20, 10, 5), "stats.counters.b.count 20 5\nstats.counters.b.rate 2.000000 5\n")
    check(g.multi_counts_rates({y = 1, x = 2}, 1, 5), g.count_rate("x", 2, 1, 5) .. g.count_rate("y", 1, 1, 5))
    local t = {3, 1, 2, 10}
    local want = "stats.timers.t.count 4 5\nstats.timers.t.count_ps 2.000000 5\nstats.timers.t.lower 1.000000 5\nstats.timers.t.upper 10.000000 5\n" ..
        "stats.timers.t.sum 16.000000 5\nstats.timers.t.mean 4.000000 5\nstats.timers.t.mean_75 2.000000 5\nstats.timers.t.upper_75 3.000000 5\n"
    check(g.timeseries_metrics("t", t, 2, 75, 5), want)
    check(t[1], 3, "the values given keep their order")
    check(g.multi_timeseries_metrics({t = t}, 2, 75, 5), want)
    check(string.match(g.timeseries_metrics("t", {}, 2, 90, 5), "mean_90 (%S+)"), "0.000000")
    check(string.match(g.timeseries_metrics("t", {7}, 2, 90, 5), "upper_90 (%S+)"), "7.000000")
end

local function util()
    local u = require "util"
    local t = {toplevel = 0, struct = {item0 = 0, item1 = 1, item2 = {nested = "n1"}}, list = {"a", "b"}}
    local f = {}
    u.table_to_fields(t, f, nil)
    check(f.toplevel, 0) check(f["struct.item1"], 1) check(f["struct.item2.nested"], "n1") check(f["list.2"], "b")
    f = {}
    u.table_to_fields(t, f, nil, "_", 2)
    check(f.struct_item0, 0) check(f.struct_item2, '{"nested":"n1"}')
    f = {}
    u.table_to_fields(t, f, "top", ".", 1)
    check(f["top.struct"] ~= nil and f["top.toplevel"], 0) check(f["top.list"], '["a","b"]')
    for _, tt in ipairs {{10, "j", 17}, {1, "a", 26}, {0, "a", 26}, {26, "z", 1}, {27, nil, 0}, {45, nil, 0}, {2, "b", 25}} do
        local a = {}
        for i = 0, 25 do a[i + 1] = string.char(97 + i) end
        u.behead_array(tt[1], a)
        check(a[1], tt[2], "behead at " .. tt[1]) check(#a, tt[3], "behead at " .. tt[1])
    end
end

function process_message()
    cbufd() elasticsearch() msg_interpolate() field_util() graphite() util()
    return 0
end
