--[[
# postfix
Turns the messages of Postfix into fields.

All keys begin with postfix_. Addresses are tables with value and representation
(ipv4 or ipv6); counts, sizes, ports, uids and status codes are tables with value
and value_type 2, so that they become INTEGER fields; delays are numbers.

The pairs key=value of a message stay one text, keyvalue_data, unless they are asked
for one by one: each is then postfix_KEY; client and relay become _hostname, _ip, _port
and _service, delays becomes delay_before_qmgr, delay_in_qmgr, delay_conn_setup and
delay_transmission.

Daemons: anvil, bounce, cleanup, discard, dnsblog, error, lmtp, local, master, pickup, pipe,
postdrop, postscreen, qmgr, scache, sendmail, smtp, smtpd, tlsmgr, tlsproxy,
trivial_rewrite (also trivial-rewrite), virtual.

## Exports
- postfix_match(programname, message, extract_keyvalue): the table of a message, or nil when the daemon or its message is not known. programname ends with the daemon's name after a slash, as postfix/smtpd.

## Example
```lua
local postfix = require "postfix"
local fields = postfix.postfix_match("postfix/smtpd", "connect from mail.example.net[192.0.2.9]", true)
```
--]]

local l = require "lpeg"
local string = require "string"
local ip = require "ip_address"
l.locale(l)

local P, S, R, C, Cg, Cf, Ct, Cc, digit, space, alnum = l.P, l.S, l.R, l.C, l.Cg, l.Cf, l.Ct, l.Cc, l.digit, l.space, l.alnum

local M = {}

-- Pieces ----------------------------------------------------------------------

local any    = P(1)
local finish = S" \t\r\n"^0 * -any
local float  = digit^1 * (P"." * digit^1)^-1 / tonumber
local word   = (any - space)^1

local integers = {}
for name in ([[anvil_cache_size anvil_conn_count anvil_conn_rate client_port nrcpt postscreen_cache_dropped
    postscreen_cache_retained postscreen_dnsbl_rank proxy_status_code relay_port scache_addresses scache_connection
    scache_domains scache_hits scache_miss scache_success server_port size status_code termination_signal uid]]):gmatch("%S+") do
    integers["postfix_" .. name] = true
end

local floats = {}
for name in ("delay delay_before_qmgr delay_in_qmgr delay_conn_setup delay_transmission postscreen_violation_time"):gmatch("%S+") do
    floats["postfix_" .. name] = true
end

-- typed gives a text the type that the fields of its name have.
local function typed(name, text)
    if integers[name] and text:find("^%d+$") then
        return {value = tonumber(text), value_type = 2}
    elseif floats[name] then
        return tonumber(text) or text
    end
    return text
end

-- f captures a pattern under its name, with the type that belongs to the name.
local function f(name, pattern)
    name = "postfix_" .. name
    if integers[name] or floats[name] then
        return Cg(C(pattern) / function(text) return typed(name, text) end, name)
    end
    return Cg(pattern, name)
end

-- to captures what lies before the pattern stop.
local function to(stop, name) return f(name, (any - P(stop))^1) end

local queueid   = f("queueid", alnum^5)
local address   = ip.v4_field + ip.v6_field + C(P"unknown")
local host_name = (any - (S"[ \n"))^1
local port      = digit^1
local month_day = l.alpha^3 * P" "^1 * digit^1 * " " * digit * digit * ":" * digit * digit * ":" * digit * digit

-- A client is name[address] and perhaps :port, or [address]:port.
local function peer(prefix)
    return f(prefix .. "_hostname", host_name)^-1 * "[" * f(prefix .. "_ip", address) * "]" * (P":" * f(prefix .. "_port", port))^-1
end
local client, relay = peer("client"), peer("relay")

local warning = (P"warning" + "fatal" + "error" + "panic") * ": " * f("warning", any^0)

-- Pairs -----------------------------------------------------------------------

local key       = (alnum + S"_-")^1
local pairs_at  = "; " * key * "="
local in_angles = P"<" * C((any - (P">" * (S", :;)" + finish)))^0) * ">"
local value     = in_angles + C((any - (S", " + finish))^0)
local set_pair  = function(t, k, v)
    t[k] = v
    return t
end
local keyvalues = Cf(Ct"" * Cg(C(key) * "=" * value * (P", " + " " + ",")^0)^1, set_pair)

local delays = f("delay_before_qmgr", float / 0) * "/" * f("delay_in_qmgr", float / 0) * "/"
    * f("delay_conn_setup", float / 0) * "/" * f("delay_transmission", float / 0)
local relay_info = relay + f("relay_hostname", host_name) * "[" * f("relay_service", (any - "]")^1) * "]"

local splits = {client = Ct(client), relay = Ct(relay_info), delays = Ct(delays)}

