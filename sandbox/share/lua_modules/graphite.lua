--[[
# graphite
Lines of metrics for Graphite, named as statsd does.

## Exports
- count_rate(bucket, count, interval, seconds): the lines stats.counters.BUCKET.count and .rate, the rate per second of the interval
- multi_counts_rates(counts, interval, seconds): those of a table of counts by bucket
- timeseries_metrics(bucket, values, interval, percent, seconds): the lines stats.timers.BUCKET.count, count_ps, lower, upper, sum, mean, and mean_P and upper_P of the lowest P percent of the values
- multi_timeseries_metrics(timers, interval, percent, seconds): those of a table of values by bucket
- ns_to_sec(ns): seconds, rounded down

## Example
```lua
local graphite = require "graphite"
add_to_payload(graphite.count_rate("web.http_200", 1200, 10, graphite.ns_to_sec(ns)))
inject_payload("txt", "statmetric")
```
--]]

local math = require "math"
local string = require "string"
local table = require "table"

local M = {}

-- sorted returns the keys of a table in order, so that lines are as well.
local function sorted(t)
    local keys = {}
    for k in pairs(t) do keys[#keys + 1] = k end
    table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
    return keys
end

function M.count_rate(bucket, count, interval, seconds)
    local name = "stats.counters." .. bucket
    return string.format("%s.count %d %d\n%s.rate %f %d\n", name, count, seconds, name, count / interval, seconds)
end

function M.multi_counts_rates(counts, interval, seconds)
    local lines = {}
    for _, bucket in ipairs(sorted(counts)) do
        lines[#lines + 1] = M.count_rate(bucket, counts[bucket], interval, seconds)
    end
    return table.concat(lines)
end

-- summary returns the statistics of values in ascending order.
local function summary(values, percent)
    local n = #values
    if n == 0 then return {lower = 0, upper = 0, sum = 0, mean = 0, mean_p = 0, upper_p = 0} end
    local within = n - math.floor((100 - percent) / 100 * n + 0.5)
    local sum, partial = 0, 0
    for i, v in ipairs(values) do
        sum = sum + v
        if i <= within then partial = partial + v end
    end
    local s = {lower = values[1], upper = values[n], sum = sum, mean = sum / n}
    if n == 1 or within <= 0 then
        s.mean_p, s.upper_p = s.lower, s.upper
    else
        s.mean_p, s.upper_p = partial / within, values[within]
    end
    return s
end

function M.timeseries_metrics(bucket, values, interval, percent, seconds)
    local ascending = {}
    for i, v in ipairs(values) do ascending[i] = v end
    table.sort(ascending)
    local s = summary(ascending, percent)
    local lines = {string.format("stats.timers.%s.count %d %d\n", bucket, #ascending, seconds)}
    local function add(name, value)
        lines[#lines + 1] = string.format("stats.timers.%s.%s %f %d\n", bucket, name, value, seconds)
    end
    add("count_ps", #ascending / interval)
    add("lower", s.lower)
    add("upper", s.upper)
    add("sum", s.sum)
    add("mean", s.mean)
    add(string.format("mean_%d", percent), s.mean_p)
    add(string.format("upper_%d", percent), s.upper_p)
    return table.concat(lines)
end

function M.multi_timeseries_metrics(timers, interval, percent, seconds)
    local lines = {}
    for _, bucket in ipairs(sorted(timers)) do
        lines[#lines + 1] = M.timeseries_metrics(bucket, timers[bucket], interval, percent, seconds)
    end
    return table.concat(lines)
end

function M.ns_to_sec(ns)
    return math.floor(ns / 1e9)
end

return M
