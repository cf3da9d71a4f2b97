--[[
# linux_netstat
Decodes /proc/net/netstat and /proc/net/snmp.

## Config
- payload_keep (bool, default false): keep the file's text as Payload.

## Example
```toml
[NetStat]
type = "FilePollingInput"
ticker_interval = 10
file_path = "/proc/net/netstat"
decoder = "NetStatDecoder"

[NetStatDecoder]
type = "SandboxDecoder"
filename = "lua_decoders/linux_netstat.lua"
```

## Emits
One message a reading, Type stats.netstat: a field PROTOCOL_NAME (INTEGER) for each
value, and FilePath.
--]]

local l = require "lpeg"
l.locale(l)

local sp       = l.P" "^0
local protocol = l.C((l.P(1) - l.S":\n")^1) * ":"
local names    = l.Ct((sp * l.C((l.P(1) - l.space)^1))^1)
local values   = l.Ct((sp * (l.P"-"^-1 * l.digit^1 / tonumber))^1)
local line_end = sp * (l.P"\n" + -1)

-- A line of names is followed by one of values, with the protocol before both.
local pair = l.Cg(protocol * names * line_end * protocol * values * line_end)
local grammar = l.Cf(l.Ct"" * pair^1, function(fields, proto, name, proto2, value)
    if proto == proto2 then
        for i = 1, #name do
            fields[proto .. "_" .. name[i]] = value[i] and {value = value[i], value_type = 2}
        end
    end
    return fields
end)

local payload_keep = read_config("payload_keep")
local msg = {Type = "stats.netstat"}

function process_message()
    local text = read_message("Payload")
    local fields = grammar:match(text)
    if not fields or not next(fields) then return -1 end

    if payload_keep then msg.Payload = text end
    fields.FilePath = read_message("Fields[FilePath]")
    msg.Fields = fields
    inject_message(msg)
    return 0
end
