--[[
# nginx_access
Decodes the access log of nginx into fields, by the log_format of its configuration.

## Config
- log_format (string, required): the log_format of nginx.conf, without its name and quotes.
- type (string, default nil): Type of the messages.
- user_agent_transform (bool, default false): turn http_user_agent into user_agent_browser, user_agent_version and user_agent_os.
- user_agent_keep (bool, default false): keep http_user_agent beside what it was turned into.
- user_agent_conditional (bool, default false): keep http_user_agent when no browser was found in it.
- payload_keep (bool, default false): keep the line as Payload.

## Example
```toml
[TestWebserver]
type = "LogstreamerInput"
log_directory = "/var/log/nginx"
file_match = 'access\.log'
decoder = "CombinedLogDecoder"

[CombinedLogDecoder]
type = "SandboxDecoder"
filename = "lua_decoders/nginx_access.lua"

[CombinedLogDecoder.config]
type = "combined"
user_agent_transform = true
log_format = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
```

## Emits
One message a line: Timestamp from $time_local, $time_iso8601 or $msec; a field for
each other variable, by its name. Sizes have the representation B, times s, hosts
ipv4, ipv6 or hostname; numbers are DOUBLE.
--]]

local clf = require "common_log_format"

local read, msg     = clf.nginx_reader(read_config("log_format") or error("log_format is not set"))
local payload_keep  = read_config("payload_keep")
local transform     = read_config("user_agent_transform")
local agent_keep    = read_config("user_agent_keep")
local conditional   = read_config("user_agent_conditional")
local agent         = clf.normalize_user_agent

msg.Type = read_config("type")

function process_message()
    local line = read_message("Payload")
    if not read(line) then return -1 end
    if payload_keep then msg.Payload = line end

    local fields = msg.Fields
    local ua = transform and fields.http_user_agent
    if ua then
        local browser, version, system = agent(ua)
        fields.user_agent_browser, fields.user_agent_version, fields.user_agent_os = browser, version, system
        if not (agent_keep or conditional and not browser) then
            fields.http_user_agent = nil
        end
    end

    inject_message(msg)
    return 0
end
