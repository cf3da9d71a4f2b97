--[[
# unique_items
Estimates how many different values a part of the messages has in each period, such as
users a day.

## Config
- message_variable (string, required): what is counted, such as `Fields[uid]` or `Hostname`.
- title (string, default "Estimated Unique Daily" and the variable): name of the graph.
- enable_delta (bool, default false): whether changes are sent as well, for lua_filters/cbufd_aggregator.lua.
- rows (uint, default 365): periods of the graph.
- seconds_per_row (uint, default 86400): seconds of a period.
- anomaly_config (string, default nil): tests of the graph's column, see the module anomaly.
- preservation_version (uint, default 0): to be raised when enable_delta, rows or seconds_per_row change while preserve_data is on.

## Example
```toml
[ActiveUsers]
type = "SandboxFilter"
filename = "lua_filters/unique_items.lua"
ticker_interval = 60
preserve_data = true
message_matcher = "Type == 'request.summary'"

[ActiveUsers.config]
message_variable = "Fields[uid]"
title = "Estimated Active Daily Users"
```

## Emits
Every tick a payload of type `cbuf` under the title, with one column named after the
variable; the estimate is good to about 0.8 %. With enable_delta also one of type
`cbufd` when something has changed, with anomaly_config payloads of type `alert`.
--]]

_PRESERVATION_VERSION = read_config("preservation_version") or 0

require "circular_buffer"
require "hyperloglog"
require "math"
require "string"
local anomaly = require "anomaly"
local graph = require "cbuf_graph"

local variable = read_config("message_variable") or error("message_variable configuration must be specified")
local title = read_config("title") or "Estimated Unique Daily " .. variable
local deltas = read_config("enable_delta") or false
local rows = read_config("rows") or 365
local seconds = read_config("seconds_per_row") or 86400
local tests = anomaly.parse_config(read_config("anomaly_config"))
graph.setup(title, rows, seconds)

active_day = 0 -- number of the period that hll counts
hll = hyperloglog.new()
active = circular_buffer.new(rows, 1, seconds, deltas)
local ITEMS = active:set_header(1, string.match(variable, "^Fields%[([^%]]+)%]") or variable)
local floor = math.floor

function process_message()
    local ts = read_message("Timestamp")
    if not ts then return -1, "the message has no Timestamp" end
    local period = floor(ts / (seconds * 1e9))
    if period < active_day then return 0 end -- that one is closed
    local item = read_message(variable)
    if type(item) ~= "string" and type(item) ~= "number" then
        return -1, variable .. " is neither text nor number"
    end
    if period > active_day then
        active_day = period
        hll:clear()
    end
    if hll:add(item) then
        active:set(ts, ITEMS, hll:count())
    end
    return 0
end

function timer_event(ns)
    graph.inject(ns, title, active:format("cbuf"), tests)
    if deltas then
        inject_payload("cbufd", title, active:format("cbufd"))
    end
end
