--[[
# schema_carbon_line
Writes the numbers in the fields of messages as lines for Carbon.

Characters of a field's name that are neither letters nor digits become `_`. Only values of
digits and points are written.

## Config
- name_prefix (string, default nil): what stands before the names of fields; parts of the message are filled in, as in `%{Hostname}`.
- name_prefix_delimiter (string, default "."): what stands between it and the name.
- skip_fields (string, default nil): fields that become no lines, divided by spaces.
- source_value_field (string, default nil): the only field that becomes a line, under name_prefix.

## Example
```toml
[CarbonEncoder]
type = "SandboxEncoder"
filename = "lua_encoders/schema_carbon_line.lua"

[CarbonEncoder.config]
name_prefix = "%{Environment}.%{Hostname}.%{Type}"
skip_fields = "FilePath NumProcesses Environment TickerInterval"

[CarbonOutput]
type = "TcpOutput"
message_matcher = "Type =~ /^stats/"
encoder = "CarbonEncoder"
address = "127.0.0.1:2003"
```

## Emits
A line for each value; nothing for a message without any:

```text
dev.web1.stats.loadavg.1MinAvg 0.11 1434932024
```
--]]

require "table"
local ts_line_protocol = require "ts_line_protocol"

local config = ts_line_protocol.set_config {
    carbon_format = true,
    timestamp_precision = "s",
    name_prefix = read_config("name_prefix"),
    name_prefix_delimiter = read_config("name_prefix_delimiter") or ".",
    skip_fields_str = read_config("skip_fields"),
    source_value_field = read_config("source_value_field"),
}

function process_message()
    local lines = ts_line_protocol.carbon_line_msg(config)
    if #lines == 0 then return -2 end
    inject_payload("txt", "carbon_line", table.concat(lines, "\n"), "\n")
    return 0
end