-- add_pairs sets the fields of the pairs in text.
local function add_pairs(fields, text)
    local pairs_of = keyvalues:match(text)
    if not pairs_of then return false end
    for k, v in pairs(pairs_of) do
        local parts = splits[k] and splits[k]:match(v)
        if parts then
            for name, part in pairs(parts) do fields[name] = part end
        else
            local name = "postfix_" .. k
            fields[name] = typed(name, v)
        end
    end
    return true
end

local data = f("keyvalue_data", (any - finish)^1)

-- before_status captures the pairs before the status, and the status.
local function before_status(stop, response)
    return f("keyvalue_data", (any - P(stop))^1) * stop * f("status", l.alpha^1)
        * (P" (" * f(response, (any - P")" * finish)^0) * ")")^-1
end
local delivery = queueid * ": " * before_status(" status=", "smtp_response")

-- Refusals --------------------------------------------------------------------

local reject_text = (P"Service unavailable; " * (any - "[")^1 * "[" * to("]", "status_data") * "] "
        + "<" * f("status_data", (any - ">:")^0) * ">: ")^-1
    * to(pairs_at + finish, "status_message")

local reject = (P"NOQUEUE" + queueid) * ": " * f("action", (P"reject_warning" + "reject" + "hold" + "discard" + "redirect"
        + "warn" + "filter" + "prepend"))
    * ": " * f("smtp_stage", l.upper^1) * " from " * client * ": "
    * (f("status_code", digit * digit * digit) * " ")^-1 * (f("status_code_enhanced", digit * "." * digit^1 * "." * digit^1) * " ")^-1
    * reject_text * ("; " * data)^-1

local milter = queueid * ": milter-" * to(": ", "milter_result") * ": " * to(pairs_at, "milter_message") * "; "
    * f("keyvalue_data", (any - P": ")^1) * (P": " * f("milter_data", any^0))^-1

local tls = P" TLS connection established " * (P"to " * relay + "from " * client) * ": " * f("tls_version", (any - space)^1)
    * " with cipher " * f("tls_cipher", word) * " (" * f("tls_cipher_size", digit^1 * "/" * digit^1) * " bits)"
local tls_established = (P"Anonymous" + "Trusted" + "Untrusted" + "Verified") * tls

-- Daemons ---------------------------------------------------------------------

local anvil_service = (f("service", (any - S":")^1) * ":" * f("client_ip", address) * ")"
    + f("service", (any - ":")^1 * ":" * digit^1) * ":" * f("client_ip", address) * ")")
local anvil_time = " at " * f("anvil_timestamp", month_day)
local anvil = P"statistics: max " * (
    "connection rate " * f("anvil_conn_rate", digit^1) * "/" * f("anvil_conn_period", digit^1 * l.alpha)
        * " for (" * anvil_service * anvil_time
    + "connection count " * f("anvil_conn_count", digit^1) * " for (" * anvil_service * anvil_time
    + "cache size " * f("anvil_cache_size", digit^1) * anvil_time)

local bounce = queueid * ": " * (P"sender " + "postmaster ") * (P"non-delivery" + "delivery status" + "delay")
    * " notification: " * f("bounce_queueid", alnum^1)

local address_port = "[" * f("client_ip", address) * "]:" * f("client_port", port)
local stage = f("smtp_stage", (any - (S": " + finish))^1)

local postscreen =
    P"CONNECT from " * address_port * " to [" * f("server_ip", address) * "]:" * f("server_port", port)
    + P"DISCONNECT " * address_port
    + f("postscreen_access", P"PASS OLD" + "PASS NEW" + "WHITELISTED" + "BLACKLISTED" + "WHITELIST VETO"
        + "ALLOWLISTED" + "DENYLISTED" + "ALLOWLIST VETO") * " " * address_port
    + P"cache " * word * " full cleanup: retained=" * f("postscreen_cache_retained", digit^1)
        * " dropped=" * f("postscreen_cache_dropped", digit^1)
    + f("postscreen_violation", P"PREGREET") * " " * digit^1 * " after " * f("postscreen_violation_time", float / 0)
        * " from " * address_port
    + f("postscreen_violation", P"HANGUP") * " after " * f("postscreen_violation_time", float / 0) * " from " * address_port
    + f("postscreen_violation", P"DNSBL") * " rank " * f("postscreen_dnsbl_rank", digit^1) * " for " * address_port
    + f("postscreen_violation", P"COMMAND TIME LIMIT" + "COMMAND COUNT LIMIT" + "COMMAND LENGTH LIMIT"
        + "COMMAND PIPELINING" + "NON-SMTP COMMAND" + "BARE NEWLINE") * " from " * address_port * " after " * stage
    + P"NOQUEUE: reject: CONNECT from " * address_port * ": "
        * f("postscreen_toobusy_data", P"too many connections" + "all server ports busy" + "all screening ports busy")

