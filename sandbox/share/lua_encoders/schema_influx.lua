--[=[
# schema_influx
Writes messages as JSON for InfluxDB before version 0.9.

Fields of bytes are left out. A field that occurs again is named with a number; one with
several values is an array.

## Config
- series (string, default "series"): name of the series; parts of the message are filled in: Type, Payload, Hostname, Pid, Logger, Severity, EnvVersion or a field, as in `%{Logger}`.
- skip_fields (string, default nil): headers and fields that are left out, divided by spaces.
- multi_series (bool, default false): whether each field becomes a series of its own, named series.FIELD, with a column `value`.
- exclude_base_fields (bool, default false): whether all headers are left out.

## Example
```toml
[InfluxEncoder]
type = "SandboxEncoder"
filename = "lua_encoders/schema_influx.lua"

[InfluxEncoder.config]
series = "heka.%{Logger}"
skip_fields = "Pid EnvVersion"

[InfluxOutput]
type = "HttpOutput"
message_matcher = "Type == 'metrics'"
address = "http://influxdb.example.com:8086/db/heka/series"
encoder = "InfluxEncoder"
```

## Emits
Times are milliseconds.

```json
[{"points":[[1434932024123,"log","text","web1","TcpInput",5,0.25]],"name":"heka.TcpInput","columns":["time","Type","Payload","Hostname","Logger","Severity","load"]}]
```
--]=]

require "cjson"
require "math"
require "string"
require "table"

local series = read_config("series") or "series"
local multi = read_config("multi_series") or false
local headers = {"Type", "Payload", "Hostname", "Pid", "Logger", "Severity", "EnvVersion"}
local BYTES = 1

local skip = {}
for name in string.gmatch(read_config("skip_fields") or "", "%S+") do
    skip[name] = true
end
local is_header, used = {}, {}
for _, name in ipairs(headers) do
    is_header[name] = true
    if not skip[name] and not read_config("exclude_base_fields") then used[#used + 1] = name end
end

local function series_name()
    return (string.gsub(series, "%%{(.-)}", function(part)
        local value
        if is_header[part] then value = read_message(part) else value = read_message("Fields[" .. part .. "]") end
        if value ~= nil then return tostring(value) end
    end))
end

local function array(parts) return "[" .. table.concat(parts, ",") .. "]" end

-- json encodes a value; what JSON has no number for is null.
local function json(value)
    if value == nil or value ~= value or value == 1/0 or value == -1/0 then return "null" end
    return cjson.encode(value)
end

local function one(name, columns, values)
    return string.format('{"points":[%s],"name":%s,"columns":%s}', array(values), cjson.encode(name), array(columns))
end

-- each calls f with name, values and number of each field that is not left out.
local function each(f)
    local seen = {}
    for _, field in ipairs(decode_message(read_message("raw")).Fields or {}) do
        local name = field.name
        if field.value_type ~= BYTES and name ~= "Timestamp" and (not skip[name] or is_header[name]) then
            seen[name] = (seen[name] or 0) + 1
            f(name, field.value, seen[name])
        end
    end
end

function process_message()
    local ts = read_message("Timestamp")
    if not ts then return -1, "the message has no Timestamp" end
    local columns, values = {'"time"'}, {json(math.floor(ts / 1e6))}
    for _, name in ipairs(used) do
        columns[#columns + 1] = cjson.encode(name)
        values[#values + 1] = json(read_message(name))
    end
    local name, list = series_name(), {}
    if multi then
        local place = #columns + 1
        columns[place] = '"value"'
        each(function(field, v)
            values[place] = json(v[1])
            list[#list + 1] = one(name .. "." .. field, columns, values)
        end)
        if #list == 0 then return -2 end
    else
        each(function(field, v, n)
            if n > 1 then field = field .. n end
            columns[#columns + 1] = cjson.encode(field)
            local parts = {}
            for i, x in ipairs(v) do parts[i] = json(x) end
            values[#values + 1] = #parts == 1 and parts[1] or array(parts)
        end)
        list[1] = one(name, columns, values)
    end
    inject_payload("json", "influx_message", array(list))
    return 0
end
