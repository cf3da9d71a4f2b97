--[[
# loadavg
Graphs the load averages of a machine.

## Config
- sec_per_row (uint, default 60): seconds of a row.
- rows (uint, default 1440): rows of the graph; 1440 of 60 seconds are a day.
- anomaly_config (string, default nil): tests of the graph's columns, see the module anomaly.
- preservation_version (uint, default 0): to be raised when sec_per_row or rows change while preserve_data is on.

## Example
```toml
[LoadAvg]
type = "SandboxFilter"
filename = "lua_filters/loadavg.lua"
ticker_interval = 60
preserve_data = true
message_matcher = "Type == 'stats.loadavg'"
```

## Emits
Every tick a payload of type `cbuf`, named `LoadAvg Stats`, with the columns 1MinAvg,
5MinAvg, 15MinAvg and NumProcesses: the largest of a row. With anomaly_config also
payloads of type `alert`. The messages are those of lua_decoders/linux_loadavg.lua.
--]]

_PRESERVATION_VERSION = read_config("preservation_version") or 0

require "circular_buffer"
local anomaly = require "anomaly"
local graph = require "cbuf_graph"

local title = "LoadAvg Stats"
local rows = read_config("rows") or 1440
local sec_per_row = read_config("sec_per_row") or 60
local tests = anomaly.parse_config(read_config("anomaly_config"))
graph.setup(title, rows, sec_per_row)

local names = {"1MinAvg", "5MinAvg", "15MinAvg", "NumProcesses"}
local fields = {}
cbuf = circular_buffer.new(rows, #names, sec_per_row)
for i, name in ipairs(names) do
    cbuf:set_header(i, name, "Count", "max")
    fields[i] = "Fields[" .. name .. "]"
end

function process_message()
    local ts = read_message("Timestamp")
    if not ts then return -1, "the message has no Timestamp" end
    for i, field in ipairs(fields) do
        local value = read_message(field)
        if type(value) ~= "number" then return -1, field .. " is no number" end
        cbuf:set(ts, i, value)
    end
    return 0
end

function timer_event(ns)
    graph.inject(ns, title, cbuf, tests)
end
