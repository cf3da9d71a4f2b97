--[[
# syslog
Grammars for syslog lines, made from the template that rsyslog wrote them with.

A grammar makes one table with a key for each property of the template, in lower
case: text, a number, or for some a table. The times timestamp and timereported are
both the key timestamp, in nanoseconds. White space of the template stands for
exactly one character of white space.

- syslogtag: a table with programname and pid (a number, where given)
- pri: a table with facility and severity
- syslogfacility, syslogseverity, syslogpriority and their -text forms: a number
- pri-text: the facility, a number
- structured-data: a table: id (of further elements id_2, id_3 …), and each parameter with _ before its name; empty for -
- msg: text up to the end of the line
- the option date-subseconds: a fraction below 1, under the key subseconds

## Exports
- build_rsyslog_grammar(template): grammar of the lines of an rsyslog template
- severity: grammar of a severity's name, which captures its number
- facility: grammar of a facility's name, which captures its number

## Example
```lua
local syslog = require "syslog"
local grammar = syslog.build_rsyslog_grammar("<%PRI%>%TIMESTAMP% %HOSTNAME% %syslogtag%%msg%\n")
local fields = grammar:match(line) -- fields.syslogtag.programname, fields.msg
```
--]]

local l = require "lpeg"
local math = require "math"
local string = require "string"
local dt = require "date_time"
local ip = require "ip_address"
l.locale(l)

local floor = math.floor
local byte, lower, sub, upper = string.byte, string.lower, string.sub, string.upper
local P, S, R, C, Cg, Ct, Cc, digit, space, graph = l.P, l.S, l.R, l.C, l.Cg, l.Ct, l.Cc, l.digit, l.space, l.graph

local M = {}

-- Numbers and names ----------------------------------------------------------

-- named makes a grammar of names, all lower or all upper case, for numbers. A
-- longer name comes before its own beginning.
local function named(list)
    local p = P(false)
    for _, e in ipairs(list) do
        p = p + (P(e[1]) + upper(e[1])) * Cc(e[2])
    end
    return p
end

M.severity = named{
    {"debug", 7}, {"info", 6}, {"notice", 5}, {"warning", 4}, {"warn", 4}, {"error", 3}, {"err", 3},
    {"crit", 2}, {"alert", 1}, {"emerg", 0}, {"panic", 0},
}

M.facility = named{
    {"kern", 0}, {"user", 1}, {"mail", 2}, {"daemon", 3}, {"authpriv", 10}, {"auth", 4}, {"security", 4},
    {"syslog", 5}, {"lpr", 6}, {"news", 7}, {"uucp", 8}, {"cron", 9}, {"ftp", 11}, {"ntp", 12}, {"audit", 13},
    {"alert", 14}, {"clock", 15}, {"local0", 16}, {"local1", 17}, {"local2", 18}, {"local3", 19},
    {"local4", 20}, {"local5", 21}, {"local6", 22}, {"local7", 23},
}

local integer = digit^1 / tonumber
local number3 = digit * digit^-2

local function priority(text)
    local n = tonumber(text)
    return {facility = floor(n / 8), severity = n % 8}
end

-- Times -----------------------------------------------------------------------

local function time_ns(grammar)
    return dt.memo(grammar / 0, function(text) return dt.time_to_ns(grammar:match(text)) end)
end

-- Of a new RFC 3164 time only the time of day is new as a rule. The year of such a
-- time is the current one, so what is remembered is forgotten with the day.
local last_day, midnight, until_second = nil, 0, 0
local function rfc3164_ns(text)
    local day = sub(text, 1, 7)
    local now = os.time()
    if day ~= last_day or now >= until_second then
        midnight = dt.time_to_ns(dt.rfc3164_timestamp:match(day .. "00:00:00"))
        last_day, until_second = day, now - now % 86400 + 86400
    end
    local h1, h2, _, m1, m2, _, s1, s2 = byte(text, 8, 15)
    return midnight + (h1 * 36000 + h2 * 3600 + m1 * 600 + m2 * 60 + s1 * 10 + s2 - 48 * 40271) * 1e9
end

local rfc3164 = dt.rfc3164_text / rfc3164_ns
local times = {
    ["date-rfc3164"] = rfc3164,
    ["date-rfc3164-buggyday"] = rfc3164,
    ["date-mysql"] = time_ns(dt.mysql_timestamp),
    ["date-pgsql"] = time_ns(dt.pgsql_timestamp),
    ["date-rfc3339"] = dt.memo(dt.rfc3339_text, function(text) return dt.time_to_ns(dt.rfc3339:match(text)) end),
    ["date-unixtimestamp"] = C(digit^1) / dt.seconds_to_ns,
}
local subseconds = digit^1 / function(text) return tonumber("0." .. text) end

