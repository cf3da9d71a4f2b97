--[[
# linux_loadavg
Decodes /proc/loadavg.

## Config
- payload_keep (bool, default false): keep the file's text as Payload.

## Example
```toml
[LoadAvg]
type = "FilePollingInput"
ticker_interval = 10
file_path = "/proc/loadavg"
decoder = "LoadAvgDecoder"

[LoadAvgDecoder]
type = "SandboxDecoder"
filename = "lua_decoders/linux_loadavg.lua"
```

## Emits
One message a reading, Type stats.loadavg: the fields 1MinAvg, 5MinAvg, 15MinAvg,
NumProcesses (those that run) and FilePath.
--]]

local l = require "lpeg"
l.locale(l)

local number = l.digit^1 * (l.P"." * l.digit^1)^-1 / tonumber

local grammar = l.Ct(l.Cg(number, "1MinAvg") * " " * l.Cg(number, "5MinAvg") * " " * l.Cg(number, "15MinAvg") * " "
    * l.Cg(l.digit^1 / tonumber, "NumProcesses") * "/")

local payload_keep = read_config("payload_keep")
local msg = {Type = "stats.loadavg"}

function process_message()
    local text = read_message("Payload")
    local fields = grammar:match(text)
    if not fields then return -1 end

    if payload_keep then msg.Payload = text end
    fields.FilePath = read_message("Fields[FilePath]")
    msg.Fields = fields
    inject_message(msg)
    return 0
end
