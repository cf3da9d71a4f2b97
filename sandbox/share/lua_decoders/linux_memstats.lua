--[[
# linux_memstats
Decodes /proc/meminfo.

## Config
- payload_keep (bool, default false): keep the file's text as Payload.

## Example
```toml
[MemStats]
type = "FilePollingInput"
ticker_interval = 10
file_path = "/proc/meminfo"
decoder = "MemStatsDecoder"

[MemStatsDecoder]
type = "SandboxDecoder"
filename = "lua_decoders/linux_memstats.lua"
```

## Emits
One message a reading, Type stats.memstats: a field for each line, by its name, with
the representation kB where the file has it, and FilePath.
--]]

local l = require "lpeg"
l.locale(l)

local line = l.Cg(l.C((l.P(1) - l.S":\n")^1) * ":" * l.S" \t"^1 * (l.digit^1 / tonumber) * (l.S" \t"^1 * l.C(l.alpha^1) + l.Cc"") * "\n")

local grammar = l.Cf(l.Ct"" * line^1, function(fields, name, value, unit)
    fields[name] = {value = value, representation = unit}
    return fields
end)

local payload_keep = read_config("payload_keep")
local msg = {Type = "stats.memstats"}

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
