--[[
# common_log_format
Grammars for the access logs of nginx and Apache, made from the format in the
server's own configuration, and for the error log of nginx.

A grammar makes one table: a key for each variable, its value text, a number, or a
table with value and representation (B, s, us, ipv4, ipv6, hostname), as message
fields want it. The time of the request is the key time, in nanoseconds.

Texts (requests, referers, user agents) end at the last character of the literal
before them: so put them into quotes or between white space, as all usual formats
do. Within quotes \" does not end the text.

## Exports
- build_nginx_grammar(log_format): grammar of an nginx log_format
- build_apache_grammar(log_format): grammar of an Apache LogFormat
- nginx_reader(log_format): read, msg. read(line) puts what is in a line into msg, for inject_message, and returns true; false when the line does not match. msg and its Fields stay the same tables, so this is twice as quick as a grammar
- apache_reader(log_format): the same for an Apache LogFormat
- access_decoder(reader): the process_message of nginx_access and apache_access, with their config; reader is nginx_reader or apache_reader
- nginx_error_grammar: a message's table: Timestamp, Severity, Pid, Payload, Fields.tid, Fields.connection
- normalize_user_agent(user_agent): browser, version (a number) and operating system; nil for what is not known

## Example
```lua
local clf = require "common_log_format"
local grammar = clf.build_nginx_grammar('$remote_addr [$time_local] "$request" $status')
local fields = grammar:match(line) -- fields.remote_addr.value, fields.time, fields.status
```
--]]

local l = require "lpeg"
local string = require "string"
local dt = require "date_time"
local ip = require "ip_address"
l.locale(l)

local byte, find, sub, lower, gsub = string.byte, string.find, string.sub, string.lower, string.gsub
local P, S, R, C, Cg, Ct, Cc, digit, space, match = l.P, l.S, l.R, l.C, l.Cg, l.Ct, l.Cc, l.digit, l.space, l.match

local M = {}

-- Values --------------------------------------------------------------------

local integer = digit^1 / tonumber
local decimal = digit^1 * "." * digit^1 / tonumber
local status  = digit * digit * digit / tonumber
local host    = ip.host_field

-- The parts of the patterns that make a value with its representation, for readers:
-- the pattern of the value, and the representation; of a host the pattern captures both.
local parts = {[host] = {ip.host_pair}}

-- with makes the table of a value and its representation.
local function with(value, representation)
    local p = Ct(Cg(value, "value") * Cg(Cc(representation), "representation"))
    parts[p] = {value, representation}
    return p
end

local bytes = with(integer, "B")

-- A time like 10/Feb/2014:08:46:41 -0800 is read by memo; of a new second only the
-- time of day is new as a rule.
local last_day, last_zone, midnight
local function clf_ns(text)
    local day, zone = sub(text, 1, 12), sub(text, 21)
    if day ~= last_day or zone ~= last_zone then
        midnight = dt.time_to_ns(dt.clf_timestamp:match(day .. "00:00:00" .. zone))
        last_day, last_zone = day, zone
    end
    local h1, h2, _, m1, m2, _, s1, s2 = byte(text, 13, 20)
    return midnight + (h1 * 36000 + h2 * 3600 + m1 * 600 + m2 * 60 + s1 * 10 + s2 - 48 * 40271) * 1e9
end

local clf_time = dt.memo(dt.clf_text, clf_ns)

-- In a reader the text of a time is looked at only when it is a new one; false is no time.
local last_text, last_ns
local quick_time = P(26) / function(text)
    if text ~= last_text then
        last_text, last_ns = text, dt.clf_text:match(text) ~= nil and clf_ns(text)
    end
    return last_ns
end

local bracketed_time = "[" * clf_time * "]"
local rfc3339_time = dt.memo(dt.rfc3339_text, function(text) return dt.time_to_ns(dt.rfc3339:match(text)) end)
local msec_time = C(digit^1 * "." * digit * digit * digit) / dt.seconds_to_ns

-- text_until makes the grammar of a text that ends before the character last; ""
-- stands for white space. A named group without captures is what it matched: so
-- there is no C around texts.
local function text_until(last)
    if last == "" then
        return (P(1) - space)^0
    elseif last == '"' then
        local plain = (P(1) - S'"\\')^0
        return plain * (P"\\" * P'"'^-1 * plain)^0
    end
    return (P(1) - last)^0
end

-- Lists of upstream servers: ", " between the servers of a group, " : " between groups.
local between = P", " + " : "
local function list(element)
    return element * (between * element)^0
end
local dash_is_0   = P"-" * Cc(0)
local lone_dash   = C"-" * -between
local upstream    = Ct(list(C((P(1) - (space + ","))^1)))
local upstream_decimal = digit^1 * (P"." * digit^1)^-1 / tonumber

