-- What scripts see of circular buffers. check(name, got, want) compares.
require "circular_buffer"
require "math"

local cb = circular_buffer.new(3, 2, 60)
local rows, cols, spr = cb:get_configuration()
check("rows", rows, 3) check("columns", cols, 2) check("seconds", spr, 60)
check("time", cb:current_time(), 120e9)
check("header", cb:set_header(1, "Request count!", "1/s"), 1)
local n, u, a = cb:get_header(1)
check("name", n, "Request_count_") check("unit", u, "1/s") check("aggregation", a, "sum")
n, u, a = cb:get_header(2)
check("name", n, "Column_2") check("unit", u, "count")
check("add", cb:add(0, 1, 2), 2)
check("add", cb:add(59.9e9, 1, 3), 5)
check("add text", cb:add("0", "1", "1"), 6)
check("set", cb:set(60e9, 1, 7), 7)
check("get", cb:get(119e9, 1), 7)
check("empty", tostring(cb:get(0, 2) ~= cb:get(0, 2)), "true")
check("beyond", cb:get(180e9, 1), nil)
check("old", cb:add(-1, 1, 1), nil)
check("not a time", cb:add(0/0, 1, 1), nil)
check("advanced", cb:add(180e9, 1, 1), 1)
check("left behind", cb:get(0, 1), nil)
check("time", cb:current_time(), 180e9)

local t = cb:get_range(1)
check("range", #t, 3) check("first", t[1], 7) check("empty", t[2] ~= t[2], true) check("last", t[3], 1)
check("part", #cb:get_range(1, 120e9), 2)
check("outside", cb:get_range(1, 0, 120e9), nil)

local min = circular_buffer.new(2, 2, 1)
min:set_header(1, "min", "s", "min") min:set_header(2, "max", "s", "max")
check("min", min:set(0, 1, 3), 3) check("min", min:set(0, 1, 5), 3) check("min", min:set(0, 1, 1), 1)
check("max", min:set(0, 2, 3), 3) check("max", min:set(0, 2, 5), 5) check("max", min:set(0, 2, 1), 5)

local s = circular_buffer.new(5, 1, 1)
for i = 1, 4 do s:set(i * 1e9, 1, i) end
for f, want in pairs {sum = 10, avg = 2.5, min = 1, max = 4, variance = 1.25, sd = math.sqrt(1.25)} do
    local v, active = s:compute(f, 1)
    check(f, v, want) check("active", active, 4)
end
check("sum", s:compute("sum", 1, 3e9, 4e9), 7)
check("sum", s:compute("sum", 1, 3e9, nil), 7)
check("sum", s:compute("sum", 1, nil, 2e9), 3)
local v, active = s:compute("sum", 1, 11e9, 14e9)
check("outside", v, nil) check("active", active, 0)
local empty = circular_buffer.new(4, 1, 1)
check("sum of nothing", empty:compute("sum", 1), 0)
for _, f in ipairs {"avg", "sd", "min", "max", "variance"} do
    v, active = empty:compute(f, 1)
    check(f .. " of nothing", v ~= v, true) check("active", active, 0)
end
empty:set(0, 1, -3)
check("max below zero", empty:compute("max", 1), -3)

local m = circular_buffer.new(40, 1, 1)
check("all alike", m:mannwhitneyu(1, 0, 9e9, 10e9, 19e9), nil)
local data = {15309, 14092, 13661, 13412, 14205, 15042, 14142, 13820, 14917, 13953, 14320, 14472, 15133, 13790, 14539, 14129, 14363,
    14202, 13841, 13610, 13759, 14428, 14851, 13838, 13819, 14468, 14989, 15557, 14380, 13500, 14818, 14632, 13631, 14663, 14532, 14188,
    14537, 14109, 13925, 15022}
for i, v in ipairs(data) do m:set(i * 1e9, 1, v) end
local U, p = m:mannwhitneyu(1, 1e9, 20e9, 21e9, 40e9)
check("U", U, 171) check("p", math.floor(p * 100000), 22037)
U, p = m:mannwhitneyu(1, 1e9, 20e9, 21e9, 40e9, false)
check("U", U, 171) check("p", math.floor(p * 100000), 21638)
check("outside", m:mannwhitneyu(1, 1e9, 20e9, 21e9, 41e9), nil)

local d = circular_buffer.new(2, 1, 1, true)
local head = '{"time":0,"rows":2,"columns":1,"seconds_per_row":1,"column_info":[{"name":"Column_1","unit":"count","aggregation":"sum"}]}\n'
check("text", text(d), head .. "nan\nnan\n")
check("nothing", text(d:format("cbufd")), "")
d:add(0, 1, 1.25) d:set(1e9, 1, 4) d:set(1e9, 1, 3)
check("delta", text(d), head .. "0\t1.25\n1\t3\n")
check("nothing", text(d), "")
check("text", text(d:format("cbuf")), head .. "1.25\n3\n")
check("plain", text(circular_buffer.new(2, 1, 1):format("cbufd")), "")

d:fromstring("1 1 2 nan 0 2")
check("restored", text(d), head .. "2\nnan\n")
check("restored", text(d:format("cbufd")), head .. "0\t2\n")
