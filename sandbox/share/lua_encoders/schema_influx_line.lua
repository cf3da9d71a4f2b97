--[[
# schema_influx_line
Writes the fields of messages as lines for InfluxDB.

## Config
- decimal_precision (string, default "6"): decimals of numbers.
- name_prefix (string, default nil): what stands before the names of fields; parts of the message are filled in, as in `%{Hostname}`.
- name_prefix_delimiter (string, default nil): what stands between it and the name.
- skip_fields (string, default nil): fields that become no lines, divided by spaces; `**all_base**` are the headers.
- source_value_field (string, default nil): the only field that becomes a line, under name_prefix.
- tag_fields (string, default "**all_base**"): fields that become tags; `**all_base**` are Logger, Type, Severity and Hostname, `**all**` all.
- timestamp_precision (string, default "ms"): unit of times: ms, s, m or h.
- multi_fields (bool, default false): whether a message becomes one line with all fields, named name_prefix.
- value_field_key (string, default "value"): name of the value in a line of one field.

## Example
```toml
[InfluxLineEncoder]
type = "SandboxEncoder"
filename = "lua_encoders/schema_influx_line.lua"

[InfluxLineEncoder.config]
skip_fields = "**all_base** FilePath NumProcesses TickerInterval"
tag_fields = "Hostname"
timestamp_precision = "s"

[InfluxOutput]
type = "HttpOutput"
message_matcher = "Type =~ /^stats/"
encoder = "InfluxLineEncoder"
address = "http://influxdb.example.com:8086/write?db=heka&precision=s"
```

## Emits
A line for each value, as the module ts_line_protocol makes them; nothing for a message
without any:

```text
5MinAvg,Hostname=web1 value=0.110000 1434932024
```
--]]

require "table"
local ts_line_protocol = require "ts_line_protocol"

local config = ts_line_protocol.set_config {
    decimal_precision = read_config("decimal_precision"),
    name_prefix = read_config("name_prefix"),
    name_prefix_delimiter = read_config("name_prefix_delimiter"),
    skip_fields_str = read_config("skip_fields"),
    source_value_field = read_config("source_value_field"),
    tag_fields_str = read_config("tag_fields"),
    timestamp_precision = read_config("timestamp_precision"),
    multi_fields = read_config("multi_fields"),
    value_field_key = read_config("value_field_key"),
}

function process_message()
    local lines = ts_line_protocol.influxdb_line_msg(config)
    if #lines == 0 then return -2 end
    inject_payload("txt", "influx_line", table.concat(lines, "\n"), "\n")
    return 0
end