local method = P"GET" + "POST" + "HEAD" + "PUT" + "DELETE" + "OPTIONS" + "TRACE" + "CONNECT" + "PATCH"
local protocol = P"HTTP/" * digit^1 * "." * digit^1

-- nginx ---------------------------------------------------------------------

local nginx_time = {time_local = clf_time, time_iso8601 = rfc3339_time, msec = msec_time}

local nginx_variables = {
    binary_remote_addr   = P(4),
    body_bytes_sent      = bytes,
    bytes_sent           = bytes,
    connection           = integer,
    connection_requests  = integer,
    content_length       = bytes,
    host                 = host,
    hostname             = host,
    https                = P"on"^-1,
    is_args              = P"?"^-1,
    nginx_version        = digit^1 * "." * digit^1 * "." * digit^1,
    pid                  = integer,
    pipe                 = S"p.",
    proxy_protocol_addr  = host,
    remote_addr          = host,
    remote_port          = integer,
    request_completion   = P"OK"^-1,
    request_length       = bytes,
    request_method       = method,
    request_time         = with(decimal, "s"),
    scheme               = P"https" + "http",
    server_addr          = host,
    server_name          = host,
    server_port          = integer,
    server_protocol      = protocol,
    status               = status,
    tcpinfo_rcv_space    = integer,
    tcpinfo_rtt          = integer,
    tcpinfo_rttvar       = integer,
    tcpinfo_snd_cwnd     = integer,
    upstream_addr        = lone_dash + upstream,
    upstream_cache_last_modified = C"-" + dt.build_strftime_grammar("%a, %d %b %Y %T GMT") / dt.time_to_ns,
    upstream_cache_status = P"HIT" + "MISS" + "EXPIRED" + "BYPASS" + "STALE" + "UPDATING" + "REVALIDATED" + "-",
    upstream_response_length = lone_dash + with(Ct(list(integer + dash_is_0)), "B"),
    upstream_response_time   = with(Ct(list(upstream_decimal + dash_is_0)), "s"),
    upstream_status          = Ct(list(status + dash_is_0)),
}

-- A format is cut into elements: white space, a literal, or a variable with its name
-- and its pattern; without a pattern it is a text.

-- walk joins the patterns of elements. variable(name, pattern) gives that of a variable.
local function walk(elements, variable)
    local p, last = P(true), ""
    for _, e in ipairs(elements) do
        if e.white then
            p, last = p * space^1, ""
        elseif e.literal then
            p, last = p * e.literal, sub(e.literal, -1)
        else
            p = p * variable(e.name, e.pattern or text_until(last), e)
        end
    end
    return p
end

local function white() return {white = true} end
local function literal(text) return {literal = text} end

-- grammar makes the pattern that captures the table of all variables.
local function grammar(elements)
    return Ct(walk(elements, function(name, pattern) return Cg(pattern, name) end))
end

local most = 24 -- values that a reader takes

-- Patterns that capture their value themselves; of the others it is what they match.
local captures = {[integer] = true, [decimal] = true, [status] = true, [quick_time] = true, [ip.host_pair] = true}

