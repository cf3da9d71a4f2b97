--[[
# cbuf_graph
The output of a filter that keeps a circular buffer: the graph, and alerts when
something in it is unusual.

## Exports
- setup(title, rows, sec_per_row): how long notes on the graph are kept
- inject(ns, title, cbuf, tests, later): sends the buffer as a payload of type `cbuf`; with tests (see anomaly) an alert first when one finds something, and its notes in a line before the buffer; `later` keeps the alert for alert.send_queue

## Example
```lua
local graph = require "cbuf_graph"
graph.setup("Requests", 1440, 60)
function timer_event(ns)
    graph.inject(ns, "Requests", cb, anomaly_config)
end
```
--]]

local alert = require "alert"
local annotation = require "annotation"
local anomaly = require "anomaly"

local M = {}

function M.setup(title, rows, sec_per_row)
    annotation.set_prune(title, rows * sec_per_row * 1e9)
end

function M.inject(ns, title, cbuf, tests, later)
    if not tests then
        inject_payload("cbuf", title, cbuf)
        return
    end
    if not alert.throttled(ns) then
        local message, notes = anomaly.detect(ns, title, cbuf, tests)
        if message then
            annotation.concat(title, notes)
            if later then
                alert.queue(ns, message)
            else
                alert.send(ns, message)
            end
        end
    end
    inject_payload("cbuf", title, annotation.prune(title, ns) or "", cbuf)
end

return M
