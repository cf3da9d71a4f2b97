--[[
# ip_address
Grammars for IP addresses. They capture nothing and match no more than the address.

## Exports
- v4: 192.0.2.7, no leading zeros
- v6: 2001:db8::7, also with an IPv4 address at its end
- hostname: characters of the host part of a URI
- v4_field, v6_field, host_field: tables with value and representation (ipv4, ipv6 or hostname), ready for Fields
- host_pair: the same as two captures

## Example
```lua
local ip = require "ip_address"
local l = require "lpeg"
local address = l.C(ip.v4 + ip.v6)
```
--]]

local l = require "lpeg"
l.locale(l)

local P, R, S, Cg, Cc, Ct, digit, xdigit = l.P, l.R, l.S, l.Cg, l.Cc, l.Ct, l.digit, l.xdigit

local M = {}

-- The first digit decides what may follow it.
local octet = P"1" * digit^-2 + P"2" * (R"04" * digit^-1 + P"5" * R"05"^-1 + R"69")^-1 + R"39" * digit^-1 + P"0"

M.v4 = octet * "." * octet * "." * octet * "." * octet

-- An address of version 6 is eight groups; "::" stands once for the groups that
-- are missing, and the last two may be written as an address of version 4.
local group = xdigit * xdigit^-3

-- after_gap makes what may follow "::" when at most n groups are left.
local function after_gap(n)
    if n == 0 then return P(true) end
    local groups = group * (":" * group)^-(n - 1)
    if n >= 2 then
        groups = (group * ":")^-(n - 2) * M.v4 + groups
    end
    return groups^-1
end

-- rest[k] is what follows k groups.
local rest = P(true)
for k = 7, 1, -1 do
    local next_group = group * rest
    if k == 6 then next_group = M.v4 + next_group end
    rest = P"::" * after_gap(7 - k) + ":" * next_group
end

M.v6 = P"::" * after_gap(7) + group * rest

M.hostname = (l.alnum + S"-._~!$&'()*+,;=" + "%" * xdigit * xdigit)^1

local function field(pattern, representation)
    return Ct(Cg(pattern, "value") * Cg(Cc(representation), "representation"))
end

M.v4_field = field(M.v4, "ipv4")
M.v6_field = field(M.v6, "ipv6")
M.host_field = M.v4_field + M.v6_field + field(M.hostname, "hostname")
M.host_pair  = l.C(M.v4) * Cc"ipv4" + l.C(M.v6) * Cc"ipv6" + l.C(M.hostname) * Cc"hostname"

return M
