--[[
# heka_message_schema
Describes the messages of a stream: their loggers, types, versions and fields.

It is made for looking around in data, not for staying: it keeps an entry for each name it
meets.

## Config
None.

## Example
```toml
[MessageSchema]
type = "SandboxFilter"
filename = "lua_filters/heka_message_schema.lua"
ticker_interval = 60
message_matcher = "Logger != 'MessageSchema'"
```

## Emits
Every tick a payload of type `txt`, named `Message Schema`: a tree of Logger, Type,
EnvVersion and fields with how often each has occurred. A field says its type (string,
number, bool, or mismatch where it has several), and ` - optional [n]` when n messages
of its kind have it and others have not:

```text
nginx.access [54600]
    combined [54600]
         -no version- [54600]
            remote_addr (string)
            status (number)
            upstream_status (mismatch - optional [37])
```
--]]

require "string"
require "table"

schema = {}

local kinds = {[0] = "string", "string", "number", "number", "bool"}

-- child counts a name below a node, and returns its node.
local function child(node, name)
    local c = node[name]
    if not c then
        c = {count = 0, below = {}}
        node[name] = c
    end
    c.count = c.count + 1
    return c
end

function process_message()
    local logger = child(schema, read_message("Logger") or "")
    local typ = child(logger.below, read_message("Type") or "")
    local version = child(typ.below, read_message("EnvVersion") or "")
    local seen = {}
    for _, field in ipairs(decode_message(read_message("raw")).Fields or {}) do
        local kind = field.value_type or 0
        local f = version.below[field.name]
        if not f then
            f = {count = 0, kind = kind}
            version.below[field.name] = f
        elseif f.kind ~= kind then
            f.kind = -1
        end
        if not seen[field.name] then
            seen[field.name] = true
            f.count = f.count + 1
        end
    end
    return 0
end

-- each calls f with the names of a node in order.
local function each(node, f)
    local names = {}
    for name in pairs(node) do names[#names + 1] = name end
    table.sort(names)
    for _, name in ipairs(names) do f(name, node[name]) end
end

local function line(indent, name, empty, node)
    if name == "" then name = empty end
    add_to_payload(string.rep(" ", indent), name, " [", node.count, "]\n")
end

function timer_event(ns)
    add_to_payload("Logger, Type, EnvVersion and fields, with the number of messages.\n\n")
    each(schema, function(name, logger)
        line(0, name, "-no logger-", logger)
        each(logger.below, function(name, typ)
            line(4, name, "-no type-", typ)
            each(typ.below, function(name, version)
                line(9, name, "-no version-", version)
                each(version.below, function(name, field)
                    add_to_payload(string.rep(" ", 12), name, " (", kinds[field.kind] or "mismatch")
                    if field.count ~= version.count then
                        add_to_payload(" - optional [", field.count, "]")
                    end
                    add_to_payload(")\n")
                end)
            end)
        end)
    end)
    inject_payload("txt", "Message Schema")
end
