--[[
# es_payload
Writes a payload that is JSON as a document for Elasticsearch's bulk interface.

In index, type_name and id parts of the message are filled in: `%{Logger}`, `%{field}`, or
what strftime makes of a pattern, such as `%{%Y.%m.%d}`.

## Config
- index (string, default "heka-%{%Y.%m.%d}"): index of the document.
- type_name (string, default "message"): type of the document; an empty one leaves it out.
- id (string, default nil): id of the document.
- es_index_from_timestamp (bool, default false): whether times are those of the message, or of now.

## Example
```toml
[ESPayload]
type = "SandboxEncoder"
filename = "lua_encoders/es_payload.lua"

[ESPayload.config]
es_index_from_timestamp = true
index = "%{Logger}-%{%Y.%m.%d}"

[Bulk]
type = "HttpOutput"
message_matcher = "Type == 'mytype'"
address = "http://localhost:9200/_bulk"
encoder = "ESPayload"
```

## Emits
```json
{"index":{"_index":"mylogger-2014.06.05","_type":"message"}}
{"json":"data","from":"the payload"}
```
--]]

require "string"
local elasticsearch = require "elasticsearch"

local index = read_config("index") or "heka-%{%Y.%m.%d}"
local type_name = read_config("type_name") or "message"
local id = read_config("id")
local from_timestamp = read_config("es_index_from_timestamp")
if type_name == "" then type_name = nil end

function process_message()
    local ns
    if from_timestamp then ns = read_message("Timestamp") end
    local payload = read_message("Payload")
    add_to_payload(elasticsearch.bulkapi_index_json(index, type_name, id, ns), "\n", payload)
    if string.sub(payload, -1) ~= "\n" then
        add_to_payload("\n")
    end
    inject_payload()
    return 0
end
