--[[
# elasticsearch
The action lines of Elasticsearch's bulk interface.

## Exports
- bulkapi_index_json(index, type_name, id, ns): the line that has a document indexed, without its end of line; nil leaves a part out, parts of the message are filled in (see msg_interpolate), times in them are those of ns or of now

## Example
```lua
local elasticsearch = require "elasticsearch"
add_to_payload(elasticsearch.bulkapi_index_json("heka-%{%Y.%m.%d}", "message"), "\n", read_message("Payload"), "\n")
```
--]]

local cjson = require "cjson"
local interpolate = require("msg_interpolate").interpolate_from_msg
local table = require "table"

local M = {}

function M.bulkapi_index_json(index, type_name, id, ns)
    local seconds = ns and ns / 1e9
    local parts = {}
    local function add(key, text)
        if text then
            parts[#parts + 1] = '"' .. key .. '":' .. cjson.encode(interpolate(text, seconds))
        end
    end
    add("_index", index)
    add("_type", type_name)
    add("_id", id)
    return '{"index":{' .. table.concat(parts, ",") .. "}}"
end

return M
