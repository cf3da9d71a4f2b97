-- Key and value pairs to a table.
local l = require "lpeg"
l.locale(l)
local space = l.space ^ 0
local name = l.C(l.alpha * (l.alnum + "_") ^ 0) * space
local value = l.C((1 - l.S ",;") ^ 1)
local pair = l.Cg(name * "=" * space * value) * l.S ",;" ^ -1 * space
local list = l.Cf(l.Ct "" * pair ^ 0, rawset)
function run()
    local t = list:match("a=b, c = hi, next = pi, status=500; path=/index.html; user=someone")
    assert(t.status == "500")
end
