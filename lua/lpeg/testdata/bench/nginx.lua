-- A line of nginx's combined log: address by kind, time to nanoseconds, numbers with
-- units, quoted text with escaped quotes.
local l = require "lpeg"
local os = require "os"
l.locale(l)
local digit, xdigit, alnum = l.digit, l.xdigit, l.alnum
local function n(k) return digit * (k > 1 and n(k - 1) or true) end

-- addresses
local octet = l.P "25" * l.R "05" + l.P "2" * l.R "04" * digit + l.P "1" * digit * digit + l.R "19" * digit + digit
local v4 = octet * "." * octet * "." * octet * "." * octet
local h16 = xdigit * xdigit ^ -3
local ls32 = h16 * ":" * h16 + v4
local function hs(k) return k == 0 and l.P(true) or h16 * ":" * hs(k - 1) end
local v6 = hs(6) * ls32 + "::" * hs(5) * ls32 + h16 ^ -1 * "::" * hs(4) * ls32 + h16 ^ -1 * "::" * (h16 * (":" * h16) ^ -5) ^ -1
local name = (alnum + l.S "-._~!$&'()*+,;=" + l.P "%" * xdigit * xdigit) ^ 1
local function kind(p, k) return l.Cg(l.C(p), "value") * l.Cg(l.Cc(k), "representation") end
local host = l.Ct(kind(v4, "ipv4") + kind(v6, "ipv6") + kind(name, "hostname"))

-- time
local month = l.P "Jan" / "1" + l.P "Feb" / "2" + l.P "Mar" / "3" + l.P "Apr" / "4" + l.P "May" / "5" + l.P "Jun" / "6"
    + l.P "Jul" / "7" + l.P "Aug" / "8" + l.P "Sep" / "9" + l.P "Oct" / "10" + l.P "Nov" / "11" + l.P "Dec" / "12"
local day = l.Cg(l.P "3" * l.R "01" + l.R "12" * digit + "0" * l.R "19", "day")
local hour = l.Cg(l.P "2" * l.R "03" + l.R "01" * digit, "hour")
local min, sec = l.Cg(l.R "05" * digit, "min"), l.Cg(l.R "05" * digit, "sec")
local offset = l.Cg(l.S "+-", "sign") * l.Cg(digit * digit / tonumber, "oh") * l.Cg(digit * digit / tonumber, "om")
local function ns(t)
    local o = (t.oh * 60 + t.om) * 60
    if t.sign == "+" then o = -o end
    return (os.time(t) + o) * 1e9
end
local clf = l.Ct(day * "/" * l.Cg(month, "month") * "/" * l.Cg(n(4), "year") * ":" * hour * ":" * min * ":" * sec * " " * offset) / ns

local function quoted() return l.C((l.P '\\"' + (1 - l.P '"')) ^ 0) end
local bytes = l.Ct(l.Cg(digit ^ 1 / tonumber, "value") * l.Cg(l.Cc "B", "representation"))
local space = l.space ^ 1
local line = l.Ct(l.Cg(host, "remote_addr") * space * "-" * space * l.Cg(l.C((1 - l.space) ^ 1), "remote_user") * space
    * "[" * l.Cg(clf, "time") * "]" * space * '"' * l.Cg(quoted(), "request") * '"' * space
    * l.Cg(n(3) / tonumber, "status") * space * l.Cg(bytes, "body_bytes_sent") * space
    * '"' * l.Cg(quoted(), "http_referer") * '"' * space * '"' * l.Cg(quoted(), "http_user_agent") * '"')

local log = '127.0.0.1 - - [10/Feb/2014:08:46:41 -0800] "GET /app/main?id=17 HTTP/1.1" 304 0 "http://www.example.com/start" "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.9; rv:29.0) Gecko/20100101 Firefox/29.0"'

function run()
    local t = line:match(log)
    assert(t.status == 304 and t.time == 1392050801 * 1e9)
end
