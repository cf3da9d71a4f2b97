--[[
# alert
Writes alerts for people to read, as in mails.

## Config
None.

## Example
```toml
[AlertEncoder]
type = "SandboxEncoder"
filename = "lua_encoders/alert.lua"

[Alerts]
type = "FileOutput"
message_matcher = "Type == 'heka.sandbox-output' && Fields[payload_type] == 'alert'"
path = "/var/log/alerts.txt"
encoder = "AlertEncoder"
```

## Emits
```text
Timestamp: 2015-06-22T00:13:44Z
Hostname: web1
Plugin: HTTPStatus
Alert: HTTP Status - algorithm: roc col: 2 msg: no new data
```
--]]

require "math"
require "os"

function process_message()
    local seconds = math.floor((read_message("Timestamp") or 0) / 1e9)
    inject_payload("txt", "alert",
        "Timestamp: ", os.date("%Y-%m-%dT%H:%M:%SZ", seconds),
        "\nHostname: ", read_message("Hostname"),
        "\nPlugin: ", read_message("Logger"),
        "\nAlert: ", read_message("Payload"), "\n")
    return 0
end
