require "bloom_filter"
require "cuckoo_filter"
require "hyperloglog"

local bf = bloom_filter.new(1000, 0.01)
check("query", bf:query("a"), false) check("add", bf:add("a"), true) check("again", bf:add("a"), false)
check("query", bf:query("a"), true) check("add", bf:add(1), true) check("query", bf:query(1), true)
check("a number is not its text", bf:query("1"), false)
check("count", bf:count(), 2)
bf:clear()
check("cleared", bf:query("a"), false) check("count", bf:count(), 0)

local cf = cuckoo_filter.new(1000)
check("query", cf:query("a"), false) check("add", cf:add("a"), true) check("again", cf:add("a"), false)
check("query", cf:query("a"), true) check("add", cf:add(1), true) check("count", cf:count(), 2)
check("delete", cf:delete("a"), true) check("delete", cf:delete("a"), false) check("query", cf:query("a"), false)
cf:clear()
check("count", cf:count(), 0)
local small, full = cuckoo_filter.new(8), nil
for i = 1, 100 do
    local ok, err = pcall(small.add, small, i)
    if not ok then full = err break end
end
check("full", full, "the cuckoo filter is full")

local hll = hyperloglog.new()
check("count", hll:count(), 0) check("add", hll:add("a"), true) check("again", hll:add("a"), false)
check("count", hll:count(), 1)
local other = hyperloglog.new()
other:add("b") other:add("c")
check("union", hyperloglog.count(hll, other), 3) check("count", hll:count(), 1)
check("merge", hll:merge(other) == hll, true) check("count", hll:count(), 3)
check("text", #tostring(hll), 12304) check("text", text(hll), tostring(hll))
local copy = hyperloglog.new()
copy:fromstring(tostring(hll))
check("copy", copy:count(), 3)
hll:clear()
check("cleared", hll:count(), 0)
