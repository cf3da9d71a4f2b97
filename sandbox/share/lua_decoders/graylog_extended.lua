--[[
# graylog_extended
Decodes messages of Graylog's extended log format, GELF, in JSON.

## Config
- type (string, default nil): Type of the messages.
- payload_keep (bool, default false): keep the JSON as Payload.

## Example
```toml
[GELFInput]
type = "UdpInput"
address = "127.0.0.1:12201"
splitter = "NullSplitter"
decoder = "GraylogDecoder"

[GraylogDecoder]
type = "SandboxDecoder"
filename = "lua_decoders/graylog_extended.lua"

[GraylogDecoder.config]
type = "graylog"
payload_keep = true
```

## Emits
One message each: Timestamp from timestamp (seconds, a number), EnvVersion from
version, Severity from level, Hostname from host; a field for each other key, as
short_message, full_message and _user_id. What is no text, number or truth value
becomes JSON text.
--]]

local cjson = require "cjson"

local payload_keep = read_config("payload_keep")
local msg = {Type = read_config("type")}

local function text(value)
    if value == nil then return nil end
    return tostring(value)
end

function process_message()
    local payload = read_message("Payload")
    local ok, gelf = pcall(cjson.decode, payload)
    if not ok or type(gelf) ~= "table" then return -1 end
    if type(gelf.timestamp) ~= "number" then gelf.timestamp = nil end

    msg.Timestamp  = gelf.timestamp and gelf.timestamp * 1e9
    msg.EnvVersion = text(gelf.version)
    msg.Severity   = tonumber(gelf.level)
    msg.Hostname   = gelf.host
    msg.Payload    = payload_keep and payload or nil
    gelf.timestamp, gelf.version, gelf.level, gelf.host = nil, nil, nil, nil

    local fields = {}
    for key, value in pairs(gelf) do
        if type(value) == "table" then value = cjson.encode(value) end
        if type(value) ~= "userdata" then fields[tostring(key)] = value end
    end
    msg.Fields = fields
    inject_message(msg)
    return 0
end
