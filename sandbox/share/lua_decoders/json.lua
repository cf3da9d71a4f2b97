--[[
# json
Decodes a JSON object into fields.

Nested objects and arrays become fields of their own, whose names are the keys on
the way to them: {"a": {"b": [1, 2]}} makes a.b.1 and a.b.2. null makes no field.

## Config
- type (string, default "json"): Type of the messages.
- payload_keep (bool, default false): keep the JSON as Payload.
- map_fields (bool, default false): move the keys named by the options below to the headers of the message.
- Payload (string, default nil): key of the message's Payload.
- Uuid (string, default nil): key of its Uuid, as text or 16 bytes.
- Type (string, default nil): key of its Type.
- Logger (string, default nil): key of its Logger.
- Hostname (string, default nil): key of its Hostname.
- Severity (string, default nil): key of its Severity, a number.
- EnvVersion (string, default nil): key of its EnvVersion, a number or text.
- Pid (string, default nil): key of its Pid, a number.
- Timestamp (string, default nil): key of its Timestamp.
- timestamp_format (string, default nil): strftime format of the Timestamp; without one it is nanoseconds since 1970, or RFC 3339.
- maximum_depth (int, default nil): levels of objects that become fields; what lies deeper becomes JSON text.
- separator (string, default "."): what stands between the keys in a field's name.

## Example
```toml
[MyJsonDecoder]
type = "SandboxDecoder"
filename = "lua_decoders/json.lua"

[MyJsonDecoder.config]
type = "nested_json"
payload_keep = true
map_fields = true
Severity = "severity"
Timestamp = "time"
timestamp_format = "%Y-%m-%d %H:%M:%S"
maximum_depth = 3
```

## Emits
One message an object: its headers, and a field for each other value: STRING, DOUBLE
or BOOL.
--]]

local cjson = require "cjson"
local string = require "string"
local dt = require "date_time"

local payload_keep = read_config("payload_keep")
local msg_type     = read_config("type") or "json"
local separator    = read_config("separator") or "."
local max_depth    = read_config("maximum_depth")
local time_format  = read_config("timestamp_format")
local time_grammar = time_format and dt.build_strftime_grammar(time_format)

-- The keys of headers, and how a value becomes one; nil when it does not fit.
local function as_string(v)
    if type(v) == "string" then return v end
end

local function as_number(v)
    if type(v) == "number" then return v end
end

local function as_uuid(v)
    if type(v) ~= "string" or #v == 16 then return as_string(v) end
    local hex = string.gsub(v, "-", "")
    if #hex == 32 and not string.find(hex, "%X") then
        return (string.gsub(hex, "%x%x", function(byte) return string.char(tonumber(byte, 16)) end))
    end
end

local function as_version(v)
    if type(v) == "string" or type(v) == "number" then return tostring(v) end
end

local function as_time(v)
    if time_grammar then
        local t = type(v) == "string" and time_grammar:match(v)
        return t and dt.time_to_ns(t) or nil
    elseif type(v) == "string" then
        local t = dt.rfc3339:match(v)
        return t and dt.time_to_ns(t) or tonumber(v)
    end
    return as_number(v)
end

local headers = {}
if read_config("map_fields") then
    for name, convert in pairs{
        Payload = as_string, Uuid = as_uuid, Type = as_string, Logger = as_string, Hostname = as_string,
        Severity = as_number, EnvVersion = as_version, Pid = as_number, Timestamp = as_time,
    } do
        local key = read_config(name)
        if key then headers[name] = {key, convert} end
    end
end

-- flatten adds what is in t to fields; depth counts the objects around it.
local function flatten(t, fields, prefix, depth)
    for key, value in pairs(t) do
        local name = prefix and prefix .. separator .. key or tostring(key)
        if type(value) ~= "table" then
            fields[name] = value
        elseif max_depth and depth >= max_depth then
            fields[name] = cjson.encode(value)
        else
            flatten(value, fields, name, depth + 1)
        end
    end
end

function process_message()
    local payload = read_message("Payload")
    local ok, json = pcall(cjson.decode, payload)
    if not ok or type(json) ~= "table" then return -1 end

    local msg = {Type = msg_type}
    if payload_keep then msg.Payload = payload end
    for name, h in pairs(headers) do
        local value = json[h[1]]
        if value ~= nil then
            value = h[2](value)
            if value ~= nil then
                msg[name] = value
                json[h[1]] = nil
            end
        end
    end

    local fields = {}
    flatten(json, fields, nil, 1)
    msg.Fields = fields
    inject_message(msg)
    return 0
end
