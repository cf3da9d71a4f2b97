--[[
# annotation
Notes on graphs: what was seen when, in which column.

They are kept in the global `_ANNOTATIONS` by the name of the graph's payload, so
that they are preserved with the script, and go into the line before a circular
buffer.

## Exports
- create(ns, col, short, text): a note: x (milliseconds), col, shortText, text
- add(name, ns, col, short, text): makes a note and keeps it
- concat(name, notes): keeps an array of notes
- remove(name): forgets the notes of a graph
- set_prune(name, ns): how old a note may become; a day when it is not called
- prune(name, ns): forgets what is too old at this time, and returns the line of those left; nothing for a name that is not known

## Example
```lua
local annotation = require "annotation"
annotation.add("Requests", ns, 1, "D", "deployed 1.2")
inject_payload("cbuf", "Requests", annotation.prune("Requests", ns), cb)
```
--]]

local cjson = require "cjson"
local math = require "math"
local table = require "table"

local M = {}

_ANNOTATIONS = {}

local day = 24 * 60 * 60 * 1e9

-- of returns what is kept under a name.
local function of(name)
    local graph = _ANNOTATIONS[name]
    if not graph then
        graph = {annotations = {}, prune_duration = day}
        _ANNOTATIONS[name] = graph
    end
    return graph
end

function M.create(ns, col, short, text)
    return {x = math.floor(ns / 1e6), col = col, shortText = short, text = text}
end

function M.add(name, ns, col, short, text)
    table.insert(of(name).annotations, M.create(ns, col, short, text))
end

function M.concat(name, notes)
    if not notes then return end
    local kept = of(name).annotations
    for _, note in ipairs(notes) do
        kept[#kept + 1] = note
    end
end

function M.remove(name)
    _ANNOTATIONS[name] = nil
end

function M.set_prune(name, ns)
    of(name).prune_duration = ns
end

function M.prune(name, ns)
    local graph = _ANNOTATIONS[name]
    if not graph then return end
    local kept, lines = {}, {}
    for _, note in ipairs(graph.annotations) do
        if note.x * 1e6 + graph.prune_duration > ns then
            kept[#kept + 1] = note
            lines[#lines + 1] = cjson.encode(note)
        end
    end
    graph.annotations = kept
    return '{"annotations":[' .. table.concat(lines, ",") .. "]}\n"
end

return M
