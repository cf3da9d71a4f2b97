--[[
# procstat
Tells how busy the processors were between two readings of /proc/stat.

## Config
- whitelist (string, default nil): a pattern of Lua; fields whose names do not match it are left out.
- extras (bool, default false): whether shares and differences of single states, and of the other counters, are told as well.
- percent_integer (bool, default true): whether percentages are rounded to whole numbers.

## Example
```toml
[ProcStat]
type = "SandboxFilter"
filename = "lua_filters/procstat.lua"
preserve_data = true
message_matcher = "Type == 'stats.procstat'"

[ProcStat.config]
whitelist = "cpu$"
```

## Emits
For each message but the first one of type `heka.sandbox.procstat`, with the payload of
the message and the fields `NAME_percent` of each processor: the share of time it was not
idle. With extras also `NAME_percent_user`, `_nice`, `_system`, `_idle` and `_iowait`,
`NAME_delta_STATE` for each state and `NAME_delta_ticks` for all of them,
`softirq_delta_N`, and `NAME_delta` of each single counter. The messages are those of
lua_decoders/linux_procstat.lua.
--]]

require "math"
require "string"

local whitelist = read_config("whitelist")
local extras = read_config("extras") or false
if whitelist and not pcall(string.find, "", whitelist) then
    error("whitelist is no pattern of Lua: " .. whitelist)
end
local whole = read_config("percent_integer") ~= false

local states = {"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guestnice"}
local told = {1, 2, 3, 4, 5} -- states whose share is told

-- readings returns the values of all numeric fields, as arrays.
local function readings()
    local all = {}
    for _, field in ipairs(decode_message(read_message("raw")).Fields or {}) do
        if type(field.value[1]) == "number" then
            all[field.name] = field.value
        end
    end
    return all
end

-- difference returns by how much each value has grown; nil when they are not of
-- the same counters.
local function difference(new, old)
    if not old or #new ~= #old then return end
    local delta = {}
    for i, value in ipairs(new) do
        delta[i] = value - old[i]
    end
    return delta
end

local function percent(share)
    if whole then return math.ceil(share * 100 - 0.5) + 0 end
    return share * 100
end

local function processor(name, delta, fields)
    local ticks = 0
    for i, value in ipairs(delta) do
        ticks = ticks + value
        if extras and states[i] then
            fields[name .. "_delta_" .. states[i]] = value
        end
    end
    if extras then fields[name .. "_delta_ticks"] = ticks end
    if not (ticks > 0) or not delta[4] then return end
    fields[name .. "_percent"] = percent(1 - delta[4] / ticks)
    if not extras then return end
    for _, i in ipairs(told) do
        if delta[i] then
            fields[name .. "_percent_" .. states[i]] = percent(delta[i] / ticks)
        end
    end
end

function process_message()
    local now = readings()
    local before = previous
    previous = now
    if not before then return 0 end

    local fields = {}
    for name, values in pairs(now) do
        local delta = difference(values, before[name])
        if delta and (not whitelist or string.find(name, whitelist)) then
            if string.find(name, "^cpu") then
                processor(name, delta, fields)
            elseif extras and name == "softirq" then
                for i, value in ipairs(delta) do
                    fields["softirq_delta_" .. i] = value
                end
            elseif extras and #delta == 1 then
                fields[name .. "_delta"] = delta[1]
            end
        end
    end
    if next(fields) then
        inject_message {Type = "procstat", Payload = read_message("Payload"), Fields = fields}
    end
    return 0
end
