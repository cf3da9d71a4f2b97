--[[
# linux_procstat
Decodes /proc/stat.

## Config
- payload_keep (bool, default false): keep the file's text as Payload.

## Example
```toml
[ProcStat]
type = "FilePollingInput"
ticker_interval = 10
file_path = "/proc/stat"
decoder = "ProcStatDecoder"

[ProcStatDecoder]
type = "SandboxDecoder"
filename = "lua_decoders/linux_procstat.lua"
```

## Emits
One message a reading, Type stats.procstat: a field for each line, by its name (cpu,
cpu0, intr, ctxt, …), with all its numbers as the values.
--]]

local l = require "lpeg"
l.locale(l)

local numbers = l.Ct((l.P" "^1 * (l.digit^1 / tonumber))^1)
local line = l.Cg(l.C((l.P(1) - l.space)^1) * numbers * l.P" "^0 * "\n")
local grammar = l.Cf(l.Ct"" * line^1, rawset)

local payload_keep = read_config("payload_keep")
local msg = {Type = "stats.procstat"}

function process_message()
    local text = read_message("Payload")
    local fields = grammar:match(text)
    if not fields then return -1 end

    if payload_keep then msg.Payload = text end
    msg.Fields = fields
    inject_message(msg)
    return 0
end
