--[[
# cbufd_host_aggregator
Makes a graph with a column for each host, of each column that hosts send as changes
(`cbufd`).

The filters that send them must be alike.

## Config
- max_hosts (uint, required): columns of the graphs; the filter ends when there are more hosts.
- rows (uint, required): rows of the graphs; keep them below what output_limit allows.
- host_expiration (uint, default 120): seconds of silence after which a new host may take a host's column.

## Example
```toml
[RequestsByHost]
type = "SandboxFilter"
filename = "lua_filters/cbufd_host_aggregator.lua"
ticker_interval = 60
preserve_data = true
message_matcher = "Logger == 'Requests' && Fields[payload_type] == 'cbufd'"

[RequestsByHost.config]
max_hosts = 5
rows = 60
host_expiration = 120
```

## Emits
Every tick for each column of each source a payload of type `cbuf`, named
`NAME (COLUMN)`, after a line that has it drawn stacked. A tick injects max_timer_inject
messages (10) at most.
--]]

require "circular_buffer"
require "cjson"
local cbufd = require "cbufd"

local expiration = (read_config("host_expiration") or 120) * 1e9
local rows = read_config("rows") or error("rows configuration must be specified")
local max_hosts = read_config("max_hosts") or error("max_hosts configuration must be specified")

hosts = {} -- by name: index of the column, last_update
hosts_size = 0
payloads = {} -- by name of the payload: header, cbufs by column of the source
shape = ""    -- of the graphs kept

-- begin forgets graphs of another shape, which may have been preserved.
local function begin()
    local now = rows .. " rows of " .. max_hosts
    if shape ~= now then
        hosts, hosts_size, payloads, shape = {}, 0, {}, now
    end
    begin = nil
end

-- label names the column of a host in all graphs of a payload.
local function label(payload, host, name)
    for i, cbuf in ipairs(payload.cbufs) do
        local column = payload.header.column_info[i]
        cbuf:set_header(host.index, name, column.unit, column.aggregation)
    end
end

-- new makes the graphs of a first message.
local function new(name, text)
    local ok, header = pcall(cjson.decode, text)
    if not ok or type(header) ~= "table" or type(header.column_info) ~= "table" then return end
    local payload = {header = header, cbufs = {}}
    for i, column in ipairs(header.column_info) do
        if type(column) ~= "table" or type(column.name) ~= "string" then return end
        local ok, cbuf = pcall(circular_buffer.new, rows, max_hosts, header.seconds_per_row)
        if not ok then return end
        payload.cbufs[i] = cbuf
    end
    for hostname, host in pairs(hosts) do
        if not pcall(label, payload, host, hostname) then return end
    end
    payloads[name] = payload
    return payload
end

-- column finds the column of a host, or gives it one.
local function column(name, ts)
    local host = hosts[name]
    if host then
        if ts > host.last_update then host.last_update = ts end
        return host
    end
    if hosts_size < max_hosts then
        hosts_size = hosts_size + 1
        host = {index = hosts_size, last_update = ts}
    else
        for old, candidate in pairs(hosts) do
            if ts - candidate.last_update >= expiration then
                hosts[old] = nil
                host = candidate
                host.last_update = ts
                break
            end
        end
        if not host then
            error("The number of hosts exceeds the 'max_hosts' configuration")
        end
    end
    hosts[name] = host
    for _, payload in pairs(payloads) do
        label(payload, host, name)
    end
    return host
end

function process_message()
    if begin then begin() end
    local delta = cbufd.grammar:match(read_message("Payload"))
    if not delta then return -1, "the payload holds no changes" end
    local ts = read_message("Timestamp")
    if not ts then return -1, "the message has no Timestamp" end
    local host = column(read_message("Hostname"), ts)
    local name = read_message("Fields[payload_name]") or ""
    local payload = payloads[name] or new(name, delta.header)
    if not payload then return -1, "the header describes no graph" end
    for _, row in ipairs(delta) do
        for i, value in ipairs(row) do
            local cbuf, info = payload.cbufs[i], payload.header.column_info[i]
            if not cbuf or value ~= value then
                -- nothing changed there
            elseif info.aggregation == "sum" then
                cbuf:add(row.time, host.index, value)
            elseif info.aggregation == "min" or info.aggregation == "max" then
                cbuf:set(row.time, host.index, value)
            end
        end
    end
    return 0
end

local options = '{"options":{"stackedGraph":true,"fillGraph":true}}\n'

function timer_event(ns)
    if begin then begin() end
    for name, payload in pairs(payloads) do
        for i, cbuf in ipairs(payload.cbufs) do
            inject_payload("cbuf", name .. " (" .. payload.header.column_info[i].name .. ")", options, cbuf)
        end
    end
end
