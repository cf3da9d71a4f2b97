--[[
# heka_process_message_failures
Alerts when a plugin of hekad begins to fail on messages.

It reads the reports of hekad, and keeps the failures of the last hour for each plugin.

## Config
- anomaly_config (string, default `mww_nonparametric("DEFAULT", 1, 5, 10, 0.7)`): tests by the name of a plugin, see the module anomaly; those of DEFAULT are for all others.

## Example
```toml
[ProcessMessageFailures]
type = "SandboxFilter"
filename = "lua_filters/heka_process_message_failures.lua"
ticker_interval = 60
message_matcher = "Type == 'heka.all-report'"
```

## Emits
Payloads of type `alert`, for each plugin at most once an hour. A plugin that is no longer
in the reports is forgotten.
--]]

require "circular_buffer"
require "cjson"
local alert = require "alert"
local anomaly = require "anomaly"

local sections = {"inputs", "splitters", "decoders", "filters", "encoders", "outputs"}
local tests = anomaly.parse_config(read_config("anomaly_config") or 'mww_nonparametric("DEFAULT", 1, 5, 10, 0.7)')
local hour = 3600e9

local plugins = {}
local last_report = 0

-- default returns a copy of the tests of DEFAULT: when they ran is kept in them.
local function default()
    local copy = {}
    for i, t in ipairs(tests.DEFAULT or {}) do copy[i] = t end
    return copy
end

local function find(name)
    local p = plugins[name]
    if not p then
        p = {seen = 0, last_alert = 0, cbuf = circular_buffer.new(60, 1, 60), tests = {[name] = tests[name] or default()}}
        p.cbuf:set_header(1, "Failures", "count", "max")
        plugins[name] = p
    end
    return p
end

function process_message()
    local ok, report = pcall(cjson.decode, read_message("Payload"))
    if not ok or type(report) ~= "table" then return -1, "the payload is no report" end
    local ts = read_message("Timestamp")
    if not ts then return -1, "the message has no Timestamp" end
    last_report = ts
    for _, section in ipairs(sections) do
        local entries = report[section]
        for _, entry in ipairs(type(entries) == "table" and entries or {}) do
            if type(entry) ~= "table" then return -1, "invalid entry in section " .. section end
            local failures = entry.ProcessMessageFailures
            if type(failures) == "table" then
                if type(entry.Name) ~= "string" then return -1, "missing plugin Name" end
                local p = find(entry.Name)
                p.seen = ts
                -- A zero stays empty: the step from nothing to something is what counts.
                if type(failures.value) == "number" and failures.value > 0 then
                    p.cbuf:set(ts, 1, failures.value)
                end
            end
        end
    end
    return 0
end

function timer_event(ns)
    for name, p in pairs(plugins) do
        if ns - p.last_alert > hour then
            local message = anomaly.detect(ns, name, p.cbuf, p.tests)
            if message then
                alert.queue(0, message)
                p.last_alert = ns
            end
        end
        if p.seen ~= last_report then
            plugins[name] = nil
        end
    end
    alert.send_queue(0)
end
