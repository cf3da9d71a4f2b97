--[[
# nginx_stub_status
Decodes the page of nginx's stub_status module.

## Config
- type (string, default "nginx_stub_status"): Type of the messages.
- payload_keep (bool, default false): keep the page as Payload.

## Example
```toml
[NginxStubStatus]
type = "HttpInput"
url = "http://localhost:8090/nginx_status"
ticker_interval = 1
success_severity = 6
error_severity = 1
decoder = "NginxStubStatusDecoder"

[NginxStubStatusDecoder]
type = "SandboxDecoder"
filename = "lua_decoders/nginx_stub_status.lua"
```

## Emits
One message a page: the fields connections, accepts, handled, requests, reading,
writing and waiting.
--]]

local l = require "lpeg"
l.locale(l)

local sp     = l.space^0
local number = l.digit^1 / tonumber

local function labelled(label, name) return l.P(label) * ":" * sp * l.Cg(number, name) * sp end
local function next_number(name) return l.Cg(number, name) * sp end

local grammar = l.Ct(labelled("Active connections", "connections")
    * "server accepts handled requests" * (l.P(1) - "\n")^0 * sp
    * next_number"accepts" * next_number"handled" * next_number"requests"
    * ((l.P(1) - "Reading")^0) * labelled("Reading", "reading") * labelled("Writing", "writing") * labelled("Waiting", "waiting"))

local payload_keep = read_config("payload_keep")
local msg = {Type = read_config("type") or "nginx_stub_status"}

function process_message()
    local page = read_message("Payload")
    local fields = grammar:match(page)
    if not fields then return -1 end

    if payload_keep then msg.Payload = page end
    msg.Fields = fields
    inject_message(msg)
    return 0
end
