--[[
# msg_interpolate
Puts parts of the message at hand into a text.

`%{x}` becomes the header named x (Type, Hostname, Pid, UUID, Logger, EnvVersion,
Severity), or the first value of the field x, or what strftime makes of x; when it
is none of these, it is left as it is.

## Exports
- interpolate_from_msg(text, seconds): the text with its parts filled in; times are those of seconds since 1970, or of now

## Example
```lua
local interpolate = require "msg_interpolate"
local index = interpolate.interpolate_from_msg("%{Logger}-%{%Y.%m.%d}", read_message("Timestamp") / 1e9)
```
--]]

local math = require "math"
local os = require "os"
local read_message = read_message
local string = require "string"

local M = {}

local headers = {
    Type = "Type", Hostname = "Hostname", Pid = "Pid", UUID = "Uuid",
    Logger = "Logger", EnvVersion = "EnvVersion", Severity = "Severity",
}

-- date returns what strftime makes of a text that holds a conversion.
local function date(text, seconds)
    if not string.find(text, "%", 1, true) or string.find(text, "^[!*]") then return end
    local ok, made = pcall(os.date, text, seconds)
    if ok and made ~= text then return made end
end

function M.interpolate_from_msg(text, seconds)
    if not string.find(text, "%{", 1, true) then return text end
    seconds = seconds and math.floor(seconds)
    return (string.gsub(text, "%%{(.-)}", function(part)
        local header = headers[part]
        if header then
            return read_message(header)
        end
        local value = read_message("Fields[" .. part .. "]")
        if value ~= nil then
            return tostring(value)
        end
        return date(part, seconds)
    end))
end

return M
