--[[
# bind_query_log
Decodes the query log of BIND 9.

## Config
- type (string, default nil): Type of the messages.

## Example
```toml
[BindInput]
type = "LogstreamerInput"
log_directory = "/var/log/named"
file_match = 'queries\.log'
decoder = "BindQueryLogDecoder"

[BindQueryLogDecoder]
type = "SandboxDecoder"
filename = "lua_decoders/bind_query_log.lua"

[BindQueryLogDecoder.config]
type = "bind.query"
```

## Emits
One message a line: Timestamp, Payload (the line), and the fields ClientIP,
ClientEphemeralPort, FullQuery, QueryName, QueryDomain, RecordClass, RecordType,
QueryFlags (an array of texts), ServerRespondingIP, and Timestamp (nanoseconds).
--]]

local l = require "lpeg"
local bind = require "bind"

local grammar = l.Ct(bind.query_log_grammar)
local msg = {Type = read_config("type")}

function process_message()
    local line = read_message("Payload")
    local fields = grammar:match(line)
    if not fields then return -1 end
    if #fields.QueryFlags == 0 then fields.QueryFlags = nil end

    msg.Timestamp = fields.Timestamp
    msg.Payload = line
    msg.Fields = fields
    inject_message(msg)
    return 0
end
