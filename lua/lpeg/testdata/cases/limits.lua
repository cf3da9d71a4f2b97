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
