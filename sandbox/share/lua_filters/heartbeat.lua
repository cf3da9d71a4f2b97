--[[
# heartbeat
Watches hosts by their heartbeats, and alerts when one is missing.

Every message is a heartbeat of its host.

## Config
- heartbeat_timeout (uint, default 30): seconds without a heartbeat after which a host is down.
- alert_throttle (uint, default 300): seconds between two alerts about one host at least.

## Example
```toml
[heartbeat]
type = "SandboxFilter"
filename = "lua_filters/heartbeat.lua"
ticker_interval = 30
preserve_data = true
message_matcher = "Type == 'heartbeat'"
```

## Emits
Every tick a payload of type `json`, named `heartbeat`: an object with an entry for each
host: last_heartbeat and last_alert (milliseconds since 1970) and status (up or down). For
hosts that went down a payload of type `alert` with a line `Missing Heartbeat - HOST` each.
A host takes about 90 bytes: raise output_limit for more than 600 of them.
--]]

require "cjson"
require "math"
local alert = require "alert"
alert.set_throttle(0) -- here each host has its own

local timeout = (read_config("heartbeat_timeout") or 30) * 1000
local throttle = (read_config("alert_throttle") or 300) * 1000
local floor = math.floor

hosts = {}

function process_message()
    local name, ts = read_message("Hostname"), read_message("Timestamp")
    if not ts then return -1, "the message has no Timestamp" end
    local ms = floor(ts / 1e6)
    local host = hosts[name]
    if host then
        if ms > host.last_heartbeat then host.last_heartbeat = ms end
    else
        hosts[name] = {last_heartbeat = ms, last_alert = 0, status = "up"}
    end
    return 0
end

function timer_event(ns)
    local now = floor(ns / 1e6)
    for name, host in pairs(hosts) do
        if now - host.last_heartbeat <= timeout then
            host.status = "up"
        else
            host.status = "down"
            if now - host.last_alert > throttle then
                alert.queue(0, "Missing Heartbeat - " .. name)
                host.last_alert = now
            end
        end
    end
    alert.send_queue(ns)
    inject_payload("json", "heartbeat", cjson.encode(hosts))
end
