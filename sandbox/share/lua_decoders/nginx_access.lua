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

process_message = clf.access_decoder(clf.nginx_reader)
