-- Limits of captures: nesting, values at a time.
local m = require "lpeg"
local function clean(ok, e) print(ok, ok and "" or (tostring(e):gsub("^[^:]*:%d+: ", ""))) end
local wraps = {m.Ct, m.Cg, function(p) return p / 1 end, function(p) return p / {1} end, function(p) return p / function(x) return x end end}
for i, wrap in ipairs(wraps) do
    for _, n in ipairs {199, 200, 201, 202} do
        local p = m.P "a" * m.Cc(1)
        for k = 1, n do p = wrap(p) end
        clean(pcall(m.match, p, "a"))
    end
end
clean(pcall(m.match, m.C(1) ^ 0, ("x"):rep(10000)))
print(select("#", m.match(m.C(1) ^ 0, ("x"):rep(7900))))
clean(pcall(m.match, m.C(1) ^ 0 / function(...) return select("#", ...) end, ("x"):rep(10000)))
print(#m.match(m.Ct(m.C(1) ^ 0), ("x"):rep(100000)))
clean(pcall(m.match, m.Ct(m.Cg(m.C(1) ^ 0, "n")), ("x"):rep(10000)))
print(pcall(m.match, m.Cf(m.C(1) ^ 0, function(a, b) return a end), ("x"):rep(100000)))
print(#m.match(m.Cs((m.C(1) * m.C(1) / "%2%1") ^ 0), ("ab"):rep(50000)))
print(#m.match(m.C(m.P "a" ^ -1000), ("a"):rep(2000)))
-- the backtrack stack: what fits, and that a lower limit holds after a higher one
local p = m.P {"0" * m.V(1) + "0"}
local function deep(n) clean(pcall(m.match, p, ("0"):rep(n))) end
deep(150) deep(250) m.setmaxstack(20000) deep(9999) deep(10000) deep(10001) m.setmaxstack(20004) deep(10000) m.setmaxstack(10) deep(150) deep(250) m.setmaxstack(400) deep(150) deep(250)
-- Lua values in one pattern
local function many(n) if n == 1 then return m.Cc(n) end local k = math.floor(n / 2) return many(k) * many(n - k) end
local q = m.Ct(many(65535))
print(#q:match "") clean(pcall(function() return q / print end)) clean(pcall(many, 65536))
