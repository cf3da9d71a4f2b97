--[[
# rsyslog
Decodes lines that rsyslog wrote, by the template it wrote them with.

## Config
- template (string, required): the template of rsyslog.conf.
- type (string, default nil): Type of the messages.
- tz (string, default "UTC"): zone of the times in the log, where the template shows none.
- hostname_keep (bool, default false): leave hostname and source as fields, and the Hostname of the message as it was.

## Example
```toml
[RsyslogDecoder]
type = "SandboxDecoder"
filename = "lua_decoders/rsyslog.lua"

[RsyslogDecoder.config]
type = "RSYSLOG_TraditionalFileFormat"
template = '%TIMESTAMP% %HOSTNAME% %syslogtag%%msg:::sp-if-no-1st-sp%%msg:::drop-last-lf%\n'
tz = "America/Los_Angeles"
```

## Emits
One message a line: Timestamp; Severity and the field syslogfacility from pri, or
Severity from one of the severity properties; Pid and the field programname from
syslogtag; Hostname; Payload from msg; a field for each other property. Structured
data become the fields structured-data.id and structured-data._NAME.
--]]

local syslog = require "syslog"

local grammar       = syslog.build_rsyslog_grammar(read_config("template") or error("template is not set"))
local hostname_keep = read_config("hostname_keep")
local severities    = {"syslogseverity", "syslogseverity-text", "syslogpriority", "syslogpriority-text"}

local msg = {Type = read_config("type")}

function process_message()
    local fields = grammar:match(read_message("Payload"))
    if not fields then return -1 end

    msg.Timestamp = fields.timestamp
    fields.timestamp = nil
    if fields.subseconds and msg.Timestamp then
        msg.Timestamp = msg.Timestamp + fields.subseconds * 1e9
        fields.subseconds = nil
    end

    msg.Severity = nil
    local pri = fields.pri
    if pri then
        msg.Severity = pri.severity
        fields.syslogfacility = pri.facility
        fields.pri = nil
    end
    for i = 1, #severities do
        local name = severities[i]
        if fields[name] then
            msg.Severity = msg.Severity or fields[name]
            fields[name] = nil
        end
    end

    msg.Pid = nil
    local tag = fields.syslogtag
    if tag then
        fields.programname = tag.programname
        msg.Pid = tag.pid
        fields.syslogtag = nil
    end

    msg.Hostname = nil
    if not hostname_keep then
        msg.Hostname = fields.hostname or fields.source
        fields.hostname, fields.source = nil, nil
    end

    local data = fields["structured-data"]
    if data then
        fields["structured-data"] = nil
        for name, value in pairs(data) do fields["structured-data." .. name] = value end
    end

    msg.Payload = fields.msg
    fields.msg = nil
    msg.Fields = fields
    inject_message(msg)
    return 0
end
