--[[
# mysql_slow_query
Graphs the slow queries of MySQL and MariaDB: how many, and what they were like on average.

## Config
- sec_per_row (uint, default 60): seconds of a row.
- rows (uint, default 1440): rows of the graph; 1440 of 60 seconds are a day.
- anomaly_config (string, default nil): tests of the graph's columns, see the module anomaly.
- preservation_version (uint, default 0): to be raised when sec_per_row or rows change while preserve_data is on.

## Example
```toml
[SlowQueries]
type = "SandboxFilter"
filename = "lua_filters/mysql_slow_query.lua"
ticker_interval = 60
preserve_data = true
message_matcher = "Type == 'mysql.slow-query'"

[SlowQueries.config]
anomaly_config = 'mww_nonparametric("Statistics", 5, 15, 10, 0.8)'
```

## Emits
Every tick a payload of type `cbuf`, named `Statistics`, with the columns Query_Time and
Lock_Time (s), Rows_Examined and Rows_Sent (averages), and Count. With anomaly_config also
payloads of type `alert`. The messages are those of lua_decoders/mysql_slow_query.lua and
mariadb_slow_query.lua.
--]]

_PRESERVATION_VERSION = read_config("preservation_version") or 0

require "circular_buffer"
require "math"
local anomaly = require "anomaly"
local graph = require "cbuf_graph"

local title = "Statistics"
local rows = read_config("rows") or 1440
local sec_per_row = read_config("sec_per_row") or 60
local tests = anomaly.parse_config(read_config("anomaly_config"))
graph.setup(title, rows, sec_per_row)

data = circular_buffer.new(rows, 5, sec_per_row)
sums = circular_buffer.new(rows, 4, sec_per_row)
data:set_header(1, "Query Time", "s", "none")
data:set_header(2, "Lock Time", "s", "none")
data:set_header(3, "Rows Examined", "count", "none")
data:set_header(4, "Rows Sent", "count", "none")
local COUNT = data:set_header(5, "Count")

local fields = {"Fields[Query_time]", "Fields[Lock_time]", "Fields[Rows_examined]", "Fields[Rows_sent]"}
local floor = math.floor

function process_message()
    local values = {}
    for i, field in ipairs(fields) do
        values[i] = read_message(field)
        if type(values[i]) ~= "number" then return -1, field .. " is no number" end
    end
    local ts = read_message("Timestamp")
    if not ts then return -1, "the message has no Timestamp" end
    local count = data:add(ts, COUNT, 1)
    if not count then return 0 end -- older than the graph
    for i, value in ipairs(values) do
        local average = sums:add(ts, i, value) / count
        if i > 2 then average = floor(average) end
        data:set(ts, i, average)
    end
    return 0
end

function timer_event(ns)
    graph.inject(ns, title, data, tests)
end
