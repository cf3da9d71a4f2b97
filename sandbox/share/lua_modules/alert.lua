--[[
# alert
Sends alerts, and not more often than is wanted.

An alert is a payload of type `alert` without a name. The time of the last one is
kept in the global `_LAST_ALERT`, so that it is preserved with the script.

## Exports
- queue(ns, text): keeps a text for send_queue; false when it is empty or alerts are throttled
- send(ns, text): sends a text now; false when it is empty or alerts are throttled
- send_queue(ns): sends all texts kept, a line each; false when there is none
- set_throttle(ns): how long is waited after an alert; an hour when it is not called
- throttled(ns): whether an alert at this time is held back; never at time 0

## Example
```lua
local alert = require "alert"
alert.set_throttle(10 * 60 * 1e9)
function timer_event(ns)
    alert.send(ns, "the sky is falling")
end
```
--]]

local inject_payload = inject_payload
local table = require "table"

local M = {}

local throttle = 60 * 60 * 1e9
local queued = {}

_LAST_ALERT = 0

function M.set_throttle(ns)
    throttle = ns
end

function M.throttled(ns)
    if ns == 0 then return false end
    return ns < _LAST_ALERT or ns - _LAST_ALERT <= throttle
end

-- accepts reports whether text may be sent at ns.
local function accepts(ns, text)
    return text ~= nil and text ~= "" and not M.throttled(ns)
end

function M.queue(ns, text)
    if not accepts(ns, text) then return false end
    queued[#queued + 1] = text
    return true
end

function M.send(ns, text)
    if not accepts(ns, text) then return false end
    inject_payload("alert", "", text)
    _LAST_ALERT = ns
    return true
end

function M.send_queue(ns)
    if #queued == 0 then return false end
    local text = table.concat(queued, "\n")
    queued = {}
    inject_payload("alert", "", text)
    _LAST_ALERT = ns
    return true
end

return M
