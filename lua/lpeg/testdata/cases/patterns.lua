-- Patterns without captures: constructors, operators, positions, grammars, errors.
local m = require "lpeg"
local function try(f, ...)
    local function pack(...) return select("#", ...), {...} end
    local n, r = pack(pcall(f, ...))
    local t = {}
    for i = 1, n do t[i] = type(r[i]) == "userdata" and "userdata" or tostring(r[i]) end
    print((table.concat(t, " "):gsub("[%w.]+:%d+: ", "")))
end
local function match(p, ...) try(m.match, p, ...) end
print(m.version(), m.type(m.P(1)), m.type(1), m.type {}, m.type(io.stdout), m.type())

for i = -4, 4 do match(3, "abc", i) match(m.P(true), "abc", i) match(-1, "abc", i) end
match(1, "") match(0, "") match(-1, "") match(-1, "a") match(-2, "a") match(-2, "ab") match(true, "") match(false, "") match("ab", "abc") match("", "") match("a\0b", "a\0bc") match(m.P "x", 123) match("1", 123) match(3, 123)
match(m.S "", "a") match(m.S "ab" ^ 0, "abba-") match(m.R() ^ 0, "a") match(m.R("az", "09") ^ 0, "a0Z") match(m.R "za", "m") match(m.S "\0\255" ^ 1, "\0\255a") match(m.R "\0\255" ^ 0, "abc")
match(m.P "a" + "b" + "c", "c") match("a" + m.P "b", "b") match(m.P "ab" - "a", "ab") match(m.P(1) - m.S "ab", "c") match(1 - m.P "ab", "ab") match(1 - m.P "ab", "ac") match(m.R "az" - m.R "ac", "b") match((m.P(1) - "x") ^ 0, "abxc") match((1 - m.P "xy") ^ 0 * "xy", "abxxyc") match((1 - m.P "xy") ^ 0, "abx")
match((1 - (m.P "if" + "else")) ^ 0 * m.Cp(), "the else if") match((1 - m.P "") ^ 0, "ab") match((1 - m.P "a" * m.P "b" ^ -1) ^ 0, "xxab") match((1 - (m.P "aa" + m.P "ab" * #m.P "c")) ^ 0, "abdabc")
match(#m.P "ab" * 1, "ab") match(#m.P "ab" * 1, "ac") match(-m.P "a" * 1, "b") match(-m.P "ab" * 1, "ac") match(- -m.P "a", "a") match(##m.P "a", "a") match(-(m.P "a" * "b"), "ab") match(#(m.P "a" ^ 0 * "b"), "aab") match(-m.P(1), "") match(#m.P(1), "")
match(m.P "a" ^ 0, "") match(m.P "ab" ^ 0, "ababa") match(m.P "a" ^ 2, "a") match(m.P "a" ^ 2, "aaa") match(m.P "a" ^ -2, "aaa") match(m.P "ab" ^ -2, "ababab") match(m.P "ab" ^ -2 * "ab", "abab") match(m.P "" ^ -2, "") match(m.P(2) ^ 0, "abc") match(m.P(2) ^ 2, "abc") match((m.P "a" + m.P "b" ^ -1) ^ -1, "x")
match((m.P "a" * -1 + m.P "a" * "b") ^ 0, "abab") match(("a" * m.P "b" ^ -1) ^ 0 * "c", "abaabc") match((m.P "a" ^ -1 * m.P "b") ^ 0, "abbab") match((m.P "ab" + "a") ^ 1 * "b", "aab") match(m.P "a" ^ -1 * "ab", "ab") match((m.P "a" + "ab") * "c", "abc") match((m.P "ab" + "a") * "c", "abc")
match((m.P "Jan" + "Feb" + "Mar" + "Apr" + "May" + "Jun" + "Jul" + "Aug") ^ 0, "JulJunAprAugMayMaxJan") match((m.P "aa" + "b" + "ab" + "c" + "d") ^ 0, "aabcabdac") match((m.P "aa" + "b" + "c" + "d" + true) * "x", "x") match((m.P "a" + "b" + "c" + "d" + true) * "x", "bx") match((m.P "abc" + "abd" + "x" + "y" + "z") * -1, "abd")
match(m.P {"S", S = "a" * m.V "S" + "b"}, "aaab") match(m.P {m.V(2) * "c", "a" + m.P "b"}, "bc") match(m.P {"(" * m.V(1) ^ 0 * ")"}, "(()(()))") match(m.P {"(" * m.V(1) ^ 0 * ")"}, "(()(())") match(m.P {m.P(1)}, "a") match({"a", a = m.P "x"}, "x") match(m.P {"a", a = m.P {"b", b = m.P "x"} * m.V "c", c = m.P "y"}, "xy")
match(m.P {m.V "a" + m.V "b", a = "x" * m.V "b", b = m.P "y"}, "xy") match(m.P {1 * m.V(1) + -1}, string.rep("a", 300)) match(m.P {1 * m.V(1) * "" + -1}, string.rep("a", 390)) match(m.P {m.P "a" * m.V(1) * "b" + true}, string.rep("a", 150) .. string.rep("b", 150))
match(m.P {"S", S = m.V "A" * m.V "B", A = m.P "a" ^ 0, B = #m.P "b" * m.V "C" + "", C = "b" * m.V "B"}, "aabb") match(m.P {[1] = m.V(2.5), [2.5] = m.P "a"}, "a") match(m.P {m.V(print), [print] = m.P "a"}, "a") match(m.P {m.V(true), [true] = m.P "a"}, "a")

try(m.P) try(m.P, nil) try(m.P, io.stdout) try(m.P, {}) try(m.P, {"x"}) try(m.P, {1}) try(m.P, {m.P "a", b = 2}) try(m.P, {m.P "a", [print] = 2}) try(m.P, {m.V "zz"}) try(m.P, {m.V(1)}) try(m.P, {m.V "b", b = m.V(1)}) try(m.P, {m.V "b", b = m.V "c", c = m.V "b"}) try(m.P, {m.P "" * m.V(1)})
try(m.P, {m.P "a" ^ 0 * m.V(1)}) try(m.P, {-m.P "a" * m.V(1)}) try(m.P, {#m.P "a" * m.V(1)}) try(m.P, {#m.V(1)}) try(m.P, {m.P "a" * m.V(1) + m.V(1)}) try(m.P, {m.C(m.V(1))}) try(m.P, {m.V "a", a = (m.P "x" + "") * m.V "b", b = m.P "y" ^ -1 * m.V "a"}) try(m.P, {"a", a = m.P "x", b = m.V "b"}) try(m.P, {(m.V "e") ^ 0, e = m.P ""}) try(m.P, {(m.V "e" + "a") ^ 1, e = m.P "b" ^ 0}) try(m.P, {m.V "e" ^ -1, e = m.P ""})
try(m.P, {"a", a = (m.P {m.P "x" * m.V(1) + ""})}) try(m.P, {"", m.V(1)}) try(m.P, {m.B(m.P "a") * m.V(1)})
try(function() return m.P "a" / nil end) try(function() return m.P "a" / true end) try(function() return m.P "a" / -1 end) try(function() return m.P "a" / 1e9 end) try(function() return m.P "a" * nil end) try(function() return {} + m.P "a" end) try(function() return print * m.P "a" end)
try(function() return m.P "a" ^ "x" end) try(function() return m.P "a" ^ "2" end) try(function() return m.P(true) ^ 0 end) try(function() return m.P "a" ^ 0 ^ 0 end) try(function() return m.P(-1) ^ 1 end) try(function() return (#m.P "a") ^ 3 end) try(function() return m.C "" ^ 0 end) try(function() return (m.P "a" + "") ^ 0 end) try(function() return m.V "x" ^ 0 end) try(function() return m.P "a" .. "b" end) try(function() return m.P "a" < m.P "b" end)
try(m.B) try(m.B, m.P "a" ^ 0) try(m.B, m.P "a" + "bc") try(m.B, m.C "a") try(m.B, m.P(255)) try(m.B, m.P(256)) try(m.B, m.V "x") try(m.B, "") try(m.R, "a") try(m.R, "ab", "c") try(m.R, 12) try(m.S) try(m.S, {}) try(m.Cmt, "a") try(m.Cmt, "a", "b") try(m.Cf, "a") try(m.Cf, nil, print) try(m.Cg) try(m.Ct) try(m.Cs, nil) try(m.C) try(m.Cb) try(m.Carg) try(m.Carg, 0) try(m.Carg, -1) try(m.Carg, 1e6) try(m.Carg, "a")
try(m.match) try(m.match, nil, "a") try(m.match, "a") try(m.match, "a", nil) try(m.match, "a", {}) try(m.match, "a", "a", "x") try(m.match, m.V "x", "a") try(m.match, m.P "a" * m.V "x" * m.V "y", "a") try(m.locale, 1) try(m.setmaxstack) try(m.setmaxstack, 0) try(m.setmaxstack, -1) try(m.setmaxstack, "x")
local deep = m.P {"(" * m.V(1) * ")" + ""}
match(deep, string.rep("(", 150) .. string.rep(")", 150)) match(deep, string.rep("(", 500)) m.setmaxstack(10) match(deep, string.rep("(", 30)) m.setmaxstack(2000) match(deep, string.rep("(", 500) .. string.rep(")", 500)) m.setmaxstack(400)
local rules = {} for i = 1, 300 do rules[i] = m.P "a" end try(m.P, rules)
local l = m.locale()
for _, k in ipairs {"alnum", "alpha", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit"} do
    local t = {} for i = 0, 255 do if l[k]:match(string.char(i)) then t[#t + 1] = i end end
    print(k, #t, t[1], t[#t])
end
local t = {x = 1} print(m.locale(t) == t, t.x, m.type(t.alpha)) print(m.P(1) == m.P(1), (function(p) return m.P(p) == p end)(m.P(1)), getmetatable(m.P(1)).__index == m)
print(m.P "a":match "a", m.C "a":C():match "a", ("x"):rep(3):match("x+"))
-- words as a dictionary, long chains of both operators
local p = m.P(false) for i = 1, 2000 do p = p + ("word" .. i) end match(p * -1, "word1999") match(p, "word1999") match(p, "wor")
p = m.P(true) for i = 1, 2000 do p = p * "ab" end match(p, ("ab"):rep(2000)) match(p, ("ab"):rep(1999))
