--[=[
# statmetric_influx
Writes the statistics of a StatAccumInput as JSON for InfluxDB before version 0.9.

The input needs `emit_in_fields = true`: the values are read from the fields.

## Config
None.

## Example
```toml
[StatInfluxEncoder]
type = "SandboxEncoder"
filename = "lua_encoders/statmetric_influx.lua"

[Influx]
type = "HttpOutput"
message_matcher = "Type == 'heka.statmetric'"
address = "http://influxdb.example.com:8086/db/stats/series"
encoder = "StatInfluxEncoder"
```

## Emits
A series for each statistic; times are milliseconds:

```json
[{"points":[[1408404848000,78271]],"name":"stats.counters.requests.rate","columns":["time","value"]}]
```
--]=]

require "cjson"
require "string"
require "table"

function process_message()
    local seconds = read_message("Fields[timestamp]")
    if type(seconds) ~= "number" or seconds - seconds ~= 0 then return -1, "Fields[timestamp] is no number" end
    local time = cjson.encode(seconds * 1000)
    local list = {}
    for _, field in ipairs(decode_message(read_message("raw")).Fields) do
        local value = field.value[1]
        if field.name ~= "timestamp" and type(value) == "number" and value - value == 0 then
            list[#list + 1] = string.format('{"points":[[%s,%s]],"name":%s,"columns":["time","value"]}',
                time, cjson.encode(value), cjson.encode(field.name))
        end
    end
    if #list == 0 then return -2 end
    inject_payload("json", "influx_stats", "[" .. table.concat(list, ",") .. "]")
    return 0
end
