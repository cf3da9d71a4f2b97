--[[
# bind
Grammar of the query log of BIND 9.

The grammar is a sequence of named groups: put it into a table capture. The groups
are Timestamp (nanoseconds), ClientIP and ServerRespondingIP (value and
representation), ClientEphemeralPort (a number), FullQuery, QueryName, QueryDomain,
RecordClass, RecordType, and QueryFlags (an array of texts that say what each flag
means).

## Exports
- query_log_grammar: the groups of a whole line
- timestamp, client_ip, client_port, hostname, dns_record_class, dns_record_type, query_flags, server_responding_ip: its parts

## Example
```lua
local l = require "lpeg"
local grammar = l.Ct(require("bind").query_log_grammar)
local fields = grammar:match("27-May-2015 21:06:49.246 queries: info: client 10.0.1.70#41242 "
    .. "(www.example.com): query: www.example.com IN A +E (10.0.1.71)")
```
--]]

local l = require "lpeg"
local dt = require "date_time"
local ip = require "ip_address"
l.locale(l)

local P, S, C, Cg, Ct, Cc, digit = l.P, l.S, l.C, l.Cg, l.Ct, l.Cc, l.digit

local M = {}

local sp = P" "^1
local address = ip.v4_field + ip.v6_field

M.timestamp = Cg(Ct(dt.date_mday * "-" * dt.date_mabbr * "-" * dt.date_fullyear * " " * dt.time_hour * ":"
    * dt.time_minute * ":" * dt.time_second * dt.time_secfrac^-1) / dt.time_to_ns, "Timestamp")

M.client_ip   = Cg(address, "ClientIP")
M.client_port = Cg(digit^1 / tonumber, "ClientEphemeralPort")

-- Names may have any character that a name server lets through: only dots divide.
local label = (l.alnum + S"-_*" + P"\\" * P(1))^1
M.hostname = label * ("." * label)^0 * P"."^-1 + P"."

local full_query = "(" * Cg((P(1) - ")")^1, "FullQuery") * "):"

-- The name is the first label, the domain what follows it.
local query = Cg(label, "QueryName") * (P"." * Cg(label * ("." * label)^0, "QueryDomain"))^-1 * P"."^-1
    + Cg(P".", "QueryDomain")

M.dns_record_class = Cg(P"IN" + "CH" + "HS" + "NONE" + "ANY" + C(P"CLASS" * digit^1) / 0, "RecordClass")
M.dns_record_type  = Cg(l.upper * (l.alnum + "-")^0, "RecordType")

local flag = P"+" * Cc"recursion requested"
    + P"-" * Cc"recursion not requested"
    + P"E" * (P"(" * digit^1 * ")")^-1 * Cc"EDNS used"
    + P"S" * Cc"query signed"
    + P"D" * Cc"DNSSEC data wanted"
    + P"C" * Cc"no DNSSEC validation check"
    + P"T" * Cc"TCP used"
    + S"VK"
M.query_flags = Cg(Ct(flag^1), "QueryFlags")

M.server_responding_ip = "(" * Cg(address, "ServerRespondingIP") * ")"

M.query_log_grammar = M.timestamp * sp * "queries:" * sp * "info:" * sp * "client" * sp
    * (P"@0x" * l.xdigit^1 * sp)^-1 * M.client_ip * "#" * M.client_port * sp * full_query
    * sp * (P"view " * (P(1) - S": ")^1 * ":" * sp)^-1 * "query:" * sp * query * sp * M.dns_record_class * sp
    * M.dns_record_type * sp * M.query_flags * sp * M.server_responding_ip

return M
