--[[
# stat_graph
Graphs statistics of a StatAccumInput.

The input needs `emit_in_fields = true`: the values are read from the fields.

## Config
- title (string, default "Stats"): name of the graph.
- rows (uint, default 300): rows of the graph.
- sec_per_row (uint, default 1): seconds of a row.
- stats (string, required): names of the statistics, divided by spaces; a column each.
- stat_labels (string, required): names of the columns in the same order; 15 characters are used.
- stat_aggregation (string, default "sum"): how columns are combined with those of other hosts: sum, min, max or none.
- stat_unit (string, default "count"): unit of the columns; 7 characters are used.
- anomaly_config (string, default nil): tests of the graph's columns, see the module anomaly.
- preservation_version (uint, default 0): to be raised when rows, sec_per_row, stats or stat_labels change while preserve_data is on.

## Example
```toml
[HitsAndMisses]
type = "SandboxFilter"
filename = "lua_filters/stat_graph.lua"
ticker_interval = 10
preserve_data = true
message_matcher = "Type == 'heka.statmetric'"

[HitsAndMisses.config]
title = "Hits and Misses"
rows = 1440
sec_per_row = 10
stats = "stats.counters.hits.count stats.counters.misses.count"
stat_labels = "hits misses"
```

## Emits
Every tick a payload of type `cbuf` under the title. Values of one row are added up; with
stat_aggregation min or max the best is kept. With anomaly_config also payloads of type
`alert`.
--]]

_PRESERVATION_VERSION = read_config("preservation_version") or 0

require "circular_buffer"
require "string"
local anomaly = require "anomaly"
local graph = require "cbuf_graph"

local title = read_config("title") or "Stats"
local rows = read_config("rows") or 300
local sec_per_row = read_config("sec_per_row") or 1
local aggregation = read_config("stat_aggregation") or "sum"
local unit = read_config("stat_unit") or "count"
local tests = anomaly.parse_config(read_config("anomaly_config"))
graph.setup(title, rows, sec_per_row)

-- list reads a required option of words.
local function list(name)
    local words = {}
    for word in string.gmatch(read_config(name) or "", "%S+") do
        words[#words + 1] = word
    end
    if #words == 0 then error(name .. " configuration must be specified") end
    return words
end

local fields, labels = list("stats"), list("stat_labels")
if #fields ~= #labels then
    error("stats and stat_labels configuration must have the same number of items")
end
cbuf = circular_buffer.new(rows, #fields, sec_per_row)
for i, name in ipairs(fields) do
    cbuf:set_header(i, labels[i], unit, aggregation)
    fields[i] = "Fields[" .. name .. "]"
end
local best = aggregation == "min" or aggregation == "max"

function process_message()
    local seconds = read_message("Fields[timestamp]")
    if type(seconds) ~= "number" or seconds - seconds ~= 0 then return -1, "Fields[timestamp] is no number" end
    local ts = seconds * 1e9
    for i, field in ipairs(fields) do
        local value = read_message(field)
        if type(value) == "number" then
            if best then
                cbuf:set(ts, i, value)
            else
                cbuf:add(ts, i, value)
            end
        end
    end
    return 0
end

function timer_event(ns)
    graph.inject(ns, title, cbuf, tests)
end
