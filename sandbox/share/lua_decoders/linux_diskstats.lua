--[[
# linux_diskstats
Decodes the statistics of one disk, /sys/block/NAME/stat.

## Config
- payload_keep (bool, default false): keep the file's text as Payload.

## Example
```toml
[DiskStats]
type = "FilePollingInput"
ticker_interval = 10
file_path = "/sys/block/sda/stat"
decoder = "DiskStatsDecoder"

[DiskStatsDecoder]
type = "SandboxDecoder"
filename = "lua_decoders/linux_diskstats.lua"
```

## Emits
One message a reading, Type stats.diskstats: the fields ReadsCompleted, ReadsMerged,
SectorsRead, TimeReading, WritesCompleted, WritesMerged, SectorsWritten, TimeWriting,
NumIOInProgress, TimeDoingIO, WeightedTimeDoingIO (times in ms), FilePath and
TickerInterval.
--]]

local l = require "lpeg"
l.locale(l)

local grammar = l.P(true)
for _, name in ipairs{"ReadsCompleted", "ReadsMerged", "SectorsRead", "TimeReading", "WritesCompleted", "WritesMerged",
    "SectorsWritten", "TimeWriting", "NumIOInProgress", "TimeDoingIO", "WeightedTimeDoingIO"} do
    grammar = grammar * l.space^0 * l.Cg(l.digit^1 / tonumber, name)
end
grammar = l.Ct(grammar * (l.space + -1))

local payload_keep = read_config("payload_keep")
local msg = {Type = "stats.diskstats"}

function process_message()
    local text = read_message("Payload")
    local fields = grammar:match(text)
    if not fields then return -1 end

    if payload_keep then msg.Payload = text end
    fields.FilePath = read_message("Fields[FilePath]")
    fields.TickerInterval = read_message("Fields[TickerInterval]")
    msg.Fields = fields
    inject_message(msg)
    return 0
end
