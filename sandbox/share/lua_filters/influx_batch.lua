--[[
# influx_batch
Collects lines for InfluxDB from many messages into one, for an HttpOutput.

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
- flush_count (uint, default 0): messages after which a batch is sent before the tick; 0 is only at ticks.
- flush_bytes (uint, default 60000): bytes after which a batch is sent before the tick; keep it below output_limit.

## Example
```toml
[InfluxBatch]
type = "SandboxFilter"
filename = "lua_filters/influx_batch.lua"
ticker_interval = 10
message_matcher = "Type =~ /^stats/"

[InfluxBatch.config]
skip_fields = "**all_base** FilePath NumProcesses TickerInterval"
tag_fields = "Hostname"
timestamp_precision = "s"
flush_count = 1000

[PayloadEncoder]

[InfluxOutput]
type = "HttpOutput"
message_matcher = "Fields[payload_name] == 'influx_line'"
encoder = "PayloadEncoder"
address = "http://influxdb.example.com:8086/write?db=heka&precision=s"
```

## Emits
Payloads of type `txt`, named `influx_line`: a line for each value, as the module
ts_line_protocol makes them.
--]]

require "table"
local ts_line_protocol = require "ts_line_protocol"

local flush_count = tonumber(read_config("flush_count")) or 0
local flush_bytes = tonumber(read_config("flush_bytes")) or 60000

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

batch = {} -- the lines of each message
bytes = 0

local function flush()
    local lines = batch
    batch, bytes = {}, 0
    if #lines > 0 then
        inject_payload("txt", "influx_line", table.concat(lines))
    end
end

function process_message()
    local lines = ts_line_protocol.influxdb_line_msg(config)
    if #lines == 0 then return 0 end
    local text = table.concat(lines, "\n") .. "\n"
    if bytes > 0 and bytes + #text > flush_bytes then
        flush()
    end
    batch[#batch + 1] = text
    bytes = bytes + #text
    if flush_count > 0 and #batch >= flush_count then
        flush()
    end
    return 0
end

function timer_event(ns)
    flush()
end
