--[[
# linux_netdev
Decodes /proc/net/dev.

## Config
- payload_keep (bool, default false): keep the file's text as Payload.

## Example
```toml
[NetDev]
type = "FilePollingInput"
ticker_interval = 10
file_path = "/proc/net/dev"
decoder = "NetDevDecoder"

[NetDevDecoder]
type = "SandboxDecoder"
filename = "lua_decoders/linux_netdev.lua"
```

## Emits
One message an interface, Type stats.netdev: the fields receive_NAME and
transmit_NAME (INTEGER) for each column of the file, netdevice (the interface) and
FilePath.
--]]

local l = require "lpeg"
l.locale(l)

local sp    = l.P" "^0
local word  = l.C((l.P(1) - (l.space + "|"))^1)
local words = l.Ct((sp * word)^1)

-- The first line names the two groups, the second their columns.
local head = (l.P(1) - "\n")^0 * "\n" * (l.P(1) - l.S"|\n")^0 * "|" * words * sp * "|" * words * sp * "\n"
local device = l.Ct(sp * l.Cg((l.P(1) - l.S": \n")^1, "name") * ":" * (sp * (l.digit^1 / tonumber))^1 * sp * "\n")
local grammar = head * l.Ct(device^1)

local payload_keep = read_config("payload_keep")
local msg = {Type = "stats.netdev"}

function process_message()
    local text = read_message("Payload")
    local receive, transmit, devices = grammar:match(text)
    if not devices then return -1 end

    if payload_keep then msg.Payload = text end
    local path = read_message("Fields[FilePath]")
    for _, device in ipairs(devices) do
        local fields = {netdevice = device.name, FilePath = path}
        for i, name in ipairs(receive) do
            fields["receive_" .. name] = device[i] and {value = device[i], value_type = 2}
        end
        for i, name in ipairs(transmit) do
            local value = device[#receive + i]
            fields["transmit_" .. name] = value and {value = value, value_type = 2}
        end
        msg.Fields = fields
        inject_message(msg)
    end
    return 0
end
