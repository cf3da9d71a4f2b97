-- Every kind of capture, alone and inside others.
local m = require "lpeg"
local function show(v)
    if type(v) ~= "table" then return type(v) == "string" and string.format("%q", v) or tostring(v) end
    local keys, t = {}, {}
    for k in pairs(v) do keys[#keys + 1] = k end
    table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
    for i, k in ipairs(keys) do t[i] = tostring(k) .. "=" .. show(v[k]) end
    return "{" .. table.concat(t, ", ") .. "}"
end
local function try(f, ...)
    local function pack(...) return select("#", ...), {...} end
    local n, r = pack(pcall(f, ...))
    local t = {}
    for i = 1, n do t[i] = show(r[i]) end
    print((table.concat(t, " "):gsub("[%w.]+:%d+: ", "")))
end
local function match(p, ...) try(m.match, p, ...) end

match(m.C "a" * m.C "b", "ab") match(m.C(m.C "a" * m.C "b"), "ab") match(m.C "", "x") match(m.P "a", "a") match(m.P "a", "b")
match(m.Cp() * m.P(1) ^ 0 * m.Cp(), "abc") match(m.Cc(), "") match(m.Cc(nil), "") match(m.Cc(1, nil, 3), "") match(m.Cc {}, "")
match(m.Carg(1), "", 1, "x") match(m.Carg(2), "", 1, "x") match(m.Carg(2), "", 1, nil, false) match(m.Carg(1) * m.Carg(2), "abc", 2, 10, 20)
match(m.Cg(m.C "a") * m.Cg(m.C "b", "n") * m.Cb "n", "ab") match(m.Cb "n", "a") match(m.Cg(m.C "a", "n"), "a") match(m.Ct(m.Cg(m.C "a", "n") * m.C "b"), "ab")
match(m.Cg("a", "n") * m.Cg("b", "n") * m.Cb "n", "ab") match(m.Cg(m.Cg("a", "n") * "b", "n") * m.Cb "n", "ab") match(m.Ct(m.Cg("a", "x")) * m.Cb "x", "a")
match(m.Cg(m.Cc(1, 2), "n") * m.Cb "n" * m.Cb "n", "") match(m.Cg("a", 1) * m.Cb(1), "a") match(m.Cg("a", true) * m.Cb(true), "a") match(m.Cg("a", 1.5) * m.Cb(1), "a")
match(m.Ct(""), "") match(m.Ct(m.C(1) ^ 0), "abc") match(m.Ct(m.Cc(nil, 1)), "") match(m.Ct(m.Ct "a" * m.Ct(m.C "b")), "ab") match(m.Ct(m.Cg(m.Cc(1, 2))), "") match(m.Ct(m.Cg(m.Cc(1, 2), "k")), "")
match(m.Ct(m.Cg(m.Cc(1), "a") * m.Cc(5) * m.Cg(m.Cc(2), "b") * m.Cc(6)), "") match(m.Ct(m.Cg(m.Cc(1), "a") * m.Cg(m.Cc(2), "a")), "") match(m.Ct(m.Cg("", "a")), "x")
match(m.Ct((m.Cg(m.C(1), 1) * m.C(1)) ^ 0), "abcd") match(m.Ct((m.Cp() * 1) ^ 1), "ab") match(#m.Ct(m.C(1) ^ 0), string.rep("x", 10))
match(m.Ct(m.C(1) ^ 0) / function(t) return #t, t[300], t[65], t[64] end, string.rep("xy", 150))
match(m.Cs(m.P "a" / "b" + 1), "a") match(m.Cs((m.P "a" / "b" + 1) ^ 0), "banana") match(m.Cs((m.P "a" / "<%0>" + 1) ^ 0), "banana") match(m.Cs((m.P "a" / {} + 1) ^ 0), "banana")
match(m.Cs((m.C "a" / function() end + 1) ^ 0), "banana") match(m.Cs((m.P "a" / {a = 1.5} + 1) ^ 0), "banana") match(m.Cs((m.P "a" / {a = true} + 1) ^ 0), "banana") match(m.Cs(m.Cc(print)), "")
match(m.Cs(m.C(m.C "a" * "b") * m.Cs(m.P "c" / "d")), "abc") match(m.Cs(m.Cg(m.Cc("x", "y")) * 1), "a") match(m.Cs "", "") match(m.Cs(m.Cp() * "a"), "a") match(m.Cs(m.Cc "x" * m.P(1) * m.Cc "y"), "ab")
match(m.Cs((m.P " " ^ 1 / " " + m.P(1)) ^ 0), "a   b  c") match(m.Cs(m.Cg("a", "n") * m.P "b" * m.Cb "n"), "ab")
match(m.C "a" / "%0-%1", "a") match(m.P "a" / "%1", "a") match(m.C "a" * m.C "b" / "%2%1%0", "ab") match(m.C "a" / "%2", "a") match(m.C "a" / "%%%a%", "a") match(m.C(m.C "a" * m.C "b") / "%1,%2,%3", "ab") match(m.Cc(1.5) / "%1", "")
match(m.Cc(true) / "%1", "") match(m.Cp() * 1 / "%1", "a") match((m.P(1) / {}) / "%1", "a") match(m.C(1) ^ 9 / "%9%8%0", "abcdefghi") match(m.C(1) ^ 12 / "%9", "abcdefghijkl") match((m.P(1) / "[%0]") / "(%1)", "a") match(m.Cs(m.P(1) / "z") / "(%1)", "a")
match(m.C(1) / 0, "a") match(m.C(1) * m.C(1) / 2, "ab") match(m.C(1) / 2, "a") match(m.P(1) / 1, "a") match(m.C(m.C(1) * 1) / 2, "ab") match(m.Cc(1, 2, 3) / 3, "")
match(m.C(1) ^ 0 / function(...) return select("#", ...), ... end, "abc") match(m.P(1) ^ 0 / function(...) return select("#", ...), ... end, "abc") match(m.Cp() / function() end, "a") match(m.P "" / function() return nil, nil end, "")
match(m.P "a" / {a = "x"}, "a") match(m.P "a" / {}, "a") match(m.P "a" / {a = false}, "a") match(m.Cc(1) / {"one"}, "") match(m.Cc(1, 2) / {"one", "two"}, "") match(m.P "a" / setmetatable({}, {__index = function(_, k) return k .. "!" end}), "a")
match(m.Cf(m.Cc(1) * m.Cc(2) * m.Cc(3), function(a, b) return a + b end), "") match(m.Cf(m.P "a", print), "a") match(m.Cf(m.Cc(), print), "") match(m.Cf(m.Cc(1), print), "") match(m.Cf(m.Cc(1, 2) * m.Cg(m.Cc(3, 4)), function(...) return select("#", ...) end), "")
match(m.Cf(m.Ct "" * m.Cg(m.C(1) * m.C(1)) ^ 0, rawset), "abcd") match(m.Cf(m.C(1) ^ 1, function(a, b) return b .. a end), "abc") match(m.Cf(m.P(1) / {} * m.Cc(1), print), "a")
match(m.Cmt("a", function(s, i, ...) return i, s, i, ... end), "ab") match(m.Cmt(1, function() return true end), "a") match(m.Cmt(1, function() return false end), "a") match(m.Cmt(1, function() end), "a") match(m.Cmt(1, function() return nil, 1 end), "a")
match(m.Cmt(m.C(1) * m.C(1), function(s, i, a, b) return i, b, a end), "ab") match(m.Cmt(1, function(s, i) return i + 1 end) * m.C(1), "abc") match(m.Cmt(1, function() return 10 end), "a") match(m.Cmt(1, function() return 0 end), "a") match(m.Cmt(2, function() return 2 end), "ab") match(m.Cmt(1, function() return "2" end), "ab") match(m.Cmt(1, function() return {} end), "ab")
match(m.P(function(s, i) return i == 1 end) * "a", "a") match(m.Ct(m.Cmt(1, function(s, i) return i, 1, 2, 3 end) ^ 0), "abc") match(m.Cs(m.Cmt(1, function(s, i) return i, "x", "y" end) ^ 0), "abc") match(m.C(m.Cmt(1, function(s, i) return i, 7 end)), "a")
match((m.Cmt(1, function(s, i, c) return i, c end) * "x" + m.Cmt(1, function(s, i, c) return i, c .. c end) * "b"), "ab") match(m.Cg(m.C(1), "n") * m.Cmt(m.Cb "n", function(s, i, a) return i, a .. a end), "a") match(m.Cmt(m.Cg(m.C(1), "n"), function(s, i, a) return i, a end) * m.Cb "n", "a")
match(m.Cmt(m.Cmt(1, function(s, i) return i, 1 end) * m.Cmt(1, function(s, i) return i, 2 end), function(s, i, ...) return i, ... end), "ab")
match(m.Cmt("", function(s, i) return m.match(m.C(2), s, i) and i, m.match(m.C(2), s, i) end), "ab")
match(#m.C "a" * m.C "a", "a") match(-m.C "b" * m.C "a", "a") match(m.B "a" * m.C "b", "ab", 2) match(m.B "a", "a") match(m.P(1) * m.B(m.R "ac") * m.B "a" * m.Cp(), "ab") match(m.B(m.P "ab" + "cd") * m.Cp(), "xab", 4)
match(m.C(m.P "a" ^ 0) * m.C(m.P "a" ^ -2) * m.C(1), "aaab") match(m.C(m.P "a" ^ -2) * m.C(m.P "a" ^ 2), "aaaaa") match((m.C "a" * "b") ^ -2, "ababab") match((m.C "a" * "b") ^ 2 * "a", "ababab")
match(m.R "09" ^ 1 / tonumber, "12345678901234567890") match(m.P(1) ^ 1 / tonumber, "abc") match(m.P(1) ^ 0 / tonumber, "") match(m.C(m.C "1" * "2") / tonumber, "12") match(m.C "12" / tonumber, "12") match(m.P "0x1F" / tonumber, "0x1F") match(m.P(1) ^ 1 / tonumber, " 7 ") match(m.Cc("ff", 16) / tonumber, "") match(m.Ct(m.Cg(m.R "09" ^ 1 / tonumber, "n")), "42")