-- Structured data -------------------------------------------------------------

local sd_name  = (graph - S'="]')^1
local sd_value = l.Cs((P"\\" * C(S'"\\]') / 1 + (P(1) - '"'))^0)
local sd_param = C(sd_name) * '="' * sd_value * '"'

local function add_param(t, name, value)
    t["_" .. name] = value
    return t
end

-- A second element's id has a key of its own; its parameters join the others.
local function add_element(t, id)
    local key, n = "id", 1
    while t[key] do
        n = n + 1
        key = "id_" .. n
    end
    t[key] = id
    return t
end

local sd_element = P"[" * Cg(C(sd_name)) * (P" "^1 * Cg(sd_param))^0 * "]"
local structured_data = P"-" / function() return {} end
    + l.Cf(Ct"" * sd_element^1, function(t, name, value)
        if value then return add_param(t, name, value) end
        return add_element(t, name)
    end)

-- Properties ------------------------------------------------------------------

local printable = graph^0
local host_name = graph * graph^-254
local program   = (graph - S":[")^0

local tag = Ct(Cg(program, "programname") * (P"[" * Cg(integer, "pid") * "]")^-1 * P":"^-1)

local year, month, day, hour, minute =
    digit * digit * digit * digit, digit * digit, digit * digit, digit * digit, digit * digit

local properties = {
    rawmsg = P(1)^0,
    hostname = host_name,
    source = host_name,
    fromhost = host_name,
    ["fromhost-ip"] = ip.v4 + ip.v6,
    syslogtag = tag,
    programname = program,
    pri = number3 / priority,
    ["pri-text"] = M.facility * "." * (M.severity / 0) * "<" * number3 * ">",
    iut = printable,
    syslogfacility = integer,
    ["syslogfacility-text"] = M.facility,
    syslogseverity = integer,
    ["syslogseverity-text"] = M.severity,
    syslogpriority = integer,
    ["syslogpriority-text"] = M.severity,
    ["protocol-version"] = printable,
    ["structured-data"] = structured_data,
    ["app-name"] = printable,
    procid = printable,
    msgid = printable,
    inputname = printable,
    ["$bom"] = P"\239\187\191",
    ["$now"] = year * "-" * month * "-" * day,
    ["$year"] = year,
    ["$month"] = month,
    ["$day"] = day,
    ["$hour"] = hour,
    ["$hhour"] = digit * digit,
    ["$qhour"] = digit * digit,
    ["$minute"] = minute,
}
local time_properties = {timestamp = "timestamp", timereported = "timestamp", timegenerated = "timegenerated"}

-- property gives the pattern of one property of a template. A text ends at last.
local function property(name, option, last)
    name = lower(name)
    if option == "sp-if-no-1st-sp" then
        return P" "^1
    elseif name == "msg" then
        return Cg((P(1) - last)^0, "msg")
    elseif time_properties[name] then
        if option == "date-subseconds" then return Cg(subseconds, "subseconds") end
        local time = times[option] or (not option or not option:find("^date%-")) and times["date-rfc3164"]
        if not time then error("unknown rsyslog date option: " .. option) end
        return Cg(time, time_properties[name])
    elseif not properties[name] then
        error("unknown rsyslog property: " .. name)
    end
    return Cg(properties[name], name)
end

-- Templates -------------------------------------------------------------------

local escapes = {n = "\n", t = "\t", r = "\r", a = "\a", b = "\b", f = "\f", v = "\v"}
local escape = P"\\" / "" * (
    digit * digit^-2 / function(code) return string.char(tonumber(code) % 256) end
    + C(P(1)) / function(c) return escapes[c] or c end)

local part = (P(1) - S":%")^0
local template_grammar = Ct((
    Ct(P"%" * Cg(part, "name") * (P":" * part * (P":" * part * (P":" * Cg(part, "option"))^-1)^-1)^-1 * "%")
    + Ct(Cg(space, "white"))
    + Ct(Cg(l.Cs((escape + (P(1) - (S"%\\" + space)))^1), "literal")))^0) * -1

function M.build_rsyslog_grammar(template)
    local parts = template_grammar:match(template)
    if not parts then error("could not parse the rsyslog template: " .. tostring(template)) end
    local p, last = P(true), "\n"
    for _, e in ipairs(parts) do
        if e.white then
            p, last = p * space, "\n"
        elseif e.literal then
            p, last = p * e.literal, sub(e.literal, -1)
        else
            local option = e.option
            if option == "" then option = nil end
            p = p * property(e.name, option, last)
        end
    end
    return Ct(p)
end

return M
