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

-- by_weight returns the items to tell by their weights, and the weights in order.
local function by_weight()
    local groups, weights = {}, {}
    for item, weight in pairs(items) do
        if weight > min_weight then
            local group = groups[weight]
            if group then
                group[#group + 1] = tostring(item)
            else
                groups[weight] = {tostring(item)}
                weights[#weights + 1] = weight
            end
        end
    end
    table.sort(weights)
    return groups, weights
end

-- list adds the heaviest items to the payload, until it is long enough.
local function list()
    local groups, weights = by_weight()
    local size = 0
    for i = #weights, 1, -1 do
        local weight = weights[i]
        local group = groups[weight]
        table.sort(group)
        for _, text in ipairs(group) do
            size = size + #text + 24
            if size > longest then return end
            add_to_payload((string.gsub(text, "[\t\r\n]", " ")), "\t", weight, "\n")
        end
    end
end

function timer_event(ns)
    add_to_payload(variable, "\tWeight\n")
    list()
    inject_payload("tsv", "Weighting by " .. variable)

    local today = day_of(ns / 1e9)
    if reset_days > 0 and today - day >= reset_days then
        day, items, items_size = today, {}, 0
    end
end
