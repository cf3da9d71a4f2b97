--[[
# memstats
Graphs the memory of a machine.

## Config
- sec_per_row (uint, default 60): seconds of a row.
- rows (uint, default 1440): rows of the graph; 1440 of 60 seconds are a day.
- anomaly_config (string, default nil): tests of the graph's columns, see the module anomaly.
- preservation_version (uint, default 0): to be raised when sec_per_row or rows change while preserve_data is on.

## Example
```toml
[MemStats]
type = "SandboxFilter"
filename = "lua_filters/memstats.lua"
ticker_interval = 60
preserve_data = true
message_matcher = "Type == 'stats.memstats'"
```

## Emits
Every tick a payload of type `cbuf`, named `Memory Stats`, with the columns MemFree,
Cached, Active, Inactive, VmallocUsed, Shmem, SwapCached, SwapFree and SwapUsed: the
largest of a row, as the kernel gives them (kB). A column whose field a message lacks
stays empty. With anomaly_config also payloads of type `alert`. The messages are those
of lua_decoders/linux_memstats.lua.
--]]

_PRESERVATION_VERSION = read_config("preservation_version") or 0

require "circular_buffer"
local anomaly = require "anomaly"
local graph = require "cbuf_graph"

local title = "Memory Stats"
local rows = read_config("rows") or 1440
local sec_per_row = read_config("sec_per_row") or 60
local tests = anomaly.parse_config(read_config("anomaly_config"))
graph.setup(title, rows, sec_per_row)

local names = {"MemFree", "Cached", "Active", "Inactive", "VmallocUsed", "Shmem", "SwapCached", "SwapFree"}
local fields = {}
cbuf = circular_buffer.new(rows, #names + 1, sec_per_row)
for i, name in ipairs(names) do
    cbuf:set_header(i, name, "Count", "max")
    fields[i] = "Fields[" .. name .. "]"
end
local USED = cbuf:set_header(#names + 1, "SwapUsed", "Count", "max")

function process_message()
    local ts, found = read_message("Timestamp"), false
    if not ts then return -1, "the message has no Timestamp" end
    for i, field in ipairs(fields) do
        local value = read_message(field)
        if type(value) == "number" then
            cbuf:set(ts, i, value)
            found = true
        end
    end
    local total, free = read_message("Fields[SwapTotal]"), read_message("Fields[SwapFree]")
    if type(total) == "number" and type(free) == "number" then
        cbuf:set(ts, USED, total - free)
    end
    if not found then return -1, "no field of the memory's is a number" end
    return 0
end

function timer_event(ns)
    graph.inject(ns, title, cbuf, tests)
end
