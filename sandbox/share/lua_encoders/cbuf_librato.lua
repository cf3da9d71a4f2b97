--[[
# cbuf_librato
Writes the rows of circular buffers as gauges for Librato.

For each key it remembers up to which time rows were sent. The newest row is never sent: it
is not complete. Turn preserve_data on, or rows are sent again after a restart.

## Config
- message_key (string, default "%{Logger}:%{payload_name}"): what tells the graphs apart; parts of the message are filled in.

## Example
```toml
[LibratoEncoder]
type = "SandboxEncoder"
filename = "lua_encoders/cbuf_librato.lua"
preserve_data = true

[Librato]
type = "HttpOutput"
message_matcher = "Type == 'heka.sandbox-output' && Fields[payload_type] == 'cbuf'"
encoder = "LibratoEncoder"
address = "https://metrics-api.librato.com/v1/metrics"
```

## Emits
An object of gauges; nothing when no row has been completed since the last message:

```json
{"gauges":[{"value":12,"measure_time":1410824950,"name":"HTTP_200","source":"web1"}]}
```
--]]

require "cjson"
require "string"
require "table"
local interpolate = require("msg_interpolate").interpolate_from_msg

local message_key = read_config("message_key") or "%{Logger}:%{payload_name}"

last_times = {} -- by key: time of the first row that was not sent

-- header reads the line that describes the buffer, and returns it with the place
-- after it. A line of annotations and options may come before.
local function header(text)
    local at = 1
    for _ = 1, 2 do
        local line, next = string.match(text, "^([^\n]*)\n()", at)
        if not line then return end
        local ok, h = pcall(cjson.decode, line)
        if not ok or type(h) ~= "table" then return end
        if h.rows then
            if type(h.rows) == "number" and type(h.time) == "number" and type(h.seconds_per_row) == "number"
            and h.seconds_per_row > 0 and type(h.column_info) == "table" and #h.column_info > 0 then
                return h, next
            end
            return
        end
        at = next
    end
end

-- gauges appends an object for each number of a row, and returns false when it is
-- no row.
local function gauges(list, row, h, time, source)
    local i = 0
    for value in string.gmatch(row, "[^\t]+") do
        i = i + 1
        local number, column = tonumber(value), h.column_info[i]
        if type(column) ~= "table" or type(column.name) ~= "string" then return false end
        if number and number == number and number ~= 1/0 and number ~= -1/0 then
            list[#list + 1] = string.format('{"value":%s,"measure_time":%d,"name":%s,"source":%s}',
                cjson.encode(number), time, cjson.encode(column.name), source)
        elseif not string.find(value, "^%-?[ni][an][nf]$") then
            return false
        end
    end
    return i == #h.column_info
end

function process_message()
    local text = read_message("Payload")
    local h, at = header(text)
    if not h then return -1, "the payload is no circular buffer" end
    local newest = h.time + (h.rows - 1) * h.seconds_per_row
    local key = interpolate(message_key)
    local from = last_times[key]
    if from then
        if newest < from then return -1, "the graph ends before the last one" end
        if newest == from then return -2 end
        if (newest - from) % h.seconds_per_row ~= 0 then return -1, "the rows do not follow the last ones" end
    end

    local source = cjson.encode(read_message("Hostname"))
    local list, time, count = {}, h.time, 0
    for row in string.gmatch(string.sub(text, at), "[^\n]+") do
        count = count + 1
        if count < h.rows and (not from or time >= from) and not gauges(list, row, h, time, source) then
            return -1, "the payload has a damaged row"
        end
        time = time + h.seconds_per_row
    end
    if count ~= h.rows then return -1, "the payload has not as many rows as it says" end
    if #list == 0 then return -2 end
    inject_payload("json", "output", '{"gauges":[', table.concat(list, ","), "]}")
    last_times[key] = newest
    return 0
end
