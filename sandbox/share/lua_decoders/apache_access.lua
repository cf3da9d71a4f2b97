--[[
# apache_access
Decodes the access log of Apache into fields, by the LogFormat of its configuration.

## Config
- log_format (string, required): the LogFormat of httpd.conf, without its name and outer quotes.
- type (string, default nil): Type of the messages.
- user_agent_transform (bool, default false): turn http_user_agent into user_agent_browser, user_agent_version and user_agent_os.
- user_agent_keep (bool, default false): keep http_user_agent beside what it was turned into.
- user_agent_conditional (bool, default false): keep http_user_agent when no browser was found in it.
- payload_keep (bool, default false): keep the line as Payload.

## Example
```toml
[TestWebserver]
type = "LogstreamerInput"
log_directory = "/var/log/apache2"
file_match = 'access\.log'
decoder = "CombinedLogDecoder"

[CombinedLogDecoder]
type = "SandboxDecoder"
filename = "lua_decoders/apache_access.lua"

[CombinedLogDecoder.config]
type = "combined"
user_agent_transform = true
log_format = '%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"'
```

## Emits
One message a line: Timestamp from %t; a field for each other directive, as
common_log_format names it. Sizes have the representation B, times s or us, hosts
ipv4, ipv6 or hostname; numbers are DOUBLE.
--]]

local clf = require "common_log_format"

process_message = clf.access_decoder(clf.apache_reader)
