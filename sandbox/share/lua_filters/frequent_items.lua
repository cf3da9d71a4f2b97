--[[
# frequent_items
Finds the most frequent values of a part of the messages.

It counts up to max_items different values. When a further one comes, every count goes
down by one and those at zero make room (Misra and Gries): what is really frequent stays,
with a weight that is at most its number.

## Config
- message_variable (string, required): what is counted, such as `Fields[remote_addr]` or `Hostname`.
- max_items (uint, default 1000): values counted at a time; more make the list more accurate.
- min_output_weight (uint, default 100): only values with a larger weight are told.
- reset_days (uint, default 1): days after which counting begins anew, at midnight UTC; 0 is never.

## Example
```toml
[FrequentIP]
type = "SandboxFilter"
filename = "lua_filters/frequent_items.lua"
ticker_interval = 60
preserve_data = true
message_matcher = "Logger == 'nginx.access'"

[FrequentIP.config]
message_variable = "Fields[remote_addr]"
max_items = 10000
```

## Emits
Every tick a payload of type `tsv`, named `Weighting by` and the variable: a line of the
variable and `Weight`, then a line for each value with its weight, the heaviest first.
--]]

require "math"
require "os"
require "string"
require "table"

local variable = read_config("message_variable") or error("message_variable configuration must be specified")
local max_items = read_config("max_items") or 1000
local min_weight = read_config("min_output_weight") or 100
local reset_days = read_config("reset_days") or 1
local longest = 60000 -- bytes of a list: below the default output_limit

local function day_of(seconds) return math.floor(seconds / 86400) end

items = {}
items_size = 0
day = day_of(os.time())

-- make_room takes one off every weight.
local function make_room()
    for item, weight in pairs(items) do
        if weight > 1 then
            items[item] = weight - 1
        else
            items[item] = nil
            items_size = items_size - 1
        end
    end
end

function process_message()
    local item = read_message(variable)
    if item == nil then return 0 end
    local weight = items[item]
    if weight then
        items[item] = weight + 1
    elseif items_size < max_items then
        items[item] = 1
        items_size = items_size + 1
    else
        make_room()
    end
    return 0
end

-- heaviest returns the items to tell, in their order.
local function heaviest()
    local list = {}
    for item, weight in pairs(items) do
        if weight > min_weight then
            list[#list + 1] = {text = string.gsub(tostring(item), "[\t\r\n]", " "), weight = weight}
        end
    end
    table.sort(list, function(a, b)
        if a.weight ~= b.weight then return a.weight > b.weight end
        return a.text < b.text
    end)
    return list
end

function timer_event(ns)
    add_to_payload(variable, "\tWeight\n")
    local size = 0
    for _, entry in ipairs(heaviest()) do
        size = size + #entry.text + 24
        if size > longest then break end
        add_to_payload(entry.text, "\t", entry.weight, "\n")
    end
    inject_payload("tsv", "Weighting by " .. variable)

    local today = day_of(ns / 1e9)
    if reset_days > 0 and today - day >= reset_days then
        day, items, items_size = today, {}, 0
    end
end
