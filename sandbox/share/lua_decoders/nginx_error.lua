--[[
# nginx_error
Decodes the error log of nginx.

## Config
- tz (string, default "UTC"): zone of the times in the log.
- type (string, default "nginx.error"): Type of the messages.
- payload_keep (bool, default false): keep the whole line as Payload, in place of its text.

## Example
```toml
[TestWebserverError]
type = "LogstreamerInput"
log_directory = "/var/log/nginx"
file_match = 'error\.log'
decoder = "NginxErrorDecoder"

[NginxErrorDecoder]
type = "SandboxDecoder"
filename = "lua_decoders/nginx_error.lua"

[NginxErrorDecoder.config]
tz = "America/Los_Angeles"
```

## Emits
One message a line: Timestamp, Severity from the level, Pid, Payload (the text) and
the fields tid and connection.
--]]

local grammar = require("common_log_format").nginx_error_grammar

local msg_type     = read_config("type") or "nginx.error"
local payload_keep = read_config("payload_keep")

function process_message()
    local line = read_message("Payload")
    local msg = grammar:match(line)
    if not msg then return -1 end

    msg.Type = msg_type
    if payload_keep then msg.Payload = line end
    inject_message(msg)
    return 0
end