-- reader makes a function that puts the variables of a line into a message that stays
-- the same table, as do its fields: a line costs no tables at all.
local function reader(elements)
    local fields = {}
    local msg = {Fields = fields}
    local tables, keys = {}, {}
    local function slot(t, k)
        tables[#tables + 1], keys[#keys + 1] = t, k
    end

    local latest = {} -- of two variables of a name the later one wins
    for _, e in ipairs(elements) do
        if e.name then latest[e.name] = e end
    end
    local p = walk(elements, function(name, pattern, e)
        local part = parts[pattern]
        if latest[name] ~= e then
            slot({}, name)
        elseif name == "time" then
            slot(msg, "Timestamp")
            if pattern == clf_time then pattern = quick_time end
            if pattern == bracketed_time then pattern = "[" * quick_time * "]" end
        elseif part then
            local t = {representation = part[2]}
            fields[name] = t
            slot(t, "value")
            if not part[2] then slot(t, "representation") end
            pattern = part[1]
        else
            slot(fields, name)
        end
        if not e.pattern then return C(pattern) end
        return captures[pattern] and pattern or Cg(pattern)
    end)

    local n = #tables
    if n > most then return nil end
    for i = n + 1, most do tables[i], keys[i] = {}, "" end
    local t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15, t16, t17, t18, t19, t20, t21, t22, t23, t24 =
        unpack(tables, 1, most)
    local k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12, k13, k14, k15, k16, k17, k18, k19, k20, k21, k22, k23, k24 =
        unpack(keys, 1, most)

    local function read(line)
        local a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24 =
            match(p, line)
        if not a1 then return false end
        t1[k1] = a1; t2[k2] = a2; t3[k3] = a3; t4[k4] = a4
        t5[k5] = a5; t6[k6] = a6
        if n > 6 then
            t7[k7] = a7; t8[k8] = a8; t9[k9] = a9
        end
        if n > 9 then
            t10[k10] = a10; t11[k11] = a11; t12[k12] = a12
        end
        if n > 12 then
            t13[k13] = a13; t14[k14] = a14; t15[k15] = a15; t16[k16] = a16
        end
        if n > 16 then
            t17[k17] = a17; t18[k18] = a18; t19[k19] = a19; t20[k20] = a20
            t21[k21] = a21; t22[k22] = a22; t23[k23] = a23; t24[k24] = a24
        end
        return msg.Timestamp ~= false
    end
    return read, msg
end

-- table_reader is a reader for formats of more variables.
local function table_reader(elements)
    local g, msg = grammar(elements), {}
    return function(line)
        local fields = g:match(line)
        if not fields then return false end
        msg.Timestamp, fields.time, msg.Fields = fields.time, nil, fields
        return true
    end, msg
end

local function make_reader(elements)
    local read, msg = reader(elements)
    if not read then return table_reader(elements) end
    return read, msg
end

local nginx_format = Ct((
    P"$" * C((l.alnum + "_")^1) / function(name)
        if nginx_time[name] then return {name = "time", pattern = nginx_time[name]} end
        return {name = name, pattern = nginx_variables[name]}
    end
    + space^1 / white
    + C((P(1) - (space + "$"))^1 + "$") / literal)^0) * -1

function M.build_nginx_grammar(log_format)
    return grammar(nginx_format:match(log_format))
end

function M.nginx_reader(log_format)
    return make_reader(nginx_format:match(log_format))
end

-- Apache --------------------------------------------------------------------

-- A fixed directive is a name and a pattern, or "" for a text.
local apache_directives = {
    a = {"remote_addr", host},
    A = {"server_addr", host},
    B = {"body_bytes_sent", bytes},
    b = {"body_bytes_sent", with(integer + dash_is_0, "B")},
    D = {"request_time", with(integer, "us")},
    f = {"request_filename"},
    h = {"remote_addr", host},
    H = {"server_protocol", protocol},
    I = {"request_length", bytes},
    k = {"connection_requests", integer},
    l = {"remote_user"},
    L = {"request_log_id"},
    m = {"request_method", (l.alnum + S"_-")^1},
    O = {"response_length", bytes},
    p = {"server_port", integer},
    P = {"pid", integer},
    q = {"query_string"},
    r = {"request"},
    R = {"request_handler"},
    s = {"status", status},
    S = {"total_length", bytes},
    t = {"time", bracketed_time},
    T = {"request_time", with(integer, "s")},
    u = {"remote_user"},
    U = {"uri"},
    v = {"server_name", host},
    V = {"server_name", host},
    X = {"connection_status", S"X+-"},
}

local function fraction(digits)
    return function(text) return tonumber(text) / 10^digits end
end

local function header(arg) return (gsub(lower(arg), "-", "_")) end

local apache_times = {
    sec       = {"time", C(digit^1) / dt.seconds_to_ns},
    msec      = {"time", digit^1 / function(n) return n * 1e6 end},
    usec      = {"time", digit^1 / function(n) return n * 1e3 end},
    msec_frac = {"sec_frac", digit * digit * digit / fraction(3)},
    usec_frac = {"sec_frac", digit * digit * digit * digit * digit * digit / fraction(6)},
}

local function apache_time(arg)
    arg = arg:match("^begin:(.*)$") or arg:match("^end:(.*)$") or arg
    return apache_times[arg] or {"time", dt.build_strftime_grammar(arg) / dt.time_to_ns}
end

local apache_ports = {canonical = "server_port", ["local"] = "server_port", remote = "remote_port"}
local apache_ids = {
    pid = {"pid", integer},
    tid = {"tid", integer},
    hextid = {"tid", l.xdigit^1 / function(hex) return tonumber(hex, 16) end},
}

-- Directives with an argument.
local apache_arguments = {
    a = function() return apache_directives.a end,
    C = function(arg) return {"cookie_" .. arg} end,
    e = function(arg) return {"env_" .. arg} end,
    i = function(arg) return {"http_" .. header(arg)} end,
    n = function(arg) return {"module_" .. arg} end,
    o = function(arg) return {"sent_http_" .. header(arg)} end,
    p = function(arg) return apache_ports[arg] and {apache_ports[arg], integer} end,
    P = function(arg) return apache_ids[arg] end,
    t = apache_time,
    x = function(arg) return {lower(arg)} end,
}

local function directive(arg, letter)
    local d
    if not letter then
        d = apache_directives[arg]
    elseif apache_arguments[letter] then
        d = apache_arguments[letter](arg)
    end
    if not d then
        error("unknown Apache log format directive: %" .. (letter and "{" .. arg .. "}" .. letter or arg))
    end
    return {name = d[1], pattern = d[2]}
end

local escapes = {t = "\t", n = "\n", r = "\r"}
local escape = P"\\" / "" * (
    digit * digit^-2 / function(code) return string.char(tonumber(code) % 256) end
    + C(P(1)) / function(c) return escapes[c] or c end)

local conditions = P"!"^-1 * digit * digit * digit * (P"," * digit * digit * digit)^0

local apache_format = Ct((
    P"%%" / function() return literal"%" end
    + P"%" * S"<>"^0 * conditions^-1 * S"<>"^0 * (P"{" * C((P(1) - "}")^0) * "}")^-1 * S"<>"^0 * C(l.alpha) / directive
    + P" "^1 / white
    + l.Cs((escape + (P(1) - S" %\\"))^1) / literal)^0) * -1

local function apache_elements(log_format)
    local elements = apache_format:match(log_format)
    if not elements then error("could not parse the Apache log format: " .. log_format) end
    return elements
end

function M.build_apache_grammar(log_format)
    return grammar(apache_elements(log_format))
end

function M.apache_reader(log_format)
    return make_reader(apache_elements(log_format))
end

-- nginx error log -----------------------------------------------------------

local levels = P"debug" * Cc(7) + P"info" * Cc(6) + P"notice" * Cc(5) + P"warn" * Cc(4)
    + P"error" * Cc(3) + P"crit" * Cc(2) + P"alert" * Cc(1) + P"emerg" * Cc(0)

local error_time = dt.build_strftime_grammar("%Y/%m/%d %H:%M:%S")

M.nginx_error_grammar = Ct(
    Cg(dt.memo(error_time / 0, function(text) return dt.time_to_ns(error_time:match(text)) end), "Timestamp")
    * " [" * Cg(levels, "Severity") * "] "
    * Cg(integer, "Pid") * "#" * Cg(Ct(
        Cg(integer, "tid") * ": " * (P"*" * Cg(integer, "connection") * " ")^-1), "Fields")
    * Cg(P(1)^0, "Payload"))

-- User agents ---------------------------------------------------------------

local systems = {
    {"iPod", "iPod"}, {"iPad", "iPad"}, {"iPhone", "iPhone"}, {"Android", "Android"},
    {"BlackBerry", "BlackBerry"}, {"Linux", "Linux"}, {"Macintosh", "Macintosh"},
    {"Mozilla/5.0 (Mobile;", "FirefoxOS"},
    {"Windows NT 10.0", "Windows 10"}, {"Windows NT 6.3", "Windows 8.1"}, {"Windows NT 6.2", "Windows 8"},
    {"Windows NT 6.1", "Windows 7"}, {"Windows NT 6.0", "Windows Vista"}, {"Windows NT 5.1", "Windows XP"},
    {"Windows NT 5.0", "Windows 2000"},
}

-- Browsers with the pattern of their version.
local browsers = {
    {"Chrome", "Chrome/(%d+)"},
    {"Opera Mini", ".*/(%d+)"},
    {"Opera Mobi", ".*/(%d+)"},
    {"Opera", ".*/(%d+)"},
    {"MSIE", "MSIE (%d+)"},
    {"Safari", ".*/(%d+)"},
    {"Firefox", "Firefox/(%d+)"},
}

local function normalize(ua)
    local browser, version, system
    for i = 1, #systems do
        if find(ua, systems[i][1], 1, true) then
            system = systems[i][2]
            break
        end
    end
    for i = 1, #browsers do
        if find(ua, browsers[i][1], 1, true) then
            browser = browsers[i][1]
            local _, _, digits = find(ua, browsers[i][2])
            version = tonumber(digits)
            break
        end
    end
    return browser, version, system
end

-- The answers are remembered in two generations of at most 500 agents, for few
-- agents make most requests.
local young, old, count = {}, {}, 0

function M.normalize_user_agent(ua)
    local known = young[ua]
    if not known then
        known = old[ua]
        if not known then
            local browser, version, system = normalize(ua)
            known = {browser, version, system}
        end
        if count == 500 then
            young, old, count = {}, young, 0
        end
        young[ua] = known
        count = count + 1
    end
    return known[1], known[2], known[3]
end

-- Decoders --------------------------------------------------------------------

function M.access_decoder(reader)
    local read, msg    = reader(read_config("log_format") or error("log_format is not set"))
    local payload_keep = read_config("payload_keep")
    local transform    = read_config("user_agent_transform")
    local agent_keep   = read_config("user_agent_keep")
    local conditional  = read_config("user_agent_conditional")
    local agent        = M.normalize_user_agent

    msg.Type = read_config("type")

    return function()
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
end

return M
