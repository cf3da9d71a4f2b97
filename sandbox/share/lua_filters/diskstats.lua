--[[
# diskstats
Graphs the input and output of a disk: how many in each interval, and how long.

A row is as wide as the interval at which the disk is asked: the field
TickerInterval of the messages. When that changes, the graphs begin anew.

## Config
- rows (uint, default 1440): rows of the graphs.
- anomaly_config (string, default nil): tests of the graphs' columns, see the module anomaly.
- preservation_version (uint, default 0): to be raised to begin anew while preserve_data is on; a change of rows begins anew by itself.

## Example
```toml
[DiskStats]
type = "SandboxFilter"
filename = "lua_filters/diskstats.lua"
ticker_interval = 60
preserve_data = true
message_matcher = "Type == 'stats.diskstats'"
```

## Emits
Every tick two payloads of type `cbuf`. `Disk Stats` has the columns WritesCompleted,
ReadsCompleted, SectorsWritten, SectorsRead, WritesMerged and ReadsMerged: by how much
each counter has grown, unit per_N_s. `Time doing IO` has the columns TimeWriting,
TimeReading, TimeDoingIO and WeightedTimeDoingIO: milliseconds since the machine began,
the largest of a row. With anomaly_config also payloads of type `alert`. The messages
are those of lua_decoders/linux_diskstats.lua.
--]]

_PRESERVATION_VERSION = read_config("preservation_version") or 0

require "circular_buffer"
local alert = require "alert"
local anomaly = require "anomaly"
local graph = require "cbuf_graph"

local rows = read_config("rows") or 1440
local tests = anomaly.parse_config(read_config("anomaly_config"))

local counters = {"WritesCompleted", "ReadsCompleted", "SectorsWritten", "SectorsRead", "WritesMerged", "ReadsMerged"}
local times = {"TimeWriting", "TimeReading", "TimeDoingIO", "WeightedTimeDoingIO"}

interval = 0  -- seconds, of the graphs
made_rows = 0 -- rows, of the graphs
last = {}     -- what each counter was
-- counts and spent are the graphs, made when the interval is known

local function new(title, names, unit, aggregation)
    local cbuf = circular_buffer.new(rows, #names, interval)
    for i, name in ipairs(names) do
        cbuf:set_header(i, name, unit, aggregation)
    end
    graph.setup(title, rows, interval)
    return cbuf
end

local function begin(seconds)
    interval, made_rows, last = seconds, rows, {}
    counts = new("Disk Stats", counters, "per_" .. seconds .. "_s", "none")
    spent = new("Time doing IO", times, "ms", "max")
end

-- read returns the numbers of fields, or nil and what is missing.
local function read(names)
    local values = {}
    for i, name in ipairs(names) do
        local value = read_message("Fields[" .. name .. "]")
        if type(value) ~= "number" then return nil, "Fields[" .. name .. "] is no number" end
        values[i] = value
    end
    return values
end

function process_message()
    local seconds = read_message("Fields[TickerInterval]")
    if type(seconds) ~= "number" or not (seconds >= 1) then
        return -1, "Fields[TickerInterval] is no interval"
    end
    local totals, missing = read(counters)
    if not totals then return -1, missing end
    local durations
    durations, missing = read(times)
    if not durations then return -1, missing end

    local ts = read_message("Timestamp")
    if not ts then return -1, "the message has no Timestamp" end
    if seconds ~= interval or rows ~= made_rows then begin(seconds) end
    for i, value in ipairs(durations) do
        spent:set(ts, i, value)
    end
    for i, value in ipairs(totals) do
        if last[i] and value >= last[i] then
            counts:set(ts, i, value - last[i])
        end
        last[i] = value
    end
    return 0
end

function timer_event(ns)
    if not counts then return end
    graph.inject(ns, "Disk Stats", counts, tests, true)
    graph.inject(ns, "Time doing IO", spent, tests, true)
    alert.send_queue(ns)
end