local function count(name, label) return P(label .. "=") * f(name, digit^1) end

local scache = P"statistics: " * (
    "start interval " * f("scache_timestamp", month_day)
    + (P"domain" + "address") * " lookup " * count("scache_hits", "hits") * " " * count("scache_miss", "miss")
        * " " * count("scache_success", "success") * "%"
    + "max simultaneous " * count("scache_domains", "domains") * " " * count("scache_addresses", "addresses")
        * " " * count("scache_connection", "connection"))

local in_reply = " (in reply to "
local smtp = delivery
    + tls_established
    + P"connect to " * relay_info * ": "
    + queueid * ": " * (
        P"host " * relay_info * (P" said: " + " refused to talk to me: ")
            * f("smtp_response", (any - (P(in_reply) + finish))^1)
            * (in_reply * f("smtp_stage", (any - (P" command" + ")"))^1))^-1
        + (P"lost connection with " + "conversation with ") * relay_info)

local lost = f("smtpd_lostconn_data", P"lost connection" + "timeout" + "too many errors")
    * " after " * f("smtp_stage", (any - (P" (" + " from "))^1) * (P" (" * digit^1 * " bytes)")^-1 * " from " * client
    + f("smtpd_lostconn_data", P"SSL_accept error") * " from " * client

local proxy_codes = Ct(f("proxy_status_code", digit * digit * digit)
    * (P" " * f("proxy_status_code_enhanced", digit * "." * digit^1 * "." * digit^1))^-1)
local proxy = (P"NOQUEUE: " + queueid * ": ")^-1 * "proxy-" * f("proxy_result", P"accept" + "reject") * ": "
    * f("proxy_smtp_stage", (any - S": ")^1) * ": " * f("proxy_message", (any - pairs_at)^0) * "; " * data

local smtpd =
    P"connect from " * client
    + P"disconnect from " * client
    + lost
    + tls_established
    + P"improper command pipelining after " * stage * " from " * client
    + reject
    + proxy
    + milter
    + queueid * ": " * data

local delivered = {
    anvil = anvil,
    bounce = bounce,
    cleanup = milter + queueid * ": " * warning + queueid * ": " * data,
    discard = queueid * ": " * f("keyvalue_data", (any - P" status=")^1) * " status=" * f("status", l.alpha^1),
    dnsblog = P"addr " * f("client_ip", address) * " listed by domain " * f("dnsbl_domain", word) * " as " * f("dnsbl_result", word),
    error = delivery,
    lmtp = smtp,
    ["local"] = queueid * ": " * data,
    master = (P"daemon started" + "reload") * " -- version " * f("version", (any - ",")^1) * ", configuration "
            * f("config_path", (any - finish)^1)
        + P"terminating on signal " * f("termination_signal", digit^1),
    pickup = queueid * ": " * data,
    pipe = queueid * ": " * before_status(", status=", "pipe_response"),
    postdrop = P(false),
    postscreen = postscreen + reject,
    qmgr = queueid * ": " * (P"removed"
        + "from=<" * f("from", (any - ">")^0) * ">, status=" * f("status", l.alpha^1) * ", returned to sender"
        + f("keyvalue_data", (any - P" (queue active)")^1) * " (queue active)"),
    scache = scache,
    sendmail = P(false),
    smtp = smtp,
    smtpd = smtpd,
    tlsmgr = P(false),
    tlsproxy = P"DISCONNECT " * address_port + "CONNECT from " * address_port + tls_established,
    trivial_rewrite = P(false),
    virtual = delivery,
    -- Parts of messages, for those who have them apart.
    delays = delays,
    relay_info = relay_info,
}

local grammars = {}
for name, pattern in pairs(delivered) do
    grammars[name] = Ct(warning + pattern)
end
grammars["trivial-rewrite"] = grammars.trivial_rewrite
grammars.keyvalue_data = keyvalues

-- The pairs of these daemons are always taken apart.
local always = {pickup = true}

function M.postfix_match(programname, message, extract_keyvalue)
    local daemon = programname:match("([^/]*)$")
    local grammar = grammars[daemon]
    if not grammar then return nil end
    local fields = grammar:match(message)
    if not fields then return nil end
    local codes = fields.postfix_proxy_message and proxy_codes:match(fields.postfix_proxy_message)
    if codes then
        for name, code in pairs(codes) do fields[name] = code end
    end
    if (extract_keyvalue or always[daemon]) and fields.postfix_keyvalue_data then
        local text = fields.postfix_keyvalue_data
        if add_pairs(fields, text) then fields.postfix_keyvalue_data = nil end
    end
    return fields
end

return M
