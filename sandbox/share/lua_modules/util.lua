--[[
# util
Nested tables as flat fields, and arrays without their beginning.

## Exports
- table_to_fields(t, fields, parent, separator, max_depth): puts what is in t into fields, under names made of all keys on the way and joined by separator ("."), parent first; what lies deeper than max_depth becomes a text of JSON
- behead_array(index, array): takes away all before an index; what follows moves to the front

## Example
```lua
local util = require "util"
local fields = {}
util.table_to_fields(cjson.decode(read_message("Payload")), fields)
inject_message {Type = "json", Fields = fields}
```
--]]

local M = {}

function M.table_to_fields(t, fields, parent, separator, max_depth)
    local cjson = require "cjson"
    separator = separator or "."
    local function flatten(t, parent, depth)
        for key, value in pairs(t) do
            local name = tostring(key)
            if parent then name = parent .. separator .. name end
            if type(value) ~= "table" then
                fields[name] = value
            elseif max_depth and depth >= max_depth then
                fields[name] = cjson.encode(value)
            else
                flatten(value, name, depth + 1)
            end
        end
    end
    flatten(t, parent, 1)
end

function M.behead_array(index, array)
    local n = #array
    if index <= 1 then return end
    for i = index, n do
        array[i - index + 1] = array[i]
    end
    for i = n, n - index + 2, -1 do
        if i < 1 then break end
        array[i] = nil
    end
end

return M
