--[[
# ts_line_protocol
Lines for time series databases, made of the fields of the message at hand.

A line is made of each value of each field, in their order. A field that occurs
again is named with `_fidx_1` and so on, a further value of a field with `_vidx_1`.

InfluxDB: `name,tag=value value=1.000000 1434932024123`. Numbers, and texts that are
numbers of digits and points, have a fixed number of decimals so that a series never
changes its type; other texts are quoted, booleans are true and false. Spaces and
commas in names, and equals signs in tags, are escaped. Empty tags are left out.

Carbon: `prefix.field 1 1434932024`. Only values of digits and points are taken:
neither negative ones nor those with an exponent.

## Exports
- set_config(options): options for the other functions, with what is not given set to its default: carbon_format (false), decimal_precision ("6"), name_prefix, name_prefix_delimiter, skip_fields_str, source_value_field, tag_fields_str ("**all_base**"), timestamp_precision ("ms"), multi_fields (false), value_field_key ("value")
- influxdb_line_msg(config): an array of lines for InfluxDB
- carbon_line_msg(config): an array of lines for Carbon

## Example
```lua
local ts = require "ts_line_protocol"
local config = ts.set_config {name_prefix = "%{Hostname}", name_prefix_delimiter = "."}
local lines = ts.influxdb_line_msg(config)
```
--]]

local decode_message = decode_message
local field_util = require "field_util"
local interpolate = require("msg_interpolate").interpolate_from_msg
local read_message = read_message
local string = require "string"
local table = require "table"

local M = {}

local defaults = {
    carbon_format = false, decimal_precision = "6", tag_fields_str = "**all_base**",
    timestamp_precision = "ms", multi_fields = false, value_field_key = "value",
    name_prefix = false, name_prefix_delimiter = false, skip_fields_str = false, source_value_field = false,
}

function M.set_config(options)
    local config = {}
    for name, value in pairs(defaults) do
        config[name] = options and options[name] or value
    end
    config.decimal_format = "%." .. config.decimal_precision .. "f"
    config.skip_fields = {}
    if config.skip_fields_str then
        config.skip_fields = field_util.field_map(config.skip_fields_str)
    end
    config.tag_fields, config.tag_all_base, config.tag_all = field_util.field_map(config.tag_fields_str)
    return config
end

-- The headers that may be tags, in the order of their lines.
local tag_headers = {"Logger", "Type", "Severity", "Hostname"}

local function escape(text)
    return (string.gsub(tostring(text), "[ ,=]", "\\%0"))
end

-- measurement escapes a name that begins a line.
local function measurement(text)
    return (string.gsub(text, "[ ,]", "\\%0"))
end

-- fields calls f with name, value, and the name as numbered of each value.
local function fields(rename, f)
    local raw = read_message("raw")
    local message = raw and decode_message(raw)
    local seen = {}
    for _, field in ipairs(message and message.Fields or {}) do
        local name = rename(field.name)
        local again = seen[name] or 0
        seen[name] = again + 1
        local numbered = name
        if again > 0 then numbered = string.format("%s_fidx_%d", name, again) end
        for i, value in ipairs(field.value) do
            if i == 1 then
                f(field.name, value, numbered)
            else
                f(field.name, value, string.format("%s_vidx_%d", numbered, i - 1))
            end
        end
    end
end

local function same(name) return name end
local function word(name) return (string.gsub(name, "[^%w]", "_")) end

-- prefix returns what stands before the names, and the delimiter.
local function prefix(config)
    return interpolate(config.name_prefix or ""), config.name_prefix_delimiter or ""
end

-- points returns an array of {name, value} of what a line is to be made of.
local function points(config, rename, on_value)
    local list = {}
    local before, delimiter = prefix(config)
    fields(rename, function(field, value, numbered)
        if on_value then on_value(field, value, numbered) end
        if config.source_value_field then
            if field == config.source_value_field and #list == 0 then
                list[1] = {before, value}
            end
        elseif not (config.skip_fields[field] or config.skip_fields[rename(field)]) then
            if config.multi_fields then
                list[#list + 1] = {numbered, value}
            else
                list[#list + 1] = {before .. delimiter .. numbered, value}
            end
        end
    end)
    return list, before
end

local function influx_value(config, value)
    if type(value) == "number" then
        return string.format(config.decimal_format, value)
    end
    if type(value) == "boolean" then
        return tostring(value)
    end
    if string.find(value, "^[%d.]+$") and tonumber(value) then
        return string.format(config.decimal_format, tonumber(value))
    end
    return '"' .. string.gsub(value, '["\\]', "\\%0") .. '"'
end

function M.influxdb_line_msg(config)
    local tags = {}
    local function tag(name, value)
        if value ~= nil and value ~= "" then
            tags[#tags + 1] = escape(name) .. "=" .. escape(value)
        end
    end
    for _, name in ipairs(tag_headers) do
        if config.tag_all or config.tag_all_base or config.tag_fields[name] then
            tag(name, read_message(name))
        end
    end
    local list, before = points(config, same, function(field, value, numbered)
        if config.tag_all or config.tag_fields[field] and not field_util.base_fields_list[field] then
            tag(numbered, value)
        end
    end)

    local suffix = ""
    if #tags > 0 then suffix = "," .. table.concat(tags, ",") end
    local stamp = string.format(" %d", field_util.message_timestamp(config.timestamp_precision))
    local lines = {}
    if config.multi_fields then
        local values = {}
        for i, p in ipairs(list) do
            values[i] = escape(p[1]) .. "=" .. influx_value(config, p[2])
        end
        if #values > 0 then
            lines[1] = measurement(before) .. suffix .. " " .. table.concat(values, ",") .. stamp
        end
        return lines
    end
    for i, p in ipairs(list) do
        lines[i] = measurement(p[1]) .. suffix .. " " .. escape(config.value_field_key) .. "=" .. influx_value(config, p[2]) .. stamp
    end
    return lines
end

function M.carbon_line_msg(config)
    local stamp = field_util.message_timestamp(config.timestamp_precision)
    local lines = {}
    for _, p in ipairs((points(config, word))) do
        local value = tostring(p[2])
        if string.find(value, "^[%d.]+$") then
            lines[#lines + 1] = string.format("%s %s %d", p[1], value, stamp)
        end
    end
    return lines
end

return M
