--[[
# cbufd_aggregator
Makes one graph of the graphs that many hosts send as changes (`cbufd`).

The filters that send them must be alike: rows, columns and seconds are those of the first
message of a name. Sums are added, minima and maxima kept; columns without aggregation are
left out.

## Config
- enable_delta (bool, default false): whether changes are sent on, to an aggregator of aggregators.
- anomaly_config (string, default nil): tests of the graphs' columns, see the module anomaly.
- preservation_version (uint, default 0): to be raised when enable_delta or the graphs change while preserve_data is on.

## Example
```toml
[RequestsOfAllHosts]
type = "SandboxFilter"
filename = "lua_filters/cbufd_aggregator.lua"
ticker_interval = 60
preserve_data = true
message_matcher = "Logger == 'Requests' && Fields[payload_type] == 'cbufd'"
```

## Emits
Every tick for each graph a payload of type `cbuf` under its name, with enable_delta also
one of type `cbufd` when something has changed, with anomaly_config payloads of type `alert`.
A tick injects max_timer_inject messages (10) at most.
--]]

_PRESERVATION_VERSION = read_config("preservation_version") or 0

require "circular_buffer"
require "cjson"
local alert = require "alert"
local anomaly = require "anomaly"
local cbufd = require "cbufd"
local graph = require "cbuf_graph"

local deltas = read_config("enable_delta") or false
local tests = anomaly.parse_config(read_config("anomaly_config"))

cbufs = {} -- by name of the payload: header, cbuf

-- new makes the graph of a first message.
local function new(name, text)
    local ok, header = pcall(cjson.decode, text)
    if not ok or type(header) ~= "table" or type(header.column_info) ~= "table" then return end
    local ok, cbuf = pcall(circular_buffer.new, header.rows, header.columns, header.seconds_per_row, deltas)
    if not ok then return end
    for i, column in ipairs(header.column_info) do
        if type(column) ~= "table" or not pcall(cbuf.set_header, cbuf, i, column.name, column.unit, column.aggregation) then return end
    end
    graph.setup(name, header.rows, header.seconds_per_row)
    cbufs[name] = {header = header, cbuf = cbuf}
    return cbufs[name]
end

function process_message()
    local delta = cbufd.grammar:match(read_message("Payload"))
    if not delta then return -1, "the payload holds no changes" end
    local name = read_message("Fields[payload_name]") or ""
    local cb = cbufs[name] or new(name, delta.header)
    if not cb then return -1, "the header describes no graph" end
    local columns = cb.header.column_info
    for _, row in ipairs(delta) do
        for i, value in ipairs(row) do
            local how = columns[i] and columns[i].aggregation
            if value ~= value then
                -- nothing changed there
            elseif how == "sum" then
                cb.cbuf:add(row.time, i, value)
            elseif how == "min" or how == "max" then
                cb.cbuf:set(row.time, i, value)
            end
        end
    end
    return 0
end

function timer_event(ns)
    for name, cb in pairs(cbufs) do
        graph.inject(ns, name, cb.cbuf:format("cbuf"), tests, true)
        if deltas then
            inject_payload("cbufd", name, cb.cbuf:format("cbufd"))
        end
    end
    alert.send_queue(ns)
end
