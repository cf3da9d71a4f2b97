--[[
# field_util
Lists of fields, and the time of the message at hand in other units.

## Exports
- base_fields_list: the headers of a message, as keys of a table
- base_fields_tag_list: those of them that are tags: Type, Hostname, Severity, Logger
- field_map(text): the fields named in a text between spaces, as keys of a table; whether `**all_base**` is among them; whether `**all**` is. Both add all headers; so does an empty text
- used_base_fields(skip): the headers that are not keys of skip
- field_interp(text): the text with parts of the message filled in (see msg_interpolate)
- message_timestamp(precision): the message's time in `ms`, `s`, `m` or `h`, rounded down; ms when it is none of these

## Example
```lua
local field_util = require "field_util"
local skip, all_base = field_util.field_map("**all_base** FilePath")
```
--]]

local math = require "math"
local interpolate = require("msg_interpolate").interpolate_from_msg
local read_message = read_message
local string = require "string"

local M = {}

local function set(...)
    local t = {}
    for _, name in ipairs {...} do t[name] = true end
    return t
end

M.base_fields_list = set("Type", "Payload", "Hostname", "Pid", "Logger", "Severity", "EnvVersion")
M.base_fields_tag_list = set("Type", "Hostname", "Severity", "Logger")

function M.field_map(text)
    local fields, all_base, all = {}, not text or text == "", false
    for name in string.gmatch(text or "", "%S+") do
        fields[name] = true
        all_base = all_base or name == "**all_base**"
        all = all or name == "**all**"
    end
    if all_base or all then
        for name in pairs(M.base_fields_list) do fields[name] = true end
    end
    return fields, all_base, all
end

function M.used_base_fields(skip)
    local used = {}
    for name in pairs(M.base_fields_list) do
        if not skip[name] then used[name] = true end
    end
    return used
end

function M.field_interp(text)
    return interpolate(text)
end

local units = {ms = 1e6, s = 1e9, m = 60e9, h = 3600e9}

function M.message_timestamp(precision)
    return math.floor((read_message("Timestamp") or 0) / (units[precision] or 1e6))
end

return M
