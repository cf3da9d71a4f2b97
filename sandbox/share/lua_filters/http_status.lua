--[[
# http_status
Graphs the HTTP status codes of a web server's access log, by hundreds.

## Config
- sec_per_row (uint, default 60): seconds of a row.
- rows (uint, default 1440): rows of the graph; 1440 of 60 seconds are a day.
- status_field (string, default "status"): the numeric field that holds the status code.
- anomaly_config (string, default nil): tests of the graph's columns, see the module anomaly.
- alert_throttle (uint, default 3600): seconds between two alerts at least.
- preservation_version (uint, default 0): to be raised when sec_per_row or rows change while preserve_data is on.

## Example
```toml
[HTTPStatus]
type = "SandboxFilter"
filename = "lua_filters/http_status.lua"
ticker_interval = 60
preserve_data = true
message_matcher = "Logger == 'nginx.access'"

[HTTPStatus.config]
anomaly_config = 'roc("HTTP Status", 2, 15, 0, 1.5, true, false) mww_nonparametric("HTTP Status", 5, 15, 10, 0.8)'
```

## Emits
Every tick a payload of type `cbuf`, named `HTTP Status`, with the columns HTTP_100,
HTTP_200, HTTP_300, HTTP_400, HTTP_500 and HTTP_UNKNOWN: counts, to be summed. With
anomaly_config also payloads of type `alert`.
--]]

_PRESERVATION_VERSION = (read_config("preservation_version") or 0) + 1

require "circular_buffer"
require "math"
local alert = require "alert"
local anomaly = require "anomaly"
local graph = require "cbuf_graph"

local title = "HTTP Status"
local rows = read_config("rows") or 1440
local sec_per_row = read_config("sec_per_row") or 60
local field = "Fields[" .. (read_config("status_field") or "status") .. "]"
local tests = anomaly.parse_config(read_config("anomaly_config"))
graph.setup(title, rows, sec_per_row)
alert.set_throttle((read_config("alert_throttle") or 3600) * 1e9)

status = circular_buffer.new(rows, 6, sec_per_row)
for column = 1, 5 do
    status:set_header(column, "HTTP_" .. column * 100)
end
local UNKNOWN = status:set_header(6, "HTTP_UNKNOWN")

local floor = math.floor

function process_message()
    local code = read_message(field)
    if type(code) ~= "number" then return -1, field .. " is no number" end
    local ts = read_message("Timestamp")
    if not ts then return -1, "the message has no Timestamp" end
    local column = floor(code / 100)
    if not (column >= 1 and column <= 5) then column = UNKNOWN end
    status:add(ts, column, 1)
    return 0
end

function timer_event(ns)
    graph.inject(ns, title, status, tests)
end
